/** Lists. */

import { Attrs, attrsOf, compareNames, shapeOf } from '../eval/attrs.ts';
import { equalSlots, less } from '../eval/compare.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { lazyCalls } from '../eval/types.ts';
import { Builtin, determinePos, force, type List, type Slot, type Value } from '../eval/values.ts';
import { type Definition, define } from './define.ts';
import { genericClosure } from './generic-closure.ts';

const first = (name: string): string => `while evaluating the first argument passed to ${name}`;
const second = (name: string): string => `while evaluating the second argument passed to ${name}`;

/** Bytes of a call that is not made yet, about. */
const pendingSize = 60;

function anyOrAll(name: string, wanted: boolean): Definition {
  const result = `while evaluating the return value of the function passed to builtins.${name}`;
  return define(`__${name}`, 2, (ev, a, b) => {
    const fn = ev.forceFunction(a, 0, first(`builtins.${name}`));
    for (const item of ev.forceList(b, 0, second(`builtins.${name}`))) {
      if (ev.forceBool(ev.call(fn, item, 0), 0, result) === wanted) return wanted;
    }
    return !wanted;
  });
}

function sort(ev: Evaluator, a: Slot, b: Slot): Value {
  const list = ev.forceList(b, 0, second('builtins.sort'));
  if (list.length === 0) return list;
  const fn = ev.forceFunction(a, 0, first('builtins.sort'));
  const items = list.slice();
  for (const item of items) force(item, 0);
  const result = 'while evaluating the return value of the sorting function passed to builtins.sort';
  const before =
    fn instanceof Builtin && fn.name === 'lessThan'
      ? (x: Slot, y: Slot): boolean =>
          less(
            ev,
            force(x, 0),
            force(y, 0),
            0,
            'while evaluating the ordering function passed to builtins.sort',
          )
      : (x: Slot, y: Slot): boolean => ev.forceBool(ev.call2(fn, x, y, 0), 0, result);
  return mergeSort(items, before);
}

/**
 * A stable merge sort that takes its runs as they are, so that sorted input costs one comparison an element.
 * Array.sort would do with a proper order; a function that is none must not matter to it.
 */
function mergeSort(items: Slot[], less: (x: Slot, y: Slot) => boolean): Slot[] {
  const n = items.length;
  let from = items;
  let to = new Array<Slot>(n);
  // Runs of up to this many are sorted by insertion.
  const run = 6;
  for (let start = 0; start < n; start += run) {
    const end = Math.min(start + run, n);
    for (let i = start + 1; i < end; i++) {
      const item = from[i]!;
      let j = i;
      while (j > start && less(item, from[j - 1]!)) {
        from[j] = from[j - 1]!;
        j--;
      }
      from[j] = item;
    }
  }
  for (let width = run; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let i = start;
      let j = middle;
      let k = start;
      if (middle < end && !less(from[middle]!, from[middle - 1]!)) {
        while (k < end) to[k] = from[k++]!;
        continue;
      }
      while (i < middle && j < end) to[k++] = less(from[j]!, from[i]!) ? from[j++]! : from[i++]!;
      while (i < middle) to[k++] = from[i++]!;
      while (j < end) to[k++] = from[j++]!;
    }
    [from, to] = [to, from];
  }
  return from;
}

export const listBuiltins: readonly Definition[] = [
  define('__elemAt', 2, (ev, a, b) => {
    const index = ev.forceInt(b, 0, second("'builtins.elemAt'"));
    const list = ev.forceList(a, 0, first("'builtins.elemAt'"));
    if (index < 0 || index >= list.length) {
      ev.fail('eval', `'builtins.elemAt' called with index ${index} on a list of size ${list.length}`);
    }
    return force(list[Number(index)]!, 0);
  }),
  define('__head', 1, (ev, a) => {
    const list = ev.forceList(a, 0, first("'builtins.head'"));
    if (list.length === 0) ev.fail('eval', "'builtins.head' called on an empty list");
    return force(list[0]!, 0);
  }),
  define('__tail', 1, (ev, a) => {
    const list = ev.forceList(a, 0, first("'builtins.tail'"));
    if (list.length === 0) ev.fail('eval', "'builtins.tail' called on an empty list");
    return list.slice(1);
  }),
  define('map', 2, (ev, a, b) => {
    const list = ev.forceList(b, 0, second('builtins.map'));
    const n = list.length;
    if (n === 0) return list;
    ev.forceFunction(a, 0, first('builtins.map'));
    ev.reserve(n, pendingSize);
    const out = new Array<Slot>(n);
    const later = lazyCalls(ev, a);
    for (let i = 0; i < n; i++) out[i] = later(list[i]!);
    return out;
  }),
  define('__filter', 2, (ev, a, b) => {
    const list = ev.forceList(b, 0, second('builtins.filter'));
    if (list.length === 0) return list;
    const fn = ev.forceFunction(a, 0, first('builtins.filter'));
    const result = 'while evaluating the return value of the filtering function passed to builtins.filter';
    const out: Slot[] = [];
    for (const item of list) if (ev.forceBool(ev.call(fn, item, 0), 0, result)) out.push(item);
    return out.length === list.length ? list : out;
  }),
  define('__elem', 2, (ev, a, b) => {
    for (const item of ev.forceList(b, 0, second('builtins.elem')))
      if (equalSlots(ev, a, item, 0)) return true;
    return false;
  }),
  define('__concatLists', 1, (ev, a) => {
    const context = 'while evaluating a value of the list passed to builtins.concatLists';
    const lists = ev
      .forceList(a, 0, first('builtins.concatLists'))
      .map((item) => ev.forceList(item, 0, context));
    return concat(ev, lists);
  }),
  define('__length', 1, (ev, a) => ev.forceList(a, 0, first('builtins.length')).length),
  define("__foldl'", 3, (ev, a, b, c) => {
    const fn = ev.forceFunction(a, 0, first('builtins.foldlStrict'));
    const list = ev.forceList(c, 0, 'while evaluating the third argument passed to builtins.foldlStrict');
    let result: Slot = b;
    for (let i = 0; i < list.length; i++) result = ev.call2(fn, result, list[i]!, 0);
    return force(result, 0);
  }),
  anyOrAll('any', true),
  anyOrAll('all', false),
  define('__genList', 2, (ev, a, b) => {
    const length = ev.forceInt(b, 0, second('builtins.genList'));
    if (length < 0) ev.fail('eval', `cannot create list of size ${length}`);
    ev.forceFunction(a, 0, first('builtins.genList'));
    const n = Number(length);
    ev.reserve(n, pendingSize);
    const out = new Array<Slot>(n);
    const later = lazyCalls(ev, a);
    for (let i = 0; i < n; i++) out[i] = later(i);
    return out;
  }),
  define('__sort', 2, sort),
  define('__partition', 2, (ev, a, b) => {
    const fn = ev.forceFunction(a, 0, first('builtins.partition'));
    const list = ev.forceList(b, 0, second('builtins.partition'));
    const result = 'while evaluating the return value of the partition function passed to builtins.partition';
    const right: Slot[] = [];
    const wrong: Slot[] = [];
    for (const item of list) {
      force(item, 0);
      (ev.forceBool(ev.call(fn, item, 0), 0, result) ? right : wrong).push(item);
    }
    return new Attrs(partitionShape, [right, wrong], null, 0);
  }),
  define('__groupBy', 2, (ev, a, b) => {
    const fn = ev.forceFunction(a, 0, first('builtins.groupBy'));
    const result = 'while evaluating the return value of the grouping function passed to builtins.groupBy';
    const groups = new Map<string, Slot[]>();
    for (const item of ev.forceList(b, 0, second('builtins.groupBy'))) {
      const name = ev.forcePlainString(ev.call(fn, item, 0), 0, result);
      const group = groups.get(name);
      if (group === undefined) groups.set(ev.symbols.intern(name), [item]);
      else group.push(item);
    }
    return attrsOf(groups);
  }),
  define('__concatMap', 2, (ev, a, b) => {
    const fn = ev.forceFunction(a, 0, first('builtins.concatMap'));
    const list = ev.forceList(b, 0, second('builtins.concatMap'));
    const result = 'while evaluating the return value of the function passed to builtins.concatMap';
    return concat(
      ev,
      list.map((item) => {
        const value = ev.call(fn, item, 0);
        return ev.forceList(value, determinePos(value, determinePos(fn, 0)), result);
      }),
    );
  }),
  define('__genericClosure', 1, genericClosure),
  define('__listToAttrs', 1, (ev, a) => {
    const list = ev.forceList(a, 0, 'while evaluating the argument passed to builtins.listToAttrs');
    const entries = new Map<string, Attrs>();
    for (const item of list) {
      const pair = ev.forceAttrs(
        item,
        0,
        'while evaluating an element of the list passed to builtins.listToAttrs',
      );
      const slot = ev.attr(pair, 'name', 'in a {name=...; value=...;} pair');
      const name = ev.forcePlainString(
        slot,
        pair.posOf('name'),
        'while evaluating the `name` attribute of an element of the list passed to builtins.listToAttrs',
      );
      if (!entries.has(name)) entries.set(ev.symbols.intern(name), pair);
    }
    const names = [...entries.keys()].sort(compareNames);
    const pairs = names.map((name) => entries.get(name)!);
    return new Attrs(
      shapeOf(names),
      pairs.map((pair) => ev.attr(pair, 'value', 'in a {name=...; value=...;} pair')),
      pairs.map((pair) => pair.posOf('value')),
      0,
    );
  }),
];

const partitionShape = shapeOf(['right', 'wrong']);

function concat(ev: Evaluator, lists: readonly List[]): List {
  let length = 0;
  let last: List | undefined;
  for (const list of lists) {
    if (list.length === 0) continue;
    length += list.length;
    last = list;
  }
  if (last === undefined) return [];
  if (last.length === length) return last;
  ev.reserve(length);
  const out = new Array<Slot>(length);
  let at = 0;
  for (const list of lists) for (let i = 0; i < list.length; i++) out[at++] = list[i]!;
  return out;
}
