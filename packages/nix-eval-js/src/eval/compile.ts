/**
 * Syntax tree → closures.
 *
 * Every expression becomes a function from an environment to a value. Names are resolved here, to how many
 * environments up and which slot; only what a `with` may bring is looked up by name when it runs. Names of
 * the base environment become constants.
 *
 * `compile` gives the code that evaluates now, `delay` the code for where Nix evaluates later: it gives a
 * thunk, or the value itself where that is at hand (literals, functions, variables).
 *
 * An expression's errors get a frame from the expression around it, as in Nix: hence a `try` in most closures.
 * It costs nothing until something is thrown.
 */
import {
  type AttrDef,
  type AttrName,
  type AttrsExpr,
  type BinaryExpr,
  type CallExpr,
  type Expr,
  type LambdaExpr,
  type ListExpr,
  positionOf,
  type SelectExpr,
} from '../syntax/ast.ts';
import type { Parsed } from '../syntax/parser.ts';
import { showName } from '../syntax/parser.ts';
import { showAttrPath, showExpr } from '../syntax/print.ts';
import { showPosition } from '../syntax/source.ts';
import { addInts, divide, multiply, subtract } from './arithmetic.ts';
import { assertEqual } from './assert-equal.ts';
import { Attrs, compareNames, emptyAttrs, Merger, Shape } from './attrs.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';
import { suggest } from './suggestions.ts';
import { makeString, showType, trace } from './types.ts';
import {
  type Code,
  type Delayed,
  type Env,
  FloatValue,
  type FormalCode,
  force,
  Lambda,
  type LambdaCode,
  PathValue,
  type Slot,
  Thunk,
  type Value,
} from './values.ts';

/** What names an environment has, or which `with` it is of; then the scope around it. */
export interface Scope {
  readonly names: ReadonlyMap<string, number> | null;
  /** The position of a `with`, whose environment has no names but one set. */
  readonly withPos: number;
  readonly up: Scope | null;
  /** Set for the outermost: its slots are known now. */
  readonly constants: readonly Slot[] | null;
}

const emptyList: readonly Slot[] = [];

/** Compiles a program; names that nothing can bind are errors now. */
export function compileProgram(ev: Evaluator, parsed: Parsed, scope: Scope): Code {
  return new Compiler(ev, parsed.base).compile(parsed.expr, scope);
}

/** A scope of names around which the base scope lies, for `scopedImport`. */
export function scopeOf(names: readonly string[], up: Scope): Scope {
  return { names: new Map(names.map((name, i) => [name, i + 1])), withPos: 0, up, constants: null };
}

class Compiler {
  readonly ev: Evaluator;
  readonly base: number;
  readonly #lambdas = new Map<LambdaExpr, LambdaCode>();

  constructor(ev: Evaluator, base: number) {
    this.ev = ev;
    this.base = base;
  }

  at(offset: number): number {
    return offset < 0 ? 0 : this.base + offset;
  }

  posOf(expr: Expr): number {
    return this.at(positionOf(expr));
  }

  compile(expr: Expr, scope: Scope): Code {
    switch (expr.kind) {
      case 'int':
      case 'string': {
        const { value } = expr;
        return () => value;
      }
      case 'float': {
        const value = new FloatValue(expr.value);
        return () => value;
      }
      case 'path': {
        const value = new PathValue(expr.value);
        return () => value;
      }
      case 'var':
        return this.#variable(expr.name, this.at(expr.pos), scope);
      case 'inherit-from': {
        const slot = expr.index + 1;
        const pos = this.at(expr.pos);
        return (env) => force(env[slot], pos);
      }
      case 'select':
        return this.#select(expr, scope);
      case 'has-attr':
        return this.#hasAttr(expr.of, expr.path, scope);
      case 'attrs':
        return this.#attrs(expr, scope);
      case 'list':
        return this.#list(expr, scope);
      case 'lambda': {
        const code = this.#lambda(expr, scope);
        return (env) => new Lambda(code, env);
      }
      case 'call':
        return this.#call(expr, scope);
      case 'let':
        return this.#let(expr.attrs, expr.body, scope);
      case 'with': {
        const attrs = this.delay(expr.attrs, scope);
        const inner: Scope = { names: null, withPos: this.at(expr.pos), up: scope, constants: null };
        const body = this.compile(expr.body, inner);
        return (env) => body([env, attrs(env)]);
      }
      case 'if': {
        const condition = this.#boolean(expr.condition, scope, 'while evaluating a branch condition');
        const yes = this.compile(expr.yes, scope);
        const no = this.compile(expr.no, scope);
        return (env) => (condition(env) ? yes(env) : no(env));
      }
      case 'assert':
        return this.#assert(expr.condition, expr.body, this.at(expr.pos), scope);
      case 'not': {
        const of = this.#boolean(expr.of, scope, "in the argument of '!'");
        return (env) => !of(env);
      }
      case 'binary':
        return this.#binary(expr, scope);
      case 'concat':
        return expr.parts.length === 2 && !expr.isString
          ? this.#plus(expr.parts, this.at(expr.pos), scope)
          : this.#concat(expr.parts, expr.isString, this.at(expr.pos), scope);
      case 'cur-pos': {
        const pos = this.at(expr.pos);
        return () => this.ev.builtins.positionValue(pos);
      }
    }
  }

  /** Code for an expression whose value may not be needed. */
  delay(expr: Expr, scope: Scope): Delayed {
    switch (expr.kind) {
      case 'int':
      case 'string': {
        const { value } = expr;
        return () => value;
      }
      case 'float':
      case 'path':
        return this.compile(expr, scope);
      case 'list':
        if (expr.items.length === 0) return () => emptyList as Value;
        break;
      case 'var': {
        const place = resolve(scope, expr.name);
        if (place === null || place.withs !== null) break;
        if (place.constant !== undefined) {
          const { constant } = place;
          return () => constant;
        }
        const { depth, slot } = place;
        const code = this.compile(expr, scope);
        // A slot that is not filled yet belongs to a set or `let` under construction.
        if (depth === 0) {
          return (env) => {
            const value = env[slot];
            return value === undefined ? new Thunk(code, env) : value;
          };
        }
        if (depth === 1) {
          return (env) => {
            const value = env[0][slot];
            return value === undefined ? new Thunk(code, env) : value;
          };
        }
        return (env) => {
          let e = env;
          for (let i = depth; i > 0; i--) e = e[0];
          const value = e[slot];
          return value === undefined ? new Thunk(code, env) : value;
        };
      }
    }
    const code = this.compile(expr, scope);
    return (env) => new Thunk(code, env);
  }

  #boolean(expr: Expr, scope: Scope, context: string): (env: Env) => boolean {
    const { ev } = this;
    const code = this.compile(expr, scope);
    const pos = this.posOf(expr);
    return (env) => {
      try {
        const value = code(env);
        if (value === true || value === false) return value;
        return ev.fail('type', `expected a Boolean but found ${showType(value)}: ${ev.show(value)}`, pos);
      } catch (error) {
        throw trace(error, pos, context);
      }
    };
  }

  #variable(name: string, pos: number, scope: Scope): Code {
    const { ev } = this;
    const place = resolve(scope, name);
    if (place === null) return ev.fail('undefined-variable', `undefined variable '${showName(name)}'`, pos);
    if (place.constant !== undefined) {
      const { constant } = place;
      return constant instanceof Thunk ? () => force(constant, pos) : () => constant;
    }
    if (place.withs !== null) {
      const { withs } = place;
      return (env) => {
        for (const { depth, pos: withPos } of withs) {
          let e = env;
          for (let i = depth; i > 0; i--) e = e[0];
          const attrs = ev.forceAttrs(
            e[1],
            withPos,
            'while evaluating the first subexpression of a with expression',
          );
          const index = attrs.shape.find(name);
          if (index >= 0) return force(attrs.values[index]!, pos);
        }
        return ev.fail('undefined-variable', `undefined variable '${showName(name)}'`, pos);
      };
    }
    const { depth, slot } = place;
    switch (depth) {
      case 0:
        return (env) => {
          const value = env[slot];
          return value instanceof Thunk ? force(value, pos) : value;
        };
      case 1:
        return (env) => {
          const value = env[0][slot];
          return value instanceof Thunk ? force(value, pos) : value;
        };
      case 2:
        return (env) => {
          const value = env[0][0][slot];
          return value instanceof Thunk ? force(value, pos) : value;
        };
      default:
        return (env) => {
          let e = env[0][0][0];
          for (let i = depth - 3; i > 0; i--) e = e[0];
          const value = e[slot];
          return value instanceof Thunk ? force(value, pos) : value;
        };
    }
  }

  // Functions and calls.

  #lambda(expr: LambdaExpr, scope: Scope): LambdaCode {
    const names = new Map<string, number>();
    if (expr.arg !== null) names.set(expr.arg, 1);
    const first = names.size + 1;
    expr.formals?.forEach((formal, i) => void names.set(formal.name, first + i));
    const inner: Scope = { names, withPos: 0, up: scope, constants: null };
    const formals: FormalCode[] | null =
      expr.formals?.map(({ name, pos }) => ({ name, pos: this.at(pos), or: null })) ?? null;
    const code: LambdaCode = {
      pos: this.at(expr.pos),
      name: expr.name,
      arg: expr.arg,
      formals,
      ellipsis: expr.ellipsis,
      template: formals === null ? null : [null, ...Array.from({ length: names.size }, () => undefined)],
      body: notCompiled,
      inner: null,
    };
    this.#lambdas.set(expr, code);
    expr.formals?.forEach(({ or }, i) => {
      if (or !== null) formals![i]!.or = this.delay(or, inner);
    });
    code.body = this.compile(expr.body, inner);
    if (expr.body.kind === 'lambda') code.inner = this.#lambdas.get(expr.body)!;
    return code;
  }

  /** Gives a function the name of the dynamic attribute it is bound to. */
  #rename(expr: Expr, name: string): void {
    for (let e = expr; e.kind === 'lambda'; e = e.body) {
      const code = this.#lambdas.get(e);
      if (code !== undefined) code.name = name;
    }
  }

  #call(expr: CallExpr, scope: Scope): Code {
    const { ev } = this;
    const pos = this.at(expr.pos);
    if (expr.fn.kind === 'var' && expr.args.length === 2) {
      const operator = operators.get(expr.fn.name);
      if (operator !== undefined && resolve(scope, expr.fn.name)?.constant !== undefined) {
        return this.#operator(operator, expr.args[0]!, expr.args[1]!, pos, scope);
      }
    }
    const fn = this.compile(expr.fn, scope);
    const args = expr.args.map((arg) => this.delay(arg, scope));
    const [a, b] = args;
    if (args.length === 1) return (env) => ev.call(fn(env), a!(env), pos);
    if (args.length === 2) return (env) => ev.call2(fn(env), a!(env), b!(env), pos);
    return (env) => {
      const callee = fn(env);
      const slots = new Array<Slot>(args.length);
      for (let i = 0; i < slots.length; i++) slots[i] = args[i]!(env);
      return ev.callMany(callee, slots, pos);
    };
  }

  /** An arithmetic operator or `<`: a call of a builtin, without making one. */
  #operator(operator: Operator, left: Expr, right: Expr, pos: number, scope: Scope): Code {
    const { ev } = this;
    const a = this.compile(left, scope);
    const b = this.compile(right, scope);
    const frame = `while calling the '${operator.name}' builtin`;
    const { slow } = operator;
    const finish = (x: Value, y: Value): Value => slow(ev, x, y);
    switch (operator.name) {
      case 'sub':
        return (env) => {
          ev.enter(pos);
          try {
            const x = a(env);
            const y = b(env);
            if (typeof x === 'number' && typeof y === 'number') {
              const result = x - y;
              if (Number.isSafeInteger(result)) {
                ev.depth--;
                return result;
              }
            }
            const result = finish(x, y);
            ev.depth--;
            return result;
          } catch (error) {
            throw trace(error, pos, frame);
          }
        };
      case 'lessThan':
        return (env) => {
          ev.enter(pos);
          try {
            const x = a(env);
            const y = b(env);
            const result = typeof x === 'number' && typeof y === 'number' ? x < y : finish(x, y);
            ev.depth--;
            return result;
          } catch (error) {
            throw trace(error, pos, frame);
          }
        };
      default:
        return (env) => {
          ev.enter(pos);
          try {
            const x = a(env);
            const result = finish(x, b(env));
            ev.depth--;
            return result;
          } catch (error) {
            throw trace(error, pos, frame);
          }
        };
    }
  }

  // Sets.

  #select(expr: SelectExpr, scope: Scope): Code {
    const of = this.compile(expr.of, scope);
    const ofPos = this.posOf(expr.of);
    const pos = this.at(expr.pos);
    const { path } = expr;
    if (expr.or === null && path.length === 1 && typeof path[0] === 'string') {
      return this.#selectOne(of, ofPos, path[0], pos);
    }
    const { ev } = this;
    const or = expr.or === null ? null : this.compile(expr.or, scope);
    const names = path.map((name) => this.#attrName(name, scope));
    return (env) => {
      let current: Slot;
      try {
        current = of(env);
      } catch (error) {
        throw trace(error, ofPos, 'while selecting an attribute');
      }
      let done = 0;
      let attrPos = 0;
      let useDefault = false;
      try {
        for (const getName of names) {
          const name = typeof getName === 'string' ? getName : getName(env);
          const value: Value =
            or === null ? ev.forceAttrs(current, pos, 'while selecting an attribute') : force(current, pos);
          const index: number = value instanceof Attrs ? value.shape.find(name) : -1;
          if (index < 0) {
            if (or !== null) {
              useDefault = true;
              break;
            }
            this.#missing(value as Attrs, name);
          }
          current = (value as Attrs).values[index]!;
          attrPos = (value as Attrs).positions?.[index] ?? 0;
          done++;
        }
        if (!useDefault) return force(current, attrPos === 0 ? pos : attrPos);
      } catch (error) {
        throw this.#traceSelect(error, path, names, env, done, attrPos, pos);
      }
      return or!(env);
    };
  }

  #missing(attrs: Attrs, name: string): never {
    const error = new NixError(
      'missing-attribute',
      `attribute '${showName(name)}' missing`,
      0,
      this.ev.positions,
    );
    error.suggestions = suggest(attrs.names, name);
    throw error;
  }

  #traceSelect(
    error: unknown,
    path: readonly AttrName[],
    names: readonly (string | ((env: Env) => string))[],
    env: Env,
    done: number,
    attrPos: number,
    pos: number,
  ): unknown {
    if (!(error instanceof NixError)) return error;
    const { depth } = this.ev;
    const show = (count: number): string =>
      names
        .slice(0, count)
        .map((name, i) => {
          try {
            return showName(typeof name === 'string' ? name : name(env));
          } catch {
            return showAttrPath([path[i]!]);
          }
        })
        .join('.');
    if (attrPos !== 0 && !this.ev.builtins.isInternal(attrPos)) {
      error.addTrace(attrPos, `from the definition of '${show(done)}'`);
    }
    error.addTrace(pos, `while evaluating the attribute '${show(path.length)}'`);
    this.ev.depth = depth;
    return error;
  }

  #selectOne(of: Code, ofPos: number, name: string, pos: number): Code {
    const { ev } = this;
    const names = [name];
    let knownShape: Shape | null = null;
    let knownIndex = 0;
    return (env) => {
      let attrs: Value = null;
      let index = -2;
      try {
        attrs = of(env);
        index = -1;
        if (attrs instanceof Attrs) {
          const { shape } = attrs;
          if (shape === knownShape) index = knownIndex;
          else {
            index = shape.find(name);
            if (index < 0) this.#missing(attrs, name);
            knownShape = shape;
            knownIndex = index;
          }
          const slot = attrs.values[index]!;
          if (!(slot instanceof Thunk)) return slot;
          if (slot.code === null) return slot.value;
          const attrPos = attrs.positions === null ? 0 : attrs.positions[index]!;
          return force(slot, attrPos === 0 ? pos : attrPos);
        }
        return ev.forceAttrs(attrs, pos, 'while selecting an attribute') as never;
      } catch (error) {
        if (index === -2) throw trace(error, ofPos, 'while selecting an attribute');
        const attrPos = index >= 0 ? ((attrs as Attrs).positions?.[index] ?? 0) : 0;
        throw this.#traceSelect(error, names, names, env, index >= 0 ? 1 : 0, attrPos, pos);
      }
    };
  }

  #attrName(name: AttrName, scope: Scope): string | ((env: Env) => string) {
    if (typeof name === 'string') return name;
    const { ev } = this;
    const code = this.compile(name, scope);
    const pos = this.posOf(name);
    return (env) => ev.forcePlainString(code(env), pos, 'while evaluating an attribute name');
  }

  #hasAttr(ofExpr: Expr, path: readonly AttrName[], scope: Scope): Code {
    const of = this.compile(ofExpr, scope);
    const pos = this.posOf(ofExpr);
    const names = path.map((name) => this.#attrName(name, scope));
    return (env) => {
      let current: Slot;
      try {
        current = of(env);
      } catch (error) {
        throw trace(error, pos, "in the argument of '?'");
      }
      for (const getName of names) {
        const value = force(current, pos);
        const name = typeof getName === 'string' ? getName : getName(env);
        const index: number = value instanceof Attrs ? value.shape.find(name) : -1;
        if (index < 0) return false;
        current = (value as Attrs).values[index]!;
      }
      return true;
    };
  }

  /** The attributes in order, with their code; those of `inherit (x)` run in an environment of the sources. */
  #bindings(attrs: AttrsExpr, own: Scope, around: Scope): Bindings {
    const sorted = [...attrs.attrs].sort(([a], [b]) => compareNames(a, b));
    const names = sorted.map(([name]) => name);
    const sources = attrs.inheritFrom.map((from) => this.delay(from, own));
    const sourceScope: Scope = { names: new Map(), withPos: 0, up: own, constants: null };
    const scopeFor = (def: AttrDef): Scope =>
      def.from === 'plain' ? own : def.from === 'inherit' ? around : sourceScope;
    const scopes = sorted.map(([, def]) => scopeFor(def));
    const codes = sorted.map(([, def], i) => this.delay(def.value, scopes[i]!));
    return {
      scopes,
      names,
      defs: sorted.map(([, def]) => def),
      codes,
      // 0: the own environment, 1: the one around, 2: that of the sources.
      places: sorted.map(([, def]) => (def.from === 'plain' ? 0 : def.from === 'inherit' ? 1 : 2)),
      sources,
    };
  }

  #attrs(expr: AttrsExpr, scope: Scope): Code {
    const own: Scope = expr.recursive
      ? {
          names: new Map([...expr.attrs.keys()].sort(compareNames).map((name, i) => [name, i + 1])),
          withPos: 0,
          up: scope,
          constants: null,
        }
      : scope;
    const bindings = this.#bindings(expr, own, scope);
    const { names, codes, places, sources } = bindings;
    const shape = new Shape(names);
    const positions = bindings.defs.map((def) => this.at(def.pos));
    const pos = this.at(expr.pos);
    const count = names.length;
    const simple = sources.length === 0 && expr.dynamic.length === 0;
    if (simple && !expr.recursive) {
      if (count === 0) return () => emptyAttrs;
      if (count === 1) {
        const code = codes[0]!;
        return (env) => new Attrs(shape, [code(env)], positions, pos);
      }
      return (env) => {
        const values = new Array<Slot>(count);
        for (let i = 0; i < count; i++) values[i] = codes[i]!(env);
        return new Attrs(shape, values, positions, pos);
      };
    }
    const overrides = expr.recursive ? names.indexOf('__overrides') : -1;
    // What `__overrides` replaces, the other attributes are to see: none of them may be looked up now.
    const late =
      overrides < 0 ? null : bindings.defs.map((def, i) => this.compile(def.value, bindings.scopes[i]!));
    const template: Env = [null, ...names.map(() => undefined)];
    const dynamic = expr.dynamic.map((attr) => ({
      name: this.compile(attr.name, own),
      value: this.delay(attr.value, own),
      expr: attr.value,
      pos: this.at(attr.pos),
    }));
    return (env) => {
      let inner = env;
      if (expr.recursive) {
        inner = template.slice();
        inner[0] = env;
      }
      const sourceEnv = sources.length === 0 ? env : sourceEnvironment(sources, inner);
      const values = new Array<Slot>(count);
      for (let i = 0; i < count; i++) {
        const place = places[i]!;
        const target = place === 0 ? inner : place === 1 ? env : sourceEnv;
        const value = late !== null && place !== 1 ? new Thunk(late[i]!, target) : codes[i]!(target);
        values[i] = value;
        if (expr.recursive) inner[i + 1] = value;
      }
      let attrs = new Attrs(shape, values, positions, pos);
      if (overrides >= 0) attrs = this.#override(attrs, values[overrides]!, inner);
      return dynamic.length === 0 ? attrs : this.#addDynamic(attrs, dynamic, inner);
    };
  }

  /** `__overrides` of a recursive set: replaces attributes, for the set's own expressions too. */
  #override(attrs: Attrs, slot: Slot, env: Env): Attrs {
    const overrides = this.ev.forceAttrs(slot, 0, 'while evaluating the `__overrides` attribute');
    const merged = new Merger().merge(attrs, overrides);
    for (let i = 0; i < attrs.values.length; i++) {
      const value = overrides.get(attrs.names[i]!);
      if (value !== undefined) env[i + 1] = value;
    }
    return new Attrs(merged.shape, merged.values, merged.positions, attrs.pos);
  }

  #addDynamic(attrs: Attrs, dynamic: readonly DynamicCode[], env: Env): Attrs {
    const { ev } = this;
    const added = new Map<string, { value: Slot; pos: number }>();
    for (const attr of dynamic) {
      const nameValue = attr.name(env);
      if (nameValue === null) continue;
      const name = ev.forcePlainString(
        nameValue,
        attr.pos,
        'while evaluating the name of a dynamic attribute',
      );
      const known = attrs.shape.find(name);
      const previous = known >= 0 ? (attrs.positions?.[known] ?? 0) : added.get(name)?.pos;
      if (previous !== undefined) {
        const place = showPosition(ev.positions.resolve(previous));
        ev.fail('eval', `dynamic attribute '${showName(name)}' already defined at ${place}`, attr.pos);
      }
      this.#rename(attr.expr, name);
      added.set(name, { value: attr.value(env), pos: attr.pos });
    }
    if (added.size === 0) return attrs;
    const names = [...added.keys()].sort(compareNames);
    const extra = new Attrs(
      new Shape(names),
      names.map((name) => added.get(name)!.value),
      names.map((name) => added.get(name)!.pos),
      0,
    );
    const merged = new Merger().merge(attrs, extra);
    return new Attrs(merged.shape, merged.values, merged.positions, attrs.pos);
  }

  #let(attrs: AttrsExpr, bodyExpr: Expr, scope: Scope): Code {
    const names = [...attrs.attrs.keys()].sort(compareNames);
    const own: Scope = {
      names: new Map(names.map((name, i) => [name, i + 1])),
      withPos: 0,
      up: scope,
      constants: null,
    };
    const { codes, places, sources } = this.#bindings(attrs, own, scope);
    const body = this.compile(bodyExpr, own);
    const count = codes.length;
    if (count === 1 && places[0] === 0) {
      const code = codes[0]!;
      return (env) => {
        const inner: Env = [env, undefined];
        inner[1] = code(inner);
        return body(inner);
      };
    }
    const template: Env = [null, ...names.map(() => undefined)];
    return (env) => {
      const inner = template.slice();
      inner[0] = env;
      const sourceEnv = sources.length === 0 ? env : sourceEnvironment(sources, inner);
      for (let i = 0; i < count; i++) {
        const place = places[i]!;
        inner[i + 1] = codes[i]!(place === 0 ? inner : place === 1 ? env : sourceEnv);
      }
      return body(inner);
    };
  }

  #list(expr: ListExpr, scope: Scope): Code {
    const items = expr.items.map((item) => this.delay(item, scope));
    const count = items.length;
    if (count === 0) return () => emptyList as Value;
    return (env) => {
      const out = new Array<Slot>(count);
      for (let i = 0; i < count; i++) out[i] = items[i]!(env);
      return out;
    };
  }

  // Operators.

  #operand(expr: Expr, scope: Scope, context: string): Code {
    const code = this.compile(expr, scope);
    switch (expr.kind) {
      case 'int':
      case 'string':
      case 'float':
      case 'path':
      case 'lambda':
        return code;
      default: {
        const pos = this.posOf(expr);
        return (env) => {
          try {
            return code(env);
          } catch (error) {
            throw trace(error, pos, context);
          }
        };
      }
    }
  }

  #binary(expr: BinaryExpr, scope: Scope): Code {
    const { ev } = this;
    const { operator } = expr;
    const pos = this.at(expr.pos);
    switch (operator) {
      case '&&':
      case '||':
      case '->': {
        const a = this.#boolean(expr.left, scope, `in the left operand of '${operator}'`);
        const b = this.#boolean(expr.right, scope, `in the right operand of '${operator}'`);
        if (operator === '&&') return (env) => a(env) && b(env);
        if (operator === '||') return (env) => a(env) || b(env);
        return (env) => !a(env) || b(env);
      }
      case '==':
      case '!=': {
        const a = this.#operand(expr.left, scope, `in the left operand of '${operator}'`);
        const b = this.#operand(expr.right, scope, `in the right operand of '${operator}'`);
        if (operator === '==') return (env) => ev.equal(a(env), b(env), pos);
        return (env) => !ev.equal(a(env), b(env), pos);
      }
      case '++': {
        const a = this.#operand(expr.left, scope, "in the left operand of '++'");
        const b = this.#operand(expr.right, scope, "in the right operand of '++'");
        const context = 'while evaluating one of the elements to concatenate';
        return (env) => {
          const x = a(env);
          const y = b(env);
          const left = ev.forceList(x, pos, context);
          const right = ev.forceList(y, pos, context);
          if (right.length === 0) return left;
          if (left.length === 0) return right;
          ev.reserve(left.length + right.length);
          return left.concat(right);
        };
      }
      case '//': {
        const merger = new Merger();
        const a = this.#set(expr.left, scope, "in the left operand of '//'");
        const b = this.#set(expr.right, scope, "in the right operand of '//'");
        return (env) => {
          const left = a(env);
          return merger.merge(left, b(env));
        };
      }
    }
  }

  #set(expr: Expr, scope: Scope, context: string): (env: Env) => Attrs {
    const { ev } = this;
    const code = this.compile(expr, scope);
    if (expr.kind === 'binary' && expr.operator === '//') return code as (env: Env) => Attrs;
    const pos = this.posOf(expr);
    return (env) => {
      try {
        const value = code(env);
        if (value instanceof Attrs) return value;
        return ev.fail('type', `expected a set but found ${showType(value)}: ${ev.show(value)}`);
      } catch (error) {
        throw trace(error, pos, context);
      }
    };
  }

  #assert(conditionExpr: Expr, bodyExpr: Expr, pos: number, scope: Scope): Code {
    const { ev } = this;
    const condition = this.#boolean(conditionExpr, scope, 'in the condition of the assert statement');
    const body = this.compile(bodyExpr, scope);
    const isEquality = conditionExpr.kind === 'binary' && conditionExpr.operator === '==';
    const sides = isEquality
      ? {
          left: this.compile(conditionExpr.left, scope),
          right: this.compile(conditionExpr.right, scope),
          pos: this.at(conditionExpr.pos),
        }
      : null;
    return (env) => {
      if (!condition(env)) {
        const shown = showExpr(conditionExpr);
        if (sides !== null) {
          try {
            assertEqual(ev, sides.left(env), sides.right(env), sides.pos);
          } catch (error) {
            if (error instanceof NixError && error.catchable) {
              error.addTrace(pos, `while evaluating the condition of the assertion '${shown}'`);
            }
            throw error;
          }
        }
        ev.fail('assert', `assertion '${shown}' failed`, pos);
      }
      return body(env);
    };
  }

  #plus(parts: readonly { pos: number; value: Expr }[], pos: number, scope: Scope): Code {
    const context = "in an operand of '+'";
    const a = this.#operand(parts[0]!.value, scope, context);
    const b = this.#operand(parts[1]!.value, scope, context);
    const rest = this.#concatValues(
      parts.map((part) => this.at(part.pos)),
      false,
      pos,
    );
    return (env) => {
      const x = a(env);
      if (typeof x === 'number') {
        const y = b(env);
        if (typeof y === 'number') {
          const sum = x + y;
          if (Number.isSafeInteger(sum)) return sum;
        }
        return rest([() => x, () => y], env);
      }
      if (typeof x === 'string') {
        const y = b(env);
        return typeof y === 'string' ? x + y : rest([() => x, () => y], env);
      }
      return rest([() => x, b], env);
    };
  }

  #concat(
    parts: readonly { pos: number; value: Expr }[],
    isString: boolean,
    pos: number,
    scope: Scope,
  ): Code {
    const codes = parts.map((part) => this.#operand(part.value, scope, "in an operand of '+'"));
    const rest = this.#concatValues(
      parts.map((part) => this.at(part.pos)),
      isString,
      pos,
    );
    if (!isString) return (env) => rest(codes, env);
    const count = codes.length;
    return (env) => {
      let out = '';
      for (let i = 0; i < count; i++) {
        const value = codes[i]!(env);
        if (typeof value === 'string') out += value;
        else {
          const done = out;
          const held = value;
          // A part that is no plain string: the general way for the rest, with what is done as one part.
          return rest([() => done, () => held, ...codes.slice(i + 1)], env, i);
        }
      }
      return out;
    };
  }

  #concatValues(
    positions: readonly number[],
    isString: boolean,
    pos: number,
  ): (codes: readonly Code[], env: Env, skipped?: number) => Value {
    const { ev } = this;
    return (codes, env, skipped) => {
      const context = new Set<string>();
      let sum: number | bigint = 0;
      let floats = 0;
      let text = '';
      let mode: 'int' | 'float' | 'string' | 'path' = 'string';
      for (let i = 0; i < codes.length; i++) {
        const value = codes[i]!(env);
        const at = positions[skipped === undefined ? i : Math.max(0, i - 1 + skipped)]!;
        if (i === 0 && !isString) {
          if (typeof value === 'number' || typeof value === 'bigint') mode = 'int';
          else if (value instanceof FloatValue) mode = 'float';
          else if (value instanceof PathValue) mode = 'path';
        }
        if (mode === 'int') {
          if (typeof value === 'number' || typeof value === 'bigint') {
            const next = addInts(sum, value);
            sum = next ?? ev.fail('eval', `integer overflow in adding ${sum} + ${value}`, at);
          } else if (value instanceof FloatValue) {
            mode = 'float';
            floats = Number(sum) + value.value;
          } else ev.fail('eval', `cannot add ${showType(value)} to an integer`, at);
        } else if (mode === 'float') {
          if (typeof value === 'number' || typeof value === 'bigint') floats += Number(value);
          else if (value instanceof FloatValue) floats += value.value;
          else ev.fail('eval', `cannot add ${showType(value)} to a float`, at);
        } else {
          const first = i === 0 && !isString;
          text += ev.coerceToString(
            at,
            value,
            context,
            'while evaluating a path segment',
            false,
            mode === 'string',
            !first,
          );
        }
      }
      if (mode === 'int') return sum;
      if (mode === 'float') return new FloatValue(floats);
      if (mode === 'string') return makeString(text, context);
      if (context.size > 0) {
        ev.fail('eval', 'a string that refers to a store path cannot be appended to a path', pos);
      }
      return new PathValue(ev.files.canon(text));
    };
  }
}

interface Bindings {
  readonly scopes: readonly Scope[];
  readonly names: readonly string[];
  readonly defs: readonly AttrDef[];
  readonly codes: readonly Delayed[];
  readonly places: readonly number[];
  readonly sources: readonly Delayed[];
}

interface DynamicCode {
  readonly name: Code;
  readonly value: Delayed;
  readonly expr: Expr;
  readonly pos: number;
}

function sourceEnvironment(sources: readonly Delayed[], env: Env): Env {
  const out: Env = [env];
  for (let i = 0; i < sources.length; i++) out.push(sources[i]!(env));
  return out;
}

const notCompiled: Code = () => {
  throw new Error('a function is called while it is compiled');
};

interface Place {
  readonly depth: number;
  readonly slot: number;
  readonly constant: Slot | undefined;
  readonly withs: readonly { depth: number; pos: number }[] | null;
}

/** Where a name's value is; null if nothing can bind it. */
function resolve(scope: Scope, name: string): Place | null {
  let depth = 0;
  const withs: { depth: number; pos: number }[] = [];
  for (let s: Scope | null = scope; s !== null; s = s.up) {
    if (s.names === null) withs.push({ depth, pos: s.withPos });
    else {
      const slot = s.names.get(name);
      if (slot !== undefined) {
        return { depth, slot, constant: s.constants === null ? undefined : s.constants[slot], withs: null };
      }
    }
    depth++;
  }
  return withs.length === 0 ? null : { depth: 0, slot: 0, constant: undefined, withs };
}

interface Operator {
  readonly name: string;
  readonly slow: (ev: Evaluator, a: Value, b: Value) => Value;
}

const operators = new Map<string, Operator>([
  ['__sub', { name: 'sub', slow: subtract }],
  ['__mul', { name: 'mul', slow: multiply }],
  ['__div', { name: 'div', slow: divide }],
  ['__lessThan', { name: 'lessThan', slow: (ev, a, b) => ev.less(a, b, 0, '') }],
]);
