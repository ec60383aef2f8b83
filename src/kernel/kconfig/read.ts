import type { SourceTree } from '../tree.ts';
import { checkCycles } from './cycles.ts';
import { type Dialect, dialectOf, rulesOf } from './dialect.ts';
import { finishModel } from './finish.ts';
import type { Kconfig, KconfigRules } from './model.ts';
import { KconfigParser } from './parse.ts';
import { type MacroEvaluator, Preprocessor } from './preprocess.ts';
import { type KconfigProblem, KconfigStop } from './problem.ts';

export interface KconfigOptions {
  /** What `make` hands to the tool: ARCH, SRCARCH, srctree, CC, KERNELVERSION, … */
  environment: Readonly<Record<string, string>>;
  evaluator: MacroEvaluator;
  /** By default `Kconfig`. */
  file?: string;
  /** By default those of the tree's own tool. */
  rules?: KconfigRules;
  /** The same of the language. */
  dialect?: Dialect;
}

export interface KconfigReading {
  /** Null where a problem is an error: the kernel's tool would stop there too. */
  kconfig: Kconfig | null;
  /** In the order they were met. */
  problems: KconfigProblem[];
  /** What `$(info,…)` printed. */
  printed: string[];
  /** The files that were read, in order. */
  files: string[];
}

/** A file with this many problems is no Kconfig file; the rest is not told. */
const mostProblems = 1000;

/**
 * Reads all Kconfig files of a tree for one architecture. Never throws for what the files say.
 *
 * The language is the kernel's from 4.19 to 6.18 (Documentation/kbuild/kconfig-language.rst and
 * kconfig-macro-language.rst), with `rsource`, `osource`, `orsource` and patterns in paths besides.
 */
export function readKconfig(tree: SourceTree, options: KconfigOptions): KconfigReading {
  const { environment, evaluator, file = 'Kconfig' } = options;
  const { rules = rulesOf(tree), dialect = dialectOf(tree) } = options;
  const problems: KconfigProblem[] = [];
  let failed = false;
  const report = (problem: KconfigProblem) => {
    if (problem.severity === 'error') failed = true;
    if (problems.length < mostProblems) problems.push(problem);
  };
  const macros = new Preprocessor(environment, evaluator, report);
  const parser = new KconfigParser(tree, macros, rules, dialect, environment, report);
  let kconfig: Kconfig | null = null;
  try {
    parser.parse(file);
    if (!failed) {
      kconfig = finishModel(parser, rules, report);
      checkCycles(parser.symbols, parser.choices, rules, report);
    }
  } catch (error) {
    if (!(error instanceof KconfigStop)) throw error;
    report(error.problem);
  }
  return { kconfig: failed ? null : kconfig, problems, printed: macros.printed, files: [...parser.files] };
}
