/** Scopes: which names an environment has, and where a name's value is. */
import { Names } from '../eval/attrs.ts';
import type { Slot } from '../eval/values.ts';

/** What names an environment has, or which `with` it is of; then the scope around it. */
export interface Scope {
  /** The n-th name's value is in slot n + 1. */
  readonly names: Names | null;
  /** The position of a `with`, whose environment has no names but one set. */
  readonly withPos: number;
  readonly up: Scope | null;
  /** Set for the outermost: its slots are known now. */
  readonly constants: readonly Slot[] | null;
}

/** A scope of names inside another. */
export function scopeOf(names: Names | readonly string[], up: Scope): Scope {
  return { names: names instanceof Names ? names : new Names(names), withPos: 0, up, constants: null };
}

export function withScope(withPos: number, up: Scope): Scope {
  return { names: null, withPos, up, constants: null };
}

export interface Place {
  /** How many environments up. */
  readonly depth: number;
  readonly slot: number;
  readonly constant: Slot | undefined;
  /** No scope has the name: these `with` may bring it, the innermost first. */
  readonly withs: readonly { readonly depth: number; readonly pos: number }[] | null;
}

/** Where a name's value is; null if nothing can bind it. */
export function resolve(scope: Scope, name: string): Place | null {
  let depth = 0;
  let withs: { depth: number; pos: number }[] | null = null;
  for (let s: Scope | null = scope; s !== null; s = s.up) {
    if (s.names === null) {
      withs ??= [];
      withs.push({ depth, pos: s.withPos });
    } else {
      const slot = s.names.find(name) + 1;
      if (slot > 0) {
        return { depth, slot, constant: s.constants === null ? undefined : s.constants[slot], withs: null };
      }
    }
    depth++;
  }
  return withs === null ? null : { depth: 0, slot: 0, constant: undefined, withs };
}
