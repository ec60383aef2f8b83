/**
 * A kernel index: all that solving needs of a source tree, in one file.
 *
 *     gen-kmod kernel index 2\n        what it is, and the version of this format
 *     {"series":…,"sections":[…]}\n    the header, as JSON
 *     …                                the sections, each compressed by Brotli, one behind the other
 *
 * A section is lines of text. All but the last are shared by the architectures:
 *
 *     kconfig          the head (JSON), the names of symbols and of choices, the conditions, the symbols, the choices
 *     modules          the head (JSON), the names of the modules' files without `.ko`, by path
 *     modules/NUMBER   the modules themselves, so many in each as the head says: the folder (nothing: that of the line
 *                      before; `.`: the root), a tab, and what makes it
 *     variants/ARCH    two lines, see below
 *     options          the head (JSON), and for each module that has such its options and the objects that it may lack
 *     objects          the head (JSON), and what else modules, and the kernel itself, are linked from: names to find them by
 *
 * Where architectures differ in a symbol or a module, its line has several variants with tabs between them. The two lines of
 * `variants/ARCH` are for the symbols with the choices, and for the modules: a character for each, the number of the variant
 * (0 to 9) or `-` for none. In `options` and `objects` a line begins with its key and a tab, the variants follow, and the head has
 * for each architecture such a line of characters. A key is a module's path without `.ko`; or a folder with a slash, and the symbols
 * for which its objects are part of the kernel.
 *
 * A reader skips sections that it does not know: so did the first of this format, which knew neither `options` nor `objects`.
 *
 * Opening an index has to cost little, as every run does it that resolves anything: names are found where they lie, by
 * `NameTable`; a line is decoded when somebody asks for what it holds; and most modules are never unpacked.
 */

import type { KconfigRules } from '../kconfig/model.ts';

/** Raised whenever an older gen-kmod could not read what this one writes. */
export const formatVersion = 2;
export const magic = 'gen-kmod kernel index ';

export interface IndexHeader {
  /** `6.12.117`. */
  readonly version: string;
  readonly series: string;
  /** Where the tree is from, for people; such as a package and its version. */
  readonly source: string;
  /** Of the data: that of the kernel it derives from. */
  readonly licence: string;
  readonly architectures: readonly string[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly name: string;
  /** Compressed, in the file. */
  readonly bytes: number;
  /** Unpacked; for making room, and not relied on. */
  readonly size: number;
  /** The start of the SHA-256 of the compressed bytes, in hexadecimal. */
  readonly hash: string;
}

/** What is wrong with an index. */
export class IndexError extends Error {
  readonly kind: 'damaged' | 'newer' | 'not-an-index' | 'unknown-architecture';
  /** The architectures it has, where another one is asked for. */
  readonly known: readonly string[];

  constructor(kind: IndexError['kind'], message: string, known: readonly string[] = []) {
    super(message);
    this.name = 'IndexError';
    this.kind = kind;
    this.known = known;
  }
}

/** A condition as JSON: a symbol is its name, a constant `['', text]`, the rest `[operator, operand…]`. */
export type EncodedExpression = string | readonly [string, ...EncodedExpression[]];

/** The number of a condition's line among the conditions; null is no condition. */
export type ExpressionNumber = number | null;

/** The heads: the numbers are those of the lines that follow, in this order. */
export interface KconfigHead {
  readonly names: number;
  readonly choices: number;
  readonly expressions: number;
  /** By number: where symbols are defined. */
  readonly files: readonly string[];
  /** The symbol marked `modules`. */
  readonly modules: string | null;
  readonly title: string;
  readonly rules: KconfigRules;
}

export interface ModulesHead {
  readonly names: number;
  /** Modules in each of the sections `modules/NUMBER` but the last. */
  readonly together: number;
}

/** What is at the end may be left out. `selects` and `implies` are found from their other side. */
export type EncodedSymbol = readonly [
  type: number,
  dependencies: ExpressionNumber,
  /** Dependencies are left out where they are the symbol's. */
  definitions: readonly (readonly [file: number, line: number, dependencies?: ExpressionNumber])[],
  prompts?: readonly (readonly [text: string, condition: ExpressionNumber])[],
  defaults?: readonly (readonly [value: number, condition: ExpressionNumber])[],
  selectedBy?: readonly EncodedReference[],
  impliedBy?: readonly EncodedReference[],
  ranges?: readonly (readonly [low: number, high: number, condition: ExpressionNumber])[],
  choice?: string | null,
  members?: readonly string[] | null,
  /** 1: a choice that is optional. Of a symbol that is in no `.config`, 2; 3: one that is transitional. */
  kind?: 1 | 2 | 3,
];

export type EncodedReference = readonly [symbol: string, condition: ExpressionNumber];

/** In the order of their numbers. */
export const types = ['unknown', 'bool', 'tristate', 'int', 'hex', 'string'] as const;

export type EncodedModule = readonly [
  symbols: readonly string[],
  rules: readonly EncodedRule[],
  builtin: readonly EncodedRule[],
];

export type EncodedRule = readonly [
  file: string,
  line: number,
  condition: EncodedCondition,
  ...folders: (readonly [path: string, condition: EncodedCondition])[],
];

/**
 * A module's own options with blanks between them, then what it is linked from under some configurations only: objects with the
 * same condition together, by their names relative to the module's folder, without `.o`.
 */
export type EncodedOptions = readonly [
  options: string,
  ...objects: (readonly [names: string, ...condition: EncodedCondition])[],
];

/** A clause is its architectures (0: all), then requirements: `SYMBOL y m`, `!SYMBOL n`. */
export type EncodedCondition = readonly (readonly [architectures: string | 0, ...requires: string[]])[];
