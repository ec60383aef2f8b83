/**
 * Types of expressions, as far as generating them asks for: programs are to be mostly right, not proven right.
 *
 * As text: `int`, `[int]` (a list), `[int]+` (of one item at least), `{int}` (a set whose names are not known),
 * `{ a: int, b: string }`, `(int -> string)`; one letter is a variable. Some atoms are narrower than a Nix type:
 * `index` is a small int, `regex` a string that is one.
 */
import type { Draw } from './draw.ts';

export type Type =
  | { readonly kind: 'atom'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'list'; readonly of: Type; readonly filled: boolean }
  | { readonly kind: 'dict'; readonly of: Type }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Type> }
  | { readonly kind: 'function'; readonly from: Type; readonly to: Type };

export const atom = (name: string): Type => ({ kind: 'atom', name });
export const list = (of: Type, filled = false): Type => ({ kind: 'list', of, filled });
export const dict = (of: Type): Type => ({ kind: 'dict', of });
export const record = (fields: Iterable<readonly [string, Type]>): Type => ({
  kind: 'record',
  fields: new Map(fields),
});
export const fn = (from: Type, to: Type): Type => ({ kind: 'function', from, to });

export const int = atom('int');
export const float = atom('float');
export const bool = atom('bool');
export const string = atom('string');
export const path = atom('path');
export const any = atom('any');

/** Reads a type; functions associate to the right. */
export function parseType(text: string): Type {
  const tokens = text.match(/->|\]\+|[A-Za-z]+|[^\s]/g) ?? [];
  let at = 0;
  const take = (token: string): void => {
    if (tokens[at++] !== token) throw new Error(`${text}: expected ${token}`);
  };
  const simple = (): Type => {
    const token = tokens[at++]!;
    if (token === '(') {
      const inner = whole();
      take(')');
      return inner;
    }
    if (token === '[') {
      const of = whole();
      const end = tokens[at++];
      return list(of, end === ']+');
    }
    if (token === '{') {
      if (tokens[at + 1] !== ':') {
        const of = whole();
        take('}');
        return dict(of);
      }
      const fields: [string, Type][] = [];
      do {
        const name = tokens[at++]!;
        take(':');
        fields.push([name, whole()]);
      } while (tokens[at++] === ',');
      return record(fields);
    }
    return /^[a-z]$/.test(token) ? { kind: 'variable', name: token } : atom(token);
  };
  const whole = (): Type => {
    const left = simple();
    if (tokens[at] !== '->') return left;
    at++;
    return fn(left, whole());
  };
  return whole();
}

/** What the narrow atoms are kinds of. */
const wider: Record<string, string> = {
  index: 'int',
  zero: 'int',
  divisor: 'int',
  regex: 'string',
  version: 'string',
  drvName: 'string',
  json: 'string',
  toml: 'string',
  attr: 'string',
  algorithm: 'string',
};

/** Whether what has the one type may stand where the other is wanted. */
export function fits(have: Type, want: Type): boolean {
  if (want.kind === 'atom') {
    if (want.name === 'any') return true;
    if (have.kind !== 'atom') return false;
    return have.name === want.name || wider[have.name] === want.name;
  }
  if (have.kind === 'list') {
    return want.kind === 'list' && fits(have.of, want.of) && (have.filled || !want.filled);
  }
  if (have.kind === 'dict') return want.kind === 'dict' && fits(have.of, want.of);
  if (have.kind === 'record') {
    if (want.kind === 'dict') return [...have.fields.values()].every((field) => fits(field, want.of));
    if (want.kind !== 'record') return false;
    return [...want.fields].every(([name, field]) => {
      const own = have.fields.get(name);
      return own !== undefined && fits(own, field);
    });
  }
  if (have.kind === 'function') {
    return want.kind === 'function' && fits(want.from, have.from) && fits(have.to, want.to);
  }
  return false;
}

export type Substitution = Map<string, Type>;

/** Whether a type with variables can be the wanted one; what the variables are then goes into `found`. */
export function unify(have: Type, want: Type, found: Substitution): boolean {
  if (have.kind === 'variable') {
    const known = found.get(have.name);
    if (known !== undefined) return fits(known, want) && fits(want, known);
    found.set(have.name, want);
    return true;
  }
  if (have.kind === 'list') {
    return want.kind === 'list' && (have.filled || !want.filled) && unify(have.of, want.of, found);
  }
  if (have.kind === 'dict') return want.kind === 'dict' && unify(have.of, want.of, found);
  if (have.kind === 'function') {
    return want.kind === 'function' && unify(have.from, want.from, found) && unify(have.to, want.to, found);
  }
  if (have.kind === 'record' && want.kind === 'record') {
    return [...want.fields].every(([name, field]) => {
      const own = have.fields.get(name);
      return own !== undefined && unify(own, field, found);
    });
  }
  if (have.kind === 'record' && want.kind === 'dict') {
    return [...have.fields.values()].every((field) => unify(field, want.of, found));
  }
  return fits(have, want);
}

export function substitute(type: Type, found: Substitution, other: () => Type): Type {
  const again = (inner: Type): Type => substitute(inner, found, other);
  switch (type.kind) {
    case 'atom':
      return type;
    case 'variable': {
      const known = found.get(type.name) ?? other();
      found.set(type.name, known);
      return known;
    }
    case 'list':
      return list(again(type.of), type.filled);
    case 'dict':
      return dict(again(type.of));
    case 'record':
      return record([...type.fields].map(([name, field]) => [name, again(field)]));
    case 'function':
      return fn(again(type.from), again(type.to));
  }
}

/** Names of attributes: bytes. Not `x`, which Nix knows before any program, see `batches.ts`. */
export const fieldNames = ['a', 'b', 'c', 'd', 'y', 'z', "a'", '', '1', 'a b', 'a.b', 'if', '\xc3\xa9', '_'];
const usual = 6;

export function fieldName(draw: Draw): string {
  return fieldNames[draw.below(draw.chance(0.85) ? usual : fieldNames.length)]!;
}

/** A type of values; functions only if asked for. */
export function randomType(draw: Draw, depth = 2, functions = false): Type {
  const inner = (): Type => randomType(draw, depth - 1, functions);
  return draw.choose<Type>([
    [12, () => int],
    [12, () => string],
    [5, () => bool],
    [4, () => float],
    [2, () => atom('null')],
    [2, () => path],
    ...(depth <= 0
      ? []
      : ([
          [9, () => list(inner(), draw.chance(0.4))],
          [4, () => dict(inner())],
          [9, () => record(Array.from({ length: draw.between(1, 3) }, () => [fieldName(draw), inner()]))],
          [functions ? 6 : 0, () => fn(inner(), inner())],
          [functions ? 1 : 0, () => atom('derivation')],
        ] as const)),
  ]);
}
