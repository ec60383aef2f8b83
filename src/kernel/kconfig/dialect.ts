import type { SourceTree } from '../tree.ts';
import type { KconfigRules } from './model.ts';

/**
 * How the language of the files itself changed between series. What a dialect does not have is an error in it, as it is
 * to the tree's own tool.
 */
export interface Dialect {
  /**
   * Where a text stands without quotes, as a prompt or a path. `no`: nowhere (5.15 and later). `word`: it is one word
   * and no keyword (5.4). `path`: the word may have `.` and `/` in it, and keywords are only keywords where a statement
   * begins, `if` and `on` everywhere else (4.19).
   */
  readonly bare: 'no' | 'word' | 'path';
  /** `---help---` is `help` (4.19, 5.4). */
  readonly dashedHelp: boolean;
  /** `source` and `menuconfig` may stand in a choice (4.19, 5.4). */
  readonly looseChoices: boolean;
  /** A symbol may be marked `transitional`, and then has no other options but help (6.18). */
  readonly transitional: boolean;
  /** A second or a blank help text is an error, and a `menuconfig` without a prompt (6.18). */
  readonly strict: boolean;
}

const newest: Dialect = {
  bare: 'no',
  dashedHelp: false,
  looseChoices: false,
  transitional: true,
  strict: false,
};

/**
 * The dialect that the tree's own tool reads, told from its sources (scripts/kconfig/), as distributions move changes
 * between series. Without those sources, the newest.
 */
export function dialectOf(tree: SourceTree): Dialect {
  if (tree.read('scripts/kconfig/zconf.l') !== null) {
    return { bare: 'path', dashedHelp: true, looseChoices: true, transitional: false, strict: false };
  }
  const lexer = tree.read('scripts/kconfig/lexer.l');
  const parser = tree.read('scripts/kconfig/parser.y');
  if (lexer === null || parser === null) return newest;
  return {
    bare: /^prompt:\s*T_WORD\b/m.test(parser) ? 'word' : 'no',
    dashedHelp: lexer.includes('"---help---"'),
    looseChoices: /^choice_block:/m.test(parser),
    transitional: lexer.includes('"transitional"'),
    strict: parser.includes('zconf_error("menuconfig statement without prompt")'),
  };
}

/**
 * The rules the tree's own tool follows, told from its sources: series change, and distributions move changes between
 * them. Without those sources, the newest.
 */
export function rulesOf(tree: SourceTree): KconfigRules {
  const tool = tree.read('scripts/kconfig/symbol.c');
  if (tool === null) return { choices: 'bool', numbersAreZero: true };
  const writer = tree.read('scripts/kconfig/confdata.c');
  return {
    choices: tool.includes('sym_get_choice_prop') ? 'classic' : 'bool',
    numbersAreZero: tool.includes('newval.val = "0x0"'),
    ...(tool.includes('sprintf(str, "%lld"') && { rangeEnds: 'numbers' }),
    ...(/\bimplied\.tri == yes/.test(tool) && { implies: 'whole' }),
    ...(/\.name = "y",\s*\.curr/.test(tool) && { lettersAreTexts: true }),
    ...(tree.read('scripts/kconfig/menu.c')?.includes('expr_trans_bool(dep)') && { selectsBy: 'values' }),
    ...(writer !== null &&
      !writer.includes('end_check:') && { ends: writer.includes('# end of') ? 'filled' : 'none' }),
  };
}
