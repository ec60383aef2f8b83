/** Attribute sets. */
import { Attrs, compareNames, emptyAttrs, mostShared, shapeOf } from '../eval/attrs.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { lazyCall2 } from '../eval/types.ts';
import { force, type Slot } from '../eval/values.ts';
import { type Definition, define } from './define.ts';

const first = (name: string): string => `while evaluating the first argument passed to builtins.${name}`;
const second = (name: string): string => `while evaluating the second argument passed to builtins.${name}`;

/** The attributes of a set at some of its indices. */
function pick(attrs: Attrs, indices: readonly number[]): Attrs {
  if (indices.length === attrs.size) return attrs;
  if (indices.length === 0) return emptyAttrs;
  const { names, values, positions } = attrs;
  return new Attrs(
    shapeOf(indices.map((i) => names[i]!)),
    indices.map((i) => values[i]!),
    positions === null ? null : indices.map((i) => positions[i]!),
    0,
  );
}

/** Shapes that a shape remembers what is left of it as. */
const mostRests = 64;

/** The attributes of a set but those at some indices. */
function without(attrs: Attrs, removed: ReadonlySet<number>): Attrs {
  if (removed.size === 0) return attrs;
  if (removed.size === attrs.size) return emptyAttrs;
  const { shape, names, values, positions } = attrs;
  const leave = <T>(items: readonly T[]): T[] => {
    const out: T[] = [];
    for (let i = 0; i < items.length; i++) if (!removed.has(i)) out.push(items[i]!);
    return out;
  };
  const key = removed.size > mostRests ? null : [...removed].join();
  let rest = key === null ? undefined : shape.rests?.get(key);
  if (rest === undefined) {
    rest = shapeOf(leave(names));
    if (key !== null && names.length <= mostShared) {
      shape.rests ??= new Map();
      if (shape.rests.size >= mostRests) shape.rests.clear();
      shape.rests.set(key, rest);
    }
  }
  return new Attrs(rest, leave(values), positions === null ? null : leave(positions), 0);
}

function intersect(left: Attrs, right: Attrs): Attrs {
  const indices: number[] = [];
  if (left.size < right.size) {
    for (const name of left.names) {
      const index = right.shape.find(name);
      if (index >= 0) indices.push(index);
    }
  } else {
    right.names.forEach((name, i) => {
      if (left.shape.find(name) >= 0) indices.push(i);
    });
  }
  return pick(right, indices);
}

function zip(ev: Evaluator, a: Slot, b: Slot): Attrs {
  ev.forceFunction(a, 0, first('zipAttrsWith'));
  const lists = new Map<string, Slot[]>();
  const context = 'while evaluating a value of the list passed as second argument to builtins.zipAttrsWith';
  for (const item of ev.forceList(b, 0, second('zipAttrsWith'))) {
    const attrs = ev.forceAttrs(item, 0, context);
    attrs.names.forEach((name, i) => {
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [attrs.values[i]!]);
      else list.push(attrs.values[i]!);
    });
  }
  const names = [...lists.keys()].sort(compareNames);
  return new Attrs(
    shapeOf(names),
    names.map((name) => lazyCall2(ev, a, name, lists.get(name)!)),
    null,
    0,
  );
}

export const setBuiltins: readonly Definition[] = [
  // Lists of their own: the same one would be printed as repeated.
  define('__attrNames', 1, (ev, a) => {
    return ev.forceAttrs(a, 0, 'while evaluating the argument passed to builtins.attrNames').names.slice();
  }),
  define('__attrValues', 1, (ev, a) => {
    return ev.forceAttrs(a, 0, 'while evaluating the argument passed to builtins.attrValues').values.slice();
  }),
  define('__getAttr', 2, (ev, a, b) => {
    const name = ev.forcePlainString(a, 0, first('getAttr'));
    const attrs = ev.forceAttrs(b, 0, second('getAttr'));
    return force(ev.attr(attrs, name, 'in the attribute set under consideration'), 0);
  }),
  define('__hasAttr', 2, (ev, a, b) => {
    const name = ev.forcePlainString(a, 0, first('hasAttr'));
    return ev.forceAttrs(b, 0, second('hasAttr')).has(name);
  }),
  define('__unsafeGetAttrPos', 2, (ev, a, b) => {
    const name = ev.forcePlainString(a, 0, first('unsafeGetAttrPos'));
    const attrs = ev.forceAttrs(b, 0, second('unsafeGetAttrPos'));
    const index = attrs.shape.find(name);
    return index < 0 ? null : ev.builtins.positionValue(attrs.positions?.[index] ?? 0);
  }),
  define('removeAttrs', 2, (ev, a, b) => {
    const attrs = ev.forceAttrs(a, 0, first('removeAttrs'));
    const removed = new Set<number>();
    for (const item of ev.forceList(b, 0, second('removeAttrs'))) {
      const name = ev.forcePlainString(
        item,
        0,
        'while evaluating the values of the second argument passed to builtins.removeAttrs',
      );
      const index = attrs.shape.find(name);
      if (index >= 0) removed.add(index);
    }
    return without(attrs, removed);
  }),
  define('__intersectAttrs', 2, (ev, a, b) => {
    const left = ev.forceAttrs(a, 0, first('intersectAttrs'));
    return intersect(left, ev.forceAttrs(b, 0, second('intersectAttrs')));
  }),
  define('__catAttrs', 2, (ev, a, b) => {
    const name = ev.forcePlainString(a, 0, first('catAttrs'));
    const context = 'while evaluating an element in the list passed as second argument to builtins.catAttrs';
    const out: Slot[] = [];
    for (const item of ev.forceList(b, 0, second('catAttrs'))) {
      const value = ev.forceAttrs(item, 0, context).get(name);
      if (value !== undefined) out.push(value);
    }
    return out;
  }),
  define('__mapAttrs', 2, (ev, a, b) => {
    const attrs = ev.forceAttrs(b, 0, second('mapAttrs'));
    const { names, values } = attrs;
    const n = values.length;
    const out = new Array<Slot>(n);
    for (let i = 0; i < n; i++) out[i] = lazyCall2(ev, a, names[i]!, values[i]!);
    return new Attrs(attrs.shape, out, null, 0);
  }),
  define('__zipAttrsWith', 2, zip),
];
