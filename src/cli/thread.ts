/**
 * A run in a thread of its own, from both sides; see `apart.ts` for why.
 *
 * The two share one number, so that they agree at every moment on who may do what:
 *
 *   free      the second thread works out something: a signal ends it where it is
 *   guarded   it does what must not be cut off, and looks for a message itself
 *   stopping  as guarded, and the message is on its way
 *   ended     a signal came while it was free: it is as good as gone, and guards nothing any more
 *
 * What it prints goes through the first thread, which prints nothing of a run that was ended. Commands print when all is
 * done, so from its first word on a run is guarded: it is shown whole, or not at all. Only who watches a list prints, and goes on.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Io, Stream } from './io.ts';

const free = 0;
const guardedState = 1;
const stopping = 2;
const ended = 3;

interface Task {
  args: string[];
  /** What was read of standard input before. */
  input: Uint8Array | undefined;
  state: Int32Array;
  stdout: Shape;
  stderr: Shape;
}

type Shape = Pick<Stream, 'isTTY' | 'columns'>;
type Said = { stream: 'stdout' | 'stderr'; text: string } | { code: number };

/**
 * In the first thread: runs the command with `args` in another, which starts with `script`. Returns the exit code.
 *
 * @throws an AbortError when a signal ended it, or whatever the thread itself failed with
 */
export function runInThread(
  script: URL,
  args: string[],
  io: Io,
  input: Uint8Array | undefined,
): Promise<number> {
  const shape = ({ isTTY, columns }: Stream): Shape => ({
    ...(isTTY !== undefined && { isTTY }),
    ...(columns !== undefined && { columns }),
  });
  const state = new Int32Array(new SharedArrayBuffer(4));
  const task: Task = { args, input, state, stdout: shape(io.stdout), stderr: shape(io.stderr) };
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: task });
    let code: number | undefined;
    worker.on('message', (said: Said) => {
      if ('code' in said) code = said.code;
      else io[said.stream].write(said.text);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      if (code === undefined) reject(new Error('the thread of this run ended by itself'));
      else resolve(code);
    });
    const stop = (): void => {
      if (Atomics.compareExchange(state, 0, free, ended) === free) {
        worker.removeAllListeners();
        void worker.terminate();
        reject(io.signal.reason);
      } else if (Atomics.compareExchange(state, 0, guardedState, stopping) === guardedState) {
        worker.postMessage('stop');
      } else if (Atomics.load(state, 0) === free) stop();
    };
    io.signal.addEventListener('abort', stop, { once: true });
    if (io.signal.aborted) stop();
  });
}

/** In the second thread: `run` with what the first one gave. */
export async function runTask(run: (args: string[], io: Io) => Promise<number>): Promise<void> {
  const { args, input, state, stdout, stderr } = workerData as Task;
  const port = parentPort!;
  const say = (said: Said): void => port.postMessage(said);
  const goesOn = args.includes('--watch');
  const stream = (name: 'stdout' | 'stderr') => (text: string) => {
    if (!goesOn && Atomics.compareExchange(state, 0, free, guardedState) === ended) return;
    say({ stream: name, text });
  };
  const controller = new AbortController();
  port.on('message', () => controller.abort());
  // It waits for this message only as long as there is work.
  port.unref();

  const code = await run(args, {
    cwd: process.cwd(),
    env: process.env,
    stdout: { ...stdout, write: stream('stdout') },
    stderr: { ...stderr, write: stream('stderr') },
    signal: controller.signal,
    readStdin: async () => Buffer.from(input ?? []),
    async guard(work, last) {
      // The first thread has told a person already that nothing was changed.
      if (Atomics.compareExchange(state, 0, free, guardedState) === ended) await new Promise(() => {});
      let keep = false;
      try {
        const result = await work();
        keep = last;
        return result;
      } finally {
        if (!keep && Atomics.compareExchange(state, 0, guardedState, free) === stopping) controller.abort();
      }
    },
  });
  say({ code });
}
