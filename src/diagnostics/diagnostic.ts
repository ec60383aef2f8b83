import { type Code, severities } from './codes.ts';

export type Severity = 'error' | 'warning';

/** A place in a text. `offset` counts UTF-16 units from 0, `line` and `column` from 1. */
export interface Position {
  offset: number;
  line: number;
  column: number;
}

/** From `start` up to, not including, `end`. */
export interface Range {
  start: Position;
  end: Position;
}

/** What is wrong, where, and how to mend it. `message` is one line; `notes` add facts, `hint` the way out. */
export interface Diagnostic {
  code: Code;
  severity: Severity;
  message: string;
  file?: string;
  range?: Range;
  notes: string[];
  hint?: string;
}

export interface Details {
  file?: string | undefined;
  range?: Range | undefined;
  notes?: string[];
  hint?: string | undefined;
}

/** Makes a diagnostic; its severity is the code's. */
export function diagnostic(code: Code, message: string, details: Details = {}): Diagnostic {
  const { file, range, notes = [], hint } = details;
  return {
    code,
    severity: severities[code],
    message,
    ...(file !== undefined && { file }),
    ...(range && { range }),
    notes,
    ...(hint !== undefined && { hint }),
  };
}

export function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Ends the work at hand; only the outermost layer catches it. */
export class Failure extends Error {
  readonly diagnostics: Diagnostic[];

  constructor(...diagnostics: Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join('\n'));
    this.name = 'Failure';
    this.diagnostics = diagnostics;
  }
}
