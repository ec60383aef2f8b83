import type { Property, SymbolDraft } from './draft.ts';
import { type Expression, symbolsOf } from './expression.ts';
import type { KconfigRules, Place } from './model.ts';
import type { KconfigProblem } from './problem.ts';

/*
 * A symbol whose value depends on itself is an error, found and told as the kernel's tool does: symbols are visited depth
 * first, and one met again while it is being visited closes a cycle. After one, all symbols on the way count as visited.
 * A choice and its members are one knot: they may depend on each other, and what one depends on, all do.
 *
 * The walk keeps its own stack, so no chain is too long for it. The longest is measured too, as evaluation recurses
 * along it.
 */

/** Evaluation recurses at most this far; the kernel's longest chain is a tenth of it. */
const longest = 1000;

type How = 'depends on' | 'is selected by' | 'is implied by' | 'value' | 'visible';

interface Edge {
  from: SymbolDraft;
  to: string;
  how: How;
  property: Property | null;
}

interface Visit {
  /** A symbol, or a choice for it and its members. */
  knot: SymbolDraft;
  edges: Edge[];
  next: number;
  depth: number;
}

/** Reports every cycle of dependencies, and a chain that is too long to evaluate. */
export function checkCycles(
  symbols: ReadonlyMap<string, SymbolDraft>,
  choices: ReadonlyMap<string, SymbolDraft>,
  rules: KconfigRules,
  report: (problem: KconfigProblem) => void,
): void {
  const state = new Map<SymbolDraft, 'open' | number>();
  /** Conditions all of whose symbols are visited. Blocks share theirs, so most need looking at once. */
  const seen = new Set<Expression>();
  const find = (name: string) => symbols.get(name) ?? choices.get(name);
  const knotOf = (symbol: SymbolDraft) =>
    symbol.choice === undefined ? symbol : choices.get(symbol.choice)!;
  const stack: Visit[] = [];
  let tooLong = false;

  const visit = (knot: SymbolDraft) => {
    const edges: Edge[] = [];
    for (const symbol of [knot, ...(knot.members ?? []).map((name) => symbols.get(name)!)]) {
      collect(symbol, seen, edges);
    }
    state.set(knot, 'open');
    stack.push({ knot, edges, next: 0, depth: 0 });
  };

  for (const start of inOrder(symbols, choices, rules)) {
    if (state.has(knotOf(start))) continue;
    visit(knotOf(start));
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const edge = top.edges[top.next];
      if (edge === undefined) {
        stack.pop();
        state.set(top.knot, top.depth + 1);
        markSeen(top.knot, seen);
        const below = stack.at(-1);
        if (below) below.depth = Math.max(below.depth, top.depth + 1);
        if (top.depth + 1 > longest && !tooLong) {
          tooLong = true;
          const { file, line } = top.knot.definitions[0]!;
          const message = `the dependencies of ${top.knot.name} form a chain of more than ${longest} symbols`;
          report({ severity: 'error', kind: 'too-deep', message, file, line });
        }
        continue;
      }
      const target = find(edge.to);
      const known = target && state.get(knotOf(target));
      if (!target || (known !== 'open' && known !== undefined)) {
        top.next++;
        if (known !== undefined) top.depth = Math.max(top.depth, known as number);
      } else if (known === undefined) {
        // The edge stays current until its target is done: it is a step of the path.
        visit(knotOf(target));
        top.next++;
      } else if (knotOf(target) === top.knot && top.knot.members) {
        // Within one choice.
        top.next++;
      } else {
        top.next++;
        const first = stack.findIndex(({ knot }) => knot === knotOf(target));
        report(describe(stack.slice(first), target, rules));
        for (const { knot } of stack) state.set(knot, 1);
        stack.length = 0;
      }
    }
  }
}

/** The order of the files, or for classic rules that of the tool's hash table. */
function inOrder(
  symbols: ReadonlyMap<string, SymbolDraft>,
  choices: ReadonlyMap<string, SymbolDraft>,
  rules: KconfigRules,
): SymbolDraft[] {
  const all = [...symbols.values(), ...choices.values()];
  if (rules.choices === 'bool') return all;
  const buckets = new Map(all.map((symbol) => [symbol, bucket(symbol)]));
  return all.sort((a, b) => buckets.get(a)! - buckets.get(b)!);
}

/** FNV-1 with xor first, modulo the table's size: `strhash` and `SYMBOL_HASHSIZE` of scripts/kconfig to 6.10. */
function bucket({ name, members }: SymbolDraft): number {
  if (members) return 0;
  let hash = 2166136261;
  for (let offset = 0; offset < name.length; offset++) {
    hash = Math.imul(hash ^ name.charCodeAt(offset), 0x01000193) >>> 0;
  }
  return hash % 9973;
}

/** What a symbol's value depends on, in the tool's order. */
function collect(symbol: SymbolDraft, seen: ReadonlySet<Expression>, edges: Edge[]): void {
  const add = (expression: Expression | null, how: How, property: Property | null) => {
    if (expression === null) return;
    for (const to of unseen(expression, seen)) edges.push({ from: symbol, to, how, property });
  };
  add(symbol.dependencies, 'depends on', null);
  for (const [references, how] of [
    [symbol.selectedBy, 'is selected by'],
    [symbol.impliedBy, 'is implied by'],
  ] as const) {
    for (const reference of references) {
      edges.push({ from: symbol, to: reference.symbol, how, property: null });
      add(reference.condition, how, null);
    }
  }
  for (const property of symbol.properties) {
    if (property.kind === 'select' || property.kind === 'imply') continue;
    add(property.condition, 'visible', property);
    if (property.kind === 'default' && !symbol.members) add(property.value, 'value', property);
  }
}

function unseen(expression: Expression, seen: ReadonlySet<Expression>): Set<string> {
  const names = new Set<string>();
  const look = (part: Expression) => {
    if (seen.has(part)) return;
    if (part.op === 'and') for (const operand of part.of) look(operand);
    else symbolsOf(part, names);
  };
  look(expression);
  return names;
}

function markSeen(knot: SymbolDraft, seen: Set<Expression>): void {
  const mark = (expression: Expression | null) => {
    if (expression === null || expression.op === 'symbol' || expression.op === 'constant') return;
    if (seen.has(expression)) return;
    seen.add(expression);
    if (expression.op === 'and') for (const operand of expression.of) mark(operand);
  };
  mark(knot.dependencies);
  for (const { condition, kind } of knot.properties)
    if (kind !== 'select' && kind !== 'imply') mark(condition);
}

function describe(path: readonly Visit[], target: SymbolDraft, rules: KconfigRules): KconfigProblem {
  const lines: string[] = [];
  const classic = rules.choices === 'classic';
  let first: Place | undefined;
  for (const [index, { edges, next }] of path.entries()) {
    const { from, how, property, to } = edges[next - 1]!;
    const { file, line } = property
      ? { file: property.node.file, line: property.line }
      : from.definitions[0]!;
    first ??= { file, line };
    const last = index === path.length - 1 ? target.name : to;
    const step =
      how === 'value'
        ? `symbol ${from.name} ${property!.kind} value contains ${last}`
        : how === 'visible'
          ? `symbol ${from.name} ${property!.kind} is visible depending on ${last}`
          : `symbol ${from.name} ${how} ${last}`;
    const prefix = classic ? `${file}:${line}:` : '';
    if (index === 0) {
      lines.push(
        classic ? `${prefix}error: recursive dependency detected!` : 'error: recursive dependency detected!',
      );
    }
    lines.push(`${prefix}\t${step}`);
  }
  lines.push(
    'For a resolution refer to Documentation/kbuild/kconfig-language.rst',
    'subsection "Kconfig recursive dependency limitations"',
    '',
  );
  return { severity: 'error', kind: 'recursive-dependency', message: lines.join('\n'), ...first! };
}
