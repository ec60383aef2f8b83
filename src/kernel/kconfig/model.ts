import type { Expression, Leaf, SymbolLeaf } from './expression.ts';

/**
 * What the Kconfig files say for one architecture, after all macros: data to evaluate, to store and to explain.
 *
 * Every condition is whole: what the enclosing menus, ifs and `depends on` lines ask is part of it, and a bare `m` in
 * it reads `m && MODULES`, as the kernel's own tool has it. A null condition always holds.
 */
export interface Kconfig {
  /** The symbol, or the choice by the name its members give; undefined where no file defines it. */
  symbol(name: string): ConfigSymbol | undefined;
  /** The names of all symbols, in the order of their first definitions, choices left out. */
  names(): Iterable<string>;
  /** The names of all choices, in order. */
  choices(): Iterable<string>;
  /** The name of the symbol marked `modules`, usually MODULES; null where none is. */
  readonly modules: string | null;
  readonly rules: KconfigRules;
  /** Everything in the order of the files, for writing a configuration; empty in a model that leaves it out. */
  readonly menu: readonly MenuEntry[];
  /** The text of `mainmenu`. */
  readonly title: string;
}

/** Where the tool itself changed between series. */
export interface KconfigRules {
  /**
   * `classic` (to 6.10): a choice is a symbol, may be tristate or optional, and the last member set to `y` wins.
   * `bool` (from 6.11): a choice always has one member `y`, and a member set to `n` is avoided.
   */
  readonly choices: 'classic' | 'bool';
  /** An int or hex symbol with no value is `0` or `0x0`; before 6.8 it was empty. */
  readonly numbersAreZero: boolean;
  // What is left out below is as it is from 6.1 on.
  /** An end of a range is taken as a number, written anew: `0x0C00` becomes `0xc00` (4.19, 5.15; not 5.4.301). */
  readonly rangeEnds?: 'numbers';
  /** An `imply` by `y` makes `y` of `m`, even of an assigned one, and the dependencies do not bound it (5.4; not 5.15). */
  readonly implies?: 'whole';
  /** `y`, `m` and `n` compare as texts, and so in another order: `m`, `n`, `y` (4.19, 5.15, 6.6; not 5.4.301). */
  readonly lettersAreTexts?: true;
  /** A bool's `select X if A != n` gives X no more than A's value (4.19, 5.15, 6.6; not 5.4.301). */
  readonly selectsBy?: 'values';
  /** Which menus a `.config` ends with a comment: none (4.19), or those with something in them (5.4, 5.15). */
  readonly ends?: 'none' | 'filled';
}

export type SymbolType = 'bool' | 'tristate' | 'int' | 'hex' | 'string' | 'unknown';

export interface ConfigSymbol {
  /** A choice's begins with `choice `, which no symbol's can. */
  readonly name: string;
  readonly type: SymbolType;
  /** At least one. */
  readonly definitions: readonly Definition[];
  readonly prompts: readonly Prompt[];
  /** The first whose condition holds counts. A choice's values are its members. */
  readonly defaults: readonly Default[];
  /** The first whose condition holds counts. */
  readonly ranges: readonly Range[];
  /** The direct dependencies of all definitions, any of which suffices. */
  readonly dependencies: Expression | null;
  readonly selects: readonly Reference[];
  readonly implies: readonly Reference[];
  /** The other side of `selects`: who selects this one. */
  readonly selectedBy: readonly Reference[];
  readonly impliedBy: readonly Reference[];
  /** The name of the choice this is a member of. */
  readonly choice?: string;
  /** For a choice alone: its members, in order. */
  readonly members?: readonly string[];
  /** For a choice alone: none of its members need be set. */
  readonly optional?: boolean;
  /**
   * It is in no `.config` that is written. `transitional`: read from one it counts, without a prompt, and what has it as
   * its default takes its value.
   */
  readonly unwritten?: 'always' | 'transitional';
}

/** A position in the tree's files; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Definition extends Place {
  /** Of this definition alone. */
  readonly dependencies: Expression | null;
  /** Text of `help`, its indentation removed; read on demand is not needed, as texts are shared with the file. */
  readonly help?: string;
}

export interface Prompt extends Place {
  readonly text: string;
  readonly condition: Expression | null;
}

export interface Default extends Place {
  readonly value: Expression;
  readonly condition: Expression | null;
}

export interface Range extends Place {
  readonly low: Leaf;
  readonly high: Leaf;
  readonly condition: Expression | null;
}

/** One side of a `select` or an `imply`, with the condition under which it works (not the selector's value). */
export interface Reference extends Place {
  readonly symbol: string;
  readonly condition: Expression | null;
}

/** One entry of the menu, in the order of the files; an entry's children follow it, one level deeper. */
export type MenuEntry =
  | { readonly kind: 'symbol'; readonly name: string; readonly depth: number }
  | {
      readonly kind: 'menu' | 'comment';
      readonly text: string;
      readonly depth: number;
      /** The entry is shown where this and `visibleIf` hold. */
      readonly condition: Expression | null;
      readonly visibleIf: Expression | null;
      /** A menu that nothing stands in. */
      readonly bare?: true;
    };

export type { Expression, Leaf, SymbolLeaf };
