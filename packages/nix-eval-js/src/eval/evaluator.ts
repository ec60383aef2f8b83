/**
 * The evaluator's state and the operations that language and builtins share: forcing to a type, calling,
 * coercing, comparing. Compiled code (`compile.ts`) calls them.
 *
 * Calls are counted, not kept: `depth` is the number of calls under way, and whoever catches an error and goes
 * on has to put it back.
 */
import { getHeapStatistics } from 'node:v8';
import { type Builtins, baseScope, makeBuiltins } from '../builtins/all.ts';
import { fetchurlText, type KnownDerivation } from '../builtins/derivation.ts';
import { compileProgram } from '../compile/compiler.ts';
import type { Scope } from '../compile/scope.ts';
import type { Host } from '../host/host.ts';
import { StoreHost } from '../host/store.ts';
import { errorPrint, printValue } from '../print/value.ts';
import { type LintLevel, type ParseOptions, type ParseWarning, parseSource } from '../syntax/parser.ts';
import { showName } from '../syntax/quote.ts';
import { Positions, Source } from '../syntax/source.ts';
import { Symbols } from '../syntax/symbols.ts';
import { Attrs, attrsOf } from './attrs.ts';
import { type ErrorCode, NixError } from './errors.ts';
import { Files } from './files.ts';
import { isInternalFile } from './internal.ts';
import { suggest } from './suggestions.ts';
import { displayContext, isFunction, parentOf, showType, sortContext, trace } from './types.ts';
import {
  Builtin,
  ContextString,
  determinePos,
  type Env,
  FloatValue,
  force,
  Lambda,
  type List,
  PartialBuiltin,
  type Slot,
  Thunk,
  type Value,
} from './values.ts';

export interface Limits {
  /** Nested calls; 10,000 by default, as in Nix. */
  readonly depth?: number | undefined;
  /** Calls in all. */
  readonly calls?: number | undefined;
  /** Milliseconds. */
  readonly time?: number | undefined;
  /** Bytes of JavaScript heap; by default most of what there is. */
  readonly memory?: number | undefined;
}

export interface SearchPathEntry {
  readonly prefix: string;
  readonly path: string;
}

export interface EvaluatorOptions {
  readonly host: Host;
  readonly limits?: Limits | undefined;
  readonly searchPath?: readonly SearchPathEntry[] | undefined;
  /** Without it traces lack the calls, as Nix's do without `--show-trace`. */
  readonly showTrace?: boolean | undefined;
  /** No environment, no time, no search path. */
  readonly pure?: boolean | undefined;
  readonly traceVerbose?: boolean | undefined;
  readonly abortOnWarn?: boolean | undefined;
  readonly features?: readonly string[] | undefined;
  readonly storeDir?: string | undefined;
  /** `builtins.trace` and others write lines here (bytes). */
  readonly onTrace?: ((line: string) => void) | undefined;
  readonly onWarning?: ((warning: ParseWarning) => void) | undefined;
  readonly lintUrls?: LintLevel | undefined;
  readonly lintShortPaths?: LintLevel | undefined;
  readonly lintAbsolutePaths?: LintLevel | undefined;
}

/** Calls between two looks at the clock and the heap. */
const interval = 20_000;
/** The same where time is limited: a single call may take long. Divides `interval`. */
const shortInterval = 100;

/** How much of the JavaScript heap may be used, unless a limit is given. */
const heapShare = 0.85;

export class Evaluator {
  readonly options: EvaluatorOptions;
  /** The given host, with what evaluation adds to the store. */
  readonly host: StoreHost;
  readonly files: Files;
  readonly positions = new Positions();
  readonly symbols = new Symbols();
  readonly storeDir: string;
  readonly features: ReadonlySet<string>;
  readonly showTrace: boolean;
  readonly builtins: Builtins;
  readonly scope: Scope;
  readonly maxDepth: number;
  depth = 0;
  #interval = interval;
  #calls = interval;
  #called = 0;
  #deadline = Number.POSITIVE_INFINITY;
  readonly #memory: number;
  readonly #imported = new Map<string, Slot>();
  readonly storePaths = new Map<string, string>();
  /** What `derivationStrict` made: path → what later derivations need to know of it. */
  readonly derivations = new Map<string, KnownDerivation>();
  /** Entries of the search path that are there, and those that were warned of. */
  readonly searchRoots = new Set<string>();
  readonly warnedOf = new Set<string>();

  constructor(options: EvaluatorOptions) {
    this.options = options;
    this.storeDir = options.storeDir ?? '/nix/store';
    this.host = new StoreHost(options.host, this.storeDir);
    this.files = new Files(this.host);
    this.features = new Set(options.features);
    this.showTrace = options.showTrace ?? true;
    this.maxDepth = options.limits?.depth ?? 10_000;
    this.#memory = options.limits?.memory ?? getHeapStatistics().heap_size_limit * heapShare;
    this.builtins = makeBuiltins(this);
    this.scope = baseScope(this.builtins);
    this.startClock();
  }

  /** Time and calls are counted from here. */
  startClock(): void {
    const { time } = this.options.limits ?? {};
    this.depth = 0;
    this.#called = 0;
    this.#interval = time === undefined ? interval : shortInterval;
    this.#calls = this.#interval;
    this.#deadline = time === undefined ? Number.POSITIVE_INFINITY : performance.now() + time;
  }

  #checkLimits(): void {
    this.#calls = this.#interval;
    this.#called += this.#interval;
    if (this.#called % interval === 0 && getHeapStatistics().used_heap_size > this.#memory)
      this.#outOfMemory();
    const limits = this.options.limits;
    if (limits === undefined) return;
    if (limits.calls !== undefined && this.#called > limits.calls) {
      throw new NixError('limit', `more than ${limits.calls} calls`);
    }
    if (performance.now() > this.#deadline)
      throw new NixError('limit', `evaluation took more than ${limits.time} ms`);
  }

  #outOfMemory(): never {
    this.fail('limit', `evaluation took more than ${Math.floor(this.#memory / 2 ** 20)} MiB of memory`);
  }

  /** Before something large is made: whether there is memory for so many slots, and bytes for each. */
  reserve(slots: number, each = 8): void {
    if (slots < 100_000) return;
    if (getHeapStatistics().used_heap_size + slots * each > this.#memory) this.#outOfMemory();
  }

  fail(code: ErrorCode, message: string, pos = 0): never {
    throw new NixError(code, message, pos, this.positions);
  }

  /** One more call under way; the caller takes it back. */
  enter(pos: number): void {
    if (this.depth > this.maxDepth) this.#tooDeep(pos);
    this.depth++;
    if (--this.#calls < 0) this.#checkLimits();
  }

  #tooDeep(pos: number): never {
    this.fail('stack-overflow', 'stack overflow; max-call-depth exceeded', pos);
  }

  /** A value as error messages show it. */
  show(value: Slot): string {
    return printValue(this, value, errorPrint);
  }

  parseOptions(basePath: string): ParseOptions {
    const { onWarning, lintUrls, lintShortPaths, lintAbsolutePaths } = this.options;
    return {
      basePath,
      home: this.options.pure === true ? undefined : this.host.home,
      positions: this.positions,
      symbols: this.symbols,
      pipes: this.features.has('pipe-operators'),
      onWarning,
      lintUrls,
      lintShortPaths,
      lintAbsolutePaths,
    };
  }

  /** Evaluates a text. */
  evaluate(source: Source, basePath: string, scope: Scope = this.scope, env: Env = []): Value {
    const parsed = parseSource(source, this.parseOptions(basePath));
    return compileProgram(this, parsed, scope)(env);
  }

  /** The value of a file, evaluated once. */
  importFile(path: string): Value {
    const internal = isInternalFile(path);
    const file = internal ? path : this.files.resolveExpression(path);
    const known = this.#imported.get(file);
    if (known !== undefined) return force(known, 0);
    const thunk = new Thunk(() => {
      const text = internal ? fetchurlText : this.host.readFile(this.files.resolve(file, true));
      const parsed = parseSource(
        new Source({ kind: 'file', path: file }, text),
        this.parseOptions(parentOf(file)),
      );
      const code = compileProgram(this, parsed, this.scope);
      try {
        return code([]);
      } catch (error) {
        throw trace(error, 0, `while evaluating the file '${file}':`);
      }
    }, []);
    this.#imported.set(file, thunk);
    return force(thunk, 0);
  }

  // Forcing to a type.

  #wrongType(expected: string, value: Value, pos: number): never {
    this.fail('type', `expected ${expected} but found ${showType(value)}: ${this.show(value)}`, pos);
  }

  forceInt(slot: Slot, pos: number, context: string): number | bigint {
    if (typeof slot === 'number') return slot;
    try {
      const value = force(slot, pos);
      if (typeof value === 'number' || typeof value === 'bigint') return value;
      return this.#wrongType('an integer', value, pos);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  forceFloat(slot: Slot, pos: number, context: string): number {
    try {
      const value = force(slot, pos);
      if (typeof value === 'number') return value;
      if (typeof value === 'bigint') return Number(value);
      if (value instanceof FloatValue) return value.value;
      return this.#wrongType('a float', value, pos);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  forceBool(slot: Slot, pos: number, context: string): boolean {
    if (slot === true || slot === false) return slot;
    try {
      const value = force(slot, pos);
      if (value === true || value === false) return value;
      return this.#wrongType('a Boolean', value, pos);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  forceString(slot: Slot, pos: number, context: string): string | ContextString {
    if (typeof slot === 'string') return slot;
    try {
      const value = force(slot, pos);
      if (typeof value === 'string' || value instanceof ContextString) return value;
      return this.#wrongType('a string', value, pos);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  /** The string's bytes; its context is added to `into`. */
  forceStringInto(slot: Slot, into: Set<string>, pos: number, context: string): string {
    const value = this.forceString(slot, pos, context);
    if (typeof value === 'string') return value;
    for (const element of value.context) into.add(element);
    return value.bytes;
  }

  forcePlainString(slot: Slot, pos: number, context: string): string {
    const value = this.forceString(slot, pos, context);
    if (typeof value === 'string') return value;
    const [element] = sortContext(value.context);
    const shown = displayContext(element!);
    const error = new NixError(
      'eval',
      `the string '${value.bytes}' is not allowed to refer to a store path (such as '${shown}')`,
      0,
      this.positions,
    );
    throw error.addTrace(pos, context);
  }

  forceAttrs(slot: Slot, pos: number, context: string): Attrs {
    const value = force(slot, pos);
    if (value instanceof Attrs) return value;
    try {
      return this.#wrongType('a set', value, 0);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  forceList(slot: Slot, pos: number, context: string): List {
    const value = force(slot, pos);
    if (Array.isArray(value)) return value as List;
    try {
      return this.#wrongType('a list', value, 0);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  forceFunction(slot: Slot, pos: number, context: string): Value {
    try {
      const value = force(slot, pos);
      if (isFunction(value) || (value instanceof Attrs && value.has('__functor'))) return value;
      return this.#wrongType('a function', value, pos);
    } catch (error) {
      throw trace(error, pos, context);
    }
  }

  /** An attribute that has to be there. */
  attr(attrs: Attrs, name: string, context: string): Slot {
    const slot = attrs.get(name);
    if (slot !== undefined) return slot;
    throw new NixError(
      'missing-attribute',
      `attribute '${showName(name)}' missing`,
      0,
      this.positions,
    ).addTrace(0, context);
  }

  forceDeep(slot: Slot): void {
    const seen = new Set<Slot>();
    const visit = (item: Slot): void => {
      const pos = determinePos(item, 0);
      this.enter(pos);
      const value = force(item, pos);
      if (value instanceof Attrs) {
        if (!seen.has(value)) {
          seen.add(value);
          const { names, values } = value;
          const order = value.shape.visits(this.symbols);
          for (let n = 0; n < order.length; n++) {
            const i = order[n]!;
            try {
              visit(values[i]!);
            } catch (error) {
              throw trace(
                error,
                value.positions?.[i] ?? 0,
                `while evaluating the attribute '${showName(names[i]!)}'`,
              );
            }
          }
        }
      } else if (Array.isArray(value) && !seen.has(value)) {
        seen.add(value);
        const list = value as List;
        for (let i = 0; i < list.length; i++) {
          try {
            visit(list[i]!);
          } catch (error) {
            throw trace(error, 0, `while evaluating list element at index ${i}`);
          }
        }
      }
      this.depth--;
    };
    visit(slot);
  }

  // Calling.

  /** Calls a function with one argument. */
  call(fn: Value, arg: Slot, pos: number): Value {
    if (this.depth > this.maxDepth) this.#tooDeep(pos);
    this.depth++;
    if (--this.#calls < 0) this.#checkLimits();
    let result: Value;
    if (fn instanceof Lambda) {
      const { code } = fn;
      const env = code.formals === null ? [fn.env, arg] : this.#bindFormals(fn, arg, pos);
      try {
        result = code.body(env);
      } catch (error) {
        throw this.#traceCall(error, fn, pos);
      }
    } else result = this.#apply(fn, arg, pos);
    this.depth--;
    return result;
  }

  /** Calls a function with two arguments, which counts as one call. */
  call2(fn: Value, a: Slot, b: Slot, pos: number): Value {
    if (fn instanceof Lambda) {
      const { inner, formals } = fn.code;
      if (inner !== null && formals === null && inner.formals === null) {
        if (this.depth > this.maxDepth) this.#tooDeep(pos);
        this.depth++;
        if (--this.#calls < 0) this.#checkLimits();
        let result: Value;
        try {
          result = inner.body([[fn.env, a], b]);
        } catch (error) {
          throw this.#traceCall(error, new Lambda(inner, []), pos);
        }
        this.depth--;
        return result;
      }
    } else if (fn instanceof Builtin && fn.arity === 2) {
      if (this.depth > this.maxDepth) this.#tooDeep(pos);
      this.depth++;
      if (--this.#calls < 0) this.#checkLimits();
      const result = this.#run(fn, a, b, null, pos);
      this.depth--;
      return result;
    }
    return this.callMany(fn, [a, b], pos);
  }

  callMany(fn: Value, args: readonly Slot[], pos: number): Value {
    this.enter(pos);
    let current = fn;
    for (let i = 0; i < args.length; ) {
      if (current instanceof Lambda) {
        const { code } = current;
        const arg = args[i]!;
        const env = code.formals === null ? [current.env, arg] : this.#bindFormals(current, arg, pos);
        const callee: Lambda = current;
        try {
          current = code.body(env);
        } catch (error) {
          throw this.#traceCall(error, callee, pos);
        }
        i++;
      } else if (current instanceof Builtin && args.length - i >= current.arity) {
        const { arity } = current;
        current = this.#run(current, args[i]!, args[i + 1] ?? null, args[i + 2] ?? null, pos);
        i += arity;
      } else current = this.#apply(current, args[i++]!, pos);
    }
    this.depth--;
    return current;
  }

  #traceCall(error: unknown, fn: Lambda, pos: number): unknown {
    if (!this.showTrace || !(error instanceof NixError)) return error;
    const { name } = fn.code;
    error.addTrace(fn.code.pos, `while calling ${name === null ? 'anonymous lambda' : `'${name}'`}`);
    if (pos !== 0) error.addTrace(pos, 'from call site');
    return error;
  }

  #run(builtin: Builtin, a: Slot, b: Slot, c: Slot, pos: number): Value {
    try {
      return builtin.run(this, a, b, c);
    } catch (error) {
      if (!builtin.traced) throw error;
      throw trace(error, pos, `while calling the '${builtin.name}' builtin`);
    }
  }

  /** One argument to what is no plain function. */
  #apply(fn: Value, arg: Slot, pos: number): Value {
    if (fn instanceof Builtin) {
      if (fn.arity === 1) return this.#run(fn, arg, null, null, pos);
      return new PartialBuiltin(fn, [arg]);
    }
    if (fn instanceof PartialBuiltin) {
      const args = [...fn.args, arg];
      if (args.length < fn.builtin.arity) return new PartialBuiltin(fn.builtin, args);
      return this.#run(fn.builtin, args[0]!, args[1] ?? null, args[2] ?? null, pos);
    }
    if (fn instanceof Lambda) {
      const env = fn.code.formals === null ? [fn.env, arg] : this.#bindFormals(fn, arg, pos);
      try {
        return fn.code.body(env);
      } catch (error) {
        throw this.#traceCall(error, fn, pos);
      }
    }
    if (fn instanceof Attrs) {
      const functor = fn.get('__functor');
      if (functor !== undefined) {
        const functorPos = fn.posOf('__functor');
        try {
          return this.callMany(force(functor, functorPos), [fn, arg], functorPos);
        } catch (error) {
          throw trace(error, pos, "while calling a functor (an attribute set with a '__functor' attribute)");
        }
      }
    }
    return this.fail(
      'type',
      `attempt to call something which is not a function but ${showType(fn)}: ${this.show(fn)}`,
      pos,
    );
  }

  #bindFormals(fn: Lambda, arg: Slot, pos: number): Env {
    const { code } = fn;
    let attrs: Attrs;
    try {
      attrs = this.forceAttrs(arg, code.pos, 'while evaluating the value passed for the lambda argument');
    } catch (error) {
      throw pos === 0 ? error : trace(error, pos, 'from call site');
    }
    const env = code.template!.slice();
    env[0] = fn.env;
    let slot = 1;
    if (code.arg !== null) env[slot++] = attrs;
    const formals = code.formals!;
    const { shape, values } = attrs;
    let used = 0;
    for (let i = 0; i < formals.length; i++) {
      const formal = formals[i]!;
      const index = shape.find(formal.name);
      if (index >= 0) {
        used++;
        env[slot++] = values[index];
      } else {
        if (formal.or === null) this.#missingArgument(fn, attrs, pos);
        env[slot++] = formal.or(env);
      }
    }
    if (!code.ellipsis && used !== values.length) this.#unexpectedArgument(fn, attrs, pos);
    return env;
  }

  #missingArgument(fn: Lambda, attrs: Attrs, pos: number): never {
    const { name } = fn.code.formals!.find((formal) => formal.or === null && !attrs.has(formal.name))!;
    const who = fn.code.name ?? 'anonymous lambda';
    throw new NixError(
      'type',
      `function '${who}' called without required argument '${name}'`,
      fn.code.pos,
      this.positions,
    ).addTrace(pos, pos === 0 ? '' : 'from call site');
  }

  #unexpectedArgument(fn: Lambda, attrs: Attrs, pos: number): never {
    const formals = fn.code.formals!;
    const known = formals.map((formal) => formal.name);
    const name = this.symbols.sort(attrs.names).find((candidate) => !known.includes(candidate))!;
    const who = fn.code.name ?? 'anonymous lambda';
    const error = new NixError(
      'type',
      `function '${who}' called with unexpected argument '${showName(name)}'`,
      fn.code.pos,
      this.positions,
    );
    error.suggestions = suggest(known, name);
    throw error.addTrace(pos, pos === 0 ? '' : 'from call site');
  }

  /** Calls a function that has formals with what of `args` it takes, as the command does. */
  autoCall(args: Attrs, slot: Slot): Value {
    const fn = force(slot, 0);
    if (fn instanceof Attrs) {
      const functor = fn.get('__functor');
      if (functor === undefined) return fn;
      return this.autoCall(args, this.call(force(functor, 0), fn, fn.pos));
    }
    if (!(fn instanceof Lambda) || fn.code.formals === null) return fn;
    const given = new Map<string, Slot>();
    if (fn.code.ellipsis) args.names.forEach((name, i) => void given.set(name, args.values[i]!));
    else {
      for (const formal of fn.code.formals) {
        const value = args.get(formal.name);
        if (value !== undefined) given.set(formal.name, value);
        else if (formal.or === null) {
          this.fail(
            'missing-argument',
            `cannot evaluate a function that has an argument without a value ('${formal.name}')\n` +
              'Nix attempted to evaluate a function as a top level expression; in\n' +
              'this case it must have its arguments supplied either by default\n' +
              "values, or passed explicitly with '--arg' or '--argstr'. See\n" +
              'https://nix.dev/manual/nix/stable/language/syntax.html#functions.',
            formal.pos,
          );
        }
      }
    }
    return this.call(fn, attrsOf(given), fn.code.pos);
  }
}
