import { Evaluation, isLogical, letters, type Tristate, tristateOf } from './evaluate.ts';
import type { Comparison, Expression, Leaf } from './expression.ts';
import type { ConfigSymbol, Kconfig, Reference } from './model.ts';
import type { Obstacle, Relation } from './obstacle.ts';
import type { Base, Outcome, Solution, Step, Wanted } from './solution.ts';

/*
 * From wanted modules to assignments, backwards: what is asked of a symbol becomes what its prompt, its selectors or its
 * defaults ask of others, until something can be assigned. Evaluation is the judge: after each assignment the value is
 * asked for, so nothing is taken for granted.
 *
 * Greedy, with trials where there are several ways: each is tried on the spot and taken back, the one with the fewest
 * assignments is kept. A way that is longer than the best so far is left at once. A prompt comes before a selector: who
 * wants a module wants its own switch, not a driver that happens to select it.
 *
 * In the end every assignment is left out once, to see whether the targets still hold without it. What stays cannot be
 * made smaller by leaving one out.
 */

/** Steps of the search for one target; the hardest of the kernel's modules takes some hundreds. */
const mostSteps = 20_000;
/** The longest chain of reasons. */
const deepest = 60;
/** Ways that are tried where there are many: a library may have a hundred selectors. */
const mostWays = 60;

type Way = () => Obstacle | null;

interface Side {
  /** Null for a constant. */
  name: string | null;
  value: Tristate;
}

interface Change {
  symbol: string;
  value: string;
  before: string | undefined;
  because: readonly Step[];
}

/** Solves for one base, as often as one likes: the values of the base are worked out once. */
export class Solver {
  readonly kconfig: Kconfig;
  readonly #evaluation: Evaluation;
  readonly #base: ReadonlyMap<string, string>;
  readonly #person: ReadonlyMap<string, string>;
  /** What was changed against the base, in order. */
  #changes: Change[] = [];
  #path: Step[] = [];
  /** What the next symbol asked for is to the last one on the path. */
  #relation: Relation = 'dependency';
  /** What is being asked for, lest it asks for itself. */
  readonly #asked = new Set<string>();
  #steps = 0;
  /** With this many changes a way is too long. */
  #ceiling = Number.POSITIVE_INFINITY;

  constructor(kconfig: Kconfig, { base = [], person = [] }: Base = {}) {
    this.kconfig = kconfig;
    this.#person = new Map(person);
    this.#base = new Map(base);
    this.#evaluation = new Evaluation(kconfig, [...this.#base, ...this.#person]);
  }

  /** The values under the base alone; do not assign. */
  get evaluation(): Evaluation {
    return this.#evaluation;
  }

  /** The least assignments found that make every target `m`, or leave it `y` where the base has it so. */
  solve(targets: readonly Wanted[]): Solution {
    const outcomes = new Map<Wanted, Outcome>();
    const open: Wanted[] = [];
    for (const target of targets) {
      if (this.kconfig.symbol(target.symbol)) open.push(target);
      else outcomes.set(target, { status: 'unknown', symbol: target.symbol });
    }
    const before = new Map(open.map(({ symbol }) => [symbol, this.#evaluation.tristate(symbol)]));
    const modules = this.#needModules(open);
    // Those without a prompt last: what the others need often brings them.
    const promptless = (target: Wanted) => Number(this.kconfig.symbol(target.symbol)!.prompts.length === 0);
    const reached: Wanted[] = [];
    for (const target of [...open].sort((a, b) => promptless(a) - promptless(b))) {
      const obstacle = (this.#evaluation.tristate(target.symbol) < 2 && modules) || this.#reach(target);
      if (obstacle) outcomes.set(target, { status: 'unreachable', symbol: target.symbol, obstacle });
      else reached.push(target);
    }
    this.#dropUnneeded(reached);
    for (const target of reached) {
      const { symbol } = target;
      const value = this.#evaluation.tristate(symbol);
      outcomes.set(target, {
        status: value === 2 ? 'builtin' : 'module',
        symbol,
        already: before.get(symbol) === value,
        promptless: promptless(target) === 1,
      });
    }
    const assignments = this.#changes.map(({ symbol, value, because }) => ({
      symbol,
      value: value as 'y' | 'm' | 'n',
      because,
    }));
    this.#undo(0);
    return { assignments, outcomes: targets.map((target) => outcomes.get(target)!) };
  }

  /** Nothing can be `m` while MODULES is off. */
  #needModules(targets: readonly Wanted[]): Obstacle | null {
    const { modules } = this.kconfig;
    const needed = targets.some(({ symbol }) => this.#evaluation.tristate(symbol) < 2);
    if (!needed || modules === null) return null;
    this.#begin();
    return this.#under({ symbol: modules, relation: 'modules' }, () => this.#symbolAtLeast(modules, 2));
  }

  #reach(target: Wanted): Obstacle | null {
    const mark = this.#changes.length;
    this.#begin();
    for (const folder of target.folders ?? []) {
      const obstacle = this.#under({ symbol: target.symbol, relation: 'target' }, () =>
        this.#under({ symbol: folder, relation: 'folder' }, () => this.#symbolAtLeast(folder, 1)),
      );
      if (obstacle) {
        this.#undo(mark);
        return obstacle;
      }
    }
    const obstacle = this.#under({ symbol: target.symbol, relation: 'target' }, () =>
      this.#symbolAtLeast(target.symbol, 1),
    );
    if (obstacle) this.#undo(mark);
    return obstacle;
  }

  #begin(): void {
    this.#steps = 0;
    this.#ceiling = Number.POSITIVE_INFINITY;
    this.#path = [];
    this.#relation = 'dependency';
    this.#asked.clear();
  }

  // What is asked

  /** Sees to it that a condition is worth at least `level`. On failure the caller takes back what was changed. */
  #atLeast(condition: Expression | null, level: Tristate, symbol: string): Obstacle | null {
    if (level === 0 || condition === null || this.#evaluation.evaluate(condition) >= level) return null;
    switch (condition.op) {
      case 'symbol':
        return this.#symbolAtLeast(condition.name, level);
      case 'constant':
        return { kind: 'given', symbol: condition.text, value: condition.text };
      case 'not':
        return this.#atMost(condition.of, (2 - level) as Tristate, symbol);
      case 'and':
        return this.#all(
          condition.of,
          (operand) => this.#atLeast(operand, level, symbol),
          () => this.#evaluation.evaluate(condition) >= level,
        );
      case 'or':
        return this.#any(
          symbol,
          condition.of.map((operand) => () => this.#atLeast(operand, level, symbol)),
        );
      default:
        return this.#compare(condition, true, symbol);
    }
  }

  #atMost(condition: Expression | null, level: Tristate, symbol: string): Obstacle | null {
    if (level === 2 || this.#evaluation.evaluate(condition) <= level) return null;
    if (condition === null) return { kind: 'given', symbol, value: 'y' };
    switch (condition.op) {
      case 'symbol':
        return this.#symbolAtMost(condition.name, level);
      case 'constant':
        return { kind: 'given', symbol: condition.text, value: condition.text };
      case 'not':
        return this.#atLeast(condition.of, (2 - level) as Tristate, symbol);
      case 'or':
        return this.#all(
          condition.of,
          (operand) => this.#atMost(operand, level, symbol),
          () => this.#evaluation.evaluate(condition) <= level,
        );
      case 'and':
        return this.#any(
          symbol,
          condition.of.map((operand) => () => this.#atMost(operand, level, symbol)),
        );
      default:
        return this.#compare(condition, false, symbol);
    }
  }

  /** Makes a comparison hold, or fail. Only bools and tristates are moved. */
  #compare(condition: Comparison, wanted: boolean, symbol: string): Obstacle | null {
    const left = this.#side(condition.left);
    const right = this.#side(condition.right);
    if (!left || !right) {
      const leaf = condition.left.op === 'symbol' ? condition.left : condition.right;
      const value = leaf.op === 'symbol' ? this.#evaluation.value(leaf.name) : leaf.text;
      return { kind: 'comparison', condition, value };
    }
    const ways: Way[] = [];
    const raise = ({ name }: Side, level: number) => {
      if (name !== null && level <= 2) ways.push(() => this.#symbolAtLeast(name, level as Tristate));
    };
    const lower = ({ name }: Side, level: number) => {
      if (name !== null && level >= 0) ways.push(() => this.#symbolAtMost(name, level as Tristate));
    };
    switch (wanted ? condition.op : opposites[condition.op]) {
      case '=':
        for (const [side, { value }] of [[left, right] as const, [right, left] as const]) {
          (side.value < value ? raise : lower)(side, value);
        }
        break;
      case '!=':
        for (const [side, { value }] of [[left, right] as const, [right, left] as const]) {
          raise(side, value + 1);
          lower(side, value - 1);
        }
        break;
      case '>=':
        raise(left, right.value);
        lower(right, left.value);
        break;
      case '>':
        raise(left, right.value + 1);
        lower(right, left.value - 1);
        break;
      case '<=':
        raise(right, left.value);
        lower(left, right.value);
        break;
      default:
        raise(right, left.value + 1);
        lower(left, right.value - 1);
    }
    if (ways.length === 0) return { kind: 'comparison', condition, value: letters[left.value] };
    return this.#any(
      symbol,
      ways.map((way) => () => {
        const obstacle = way();
        if (obstacle || this.#evaluation.evaluate(condition) === (wanted ? 2 : 0)) return obstacle;
        return { kind: 'comparison', condition, value: letters[left.value] };
      }),
    );
  }

  /** A side of a comparison: a bool or tristate, or one of their values. */
  #side(leaf: Leaf): Side | null {
    if (leaf.op === 'constant') {
      return /^[ymn]$/.test(leaf.text) ? { name: null, value: tristateOf(leaf.text) } : null;
    }
    const { symbol, value } = this.#evaluation.state(leaf.name);
    return isLogical(symbol?.type) ? { name: leaf.name, value } : null;
  }

  #symbolAtLeast(name: string, level: Tristate): Obstacle | null {
    const state = this.#evaluation.state(name);
    if (state.value >= level) return null;
    const { symbol } = state;
    if (!symbol) return { kind: 'undefined', symbol: name };
    if (!isLogical(symbol.type)) return { kind: 'given', symbol: name, value: state.text };
    const key = `${name}>=${level}`;
    if (this.#asked.has(key)) return { kind: 'loop', symbol: name };
    if (++this.#steps > mostSteps || this.#path.length > deepest) return { kind: 'cut', symbol: name };
    const decided = this.#person.get(name);
    if (decided !== undefined && tristateOf(decided) < level) {
      return { kind: 'set', symbol: name, value: decided, by: 'person' };
    }
    this.#asked.add(key);
    const obstacle = this.#under({ symbol: name, relation: this.#relation }, () =>
      this.#raise(symbol, level),
    );
    this.#asked.delete(key);
    return obstacle;
  }

  #raise(symbol: ConfigSymbol, level: Tristate): Obstacle | null {
    const { name } = symbol;
    // A bool that may be `m` is `y`.
    const need: Tristate = symbol.type === 'bool' ? 1 : level;
    if (symbol.members) return this.#show(symbol, need);
    const obstacles: Obstacle[] = [];
    if (symbol.prompts.length > 0) {
      const mark = this.#changes.length;
      const obstacle = this.#answer(symbol, level, need);
      if (!obstacle) return null;
      this.#undo(mark);
      obstacles.push(obstacle);
      if (obstacle.kind === 'cut') return obstacle;
    }
    const ways: Way[] = [];
    const reached = () => this.#evaluation.tristate(name) >= level;
    const failed = (): Obstacle => ({ kind: 'given', symbol: name, value: this.#evaluation.value(name) });
    for (const [references, relation] of [
      [symbol.selectedBy, 'selector'],
      [symbol.impliedBy, 'implier'],
    ] as const) {
      for (const reference of this.#nearest(references, need)) {
        ways.push(() =>
          this.#under({ symbol: reference.symbol, relation }, () => {
            const obstacle =
              this.#symbolAtLeast(reference.symbol, need) ??
              this.#atLeast(reference.condition, need, reference.symbol) ??
              this.#atLeast(symbol.dependencies, need, name);
            if (obstacle) {
              const condition: Expression = { op: 'symbol', name: reference.symbol };
              return { kind: 'needs', symbol: name, relation, condition, of: obstacle };
            }
            return reached() ? null : failed();
          }),
        );
      }
    }
    for (const { condition, value } of symbol.defaults) {
      if (symbol.choice !== undefined) break;
      ways.push(() => {
        const obstacle =
          this.#asking(name, 'dependency', condition, () => this.#atLeast(condition, need, name)) ??
          this.#asking(name, 'default', value, () => this.#atLeast(value, need, name));
        return obstacle ?? (reached() ? null : failed());
      });
    }
    if (ways.length === 0) {
      const last = obstacles[0] ?? failed();
      return last;
    }
    const obstacle = this.#any(name, ways);
    if (!obstacle || obstacle.kind === 'cut') return obstacle;
    // Where there is a prompt, what hides it is what a person should hear of first.
    return {
      kind: 'none',
      symbol: name,
      ways: [...obstacles, ...(obstacle.kind === 'none' ? obstacle.ways : [obstacle])],
    };
  }

  /** Makes a symbol's prompt show, then assigns. */
  #answer(symbol: ConfigSymbol, level: Tristate, need: Tristate): Obstacle | null {
    const { name } = symbol;
    const picked = this.#picked(symbol);
    if (picked) return picked;
    const hidden = this.#show(symbol, need);
    if (hidden) return hidden;
    const value = level === 2 || symbol.type === 'bool' ? 'y' : 'm';
    const tooLong = this.#assign(name, value);
    if (tooLong) return tooLong;
    if (this.#evaluation.tristate(name) >= level) return null;
    if (symbol.choice !== undefined && value === 'm') {
      const again = this.#assign(name, 'y');
      if (again) return again;
      if (this.#evaluation.tristate(name) >= level) return null;
    }
    return { kind: 'given', symbol: name, value: this.#evaluation.value(name) };
  }

  #show(symbol: ConfigSymbol, need: Tristate): Obstacle | null {
    const { name, prompts } = symbol;
    if (prompts.length === 0) return { kind: 'given', symbol: name, value: 'n' };
    if (this.#evaluation.state(name).visibility >= need) return null;
    return this.#any(
      name,
      prompts.map(
        ({ condition }) =>
          () =>
            this.#asking(name, 'dependency', condition, () => this.#atLeast(condition, need, name)),
      ),
    );
  }

  /** Whether someone has picked another member of the symbol's choice. */
  #picked({ name, choice }: ConfigSymbol): Obstacle | null {
    if (choice === undefined) return null;
    const { chosen } = this.#evaluation.state(choice);
    if (chosen === null || chosen === name) return null;
    if (this.#person.get(chosen) === 'y')
      return { kind: 'choice', symbol: name, picked: chosen, by: 'person' };
    if (this.#base.get(chosen) === 'y') return { kind: 'choice', symbol: name, picked: chosen, by: 'base' };
    if (this.#changes.some(({ symbol }) => symbol === chosen))
      return { kind: 'needed', symbol: chosen, value: 'y' };
    return null;
  }

  #symbolAtMost(name: string, level: Tristate): Obstacle | null {
    const state = this.#evaluation.state(name);
    if (state.value <= level) return null;
    const { symbol } = state;
    if (!symbol || !isLogical(symbol.type)) return { kind: 'given', symbol: name, value: state.text };
    for (const [assigned, by] of [
      [this.#person, 'person'],
      [this.#base, 'base'],
    ] as const) {
      const value = assigned.get(name);
      if (value !== undefined && tristateOf(value) > level) return { kind: 'set', symbol: name, value, by };
    }
    if (this.#changes.some(({ symbol, value }) => symbol === name && tristateOf(value) > level)) {
      return { kind: 'needed', symbol: name, value: letters[state.value] };
    }
    const key = `${name}<=${level}`;
    if (this.#asked.has(key)) return { kind: 'loop', symbol: name };
    if (++this.#steps > mostSteps || this.#path.length > deepest) return { kind: 'cut', symbol: name };
    this.#asked.add(key);
    const obstacle = this.#under({ symbol: name, relation: 'conflict' }, () => this.#lower(symbol, level));
    this.#asked.delete(key);
    return obstacle;
  }

  #lower(symbol: ConfigSymbol, level: Tristate): Obstacle | null {
    const { name } = symbol;
    const selecting = symbol.selectedBy.filter(
      ({ symbol: by, condition }) =>
        Math.min(this.#evaluation.tristate(by), this.#evaluation.evaluate(condition)) > level,
    );
    for (const { symbol: by, condition } of selecting) {
      const obstacle = this.#any(name, [
        () => this.#atMost(condition, level, by),
        () => this.#symbolAtMost(by, level),
      ]);
      if (obstacle) {
        const selector: Expression = { op: 'symbol', name: by };
        return { kind: 'needs', symbol: name, relation: 'selector', condition: selector, of: obstacle };
      }
    }
    if (this.#evaluation.tristate(name) <= level) return null;
    if (symbol.choice !== undefined) {
      const others = this.kconfig.symbol(symbol.choice)!.members!.filter((member) => member !== name);
      return this.#any(
        name,
        others.map((member) => () => this.#symbolAtLeast(member, 2)),
      );
    }
    if (this.#evaluation.state(name).visibility > 0) {
      const tooLong = this.#assign(name, level === 1 && symbol.type === 'tristate' ? 'm' : 'n');
      if (tooLong) return tooLong;
    } else {
      const counting = symbol.defaults.find(({ condition }) => this.#evaluation.evaluate(condition) > 0);
      if (counting) {
        const obstacle = this.#any(name, [
          () => this.#atMost(counting.value, level, name),
          () => this.#atMost(counting.condition, level, name),
        ]);
        if (obstacle) return { kind: 'given', symbol: name, value: this.#evaluation.value(name) };
      }
    }
    const value = this.#evaluation.tristate(name);
    return value <= level ? null : { kind: 'given', symbol: name, value: letters[value] };
  }

  // Ways

  /** Asks for all; twice, as what a later one changes may undo an earlier one. */
  #all(
    operands: readonly Expression[],
    ask: (operand: Expression) => Obstacle | null,
    holds: () => boolean,
  ): Obstacle | null {
    for (let round = 0; round < 2; round++) {
      for (const operand of operands) {
        const obstacle = ask(operand);
        if (obstacle) return obstacle;
      }
      if (holds()) break;
    }
    return null;
  }

  /** Tries all ways and keeps the one with the fewest changes, of equals the first. */
  #any(symbol: string, ways: readonly Way[]): Obstacle | null {
    if (ways.length === 1) return ways[0]!();
    const start = this.#changes.length;
    const ceiling = this.#ceiling;
    let best: Change[] | null = null;
    const obstacles: Obstacle[] = [];
    for (const way of ways.slice(0, mostWays)) {
      if (best) this.#ceiling = Math.min(ceiling, start + best.length - 1);
      const obstacle = way();
      if (obstacle) obstacles.push(obstacle);
      else best = this.#changes.slice(start);
      this.#undo(start);
      if (best && best.length <= 1) break;
      if (this.#steps > mostSteps) break;
    }
    this.#ceiling = ceiling;
    if (!best) {
      const cut = obstacles.length > 0 && obstacles.every(({ kind }) => kind === 'cut');
      return cut ? obstacles[0]! : { kind: 'none', symbol, ways: obstacles };
    }
    for (const { symbol: name, value, because } of best) this.#change(name, value, because);
    return null;
  }

  /** Those that are set already first, then those that a prompt can set, in order. */
  #nearest(references: readonly Reference[], need: Tristate): Reference[] {
    if (references.length < 2) return [...references];
    const distance = ({ symbol, condition }: Reference) => {
      const state = this.#evaluation.state(symbol);
      const near = state.value >= need ? 0 : state.visibility >= need ? 1 : 2;
      return 2 * near + Number(this.#evaluation.evaluate(condition) < need);
    };
    return references
      .map((reference, index) => ({ reference, index, far: distance(reference) }))
      .sort((a, b) => a.far - b.far || a.index - b.index)
      .map(({ reference }) => reference);
  }

  /** Asks a condition of a symbol; `relation` is what the symbols in it are to that one. */
  #asking(name: string, relation: Relation, condition: Expression | null, ask: Way): Obstacle | null {
    const outer = this.#relation;
    this.#relation = relation;
    const obstacle = ask();
    this.#relation = outer;
    if (!obstacle || condition === null) return obstacle;
    return {
      kind: 'needs',
      symbol: name,
      relation,
      condition: culprit(condition, this.#evaluation),
      of: obstacle,
    };
  }

  /** Asks with a step more on the path; the symbols asked for from there are dependencies until said otherwise. */
  #under(step: Step, ask: Way): Obstacle | null {
    const outer = this.#relation;
    this.#relation = 'dependency';
    const same = this.#path.at(-1)?.symbol === step.symbol;
    if (!same) this.#path.push(step);
    const obstacle = ask();
    if (!same) this.#path.pop();
    this.#relation = outer;
    return obstacle;
  }

  // Changes

  #assign(symbol: string, value: string): Obstacle | null {
    if (this.#changes.length + 1 > this.#ceiling) return { kind: 'cut', symbol };
    const last = this.#path.at(-1);
    const because =
      last?.symbol === symbol ? [...this.#path] : [...this.#path, { symbol, relation: this.#relation }];
    this.#change(symbol, value, because);
    return null;
  }

  #change(symbol: string, value: string, because: readonly Step[]): void {
    const before = this.#evaluation.assignments.get(symbol);
    this.#changes.push({ symbol, value, before, because });
    this.#evaluation.assign(symbol, value);
  }

  #undo(mark: number): void {
    while (this.#changes.length > mark) {
      const { symbol, before } = this.#changes.pop()!;
      this.#evaluation.assign(symbol, before);
    }
  }

  /** Leaves out every change the targets hold without. */
  #dropUnneeded(targets: readonly Wanted[]): void {
    const merged = new Map<string, Change>();
    for (const change of this.#changes) {
      const first = merged.get(change.symbol);
      merged.set(change.symbol, first ? { ...change, before: first.before } : change);
    }
    let kept = [...merged.values()];
    const values = new Map(targets.map(({ symbol }) => [symbol, this.#evaluation.tristate(symbol)]));
    const holds = () =>
      targets.every(({ symbol, folders = [] }) => {
        const value = this.#evaluation.tristate(symbol);
        return (
          (value === values.get(symbol) || value === 1) &&
          folders.every((folder) => this.#evaluation.tristate(folder) > 0)
        );
      });
    for (let dropped = true; dropped; ) {
      dropped = false;
      for (const change of [...kept].reverse()) {
        this.#evaluation.assign(change.symbol, change.before);
        if (holds()) {
          kept = kept.filter((other) => other !== change);
          dropped = true;
        } else this.#evaluation.assign(change.symbol, change.value);
      }
    }
    this.#changes = kept;
  }
}

/** The part of a condition that fails, where it is one of several that must hold. */
function culprit(condition: Expression, evaluation: Evaluation): Expression {
  if (condition.op !== 'and') return condition;
  const failing = condition.of.find((operand) => evaluation.evaluate(operand) === 0);
  return failing ? culprit(failing, evaluation) : condition;
}

const opposites = { '=': '!=', '!=': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' } as const;

/** Solves once; see `Solver`. */
export function solve(kconfig: Kconfig, targets: readonly Wanted[], base: Base = {}): Solution {
  return new Solver(kconfig, base).solve(targets);
}
