/** Runs our command: in this process, or where that needs more stack, as a program of its own. */
import { spawnSync } from 'node:child_process';
import { run, StackTooSmall } from '../src/command/run.ts';
import { DiskHost } from '../src/host/disk.ts';
import { builtCommand } from './build.ts';

export interface Answer {
  readonly status: number;
  /** Bytes, as the log. */
  readonly out: string;
  readonly err: string;
}

/** A host with a working directory and an environment of its own. */
export class FolderHost extends DiskHost {
  override readonly workingDirectory: string;
  override readonly home: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(workingDirectory: string, env: Readonly<Record<string, string>>) {
    super();
    this.workingDirectory = workingDirectory;
    this.#env = env;
    this.home = env.HOME ?? '/fake-home';
  }

  override env(name: string): string | undefined {
    return this.#env[name];
  }
}

export function runOurs(
  argv: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  stdin = '',
): Answer {
  let out = '';
  let err = '';
  try {
    const streams = {
      out: (bytes: string): void => {
        out += bytes;
      },
      log: (line: string): void => {
        err += `${line}\n`;
      },
      stdin: (): string => stdin,
    };
    const status = run(argv, new FolderHost(folder, env), streams, 'nix-instantiate');
    return { status, out, err };
  } catch (error) {
    if (!(error instanceof StackTooSmall)) throw error;
  }
  const command = builtCommand();
  const result = spawnSync(command, argv, {
    cwd: folder,
    env: { ...env, PATH: process.env.PATH },
    input: Buffer.from(stdin, 'latin1'),
    maxBuffer: 1 << 28,
  });
  return {
    status: result.status ?? -1,
    out: result.stdout.toString('latin1'),
    err: result.stderr.toString('latin1'),
  };
}
