/**
 * Finds the patterns that JavaScript's own RegExp matches exactly as Nix does,
 * and bounds what its backtracking may cost, so that it is used where it is
 * right and cannot run away. It is some ten times as fast as match.ts.
 *
 * The two agree when
 * - no loop's body can be empty (they leave such loops differently);
 * - a group inside a loop takes part in each turn (JavaScript forgets groups
 *   at the start of a turn, the C++ library does not);
 * - for a search, no two alternatives can both match at one place, as JavaScript
 *   takes the first and Nix the longest: they start with different bytes.
 *
 * Backtracking is bounded when a loop's body can match in one way only: then
 * all there is to choose is where each loop ends, and not even that when what
 * follows cannot start like the body. The bound is a power of the text's
 * length, checked with each text.
 */

import { isNullable } from './program.ts';
import type { ByteSet, Node, Syntax } from './syntax.ts';

export interface Native {
  /** For RegExp, without anchors around it. */
  readonly source: string;
  /** Whether a search may use it, too. */
  readonly searchable: boolean;
  /** Steps that a whole match of a text of this length may take. */
  wholeCost(length: number): number;
  /** Steps that taking apart a text of this length may take. */
  searchCost(length: number): number;
}

/** What can come after a part: some bytes, or `accepted` when nothing has to. */
interface Follow {
  readonly bytes: ByteSet;
  readonly accepted: boolean;
}

interface Cost {
  /** Loops whose end is not determined by the next byte. */
  ambiguous: number;
  /** Whether a loop may run and then fail. */
  retried: boolean;
  /** Ways through the parts that are not loops. */
  ways: number;
}

/** Longer optional repetitions count as loops. */
const fewTurns = 8;
const maxSource = 20_000;

/** The RegExp source of a pattern that allows it. */
export function nativePattern(syntax: Syntax): Native | undefined {
  const written = new Writer();
  if (!written.write(syntax.root, false) || written.source.length > maxSource) return undefined;
  const whole: Cost = { ambiguous: 0, retried: false, ways: 1 };
  weigh(syntax.root, { bytes: new Uint8Array(256), accepted: false }, whole);
  const search: Cost = { ambiguous: 0, retried: false, ways: 1 };
  weigh(syntax.root, { bytes: new Uint8Array(256), accepted: true }, search);
  return {
    source: written.source,
    searchable: written.searchable && !isNullable(syntax.root),
    wholeCost: (length) => whole.ways * (length + 1) ** (whole.ambiguous + 1),
    searchCost: (length) => search.ways * (length + 1) ** (search.ambiguous + (search.retried ? 1 : 0) + 1),
  };
}

class Writer {
  source = '';
  searchable = true;

  /** Answers false when the pattern has to be matched by match.ts. */
  write(node: Node, inLoop: boolean): boolean {
    if (this.source.length > maxSource) return false;
    switch (node.kind) {
      case 'set':
        this.source += setSource(node.set);
        return true;
      case 'start':
      case 'end':
        this.source += node.kind === 'start' ? '^' : '$';
        return true;
      case 'sequence':
        return node.items.every((item) => this.write(item, inLoop));
      case 'choice': {
        const determined = isDetermined(node.options);
        if (inLoop && !determined) return false;
        if (!determined) this.searchable = false;
        this.source += '(?:';
        for (const [index, option] of node.options.entries()) {
          if (index > 0) this.source += '|';
          if (!this.write(option, inLoop)) return false;
        }
        this.source += ')';
        return true;
      }
      case 'group': {
        this.source += '(';
        if (!this.write(node.body, inLoop)) return false;
        this.source += ')';
        return true;
      }
      case 'repeat': {
        const { body, min, max } = node;
        if (inLoop && min !== max) return false;
        if (max === 0 || max === undefined || isNullable(body)) return false;
        if (max > 1 && hasOptionalGroup(body)) return false;
        this.source += '(?:';
        if (!this.write(body, inLoop || max > 1)) return false;
        this.source += `){${min},${max === Number.POSITIVE_INFINITY ? '' : max}}`;
        return true;
      }
    }
  }
}

function setSource(set: ByteSet): string {
  const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  let members = '';
  let count = 0;
  let only = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (set[byte] !== 1) continue;
    let end = byte;
    while (end < 255 && set[end + 1] === 1) end++;
    members += end === byte ? hex(byte) : `${hex(byte)}-${hex(end)}`;
    count += end - byte + 1;
    only = byte;
    byte = end;
  }
  return count === 1 ? hex(only) : `[${members}]`;
}

/** Whether no two of these can match at one place. */
function isDetermined(options: readonly Node[]): boolean {
  if (options.some(isNullable)) return false;
  const seen = new Uint8Array(256);
  for (const option of options) {
    const first = firstOf(option);
    for (let byte = 0; byte < 256; byte++) {
      if (first[byte] !== 1) continue;
      if (seen[byte] === 1) return false;
      seen[byte] = 1;
    }
  }
  return true;
}

/** The bytes that a match of the part can start with. */
function firstOf(node: Node): ByteSet {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'start':
    case 'end':
      return new Uint8Array(256);
    case 'sequence': {
      const first = new Uint8Array(256);
      for (const item of node.items) {
        join(first, firstOf(item));
        if (!isNullable(item)) break;
      }
      return first;
    }
    case 'choice': {
      const first = new Uint8Array(256);
      for (const option of node.options) join(first, firstOf(option));
      return first;
    }
    case 'group':
    case 'repeat':
      return firstOf(node.body);
  }
}

function join(into: ByteSet, from: ByteSet): void {
  for (let byte = 0; byte < 256; byte++) if (from[byte] === 1) into[byte] = 1;
}

/** Whether the part can match without one of its groups. */
function hasOptionalGroup(node: Node): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.some(hasOptionalGroup);
    case 'choice':
      return node.options.some(hasGroup);
    case 'group':
      return hasOptionalGroup(node.body);
    case 'repeat':
      return node.min === 0 ? hasGroup(node.body) : hasOptionalGroup(node.body);
    default:
      return false;
  }
}

function hasGroup(node: Node): boolean {
  switch (node.kind) {
    case 'group':
      return true;
    case 'sequence':
      return node.items.some(hasGroup);
    case 'choice':
      return node.options.some(hasGroup);
    case 'repeat':
      return hasGroup(node.body);
    default:
      return false;
  }
}

function hasAnchor(node: Node): boolean {
  switch (node.kind) {
    case 'start':
    case 'end':
      return true;
    case 'sequence':
      return node.items.some(hasAnchor);
    case 'choice':
      return node.options.some(hasAnchor);
    case 'group':
    case 'repeat':
      return hasAnchor(node.body);
    default:
      return false;
  }
}

/** Add up what backtracking through a part can cost; answers what can come before it, seen from its left. */
function weigh(node: Node, follow: Follow, cost: Cost): Follow {
  switch (node.kind) {
    case 'sequence': {
      let after = follow;
      for (let i = node.items.length - 1; i >= 0; i--) after = weigh(node.items[i]!, after, cost);
      return after;
    }
    case 'choice': {
      if (!isDetermined(node.options)) cost.ways *= node.options.length;
      for (const option of node.options) weigh(option, follow, cost);
      break;
    }
    case 'group':
      weigh(node.body, follow, cost);
      break;
    case 'repeat': {
      const { min, max, body } = node;
      // The body has no choices of its own when it is repeated; an option's body has.
      if (max === 1) weigh(body, follow, cost);
      if (min === max) break;
      if (max - min <= fewTurns) {
        cost.ways *= max - min + 1;
      } else if (!follow.accepted) {
        cost.retried = true;
        const first = firstOf(body);
        if (follow.bytes.some((member, byte) => member === 1 && first[byte] === 1)) cost.ambiguous++;
      }
      break;
    }
    default:
      break;
  }
  const bytes = new Uint8Array(256);
  join(bytes, firstOf(node));
  // After an anchor anything may come, and may fail to.
  if (hasAnchor(node)) return { bytes: bytes.fill(1), accepted: false };
  if (!isNullable(node)) return { bytes, accepted: false };
  join(bytes, follow.bytes);
  return { bytes, accepted: follow.accepted };
}
