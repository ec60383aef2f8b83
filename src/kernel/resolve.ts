/**
 * Loaders and a kernel → the assignments their modules need, each with its reason, and what is in the way.
 *
 * All loaders are solved for at once. A loader's own share is what its targets cannot do without: what can be left out
 * of the common solution with all of them still being made is no part of it.
 */
import type { Loader } from '../targets/target-list.ts';
import type { Requirement } from './kbuild/conditions.ts';
import type { KbuildModule } from './kbuild/kbuild.ts';
import { Evaluation, type Tristate } from './kconfig/evaluate.ts';
import type { Obstacle } from './kconfig/obstacle.ts';
import type { Assignment, Outcome, Step, Wanted } from './kconfig/solution.ts';
import { Solver } from './kconfig/solve.ts';
import type { Kernel } from './kernel.ts';

export interface ResolvedTarget {
  /** As written. */
  readonly target: string;
  readonly module: KbuildModule;
  /** The symbol to set `m`, and what else has to be set for its makefile to be read. */
  readonly wanted: Wanted;
  readonly outcome: Outcome;
}

export interface ResolvedLoader {
  readonly name: string;
  /** Those that this kernel could have, in the order of the list. */
  readonly targets: readonly ResolvedTarget[];
  /** As written; no makefile makes them. */
  readonly unknown: readonly string[];
  /** What the loader's targets need, in the order of the solution. */
  readonly assignments: readonly ResolvedAssignment[];
}

export interface ResolvedAssignment extends Assignment {
  /** The target that it was first needed for. */
  readonly target: string;
}

export interface Resolution {
  readonly loaders: readonly ResolvedLoader[];
  /** Of all loaders together. */
  readonly assignments: readonly ResolvedAssignment[];
}

/**
 * Resolves loaders against a kernel. What a person has set in `kernelConfig` stays as it is.
 *
 * @param base what the rest of the system sets, by symbol; it may be raised, never lowered
 */
export function resolve(
  kernel: Kernel,
  loaders: readonly Loader[],
  base: ReadonlyMap<string, string> = new Map(),
): Resolution {
  const person = settingsOf(loaders);
  const solver = new Solver(kernel.kconfig, { base, person });
  const found = loaders.map((loader) => {
    const targets = loader.targets.map((target) => ({ target, made: find(kernel, target) }));
    return {
      name: loader.name,
      known: targets.flatMap(({ target, made }) => (made ? [{ target, ...made }] : [])),
      unknown: targets.flatMap(({ target, made }) => (made ? [] : [target])),
    };
  });
  const all = found.flatMap(({ known }) => known);
  const solution = solver.solve(all.map(({ wanted }) => wanted));
  const outcomes = new Map(all.map(({ wanted }, number) => [wanted, solution.outcomes[number]!]));
  // Without a target it is for all of them, as MODULES is: for the first.
  const name = (
    assignment: Assignment,
    among: readonly { target: string; wanted: Wanted }[],
  ): ResolvedAssignment => {
    const first = assignment.because.find(({ relation }) => relation === 'target')?.symbol;
    const found = among.find(({ wanted }) => wanted.symbol === first) ?? among[0];
    return { ...assignment, target: found?.target ?? assignment.symbol };
  };
  const assignments = solution.assignments.map((each) => name(each, all));
  const alone = found.length === 1;
  const shares = alone ? undefined : new Shares(kernel, new Map([...base, ...person]), solution.assignments);
  return {
    assignments,
    loaders: found.map(({ name: loader, known, unknown }) => {
      const wanted = known.map((target) => target.wanted);
      // An only loader's share is all of it.
      const needed = shares?.of(wanted) ?? solution.assignments;
      const own = new Map(
        alone || needed.length === 0
          ? []
          : solver.solve(wanted).assignments.map((each) => [each.symbol, each]),
      );
      return {
        name: loader,
        unknown,
        targets: known.map((target) => ({ ...target, outcome: outcomes.get(target.wanted)! })),
        // Another loader's target may come first in the common reasons.
        assignments: needed.map((each) => {
          const found = own.get(each.symbol);
          return name(found?.value === each.value ? found : each, known);
        }),
      };
    }),
  };
}

/** What a person has set in all loaders' `kernelConfig`, by symbol; strings without their quotes. */
export function settingsOf(loaders: readonly Loader[]): Map<string, string> {
  return new Map(loaders.flatMap(({ kernelConfig }) => [...kernelConfig]).map(unquoted));
}

/** Kconfig strings carry their quotes in a list. */
function unquoted([symbol, value]: readonly [string, string]): readonly [string, string] {
  return [symbol, /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value];
}

/** The module a target names, of several the one that this architecture can have, and how it is asked for. */
function find(kernel: Kernel, target: string): { module: KbuildModule; wanted: Wanted } | undefined {
  const modules = kernel.modules.find(target);
  const candidates = modules.map((module) => ({ module, wanted: wantedFor(module, kernel.arch) }));
  const defined = candidates.find(({ wanted }) => wanted && kernel.kconfig.symbol(wanted.symbol));
  const chosen = defined ?? candidates.find(({ wanted }) => wanted);
  return chosen && { module: chosen.module, wanted: chosen.wanted! };
}

/** What Kbuild asks for before it makes a module: by the first rule, and the first of its ways, that names a symbol. */
export function wantedFor(module: KbuildModule, arch: string): Wanted | undefined {
  for (const rule of module.rules) {
    const conditions = [rule.condition, ...rule.folders.map(({ condition }) => condition)];
    const clauses = conditions.map((condition) =>
      condition.find(({ architectures }) => architectures === null || architectures.includes(arch)),
    );
    if (clauses.some((clause) => clause === undefined)) continue;
    const [own = [], ...above] = clauses.map((clause) => clause!.requires);
    const symbol = own.find(isModule)?.symbol ?? module.symbols[0] ?? above.flat().find(isModule)?.symbol;
    if (symbol === undefined) continue;
    const others = [...own, ...above.flat()].filter((each) => each.symbol !== symbol && !allows(each, 'n'));
    return { symbol, folders: [...new Set(others.map((each) => each.symbol))] };
  }
  return undefined;
}

function isModule(requirement: Requirement): boolean {
  return allows(requirement, 'm') && !allows(requirement, 'n') && !allows(requirement, 'y');
}

function allows({ values, not }: Requirement, value: string): boolean {
  return values.includes(value) !== not;
}

/** What of a solution some of its targets need. */
class Shares {
  readonly #evaluation: Evaluation;
  readonly #given: ReadonlyMap<string, string>;
  readonly #assignments: readonly Assignment[];

  constructor({ kconfig }: Kernel, given: ReadonlyMap<string, string>, assignments: readonly Assignment[]) {
    this.#given = given;
    this.#evaluation = new Evaluation(kconfig, given);
    this.#assignments = assignments;
    for (const { symbol, value } of assignments) this.#evaluation.assign(symbol, value);
  }

  of(wanted: readonly Wanted[]): Assignment[] {
    const value = (name: string): Tristate => this.#evaluation.tristate(name);
    // Without modules a target would be `y`: it has to be what it is. A folder's symbol may be more.
    const exact = new Map(wanted.map(({ symbol }) => [symbol, value(symbol)]));
    const least = new Map(wanted.flatMap(({ folders = [] }) => folders.map((name) => [name, value(name)])));
    const before = new Map(this.#evaluation.assignments);
    const needed = new Set(this.#assignments);
    // The last were asked for last, and lean on those before.
    for (const assignment of [...this.#assignments].reverse()) {
      const { symbol } = assignment;
      // Left out, what the rest of the system sets stands.
      this.#evaluation.assign(symbol, this.#given.get(symbol));
      const holds =
        [...exact].every(([name, level]) => value(name) === level) &&
        [...least].every(([name, level]) => value(name) >= Math.min(level, 1));
      if (holds) needed.delete(assignment);
      else this.#evaluation.assign(symbol, assignment.value);
    }
    this.#evaluation.restore(before);
    return this.#assignments.filter((assignment) => needed.has(assignment));
  }
}

/** Why a symbol is assigned, in words: the steps from the target to it. */
export function explainChain(because: readonly Step[]): string {
  const parts = because.map(({ symbol, relation }, number) =>
    number === 0 ? symbol : `${words[relation]} ${symbol}`,
  );
  return parts.join(' ');
}

const words: Record<Step['relation'], string> = {
  target: 'is made by',
  folder: 'is in a folder for',
  modules: 'needs',
  dependency: 'depends on',
  selector: 'is selected by',
  implier: 'is implied by',
  default: 'follows from',
  choice: 'is chosen with',
  conflict: 'conflicts with',
};

/** Whether what is in the way is a person's own setting. */
export function isPersons(obstacle: Obstacle): boolean {
  switch (obstacle.kind) {
    case 'set':
    case 'choice':
      return obstacle.by === 'person';
    case 'needs':
      return isPersons(obstacle.of);
    case 'none':
      return obstacle.ways.some(isPersons);
    default:
      return false;
  }
}
