/** What the real tests run on. Each function fails where a tool is missing; only the reference may be absent. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const repository: string = fileURLToPath(new URL('../..', import.meta.url));
/** Where what tests fetch is kept. */
export const cache: string = resolve(process.env.GEN_KMOD_CACHE ?? join(repository, '.test-cache'));
const here = fileURLToPath(new URL('.', import.meta.url));

/** The seed's expression, or undefined where there is none: comparisons with it then skip. */
export const reference: string | undefined = [
  process.env.KMODLOADER_REFERENCE,
  join(repository, '../shared/seed/kmodloader-default.nix'),
].find((file) => file !== undefined && existsSync(file));

let tree: string | undefined;

/** The `lib/modules/VERSION` of a Debian kernel for amd64: about 4,000 uncompressed modules. */
export function kernelTree(): string {
  tree ??= execFileSync(join(here, 'prepare.sh'), [cache], { encoding: 'utf8' }).trim();
  return tree;
}

/** A folder with `busybox`, configured as a device's, and `bin/`, which as a PATH has exactly a device's applets. */
export function deviceBusybox(): string {
  const folder = join(cache, 'busybox');
  execFileSync(join(here, 'device-busybox.sh'), [folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

/** A new folder that goes with the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Run {
  status: number;
  stdout: string;
  stderr: string;
}

export function run(command: string, args: string[], options: { cwd?: string; input?: string } = {}): Run {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    ...options,
  });
  if (error) throw error;
  return { status: status ?? -1, stdout, stderr };
}

/** Runs the built command. Nothing goes into the cache of whoever runs the tests. */
export function genKmod(args: string[], options: { cwd?: string; input?: string } = {}): Run {
  process.env.GEN_KMOD_NO_CACHE = '1';
  return run(process.execPath, [join(repository, 'dist/gen-kmod.js'), ...args], options);
}

export interface Built {
  ok: boolean;
  /** The store path; '' where the build failed. */
  path: string;
  log: string;
}

/** Builds a Nix expression in which `pkgs` is the stand-in. */
export function nixBuild(expression: string): Built {
  const { status, stdout, stderr } = run('nix-build', [
    ...['--no-out-link', '--option', 'substitute', 'false', '--option', 'sandbox', 'false'],
    ...['-E', `let pkgs = import ${join(here, 'standin')} { }; in ${expression}`],
  ]);
  return { ok: status === 0, path: stdout.trim(), log: stderr };
}

/** Evaluates a Nix expression in which `pkgs` is the stand-in, to JSON. */
export function nixEval(expression: string): { ok: boolean; value: unknown; log: string } {
  const { status, stdout, stderr } = run('nix-instantiate', [
    ...[
      '--eval',
      '--strict',
      '--json',
      '-E',
      `let pkgs = import ${join(here, 'standin')} { }; in ${expression}`,
    ],
  ]);
  return { ok: status === 0, value: status === 0 ? JSON.parse(stdout) : undefined, log: stderr };
}
