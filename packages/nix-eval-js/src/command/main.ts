/**
 * The process around the command.
 *
 * Nix allows 10,000 nested calls. Most programs need far fewer, and get along with the stack that this process
 * has. One that does not is run again in a worker with a large stack; what it logged before is not repeated.
 */
import { readFileSync, realpathSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { encodeText } from '../eval/bytes.ts';
import { DiskHost } from '../host/disk.ts';
import { run, StackTooSmall, type Streams } from './run.ts';

/** Megabytes; enough for 10,000 calls of whatever kind. */
const stackSize = 900;

/**
 * V8 optimises functions early, and does it on the processors that the program needs: most programs are over
 * before that pays. By V8's major version, since the flags are not the same in all.
 */
const optimiseLater: Readonly<Record<string, string>> = {
  11: '--interrupt-budget=300000',
  12: '--invocation-count-for-turbofan=12000',
};

interface WorkerData {
  readonly argv: readonly string[];
  readonly stdin: string | null;
  /** Lines that were logged already. */
  readonly logged: number;
}

function write(fd: number, bytes: string): void {
  const buffer = Buffer.from(bytes, 'latin1');
  for (let at = 0; at < buffer.length; ) {
    try {
      at += writeSync(fd, buffer, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(1);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

class Process implements Streams {
  #out = '';
  #stdin: string | null;
  #skip: number;
  logged = 0;

  constructor(stdin: string | null, skip: number) {
    this.#stdin = stdin;
    this.#skip = skip;
  }

  get input(): string | null {
    return this.#stdin;
  }

  out(bytes: string): void {
    this.#out += bytes;
  }

  log(line: string): void {
    this.logged++;
    if (this.logged > this.#skip) write(2, `${line}\n`);
  }

  stdin(): string {
    this.#stdin ??= readFileSync(0, 'latin1');
    return this.#stdin;
  }

  flush(): void {
    write(1, this.#out);
    this.#out = '';
  }
}

function main(argv: readonly string[], streams: Process): number {
  try {
    const code = run(argv, new DiskHost(), streams, basename(process.argv[1] ?? 'nix-eval-js', '.js'));
    streams.flush();
    return code;
  } catch (error) {
    if (error instanceof StackTooSmall) throw error;
    streams.flush();
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    write(2, `error: internal error of nix-eval-js: ${encodeText(text)}\n`);
    return 70;
  }
}

/** The argument of a worker: no command line can have it. */
const inWorker = '\0';

// What starts workers takes Node a while to load, and most programs need none.
if (process.argv[2] !== inWorker) {
  const flag = optimiseLater[process.versions.v8.split('.')[0]!];
  if (flag !== undefined) setFlagsFromString(flag);
  const argv = process.argv.slice(2);
  const streams = new Process(null, 0);
  try {
    // At once: everything is written, and there is nothing left to collect for.
    process.exit(main(argv, streams));
  } catch (error) {
    if (!(error instanceof StackTooSmall)) throw error;
    const data: WorkerData = { argv, stdin: streams.input, logged: streams.logged };
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(realpathSync(process.argv[1]!), {
      argv: [inWorker],
      workerData: data,
      resourceLimits: { stackSizeMb: stackSize },
    });
    worker.on('error', (failure) => {
      const { code } = failure as NodeJS.ErrnoException;
      const text = code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'evaluation ran out of memory' : failure.message;
      write(2, `error: ${encodeText(text)}\n`);
      process.exitCode = 1;
    });
    worker.on('message', (code: number) => {
      process.exitCode = code;
    });
  }
} else {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { argv, stdin, logged } = workerData as WorkerData;
  const streams = new Process(stdin, logged);
  let code: number;
  try {
    code = main(argv, streams);
  } catch (error) {
    if (!(error instanceof StackTooSmall)) throw error;
    streams.log('error: stack overflow; max-call-depth exceeded');
    code = 1;
  }
  parentPort?.postMessage(code);
}
