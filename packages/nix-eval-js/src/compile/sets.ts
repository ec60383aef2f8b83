/**
 * Sets and `let`. The sources of `inherit (source)` are in an environment of their own, which has no names.
 */
import { Attrs, compareNames, emptyAttrs, emptyShape, shapeOf } from '../eval/attrs.ts';
import { Merger } from '../eval/merge.ts';
import { type Code, type Delayed, type Env, type Slot, Thunk } from '../eval/values.ts';
import { type AttrDef, type AttrsExpr, type Expr, nameFunction } from '../syntax/ast.ts';
import { showName } from '../syntax/quote.ts';
import { showPosition } from '../syntax/source.ts';
import type { Compiler } from './compiler.ts';
import { type Scope, scopeOf } from './scope.ts';

/** The attributes in order, with their code; those of `inherit (x)` run in an environment of the sources. */
function compileBindings(
  c: Compiler,
  attrs: AttrsExpr,
  names: readonly string[],
  own: Scope,
  around: Scope,
): Bindings {
  const defs = names.map((name) => attrs.attrs.get(name)!);
  const sources = attrs.inheritFrom.map((from) => c.delay(from, own));
  const sourceScope = scopeOf(emptyShape, own);
  const scopeFor = (def: AttrDef): Scope =>
    def.from === 'plain' ? own : def.from === 'inherit' ? around : sourceScope;
  const scopes = defs.map(scopeFor);
  const codes = defs.map((def, i) => c.delay(def.value, scopes[i]!));
  return {
    scopes,
    defs,
    codes,
    // 0: the own environment, 1: the one around, 2: that of the sources.
    places: defs.map((def) => (def.from === 'plain' ? 0 : def.from === 'inherit' ? 1 : 2)),
    sources,
  };
}

export function compileAttrs(c: Compiler, expr: AttrsExpr, scope: Scope): Code {
  const names = [...expr.attrs.keys()].sort(compareNames);
  const shape = shapeOf(names);
  const own = expr.recursive ? scopeOf(shape, scope) : scope;
  const bindings = compileBindings(c, expr, names, own, scope);
  const { codes, places, sources } = bindings;
  const positions = bindings.defs.map((def) => c.at(def.pos));
  const pos = c.at(expr.pos);
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
    overrides < 0 ? null : bindings.defs.map((def, i) => c.compile(def.value, bindings.scopes[i]!));
  const template: Env = [null, ...names.map(() => undefined)];
  const dynamic = expr.dynamic.map((attr) => ({
    name: c.compile(attr.name, own),
    value: c.delay(attr.value, own),
    expr: attr.value,
    pos: c.at(attr.pos),
  }));
  // An attribute that is a variable is its value where that is known already.
  const order = c.ev.symbols.order(names);
  return (env) => {
    let inner = env;
    if (expr.recursive) {
      inner = template.slice();
      inner[0] = env;
    }
    const sourceEnv = sources.length === 0 ? env : sourceEnvironment(sources, inner);
    const values = new Array<Slot>(count);
    for (let n = 0; n < count; n++) {
      const i = order[n]!;
      const place = places[i]!;
      const target = place === 0 ? inner : place === 1 ? env : sourceEnv;
      const value = late !== null && place !== 1 ? new Thunk(late[i]!, target) : codes[i]!(target);
      values[i] = value;
      if (expr.recursive) inner[i + 1] = value;
    }
    let attrs = new Attrs(shape, values, positions, pos);
    if (overrides >= 0) attrs = override(c, attrs, values[overrides]!, inner);
    return dynamic.length === 0 ? attrs : addDynamic(c, attrs, dynamic, inner);
  };
}

/** `__overrides` of a recursive set: replaces attributes, for the set's own expressions too. */
function override(c: Compiler, attrs: Attrs, slot: Slot, env: Env): Attrs {
  const overrides = c.ev.forceAttrs(slot, 0, 'while evaluating the `__overrides` attribute');
  const merged = new Merger().merge(attrs, overrides);
  for (let i = 0; i < attrs.values.length; i++) {
    const value = overrides.get(attrs.names[i]!);
    if (value !== undefined) env[i + 1] = value;
  }
  return new Attrs(merged.shape, merged.values, merged.positions, attrs.pos);
}

function addDynamic(c: Compiler, attrs: Attrs, dynamic: readonly DynamicCode[], env: Env): Attrs {
  const { ev } = c;
  const added = new Map<string, { value: Slot; pos: number }>();
  for (const attr of dynamic) {
    const nameValue = attr.name(env);
    if (nameValue === null) continue;
    const name = ev.symbols.intern(
      ev.forcePlainString(nameValue, attr.pos, 'while evaluating the name of a dynamic attribute'),
    );
    const known = attrs.shape.find(name);
    const previous = known >= 0 ? (attrs.positions?.[known] ?? 0) : added.get(name)?.pos;
    if (previous !== undefined) {
      const place = showPosition(ev.positions.resolve(previous));
      ev.fail('eval', `dynamic attribute '${showName(name)}' already defined at ${place}`, attr.pos);
    }
    nameFunction(attr.expr, name);
    added.set(name, { value: attr.value(env), pos: attr.pos });
  }
  if (added.size === 0) return attrs;
  const names = [...added.keys()].sort(compareNames);
  const extra = new Attrs(
    shapeOf(names),
    names.map((name) => added.get(name)!.value),
    names.map((name) => added.get(name)!.pos),
    0,
  );
  const merged = new Merger().merge(attrs, extra);
  return new Attrs(merged.shape, merged.values, merged.positions, attrs.pos);
}

export function compileLet(c: Compiler, attrs: AttrsExpr, bodyExpr: Expr, scope: Scope): Code {
  const names = c.ev.symbols.sort(attrs.attrs.keys());
  const own = scopeOf(names, scope);
  const { codes, places, sources } = compileBindings(c, attrs, names, own, scope);
  const body = c.compile(bodyExpr, own);
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

interface Bindings {
  readonly scopes: readonly Scope[];
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
