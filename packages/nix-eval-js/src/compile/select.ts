/** Selecting from sets: `a.b`, `a.b or c`, `a ? b`. */
import { Attrs, type Shape } from '../eval/attrs.ts';
import { NixError } from '../eval/errors.ts';
import { suggest } from '../eval/suggestions.ts';
import { trace } from '../eval/types.ts';
import { type Code, type Env, force, type Slot, Thunk, type Value } from '../eval/values.ts';
import type { AttrName, Expr, SelectExpr } from '../syntax/ast.ts';
import { showAttrPath } from '../syntax/print.ts';
import { showName } from '../syntax/quote.ts';
import type { Compiler } from './compiler.ts';
import type { Scope } from './scope.ts';

export function compileSelect(c: Compiler, expr: SelectExpr, scope: Scope): Code {
  const of = c.compile(expr.of, scope);
  const ofPos = c.posOf(expr.of);
  const pos = c.at(expr.pos);
  const { path } = expr;
  if (expr.or === null && path.length === 1 && typeof path[0] === 'string') {
    return selectOne(c, of, ofPos, path[0], pos);
  }
  const { ev } = c;
  const or = expr.or === null ? null : c.compile(expr.or, scope);
  const names = path.map((name) => compileName(c, name, scope));
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
          missing(c, value as Attrs, name);
        }
        current = (value as Attrs).values[index]!;
        attrPos = (value as Attrs).positions?.[index] ?? 0;
        done++;
      }
      if (!useDefault) return force(current, attrPos === 0 ? pos : attrPos);
    } catch (error) {
      throw traceSelect(c, error, path, names, env, done, attrPos, pos);
    }
    return or!(env);
  };
}

function missing(c: Compiler, attrs: Attrs, name: string): never {
  const error = new NixError('missing-attribute', `attribute '${showName(name)}' missing`, 0, c.ev.positions);
  error.suggestions = suggest(attrs.names, name);
  throw error;
}

function traceSelect(
  c: Compiler,
  error: unknown,
  path: readonly AttrName[],
  names: readonly (string | ((env: Env) => string))[],
  env: Env,
  done: number,
  attrPos: number,
  pos: number,
): unknown {
  if (!(error instanceof NixError)) return error;
  const { depth } = c.ev;
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
  if (attrPos !== 0 && !c.ev.builtins.isInternal(attrPos)) {
    error.addTrace(attrPos, `from the definition of '${show(done)}'`);
  }
  error.addTrace(pos, `while evaluating the attribute '${show(path.length)}'`);
  c.ev.depth = depth;
  return error;
}

function selectOne(c: Compiler, of: Code, ofPos: number, name: string, pos: number): Code {
  const { ev } = c;
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
          if (index < 0) missing(c, attrs, name);
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
      throw traceSelect(c, error, names, names, env, index >= 0 ? 1 : 0, attrPos, pos);
    }
  };
}

export function compileName(c: Compiler, name: AttrName, scope: Scope): string | ((env: Env) => string) {
  if (typeof name === 'string') return name;
  const { ev } = c;
  const code = c.compile(name, scope);
  const pos = c.posOf(name);
  return (env) => ev.forcePlainString(code(env), pos, 'while evaluating an attribute name');
}

export function compileHasAttr(c: Compiler, ofExpr: Expr, path: readonly AttrName[], scope: Scope): Code {
  const of = c.compile(ofExpr, scope);
  const pos = c.posOf(ofExpr);
  const names = path.map((name) => compileName(c, name, scope));
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
