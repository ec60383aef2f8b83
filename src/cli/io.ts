import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ChangeKind } from '../output/compare.ts';

/** What a command may touch besides files. */
export interface Io {
  cwd: string;
  env: Record<string, string | undefined>;
  stdout: Stream;
  stderr: Stream;
  /** All of standard input, as bytes. */
  readStdin(): Promise<Buffer>;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
}

export interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** What a command has to say; `--json` prints it as it is. `schema/output.schema.json` describes it. */
export interface Result {
  version: 1;
  diagnostics: Diagnostic[];
  changes?: ReportedChange[];
}

export interface ReportedChange {
  path: string;
  change: ChangeKind;
  /** With `--stdout`: what would be written. */
  text?: string;
}
