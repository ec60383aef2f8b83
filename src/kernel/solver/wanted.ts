/** What is wanted, under an evaluation: whether a module's file is made, and by which symbol. */
import {
  type Clause,
  type Condition,
  type KbuildModule,
  type KbuildRule,
  meets,
  moduleState,
  type Requirement,
} from '../kbuild/kbuild.ts';
import type { Evaluation } from '../kconfig/evaluate.ts';
import type { Kconfig } from '../kconfig/model.ts';
import type { Wanted } from './solution.ts';

/** What a makefile sees of a symbol: nothing of one that a `.config` leaves out. */
export function makefileValue(evaluation: Evaluation, name: string): string {
  const { symbol, written } = evaluation.state(name);
  return symbol && written ? evaluation.value(name) : 'n';
}

/** How it stands with what is wanted, as one word that can be compared. */
export function standing(wanted: Wanted, evaluation: Evaluation, architecture: string): string {
  if ('module' in wanted) {
    const value = (name: string): string => makefileValue(evaluation, name);
    const state = moduleState(wanted.module, value, architecture);
    // Some lines ask for no symbol, and even they make nothing then.
    const { modules } = evaluation.kconfig;
    return state === 'm' && modules !== null && evaluation.tristate(modules) === 0 ? 'n' : state;
  }
  const { symbol } = evaluation.state(wanted.symbol);
  return symbol ? evaluation.value(wanted.symbol) : 'n';
}

/** Whether that is enough. */
export function isHeld(wanted: Wanted, state: string): boolean {
  return 'module' in wanted || wanted.value === undefined
    ? state === 'm' || state === 'y'
    : state === wanted.value;
}

/** Whether it still is after a change: a module may not become a part of the kernel by leaving something out. */
export function isKept(wanted: Wanted, before: string, now: string): boolean {
  return now === before || (isHeld(wanted, now) && now === 'm');
}

/** The clauses that an architecture can meet. */
export function clausesFor(condition: Condition, architecture: string): readonly Clause[] {
  return condition.filter(
    ({ architectures }) => architectures === null || architectures.includes(architecture),
  );
}

/** Whether the makefiles of an architecture can come to a rule at all. */
export function isFor(rule: KbuildRule, architecture: string): boolean {
  return [rule.condition, ...rule.folders.map(({ condition }) => condition)].every(
    (condition) => clausesFor(condition, architecture).length > 0,
  );
}

/**
 * The symbol that makes a module: of the first rule that holds, or could; the one that has to be `m`, where there is one.
 * Undefined where no symbol is asked for.
 */
export function makerOf(
  module: KbuildModule,
  evaluation: Evaluation,
  architecture: string,
): string | undefined {
  const value = (name: string): string => makefileValue(evaluation, name);
  const isMet = ({ requires }: Clause): boolean => requires.every((each) => meets(each, value(each.symbol)));
  const rules = [...module.rules, ...module.builtin].filter((rule) => isFor(rule, architecture));
  const clauses = rules.flatMap(({ condition }) => clausesFor(condition, architecture));
  const met = clauses.find((clause) => clause.requires.length > 0 && isMet(clause));
  const known = clauses.find(({ requires }) =>
    requires.some(({ symbol }) => evaluation.kconfig.symbol(symbol)),
  );
  const symbols = (clause: Clause | undefined): string | undefined =>
    (clause?.requires.find(isModule) ?? clause?.requires.find((each) => !meets(each, 'n')))?.symbol;
  return symbols(met) ?? symbols(known) ?? module.symbols[0];
}

/** Whether any symbol that a module's makefiles ask for is defined, or none is asked for. */
export function isDefined({ rules }: KbuildModule, kconfig: Kconfig, architecture: string): boolean {
  return rules
    .flatMap(({ condition }) => clausesFor(condition, architecture))
    .some(({ requires }) => {
      const needed = requires.filter((each) => !meets(each, 'n'));
      return needed.every(({ symbol }) => kconfig.symbol(symbol));
    });
}

function isModule(requirement: Requirement): boolean {
  return meets(requirement, 'm') && !meets(requirement, 'n') && !meets(requirement, 'y');
}

/** The levels, least first, that a requirement allows a bool or tristate. */
export function levelsOf(requirement: Requirement): (0 | 1 | 2)[] {
  return ([0, 1, 2] as const).filter((level) => meets(requirement, 'nmy'[level]!));
}
