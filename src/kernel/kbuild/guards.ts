/**
 * Conditions on symbols, as decision diagrams.
 *
 * A condition is a number. 0 never holds, 1 always; any other is a node that asks one question, “is the value of symbol
 * S this text?”, and goes on to `high` or `low`. Equal conditions are equal numbers, so that “can this hold?”, “is this the
 * same as that?” and “does this follow?” are comparisons of numbers.
 *
 * What makes a number unique:
 * - every node exists once (`unique` finds it);
 * - questions have one order everywhere: by symbol, in the order they were first asked for, and for one symbol by value;
 * - a symbol has one value, so below `high` its other values are not asked for. A node whose `high` is what `low` becomes
 *   once all other questions on its symbol are answered with no, asks nothing: it is `low` (see `make`).
 *
 * A symbol's values are any texts; `''` is what an unset symbol (`n`) has in a makefile. A closed symbol has only the values
 * it was declared with; the last of them is what is left when all others are denied.
 */
import { LimitError, limits } from './limits.ts';

export type Guard = number;

export const never: Guard = 0;
export const always: Guard = 1;

/** Values that one symbol can be asked for. */
const valuesPerSymbol = 1 << 10;

interface SymbolEntry {
  name: string;
  values: string[];
  closed: boolean;
}

const opAnd = 1;
const opOr = 2;
const opNot = 3;
const cacheSize = 1 << 16;

export class Guards {
  /** By id; of most that are mentioned nothing is ever asked. */
  readonly #symbols: (SymbolEntry | undefined)[] = [];
  readonly #ids = new Map<string, number>();
  #levels = new Int32Array(1 << 16);
  #highs = new Int32Array(1 << 16);
  #lows = new Int32Array(1 << 16);
  #count = 2;
  #unique = new Int32Array(1 << 18);
  readonly #cache = new Int32Array(cacheSize * 4);

  constructor() {
    this.#levels.fill(0x7fffffff, 0, 2);
  }

  /** How many nodes there are. */
  get size(): number {
    return this.#count;
  }

  /** Declares a symbol that has exactly one of these values. Symbols declared or mentioned first are asked for first. */
  close(name: string, values: readonly string[]): void {
    const symbol = this.#entry(this.#id(name), name);
    // What was asked before may have another answer now.
    if (symbol.closed || symbol.values.length > 0)
      throw new Error(`${name} was asked for before it was declared`);
    symbol.values = [...values];
    symbol.closed = true;
  }

  /** Gives a symbol its place in the order, if it has none. */
  mention(name: string): void {
    this.#id(name);
  }

  /** The symbol's value is this text. */
  is(name: string, value: string): Guard {
    const id = this.#id(name);
    const symbol = this.#entry(id, name);
    let index = symbol.values.indexOf(value);
    if (symbol.closed) {
      if (index < 0) return never;
      if (index === symbol.values.length - 1) {
        let guard: Guard = always;
        for (let other = index - 1; other >= 0; other--)
          guard = this.#make(id * valuesPerSymbol + other, never, guard);
        return guard;
      }
    } else if (index < 0) {
      index = symbol.values.push(value) - 1;
      if (index >= valuesPerSymbol) throw new LimitError(`a symbol is compared with too many texts`);
    }
    return this.#make(id * valuesPerSymbol + index, always, never);
  }

  and(a: Guard, b: Guard): Guard {
    if (a === b || b === always) return a;
    if (a === always) return b;
    if (a === never || b === never) return never;
    return this.#apply(opAnd, a, b, 0);
  }

  or(a: Guard, b: Guard): Guard {
    if (a === b || b === never) return a;
    if (a === never) return b;
    if (a === always || b === always) return always;
    return this.#apply(opOr, a, b, 0);
  }

  not(a: Guard): Guard {
    return this.#not(a, 0);
  }

  /** `a` and not `b`. */
  without(a: Guard, b: Guard): Guard {
    if (b === never) return a;
    if (a === never || b === always) return never;
    return this.and(a, this.not(b));
  }

  /** Whether `b` holds wherever `a` does. */
  implies(a: Guard, b: Guard): boolean {
    return b === always || this.and(a, b) === a;
  }

  /** Whether it holds for these values; an unset symbol's is `''`. */
  holds(guard: Guard, valueIn: (symbol: string) => string): boolean {
    while (guard > always) {
      const { name, value } = this.question(guard);
      guard = valueIn(name) === value ? this.#highs[guard]! : this.#lows[guard]!;
    }
    return guard === always;
  }

  /** What a condition that is neither `never` nor `always` asks first. */
  question(guard: Guard): { name: string; value: string } {
    const level = this.#levels[guard]!;
    const symbol = this.#symbols[this.#symbolOf(guard)]!;
    return { name: symbol.name, value: symbol.values[level % valuesPerSymbol]! };
  }

  /** Which of two conditions asks for the symbol that comes first; both may not be `never` or `always`. */
  first(a: Guard, b: Guard): Guard {
    return this.#levels[a]! <= this.#levels[b]! ? a : b;
  }

  /**
   * The condition for each value of a symbol: the values that it asks for first, and, as `null`, any other. A closed symbol
   * has all its values and no other. No symbol that the condition asks for may come before this one.
   */
  casesOf(name: string, guard: Guard): Map<string | null, Guard> {
    const id = this.#id(name);
    const symbol = this.#entry(id, name);
    const cases = new Map<string | null, Guard>();
    let rest = guard;
    while (this.#symbolOf(rest) === id) {
      cases.set(symbol.values[this.#levels[rest]! % valuesPerSymbol]!, this.#highs[rest]!);
      rest = this.#lows[rest]!;
    }
    if (!symbol.closed) cases.set(null, rest);
    else for (const value of symbol.values) if (!cases.has(value)) cases.set(value, rest);
    return cases;
  }

  /** Whether it is just “the value of this symbol is that text”. */
  isQuestion(guard: Guard): boolean {
    return guard > always && this.#highs[guard] === always && this.#lows[guard] === never;
  }

  /** Holds where some value of each symbol that `gone` names makes it hold. */
  forget(guard: Guard, gone: (symbol: string) => boolean): Guard {
    const known = new Map<Guard, Guard>();
    const walk = (at: Guard, depth: number): Guard => {
      if (at <= always) return at;
      const before = known.get(at);
      if (before !== undefined) return before;
      if (depth > limits.levels) throw new LimitError('a condition is too deep');
      const { name } = this.question(at);
      const high = walk(this.#highs[at]!, depth + 1);
      const low = walk(this.#lows[at]!, depth + 1);
      const level = this.#levels[at]!;
      const result = gone(name) ? this.or(high, low) : this.#make(level, high, low);
      known.set(at, result);
      return result;
    };
    return walk(guard, 0);
  }

  /** The symbols it asks for. */
  symbols(guard: Guard): Set<string> {
    const found = new Set<string>();
    const seen = new Set<Guard>();
    const pending = [guard];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at <= always || seen.has(at)) continue;
      seen.add(at);
      found.add(this.question(at).name);
      pending.push(this.#lows[at]!, this.#highs[at]!);
    }
    return found;
  }

  #symbolOf(guard: Guard): number {
    return Math.floor(this.#levels[guard]! / valuesPerSymbol);
  }

  #id(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#ids.size;
      if (id >= 1 << 20) throw new LimitError('there are too many symbols', true);
      this.#ids.set(name, id);
    }
    return id;
  }

  #entry(id: number, name: string): SymbolEntry {
    let entry = this.#symbols[id];
    if (!entry) {
      entry = { name, values: [], closed: false };
      this.#symbols[id] = entry;
    }
    return entry;
  }

  /** `at` where the questions on the symbol of `level` that it still asks have the answer no. */
  #skip(at: Guard, level: number): Guard {
    const id = Math.floor(level / valuesPerSymbol);
    while (this.#symbolOf(at) === id) at = this.#lows[at]!;
    return at;
  }

  #make(level: number, high: Guard, low: Guard): Guard {
    if (high === low || high === this.#skip(low, level)) return low;
    const mask = this.#unique.length - 1;
    let slot = hash(level, high, low) & mask;
    for (let at = this.#unique[slot]!; at !== 0; at = this.#unique[slot]!) {
      if (this.#levels[at] === level && this.#highs[at] === high && this.#lows[at] === low) return at;
      slot = (slot + 1) & mask;
    }
    const made = this.#count++;
    if (made >= limits.nodes) throw new LimitError('conditions are too large', true);
    if (made >= this.#levels.length) this.#grow();
    this.#levels[made] = level;
    this.#highs[made] = high;
    this.#lows[made] = low;
    this.#unique[slot] = made;
    if (this.#count * 2 > this.#unique.length) this.#rehash();
    return made;
  }

  #grow(): void {
    const wider = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const wide = new Int32Array(old.length * 2);
      wide.set(old);
      return wide;
    };
    this.#levels = wider(this.#levels);
    this.#highs = wider(this.#highs);
    this.#lows = wider(this.#lows);
  }

  #rehash(): void {
    this.#unique = new Int32Array(this.#unique.length * 2);
    const mask = this.#unique.length - 1;
    for (let at = 2; at < this.#count; at++) {
      let slot = hash(this.#levels[at]!, this.#highs[at]!, this.#lows[at]!) & mask;
      while (this.#unique[slot] !== 0) slot = (slot + 1) & mask;
      this.#unique[slot] = at;
    }
  }

  #apply(op: number, a: Guard, b: Guard, depth: number): Guard {
    if (op === opAnd) {
      if (a === b || b === always) return a;
      if (a === always) return b;
      if (a === never || b === never) return never;
    } else {
      if (a === b || b === never) return a;
      if (a === never) return b;
      if (a === always || b === always) return always;
    }
    if (depth > limits.levels) throw new LimitError('a condition is too deep');
    if (a > b) [a, b] = [b, a];
    const slot = (hash(op, a, b) & (cacheSize - 1)) * 4;
    const cache = this.#cache;
    if (cache[slot] === op && cache[slot + 1] === a && cache[slot + 2] === b) return cache[slot + 3]!;
    const levelA = this.#levels[a]!;
    const levelB = this.#levels[b]!;
    const level = Math.min(levelA, levelB);
    const high = this.#apply(
      op,
      levelA === level ? this.#highs[a]! : this.#skip(a, level),
      levelB === level ? this.#highs[b]! : this.#skip(b, level),
      depth + 1,
    );
    const low = this.#apply(
      op,
      levelA === level ? this.#lows[a]! : a,
      levelB === level ? this.#lows[b]! : b,
      depth + 1,
    );
    const result = this.#make(level, high, low);
    cache[slot] = op;
    cache[slot + 1] = a;
    cache[slot + 2] = b;
    cache[slot + 3] = result;
    return result;
  }

  #not(a: Guard, depth: number): Guard {
    if (a <= always) return 1 - a;
    if (depth > limits.levels) throw new LimitError('a condition is too deep');
    const slot = (hash(opNot, a, 0) & (cacheSize - 1)) * 4;
    const cache = this.#cache;
    if (cache[slot] === opNot && cache[slot + 1] === a) return cache[slot + 3]!;
    const result = this.#make(
      this.#levels[a]!,
      this.#not(this.#highs[a]!, depth + 1),
      this.#not(this.#lows[a]!, depth + 1),
    );
    cache[slot] = opNot;
    cache[slot + 1] = a;
    cache[slot + 3] = result;
    return result;
  }
}

function hash(a: number, b: number, c: number): number {
  let mixed =
    Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul(c + 0x165667b1, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3ce9);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
