/**
 * Loaders and a kernel → the assignments their modules need, each with its reason, and what is in the way.
 *
 * All loaders are solved for at once. A loader's own share is what its targets cannot do without: what can be left out
 * of the common solution with all of them still being made is no part of it.
 */
import type { Loader } from '../targets/target-list.ts';
import type { KbuildModule } from './kbuild/kbuild.ts';
import { Evaluation, tristateOf } from './kconfig/evaluate.ts';
import type { Reference } from './kconfig/model.ts';
import { validText } from './kconfig/values.ts';
import type { Kernel } from './kernel.ts';
import { Needed } from './solver/needed.ts';
import type { Assignment, Outcome, Step, Wanted, WantedModule, WantedSymbol } from './solver/solution.ts';
import { Solver } from './solver/solve.ts';
import { isDefined, isFor, makefileValue } from './solver/wanted.ts';

export interface ResolvedTarget {
  /** As written. */
  readonly target: string;
  readonly module: KbuildModule;
  readonly wanted: WantedModule;
  readonly outcome: Exclude<Outcome, { status: 'held' }>;
}

/** A setting of the list's `kernelConfig`. */
export interface ResolvedSetting {
  readonly symbol: string;
  /** As a `.config` has it, a string without quotes: what is asked for, and what Kconfig makes of it. */
  readonly value: string;
  readonly becomes: string;
  /** What selects it beyond what is asked for. */
  readonly selectedBy: readonly string[];
  readonly outcome: Outcome;
}

export interface ResolvedLoader {
  readonly name: string;
  /** Those that this kernel could have, in the order of the list. */
  readonly targets: readonly ResolvedTarget[];
  /** As written; no makefile makes them. */
  readonly unknown: readonly string[];
  /** Of the symbols that are known and have a prompt. */
  readonly settings: readonly ResolvedSetting[];
  /** What the loader's targets and settings need, in the order of the solution; then the settings that hold. */
  readonly assignments: readonly ResolvedAssignment[];
}

export interface ResolvedAssignment extends Omit<Assignment, 'wanted'> {
  /** What it was first needed for: a target, or a symbol that the list sets. */
  readonly target: string;
}

export interface Resolution {
  readonly loaders: readonly ResolvedLoader[];
  /** Of all loaders together. */
  readonly assignments: readonly ResolvedAssignment[];
}

/**
 * Resolves loaders against a kernel. What a person has set in `kernelConfig` stays as it is; what it needs to hold is
 * assigned where that can be.
 *
 * @param base what the rest of the system sets, by symbol; it may be raised, never lowered
 */
export function resolve(
  kernel: Kernel,
  loaders: readonly Loader[],
  base: ReadonlyMap<string, string> = new Map(),
): Resolution {
  const person = new Map(
    [...settingsOf(loaders)].filter(([symbol, value]) => isValue(kernel, symbol, value)),
  );
  const solver = new Solver(kernel.kconfig, { base, person }, kernel.arch);
  // One that several loaders set is one wish.
  const wishes = new Map([...person].flatMap(([symbol, value]) => wishFor(kernel, symbol, value)));
  const found = loaders.map((loader) => {
    const targets = loader.targets.map((target) => ({ target, module: find(kernel, target) }));
    return {
      name: loader.name,
      known: targets.flatMap(({ target, module }) =>
        module ? [{ target, module, wanted: { module } }] : [],
      ),
      unknown: targets.flatMap(({ target, module }) => (module ? [] : [target])),
      wishes: [...loader.kernelConfig.keys()].flatMap((symbol) => wishes.get(symbol) ?? []),
      own: new Map([...settingsOf([loader])].filter(([symbol]) => person.has(symbol))),
    };
  });
  const all = found.flatMap(({ known }) => known);
  const wanted = [...all.map((each) => each.wanted), ...wishes.values()];
  const solution = solver.solve(wanted);
  const outcomes = new Map<Wanted, Outcome>(wanted.map((each, number) => [each, solution.outcomes[number]!]));
  const named = new Map<Wanted, string>();
  for (const { target, wanted: each } of all) named.set(each, target);
  for (const [symbol, each] of wishes) named.set(each, symbol);
  const name = ({ wanted: each, ...assignment }: Assignment): ResolvedAssignment => ({
    ...assignment,
    target: named.get(each)!,
  });
  const settled = settledBy(kernel, new Map([...base, ...person]), solution.assignments);
  const needed = new Needed(kernel.kconfig, kernel.arch);
  return {
    assignments: solution.assignments.map(name),
    loaders: found.map(({ name: loader, known, unknown, wishes: own, own: settings }) => {
      const isOwn = ({ wanted: each }: Assignment): boolean => own.includes(each as WantedSymbol);
      const share = (): Assignment[] => {
        // What other loaders set is no more certain than what was found: this one may be used without them.
        const others = solution.assignments.filter((each) => !settings.has(each.symbol));
        const wanted = [...known.map((target) => target.wanted), ...own];
        const alone = needed.for(wanted, new Map([...base, ...settings]), others);
        return [...alone, ...solution.assignments.filter((each) => isWish(each) && isOwn(each))];
      };
      // An only loader's share is all of it.
      const assignments = found.length === 1 ? solution.assignments : share();
      return {
        name: loader,
        unknown,
        targets: known.map((target) => ({
          ...target,
          outcome: outcomes.get(target.wanted) as ResolvedTarget['outcome'],
        })),
        settings: own.map((wish) => ({
          symbol: wish.symbol,
          value: wish.value!,
          ...settled(wish),
          outcome: outcomes.get(wish)!,
        })),
        assignments: assignments.map(name),
      };
    }),
  };
}

/** Whether an assignment is a setting of the list itself. */
export function isWish({ because }: Pick<Assignment, 'because'>): boolean {
  return because.length === 1 && because[0]!.relation === 'wish';
}

/** Whether a symbol can have a value at all; of one that is not known it cannot be told. */
export function isValue({ kconfig }: Kernel, name: string, value: string): boolean {
  const symbol = kconfig.symbol(name);
  return symbol === undefined || validText(symbol.type, value);
}

/** What settings become in the end. Most lists have none. */
function settledBy(
  { kconfig }: Kernel,
  given: ReadonlyMap<string, string>,
  assignments: readonly Assignment[],
): (wish: WantedSymbol) => Pick<ResolvedSetting, 'becomes' | 'selectedBy'> {
  let evaluation: Evaluation | undefined;
  return ({ symbol, value = 'n' }) => {
    evaluation ??= new Evaluation(kconfig, [
      ...given,
      ...assignments.map((each) => [each.symbol, each.value] as const),
    ]);
    const active = (each: Reference): boolean =>
      Math.min(evaluation!.tristate(each.symbol), evaluation!.evaluate(each.condition)) > tristateOf(value);
    const selectors = kconfig.symbol(symbol)!.selectedBy.filter(active);
    return { becomes: makefileValue(evaluation, symbol), selectedBy: selectors.map((each) => each.symbol) };
  };
}

/** Of what has no prompt there is nothing to set. */
function wishFor({ kconfig }: Kernel, symbol: string, value: string): [string, WantedSymbol][] {
  return (kconfig.symbol(symbol)?.prompts.length ?? 0) > 0 ? [[symbol, { symbol, value }]] : [];
}

/** What a person has set in all loaders' `kernelConfig`, by symbol; strings without their quotes. */
export function settingsOf(loaders: readonly Pick<Loader, 'kernelConfig'>[]): Map<string, string> {
  return new Map(loaders.flatMap(({ kernelConfig }) => [...kernelConfig]).map(unquoted));
}

/** Kconfig strings carry their quotes in a list. */
function unquoted([symbol, value]: readonly [string, string]): readonly [string, string] {
  return [symbol, /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value];
}

/** The module a target names; of several of that name the first that this architecture defines the symbols of. */
function find(kernel: Kernel, target: string): KbuildModule | undefined {
  const modules = kernel.modules
    .find(target)
    .filter(({ rules }) => rules.some((rule) => isFor(rule, kernel.arch)));
  return modules.find((module) => isDefined(module, kernel.kconfig, kernel.arch)) ?? modules[0];
}

/** Why a symbol is assigned, in words: the steps from the target to it. */
export function explainChain(because: readonly Step[]): string {
  const parts = because.map(({ symbol, relation, alternatives = [] }, number) =>
    number === 0 ? symbol : `${words[relation]} ${symbol}${orElse(alternatives)}`,
  );
  return parts.join(' ');
}

/** Others that would do, three of them. */
function orElse(alternatives: readonly string[]): string {
  if (alternatives.length === 0) return '';
  const more = alternatives.length > 3 ? ` and ${alternatives.length - 3} more` : '';
  return ` (or ${alternatives.slice(0, 3).join(', ')}${more})`;
}

const words: Record<Step['relation'], string> = {
  target: 'is made by',
  wish: 'is asked for by',
  folder: 'is in a folder for',
  modules: 'needs',
  dependency: 'depends on',
  prompt: 'is shown by',
  selector: 'is selected by',
  implier: 'is implied by',
  default: 'follows from',
  choice: 'is chosen with',
  conflict: 'conflicts with',
};
