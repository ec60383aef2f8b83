/**
 * `builtins.genericClosure`: elements reached from a start set, each once by its key.
 *
 * Keys of one simple type are looked up by value. Any other key is compared with all before it, for equality
 * is then Nix's ordering with its own errors.
 */

import type { Attrs } from '../eval/attrs.ts';
import { less } from '../eval/compare.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { baseType, type TypeName, trace } from '../eval/types.ts';
import { bytesOf, force, isString, PathValue, type Slot, type Value } from '../eval/values.ts';

type SimpleKey = number | bigint | string;

/** What is the same for equal values of one type, or undefined. */
function simpleKey(value: Value): SimpleKey | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (isString(value)) return bytesOf(value);
  return value instanceof PathValue ? value.path : undefined;
}

export function genericClosure(ev: Evaluator, arg: Slot): Value {
  const attrs = ev.forceAttrs(
    arg,
    0,
    'while evaluating the first argument passed to builtins.genericClosure',
  );
  const missing = 'in the attrset passed as argument to builtins.genericClosure';
  const passed = (name: string): string =>
    `while evaluating the '${name}' attribute passed as argument to builtins.genericClosure`;
  const start = ev.forceList(ev.attr(attrs, 'startSet', missing), 0, passed('startSet'));
  if (start.length === 0) return start;
  const operator = ev.forceFunction(ev.attr(attrs, 'operator', missing), 0, passed('operator'));

  // What was looked at is let go of: most of it may be there already.
  const work: (Slot | undefined)[] = [...start];
  const out: Slot[] = [];
  const simple = new Set<SimpleKey>();
  let simpleType: TypeName | null = null;
  /** Sorted by key, as soon as one key is not simple or types differ. */
  let sorted: { key: Value; element: Slot }[] | null = null;

  /** Whether a key is new; it is then remembered. */
  const insert = (key: Value, element: Slot): boolean => {
    const plain = simpleKey(key);
    if (sorted === null && plain !== undefined && baseType(key) === (simpleType ?? baseType(key))) {
      simpleType ??= baseType(key);
      const { size } = simple;
      return simple.add(plain).size > size;
    }
    if (sorted === null) {
      sorted = [];
      for (const element of out) {
        const known = force((force(element, 0) as Attrs).get('key')!, 0);
        insertSorted(ev, sorted, known, element);
      }
    }
    return insertSorted(ev, sorted, key, element);
  };

  for (let i = 0; i < work.length; i++) {
    const element = work[i]!;
    work[i] = undefined;
    let slot: Slot;
    try {
      slot = ev.attr(ev.forceAttrs(element, 0, ''), 'key', '');
    } catch (error) {
      throw trace(error, 0, `in genericClosure element ${ev.show(element)}`);
    }
    const key = force(slot, 0);
    const { depth } = ev;
    try {
      if (!insert(key, element)) continue;
    } catch (error) {
      ev.depth = depth;
      const other = findIncomparable(ev, key, out);
      if (other === undefined) {
        throw trace(error, 0, `while checking key of element ${ev.show(element)}`);
      }
      trace(error, 0, `with element ${ev.show(other)}`);
      throw trace(error, 0, `while comparing element ${ev.show(element)}`);
    }
    out.push(element);
    try {
      const more = ev.forceList(
        ev.call(operator, element, 0),
        0,
        'while evaluating the return value of the `operator` passed to builtins.genericClosure',
      );
      for (const next of more) {
        force(next, 0);
        work.push(next);
      }
    } catch (error) {
      throw trace(error, 0, `while calling operator on genericClosure element ${ev.show(element)}`);
    }
  }
  return out;
}

function insertSorted(
  ev: Evaluator,
  sorted: { key: Value; element: Slot }[],
  key: Value,
  element: Slot,
): boolean {
  if (sorted.length === 0) {
    // A key that has no order is noticed when the next is compared with it.
    sorted.push({ key, element });
    return true;
  }
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (less(ev, key, sorted[middle]!.key, 0, '')) high = middle;
    else low = middle + 1;
  }
  if (low > 0 && !less(ev, sorted[low - 1]!.key, key, 0, '')) return false;
  sorted.splice(low, 0, { key, element });
  return true;
}

function findIncomparable(ev: Evaluator, key: Value, elements: readonly Slot[]): Slot | undefined {
  const { depth } = ev;
  for (const element of elements) {
    try {
      less(ev, key, force((force(element, 0) as Attrs).get('key')!, 0), 0, '');
    } catch {
      ev.depth = depth;
      return element;
    }
  }
  return undefined;
}
