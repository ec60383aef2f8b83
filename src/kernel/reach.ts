/**
 * Whether a symbol could be set at all on an architecture: an upper bound, and no more. What is said to be out of reach is;
 * what is said to be in reach may still not be had together with the rest.
 *
 * Every symbol with a prompt is taken to be set as far as its dependencies go, what a condition denies as not set, unless it
 * is fixed: it has no prompt and nothing selects it. COMPILE_TEST and BROKEN are as they are given: who did not ask for them
 * does not want them. Of a choice whose member is given (a board, mostly) the others are out of reach.
 */
import type { Evaluation, Tristate } from './kconfig/evaluate.ts';
import type { Expression } from './kconfig/expression.ts';
import type { ConfigSymbol, Kconfig } from './kconfig/model.ts';

const asGiven = new Set(['COMPILE_TEST', 'BROKEN']);

export class Reach {
  readonly #kconfig: Kconfig;
  readonly #given: ReadonlyMap<string, string>;
  readonly #evaluation: Evaluation;
  /** Upper bounds; of what is being looked at, the highest. */
  readonly #known = new Map<string, Tristate>();

  /** @param evaluation for symbols that nobody sets: their values are what they are */
  constructor(kconfig: Kconfig, given: ReadonlyMap<string, string>, evaluation: Evaluation) {
    this.#kconfig = kconfig;
    this.#given = given;
    this.#evaluation = evaluation;
  }

  /** Whether a person could set it: its prompt may show. */
  canBeSet(name: string): boolean {
    const symbol = this.#kconfig.symbol(name);
    if (!symbol || this.#isOusted(symbol)) return false;
    const dependencies = this.#condition(symbol.dependencies);
    return symbol.prompts.some(({ condition }) => Math.min(dependencies, this.#condition(condition)) > 0);
  }

  #symbol(name: string): Tristate {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const symbol = this.#kconfig.symbol(name);
    if (asGiven.has(name)) return this.#given.get(name) === 'y' ? 2 : 0;
    if (!symbol || (symbol.type !== 'bool' && symbol.type !== 'tristate')) return 0;
    this.#known.set(name, 2);
    const highest = this.#highest(symbol);
    const bound = symbol.type === 'bool' && highest > 0 ? 2 : highest;
    this.#known.set(name, bound);
    return bound;
  }

  #highest(symbol: ConfigSymbol): Tristate {
    if (this.#isOusted(symbol)) return 0;
    const dependencies = this.#condition(symbol.dependencies);
    let highest: number = 0;
    for (const { condition } of symbol.prompts)
      highest = Math.max(highest, Math.min(dependencies, this.#condition(condition)));
    for (const { value, condition } of symbol.defaults)
      highest = Math.max(highest, Math.min(dependencies, this.#condition(condition), this.#condition(value)));
    for (const { symbol: other, condition } of symbol.impliedBy)
      highest = Math.max(highest, Math.min(dependencies, this.#condition(condition), this.#symbol(other)));
    for (const { symbol: other, condition } of symbol.selectedBy)
      highest = Math.max(highest, Math.min(this.#condition(condition), this.#symbol(other)));
    return highest as Tristate;
  }

  /** Whether another member of its choice is given. */
  #isOusted({ name, choice }: ConfigSymbol): boolean {
    if (!choice || this.#given.get(name) === 'y') return false;
    const members = this.#kconfig.symbol(choice)?.members ?? [];
    return members.some((other) => other !== name && this.#given.get(other) === 'y');
  }

  #condition(expression: Expression | null): Tristate {
    if (expression === null) return 2;
    switch (expression.op) {
      case 'constant':
        return expression.text === 'y' ? 2 : expression.text === 'm' ? 1 : 0;
      case 'symbol':
        return this.#symbol(expression.name);
      case 'and':
        return Math.min(...expression.of.map((of) => this.#condition(of))) as Tristate;
      case 'or':
        return Math.max(...expression.of.map((of) => this.#condition(of))) as Tristate;
      case 'not':
        return this.#isFixedYes(expression.of) ? 0 : 2;
      default:
        return this.#comparison(expression);
    }
  }

  #comparison({ op, left, right }: Extract<Expression, { left: unknown }>): Tristate {
    if (left.op !== 'symbol' || right.op !== 'constant') return 2;
    if (op === '=' && right.text === 'y') return this.#symbol(left.name) === 2 ? 2 : 0;
    const above = (op === '=' && right.text === 'm') || (op === '!=' && right.text === 'n');
    if (above) return this.#symbol(left.name) > 0 ? 2 : 0;
    const below = (op === '=' && right.text === 'n') || (op === '!=' && right.text === 'y');
    return below && this.#isFixedYes(left) ? 0 : 2;
  }

  /** Whether it is `y` whatever anybody sets: what an architecture says of itself. */
  #isFixedYes(expression: Expression): boolean {
    if (expression.op !== 'symbol') return false;
    const symbol = this.#kconfig.symbol(expression.name);
    if (!symbol || symbol.prompts.length > 0 || symbol.selectedBy.length + symbol.impliedBy.length > 0)
      return false;
    const isFixed = symbol.defaults.every(
      ({ value, condition }) => value.op === 'constant' && condition === null,
    );
    return isFixed && symbol.dependencies === null && this.#evaluation.tristate(symbol.name) === 2;
  }
}
