/** The built command in a process of its own, which can be killed, told to stop or held at any step. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';

/** The built command. */
export const command: string = fileURLToPath(new URL('../../dist/gen-kmod.js', import.meta.url));

export interface Orders {
  /** Steps are counted below this folder. */
  root: string;
  /** The number of the step before which something happens. */
  at?: number;
  /** A signal the process sends itself, or a halt until the file `gate` is there. */
  act?: NodeJS.Signals | 'wait';
  gate?: string;
  /** A file that gets a line for each step. */
  log?: string;
}

export interface Ended {
  /** null after a signal that nobody handled. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Child {
  process: ChildProcess;
  ended: Promise<Ended>;
}

/** Starts the command; `input` is its standard input. It does not outlive the test. */
export function start(args: string[], orders?: Orders, input = ''): Child {
  const preload = orders === undefined ? [] : ['--import', preloadUrl()];
  const child = spawn(process.execPath, [...preload, command, ...args], {
    env: { ...process.env, NO_COLOR: '1', STEP_ORDERS: JSON.stringify(orders) },
    cwd: '/',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail);
    child.on('close', (status, signal) => done({ status, signal, stdout, stderr }));
  });
  return { process: child, ended };
}

/** Starts the command as the child of a shell that then becomes `parent`. */
export function startBelow(parent: string, args: string[], orders: Orders): ChildProcess {
  const words = [process.execPath, '--import', preloadUrl(), command, ...args];
  const shell = spawn('sh', ['-c', `"$@" & exec ${parent}`, 'sh', ...words], {
    env: { ...process.env, STEP_ORDERS: JSON.stringify(orders) },
    stdio: 'ignore',
  });
  onTestFinished(() => void shell.kill('SIGKILL'));
  return shell;
}

/** Waits until `count` processes stand before their gate. */
export async function waiting(gate: string, count = 1): Promise<void> {
  const there = (): number =>
    readdirSync(dirname(gate)).filter((name) => name.startsWith(`${basename(gate)}.`)).length;
  for (let patience = 2000; there() < count; patience--) {
    if (patience === 0) throw new Error(`only ${there()} of ${count} processes came to ${gate}`);
    await sleep(5);
  }
}

export function open(gate: string): void {
  if (!existsSync(gate)) writeFileSync(gate, '');
}

/** Calls `work` for each item, two at a time. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

let bundled: string | undefined;

function preloadUrl(): string {
  bundled ??= buildSync({
    entryPoints: [fileURLToPath(new URL('preload.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  }).outputFiles[0]!.text;
  return `data:text/javascript;base64,${Buffer.from(bundled).toString('base64')}`;
}
