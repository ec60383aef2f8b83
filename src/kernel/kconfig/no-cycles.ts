import type { SymbolDraft } from './draft.ts';
import type { Expression } from './expression.ts';

/**
 * Whether symbols surely depend on one another in no cycle, and in no chain of more than `longest`: what is true of every
 * sound tree, told in a fraction of the time that finding a cycle as the kernel's tool tells it takes.
 *
 * The walk is the one of cycles.ts, symbol by symbol in the same order, but notes nothing on the way. Where it meets what may
 * be a cycle, or goes too deep, it gives up, and that one decides.
 */
export function surelyNoCycles(
  inOrder: readonly SymbolDraft[],
  symbols: ReadonlyMap<string, SymbolDraft>,
  choices: ReadonlyMap<string, SymbolDraft>,
  longest: number,
): boolean {
  return new Walk(symbols, choices, longest).all(inOrder);
}

/** Calls inside one another; a kernel's symbols take 150. */
const deepest = 1_500;
/** Of them, for a symbol. */
const callsOfSymbol = 4;

/** A symbol, or a choice for it and its members. */
interface Knot {
  /** How deep evaluation may go from here; -1 while it is visited. */
  depth: number;
  /** Its members are visited: these may depend on the choice. */
  inside: boolean;
}

/** Of an expression all of whose symbols are visited: how deep they go, and how many levels it has itself. */
interface Seen {
  depth: number;
  levels: number;
}

class GivenUp extends Error {}

class Walk {
  readonly #symbols: ReadonlyMap<string, SymbolDraft>;
  readonly #choices: ReadonlyMap<string, SymbolDraft>;
  readonly #longest: number;
  readonly #knots = new Map<SymbolDraft, Knot>();
  readonly #seen = new Map<Expression, Seen>();
  #open = 0;
  #levels = 0;

  constructor(
    symbols: ReadonlyMap<string, SymbolDraft>,
    choices: ReadonlyMap<string, SymbolDraft>,
    longest: number,
  ) {
    this.#symbols = symbols;
    this.#choices = choices;
    this.#longest = longest;
  }

  all(inOrder: readonly SymbolDraft[]): boolean {
    try {
      for (const symbol of inOrder) if (this.#symbol(symbol) > this.#longest) return false;
    } catch (error) {
      if (error instanceof GivenUp) return false;
      throw error;
    }
    return true;
  }

  #symbol(symbol: SymbolDraft): number {
    const first = symbol.choice === undefined ? symbol : this.#choices.get(symbol.choice)!;
    let knot = this.#knots.get(first);
    if (knot) {
      if (knot.depth >= 0) return knot.depth;
      // While its members are looked at, the choice itself is done.
      if (symbol === first && knot.inside) return 0;
      throw new GivenUp();
    }
    this.#open += callsOfSymbol;
    if (this.#open > deepest) throw new GivenUp();
    knot = { depth: -1, inside: false };
    this.#knots.set(first, knot);
    const { below, levels } = this.#around(first);
    let depth = below;
    let weight = 6 + levels;
    knot.inside = first.members !== undefined;
    for (const name of first.members ?? []) {
      const member = this.#around(this.#symbols.get(name)!);
      depth = Math.max(depth, member.below);
      weight = Math.max(weight, 6 + member.levels);
    }
    knot.depth = depth + weight;
    if (knot.depth > this.#longest) throw new GivenUp();
    this.#open -= callsOfSymbol;
    return knot.depth;
  }

  /** All that a symbol's value depends on: how deep that goes, and the levels of its deepest condition. */
  #around(symbol: SymbolDraft): { below: number; levels: number } {
    let below = 0;
    let levels = 0;
    const look = (expression: Expression | null): void => {
      if (expression === null) return;
      below = Math.max(below, this.#expression(expression));
      levels = Math.max(levels, this.#levels);
    };
    look(symbol.dependencies);
    for (const references of [symbol.selectedBy, symbol.impliedBy]) {
      for (const reference of references) {
        below = Math.max(below, this.#name(reference.symbol));
        look(reference.condition);
      }
    }
    for (const property of symbol.properties) {
      if (property.kind === 'select' || property.kind === 'imply') continue;
      look(property.condition);
      if (property.kind === 'default' && !symbol.members) look(property.value);
    }
    return { below, levels };
  }

  #name(name: string): number {
    const symbol = this.#symbols.get(name) ?? this.#choices.get(name);
    return symbol ? this.#symbol(symbol) : 0;
  }

  /** How deep the expression's symbols go; `#levels` is how many it has itself. */
  #expression(expression: Expression): number {
    if (++this.#open > deepest) throw new GivenUp();
    const depth = this.#within(expression);
    this.#open--;
    return depth;
  }

  #within(expression: Expression): number {
    switch (expression.op) {
      case 'symbol': {
        const depth = this.#name(expression.name);
        this.#levels = 1;
        return depth;
      }
      case 'constant':
        this.#levels = 1;
        return 0;
      case 'not': {
        const depth = this.#expression(expression.of);
        this.#levels++;
        return depth;
      }
      case 'and':
      case 'or': {
        const seen = this.#seen.get(expression);
        if (seen) {
          this.#levels = seen.levels;
          return seen.depth;
        }
        let depth = 0;
        let levels = 1;
        for (const operand of expression.of) {
          depth = Math.max(depth, this.#expression(operand));
          levels = Math.max(levels, this.#levels + 1);
        }
        this.#seen.set(expression, { depth, levels });
        this.#levels = levels;
        return depth;
      }
      default: {
        const depth = Math.max(this.#expression(expression.left), this.#expression(expression.right));
        this.#levels = 1;
        return depth;
      }
    }
  }
}
