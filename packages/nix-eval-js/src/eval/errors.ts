/**
 * Errors as data.
 *
 * An error is thrown where it happens, and every construct it passes while unwinding may append a frame to
 * its trace; positions stay numbers until somebody prints them. Only `throw` and failed assertions can be
 * caught by `builtins.tryEval`.
 */
import type { Position, Positions } from '../syntax/source.ts';
import { decodeBytes } from './bytes.ts';

/** What kind of failure it is. */
export type ErrorCode =
  /** The text is not Nix. */
  | 'parse'
  | 'undefined-variable'
  /** A value of one type where another is needed. */
  | 'type'
  | 'missing-attribute'
  | 'missing-argument'
  /** Anything else that evaluation rejects. */
  | 'eval'
  /** `throw`; can be caught. */
  | 'throw'
  /** A failed assertion; can be caught. */
  | 'assert'
  | 'abort'
  | 'infinite-recursion'
  /** More nested calls than allowed, or than the stack holds. */
  | 'stack-overflow'
  /** A limit on steps, time or memory was reached. */
  | 'limit'
  /** A file or folder that is not there or cannot be read. */
  | 'io'
  /** A path that the host does not let evaluation see. */
  | 'restricted'
  /** What this evaluator does not do by design: fetching, building. */
  | 'unsupported'
  | 'usage';

export interface Trace {
  /** A byte string. */
  readonly text: string;
  /** 0 for none. */
  readonly pos: number;
  /** Shown even where the trace is cut short. */
  readonly always: boolean;
}

/** Frames of an error that a copy keeps: the outermost. */
const maxCopied = 20_000;

export class NixError extends Error {
  readonly code: ErrorCode;
  /** The message as a byte string; `message` is the same, decoded. */
  readonly bytes: string;
  /** Innermost first. */
  readonly traces: Trace[] = [];
  pos: number;
  positions: Positions | undefined;
  /** Close names, best first. */
  suggestions: readonly string[] = [];
  /** The stack of JavaScript ran out, before Nix's limit of calls did. */
  native = false;
  /** The thunk found under evaluation, for infinite recursion. */
  culprit: unknown;

  constructor(code: ErrorCode, bytes: string, pos = 0, positions?: Positions) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(decodeBytes(bytes));
    Error.stackTraceLimit = limit;
    this.code = code;
    this.bytes = bytes;
    this.pos = pos;
    this.positions = positions;
  }

  override get name(): string {
    return 'NixError';
  }

  get catchable(): boolean {
    return this.code === 'throw' || this.code === 'assert';
  }

  get position(): Position | undefined {
    return this.positions?.resolve(this.pos);
  }

  copy(): NixError {
    const copy = new NixError(this.code, this.bytes, this.pos, this.positions);
    copy.suggestions = this.suggestions;
    copy.traces.push(...this.traces.slice(-maxCopied));
    return copy;
  }

  addTrace(pos: number, text: string, always = false): this {
    if (text !== '') this.traces.push({ text, pos, always });
    return this;
  }
}
