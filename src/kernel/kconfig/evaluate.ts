import type { Expression, Leaf } from './expression.ts';
import type { ConfigSymbol, Kconfig, SymbolType } from './model.ts';
import { compareTexts, inRange, validText } from './values.ts';

/*
 * Values, computed when asked for and remembered.
 *
 * A symbol's value follows from what is assigned to it, bounded by its visibility from above and by its selectors from
 * below; else from its first default that counts and what implies it (scripts/kconfig/symbol.c, `sym_calc_value`).
 *
 * Whoever computes a value is entered with each symbol it reads. Changing an assignment then forgets the values that
 * followed from it, and nothing else: asking again costs the neighbourhood of the change, not the whole kernel.
 */

/** 0 is `n`, 1 `m`, 2 `y`. */
export type Tristate = 0 | 1 | 2;

export const letters = ['n', 'm', 'y'] as const;

/** What is known of one symbol under the current assignments. */
export interface SymbolState {
  readonly name: string;
  /** Undefined for a name that no file defines. */
  readonly symbol: ConfigSymbol | undefined;
  /** Of a bool or tristate; 0 for all others. */
  readonly value: Tristate;
  /** Of an int, hex or string; a name no file defines stands for itself. */
  readonly text: string;
  /** Up to which value a person may assign one; 0 without a prompt that shows. */
  readonly visibility: Tristate;
  /** Below which value selectors keep it from going. */
  readonly selected: Tristate;
  /** Whether its direct dependencies hold. */
  readonly dependencies: Tristate;
  /** It appears in a `.config`. */
  readonly written: boolean;
  /** What is assigned to it. */
  readonly assigned: string | undefined;
  /** For a choice: its member that is `y`. */
  readonly chosen: string | null;
}

class State implements SymbolState {
  readonly name: string;
  readonly symbol: ConfigSymbol | undefined;
  valid = false;
  value: Tristate = 0;
  text = '';
  visibility: Tristate = 0;
  selected: Tristate = 0;
  dependencies: Tristate = 2;
  written = false;
  assigned: string | undefined = undefined;
  /** When it was assigned. */
  order = 0;
  chosen: string | null = null;
  /** What a `.config` keeps instead of `text`. */
  kept: string | null = null;
  /** Who read the value; may hold one several times. */
  readers: State[] = [];
  readersLimit = 64;

  constructor(name: string, symbol: ConfigSymbol | undefined) {
    this.name = name;
    this.symbol = symbol;
  }
}

export class Evaluation {
  readonly kconfig: Kconfig;
  readonly #states = new Map<string, State>();
  readonly #classic: boolean;
  readonly #numberText: { int: string; hex: string };
  readonly #assigned = new Map<string, string>();
  #reader: State | null = null;
  #order = 0;
  #kept = false;

  /** @param assignments by symbol, in the order they were made; see `assign` */
  constructor(kconfig: Kconfig, assignments: Iterable<readonly [string, string]> = []) {
    this.kconfig = kconfig;
    this.#classic = kconfig.rules.choices === 'classic';
    this.#numberText = kconfig.rules.numbersAreZero ? { int: '0', hex: '0x0' } : { int: '', hex: '' };
    for (const [name, value] of assignments) this.assign(name, value);
  }

  /** The value as a `.config` has it, a string without quotes; `n` for a symbol that is not written too. */
  value(name: string): string {
    const state = this.#read(name);
    return isLogical(state.symbol?.type) ? letters[state.value] : (state.kept ?? state.text);
  }

  tristate(name: string): Tristate {
    return this.state(name).value;
  }

  /** Everything about one symbol; the object changes with later assignments once asked for again. */
  state(name: string): SymbolState {
    return this.#read(name);
  }

  /** What a condition is worth; null, no condition, is `y`. */
  evaluate(expression: Expression | null): Tristate {
    return expression === null ? 2 : this.#evaluate(expression);
  }

  /** The same, of the values that a `.config` keeps: there an assignment out of its range may be gone again. */
  evaluateKept(expression: Expression | null): Tristate {
    this.#kept = true;
    const value = this.evaluate(expression);
    this.#kept = false;
    return value;
  }

  /** All assignments, in the order they were made. */
  get assignments(): ReadonlyMap<string, string> {
    return this.#assigned;
  }

  /**
   * Assigns a value, as a line of a `.config` does: `y`, `m`, `n`, a number, or a string without quotes.
   * Undefined takes the assignment back. Within a choice the last assignment counts most.
   *
   * @returns false, and nothing is changed, where the symbol is unknown or cannot have that value
   */
  assign(name: string, value: string | undefined): boolean {
    const state = this.#find(name);
    const { symbol } = state;
    if (!symbol || (value !== undefined && !validText(symbol.type, value))) return false;
    this.#assigned.delete(name);
    if (value !== undefined) this.#assigned.set(name, value);
    if (state.assigned === value && symbol.choice === undefined) return true;
    state.assigned = value;
    state.order = ++this.#order;
    this.#forget(state);
    if (symbol.choice !== undefined) this.#forget(this.#find(symbol.choice));
    return true;
  }

  /**
   * Puts back assignments seen before.
   *
   * @param assignments by symbol; nothing is assigned to the others
   */
  restore(assignments: ReadonlyMap<string, string>): void {
    for (const name of [...this.#assigned.keys()]) {
      if (!assignments.has(name)) this.assign(name, undefined);
    }
    for (const [name, value] of assignments) {
      if (this.#assigned.get(name) !== value) this.assign(name, value);
    }
  }

  // Memory

  #find(name: string): State {
    let state = this.#states.get(name);
    if (!state) {
      state = new State(name, this.kconfig.symbol(name));
      this.#states.set(name, state);
    }
    return state;
  }

  #read(name: string): State {
    const state = this.#find(name);
    const reader = this.#reader;
    if (reader !== null) {
      const { readers } = state;
      if (readers[readers.length - 1] !== reader) {
        readers.push(reader);
        if (readers.length > state.readersLimit) {
          state.readers = [...new Set(readers)];
          state.readersLimit = 2 * state.readers.length + 64;
        }
      }
    }
    if (!state.valid) this.#compute(state);
    return state;
  }

  #forget(changed: State): void {
    const pending = [changed];
    for (let state = pending.pop(); state; state = pending.pop()) {
      if (!state.valid) continue;
      state.valid = false;
      pending.push(...state.readers);
      state.readers = [];
      state.readersLimit = 64;
    }
  }

  // One symbol

  #compute(state: State): void {
    // Valid from now on: should a value lead back to itself, it meets the least one.
    state.valid = true;
    const { symbol } = state;
    state.value = 0;
    if (!symbol || symbol.type === 'unknown') {
      state.text = state.name;
      return;
    }
    const outer = this.#reader;
    const kept = this.#kept;
    this.#reader = state;
    this.#kept = false;
    state.visibility = 0;
    state.selected = 0;
    state.dependencies = 2;
    state.written = false;
    state.chosen = null;
    if (symbol.members) this.#computeChoice(state, symbol);
    else if (isLogical(symbol.type)) this.#computeLogical(state, symbol);
    else this.#computeText(state, symbol);
    if (symbol.unwritten) state.written = false;
    this.#reader = outer;
    this.#kept = kept;
  }

  #computeLogical(state: State, symbol: ConfigSymbol): void {
    const { choice } = symbol;
    if (choice !== undefined && !this.#classic) {
      const { chosen } = this.#read(choice);
      state.visibility = this.#visibility(symbol);
      state.written = state.visibility > 0;
      state.value = state.visibility > 0 && chosen === symbol.name ? 2 : 0;
      return;
    }
    state.visibility = this.#visibility(symbol);
    state.written = state.visibility > 0;
    const bool =
      symbol.type === 'bool' || (choice !== undefined && state.visibility === 2) || this.#modules() === 0;
    if (choice !== undefined && state.visibility === 2) {
      state.value = this.#read(choice).chosen === symbol.name ? 2 : 0;
      return;
    }
    let value: Tristate = 0;
    // The tool leaves the dependencies and selectors of a choice's members alone.
    if (choice === undefined) {
      state.dependencies = promoted(this.evaluate(symbol.dependencies), bool);
      state.selected = promoted(this.#references(symbol.selectedBy), bool);
    }
    if (state.visibility > 0 && state.assigned !== undefined) {
      value = least(tristateOf(state.assigned), state.visibility);
    } else {
      if (state.selected > 0) state.written = true;
      value = this.#default(symbol);
      if (value > 0) state.written = true;
      const implied = this.#implied(state, symbol, bool);
      if (implied > 0) {
        state.written = true;
        value = most(value, implied);
        if (this.kconfig.rules.implies !== 'whole') value = least(value, state.dependencies);
      }
    }
    const whole = this.kconfig.rules.implies === 'whole' && this.#implied(state, symbol, bool) === 2;
    state.value = promoted(most(value, state.selected), bool || whole);
  }

  #implied(state: State, symbol: ConfigSymbol, bool: boolean): Tristate {
    if (symbol.choice !== undefined || symbol.impliedBy.length === 0) return 0;
    if (this.kconfig.rules.implies === 'whole' && state.dependencies === 0) return 0;
    return promoted(this.#references(symbol.impliedBy), bool);
  }

  #computeText(state: State, symbol: ConfigSymbol): void {
    const { type } = symbol;
    state.text = '';
    state.kept = null;
    state.visibility = this.#visibility(symbol);
    state.written = state.visibility > 0;
    state.dependencies = this.evaluate(symbol.dependencies);
    const range = symbol.ranges.length > 0 ? this.#range(symbol) : null;
    const assigned = state.visibility > 0 ? state.assigned : undefined;
    const value = assigned ?? this.#defaultText(state, symbol);
    state.text = range === null ? value : this.#inRange(type, value, range);
    // An assignment out of range moves to the range's end. Classic rules drop it in the end, shown or not, and start from
    // the default again; but by then the others have seen the first value.
    if (!this.#classic || range === null || state.assigned === undefined) return;
    if (this.#inRange(type, state.assigned, range) === state.assigned) return;
    state.kept = this.#inRange(type, this.#defaultText(state, symbol, true), this.#range(symbol, true)!);
  }

  #inRange(type: SymbolType, text: string, range: { low: string; high: string }): string {
    return inRange(type, text, range, this.kconfig.rules.rangeEnds === 'numbers');
  }

  #defaultText(state: State, symbol: ConfigSymbol, kept = false): string {
    for (const { condition, value } of symbol.defaults) {
      if (this.evaluate(condition) === 0) continue;
      if (value.op !== 'symbol' && value.op !== 'constant') break;
      state.written = true;
      // Of a bool the tool takes the text it never sets.
      return value.op === 'symbol' && isLogical(this.#typeOf(value)) ? 'n' : this.#text(value, kept);
    }
    return symbol.type === 'string' ? '' : this.#numberText[symbol.type as 'int' | 'hex'];
  }

  #visibility(symbol: ConfigSymbol): Tristate {
    if (symbol.unwritten === 'transitional') return 2;
    let visibility: Tristate = 0;
    for (const { condition } of symbol.prompts) {
      let shows = this.evaluate(condition);
      // A tristate member that can only be `m` hides in a classic choice that is `y`.
      if (shows === 1 && symbol.type === 'tristate' && symbol.choice !== undefined && this.#classic) {
        if (this.#read(symbol.choice).value === 2) shows = 0;
      }
      visibility = most(visibility, shows);
      if (visibility === 2) return 2;
    }
    return visibility === 1 && (symbol.type !== 'tristate' || this.#modules() === 0) ? 2 : visibility;
  }

  #default(symbol: ConfigSymbol): Tristate {
    for (const { condition, value } of symbol.defaults) {
      const holds = this.evaluate(condition);
      if (holds > 0) return least(this.#evaluate(value), holds);
    }
    return 0;
  }

  #references(references: ConfigSymbol['selectedBy']): Tristate {
    let value: Tristate = 0;
    for (const { symbol, condition } of references) {
      const by = this.#read(symbol).value;
      if (by > value) value = most(value, condition === null ? by : least(by, this.#evaluate(condition)));
      if (value === 2) break;
    }
    return value;
  }

  #range(symbol: ConfigSymbol, kept = false): { low: string; high: string } | null {
    for (const { condition, low, high } of symbol.ranges) {
      if (this.evaluate(condition) > 0) return { low: this.#text(low, kept), high: this.#text(high, kept) };
    }
    return null;
  }

  #modules(): Tristate {
    const { modules } = this.kconfig;
    return modules === null ? 0 : this.#read(modules).value;
  }

  // Choices

  #computeChoice(state: State, choice: ConfigSymbol): void {
    if (!this.#classic) {
      state.visibility = this.#visibility(choice);
      state.chosen = this.#choose(choice);
      state.value = state.chosen === null ? 0 : 2;
      return;
    }
    state.visibility = this.#visibility(choice);
    const bool = choice.type === 'bool' || this.#modules() === 0;
    // Unless it is optional, a choice that shows cannot be `n`.
    const least_ = choice.optional ? 0 : least(this.#promptsHold(choice), 1);
    const assigned = this.#choiceAssigned(state, choice);
    const value = state.visibility > 0 ? least(assigned, state.visibility) : 0;
    state.value = promoted(most(value, least_), bool);
    if (state.value < 2) return;
    state.chosen = this.#chooseClassic(choice);
    if (state.chosen === null) state.value = 0;
  }

  #promptsHold(choice: ConfigSymbol): Tristate {
    let holds: Tristate = 0;
    for (const { condition } of choice.prompts) holds = most(holds, this.evaluate(condition));
    return holds;
  }

  /** What the members' assignments make of a classic choice. */
  #choiceAssigned(state: State, choice: ConfigSymbol): Tristate {
    if (state.assigned !== undefined) return tristateOf(state.assigned);
    let value: Tristate = 0;
    for (const { assigned } of this.#membersByOrder(choice)) {
      const member = assigned === undefined ? 0 : tristateOf(assigned);
      // `y`, then `m` for another member: the tool gives up on both.
      if (member === 1 && value === 2) return 0;
      value = most(value, member);
    }
    return value;
  }

  /** The members, those assigned first first, those without an assignment before them. */
  #membersByOrder(choice: ConfigSymbol): State[] {
    const members = choice.members!.map((name) => this.#find(name));
    const order = (state: State) => (state.assigned === undefined ? 0 : state.order);
    return members.sort((a, b) => order(a) - order(b));
  }

  #chooseClassic(choice: ConfigSymbol): string | null {
    const shows = (name: string) => this.#visibility(this.#find(name).symbol!) > 0;
    const last = this.#membersByOrder(choice).findLast(({ assigned }) => assigned === 'y');
    if (last && shows(last.name)) return last.name;
    return this.#choiceDefault(choice, shows);
  }

  #choiceDefault(choice: ConfigSymbol, shows: (name: string) => boolean): string | null {
    for (const { condition, value } of choice.defaults) {
      if (this.evaluate(condition) === 0 || value.op !== 'symbol') continue;
      if (choice.members!.includes(value.name) && shows(value.name)) return value.name;
    }
    return choice.members!.find(shows) ?? null;
  }

  /** By falling weight: the latest `y`, the default, the first without an assignment, the earliest `n`. */
  #choose(choice: ConfigSymbol): string | null {
    const visible = new Set(choice.members!.filter((name) => this.#visibility(this.#find(name).symbol!) > 0));
    const assigned = (name: string) => this.#find(name).assigned;
    const byOrder = this.#membersByOrder(choice).filter(({ name }) => visible.has(name));
    const last = byOrder.findLast(({ assigned }) => assigned === 'y');
    if (last) return last.name;
    const preferred = this.#choiceDefault(choice, (name) => visible.has(name));
    if (preferred !== null && assigned(preferred) === undefined) return preferred;
    const free = choice.members!.find((name) => visible.has(name) && assigned(name) === undefined);
    return free ?? byOrder[0]?.name ?? null;
  }

  // Expressions

  #evaluate(expression: Expression): Tristate {
    switch (expression.op) {
      case 'symbol':
        return this.#read(expression.name).value;
      case 'constant':
        return expression.text === 'y' ? 2 : expression.text === 'm' ? 1 : 0;
      case 'not':
        return (2 - this.#evaluate(expression.of)) as Tristate;
      case 'and': {
        let value: Tristate = 2;
        for (const operand of expression.of) {
          value = least(value, this.#evaluate(operand));
          if (value === 0) break;
        }
        return value;
      }
      case 'or': {
        let value: Tristate = 0;
        for (const operand of expression.of) {
          value = most(value, this.#evaluate(operand));
          if (value === 2) break;
        }
        return value;
      }
      default: {
        const { left, right } = expression;
        const order = compareTexts(
          this.#leafText(left),
          this.#typeOf(left),
          this.#leafText(right),
          this.#typeOf(right),
        );
        return holds(expression.op, order) ? 2 : 0;
      }
    }
  }

  #typeOf(leaf: Leaf): SymbolType {
    if (leaf.op === 'symbol') return this.#find(leaf.name).symbol?.type ?? 'unknown';
    const letter = leaf.text === 'y' || leaf.text === 'm' || leaf.text === 'n';
    return letter && !this.kconfig.rules.lettersAreTexts ? 'tristate' : 'unknown';
  }

  #leafText(leaf: Leaf): string {
    if (leaf.op === 'constant') return leaf.text;
    const state = this.#read(leaf.name);
    if (isLogical(state.symbol?.type)) return letters[state.value];
    return this.#kept ? (state.kept ?? state.text) : state.text;
  }

  #text(leaf: Leaf, kept: boolean): string {
    if (leaf.op === 'constant') return leaf.text;
    const state = this.#read(leaf.name);
    return kept ? (state.kept ?? state.text) : state.text;
  }
}

/** Whether a comparison holds; `order` as of `compareTexts`. */
export function holds(op: string, order: number): boolean {
  switch (op) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

export function isLogical(type: SymbolType | undefined): boolean {
  return type === 'bool' || type === 'tristate';
}

export function tristateOf(text: string): Tristate {
  return text === 'y' ? 2 : text === 'm' ? 1 : 0;
}

function least(a: Tristate, b: Tristate): Tristate {
  return a < b ? a : b;
}

function most(a: Tristate, b: Tristate): Tristate {
  return a > b ? a : b;
}

/** A bool cannot be `m`: it is `y` then. */
function promoted(value: Tristate, bool: boolean): Tristate {
  return bool && value === 1 ? 2 : value;
}
