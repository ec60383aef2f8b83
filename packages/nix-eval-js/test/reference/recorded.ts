/**
 * Runs a test script of somebody else's with a nix-instantiate that asks the real Nix and ours: what the script
 * asks is what is compared.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtCommand } from '../build.ts';
import { nixInstantiate } from '../nix.ts';
import { type Answer, runOurs } from '../ours.ts';
import { messageOf } from './messages.ts';

export interface Recorded {
  readonly argv: readonly string[];
  readonly theirs: Answer;
  readonly ours: Answer;
  /** That of the store which the script sees. Its folder is another, and so are the hashes in its paths. */
  readonly open: Answer | undefined;
}

export interface Recording {
  /** The script's own. */
  readonly status: number | null;
  readonly log: string;
  readonly calls: readonly Recorded[];
}

export interface ScriptOptions {
  /** Ask ours at once, since the script's files do not last; else afterwards, which is faster. */
  readonly atOnce?: boolean;
  /** The script looks at what was stored. */
  readonly open?: boolean;
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function record(script: string, options: ScriptOptions = {}): Recording {
  const work = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
  try {
    const log = join(work, 'log');
    const bin = join(work, 'bin');
    for (const folder of [log, bin]) mkdirSync(folder);
    symlinkSync(join(import.meta.dirname, 'recorder.sh'), join(bin, 'nix-instantiate'));
    const { status, stdout, stderr } = spawnSync('bash', [script, ...(options.arguments ?? [])], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: '/fake-home',
        LC_ALL: 'C',
        TMPDIR: work,
        RECORDER_LOG: log,
        RECORDER_NIX: nixInstantiate(),
        ...(options.atOnce === true && { RECORDER_OURS: builtCommand() }),
        RECORDER_STORE: join(work, 'stored'),
        ...(options.open === true && { RECORDER_OPEN: join(work, 'open') }),
        ...options.env,
      },
    });
    const calls = readdirSync(log)
      .sort()
      .map((name) => readCall(join(log, name), work));
    return { status, log: stdout + stderr, calls };
  } finally {
    spawnSync('chmod', ['-R', 'u+w', work]);
    rmSync(work, { recursive: true, force: true });
  }
}

function readCall(folder: string, work: string): Recorded {
  // What Nix reads from a store elsewhere it shows with where that is.
  const read = (name: string): string =>
    readFileSync(join(folder, name), 'latin1')
      .replaceAll(join(work, 'stored'), '')
      .replaceAll(join(work, 'open/store'), '/nix/store');
  const has = new Set(readdirSync(folder));
  const answer = (name: string): Answer => ({
    status: Number(read(`${name}/status`)),
    out: read(`${name}/out`),
    err: read(`${name}/err`),
  });
  const argv = Buffer.from(read('arguments'), 'latin1').toString('utf8').split('\0').slice(0, -1);
  const ours = has.has('ours')
    ? answer('ours')
    : runOurs(argv, read('folder').trim(), { NIX_PATH: read('nix-path'), HOME: '/fake-home' });
  return { argv, theirs: answer('theirs'), ours, open: has.has('open') ? answer('open') : undefined };
}

/** Whether ours says that it does not fetch. */
export function isRefused({ ours }: Recorded): boolean {
  return ours.err.includes('this evaluator does not use the network');
}

function isSame(a: Answer, b: Answer): boolean {
  return a.status === b.status && a.out === b.out && messageOf(a.err) === messageOf(b.err);
}

function withoutHashes({ status, out, err }: Answer): Answer {
  const strip = (text: string): string => text.replace(/\/nix\/store\/[0-9a-z]{32}-/g, '/nix/store/…-');
  return { status, out: strip(out), err: strip(err) };
}

/**
 * The calls that were answered differently, with both answers; but for those that ours refuses. A store elsewhere
 * makes a difference where a path in it is asked whether it is in the store; then the other store's answer counts.
 */
export function differences(calls: readonly Recorded[]): unknown[] {
  return calls
    .filter((call) => {
      const { ours, theirs, open } = call;
      if (isRefused(call) || isSame(ours, theirs)) return false;
      return open === undefined || !isSame(withoutHashes(ours), withoutHashes(open));
    })
    .map(({ argv, ours, theirs }) => ({
      argv: argv.join(' '),
      ours: ours.out + ours.err.slice(-2000),
      theirs: theirs.out + theirs.err.slice(-2000),
    }));
}
