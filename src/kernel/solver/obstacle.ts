import type { Expression } from '../kconfig/expression.ts';

/** Why a symbol cannot have the value that is asked of it. */
export type Obstacle =
  /** No file of this architecture defines it. */
  | { readonly kind: 'undefined'; readonly symbol: string }
  /** It has the value by someone's word, which is not ours to change. */
  | { readonly kind: 'set'; readonly symbol: string; readonly value: string; readonly by: 'base' | 'person' }
  /** It has the value by its definition: no prompt that could be answered otherwise. */
  | { readonly kind: 'given'; readonly symbol: string; readonly value: string }
  /** The base or a person picks another member of its choice. */
  | {
      readonly kind: 'choice';
      readonly symbol: string;
      readonly picked: string;
      readonly by: 'base' | 'person';
    }
  /** It says what machine the kernel is for, which the base alone decides. */
  | {
      readonly kind: 'machine';
      readonly symbol: string;
      /** Whether it would have to be turned on or off. */
      readonly wanted: 'y' | 'n';
      /** The member of its choice that counts instead; whether the base or the list has picked that. */
      readonly instead?: string | undefined;
      readonly decided: boolean;
    }
  /** It is for builds that nobody runs (COMPILE_TEST, BROKEN), and never turned on. */
  | { readonly kind: 'barred'; readonly symbol: string }
  /** Another part of the solution needs it otherwise. */
  | { readonly kind: 'needed'; readonly symbol: string; readonly value: string }
  /** A number or a text is compared, and these are not solved for. */
  | { readonly kind: 'comparison'; readonly condition: Expression; readonly value: string }
  /** It asks for itself. */
  | { readonly kind: 'loop'; readonly symbol: string }
  /** The search would take too long, or would not be shorter than what was found. */
  | { readonly kind: 'cut'; readonly symbol: string }
  /** It needs a condition, which meets an obstacle of its own. */
  | {
      readonly kind: 'needs';
      readonly symbol: string;
      readonly relation: Relation;
      readonly condition: Expression;
      readonly of: Obstacle;
    }
  /** There are several ways, each with its obstacle. */
  | { readonly kind: 'none'; readonly symbol: string; readonly ways: readonly Obstacle[] };

/** What a symbol is to the one before it. */
export type Relation =
  /** It makes a module that is wanted, or a person asks for it: the first step. */
  | 'target'
  | 'wish'
  | 'folder'
  | 'modules'
  | 'dependency'
  /** It shows the prompt, and nothing depends on it otherwise. */
  | 'prompt'
  | 'selector'
  | 'implier'
  | 'default'
  | 'choice'
  | 'conflict';
