/**
 * What is wanted, and a kernel → the least assignments that bring it, or why there are none.
 *
 *     search     finds some assignments that do
 *     needed     leaves out those that are not needed, and says why the others are
 *     bounds     proves of what was not found that it cannot be had
 *     machine    what no solution changes
 */
import type { Evaluation } from '../kconfig/evaluate.ts';
import type { Kconfig } from '../kconfig/model.ts';
import { certify } from './certificate.ts';
import { Needed } from './needed.ts';
import type { Obstacle } from './obstacle.ts';
import { Search } from './search.ts';
import type { Assignment, Base, Outcome, Solution, Wanted } from './solution.ts';
import { isDefined, isHeld, isKept, makerOf, standing } from './wanted.ts';

/** Solves for one base, as often as one likes: the values of the base are worked out once. */
export class Solver {
  readonly kconfig: Kconfig;
  readonly #architecture: string;
  readonly #base: ReadonlyMap<string, string>;
  readonly #person: ReadonlyMap<string, string>;
  readonly #given: ReadonlyMap<string, string>;
  readonly #search: Search;
  readonly #needed: Needed;

  /** @param architecture a folder of `arch/`, as the conditions of makefiles name it */
  constructor(kconfig: Kconfig, { base = [], person = [] }: Base = {}, architecture = '') {
    this.kconfig = kconfig;
    this.#architecture = architecture;
    this.#base = new Map(base);
    this.#person = new Map(person);
    this.#given = new Map([...this.#base, ...this.#person]);
    this.#search = new Search(kconfig, architecture, { base: this.#base, person: this.#person });
    this.#needed = new Needed(kconfig, architecture, this.#search.evaluation);
  }

  /** The values under the base alone; do not assign. */
  get evaluation(): Evaluation {
    return this.#search.evaluation;
  }

  /**
   * The least assignments found that make every module that is wanted, or leave it in the kernel where the base has it so,
   * and have what a person asks for hold.
   */
  solve(all: readonly Wanted[]): Solution {
    const outcomes = new Map<Wanted, Outcome>();
    const open: Wanted[] = [];
    for (const wanted of all) {
      if (this.#isDefined(wanted)) open.push(wanted);
      else outcomes.set(wanted, { status: 'unknown', symbol: this.#symbolOf(wanted)! });
    }
    const before = new Map(open.map((wanted) => [wanted, this.#standing(wanted)]));
    const modules = open.some((wanted) => isModule(wanted) && before.get(wanted) !== 'y')
      ? this.#search.reachModules()
      : null;
    const reached: { wanted: Wanted; state: string }[] = [];
    for (const wanted of [...open].sort((a, b) => this.#rank(a) - this.#rank(b))) {
      const mark = this.#search.changes.length;
      const obstacle =
        (isModule(wanted) && this.#standing(wanted) !== 'y' && modules) ||
        this.#search.reach(wanted) ||
        this.#spoilt(reached);
      if (obstacle) {
        this.#search.undo(mark);
        outcomes.set(wanted, this.#unreachable(wanted, obstacle));
      } else reached.push({ wanted, state: this.#standing(wanted) });
    }
    // A wish that was out of reach may have come true by what came after it.
    for (const wanted of open) {
      const state = this.#standing(wanted);
      if (isModule(wanted) || !outcomes.has(wanted) || !isHeld(wanted, state)) continue;
      outcomes.delete(wanted);
      reached.push({ wanted, state });
    }
    const assignments = this.#assignments(
      all.filter((wanted) => reached.some((each) => each.wanted === wanted)),
    );
    for (const { wanted } of reached) outcomes.set(wanted, this.#outcome(wanted, before.get(wanted)!));
    this.#search.undo(0);
    return { assignments, outcomes: all.map((wanted) => outcomes.get(wanted)!) };
  }

  #standing(wanted: Wanted): string {
    return standing(wanted, this.evaluation, this.#architecture);
  }

  #isDefined(wanted: Wanted): boolean {
    return 'module' in wanted
      ? isDefined(wanted.module, this.kconfig, this.#architecture)
      : this.kconfig.symbol(wanted.symbol) !== undefined;
  }

  #symbolOf(wanted: Wanted): string | undefined {
    return 'module' in wanted ? makerOf(wanted.module, this.evaluation, this.#architecture) : wanted.symbol;
  }

  /** Those without a prompt come after the others, whose needs often bring them; wishes bow to targets. */
  #rank(wanted: Wanted): number {
    if (!isModule(wanted)) return 2;
    return Number(this.#isPromptless(this.#symbolOf(wanted)));
  }

  #isPromptless(symbol: string | undefined): boolean {
    return symbol !== undefined && (this.kconfig.symbol(symbol)?.prompts.length ?? 0) === 0;
  }

  /** What was reached before must still be there. */
  #spoilt(reached: readonly { wanted: Wanted; state: string }[]): Obstacle | null {
    for (const { wanted, state } of reached) {
      const now = this.#standing(wanted);
      // That something becomes a part of the kernel is what others may ask for.
      if (!isKept(wanted, state, now) && (now !== 'y' || !isModule(wanted)))
        return { kind: 'needed', symbol: this.#symbolOf(wanted) ?? '', value: state };
    }
    return null;
  }

  #assignments(reached: readonly Wanted[]): Assignment[] {
    const merged = new Map<string, { symbol: string; value: string }>();
    for (const { symbol, value } of this.#search.changes) merged.set(symbol, { symbol, value });
    const needed = this.#needed.for(reached, this.#given, [...merged.values()]);
    const own = reached.flatMap((wanted): Assignment[] =>
      'module' in wanted || wanted.value === undefined
        ? []
        : [
            {
              symbol: wanted.symbol,
              value: wanted.value,
              because: [{ symbol: wanted.symbol, relation: 'wish' }],
              wanted,
            },
          ],
    );
    return [...needed, ...own];
  }

  #outcome(wanted: Wanted, before: string): Outcome {
    if (!isModule(wanted)) return { status: 'held', symbol: (wanted as { symbol: string }).symbol };
    const symbol = this.#symbolOf(wanted);
    const state = this.#standing(wanted);
    return {
      status: state === 'y' ? 'builtin' : 'module',
      symbol,
      already: before === state,
      promptless: this.#isPromptless(symbol),
    };
  }

  #unreachable(wanted: Wanted, obstacle: Obstacle): Outcome {
    const certificate = certify(this.kconfig, this.#architecture, this.#base, this.#person, wanted);
    return { status: 'unreachable', symbol: this.#symbolOf(wanted) ?? '', obstacle, certificate };
  }
}

/** Not what a person sets: a module, or a symbol that would be one. */
function isModule(wanted: Wanted): boolean {
  return 'module' in wanted || wanted.value === undefined;
}

/** Solves once; see `Solver`. */
export function solve(
  kconfig: Kconfig,
  wanted: readonly Wanted[],
  base: Base = {},
  architecture = '',
): Solution {
  return new Solver(kconfig, base, architecture).solve(wanted);
}
