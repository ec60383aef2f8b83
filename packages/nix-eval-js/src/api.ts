/**
 * The library's interface. Text goes in and comes out as JavaScript strings; inside, strings are bytes.
 *
 * Everything that evaluates may throw a NixError, and nothing else, whatever the input is.
 */
import { knownDerivation } from './builtins/derivation.ts';
import { Attrs, attrsOf, emptyAttrs } from './eval/attrs.ts';
import { decodeBytes, encodeText } from './eval/bytes.ts';
import { findDerivations } from './eval/derivations.ts';
import { NixError } from './eval/errors.ts';
import { Evaluator as Core, type EvaluatorOptions as CoreOptions } from './eval/evaluator.ts';
import { guard } from './eval/guard.ts';
import { isFunction } from './eval/types.ts';
import {
  ContextString,
  FloatValue,
  force as forceSlot,
  type List,
  PathValue,
  type Slot,
  type Value,
} from './eval/values.ts';
import type { Host } from './host/host.ts';
import { MemoryHost } from './host/memory.ts';
import { showError } from './print/error.ts';
import { toJson } from './print/json.ts';
import { printResult } from './print/value.ts';
import type { Expr } from './syntax/ast.ts';
import { parseSource } from './syntax/parser.ts';
import { showExpr } from './syntax/print.ts';
import { Source } from './syntax/source.ts';

export interface EvaluatorOptions extends Omit<CoreOptions, 'host' | 'onTrace'> {
  /** Files, environment and time; by default a MemoryHost without any. */
  readonly host?: Host | undefined;
  /** Gets the lines that `builtins.trace` writes. */
  readonly onTrace?: ((line: string) => void) | undefined;
}

export interface EvaluateOptions {
  /** The folder that relative paths are relative to; by default the host's working directory. */
  readonly basePath?: string | undefined;
  /** A file name for positions. */
  readonly file?: string | undefined;
}

/** A value as plain JavaScript: ints beyond 2^53 are bigints, sets have no prototype. */
export type JsValue = null | boolean | number | bigint | string | JsValue[] | { [name: string]: JsValue };

/** A derivation that a value contains. */
export interface Instantiated {
  readonly drvPath: string;
  readonly output: string;
  /** The text of the `.drv` file (ATerm). */
  readonly text: string;
}

export interface ParsedText {
  readonly expr: Expr;
  /** On one line, as `nix-instantiate --parse` prints it. */
  toString(): string;
}

/** Evaluates programs that share imported files, positions and limits. */
export class Evaluator {
  /** What the builtins work with. */
  readonly core: Core;

  constructor(options: EvaluatorOptions = {}) {
    const { onTrace } = options;
    this.core = new Core({
      ...options,
      host: options.host ?? new MemoryHost(),
      onTrace: onTrace === undefined ? undefined : (line) => onTrace(decodeBytes(line)),
    });
  }

  /** Runs what evaluates; limits on time and calls are counted from here. */
  #run<T>(run: () => T): T {
    if (this.core.depth === 0) this.core.startClock();
    return guard(this.core, run);
  }

  /** A text's value, evaluated as far as Nix does: what is in sets and lists may still be thunks. */
  evaluate(text: string, options: EvaluateOptions = {}): Value {
    const { basePath, file } = options;
    const source = new Source(
      file === undefined ? { kind: 'string' } : { kind: 'file', path: encodeText(file) },
      encodeText(text),
    );
    const folder = basePath === undefined ? this.core.host.workingDirectory : encodeText(basePath);
    return this.#run(() => this.core.evaluate(source, folder));
  }

  /** The value of a file of the host, or of the `default.nix` of a folder; evaluated once. */
  evaluateFile(path: string): Value {
    const { files, host } = this.core;
    return this.#run(() => this.core.importFile(files.canon(encodeText(path), host.workingDirectory)));
  }

  /** The value of a slot of a set or list. */
  force(slot: Slot): Value {
    return this.#run(() => forceSlot(slot, 0));
  }

  /** Evaluates all that is in a value. */
  forceDeep(value: Slot): void {
    this.#run(() => this.core.forceDeep(value));
  }

  /** Calls a function. */
  call(fn: Slot, ...args: Slot[]): Value {
    return this.#run(() => this.core.callMany(forceSlot(fn, 0), args, 0));
  }

  /** A value, with all that is in it, as plain JavaScript; functions are an error. Paths become strings. */
  toJs(value: Slot): JsValue {
    return this.#run(() => this.#toJs(value));
  }

  #toJs(slot: Slot): JsValue {
    this.core.enter(0);
    const value = forceSlot(slot, 0);
    let out: JsValue;
    if (
      value === null ||
      typeof value === 'boolean' ||
      typeof value === 'number' ||
      typeof value === 'bigint'
    ) {
      out = value;
    } else if (typeof value === 'string') out = decodeBytes(value);
    else if (value instanceof ContextString) out = decodeBytes(value.bytes);
    else if (value instanceof PathValue) out = decodeBytes(value.path);
    else if (value instanceof FloatValue) out = value.value;
    else if (value instanceof Attrs) {
      out = Object.create(null) as { [name: string]: JsValue };
      for (let i = 0; i < value.size; i++) out[decodeBytes(value.names[i]!)] = this.#toJs(value.values[i]!);
    } else if (isFunction(value)) out = this.core.fail('type', 'a function has no value in JavaScript');
    else out = (value as List).map((item) => this.#toJs(item));
    this.core.depth--;
    return out;
  }

  /** A plain JavaScript value as a Nix value; numbers that are no safe integers become floats. */
  fromJs(value: JsValue): Value {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : new FloatValue(value);
    if (typeof value === 'bigint') {
      const small = Number(value);
      if (Number.isSafeInteger(small)) return small;
      if (BigInt.asIntN(64, value) !== value) throw new NixError('eval', `${value} does not fit 64 bits`);
      return value;
    }
    if (typeof value === 'string') return encodeText(value);
    if (Array.isArray(value)) return value.map((item) => this.fromJs(item));
    return attrsOf(
      Object.entries(value).map(([name, item]) => [encodeText(name), this.fromJs(item)] as const),
    );
  }

  /** A value as `nix-instantiate --eval` prints it; what is not evaluated is `<CODE>`. */
  print(value: Slot): string {
    return this.#run(() => decodeBytes(printResult(value)));
  }

  /** JSON, as `builtins.toJSON`. */
  toJson(value: Slot): string {
    return this.#run(() => decodeBytes(toJson(this.core, value, true, 0, new Set())));
  }

  /** The derivations in a value: itself, or those in a set or list of them. Nothing is written. */
  instantiate(value: Slot): Instantiated[] {
    return this.#run(() =>
      [...findDerivations(this.core, value, emptyAttrs)].map(({ drvPath, output }) => ({
        drvPath: decodeBytes(drvPath),
        output: decodeBytes(output),
        text: this.derivation(drvPath),
      })),
    );
  }

  /** The text of a `.drv` file that was computed here or is on the host. */
  derivation(drvPath: string): string {
    return this.#run(() => decodeBytes(knownDerivation(this.core, drvPath).text));
  }
}

/** Evaluates a text to plain JavaScript. */
export function evaluate(text: string, options: EvaluatorOptions & EvaluateOptions = {}): JsValue {
  const ev = new Evaluator(options);
  return ev.toJs(ev.evaluate(text, options));
}

/** Parses a text; throws a NixError with code `parse`. Names are not looked up. */
export function parse(text: string, options: EvaluateOptions = {}): ParsedText {
  const source = new Source(
    options.file === undefined ? { kind: 'string' } : { kind: 'file', path: encodeText(options.file) },
    encodeText(text),
  );
  try {
    const { expr } = parseSource(source, { basePath: encodeText(options.basePath ?? '/'), home: '/' });
    return { expr, toString: () => decodeBytes(showExpr(expr)) };
  } catch (error) {
    if (error instanceof RangeError)
      throw new NixError('stack-overflow', 'the expression is nested too deeply');
    throw error;
  }
}

/** The derivations of a text. */
export function instantiate(text: string, options: EvaluatorOptions & EvaluateOptions = {}): Instantiated[] {
  const ev = new Evaluator(options);
  return ev.instantiate(ev.evaluate(text, options));
}

/** An error as Nix prints it, with code frames and, if asked for, the whole trace. */
export function formatError(error: NixError, showTrace = false): string {
  return decodeBytes(showError(error, showTrace));
}
