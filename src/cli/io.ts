/** What a command may touch besides files. */
export interface Io {
  cwd: string;
  env: Record<string, string | undefined>;
  stdout: Stream;
  stderr: Stream;
  /** All of standard input, as bytes. Fails with an AbortError when `signal` is aborted. */
  readStdin(): Promise<Buffer>;
  /** Asks the person at the terminal; absent where there is none. Fails with an AbortError when they leave. */
  ask?(question: string): Promise<string>;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  /** Runs the command in a thread of its own and returns its exit code; absent in such a thread. */
  apart?(args: string[]): Promise<number>;
  /** In such a thread: as `guarded` of `apart.ts`. */
  guard?<T>(work: () => Promise<T>, last: boolean): Promise<T>;
}

export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}
