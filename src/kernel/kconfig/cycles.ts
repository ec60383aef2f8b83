import type { Property, SymbolDraft } from './draft.ts';
import { type Expression, symbolsOf } from './expression.ts';
import type { KconfigRules, Place } from './model.ts';
import { surelyNoCycles } from './no-cycles.ts';
import type { KconfigProblem } from './problem.ts';
import { simplified } from './simplify.ts';

/*
 * A symbol whose value depends on itself is an error, found and told as the kernel's tool does: symbols are visited depth
 * first, and one met again while it is being visited closes a cycle. After one, all symbols on the way count as visited.
 * A choice and its members are one knot, visited together: what one depends on, all do. Members must not depend on each
 * other, but may on the choice.
 *
 * The walk keeps its own stack, so no chain is too long for it. The longest is measured too, as evaluation recurses
 * along it.
 */

/**
 * How far evaluation may recurse: each symbol of a chain counts 6, and one for each level of its deepest condition. The
 * kernel's longest chains come to about 800.
 */
const longest = 2000;

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
  /** How many of the edges are the choice's own; they come first. */
  own: number;
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
  if (surelyNoCycles(inOrder(symbols, choices, rules), symbols, choices, longest)) return;
  const suspected: KconfigProblem[] = [];
  walk(symbols, choices, rules, false, (problem) => suspected.push(problem));
  // The tool looks at conditions it has simplified. That takes time, so only where there is something to look at.
  if (suspected.length > 0) walk(symbols, choices, rules, true, report);
}

function walk(
  symbols: ReadonlyMap<string, SymbolDraft>,
  choices: ReadonlyMap<string, SymbolDraft>,
  rules: KconfigRules,
  exact: boolean,
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
  const levels = new Map<Expression, number>();
  /** How many levels of expressions one evaluation of a symbol goes through. */
  const weight = (symbol: SymbolDraft): number => {
    let most = nesting(symbol.dependencies, levels);
    for (const property of symbol.properties) {
      most = Math.max(most, nesting(property.condition, levels));
      if (property.kind === 'default') most = Math.max(most, nesting(property.value, levels));
    }
    for (const { condition } of [...symbol.selectedBy, ...symbol.impliedBy]) {
      most = Math.max(most, nesting(condition, levels));
    }
    return 6 + most;
  };

  const visit = (knot: SymbolDraft) => {
    const edges: Edge[] = [];
    const names = (expression: Expression) =>
      exact ? symbolsOf(simplified(expression, symbols)) : unseen(expression, seen);
    collect(knot, names, edges);
    const own = edges.length;
    for (const name of knot.members ?? []) collect(symbols.get(name)!, names, edges);
    state.set(knot, 'open');
    stack.push({ knot, edges, own, next: 0, depth: 0 });
  };

  for (const start of inOrder(symbols, choices, rules)) {
    if (state.has(knotOf(start))) continue;
    visit(knotOf(start));
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const edge = top.edges[top.next];
      if (edge === undefined) {
        stack.pop();
        const depth =
          top.depth +
          Math.max(weight(top.knot), ...(top.knot.members ?? []).map((name) => weight(symbols.get(name)!)));
        state.set(top.knot, depth);
        markSeen(top.knot, seen);
        const below = stack.at(-1);
        if (below) below.depth = Math.max(below.depth, depth);
        if (depth > longest && !tooLong) {
          tooLong = true;
          const { file, line } = top.knot.definitions[0]!;
          const message = `the dependencies of ${top.knot.name} form too long a chain`;
          report({ severity: 'error', kind: 'too-deep', message, file, line });
        }
        continue;
      }
      top.next++;
      const target = find(edge.to);
      if (!target) continue;
      const knot = knotOf(target);
      const known = state.get(knot);
      if (known === undefined) visit(knot);
      else if (known !== 'open') top.depth = Math.max(top.depth, known);
      else {
        const path = stack.slice(stack.findIndex((visiting) => visiting.knot === knot));
        // While its members are looked at, the choice itself is done.
        if (target.members && path[0]!.next > path[0]!.own) continue;
        report(describe(path, target, rules));
        for (const { knot: open } of stack) state.set(open, 1);
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

function nesting(expression: Expression | null, known: Map<Expression, number>): number {
  if (expression === null) return 0;
  switch (expression.op) {
    case 'not':
      return 1 + nesting(expression.of, known);
    case 'and':
    case 'or': {
      let most = known.get(expression);
      if (most === undefined) {
        most = 1;
        for (const operand of expression.of) most = Math.max(most, 1 + nesting(operand, known));
        known.set(expression, most);
      }
      return most;
    }
    default:
      return 1;
  }
}

/** What a symbol's value depends on, in the tool's order. */
function collect(
  symbol: SymbolDraft,
  names: (expression: Expression) => Iterable<string>,
  edges: Edge[],
): void {
  const add = (expression: Expression | null, how: How, property: Property | null) => {
    if (expression === null) return;
    for (const to of names(expression)) edges.push({ from: symbol, to, how, property });
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
    if (property.kind === 'default' && !symbol.members) {
      // Values are not simplified.
      for (const to of symbolsOf(property.value)) edges.push({ from: symbol, to, how: 'value', property });
    }
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
