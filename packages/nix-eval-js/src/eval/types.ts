/** What values are: their types by name, and small things made of them. */
import { Attrs } from './attrs.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';
import {
  Builtin,
  ContextString,
  FloatValue,
  Lambda,
  PartialBuiltin,
  PathValue,
  pendingCall,
  type Slot,
  Thunk,
  type Value,
} from './values.ts';

export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof FloatValue ? value.value : undefined;
}

export function isFunction(value: Value): value is Lambda | Builtin | PartialBuiltin {
  return value instanceof Lambda || value instanceof Builtin || value instanceof PartialBuiltin;
}

/** Thunks for calls of one function, which is not forced yet. */
export function lazyCalls(ev: Evaluator, fn: Slot): (arg: Slot) => Thunk {
  const env = [ev, fn];
  return (arg) => new Thunk(pendingCall, env, arg);
}

/** A thunk for a call with two arguments. */
export function lazyCall2(ev: Evaluator, fn: Slot, a: Slot, b: Slot): Thunk {
  return new Thunk(pendingCall, [ev, fn, a], b);
}

/** Adds a frame to an error on its way; returns the error. */
export function trace(error: unknown, pos: number, text: string, always = false): unknown {
  if (error instanceof NixError) error.addTrace(pos, text, always);
  return error;
}

export type TypeName = 'int' | 'bool' | 'string' | 'path' | 'null' | 'set' | 'list' | 'lambda' | 'float';

export function baseType(value: Value): TypeName {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      if (value === null) return 'null';
      if (value instanceof Attrs) return 'set';
      if (Array.isArray(value)) return 'list';
      if (value instanceof ContextString) return 'string';
      if (value instanceof PathValue) return 'path';
      return value instanceof FloatValue ? 'float' : 'lambda';
  }
}

const typeNames: Record<TypeName, string> = {
  int: 'an integer',
  bool: 'a Boolean',
  string: 'a string',
  path: 'a path',
  null: 'null',
  set: 'a set',
  list: 'a list',
  lambda: 'a function',
  float: 'a float',
};

/** A value's type as messages name it. */
export function showType(value: Value): string {
  if (value instanceof ContextString) return 'a string with context';
  if (value instanceof Builtin) return `the built-in function '${value.name}'`;
  if (value instanceof PartialBuiltin)
    return `the partially applied built-in function '${value.builtin.name}'`;
  return typeNames[baseType(value)];
}

/** A string value with a context, if it has one. */
export function makeString(text: string, context: ReadonlySet<string>): string | ContextString {
  return context.size === 0 ? text : new ContextString(text, context);
}

/** A context element as messages show it. */
export function displayContext(element: string): string {
  if (element.startsWith('=')) return `${element.slice(1)} (deep)`;
  if (!element.startsWith('!')) return element;
  const second = element.indexOf('!', 1);
  return `${element.slice(second + 1)}^${element.slice(1, second)}`;
}

/** Context elements in Nix's order: paths, derivations with all outputs, outputs; each by path, then by output. */
export function sortContext(context: Iterable<string>): string[] {
  const key = (element: string): string => {
    if (!element.startsWith('!')) return element.startsWith('=') ? `1${element.slice(1)}` : `0${element}`;
    const second = element.indexOf('!', 1);
    return `2${element.slice(second + 1)}!${element.slice(1, second)}`;
  };
  return [...context].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The folder a path is in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}
