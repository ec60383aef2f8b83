/**
 * Values of make's variables under every configuration at once.
 *
 * A value is a list of pieces. A piece is there in the configurations in which its guard holds, and the value is what is
 * there, one after another. `obj-$(CONFIG_X)` is
 *
 *     "obj-" always, "y" if X=y, "m" if X=m
 *
 * and a list to which twenty lines added their words is twenty pieces, where the list of its possible texts would have a
 * million. Only what needs a text as a whole (a comparison, a variable's name) asks for the possible texts, each with its
 * guard; such values are short.
 *
 * `+=` puts a blank between what was there and what is added, if both are there. Whether they are is rarely asked; `gap`
 * stands for that blank, and `exact` turns it into a piece with a guard where it matters.
 *
 * What a makefile's text cannot tell (a command's output; the value of a symbol that is a string) is a piece whose text is a
 * mark with a name: `isUnknown`. A comparison of such a value alone with a text asks for that value of that name.
 */
import { always, type Guard, type Guards, never } from './guards.ts';
import { LimitError, limits } from './limits.ts';

/** Text that is there where its guard holds. */
export interface Piece {
  readonly guard: Guard;
  readonly text: string;
}

export type Value = readonly Piece[];

/** A blank that is there if something of the value is before it, and something between it and the next gap. */
export const gap: Piece = { guard: always, text: ' ' };

export const empty: Value = [];

const mark = '\u0001';
const unknownPattern = /^\u0001([^\u0001]*)\u0001$/;
const blank = /[ \t\n\r\f\v]/;
const blanks = /[ \t\n\r\f\v]+/;

/** The text that stands for a value nobody knows. */
export function unknownText(name: string): string {
  return mark + name + mark;
}

/** Whether some of the text is not known. */
export function isUnknown(text: string): boolean {
  return text.includes(mark);
}

/** A makefile's text without what this file uses as a mark. */
export function withoutMarks(text: string): string {
  return text.includes(mark) ? text.replaceAll(mark, '?') : text;
}

/** A value that is one text, whatever the configuration. */
export function constant(text: string): Value {
  return text === '' ? empty : [{ guard: always, text }];
}

export class Texts {
  readonly guards: Guards;
  #steps = 0;
  #stepsOfTree = 0;

  constructor(guards: Guards) {
    this.guards = guards;
  }

  /** Begins a makefile: what was spent on others counts for the whole tree alone. */
  begin(): void {
    this.#stepsOfTree += this.#steps;
    this.#steps = 0;
  }

  /** @throws LimitError where a makefile makes too much work */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > limits.steps || this.#stepsOfTree > limits.stepsOfTree)
      throw new LimitError('the makefile makes too much work', true);
  }

  /** The value where `guard` holds, nothing elsewhere. */
  where(guard: Guard, value: Value): Value {
    if (guard === always || value.length === 0) return value;
    if (guard === never) return empty;
    this.spend(value.length);
    const kept: Piece[] = [];
    for (const piece of value) {
      if (piece === gap) {
        if (kept.length > 0 && kept.at(-1) !== gap) kept.push(gap);
        continue;
      }
      const both = this.guards.and(guard, piece.guard);
      if (both !== never) kept.push(both === piece.guard ? piece : { guard: both, text: piece.text });
    }
    return kept;
  }

  /** Where the value is not the empty text. */
  filled(value: Value): Guard {
    let guard: Guard = never;
    for (const piece of value) {
      if (piece !== gap && piece.text !== '') guard = this.guards.or(guard, piece.guard);
      if (guard === always) break;
    }
    this.spend(value.length);
    return guard;
  }

  /** The same value without gaps. */
  exact(value: Value): Value {
    if (!value.includes(gap)) return value;
    const pieces: Piece[] = [];
    let before: Guard = never;
    let from = 0;
    while (from < value.length) {
      let to = value.indexOf(gap, from);
      if (to < 0) to = value.length;
      const run = value.slice(from, to);
      const filled = this.filled(run);
      const both = this.guards.and(before, filled);
      if (both !== never) pieces.push({ guard: both, text: ' ' });
      for (const piece of run) pieces.push(piece);
      before = this.guards.or(before, filled);
      from = to + 1;
    }
    return pieces;
  }

  /**
   * The value's words where `within` holds, in order. In a configuration the words are those whose guards hold; a word that
   * is put together in several ways is listed once for each.
   */
  words(value: Value, within: Guard): Piece[] {
    const { guards } = this;
    const found: Piece[] = [];
    if (value.length === 1 && value[0]!.guard === always) {
      // Most lists are written out.
      const { text } = value[0]!;
      this.spend(text.length >> 3);
      for (const word of text.split(blanks)) if (word !== '') found.push({ guard: within, text: word });
      return found;
    }
    // What the word that is being read may be by now. Just one of these holds, wherever `within` does.
    let open: Piece[] = [{ guard: within, text: '' }];
    const close = (): void => {
      for (const state of open) if (state.text !== '') found.push(state);
      open = [{ guard: within, text: '' }];
    };
    for (const piece of value) {
      this.spend(open.length + (piece.text.length >> 4));
      if (piece === gap) {
        close();
        continue;
      }
      const { guard, text } = piece;
      if (text === '') continue;
      if (!blank.test(text)) {
        open = this.#glue(open, guard, text);
        continue;
      }
      const here = guards.and(within, guard);
      if (here === never) continue;
      const chunks = text.split(blanks);
      const first = chunks[0]!;
      const rest: Piece[] = [];
      for (const state of open) {
        const both = guards.and(state.guard, guard);
        if (both === never) {
          rest.push(state);
          continue;
        }
        const word = state.text + first;
        if (word !== '') found.push({ guard: both, text: word });
        const other = guards.without(state.guard, guard);
        if (other !== never) rest.push({ guard: other, text: state.text });
      }
      for (let index = 1; index < chunks.length - 1; index++)
        found.push({ guard: here, text: chunks[index]! });
      this.spend(chunks.length);
      open = this.#joined(rest, here, chunks.at(-1)!);
      if (found.length > limits.pieces) throw new LimitError('a value has too many words');
    }
    close();
    return found;
  }

  /** The texts that the value can be where `within` holds, each with its guard; together they are `within`. */
  texts(value: Value, within: Guard): Piece[] {
    if (within === never) return [];
    let states: Piece[] = [{ guard: within, text: '' }];
    for (const piece of this.exact(value)) {
      this.spend(states.length);
      if (piece.text !== '') states = this.#glue(states, piece.guard, piece.text);
    }
    return states;
  }

  /** Where the two values are the same text, within `within`. */
  equal(a: Value, b: Value, within: Guard): Guard {
    const constantB = constantText(b);
    if (constantB !== undefined) return this.#equals(a, constantB, within);
    const constantA = constantText(a);
    if (constantA !== undefined) return this.#equals(b, constantA, within);
    let equal: Guard = never;
    const others = this.texts(b, within);
    for (const one of this.texts(a, within)) {
      for (const other of others) {
        const both = this.guards.and(one.guard, other.guard);
        if (both !== never)
          equal = this.guards.or(equal, this.guards.and(both, this.same(one.text, other.text)));
      }
    }
    return equal;
  }

  #equals(value: Value, text: string, within: Guard): Guard {
    const { guards } = this;
    if (text === '') return guards.without(within, this.filled(value));
    const pieces = this.exact(value);
    if (pieces.some((piece) => isUnknown(piece.text))) {
      let equal: Guard = never;
      for (const one of this.texts(pieces, within))
        equal = guards.or(equal, guards.and(one.guard, this.same(one.text, text)));
      return equal;
    }
    // How much of `text` has been seen, and where.
    let states = new Map<number, Guard>([[0, within]]);
    for (const piece of pieces) {
      this.spend(states.size);
      if (piece.text === '') continue;
      const next = new Map<number, Guard>();
      const add = (at: number, guard: Guard): void => {
        if (guard !== never) next.set(at, guards.or(next.get(at) ?? never, guard));
      };
      for (const [at, guard] of states) {
        add(at, guards.without(guard, piece.guard));
        if (text.startsWith(piece.text, at)) add(at + piece.text.length, guards.and(guard, piece.guard));
      }
      states = next;
    }
    return states.get(text.length) ?? never;
  }

  /** Where two texts, either of which may be unknown, are the same. */
  same(a: string, b: string): Guard {
    if (a === b) return always;
    const unknownA = unknownPattern.exec(a)?.[1];
    const unknownB = unknownPattern.exec(b)?.[1];
    if (unknownA !== undefined && !isUnknown(b)) return this.guards.is(unknownA, b);
    if (unknownB !== undefined && !isUnknown(a)) return this.guards.is(unknownB, a);
    return never;
  }

  /** The states, with `text` behind each where `guard` holds. */
  #glue(states: Piece[], guard: Guard, text: string): Piece[] {
    const { guards } = this;
    if (states.length === 1) {
      const state = states[0]!;
      const both = guards.and(state.guard, guard);
      if (both === never) return states;
      const glued = { guard: both, text: this.#bounded(state.text + text) };
      const other = guards.without(state.guard, guard);
      return other === never ? [glued] : [{ guard: other, text: state.text }, glued];
    }
    const next = new Map<string, Guard>();
    const add = (key: string, value: Guard): void => {
      if (value !== never) next.set(key, guards.or(next.get(key) ?? never, value));
    };
    for (const state of states) {
      add(state.text, guards.without(state.guard, guard));
      const both = guards.and(state.guard, guard);
      if (both !== never) add(this.#bounded(state.text + text), both);
    }
    if (next.size > limits.texts) throw new LimitError('a value can be too many texts');
    return Array.from(next, ([key, value]) => ({ text: key, guard: value }));
  }

  #joined(states: Piece[], guard: Guard, text: string): Piece[] {
    const same = states.findIndex((state) => state.text === text);
    if (same < 0) return [...states, { guard, text }];
    const joined = [...states];
    joined[same] = { guard: this.guards.or(states[same]!.guard, guard), text };
    return joined;
  }

  #bounded(text: string): string {
    if (text.length > limits.characters) throw new LimitError('a text is too long');
    return text;
  }
}

/** The value's text, if it is the same in every configuration. */
export function constantText(value: Value): string | undefined {
  if (value.length === 0) return '';
  if (value.length === 1 && value[0]!.guard === always && value[0] !== gap) {
    const { text } = value[0]!;
    return isUnknown(text) ? undefined : text;
  }
  for (const piece of value)
    if (piece === gap || piece.guard !== always || isUnknown(piece.text)) return undefined;
  return value.map((piece) => piece.text).join('');
}
