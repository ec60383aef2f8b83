/** Values as strings and paths. */
import { formatFloatFixed } from '../text/float.ts';
import { Attrs } from './attrs.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';
import { pathToStore } from './store.ts';
import { showType, sortContext, trace } from './types.ts';
import {
  ContextString,
  FloatValue,
  force,
  isString,
  type List,
  PathValue,
  type Slot,
  type Value,
} from './values.ts';

export function isDerivation(value: Value): boolean {
  if (!(value instanceof Attrs)) return false;
  const type = value.get('type');
  if (type === undefined) return false;
  const forced = force(type, value.posOf('type'));
  return isString(forced) && (typeof forced === 'string' ? forced : forced.bytes) === 'derivation';
}

/**
 * What a set stands for where a string is wanted: the result of its `__toString` or its `outPath`, and so on
 * until it is no set or has neither. `use` gets that value, and whether a `__toString` was called.
 */
export function peel<R>(
  ev: Evaluator,
  pos: number,
  slot: Slot,
  check: boolean,
  use: (value: Value, called: boolean) => R,
): R {
  let called = false;
  const peel = (at: number, item: Slot): R => {
    const value = force(item, at);
    if (!(value instanceof Attrs)) {
      if (check && called && !isString(value) && !(value instanceof PathValue)) badToString(ev, value, at);
      return use(value, called);
    }
    const method = value.get('__toString');
    if (method !== undefined) {
      const attrPos = value.posOf('__toString');
      let result: Value;
      try {
        result = ev.call(force(method, attrPos), value, attrPos);
      } catch (error) {
        throw trace(error, attrPos, 'while calling the `__toString` attribute');
      }
      called = true;
      try {
        ev.enter(at);
        const out = peel(attrPos, result);
        ev.depth--;
        return out;
      } catch (error) {
        throw trace(error, attrPos, 'while using the result of the `__toString` attribute');
      }
    }
    const outPath = value.get('outPath');
    if (outPath !== undefined) {
      const attrPos = value.posOf('outPath');
      let state = 'evaluating';
      try {
        force(outPath, attrPos);
        state = 'using';
        ev.enter(at);
        const out = peel(attrPos, outPath);
        ev.depth--;
        return out;
      } catch (error) {
        throw trace(error, attrPos, `while ${state} the \`outPath\` attribute`);
      }
    }
    if (check && called) badToString(ev, value, at, 'must');
    return use(value, called);
  };
  return peel(pos, slot);
}

function badToString(ev: Evaluator, value: Value, pos: number, verb = 'should'): never {
  ev.fail(
    'type',
    `\`__toString\` ${verb} return a string, but got ${showType(value)}: ${ev.show(value)}`,
    pos,
  );
}

/**
 * A value as a string; its context goes into `into`. `more` takes numbers, booleans, null and lists too;
 * `copy` turns a path into that of its copy in the store; without `canon` a path keeps a trailing slash.
 */
export function coerceToString(
  ev: Evaluator,
  pos: number,
  slot: Slot,
  into: Set<string>,
  context: string,
  more = false,
  copy = true,
  canon = true,
): string {
  const value = force(slot, pos);
  if (typeof value === 'string') return value;
  if (value instanceof ContextString) {
    for (const element of value.context) into.add(element);
    return value.bytes;
  }
  ev.enter(pos);
  const out = coerceValue(ev, pos, value, into, context, more, copy, canon);
  ev.depth--;
  return out;
}

function coerceValue(
  ev: Evaluator,
  pos: number,
  value: Value,
  into: Set<string>,
  context: string,
  more: boolean,
  copy: boolean,
  canon: boolean,
): string {
  if (value instanceof PathValue) {
    if (copy) return copyToStore(ev, into, value.path);
    return canon && value.path.length > 1 && value.path.endsWith('/') ? value.path.slice(0, -1) : value.path;
  }
  if (value instanceof Attrs) {
    const { shape } = value;
    const index = shape.method < 0 ? shape.outPath : -1;
    if (index >= 0) {
      // Most sets that are coerced are derivations.
      const attrPos = value.positions === null ? 0 : value.positions[index]!;
      let forced: Value;
      try {
        forced = force(value.values[index]!, attrPos);
      } catch (error) {
        throw trace(error, attrPos, 'while evaluating the `outPath` attribute');
      }
      if (isString(forced)) return coerceToString(ev, attrPos, forced, into, context);
    }
    return peel(ev, pos, value, false, (peeled) => {
      if (peeled instanceof Attrs) cannotCoerce(ev, pos, peeled, context);
      return coerceToString(ev, pos, peeled, into, context, more, copy, true);
    });
  }
  if (!more) return cannotCoerce(ev, pos, value, context);
  if (value === true) return '1';
  if (value === false || value === null) return '';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof FloatValue) return formatFloatFixed(value.value);
  if (!Array.isArray(value)) return cannotCoerce(ev, pos, value, context);
  const list = value as List;
  let out = '';
  for (let i = 0; i < list.length; i++) {
    try {
      out += coerceToString(
        ev,
        pos,
        list[i]!,
        into,
        'while evaluating one element of the list',
        more,
        copy,
        canon,
      );
    } catch (error) {
      throw trace(error, pos, context);
    }
    if (i < list.length - 1) {
      const element = force(list[i]!, pos);
      if (!Array.isArray(element) || element.length > 0) out += ' ';
    }
  }
  return out;
}

function cannotCoerce(ev: Evaluator, pos: number, value: Value, context: string): never {
  throw new NixError(
    'type',
    `cannot coerce ${showType(value)} to a string: ${ev.show(value)}`,
    0,
    ev.positions,
  ).addTrace(pos, context);
}

export function coerceToPath(
  ev: Evaluator,
  pos: number,
  slot: Slot,
  into: Set<string>,
  context: string,
): string {
  return peel(ev, pos, slot, false, (value) => {
    if (value instanceof PathValue) return value.path;
    const path = coerceToString(ev, pos, value, into, context, false, false, true);
    if (!path.startsWith('/')) {
      throw new NixError(
        'eval',
        `string '${path}' doesn't represent an absolute path`,
        0,
        ev.positions,
      ).addTrace(pos, context);
    }
    return ev.files.canon(path);
  });
}

/** The store path a file or folder would have, which becomes context. */
export function copyToStore(ev: Evaluator, into: Set<string>, path: string): string {
  if (path.endsWith('.drv')) ev.fail('eval', "file names are not allowed to end in '.drv'");
  let stored = ev.storePaths.get(path);
  if (stored === undefined) {
    stored = pathToStore(ev, path);
    ev.storePaths.set(path, stored);
  }
  into.add(stored);
  return stored;
}

/** Checks that what a path refers to is there; nothing is ever built. */
export function realise(ev: Evaluator, context: ReadonlySet<string>): void {
  for (const element of sortContext(context)) {
    if (element.startsWith('!')) {
      const path = element.slice(element.indexOf('!', 1) + 1);
      ev.fail(
        'unsupported',
        `cannot build '${path}' during evaluation: this evaluator does not build derivations`,
      );
    }
    const path = element.startsWith('=') ? element.slice(1) : element;
    if (ev.host.lstat(path) === null) ev.fail('eval', `path '${path}' is not valid`);
  }
}

/** A path argument of a builtin that reads files; `links` says which are followed. */
export function realisePath(ev: Evaluator, slot: Slot, links: 'full' | 'ancestors' | null): string {
  const context = new Set<string>();
  const path = coerceToPath(ev, 0, slot, context, 'while realising the context of a path');
  try {
    if (context.size > 0) realise(ev, context);
    return links === null ? path : ev.files.resolve(path, links === 'full');
  } catch (error) {
    throw trace(error, 0, `while realising the context of path '${path}'`);
  }
}
