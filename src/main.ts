#!/usr/bin/env node
/** Arguments → exit code; the only place that sets it. */
import { addAbortSignal } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { run } from './cli/app.ts';
import type { Io } from './cli/io.ts';

const stop = new AbortController();
/** What a person at the terminal answers; opened with the first question. */
let lines: AsyncIterator<string> | undefined;
/** Standard input, once it has been read. */
let input: Buffer | undefined;

if (isMainThread) await hearAndRun();
else {
  const { runTask } = await import('./cli/thread.ts');
  await runTask(run);
}

async function hearAndRun(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort());
  }
  // A reader that has seen enough, as in `gen-kmod --stdout | head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const io: Io = {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
    ...(process.stdin.isTTY && process.stdout.isTTY && { ask }),
    readStdin,
    async apart(args) {
      const { runInThread } = await import('./cli/thread.ts');
      return runInThread(new URL(import.meta.url), args, io, input);
    },
  };
  process.exitCode = await run(process.argv.slice(2), io);
  // An open terminal would keep the process waiting for more.
  if (lines) process.stdin.destroy();
}

async function readStdin(): Promise<Buffer> {
  addAbortSignal(stop.signal, process.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  input = Buffer.concat(chunks);
  return input;
}

/** On standard error, so that standard output holds only results. Lines typed or pasted ahead are answers to come. */
async function ask(question: string): Promise<string> {
  lines ??= await openTerminal();
  process.stderr.write(question);
  const { value, done } = await lines.next();
  if (done) stop.abort();
  stop.signal.throwIfAborted();
  return String(value).trim();
}

async function openTerminal(): Promise<AsyncIterator<string>> {
  const { createInterface } = await import('node:readline');
  // The terminal's own line editing does; a signal is one, and ends the input.
  return createInterface({ input: addAbortSignal(stop.signal, process.stdin), terminal: false })[
    Symbol.asyncIterator
  ]();
}
