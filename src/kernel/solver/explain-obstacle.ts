/**
 * An obstacle in words.
 *
 * A way has an obstacle, which has ways, each with its own: told in full it is a tree of hundreds of sentences, and what
 * counts is at its leaves, mostly the same. So there are three kinds of lines: the steps while there is one way; at a fork,
 * what all its ways come to need, if there is such a thing, and on from there; else the causes at the ends of the ways, those
 * of one kind together, what somebody has set first, and the rest as a number.
 */
import { type Expression, formatExpression } from '../kconfig/expression.ts';
import type { Obstacle, Relation } from './obstacle.ts';

/** Lines in all, causes at a fork, symbols in a line, characters of a condition. */
const mostLines = 6;
const mostCauses = 2;
const mostNames = 3;
const mostText = 100;

type Leaf = Exclude<Obstacle, { kind: 'needs' | 'none' }>;

/** From what was asked to the last causes: one sentence each, six at most. */
export function explainObstacle(obstacle: Obstacle, architecture: string): string[] {
  return new Explainer(architecture).explain(obstacle);
}

class Explainer {
  readonly #architecture: string;
  readonly #explained = new Map<Obstacle, string[]>();
  readonly #necessary = new Map<Obstacle, ReadonlyMap<string, Obstacle>>();

  constructor(architecture: string) {
    this.#architecture = architecture;
  }

  explain(obstacle: Obstacle): string[] {
    const known = this.#explained.get(obstacle);
    if (known) return known;
    const lines = shortened(this.#lines(obstacle));
    this.#explained.set(obstacle, lines);
    return lines;
  }

  #lines(obstacle: Obstacle): string[] {
    switch (obstacle.kind) {
      case 'needs': {
        const { symbol, relation, condition, of } = obstacle;
        return [`${symbol} ${verbs[relation] ?? 'needs'} ${shortExpression(condition)}`, ...this.explain(of)];
      }
      case 'none':
        return this.#fork(
          obstacle.symbol,
          distinct(obstacle.ways, (way) => this.explain(way).join('\n')),
        );
      default:
        return [this.#cause([obstacle])];
    }
  }

  #fork(symbol: string, ways: readonly Obstacle[]): string[] {
    if (ways.length === 1) return this.explain(ways[0]!);
    // The last that all have to pass is the nearest to the cause.
    const common = [...this.#commonTo(ways)].filter(([name]) => name !== symbol).at(-1);
    if (common)
      return [
        `${ways.length === 2 ? 'both' : `all ${ways.length}`} ways to ${symbol} need ${common[0]}`,
        ...this.explain(common[1]),
      ];
    return this.#causes(symbol, ways.flatMap(leaves));
  }

  /** The ends of all ways, those of one kind together. */
  #causes(symbol: string, ends: readonly Leaf[]): string[] {
    const groups = new Map<string, Leaf[]>();
    for (const end of ends) {
      const key = groupOf(end);
      groups.set(key, [...(groups.get(key) ?? []), end]);
    }
    // Conditions that are plainly `n`, and what is never turned on, say nothing where there is something else to say.
    for (const idle of [constant, 'barred']) if (groups.size > 1) groups.delete(idle);
    const sorted = [...groups.values()].sort(
      ([a, ...more], [b, ...others]) => rank[a!.kind] - rank[b!.kind] || others.length - more.length,
    );
    const told = sorted.slice(0, mostCauses).map((group) => this.#cause(group));
    const rest = sorted.slice(mostCauses).flat();
    const more = rest.length === 0 ? [] : [`${ways(rest.length)} too, e.g. ${this.#cause(rest.slice(0, 1))}`];
    const [first, ...others] = told;
    return [`${symbol} cannot be had: ${first}`, ...others.map((each) => `besides, ${each}`), ...more];
  }

  /** One sentence on causes of one kind. */
  #cause(causes: readonly Leaf[]): string {
    const [cause] = causes as [Leaf];
    const all = [...new Set(causes.flatMap((each) => ('symbol' in each ? [each.symbol] : [])))];
    const names = some(all);
    const [is, has] = all.length === 1 ? ['is', 'has'] : ['are', 'have'];
    switch (cause.kind) {
      case 'undefined':
        return `${names} ${is} not defined for ${this.#architecture}`;
      case 'set':
        return `${cause.symbol}=${cause.value} is set by ${who(cause.by)}`;
      case 'given':
        if (isConstant(cause)) return 'its definition rules it out';
        return `${names} ${is} ${cause.value} on ${this.#architecture} and ${has} no prompt to change it`;
      case 'choice':
        return all.length === 1
          ? `${names} is one of a choice, and ${who(cause.by)} picks ${cause.picked}`
          : `${some(all, 'or')} would bring it, but of their choice ${who(cause.by)} picks ${cause.picked}`;
      case 'machine':
        return machine(cause, all, names);
      case 'barred':
        return `${names} would do, and ${is} never turned on: what only builds with it need not run`;
      case 'needed':
        return `${cause.symbol}=${cause.value} is needed by another part of the solution`;
      case 'comparison':
        return `${shortExpression(cause.condition)} does not hold: the value is ${cause.value}`;
      case 'loop':
        return `${names} would need ${all.length === 1 ? 'itself' : 'themselves'}`;
      case 'cut':
        return `no short way to ${names} was found`;
    }
  }

  /** What an obstacle lies behind: the symbols that cannot be passed by, from the first to the last. */
  #behind(obstacle: Obstacle): ReadonlyMap<string, Obstacle> {
    const known = this.#necessary.get(obstacle);
    if (known) return known;
    const own: [string, Obstacle][] = 'symbol' in obstacle ? [[obstacle.symbol, obstacle]] : [];
    let further: Iterable<[string, Obstacle]> = [];
    if (obstacle.kind === 'needs') further = this.#behind(obstacle.of);
    if (obstacle.kind === 'none') further = this.#commonTo(obstacle.ways);
    // The same symbol further on is a part of the same obstacle.
    const all = new Map([...own, ...[...further].filter(([name]) => name !== own[0]?.[0])]);
    this.#necessary.set(obstacle, all);
    return all;
  }

  #commonTo([first, ...others]: readonly Obstacle[]): ReadonlyMap<string, Obstacle> {
    if (!first) return new Map();
    const rest = others.map((way) => this.#behind(way));
    return new Map([...this.#behind(first)].filter(([name]) => rest.every((way) => way.has(name))));
  }
}

/** What somebody has set is what can be changed, so it comes first; what the search gave up on, last. */
const rank: Record<Leaf['kind'], number> = {
  set: 0,
  choice: 0,
  machine: 1,
  needed: 1,
  undefined: 2,
  given: 2,
  comparison: 2,
  barred: 3,
  cut: 3,
  loop: 4,
};

const constant = 'constant';

/** A condition that is written as `n`: nothing a person could act on. */
function isConstant(cause: Leaf): boolean {
  return cause.kind === 'given' && cause.symbol === cause.value;
}

function groupOf(cause: Leaf): string {
  switch (cause.kind) {
    case 'set':
    case 'needed':
      return `${cause.kind} ${cause.symbol}`;
    case 'choice':
      return `choice ${cause.by} ${cause.picked}`;
    case 'machine':
      return `machine ${cause.wanted} ${cause.decided} ${cause.instead}`;
    case 'given':
      return isConstant(cause) ? constant : `given ${cause.value}`;
    case 'comparison':
      return `comparison ${formatExpression(cause.condition)}`;
    default:
      return cause.kind;
  }
}

/** What would make the kernel one for another machine. */
function machine(
  { wanted, instead, decided }: Extract<Leaf, { kind: 'machine' }>,
  all: readonly string[],
  names: string,
): string {
  const [is, says] = all.length === 1 ? ['is', 'says'] : ['are', 'say'];
  if (wanted === 'n') return `${names} ${says} what machine the kernel is for, and would have to be off`;
  if (instead === undefined)
    return `${names} ${says} what machine the kernel is for, and the configuration does not set ${all.length === 1 ? 'it' : 'them'}`;
  return decided
    ? `${names} ${is} for another machine than ${instead}, which the configuration sets`
    : `${names} ${is} for another kind of machine than ${instead}, the default: the configuration names none`;
}

function leaves(obstacle: Obstacle): Leaf[] {
  if (obstacle.kind === 'needs') return leaves(obstacle.of);
  return obstacle.kind === 'none' ? obstacle.ways.flatMap(leaves) : [obstacle];
}

function distinct<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const one of all) if (!byKey.has(keyOf(one))) byKey.set(keyOf(one), one);
  return [...byKey.values()];
}

/** The beginning and the end count; what is between them is a number. */
function shortened(lines: readonly string[]): string[] {
  if (lines.length <= mostLines) return [...lines];
  const [before, after] = [2, mostLines - 3];
  const skipped = lines.slice(before, -after).reduce((sum, line) => sum + (stepsIn(line) ?? 1), 0);
  return [...lines.slice(0, before), `… ${skipped} steps on:`, ...lines.slice(-after)];
}

/** Of a line that stands for several already. */
function stepsIn(line: string): number | undefined {
  const found = /^… (\d+) steps on:$/.exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}

function shortExpression(expression: Expression): string {
  const text = formatExpression(expression);
  if (text.length <= mostText) return text;
  if (expression.op === 'or') {
    const told = expression.of.slice(0, mostNames).map((operand) => formatExpression(operand, 'or'));
    const short = `${told.join(' || ')} || … (${expression.of.length - told.length} more)`;
    if (short.length <= 2 * mostText && expression.of.length > told.length) return short;
  }
  return `${text.slice(0, mostText)}…`;
}

function some(names: readonly string[], joined: 'and' | 'or' = 'and'): string {
  if (names.length > mostNames + 1)
    return `${names.slice(0, mostNames).join(', ')} ${joined} ${names.length - mostNames} more`;
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${joined} ${names.at(-1)}`;
}

const ways = (count: number): string => (count === 1 ? 'another way fails' : `${count} other ways fail`);

const verbs: Partial<Record<Relation, string>> = {
  dependency: 'depends on',
  selector: 'is selected by',
  implier: 'is implied by',
  default: 'follows from',
};

function who(by: 'base' | 'person'): string {
  return by === 'base' ? 'the base configuration' : 'the list';
}
