/** What the solver is asked, and what it answers. */
import type { Obstacle, Relation } from './obstacle.ts';

export interface Wanted {
  /** The symbol of the module. */
  readonly symbol: string;
  /** Symbols that its folder needs to be visited at all. */
  readonly folders?: readonly string[];
}

/** Where one stands under the assignments of a solution. */
export type Outcome =
  | {
      readonly status: 'module' | 'builtin';
      readonly symbol: string;
      /** It was so by the base already. */
      readonly already: boolean;
      /** It has no prompt: it follows from others. */
      readonly promptless: boolean;
    }
  | { readonly status: 'unknown'; readonly symbol: string }
  | { readonly status: 'unreachable'; readonly symbol: string; readonly obstacle: Obstacle };

export interface Assignment {
  readonly symbol: string;
  readonly value: 'y' | 'm' | 'n';
  /** How it came to be needed: first a target, last this symbol, each related to the one before. */
  readonly because: readonly Step[];
}

export interface Step {
  readonly symbol: string;
  readonly relation: Relation;
}

export interface Solution {
  /** In the order they were found: what something depends on comes before it. */
  readonly assignments: readonly Assignment[];
  /** In the order of the targets. */
  readonly outcomes: readonly Outcome[];
}

export interface Base {
  /** What the rest of the system sets. It may be raised (`n` to `m` or `y`, `m` to `y`), never lowered. */
  readonly base?: Iterable<readonly [string, string]>;
  /** What a person has decided. It is never changed. */
  readonly person?: Iterable<readonly [string, string]>;
}
