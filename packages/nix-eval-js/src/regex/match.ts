/**
 * Runs an automaton over a text.
 *
 * A whole match backtracks in the order of choice with its own stack and
 * remembers every branch that has failed at a position, so that none is tried
 * twice: the work is at most branches × positions.
 *
 * A search has to know how far each way reaches, as the longer way of an
 * alternation wins. It computes the end of the best match from (branch,
 * position) and remembers it. The answer depends on nothing else, so it also
 * serves the following start positions and the following matches: taking a
 * whole text apart costs branches × positions too. Groups are filled in
 * afterwards by walking along the remembered choices.
 */

import { Op, type Program } from './program.ts';

/** The work or memory that a match may take was used up. */
export class MatchTooLarge extends Error {}

export interface Found {
  readonly start: number;
  readonly end: number;
  /** Two per group, from group 1: start and end, -1 for a group that took no part. */
  readonly slots: Int32Array;
}

/** At most this many remembered answers are kept at a time. */
const maxRemembered = 1 << 26;
const maxRememberedBits = 2 ** 31;

/** Match the whole text; answers the groups' slots or null. */
export function matchWhole(program: Program, text: string): Int32Array | null {
  const { op, arg, next, other, branch, branches, sets } = program;
  const length = text.length;
  const bits = branches * (length + 1);
  if (bits > maxRememberedBits) throw new MatchTooLarge();
  const slots = new Int32Array(2 * program.groups + 2).fill(-1);
  // Small problems finish long before remembering pays.
  let failed: Uint32Array | undefined;
  let patience = 4096;
  // Triples: the state to go on with and its position; or ~slot, its old value.
  let stack: number[] = [];
  let at = program.entry;
  let position = 0;
  for (;;) {
    let alive = true;
    switch (op[at]) {
      case Op.set:
        if (position < length && sets[arg[at]!]![text.charCodeAt(position)] === 1) {
          position++;
          at = next[at]!;
        } else {
          alive = false;
        }
        break;
      case Op.save: {
        const slot = arg[at]!;
        stack.push(~slot, slots[slot]!);
        slots[slot] = position;
        at = next[at]!;
        break;
      }
      case Op.start:
        if (position === 0) at = next[at]!;
        else alive = false;
        break;
      case Op.end:
        if (position === length) at = next[at]!;
        else alive = false;
        break;
      case Op.accept:
        if (position === length) return slots;
        alive = false;
        break;
      default: {
        if (failed !== undefined) {
          const bit = branch[at]! * (length + 1) + position;
          const word = Math.floor(bit / 32);
          const mask = 1 << (bit & 31);
          if ((failed[word]! & mask) !== 0) {
            alive = false;
            break;
          }
          failed[word]! |= mask;
        } else if (--patience < 0) {
          // Start again, remembering: what is on the stack has not been noted.
          failed = new Uint32Array(Math.floor(bits / 32) + 1);
          slots.fill(-1);
          stack = [];
          at = program.entry;
          position = 0;
          break;
        }
        const second = other[at]!;
        if (second >= 0) stack.push(second, position);
        at = next[at]!;
      }
    }
    while (!alive) {
      if (stack.length === 0) return null;
      const value = stack.pop()!;
      const state = stack.pop()!;
      if (state < 0) {
        slots[~state] = value;
      } else {
        at = state;
        position = value;
        alive = true;
      }
    }
  }
}

/** Searches one text, from any position, as often as is wanted. */
export class Search {
  private readonly program: Program;
  private readonly text: string;
  /** Pages of remembered answers, a page for 2^shift positions: 0 unknown, else 2 × (end + 2) + choice. */
  private readonly pages: (Int32Array | undefined)[] = [];
  private readonly shift: number;
  private live = 0;
  /** Pages before this one have been given back. */
  private kept = 0;

  constructor(program: Program, text: string) {
    this.program = program;
    this.text = text;
    let shift = 0;
    while (shift < 8 && program.branches << (shift + 1) <= 4096) shift++;
    this.shift = shift;
  }

  /**
   * The first match that starts at or after `from`. With `here` only one that
   * starts at `from` and is not empty.
   */
  find(from: number, here: boolean): Found | null {
    const { text } = this;
    const { first } = this.program;
    this.release(from);
    const last = here ? from : text.length;
    for (let start = from; start <= last; start++) {
      if (first !== undefined) {
        while (start < last && first[text.charCodeAt(start)] !== 1) start++;
        if (start >= text.length) return null;
      }
      const emptyAt = here ? start : -1;
      const end = this.best(start, emptyAt);
      if (end >= 0) {
        const slots = this.walk(start, emptyAt);
        if (here) this.forget(start);
        return { start, end, slots };
      }
    }
    if (here) this.forget(from);
    return null;
  }

  /** Answers at a position where the empty match did not count serve no one else. */
  private forget(position: number): void {
    const page = this.pages[position >> this.shift];
    if (page === undefined) return;
    const from = (position & ((1 << this.shift) - 1)) * this.program.branches;
    page.fill(0, from, from + this.program.branches);
  }

  /** Searching goes forward: give back the pages behind. */
  private release(from: number): void {
    const page = from >> this.shift;
    for (; this.kept < page; this.kept++) {
      if (this.pages[this.kept] === undefined) continue;
      this.pages[this.kept] = undefined;
      this.live--;
    }
  }

  private page(position: number): Int32Array {
    const index = position >> this.shift;
    let page = this.pages[index];
    if (page === undefined) {
      const size = Math.max(1, this.program.branches) << this.shift;
      if (++this.live * size > maxRemembered) throw new MatchTooLarge();
      page = new Int32Array(size);
      this.pages[index] = page;
    }
    return page;
  }

  /** The end of the best match from `start`, or -1; no empty match counts at `emptyAt`. */
  private best(start: number, emptyAt: number): number {
    const { op, arg, next, other, branch, branches, sets } = this.program;
    const { text, shift } = this;
    const length = text.length;
    const inPage = (1 << shift) - 1;
    if (emptyAt >= 0) this.forget(start);
    // Triples: a branch, its position, and what its first way gave (-2: under way).
    const stack: number[] = [];
    let at = this.program.entry;
    let position = start;
    for (;;) {
      let result = -3;
      switch (op[at]) {
        case Op.set:
          if (position < length && sets[arg[at]!]![text.charCodeAt(position)] === 1) {
            position++;
            at = next[at]!;
          } else {
            result = -1;
          }
          break;
        case Op.save:
          at = next[at]!;
          break;
        case Op.start:
          if (position === 0) at = next[at]!;
          else result = -1;
          break;
        case Op.end:
          if (position === length) at = next[at]!;
          else result = -1;
          break;
        case Op.accept:
          result = position === emptyAt ? -1 : position;
          break;
        default: {
          const known = this.page(position)[(position & inPage) * branches + branch[at]!]!;
          if (known !== 0) {
            result = (known >> 1) - 2;
          } else {
            stack.push(at, position, -2);
            at = next[at]!;
          }
        }
      }
      while (result !== -3) {
        const top = stack.length;
        if (top === 0) return result;
        const before = stack[top - 1]!;
        const state = stack[top - 3]!;
        let choice = 0;
        if (before === -2) {
          const second = other[state]!;
          if (second >= 0 && (result < 0 || op[state] === Op.either)) {
            stack[top - 1] = result;
            at = second;
            position = stack[top - 2]!;
            break;
          }
        } else if (result > before) {
          choice = 1;
        } else {
          result = before;
        }
        const decided = stack[top - 2]!;
        stack.length = top - 3;
        this.page(decided)[(decided & inPage) * branches + branch[state]!] = ((result + 2) << 1) | choice;
      }
    }
  }

  /** Follow the remembered choices of a match and note its groups. */
  private walk(start: number, emptyAt: number): Int32Array {
    const { op, arg, next, other, branch, branches, groups } = this.program;
    const slots = new Int32Array(2 * groups + 2).fill(-1);
    if (groups === 0) return slots;
    const inPage = (1 << this.shift) - 1;
    let at = this.program.entry;
    let position = start;
    for (;;) {
      switch (op[at]) {
        case Op.set:
          position++;
          at = next[at]!;
          break;
        case Op.save:
          slots[arg[at]!] = position;
          at = next[at]!;
          break;
        case Op.accept:
          if (position === emptyAt) throw new Error('unreachable: walked to an empty match');
          return slots;
        case Op.loop:
        case Op.either: {
          const known = this.page(position)[(position & inPage) * branches + branch[at]!]!;
          at = (known & 1) === 1 ? other[at]! : next[at]!;
          break;
        }
        default:
          at = next[at]!;
      }
    }
  }
}
