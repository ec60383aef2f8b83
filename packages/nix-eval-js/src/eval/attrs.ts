/**
 * Attribute sets: a shape (the sorted names) and a parallel array of slots. Sets made at one place of a
 * program have one shape, so a place that selects from them can remember where it found the name.
 */
import type { Slot } from './values.ts';

/** Above this many names a lookup table is worth its making. */
const linear = 8;

/** Names in any order, and the index of each. */
export class Names {
  readonly names: readonly string[];
  protected index: Map<string, number> | null = null;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  /** The index of a name, or -1. */
  find(name: string): number {
    const { names } = this;
    if (names.length <= linear) return names.indexOf(name);
    this.index ??= indexOf(names);
    return this.index.get(name) ?? -1;
  }
}

function indexOf(names: readonly string[]): Map<string, number> {
  const index = new Map<string, number>();
  for (let i = 0; i < names.length; i++) index.set(names[i]!, i);
  return index;
}

/** Names sorted by byte. */
export class Shape extends Names {
  #searches = 0;

  override find(name: string): number {
    const { names, index } = this;
    if (names.length <= linear) {
      for (let i = 0; i < names.length; i++) if (names[i] === name) return i;
      return -1;
    }
    if (index !== null) return index.get(name) ?? -1;
    // A table is made when it is used often enough to pay.
    this.#searches++;
    if (this.#searches * 4 > names.length) this.index = indexOf(names);
    const at = this.place(name);
    return names[at] === name ? at : -1;
  }

  /** Where a name is, or would be inserted. */
  place(name: string): number {
    const { names } = this;
    let low = 0;
    let high = names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (names[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class Attrs {
  readonly shape: Shape;
  readonly values: readonly Slot[];
  /** Where each attribute is defined; null if none is known. */
  readonly positions: readonly number[] | null;
  /** Where the set is written. */
  readonly pos: number;

  constructor(shape: Shape, values: readonly Slot[], positions: readonly number[] | null, pos: number) {
    this.shape = shape;
    this.values = values;
    this.positions = positions;
    this.pos = pos;
  }

  get size(): number {
    return this.values.length;
  }

  get names(): readonly string[] {
    return this.shape.names;
  }

  /** The slot of a name, or undefined. */
  get(name: string): Slot | undefined {
    const index = this.shape.find(name);
    return index < 0 ? undefined : this.values[index];
  }

  has(name: string): boolean {
    return this.shape.find(name) >= 0;
  }

  posOf(name: string): number {
    return this.positions === null ? 0 : (this.positions[this.shape.find(name)] ?? 0);
  }
}

export const emptyShape = new Shape([]);
export const emptyAttrs = new Attrs(emptyShape, [], null, 0);

export const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A set of entries in any order; a later entry of one name wins. */
export function attrsOf(entries: Iterable<readonly [string, Slot]>, pos = 0): Attrs {
  const map = new Map(entries);
  if (map.size === 0) return emptyAttrs;
  const names = [...map.keys()].sort(compareNames);
  return new Attrs(
    new Shape(names),
    names.map((name) => map.get(name)!),
    null,
    pos,
  );
}

/** Where each slot of a merged set comes from: an index of the left set, or the complement of one of the right. */
interface Merge {
  readonly shape: Shape;
  readonly plan: Int32Array;
}

/** Merges sets at one place of the program; remembers how the last two shapes went together. */
export class Merger {
  #left: Shape | null = null;
  #right: Shape | null = null;
  #merge: Merge | null = null;

  merge(a: Attrs, b: Attrs): Attrs {
    if (a.values.length === 0) return b;
    if (b.values.length === 0) return a;
    if (this.#left !== a.shape || this.#right !== b.shape) {
      this.#left = a.shape;
      this.#right = b.shape;
      this.#merge = null;
      // For shapes that do not come again no plan is worth making.
      if (b.values.length * few < a.values.length) return mergeFew(a, b);
    }
    this.#merge ??= mergeShapes(a.shape, b.shape);
    const { shape, plan } = this.#merge;
    const n = plan.length;
    const left = a.values;
    const right = b.values;
    const values = new Array<Slot>(n);
    for (let i = 0; i < n; i++) {
      const from = plan[i]!;
      values[i] = from >= 0 ? left[from]! : right[~from]!;
    }
    let positions: number[] | null = null;
    const leftPositions = a.positions;
    const rightPositions = b.positions;
    if (leftPositions !== null || rightPositions !== null) {
      positions = new Array<number>(n);
      for (let i = 0; i < n; i++) {
        const from = plan[i]!;
        positions[i] =
          from >= 0
            ? leftPositions === null
              ? 0
              : leftPositions[from]!
            : rightPositions === null
              ? 0
              : rightPositions[~from]!;
      }
    }
    return new Attrs(shape, values, positions, 0);
  }
}

/** The left set is larger by this factor: the names of the right are looked up in it, and the rest is copied in one go. */
const few = 16;

function mergeFew(a: Attrs, b: Attrs): Attrs {
  const values = a.values.slice();
  const positions =
    a.positions === null && b.positions === null ? null : (a.positions?.slice() ?? values.map(() => 0));
  let names: string[] | null = null;
  for (let i = b.names.length - 1; i >= 0; i--) {
    const name = b.names[i]!;
    const at = a.shape.place(name);
    const position = b.positions === null ? 0 : b.positions[i]!;
    if (a.names[at] === name) {
      values[at] = b.values[i]!;
      if (positions !== null) positions[at] = position;
    } else {
      // From the last to the first: the places of the names before stay what they are.
      names ??= a.names.slice();
      names.splice(at, 0, name);
      values.splice(at, 0, b.values[i]!);
      positions?.splice(at, 0, position);
    }
  }
  return new Attrs(names === null ? a.shape : new Shape(names), values, positions, 0);
}

function mergeShapes(left: Shape, right: Shape): Merge {
  const a = left.names;
  const b = right.names;
  const names: string[] = [];
  const plan: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i]!;
    const y = b[j]!;
    if (x === y) {
      names.push(y);
      plan.push(~j);
      i++;
      j++;
    } else if (x < y) {
      names.push(x);
      plan.push(i++);
    } else {
      names.push(y);
      plan.push(~j);
      j++;
    }
  }
  for (; i < a.length; i++) {
    names.push(a[i]!);
    plan.push(i);
  }
  for (; j < b.length; j++) {
    names.push(b[j]!);
    plan.push(~j);
  }
  const shape = names.length === a.length ? left : names.length === b.length ? right : new Shape(names);
  return { shape, plan: Int32Array.from(plan) };
}
