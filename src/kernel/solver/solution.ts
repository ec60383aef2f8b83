/** What the solver is asked, and what it answers. */
import type { KbuildModule } from '../kbuild/kbuild.ts';
import type { Obstacle, Relation } from './obstacle.ts';

/** A module whose file is to be made, or a symbol that is to have a value. */
export type Wanted = WantedModule | WantedSymbol;

export interface WantedModule {
  readonly module: KbuildModule;
}

export interface WantedSymbol {
  readonly symbol: string;
  /** As a `.config` has it, a string without quotes. Without one, `m` is asked for and `y` will do. */
  readonly value?: string;
}

/** What becomes of one that was wanted, under the assignments of a solution. */
export type Outcome =
  | {
      readonly status: 'module' | 'builtin';
      /** What makes it; undefined where the makefiles ask for no symbol. */
      readonly symbol: string | undefined;
      /** It was so by the base already. */
      readonly already: boolean;
      /** Its symbol has no prompt: it follows from others. */
      readonly promptless: boolean;
    }
  /** A symbol has the value that is wanted. */
  | { readonly status: 'held'; readonly symbol: string }
  /** No file of this architecture defines the symbol, or any of the module's. */
  | { readonly status: 'unknown'; readonly symbol: string }
  | {
      readonly status: 'unreachable';
      readonly symbol: string;
      readonly obstacle: Obstacle;
      /** Proves that it cannot be had; undefined where the search has only found nothing. */
      readonly certificate?: readonly Taken[] | undefined;
    };

/**
 * What was taken as given about one symbol: that it is answered with a value (`value`), or left to its default
 * (undefined). The rest of the kernel may be configured in any way.
 */
export interface Taken {
  readonly symbol: string;
  readonly value: string | undefined;
  readonly by: 'base' | 'person' | 'machine' | 'barred' | 'text';
  /** Of a machine: someone has named another, or what it is a part of is not there. */
  readonly decided?: boolean;
}

export interface Assignment {
  readonly symbol: string;
  /** `y`, `m` or `n`; for what a person asks for whatever they ask. */
  readonly value: string;
  /** How it comes to be needed: first what is wanted, last this symbol, each related to the one before. */
  readonly because: readonly Step[];
  /** What it is for: the first of all that cannot do without it. */
  readonly wanted: Wanted;
  /** What the base says instead, in so many words. */
  readonly instead?: string | undefined;
}

export interface Step {
  readonly symbol: string;
  readonly relation: Relation;
  /** For a selector: others that would do as well, each alone, in its place. In the order of the files. */
  readonly alternatives?: readonly string[] | undefined;
}

export interface Solution {
  /** In the order they were found: what something depends on comes before it. */
  readonly assignments: readonly Assignment[];
  /** In the order of what is wanted. */
  readonly outcomes: readonly Outcome[];
}

export interface Base {
  /** What the rest of the system sets. It may be raised (`n` to `m` or `y`, `m` to `y`), never lowered. */
  readonly base?: Iterable<readonly [string, string]> | undefined;
  /** What a person has decided. It is never changed. */
  readonly person?: Iterable<readonly [string, string]> | undefined;
}
