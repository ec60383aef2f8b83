import { type Expression, type Leaf, module, no, type SymbolLeaf, yes } from './expression.ts';
import type { Word } from './lexer.ts';

/** Parentheses and negations nest at most this deep; the kernel's deepest is 6. */
const deepest = 60;

const comparisons: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** Makes expressions of words. Equal leaves are one object. */
export class ExpressionParser {
  /**
   * What a bare `m` in a condition stands for: `m && MODULES`. The symbol marked `modules` is known only at the end, so
   * `finish` completes it.
   */
  readonly #module: { op: 'and'; of: Expression[] } = { op: 'and', of: [module, no] };
  readonly #symbols = new Map<string, SymbolLeaf>();
  readonly #constants = new Map<string, Leaf>([
    ['y', yes],
    ['m', module],
    ['n', no],
  ]);
  readonly #reserved: ReadonlySet<string>;
  #words: readonly Word[] = [];
  #at = 0;
  #depth = 0;
  #condition = false;

  /** @param reserved words that are no names */
  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  /**
   * Reads the expression that begins at a word.
   *
   * @param condition a bare `m` means `m && MODULES`
   * @returns the expression and the index after it; null where there is none, or one that nests too deep
   */
  parse(
    words: readonly Word[],
    start: number,
    condition: boolean,
  ): { expression: Expression; next: number } | null {
    if (words[start]?.kind !== 'operator' && words[start + 1]?.kind !== 'operator') {
      // Most are one symbol.
      const only = this.leaf(words[start]);
      return only && { expression: only === module && condition ? this.#module : only, next: start + 1 };
    }
    this.#words = words;
    this.#at = start;
    this.#depth = 0;
    this.#condition = condition;
    const expression = this.#chain('or');
    return expression && { expression, next: this.#at };
  }

  /** The leaf a word is; null for a keyword or an operator. */
  leaf(word: Word | undefined): Leaf | null {
    if (word === undefined || word.kind === 'operator') return null;
    if (word.kind === 'word' && this.#reserved.has(word.text)) return null;
    return word.kind === 'text' || word.text === 'y' || word.text === 'm' || word.text === 'n'
      ? this.#constant(word.text)
      : this.symbol(word.text);
  }

  symbol(name: string): SymbolLeaf {
    let leaf = this.#symbols.get(name);
    if (!leaf) {
      leaf = { op: 'symbol', name };
      this.#symbols.set(name, leaf);
    }
    return leaf;
  }

  /** Tells which symbol is marked `modules`. */
  finish(modules: string | null): void {
    this.#module.of[1] = modules === null ? no : this.symbol(modules);
  }

  #constant(text: string): Leaf {
    let leaf = this.#constants.get(text);
    if (!leaf) {
      leaf = { op: 'constant', text };
      this.#constants.set(text, leaf);
    }
    return leaf;
  }

  #chain(op: 'or' | 'and'): Expression | null {
    const sign = op === 'or' ? '||' : '&&';
    const first = op === 'or' ? this.#chain('and') : this.#operand();
    if (!first || !this.#is(sign)) return first;
    const of = [first];
    while (this.#is(sign)) {
      this.#at++;
      const next = op === 'or' ? this.#chain('and') : this.#operand();
      if (!next) return null;
      of.push(next);
    }
    return { op, of };
  }

  #operand(): Expression | null {
    if (this.#is('!') || this.#is('(')) {
      const negation = this.#is('!');
      if (++this.#depth > deepest) return null;
      this.#at++;
      const inside = negation ? this.#operand() : this.#chain('or');
      this.#depth--;
      if (!inside || negation) return inside && { op: 'not', of: inside };
      if (!this.#is(')')) return null;
      this.#at++;
      return inside;
    }
    const left = this.leaf(this.#words[this.#at]);
    if (!left) return null;
    this.#at++;
    const sign = this.#words[this.#at];
    if (sign?.kind !== 'operator' || !comparisons.has(sign.text)) {
      return left === module && this.#condition ? this.#module : left;
    }
    const right = this.leaf(this.#words[this.#at + 1]);
    if (!right) return null;
    this.#at += 2;
    return { op: sign.text as '=', left, right };
  }

  #is(sign: string): boolean {
    const word = this.#words[this.#at];
    return word?.kind === 'operator' && word.text === sign;
  }
}
