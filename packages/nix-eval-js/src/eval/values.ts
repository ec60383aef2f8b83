/**
 * Values and thunks.
 *
 * A value is the cheapest JavaScript thing that can stand for it:
 *
 * | Nix | here |
 * |---|---|
 * | null, bool | `null`, `true`, `false` |
 * | int | number while it is a safe integer, bigint beyond |
 * | float | FloatValue |
 * | string | string (one char per byte); ContextString when it has a context |
 * | path | PathValue |
 * | list | array of slots |
 * | set | Attrs |
 * | function | Lambda, Builtin, PartialBuiltin |
 *
 * A slot is a value or a thunk: what lists, sets and environments hold. A thunk's life: `code` is a compiled
 * expression, until it is forced; while it runs, `code` is `blackHole`, so that a thunk that needs itself is
 * noticed; then `code` is null and `value` set. After an error `code` is `failed`, which throws it again; one
 * that came of a limit puts `code` back.
 */
import type { LambdaExpr } from '../syntax/ast.ts';
import type { Attrs } from './attrs.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | FloatValue
  | ContextString
  | PathValue
  | List
  | Attrs
  | Lambda
  | Builtin
  | PartialBuiltin;

export type Slot = Value | Thunk;
export type List = readonly Slot[];

/** An environment: the one around it, then its slots. */
// biome-ignore lint/suspicious/noExplicitAny: the first element is another environment, the rest are slots.
export type Env = any[];

/** A compiled expression; the result is a value, never a thunk. */
export type Code = (env: Env) => Value;
/** A compiled expression whose result may be left for later. */
export type Delayed = (env: Env) => Slot;

export class FloatValue {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/**
 * A string that refers to store paths. A context element is a store path (`/nix/store/…`, the path itself),
 * `=` and a path (a derivation with all its outputs), or `!`, an output's name, `!` and a derivation's path.
 */
export class ContextString {
  readonly bytes: string;
  readonly context: ReadonlySet<string>;
  constructor(bytes: string, context: ReadonlySet<string>) {
    this.bytes = bytes;
    this.context = context;
  }
}

export class PathValue {
  /** Absolute. */
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

/** What is compiled of a function, shared by all its closures. */
export class LambdaCode {
  readonly #expr: LambdaExpr;
  readonly pos: number;
  /** In the order in which Nix visits them. */
  readonly formals: readonly FormalCode[] | null;
  /** With formals: the environment's start, a slot for each. */
  readonly template: Env | null;
  body: Code = notCompiled;
  /** The function that the body is, if it is nothing else: calls with two arguments go straight there. */
  inner: LambdaCode | null = null;

  constructor(expr: LambdaExpr, pos: number, formals: readonly FormalCode[] | null, template: Env | null) {
    this.#expr = expr;
    this.pos = pos;
    this.formals = formals;
    this.template = template;
  }

  formalsByName(): FormalCode[] {
    return [...(this.formals ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The attribute it is bound to. */
  get name(): string | null {
    return this.#expr.name;
  }

  get arg(): string | null {
    return this.#expr.arg;
  }

  get ellipsis(): boolean {
    return this.#expr.ellipsis;
  }
}

const notCompiled: Code = () => {
  throw new Error('a function is called before it is compiled');
};

export interface FormalCode {
  readonly name: string;
  readonly pos: number;
  readonly or: Delayed | null;
}

export class Lambda {
  readonly code: LambdaCode;
  readonly env: Env;
  constructor(code: LambdaCode, env: Env) {
    this.code = code;
    this.env = env;
  }
}

export type BuiltinFunction = (ev: Evaluator, a: Slot, b: Slot, c: Slot) => Value;

export class Builtin {
  readonly name: string;
  readonly arity: number;
  readonly run: BuiltinFunction;
  /** Errors that pass say so, except for `addErrorContext`. */
  readonly traced: boolean;
  constructor(name: string, arity: number, run: BuiltinFunction, traced = true) {
    this.name = name;
    this.arity = arity;
    this.run = run;
    this.traced = traced;
  }
}

export class PartialBuiltin {
  readonly builtin: Builtin;
  readonly args: readonly Slot[];
  constructor(builtin: Builtin, args: readonly Slot[]) {
    this.builtin = builtin;
    this.args = args;
  }
}

export class Thunk {
  code: Code | null;
  env: Env | null;
  value: Value;
  constructor(code: Code, env: Env, value: Slot = null) {
    this.code = code;
    this.env = env;
    this.value = value as Value;
  }
}

export const blackHole: Code = () => {
  throw new NixError('infinite-recursion', 'infinite recursion encountered');
};

/** The code of a thunk whose evaluation failed: `env` is the error. A copy is thrown, for it gets frames of its own. */
export const failed: Code = (env) => {
  throw (env[0] as NixError).copy();
};

/**
 * The code of a thunk that is a call. `env` is the evaluator, the function and, for two arguments, the first;
 * `value` is the last argument. So the calls that `map` leaves for later share an environment.
 */
export const pendingCall: Code = () => null;

function callPending(env: Env, last: Slot, pos: number): Value {
  const ev = env[0] as Evaluator;
  const fn = force(env[1], pos);
  return env.length === 2 ? ev.call(fn, last, pos) : ev.call2(fn, env[2], last, pos);
}

/** Where a value is from, if it knows: a set, a function, a call that is not made yet. */
export function determinePos(slot: Slot, pos: number): number {
  if (slot instanceof Thunk) {
    if (slot.code === null) return determinePos(slot.value, pos);
    return slot.code === pendingCall ? determinePos(slot.env![1], pos) : pos;
  }
  if (slot instanceof Lambda) return slot.code.pos;
  return slot !== null && typeof slot === 'object' && 'shape' in slot ? slot.pos : pos;
}

/** A slot's value; `pos` is where an infinite recursion is reported. */
export function force(slot: Slot, pos: number): Value {
  if (!(slot instanceof Thunk)) return slot;
  if (slot.code === null) return slot.value;
  return forceThunk(slot, pos);
}

function forceThunk(thunk: Thunk, pos: number): Value {
  const { code, env } = thunk;
  if (code === blackHole) {
    const error = new NixError('infinite-recursion', 'infinite recursion encountered', pos);
    error.culprit = thunk;
    throw error;
  }
  if (code === failed) return failed(env!);
  // Calls that need themselves run into the call depth instead, as in Nix.
  if (code !== pendingCall) thunk.code = blackHole;
  try {
    const value = code === pendingCall ? callPending(env!, thunk.value, pos) : code!(env!);
    thunk.value = value;
    thunk.code = null;
    thunk.env = null;
    return value;
  } catch (error) {
    if (error instanceof NixError && error.culprit === thunk) {
      error.addTrace(0, 'entering the infinite recursion', true);
    }
    if (error instanceof NixError && error.code !== 'limit' && error.code !== 'stack-overflow') {
      thunk.code = failed;
      thunk.env = [error];
    } else thunk.code = code;
    throw error;
  }
}

/** The string's bytes, whether it has a context or not; only for strings. */
export function bytesOf(value: string | ContextString): string {
  return typeof value === 'string' ? value : value.bytes;
}

export function isString(value: Value): value is string | ContextString {
  return typeof value === 'string' || value instanceof ContextString;
}

const maxInt = 0x7fffffffffffffffn;
const minInt = -0x8000000000000000n;

/** A bigint as an int value, or undefined outside of 64 bits. */
export function normalizeInt(value: bigint): number | bigint | undefined {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER))
    return Number(value);
  return value > maxInt || value < minInt ? undefined : value;
}
