/**
 * Between which values every symbol stays, whatever is configured, when some symbols are taken as given.
 *
 * An interval for each symbol and condition, worked out from those that it reads, as `Evaluation` works out one value: what
 * has a prompt may be anything that the prompt allows, what has none follows. Intervals forget which values go together, so
 * they may be too wide, and never too narrow: what lies outside is impossible. Kconfig allows no symbol to follow from
 * itself, so there is an order in which to work; only a choice and its members lead back to one another, and there the
 * widest interval is taken.
 *
 * Modules are taken as allowed (MODULES=y): the question is what modules there can be.
 */
import { holds, isLogical, letters, type Tristate, tristateOf } from '../kconfig/evaluate.ts';
import type { Comparison, Expression, Leaf } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig, Reference, SymbolType } from '../kconfig/model.ts';
import { compareTexts } from '../kconfig/values.ts';
import type { Taken } from './solution.ts';

export interface Interval {
  readonly low: Tristate;
  readonly high: Tristate;
}

/** What is taken as given; asked once for each symbol that matters. */
export type Givens = (symbol: ConfigSymbol) => Taken | undefined;

const anything: Interval = { low: 0, high: 2 };
const never: Interval = { low: 0, high: 0 };

export class Bounds {
  readonly #kconfig: Kconfig;
  readonly #givens: Givens;
  readonly #intervals = new Map<string, Interval>();
  readonly #taken = new Map<string, Taken | undefined>();

  constructor(kconfig: Kconfig, givens: Givens) {
    this.#kconfig = kconfig;
    this.#givens = givens;
  }

  /** Of a bool or tristate; `n` of anything else. */
  of(name: string): Interval {
    const known = this.#intervals.get(name);
    if (known) return known;
    // Met again on the way to itself.
    this.#intervals.set(name, anything);
    const interval = this.#compute(name);
    this.#intervals.set(name, interval);
    return interval;
  }

  ofCondition(condition: Expression | null): Interval {
    if (condition === null) return { low: 2, high: 2 };
    switch (condition.op) {
      case 'symbol':
        return this.of(condition.name);
      case 'constant': {
        const value = tristateOf(condition.text);
        return { low: value, high: value };
      }
      case 'not': {
        const { low, high } = this.ofCondition(condition.of);
        return { low: (2 - high) as Tristate, high: (2 - low) as Tristate };
      }
      case 'and':
      case 'or': {
        const all = condition.of.map((operand) => this.ofCondition(operand));
        const pick = condition.op === 'and' ? Math.min : Math.max;
        return {
          low: pick(...all.map(({ low }) => low)) as Tristate,
          high: pick(...all.map(({ high }) => high)) as Tristate,
        };
      }
      default: {
        const results = this.#outcomes(condition);
        return { low: results.has(false) ? 0 : 2, high: results.has(true) ? 2 : 0 };
      }
    }
  }

  /** What is taken as given of a symbol. */
  taken(name: string): Taken | undefined {
    if (this.#taken.has(name)) return this.#taken.get(name);
    const symbol = this.#kconfig.symbol(name);
    const taken = symbol && this.#givens(symbol);
    this.#taken.set(name, taken);
    return taken;
  }

  /** The member that is taken as picked, of a choice whose other members are asked about. */
  picked(choice: ConfigSymbol): Taken | undefined {
    for (const member of choice.members ?? []) {
      const taken = this.taken(member);
      if (taken?.value === 'y') return taken;
    }
    return undefined;
  }

  #compute(name: string): Interval {
    const symbol = this.#kconfig.symbol(name);
    if (!symbol || !isLogical(symbol.type)) return never;
    const taken = this.taken(name);
    const value = tristateOf(taken?.value ?? 'n');
    if (taken?.by === 'barred' || taken?.by === 'machine') return { low: value, high: value };
    if (symbol.unwritten === 'transitional') return anything;
    const { low, high } = this.#own(symbol);
    if (!taken) return { low, high };
    // An answer counts where it is asked for. What a person answers is not raised either.
    const surely = Math.max(0, ...symbol.prompts.map(({ condition }) => this.ofCondition(condition).low));
    const answered = Math.min(value, surely);
    if (taken.by === 'person') return { low: answered as Tristate, high: value };
    return { low: Math.max(low, answered) as Tristate, high };
  }

  #own(symbol: ConfigSymbol): Interval {
    const promoted = (value: number): Tristate =>
      (symbol.type === 'bool' && value > 0 ? 2 : value) as Tristate;
    const shown = Math.max(0, ...symbol.prompts.map(({ condition }) => this.ofCondition(condition).high));
    if (symbol.members) return { low: 0, high: promoted(shown) };
    if (symbol.choice !== undefined) {
      const choice = this.#kconfig.symbol(symbol.choice)!;
      const picked = choice.type === 'bool' ? this.picked(choice) : undefined;
      return picked && picked.symbol !== symbol.name ? never : { low: 0, high: promoted(shown) };
    }
    const selected = this.#references(symbol.selectedBy);
    const by = this.#references(symbol.impliedBy).high;
    const dependent = this.ofCondition(symbol.dependencies).high;
    const implied =
      this.#kconfig.rules.implies === 'whole' ? (dependent > 0 ? by : 0) : Math.min(by, dependent);
    const byDefault = this.#default(symbol);
    return {
      low: promoted(Math.max(selected.low, shown > 0 ? 0 : byDefault.low)),
      high: promoted(Math.max(shown, selected.high, implied, byDefault.high)),
    };
  }

  #references(references: readonly Reference[]): Interval {
    const all = references.map((reference) => this.ofReference(reference));
    return {
      low: Math.max(0, ...all.map(({ low }) => low)) as Tristate,
      high: Math.max(0, ...all.map(({ high }) => high)) as Tristate,
    };
  }

  ofReference({ symbol, condition }: Reference): Interval {
    const by = this.of(symbol);
    if (by.high === 0) return never;
    const where = this.ofCondition(condition);
    return { low: Math.min(by.low, where.low) as Tristate, high: Math.min(by.high, where.high) as Tristate };
  }

  /** The first default whose condition holds counts, and which that is may be open. */
  #default(symbol: ConfigSymbol): Interval {
    let low = 2;
    let high = 0;
    for (const { condition, value } of symbol.defaults) {
      const where = this.ofCondition(condition);
      if (where.high === 0) continue;
      const what = this.ofCondition(value);
      high = Math.max(high, Math.min(what.high, where.high));
      low = Math.min(low, what.low, where.low);
      if (where.low > 0) return { low: low as Tristate, high: high as Tristate };
    }
    return { low: 0, high: high as Tristate };
  }

  /** Whether a comparison can hold, and fail. */
  #outcomes({ op, left, right }: Comparison): Set<boolean> {
    const results = new Set<boolean>();
    const [lefts, rights] = [this.#texts(left), this.#texts(right)];
    if (!lefts || !rights) return new Set([true, false]);
    for (const a of lefts)
      for (const b of rights) {
        const order = compareTexts(a, this.#typeOf(left), b, this.#typeOf(right));
        results.add(holds(op, order));
      }
    return results;
  }

  /** Undefined where it may be anything. */
  #texts(leaf: Leaf): string[] | undefined {
    if (leaf.op === 'constant') return [leaf.text];
    const symbol = this.#kconfig.symbol(leaf.name);
    if (!symbol || symbol.type === 'unknown') return [leaf.name];
    if (!isLogical(symbol.type)) {
      const text = this.taken(leaf.name)?.value;
      return text === undefined ? undefined : [text];
    }
    const { low, high } = this.of(leaf.name);
    return letters.slice(low, high + 1).filter((letter) => symbol.type !== 'bool' || letter !== 'm');
  }

  #typeOf(leaf: Leaf): SymbolType {
    if (leaf.op === 'symbol') return this.#kconfig.symbol(leaf.name)?.type ?? 'unknown';
    return /^[ymn]$/.test(leaf.text) && !this.#kconfig.rules.lettersAreTexts ? 'tristate' : 'unknown';
  }
}
