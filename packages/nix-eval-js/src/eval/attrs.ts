/**
 * Attribute sets: a shape (the sorted names) and a parallel array of slots. Sets of the same names have one shape,
 * unless they are large: a place that selects a name can remember where it found it, and a shape how it went
 * together with others.
 */

import type { Symbols } from '../syntax/symbols.ts';
import type { Merge } from './merge.ts';
import type { Slot } from './values.ts';

/** Above this many names a lookup table is worth its making. */
const linear = 8;

const unknown = -2;

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
  /** How it merges with others that come after it; kept by `Merger`. */
  merges: Map<Shape, Merge> | null = null;
  /** What is left of it without some names, by their indices; kept by `removeAttrs`. */
  rests: Map<string, Shape> | null = null;
  #method = unknown;
  #outPath = unknown;
  #visits: readonly number[] | null = null;
  /** By whose numbers: one shape may serve several evaluators. */
  #visitsBy: Symbols | null = null;

  /** The indices of the names in the order in which Nix visits them. */
  visits(symbols: Symbols): readonly number[] {
    if (this.#visits === null || this.#visitsBy !== symbols) {
      this.#visits = symbols.order(this.names);
      this.#visitsBy = symbols;
    }
    return this.#visits;
  }

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

  /** The index of `__toString`, or -1. */
  get method(): number {
    if (this.#method === unknown) this.#method = this.find('__toString');
    return this.#method;
  }

  /** The index of `outPath`, or -1. */
  get outPath(): number {
    if (this.#outPath === unknown) this.#outPath = this.find('outPath');
    return this.#outPath;
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

/** Shapes of more names are not looked for. */
export const mostShared = 256;
/** Names in all shapes that are kept for whoever needs the same again. */
const mostKept = 1 << 19;
const known = new Map<string, Shape>();
let kept = 0;

/** The shape of these names, sorted by byte: the one that is known, if they are few. */
export function shapeOf(names: readonly string[]): Shape {
  const { length } = names;
  if (length > mostShared) return new Shape(names);
  const key = names.join('\0');
  const shape = known.get(key);
  if (shape !== undefined && shape.names.length === length && same(shape.names, names)) return shape;
  kept += length + 1;
  if (kept > mostKept) {
    known.clear();
    kept = length + 1;
  }
  const made = new Shape(names);
  known.set(key, made);
  return made;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export const emptyShape = shapeOf([]);
export const emptyAttrs = new Attrs(emptyShape, [], null, 0);

export const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A set of entries in any order; a later entry of one name wins. */
export function attrsOf(entries: Iterable<readonly [string, Slot]>, pos = 0): Attrs {
  const map = new Map(entries);
  if (map.size === 0) return emptyAttrs;
  const names = [...map.keys()].sort(compareNames);
  return new Attrs(
    shapeOf(names),
    names.map((name) => map.get(name)!),
    null,
    pos,
  );
}
