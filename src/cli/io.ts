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
}

export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}
