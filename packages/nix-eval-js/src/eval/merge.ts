/**
 * `//`: merging sets. How two shapes go together is found out once: for small ones it is kept with the left shape,
 * for large ones with the place of the program, which remembers the last few. Sets that grow by a name each time
 * would otherwise keep all shapes they ever had.
 */
import { Attrs, mostShared, type Shape, shapeOf } from './attrs.ts';
import type { Slot } from './values.ts';

/** How two shapes go together. */
export interface Merge {
  readonly left: Shape;
  readonly right: Shape;
  readonly shape: Shape;
  /** Where each slot comes from: an index of the left set, or the complement of one of the right. Null if the right has few. */
  readonly plan: Int32Array | null;
  /** The positions of the last merged set, and those of the sets that went into it. */
  leftPositions: readonly number[] | null;
  rightPositions: readonly number[] | null;
  positions: readonly number[] | null;
}

/** The left set is larger by this factor: the names of the right are looked up in it, and the rest is copied in one go. */
const few = 16;
/** Large merges that a place remembers. */
const mostRecent = 16;
/** Shapes that a shape remembers how it merges with. */
const mostMerges = 64;

export class Merger {
  #last: Merge | null = null;
  #recent: Merge[] | null = null;

  merge(a: Attrs, b: Attrs): Attrs {
    if (a.values.length === 0) return b;
    if (b.values.length === 0) return a;
    let merge = this.#last;
    if (merge === null || merge.left !== a.shape || merge.right !== b.shape) {
      merge =
        a.values.length + b.values.length > mostShared
          ? this.#large(a.shape, b.shape)
          : small(a.shape, b.shape);
      this.#last = merge;
    }
    return new Attrs(merge.shape, mergedValues(merge, a, b), mergedPositions(merge, a, b), 0);
  }

  #large(left: Shape, right: Shape): Merge {
    this.#recent ??= [];
    const recent = this.#recent;
    for (const merge of recent) if (merge.left === left && merge.right === right) return merge;
    const merge = makeMerge(left, right);
    recent.push(merge);
    if (recent.length > mostRecent) recent.shift();
    return merge;
  }
}

function small(left: Shape, right: Shape): Merge {
  left.merges ??= new Map();
  const { merges } = left;
  let merge = merges.get(right);
  if (merge === undefined) {
    merge = makeMerge(left, right);
    if (merges.size >= mostMerges) merges.clear();
    merges.set(right, merge);
  }
  return merge;
}

function makeMerge(left: Shape, right: Shape): Merge {
  const hasFew = right.names.length * few < left.names.length;
  const plan = hasFew ? null : planOf(left.names, right.names);
  const shape = hasFew ? withFew(left, right) : shapeOfPlan(left, right, plan!);
  return { left, right, shape, plan, leftPositions: null, rightPositions: null, positions: null };
}

function planOf(a: readonly string[], b: readonly string[]): Int32Array {
  const plan = new Int32Array(a.length + b.length);
  let n = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i]!;
    const y = b[j]!;
    if (x === y) {
      plan[n++] = ~j++;
      i++;
    } else plan[n++] = x < y ? i++ : ~j++;
  }
  while (i < a.length) plan[n++] = i++;
  while (j < b.length) plan[n++] = ~j++;
  return n === plan.length ? plan : plan.slice(0, n);
}

function shapeOfPlan(left: Shape, right: Shape, plan: Int32Array): Shape {
  const n = plan.length;
  if (n === left.names.length) return left;
  if (n === right.names.length) return right;
  const names = new Array<string>(n);
  for (let i = 0; i < n; i++) {
    const from = plan[i]!;
    names[i] = from >= 0 ? left.names[from]! : right.names[~from]!;
  }
  return shapeOf(names);
}

function withFew(left: Shape, right: Shape): Shape {
  let names: string[] | null = null;
  // From the last to the first: the places of the names before stay what they are.
  for (let i = right.names.length - 1; i >= 0; i--) {
    const name = right.names[i]!;
    const at = left.place(name);
    if (left.names[at] === name) continue;
    names ??= left.names.slice();
    names.splice(at, 0, name);
  }
  return names === null ? left : shapeOf(names);
}

/** Copies what the left has, and puts what the right has over or between. */
function putFew<T>(left: Shape, right: Shape, out: T[], items: readonly T[]): T[] {
  for (let i = right.names.length - 1; i >= 0; i--) {
    const name = right.names[i]!;
    const at = left.place(name);
    if (left.names[at] === name) out[at] = items[i]!;
    else out.splice(at, 0, items[i]!);
  }
  return out;
}

function mergedValues({ left, right, plan }: Merge, a: Attrs, b: Attrs): readonly Slot[] {
  if (plan === null) return putFew(left, right, a.values.slice(), b.values);
  const x = a.values;
  const y = b.values;
  const n = plan.length;
  const values = new Array<Slot>(n);
  for (let i = 0; i < n; i++) {
    const from = plan[i]!;
    values[i] = from >= 0 ? x[from]! : y[~from]!;
  }
  return values;
}

function mergedPositions(merge: Merge, a: Attrs, b: Attrs): readonly number[] | null {
  const x = a.positions;
  const y = b.positions;
  if (x === null && y === null) return null;
  if (merge.positions !== null && merge.leftPositions === x && merge.rightPositions === y)
    return merge.positions;
  const { left, right, plan } = merge;
  let positions: number[];
  if (plan === null) {
    const none = (attrs: Attrs): number[] => new Array<number>(attrs.size).fill(0);
    positions = putFew(left, right, x?.slice() ?? none(a), y ?? none(b));
  } else {
    const n = plan.length;
    positions = new Array<number>(n);
    for (let i = 0; i < n; i++) {
      const from = plan[i]!;
      positions[i] = from >= 0 ? (x === null ? 0 : x[from]!) : y === null ? 0 : y[~from]!;
    }
  }
  merge.leftPositions = x;
  merge.rightPositions = y;
  merge.positions = positions;
  return positions;
}
