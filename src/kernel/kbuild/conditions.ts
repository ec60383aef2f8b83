/**
 * Conditions as data: what must hold, for people, files and a solver.
 *
 * A condition is a list of clauses, one of which must hold; a clause is a list of requirements, all of which must. Clauses
 * come from a decision diagram by looking, symbol by symbol, for the largest sets of values that lead to the same (Minato's
 * irredundant sums of products, with sets of values in the place of literals): no clause can be left out, and none asks for
 * more than it must where the order of the symbols lets that be seen.
 */
import { always, type Guard, type Guards, never } from './guards.ts';
import { LimitError } from './limits.ts';

/** A symbol and the values it may have, or with `not` those it may not have. `n` is what an unset symbol has. */
export interface Requirement {
  symbol: string;
  values: readonly string[];
  not: boolean;
}

export interface Clause {
  /** Only for these, as folders of `arch/`; null: for all. */
  architectures: readonly string[] | null;
  /** Symbols in the order in which makefiles ask for them, from the outermost folder in. */
  requires: readonly Requirement[];
}

/** One of the clauses must hold. None: it never holds; a clause that requires nothing always does. */
export type Condition = readonly Clause[];

/** The symbol that stands for the architecture in a diagram. */
export const architectureSymbol = '$arch';

/** Clauses that one condition may have. */
const mostClauses = 4_000;

/** Whether a requirement holds for a value: `y`, `m`, `n` or a text. An unset symbol may be `''` as well. */
export function meets(requirement: Requirement, value: string): boolean {
  return requirement.values.includes(value === '' ? 'n' : value) !== requirement.not;
}

/**
 * Whether a condition holds.
 *
 * @param value a symbol's value, as `meets` takes it
 * @param architecture a folder of `arch/`; null takes each clause for one of the architecture at hand
 */
export function holds(
  condition: Condition,
  value: (symbol: string) => string,
  architecture: string | null = null,
): boolean {
  return condition.some(
    ({ architectures, requires }) =>
      (architectures === null || architecture === null || architectures.includes(architecture)) &&
      requires.every((requirement) => meets(requirement, value(requirement.symbol))),
  );
}

/** Makes conditions from guards; equal guards give the same object. */
export class Conditions {
  readonly #guards: Guards;
  readonly #made = new Map<Guard, Condition>();
  /** Those that may hold for more, by where they may at most. */
  readonly #within = new Map<Guard, Map<Guard, Condition>>();

  constructor(guards: Guards) {
    this.#guards = guards;
  }

  /**
   * The guard as a condition. Outside `within` it may hold or not.
   *
   * @throws LimitError where there are too many clauses
   */
  of(guard: Guard, within: Guard): Condition {
    const guards = this.#guards;
    const upper = within === always ? guard : guards.or(guard, guards.not(within));
    const made = guard === upper ? this.#made : this.#madeWithin(upper);
    let condition = made.get(guard);
    if (!condition) {
      condition =
        guard === upper && guards.isQuestion(guard)
          ? [this.#simple(guard)]
          : this.#cover(guard, upper).products.map(clause);
      made.set(guard, condition);
    }
    return condition;
  }

  #madeWithin(upper: Guard): Map<Guard, Condition> {
    const made = this.#within.get(upper) ?? new Map<Guard, Condition>();
    this.#within.set(upper, made);
    return made;
  }

  #simple(guard: Guard): Clause {
    const { name, value } = this.#guards.question(guard);
    return clause([{ symbol: name, values: [value === '' ? 'n' : value], not: false }]);
  }

  /** Products that hold wherever `lower` does, and nowhere outside `upper`; and where they hold. */
  #cover(lower: Guard, upper: Guard): { products: Product[]; guard: Guard } {
    const guards = this.#guards;
    if (lower === never) return { products: [], guard: never };
    if (upper === always) return { products: [[]], guard: always };
    const { name, classes, known } = this.#classes(lower, upper);
    const products: Product[] = [];
    let covered: Guard = never;
    const left = classes.map(({ lower }) => lower);
    const subsets = subsetsOf(classes.length);
    const uppers = subsets.map((subset) =>
      subset.reduce((guard, index) => guards.and(guard, classes[index]!.upper), always),
    );
    for (const [number, subset] of subsets.entries()) {
      const within = uppers[number]!;
      if (within === never) continue;
      let needed = subset.reduce((guard, index) => guards.or(guard, left[index]!), never);
      needed = guards.and(needed, within);
      // What a larger set of values has in common is left for it.
      for (let larger = number + 1; larger < subsets.length && needed !== never; larger++)
        if (subset.every((index) => subsets[larger]!.includes(index)))
          needed = guards.without(needed, uppers[larger]!);
      if (needed === never) continue;
      const inner = this.#cover(needed, within);
      for (const index of subset) left[index] = guards.without(left[index]!, inner.guard);
      const values = subset.flatMap((index) => classes[index]!.values);
      const literal = literalOf(name, values, known);
      const where = values.reduce(
        (guard, value) => guards.or(guard, this.#whereValue(name, value, known)),
        never,
      );
      covered = guards.or(covered, literal ? guards.and(where, inner.guard) : inner.guard);
      for (const product of inner.products) products.push(literal ? [literal, ...product] : product);
      if (products.length > mostClauses) throw new LimitError('a condition has too many clauses');
    }
    return { products, guard: covered };
  }

  /** The values of the first symbol that either guard asks for; those that lead to the same are one class. */
  #classes(
    lower: Guard,
    upper: Guard,
  ): {
    name: string;
    classes: { values: (string | null)[]; lower: Guard; upper: Guard }[];
    known: (string | null)[];
  } {
    const guards = this.#guards;
    const first = guards.first(lower, upper);
    const name = guards.question(first).name;
    const lowers = guards.casesOf(name, lower);
    const uppers = guards.casesOf(name, upper);
    const known = [...new Set([...lowers.keys(), ...uppers.keys()])];
    const classes = new Map<string, { values: (string | null)[]; lower: Guard; upper: Guard }>();
    for (const value of known) {
      const low = lowers.get(value) ?? lowers.get(null)!;
      const up = uppers.get(value) ?? uppers.get(null)!;
      const key = `${low} ${up}`;
      const same = classes.get(key);
      if (same) same.values.push(value);
      else classes.set(key, { values: [value], lower: low, upper: up });
    }
    return { name, classes: [...classes.values()], known };
  }

  #whereValue(name: string, value: string | null, known: readonly (string | null)[]): Guard {
    if (value !== null) return this.#guards.is(name, value);
    let rest: Guard = always;
    for (const other of known)
      if (other !== null) rest = this.#guards.without(rest, this.#guards.is(name, other));
    return rest;
  }
}

type Product = Requirement[];

const subsetsByCount: (readonly (readonly number[])[])[] = [];

/** The sets of `count` classes, the smaller first. Of many classes only single ones, and all. */
function subsetsOf(count: number): readonly (readonly number[])[] {
  subsetsByCount[count] ??= makeSubsets(count);
  return subsetsByCount[count];
}

function makeSubsets(count: number): number[][] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (count > 6) return [...all.map((index) => [index]), all];
  const subsets: number[][] = [];
  for (let bits = 1; bits < 1 << count; bits++) subsets.push(all.filter((index) => bits & (1 << index)));
  return subsets.sort((a, b) => a.length - b.length);
}

/** Undefined where any value will do. */
function literalOf(
  symbol: string,
  values: readonly (string | null)[],
  known: readonly (string | null)[],
): Requirement | undefined {
  if (values.length === known.length) return undefined;
  const not = values.includes(null);
  const listed = not ? known.filter((value) => !values.includes(value)) : values;
  return {
    symbol,
    values: listed.map((value) => (value === '' ? 'n' : value!)).sort(byTristate),
    not,
  };
}

function clause(product: Product): Clause {
  // The architecture is asked for first.
  const architecture = product[0]?.symbol === architectureSymbol ? product[0] : undefined;
  return {
    architectures: architecture?.values ?? null,
    requires: architecture ? product.slice(1) : product,
  };
}

function byTristate(a: string, b: string): number {
  const order = ['n', 'm', 'y'];
  return order.indexOf(a) - order.indexOf(b) || (a < b ? -1 : 1);
}
