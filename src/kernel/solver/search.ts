import type { Condition, KbuildRule, Requirement } from '../kbuild/kbuild.ts';
import { holds, meets } from '../kbuild/kbuild.ts';
import { Evaluation, isLogical, letters, type Tristate, tristateOf } from '../kconfig/evaluate.ts';
import { type Comparison, type Expression, formatExpression, type Leaf } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig, Prompt, Reference } from '../kconfig/model.ts';
import { barred, isMachine } from './machine.ts';
import type { Obstacle, Relation } from './obstacle.ts';
import type { Base, Wanted, WantedModule, WantedSymbol } from './solution.ts';
import { clausesFor, isFor, isHeld, levelsOf, makefileValue, makerOf, standing } from './wanted.ts';

/*
 * From what is wanted to assignments, backwards: what is asked of a symbol becomes what its prompt, its selectors or its
 * defaults ask of others, until something can be assigned. Evaluation is the judge: after each assignment the value is
 * asked for, so nothing is taken for granted.
 *
 * Greedy, with trials where there are several ways: each is tried on the spot and taken back, the cheapest is kept. A way
 * that costs more than the best so far is left at once. A module's own lines come before those of its folders, and a prompt
 * before a selector: who wants a module wants its own switch, not a driver that happens to select it.
 */

/** Steps of the search for one target; the hardest of the kernel's modules takes some hundreds. */
const mostSteps = 20_000;
/** How deep one may lead to another. */
const deepest = 60;
/** Ways that are tried where there are many: a library may have a hundred selectors. */
const mostWays = 60;

/**
 * What an assignment costs. What contradicts the base is for where there is nothing else, turning something off too, as it may
 * take along what is not seen here; what only shows a prompt is the last resort.
 */
const cost = { plain: 10, against: 100, off: 120, prompt: 1_000 };

/** It shows what most people should not touch, and nothing is built from it. */
const expert = 'EXPERT';

type Way = () => Obstacle | null;

interface Side {
  /** Null for a constant. */
  name: string | null;
  value: Tristate;
}

export interface Change {
  readonly symbol: string;
  readonly value: string;
  readonly before: string | undefined;
  readonly cost: number;
}

/** Searches from one base, again and again; what was found stays until it is taken back. */
export class Search {
  readonly kconfig: Kconfig;
  /** With what was changed so far. */
  readonly evaluation: Evaluation;
  readonly #architecture: string;
  readonly #base: ReadonlyMap<string, string>;
  readonly #person: ReadonlyMap<string, string>;
  /** What was changed against the base, in order. */
  #changes: Change[] = [];
  /** What they cost. */
  #spent = 0;
  /** Above this a way costs too much. */
  #ceiling = Number.POSITIVE_INFINITY;
  /** What the next symbol asked for is to the last one. */
  #relation: Relation = 'dependency';
  /** What is being asked for, lest it asks for itself. */
  readonly #asked = new Set<string>();
  #effective: ReadonlyMap<string, Tristate> | undefined;
  #steps = 0;
  #depth = 0;

  constructor(kconfig: Kconfig, architecture: string, { base = [], person = [] }: Base = {}) {
    this.kconfig = kconfig;
    this.#architecture = architecture;
    this.#person = new Map(person);
    this.#base = new Map(base);
    this.evaluation = new Evaluation(kconfig, [...this.#base, ...this.#person]);
  }

  /** What the base sets to `m` or `y` and is so, before anything is changed. */
  get #standing(): ReadonlyMap<string, Tristate> {
    if (this.#effective) return this.#effective;
    const before = new Evaluation(this.kconfig, [...this.#base, ...this.#person]);
    const standing = new Map<string, Tristate>();
    for (const [name, value] of this.#base) {
      const level = before.tristate(name);
      if (!this.#person.has(name) && level > 0 && level >= tristateOf(value)) standing.set(name, level);
    }
    this.#effective = standing;
    return standing;
  }

  /** In order; a symbol that was changed twice is there twice. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Nothing can be `m` while MODULES is off. */
  reachModules(): Obstacle | null {
    const { modules } = this.kconfig;
    if (modules === null) return null;
    const mark = this.#changes.length;
    this.#begin();
    const obstacle = this.#symbolAtLeast(modules, 2);
    if (obstacle) this.undo(mark);
    return obstacle;
  }

  /** Changes what it takes; nothing, where there is an obstacle. */
  reach(wanted: Wanted): Obstacle | null {
    if (isHeld(wanted, standing(wanted, this.evaluation, this.#architecture))) return null;
    const mark = this.#changes.length;
    this.#begin();
    const obstacle = 'module' in wanted ? this.#module(wanted) : this.#wish(wanted);
    if (obstacle) this.undo(mark);
    return obstacle;
  }

  /** Takes back all changes but the first `mark`. */
  undo(mark: number): void {
    while (this.#changes.length > mark) {
      const { symbol, before, cost } = this.#changes.pop()!;
      this.#spent -= cost;
      this.evaluation.assign(symbol, before);
    }
  }

  #begin(): void {
    this.#steps = 0;
    this.#depth = 0;
    this.#ceiling = Number.POSITIVE_INFINITY;
    this.#relation = 'dependency';
    this.#asked.clear();
  }

  // What is wanted

  #module(wanted: WantedModule): Obstacle | null {
    const { module } = wanted;
    const name = makerOf(module, this.evaluation, this.#architecture) ?? module.name;
    const rules = module.rules.filter((rule) => isFor(rule, this.#architecture));
    return this.#any(
      name,
      rules.map((rule) => () => {
        const obstacle = this.#rule(name, rule);
        if (obstacle || isHeld(wanted, standing(wanted, this.evaluation, this.#architecture)))
          return obstacle;
        return this.#failed(name);
      }),
    );
  }

  /** Has a line list its object, and its makefile read. */
  #rule(name: string, { condition, folders }: KbuildRule): Obstacle | null {
    // What a line itself asks for often opens the folders above it.
    let obstacle = this.#listed(name, 'target', condition);
    for (const folder of folders) obstacle ??= this.#listed(name, 'folder', folder.condition);
    return obstacle;
  }

  #listed(name: string, relation: Relation, condition: Condition): Obstacle | null {
    const value = (symbol: string): string => makefileValue(this.evaluation, symbol);
    if (holds(condition, value, this.#architecture)) return null;
    return this.#any(
      name,
      clausesFor(condition, this.#architecture).map(({ requires }) => () => {
        for (const requirement of requires) {
          const obstacle = this.#require(requirement);
          if (!obstacle) continue;
          if (relation === 'target' || requirement.symbol === name) return obstacle;
          const condition: Expression = { op: 'symbol', name: requirement.symbol };
          return { kind: 'needs', symbol: name, relation, condition, of: obstacle };
        }
        return null;
      }),
    );
  }

  #require(requirement: Requirement): Obstacle | null {
    const { symbol: name } = requirement;
    if (meets(requirement, makefileValue(this.evaluation, name))) return null;
    const { symbol, value, text } = this.evaluation.state(name);
    if (!symbol) return { kind: 'undefined', symbol: name };
    if (!isLogical(symbol.type)) return { kind: 'given', symbol: name, value: text };
    const levels = levelsOf(requirement);
    const above = levels.find((level) => level > value);
    const below = levels.findLast((level) => level < value);
    if (above !== undefined) return this.#symbolAtLeast(name, above);
    return below === undefined ? this.#failed(name) : this.#symbolAtMost(name, below);
  }

  /** What a person sets already, but Kconfig drops or changes. */
  #wish({ symbol: name, value }: WantedSymbol): Obstacle | null {
    const { symbol, value: now } = this.evaluation.state(name);
    if (!symbol) return { kind: 'undefined', symbol: name };
    if (!isLogical(symbol.type)) {
      const hidden = this.#show(symbol, 1);
      return hidden ?? (this.evaluation.value(name) === value ? null : this.#failed(name));
    }
    const wanted = value === undefined ? 1 : tristateOf(value);
    const obstacle = now < wanted ? this.#symbolAtLeast(name, wanted) : this.#symbolAtMost(name, wanted);
    if (obstacle || value === undefined || this.evaluation.value(name) === value) return obstacle;
    return this.#failed(name);
  }

  #failed(name: string): Obstacle {
    return { kind: 'given', symbol: name, value: this.evaluation.value(name) };
  }

  // What is asked

  /** Sees to it that a condition is worth at least `level`. On failure the caller takes back what was changed. */
  #atLeast(condition: Expression | null, level: Tristate, symbol: string): Obstacle | null {
    if (level === 0 || condition === null || this.evaluation.evaluate(condition) >= level) return null;
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
          () => this.evaluation.evaluate(condition) >= level,
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
    if (level === 2 || this.evaluation.evaluate(condition) <= level) return null;
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
          () => this.evaluation.evaluate(condition) <= level,
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
      // A name that is not defined stands for itself, and is neither y nor n.
      if (leaf.op === 'symbol' && !this.kconfig.symbol(leaf.name))
        return { kind: 'undefined', symbol: leaf.name };
      const value = leaf.op === 'symbol' ? this.evaluation.value(leaf.name) : leaf.text;
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
        if (obstacle || this.evaluation.evaluate(condition) === (wanted ? 2 : 0)) return obstacle;
        return { kind: 'comparison', condition, value: letters[left.value] };
      }),
    );
  }

  /** A side of a comparison: a bool or tristate, or one of their values. */
  #side(leaf: Leaf): Side | null {
    if (leaf.op === 'constant') {
      return /^[ymn]$/.test(leaf.text) ? { name: null, value: tristateOf(leaf.text) } : null;
    }
    const { symbol, value } = this.evaluation.state(leaf.name);
    return isLogical(symbol?.type) ? { name: leaf.name, value } : null;
  }

  #symbolAtLeast(name: string, level: Tristate): Obstacle | null {
    const state = this.evaluation.state(name);
    if (state.value >= level) return null;
    const { symbol } = state;
    if (!symbol) return { kind: 'undefined', symbol: name };
    if (!isLogical(symbol.type)) return { kind: 'given', symbol: name, value: state.text };
    const key = `${name}>=${level}`;
    if (this.#asked.has(key)) return { kind: 'loop', symbol: name };
    if (++this.#steps > mostSteps || this.#depth > deepest) return { kind: 'cut', symbol: name };
    const decided = this.#person.get(name);
    if (decided !== undefined && tristateOf(decided) < level && symbol.prompts.length > 0) {
      return { kind: 'set', symbol: name, value: decided, by: 'person' };
    }
    if (decided === undefined && barred.has(name)) return { kind: 'barred', symbol: name };
    if (decided === undefined && isMachine(this.kconfig, symbol)) return this.#machine(symbol, 'y');
    return this.#deeper(key, () => this.#raise(symbol, level));
  }

  #raise(symbol: ConfigSymbol, level: Tristate): Obstacle | null {
    const { name } = symbol;
    // A bool that may be `m` is `y`.
    const need: Tristate = symbol.type === 'bool' ? 1 : level;
    if (symbol.members) return this.#show(symbol, need);
    const mark = this.#changes.length;
    const before = this.#spent;
    const answer: Way = () => this.#answer(symbol, level, need);
    let first: Obstacle | null = null;
    if (symbol.prompts.length > 0) {
      first = answer();
      if (!first && this.#spent - before < cost.prompt) return null;
      this.undo(mark);
      if (first?.kind === 'cut') return first;
    }
    const ways = this.#otherWays(symbol, level, need);
    // The prompt can be had, at a price: there may be something better.
    if (symbol.prompts.length > 0 && !first) return this.#any(name, [answer, ...ways]);
    if (ways.length === 0) return first ?? this.#failed(name);
    const obstacle = this.#any(name, ways);
    if (!obstacle || obstacle.kind === 'cut') return obstacle;
    // Where there is a prompt, what hides it is what a person should hear of first.
    const others = obstacle.kind === 'none' ? obstacle.ways : [obstacle];
    return { kind: 'none', symbol: name, ways: first ? [first, ...others] : others };
  }

  /** Those without the symbol's own prompt. */
  #otherWays(symbol: ConfigSymbol, level: Tristate, need: Tristate): Way[] {
    const { name } = symbol;
    const ways: Way[] = [];
    const reached = (): Obstacle | null =>
      this.evaluation.tristate(name) >= level ? null : this.#failed(name);
    for (const [references, relation] of [
      [symbol.selectedBy, 'selector'],
      [symbol.impliedBy, 'implier'],
    ] as const) {
      for (const { symbol: by, condition } of this.#nearest(name, references, need)) {
        ways.push(() => {
          const obstacle =
            this.#symbolAtLeast(by, need) ??
            this.#atLeast(condition, need, by) ??
            this.#atLeast(symbol.dependencies, need, name);
          if (!obstacle) return reached();
          const selector: Expression = { op: 'symbol', name: by };
          return { kind: 'needs', symbol: name, relation, condition: selector, of: obstacle };
        });
      }
    }
    if (symbol.choice !== undefined) return ways;
    for (const { condition, value } of symbol.defaults) {
      ways.push(
        () =>
          this.#asking(name, 'dependency', condition, () => this.#atLeast(condition, need, name)) ??
          this.#asking(name, 'default', value, () => this.#atLeast(value, need, name)) ??
          reached(),
      );
    }
    return ways;
  }

  /** Makes a symbol's prompt show, then assigns. */
  #answer(symbol: ConfigSymbol, level: Tristate, need: Tristate): Obstacle | null {
    const { name } = symbol;
    const picked = this.#picked(symbol);
    if (picked) return picked;
    const hidden = this.#show(symbol, need);
    if (hidden) return hidden;
    // A person has answered, and now it counts.
    if (this.#person.has(name)) return this.evaluation.tristate(name) >= level ? null : this.#failed(name);
    // The base has, too, and is not lowered.
    if (tristateOf(this.#base.get(name) ?? 'n') >= level && this.evaluation.tristate(name) >= level)
      return null;
    const values =
      level === 2 || symbol.type === 'bool' ? ['y'] : symbol.choice === undefined ? ['m'] : ['m', 'y'];
    for (const value of values) {
      const tooMuch = this.#assign(name, value);
      if (tooMuch) return tooMuch;
      if (this.evaluation.tristate(name) >= level) return null;
    }
    return this.#failed(name);
  }

  #show(symbol: ConfigSymbol, need: Tristate): Obstacle | null {
    const { name, prompts } = symbol;
    if (prompts.length === 0) return { kind: 'given', symbol: name, value: 'n' };
    if (this.evaluation.state(name).visibility >= need) return null;
    return this.#any(
      name,
      prompts.map((prompt) => () => this.#showPrompt(symbol, prompt, need)),
    );
  }

  /** What the symbol depends on comes first; what the prompt asks for beyond that only shows it. */
  #showPrompt(symbol: ConfigSymbol, { condition }: Prompt, need: Tristate): Obstacle | null {
    const { name, definitions } = symbol;
    // Of several definitions one will do, and the prompt's own condition says which.
    if (definitions.length !== 1 || symbol.members !== undefined)
      return this.#asking(name, 'dependency', condition, () => this.#atLeast(condition, need, name));
    const { dependencies } = symbol;
    const further = beyond(condition, dependencies);
    // What shows the prompt may undo what the symbol depends on.
    for (let round = 0; round < 2; round++) {
      const obstacle =
        this.#asking(name, 'dependency', dependencies, () => this.#atLeast(dependencies, need, name)) ??
        this.#asking(name, 'prompt', further, () => this.#atLeast(further, need, name));
      if (obstacle) return obstacle;
      if (this.evaluation.evaluate(condition) >= need) break;
    }
    return null;
  }

  /** Whether someone has picked another member of the symbol's choice. */
  #picked({ name, choice }: ConfigSymbol): Obstacle | null {
    if (choice === undefined) return null;
    const { chosen } = this.evaluation.state(choice);
    if (chosen === null || chosen === name) return null;
    if (this.#person.get(chosen) === 'y')
      return { kind: 'choice', symbol: name, picked: chosen, by: 'person' };
    if (this.#base.get(chosen) === 'y') return { kind: 'choice', symbol: name, picked: chosen, by: 'base' };
    if (this.#changes.some((change) => change.symbol === chosen))
      return { kind: 'needed', symbol: chosen, value: 'y' };
    return null;
  }

  #machine(symbol: ConfigSymbol, wanted: 'y' | 'n'): Obstacle {
    const { name, choice } = symbol;
    const chosen = choice === undefined ? null : this.evaluation.state(choice).chosen;
    const instead = wanted === 'y' && chosen !== name ? (chosen ?? undefined) : undefined;
    const decided = (each: string): boolean => this.#person.has(each) || this.#base.has(each);
    return { kind: 'machine', symbol: name, wanted, instead, decided: decided(instead ?? name) };
  }

  #symbolAtMost(name: string, most: Tristate): Obstacle | null {
    const state = this.evaluation.state(name);
    if (state.value <= most) return null;
    const { symbol } = state;
    // A bool that may be `m` at most is `n`.
    const level: Tristate = symbol?.type === 'bool' ? 0 : most;
    if (!symbol || !isLogical(symbol.type)) return { kind: 'given', symbol: name, value: state.text };
    for (const [assigned, by] of [
      [this.#person, 'person'],
      [this.#base, 'base'],
    ] as const) {
      const value = assigned.get(name);
      if (value !== undefined && tristateOf(value) > level) return { kind: 'set', symbol: name, value, by };
    }
    if (this.#changes.some((change) => change.symbol === name && tristateOf(change.value) > level)) {
      return { kind: 'needed', symbol: name, value: letters[state.value] };
    }
    const key = `${name}<=${level}`;
    if (this.#asked.has(key)) return { kind: 'loop', symbol: name };
    if (++this.#steps > mostSteps || this.#depth > deepest) return { kind: 'cut', symbol: name };
    if (isMachine(this.kconfig, symbol)) return this.#machine(symbol, 'n');
    return this.#deeper(key, () => this.#lower(symbol, level));
  }

  #lower(symbol: ConfigSymbol, level: Tristate): Obstacle | null {
    const { name } = symbol;
    const selecting = symbol.selectedBy.filter(
      ({ symbol: by, condition }) =>
        Math.min(this.evaluation.tristate(by), this.evaluation.evaluate(condition)) > level,
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
    if (this.evaluation.tristate(name) <= level) return null;
    if (symbol.choice !== undefined) {
      const others = this.kconfig.symbol(symbol.choice)!.members!.filter((member) => member !== name);
      return this.#any(
        name,
        others.map((member) => () => this.#symbolAtLeast(member, 2)),
      );
    }
    const ways: Way[] = [];
    if (this.evaluation.state(name).visibility > 0) ways.push(() => this.#denied(symbol, level));
    else {
      const counting = symbol.defaults.find(({ condition }) => this.evaluation.evaluate(condition) > 0);
      if (counting) {
        ways.push(
          () => this.#atMost(counting.value, level, name),
          () => this.#atMost(counting.condition, level, name),
        );
      }
      if (symbol.prompts.length > 0) ways.push(() => this.#show(symbol, 1) ?? this.#denied(symbol, level));
    }
    const obstacle = ways.length === 0 ? null : this.#any(name, ways);
    if (obstacle) return obstacle;
    const value = this.evaluation.tristate(name);
    return value <= level ? null : { kind: 'given', symbol: name, value: letters[value] };
  }

  /** Assigns what a prompt that shows allows at most; a person may have done so. */
  #denied({ name, type }: ConfigSymbol, level: Tristate): Obstacle | null {
    if (this.#person.has(name)) return null;
    return this.#assign(name, level === 1 && type === 'tristate' ? 'm' : 'n');
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

  /** Tries all ways and keeps the cheapest, of equals the first. */
  #any(symbol: string, ways: readonly Way[]): Obstacle | null {
    if (ways.length === 0) return this.#failed(symbol);
    if (ways.length === 1) return ways[0]!();
    const start = this.#changes.length;
    const before = this.#spent;
    const ceiling = this.#ceiling;
    let best: Change[] | null = null;
    let least = Number.POSITIVE_INFINITY;
    const obstacles: Obstacle[] = [];
    for (const way of ways.slice(0, mostWays)) {
      if (best) this.#ceiling = Math.min(ceiling, before + least - 1);
      const obstacle = way();
      if (obstacle) obstacles.push(obstacle);
      else if (this.#spent - before < least) {
        best = this.#changes.slice(start);
        least = this.#spent - before;
      }
      this.undo(start);
      if (least <= cost.plain || this.#steps > mostSteps) break;
    }
    this.#ceiling = ceiling;
    if (!best) {
      const cut = obstacles.length > 0 && obstacles.every(({ kind }) => kind === 'cut');
      return cut ? obstacles[0]! : { kind: 'none', symbol, ways: obstacles };
    }
    for (const change of best) this.#change(change);
    return null;
  }

  /**
   * A user's switches before drivers; of each those that are set already, then those that a prompt can set, and of these those
   * that are named alike. */
  #nearest(name: string, references: readonly Reference[], need: Tristate): Reference[] {
    if (references.length < 2) return [...references];
    const own = new Set(wordsOf(name));
    const distance = ({ symbol, condition }: Reference) => {
      const state = this.evaluation.state(symbol);
      const near = state.value >= need ? 0 : state.visibility >= need ? 1 : 2;
      const driver = near > 0 && isDriver(state.symbol);
      return 6 * Number(driver) + 2 * near + Number(this.evaluation.evaluate(condition) < need);
    };
    return references
      .map((reference, index) => {
        const foreign = wordsOf(reference.symbol).filter((word) => !own.has(word)).length;
        return { reference, index, far: distance(reference), foreign };
      })
      .sort((a, b) => a.far - b.far || a.foreign - b.foreign || a.index - b.index)
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
      condition: culprit(condition, this.evaluation),
      of: obstacle,
    };
  }

  /** Asks from one symbol further in; what is asked there are dependencies until said otherwise. */
  #deeper(key: string, ask: Way): Obstacle | null {
    const outer = this.#relation;
    // What only shows a prompt drags along all that it needs itself.
    if (outer !== 'prompt') this.#relation = 'dependency';
    this.#asked.add(key);
    this.#depth++;
    const obstacle = ask();
    this.#depth--;
    this.#asked.delete(key);
    this.#relation = outer;
    return obstacle;
  }

  // Changes

  #assign(symbol: string, value: string): Obstacle | null {
    const before = this.evaluation.assignments.get(symbol);
    const price = this.#priceOf(symbol, value);
    if (this.#spent + price > this.#ceiling) return { kind: 'cut', symbol };
    this.#change({ symbol, value, before, cost: price });
    if (value !== 'n') return null;
    // What the base has and loses by this is lowered, too.
    const more = cost.off * this.#lost();
    const last = this.#changes.pop()!;
    this.#changes.push({ ...last, cost: last.cost + more });
    this.#spent += more;
    return this.#spent > this.#ceiling ? { kind: 'cut', symbol } : null;
  }

  #priceOf(symbol: string, value: string): number {
    const said = this.#base.get(symbol);
    return (
      (value === 'n' ? cost.off : cost.plain) +
      (said !== undefined && said !== value ? cost.against : 0) +
      (this.#relation === 'prompt' || symbol === expert ? cost.prompt : 0)
    );
  }

  /** How many of the base's values that were there are not any more. */
  #lost(): number {
    let lost = 0;
    for (const [name, level] of this.#standing) if (this.evaluation.tristate(name) < level) lost++;
    return lost;
  }

  #change(change: Change): void {
    this.#changes.push(change);
    this.#spent += change.cost;
    this.evaluation.assign(change.symbol, change.value);
  }
}

/** The parts of a prompt's condition that its symbol does not depend on. */
function beyond(condition: Expression | null, dependencies: Expression | null): Expression | null {
  if (condition === null || condition === dependencies) return null;
  const known = new Set(
    dependencies === null ? [] : operandsOf(dependencies).map((each) => formatExpression(each)),
  );
  const of = operandsOf(condition).filter((each) => !known.has(formatExpression(each)));
  return of.length === 0 ? null : { op: 'and', of };
}

function operandsOf(condition: Expression): readonly Expression[] {
  return condition.op === 'and' ? condition.of.flatMap(operandsOf) : [condition];
}

function wordsOf(name: string): string[] {
  return name.split('_');
}

/** Something for one kind of hardware. */
function isDriver(symbol: ConfigSymbol | undefined): boolean {
  return symbol?.definitions.some(({ file }) => /^(drivers|sound)\//.test(file)) ?? false;
}

/** The part of a condition that fails, where it is one of several that must hold. */
function culprit(condition: Expression, evaluation: Evaluation): Expression {
  if (condition.op !== 'and') return condition;
  const failing = condition.of.find((operand) => evaluation.evaluate(operand) === 0);
  return failing ? culprit(failing, evaluation) : condition;
}

const opposites = { '=': '!=', '!=': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' } as const;
