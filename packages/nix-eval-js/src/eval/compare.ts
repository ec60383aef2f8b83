/** Equality and order. */
import { Attrs } from './attrs.ts';
import { isDerivation } from './coerce.ts';
import type { Evaluator } from './evaluator.ts';
import { baseType, numberOf, showType, trace } from './types.ts';
import {
  type ContextString,
  FloatValue,
  force,
  isString,
  type List,
  PathValue,
  type Slot,
  type Value,
} from './values.ts';

/** Equality of two slots; one and the same slot is equal to itself, whatever it holds. */
export function equalSlots(ev: Evaluator, a: Slot, b: Slot, pos: number): boolean {
  const x = force(a, pos);
  const y = force(b, pos);
  if (a === b && typeof a === 'object') return true;
  return equal(ev, x, y, pos);
}

export function equal(ev: Evaluator, a: Value, b: Value, pos: number): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (typeof a === 'number' && typeof b === 'number') return a === b;
  if (a === null || b === null || typeof a === 'boolean' || typeof b === 'boolean') return a === b;
  if (isString(a)) return isString(b) && bytes(a) === bytes(b);
  if (a instanceof FloatValue || typeof a === 'number' || typeof a === 'bigint') {
    if (typeof a !== 'object' && typeof b !== 'object') return a === b;
    const y = numberOf(b);
    return y !== undefined && numberOf(a) === y;
  }
  if (a instanceof PathValue) return b instanceof PathValue && a.path === b.path;
  ev.enter(pos);
  let result = false;
  if (Array.isArray(a)) result = Array.isArray(b) && equalLists(ev, a as List, b as List, pos);
  else if (a instanceof Attrs) result = b instanceof Attrs && equalAttrs(ev, a, b, pos);
  ev.depth--;
  return result;
}

function equalLists(ev: Evaluator, a: List, b: List, pos: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equalSlots(ev, a[i]!, b[i]!, pos)) return false;
  return true;
}

function equalAttrs(ev: Evaluator, a: Attrs, b: Attrs, pos: number): boolean {
  if (isDerivation(a) && isDerivation(b)) {
    const x = a.get('outPath');
    const y = b.get('outPath');
    if (x !== undefined && y !== undefined) return equalSlots(ev, x, y, pos);
  }
  const { length } = a.values;
  if (length !== b.values.length) return false;
  const left = a.shape.visits(ev.symbols);
  const right = b.shape.visits(ev.symbols);
  for (let n = 0; n < length; n++) {
    const i = left[n]!;
    const j = right[n]!;
    if (a.names[i] !== b.names[j] || !equalSlots(ev, a.values[i]!, b.values[j]!, pos)) return false;
  }
  return true;
}

/** `a < b`. */
export function less(ev: Evaluator, a: Value, b: Value, pos: number, context: string): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  try {
    const x = numberOf(a);
    const y = numberOf(b);
    if (x !== undefined && y !== undefined) {
      if (typeof a !== 'object' && typeof b !== 'object') return a! < b!;
      return x < y;
    }
    if (isString(a) && isString(b)) return bytes(a) < bytes(b);
    if (a instanceof PathValue && b instanceof PathValue) return a.path < b.path;
    if (Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; ; i++) {
        if (i === b.length) return false;
        if (i === a.length) return true;
        const p = a[i] as Slot;
        const q = b[i] as Slot;
        if (!equalSlots(ev, p, q, pos)) {
          return less(ev, force(p, pos), force(q, pos), pos, 'while comparing two list elements');
        }
      }
    }
    if (baseType(a) !== baseType(b)) {
      ev.fail(
        'eval',
        `cannot compare ${showType(a)} with ${showType(b)}; values are ${ev.show(a)} and ${ev.show(b)}`,
      );
    }
    return ev.fail(
      'eval',
      `cannot compare ${showType(a)} with ${showType(b)}; values of that type are incomparable ` +
        `(values are ${ev.show(a)} and ${ev.show(b)})`,
    );
  } catch (error) {
    throw trace(error, 0, context);
  }
}

const bytes = (value: string | ContextString): string => (typeof value === 'string' ? value : value.bytes);
