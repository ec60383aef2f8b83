/**
 * Which assignments some of what is wanted cannot do without, and why.
 *
 * Each is left out once, to see what is lost. What stays cannot be made smaller by leaving one out. And what changes when
 * one is left out is the reason for it: a chain of symbols that change, from what is lost to the one that was left out. So a
 * reason names nothing but what really has a part in the solution, however the search came upon it.
 */
import type { KbuildModule } from '../kbuild/kbuild.ts';
import { Evaluation } from '../kconfig/evaluate.ts';
import { type Expression, symbolsOf } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig } from '../kconfig/model.ts';
import { barred, isMachine } from './machine.ts';
import type { Relation } from './obstacle.ts';
import type { Assignment, Step, Wanted } from './solution.ts';
import { isKept, makerOf, standing } from './wanted.ts';

interface Assigned {
  readonly symbol: string;
  readonly value: string;
}

/** Other selectors that are tried in the place of one. */
const mostAlternatives = 200;

/** Asks, as often as one likes, with two evaluations that are worked out once. */
export class Needed {
  readonly #kconfig: Kconfig;
  readonly #architecture: string;
  readonly #evaluation: Evaluation;
  /** With all that is kept, beside the one in which something is left out. */
  readonly #all: Evaluation;
  /** What stands where an assignment is left out. */
  #given: ReadonlyMap<string, string> = new Map();

  /** @param evaluation is used as it is, and changed */
  constructor(kconfig: Kconfig, architecture: string, evaluation: Evaluation = new Evaluation(kconfig)) {
    this.#kconfig = kconfig;
    this.#architecture = architecture;
    this.#evaluation = evaluation;
    this.#all = new Evaluation(kconfig);
  }

  /**
   * What of the assignments is needed for `wanted` to be as it is with all of them; each for the first that wants it. The
   * evaluation is left with those alone.
   *
   * @param assigned in the order in which they were found: what something depends on comes before it
   */
  for(
    wanted: readonly Wanted[],
    given: ReadonlyMap<string, string>,
    assigned: readonly Assigned[],
  ): Assignment[] {
    this.#given = given;
    const evaluation = this.#evaluation;
    evaluation.restore(together(given, assigned));
    const states = wanted.map((each) => standing(each, evaluation, this.#architecture));
    const lost = (): Wanted | undefined =>
      wanted.find(
        (each, index) => !isKept(each, states[index]!, standing(each, evaluation, this.#architecture)),
      );
    let kept = [...assigned];
    for (let dropped = true; dropped; ) {
      dropped = false;
      // The last were asked for last, and lean on those before.
      for (const each of [...kept].reverse()) {
        evaluation.assign(each.symbol, given.get(each.symbol));
        if (lost()) evaluation.assign(each.symbol, each.value);
        else {
          kept = kept.filter((other) => other !== each);
          dropped = true;
        }
      }
    }
    this.#all.restore(together(given, kept));
    const held = new Set(kept.map(({ symbol }) => symbol));
    const chain = new Chain(this.#kconfig, this.#architecture, this.#all, evaluation);
    return kept.map((each) => {
      const { symbol, value } = each;
      const instead = given.get(symbol);
      evaluation.assign(symbol, instead);
      const first = lost()!;
      const because = this.#withAlternatives(chain.from(first, each), each, held, () => !lost());
      evaluation.assign(symbol, value);
      return { symbol, value, because, wanted: first, ...(instead !== undefined && { instead }) };
    });
  }

  /** The other selectors that would do alone in the place of one that was left out. */
  #withAlternatives(
    steps: readonly Step[],
    { symbol, value }: Assigned,
    held: ReadonlySet<string>,
    holds: () => boolean,
  ): readonly Step[] {
    const last = steps.at(-1);
    const selected = steps.at(-2);
    if (last?.relation !== 'selector' || !selected) return steps;
    const evaluation = this.#evaluation;
    const alternatives: string[] = [];
    const selectors = this.#kconfig.symbol(selected.symbol)?.selectedBy ?? [];
    for (const other of new Set(selectors.slice(0, mostAlternatives).map((each) => each.symbol))) {
      const definition = this.#kconfig.symbol(other);
      if (other === symbol || held.has(other) || this.#given.has(other) || barred.has(other)) continue;
      if (!definition || definition.prompts.length === 0 || isMachine(this.#kconfig, definition)) continue;
      evaluation.assign(other, definition.type === 'bool' ? 'y' : value);
      if (holds()) alternatives.push(other);
      evaluation.assign(other, undefined);
    }
    return alternatives.length === 0 ? steps : [...steps.slice(0, -1), { ...last, alternatives }];
  }
}

/** The shortest chain of symbols that one assignment changes. */
class Chain {
  readonly #kconfig: Kconfig;
  readonly #architecture: string;
  readonly #all: Evaluation;
  readonly #without: Evaluation;

  constructor(kconfig: Kconfig, architecture: string, all: Evaluation, without: Evaluation) {
    this.#kconfig = kconfig;
    this.#architecture = architecture;
    this.#all = all;
    this.#without = without;
  }

  from(wanted: Wanted, { symbol, value }: Assigned): Step[] {
    const { own, above } =
      'module' in wanted
        ? this.#startsOf(wanted.module)
        : {
            own: [
              { symbol: wanted.symbol, relation: wanted.value === undefined ? 'target' : 'wish' } as const,
            ],
            above: [],
          };
    // MODULES changes what `m` means, in every symbol.
    if (symbol === this.#kconfig.modules) return [own[0]!, { symbol, relation: 'modules' }];
    const seen = new Set<string>();
    let paths: (readonly Step[])[] = own.map((step) => [step]);
    for (let length = 1; paths.length > 0; length++) {
      const longer: (readonly Step[])[] = [];
      for (const path of paths) {
        const last = path.at(-1)!.symbol;
        if (last === symbol) return toConflict(path, value);
        if (seen.has(last)) continue;
        seen.add(last);
        for (const step of this.#stepsFrom(last)) if (!seen.has(step.symbol)) longer.push([...path, step]);
      }
      if (length === 1) for (const step of above) longer.push([own[0]!, step]);
      paths = longer;
    }
    return [own[0]!, { symbol, relation: 'dependency' }];
  }

  /** What a module's own lines ask for, its maker first, and its folders. */
  #startsOf(module: KbuildModule): { own: Step[]; above: Step[] } {
    const maker = makerOf(module, this.#all, this.#architecture) ?? module.name;
    const own = new Set([maker]);
    const above = new Set<string>();
    for (const { condition, folders } of module.rules) {
      for (const { requires } of condition) for (const each of requires) own.add(each.symbol);
      for (const folder of folders)
        for (const { requires } of folder.condition) for (const each of requires) above.add(each.symbol);
    }
    const others = [...own].filter((name) => name !== maker && this.#changed(name));
    return {
      own: [maker, ...others].map((symbol) => ({ symbol, relation: 'target' })),
      above: [...above]
        .filter((name) => this.#changed(name))
        .map((symbol) => ({ symbol, relation: 'folder' })),
    };
  }

  #changed(name: string): boolean {
    return this.#all.value(name) !== this.#without.value(name);
  }

  #stepsFrom(name: string): Step[] {
    const symbol = this.#kconfig.symbol(name);
    if (!symbol) return [];
    const steps: Step[] = [];
    const seen = new Set([name]);
    const add = (other: string, relation: Relation): void => {
      if (seen.has(other) || !this.#changed(other)) return;
      seen.add(other);
      // What is lower with the assignment is out of the way by it.
      const falls = relation !== 'prompt' && this.#all.tristate(other) < this.#without.tristate(other);
      steps.push({ symbol: other, relation: falls ? 'conflict' : relation });
    };
    const addAll = (condition: Expression | null, relation: Relation): void => {
      if (condition !== null) for (const other of symbolsOf(condition)) add(other, relation);
    };
    this.#conditionsOf(symbol, addAll, add);
    return steps;
  }

  #conditionsOf(
    symbol: ConfigSymbol,
    addAll: (condition: Expression | null, relation: Relation) => void,
    add: (name: string, relation: Relation) => void,
  ): void {
    addAll(symbol.dependencies, 'dependency');
    for (const { symbol: by } of symbol.selectedBy) add(by, 'selector');
    for (const { symbol: by } of symbol.impliedBy) add(by, 'implier');
    // What shows the prompt beyond what the symbol depends on.
    for (const { condition } of symbol.prompts)
      addAll(condition, symbol.definitions.length === 1 ? 'prompt' : 'dependency');
    for (const { condition, value } of symbol.defaults) {
      addAll(condition, 'default');
      addAll(value, 'default');
    }
    // A selector that is there all the same may select only under a condition.
    for (const { symbol: by, condition } of [...symbol.selectedBy, ...symbol.impliedBy])
      if (!this.#changed(by) && this.#all.tristate(by) > 0) addAll(condition, 'dependency');
    if (symbol.choice === undefined) return;
    const choice = this.#kconfig.symbol(symbol.choice);
    for (const { condition } of choice?.prompts ?? []) addAll(condition, 'dependency');
    for (const member of choice?.members ?? []) add(member, 'choice');
  }
}

/** What is turned off is in the way of what comes before it. */
function toConflict(path: readonly Step[], value: string): Step[] {
  const last = path.at(-1)!;
  return value === 'n' && path.length > 1
    ? [...path.slice(0, -1), { ...last, relation: 'conflict' }]
    : [...path];
}

/** In the order of the assignments: of a choice's members the last counts. */
function together(given: ReadonlyMap<string, string>, assigned: readonly Assigned[]): Map<string, string> {
  const values = new Map(given);
  for (const { symbol, value } of assigned) {
    values.delete(symbol);
    values.set(symbol, value);
  }
  return values;
}
