/**
 * Turns a syntax tree into a small automaton whose states are numbered and
 * stored in parallel arrays.
 *
 * Order of choice is part of the meaning (which groups take part, and for a
 * search also how far it reaches), so every branch has a first and a second
 * way:
 *
 * - `loop`: the first way (once more) wins whenever it leads to a match.
 * - `either`: both ways are tried; the longer match wins, the first on a tie.
 *
 * A loop whose body can match nothing could go round for ever on the spot.
 * The C++ library allows such a loop two turns at one position, then only the
 * way out. Here that count is compiled in: a state is a node of the pattern
 * together with the turns that the loops around it have taken since the last
 * byte was consumed. Nearly all patterns have no such loop, and their states
 * are the nodes.
 *
 * The automaton thus has no cycle that consumes nothing, and whether a state
 * leads to a match from a position depends on the two alone, which is what
 * makes remembering possible (see match.ts).
 */

import { type ByteSet, maxStates, type Node, type Syntax, SyntaxProblem } from './syntax.ts';

export const Op = {
  /** Consume one byte of `sets[arg]`. */
  set: 0,
  /** Note the position in slot `arg`: 2g starts group g, 2g+1 ends it. */
  save: 1,
  start: 2,
  end: 3,
  loop: 4,
  either: 5,
  accept: 6,
  /** Used while compiling only. */
  none: 7,
} as const;

export interface Program {
  readonly op: Uint8Array;
  readonly arg: Int32Array;
  /** Where to go on; for branches the first way. */
  readonly next: Int32Array;
  /** The second way of a branch, or -1. */
  readonly other: Int32Array;
  /** A dense number for each branch, -1 for other states. */
  readonly branch: Int32Array;
  readonly branches: number;
  readonly sets: readonly ByteSet[];
  readonly entry: number;
  readonly groups: number;
  /** Bytes a match can start with, or undefined when it may be empty or anchored. */
  readonly first: ByteSet | undefined;
}

/** Whether a part can match without consuming anything. */
export function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'start':
    case 'end':
      return true;
    case 'sequence':
      return node.items.every(isNullable);
    case 'choice':
      return node.options.some(isNullable);
    case 'group':
      return isNullable(node.body);
    case 'repeat':
      return node.min === 0 || isNullable(node.body);
  }
}

/** Compile. Throws {@link SyntaxProblem} when the automaton grows too large. */
export function compileProgram(syntax: Syntax): Program {
  const builder = new Builder();
  const accept = builder.add(Op.accept, 0, -1, -1);
  const entry = builder.compile(syntax.root, accept);
  return builder.finish(entry, syntax.groups);
}

class Builder {
  private readonly op: number[] = [];
  private readonly arg: number[] = [];
  private readonly next: number[] = [];
  private readonly other: number[] = [];
  private readonly counted: boolean[] = [];
  private readonly sets: ByteSet[] = [];
  private readonly setIndex = new Map<ByteSet, number>();
  private readonly nullable = new Map<Node, boolean>();

  add(op: number, arg: number, next: number, other: number, counted = false): number {
    if (this.op.length > 2 * maxStates) throw new SyntaxProblem(true);
    this.op.push(op);
    this.arg.push(arg);
    this.next.push(next);
    this.other.push(other);
    this.counted.push(counted);
    return this.op.length - 1;
  }

  private canBeEmpty(node: Node): boolean {
    let known = this.nullable.get(node);
    if (known === undefined) {
      known = isNullable(node);
      this.nullable.set(node, known);
    }
    return known;
  }

  /** States for `node` that go on to state `to`; answers their entry. */
  compile(node: Node, to: number): number {
    switch (node.kind) {
      case 'set': {
        let index = this.setIndex.get(node.set);
        if (index === undefined) {
          index = this.sets.length;
          this.sets.push(node.set);
          this.setIndex.set(node.set, index);
        }
        return this.add(Op.set, index, to, -1);
      }
      case 'start':
        return this.add(Op.start, 0, to, -1);
      case 'end':
        return this.add(Op.end, 0, to, -1);
      case 'sequence': {
        let entry = to;
        for (let i = node.items.length - 1; i >= 0; i--) entry = this.compile(node.items[i]!, entry);
        return entry;
      }
      case 'choice': {
        // Built from the right; the order of trying is from the left, ties go to the left.
        let entry = this.compile(node.options.at(-1)!, to);
        for (let i = node.options.length - 2; i >= 0; i--) {
          entry = this.add(Op.either, 0, this.compile(node.options[i]!, to), entry);
        }
        return entry;
      }
      case 'group': {
        const close = this.add(Op.save, 2 * node.index + 1, to, -1);
        return this.add(Op.save, 2 * node.index, this.compile(node.body, close), -1);
      }
      case 'repeat':
        return this.repeat(node, to);
    }
  }

  private repeat(node: Node & { kind: 'repeat' }, to: number): number {
    const { body, min, max } = node;
    const counted = this.canBeEmpty(body);
    if (node.plus) {
      const loop = this.add(Op.loop, 0, -1, to, counted);
      const entry = this.compile(body, loop);
      this.next[loop] = entry;
      return entry;
    }
    let entry = to;
    if (max === Number.POSITIVE_INFINITY) {
      entry = this.add(Op.loop, 0, -1, to, counted);
      this.next[entry] = this.compile(body, entry);
    } else {
      for (let i = min; i < max; i++) {
        const loop = this.add(Op.loop, 0, -1, to, counted);
        this.next[loop] = this.compile(body, entry);
        entry = loop;
      }
    }
    for (let i = 0; i < min; i++) entry = this.compile(body, entry);
    return entry;
  }

  finish(entry: number, groups: number): Program {
    const { op, arg, next, other, sets } = this;
    const plain = this.counted.includes(true) ? this.expand(entry) : { op, arg, next, other, entry };
    const branch = new Int32Array(plain.op.length).fill(-1);
    let branches = 0;
    for (let i = 0; i < plain.op.length; i++) {
      if (plain.op[i] === Op.loop || plain.op[i] === Op.either) branch[i] = branches++;
    }
    const program = {
      op: Uint8Array.from(plain.op),
      arg: Int32Array.from(plain.arg),
      next: Int32Array.from(plain.next),
      other: Int32Array.from(plain.other),
      branch,
      branches,
      sets,
      entry: plain.entry,
      groups,
    };
    return { ...program, first: firstBytes(program) };
  }

  /** Spell the turns of loops on the spot out as states. */
  private expand(entry: number): {
    op: number[];
    arg: number[];
    next: number[];
    other: number[];
    entry: number;
  } {
    const reachable = this.countedLoopsAhead();
    const out = {
      op: [] as number[],
      arg: [] as number[],
      next: [] as number[],
      other: [] as number[],
      entry: 0,
    };
    const numbers = new Map<string, number>();
    const queue: { node: number; turns: ReadonlyMap<number, number> }[] = [];
    const none: ReadonlyMap<number, number> = new Map();
    const state = (node: number, turns: ReadonlyMap<number, number>): number => {
      const ahead = reachable[node]!;
      let kept = turns;
      let key = `${node}`;
      if (turns.size > 0) {
        const relevant = [...turns].filter(([loop]) => ahead.has(loop)).sort((a, b) => a[0] - b[0]);
        if (relevant.length < turns.size) kept = new Map(relevant);
        for (const [loop, count] of relevant) key += `,${loop}:${count}`;
      }
      let number = numbers.get(key);
      if (number === undefined) {
        number = out.op.length;
        if (number > 2 * maxStates) throw new SyntaxProblem(true);
        numbers.set(key, number);
        out.op.push(Op.none);
        out.arg.push(this.arg[node]!);
        out.next.push(-1);
        out.other.push(-1);
        queue.push({ node, turns: kept });
      }
      return number;
    };
    out.entry = state(entry, none);
    for (let at = 0; at < queue.length; at++) {
      const { node, turns } = queue[at]!;
      const op = this.op[node]!;
      out.op[at] = op;
      if (op === Op.accept) continue;
      if (op === Op.set) {
        out.next[at] = state(this.next[node]!, none);
      } else if (op === Op.loop && this.counted[node]) {
        const count = turns.get(node) ?? 0;
        out.next[at] = count < 2 ? state(this.next[node]!, new Map([...turns, [node, count + 1]])) : -1;
        out.other[at] = state(this.other[node]!, turns);
        if (count >= 2) {
          // Only the way out is left.
          out.next[at] = out.other[at]!;
          out.other[at] = -1;
        }
      } else {
        out.next[at] = state(this.next[node]!, turns);
        if (op === Op.loop || op === Op.either) out.other[at] = state(this.other[node]!, turns);
      }
    }
    return out;
  }

  /** For each state the counted loops that it can come to without consuming a byte. */
  private countedLoopsAhead(): ReadonlySet<number>[] {
    const size = this.op.length;
    const found: Set<number>[] = Array.from({ length: size }, () => new Set<number>());
    const back: number[][] = Array.from({ length: size }, () => []);
    for (let i = 0; i < size; i++) {
      if (this.op[i] === Op.set) continue;
      if (this.next[i]! >= 0) back[this.next[i]!]!.push(i);
      if (this.other[i]! >= 0) back[this.other[i]!]!.push(i);
    }
    let work = 0;
    for (let loop = 0; loop < size; loop++) {
      if (!this.counted[loop]) continue;
      const stack = [loop];
      found[loop]!.add(loop);
      while (stack.length > 0) {
        if (++work > 4_000_000) throw new SyntaxProblem(true);
        for (const before of back[stack.pop()!]!) {
          if (found[before]!.has(loop)) continue;
          found[before]!.add(loop);
          stack.push(before);
        }
      }
    }
    return found;
  }
}

function firstBytes(program: Omit<Program, 'first'>): ByteSet | undefined {
  const bytes = new Uint8Array(256);
  const seen = new Uint8Array(program.op.length);
  const stack = [program.entry];
  while (stack.length > 0) {
    const at = stack.pop()!;
    if (seen[at] === 1) continue;
    seen[at] = 1;
    switch (program.op[at]) {
      case Op.set: {
        const set = program.sets[program.arg[at]!]!;
        for (let byte = 0; byte < 256; byte++) if (set[byte] === 1) bytes[byte] = 1;
        break;
      }
      case Op.accept:
        return undefined;
      default:
        // An anchor is passed as if it held: more bytes than can really start a match do no harm.
        stack.push(program.next[at]!);
        if (program.other[at]! >= 0) stack.push(program.other[at]!);
    }
  }
  return bytes;
}
