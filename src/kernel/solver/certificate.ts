/**
 * A proof that something cannot be had: what was taken as given, and that this alone rules it out.
 *
 * What a search does not find may still be there. So what it takes as given (what others have set, the machine, what is
 * barred, the values of texts and numbers) is handed to `Bounds`, and where these leave no room, the givens that decide it are
 * gathered: backwards, for a condition that cannot hold, from one part of a conjunction and all parts of a
 * disjunction. Then the proof is worked out once more from the gathered ones alone.
 */
import { type Condition, meets, type Requirement } from '../kbuild/kbuild.ts';
import { Evaluation, isLogical, letters, type Tristate, tristateOf } from '../kconfig/evaluate.ts';
import type { Expression, Leaf } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig } from '../kconfig/model.ts';
import { Bounds, type Givens } from './bounds.ts';
import { givensOf, type Settings } from './givens.ts';
import type { Taken, Wanted } from './solution.ts';
import { clausesFor, isFor } from './wanted.ts';

/** The givens that rule out what is wanted; undefined where nothing proves that it cannot be had. */
export function certify(
  kconfig: Kconfig,
  architecture: string,
  base: Settings,
  person: Settings,
  wanted: Wanted,
): Taken[] | undefined {
  const givens = givensOf(kconfig, base, person);
  const gathering = new Gathering(kconfig, architecture, givens);
  if (gathering.bounds.allows(wanted)) return undefined;
  gathering.ruleOut(wanted);
  const taken = smallest(kconfig, architecture, wanted, gathering.taken);
  return refutes(kconfig, architecture, wanted, taken) ? taken : undefined;
}

/** Whether givens alone rule out what is wanted, whatever else is configured. */
export function refutes(
  kconfig: Kconfig,
  architecture: string,
  wanted: Wanted,
  taken: readonly Taken[],
): boolean {
  const bySymbol = new Map(taken.map((each) => [each.symbol, each]));
  return !new Possibilities(kconfig, architecture, ({ name }) => bySymbol.get(name)).allows(wanted);
}

/** Each left out once, where the others do without it. */
function smallest(kconfig: Kconfig, architecture: string, wanted: Wanted, taken: readonly Taken[]): Taken[] {
  let kept = [...taken];
  // The gathered are few; where they are not, they are many boards, of which each counts.
  if (kept.length > 40) return kept;
  for (const each of taken) {
    const others = kept.filter((other) => other !== each);
    if (refutes(kconfig, architecture, wanted, others)) kept = others;
  }
  return kept;
}

/** Bounds that also know what makefiles ask for. */
class Possibilities extends Bounds {
  readonly #kconfig: Kconfig;
  readonly #architecture: string;

  constructor(kconfig: Kconfig, architecture: string, givens: Givens) {
    super(kconfig, givens);
    this.#kconfig = kconfig;
    this.#architecture = architecture;
  }

  allows(wanted: Wanted): boolean {
    if ('symbol' in wanted) return this.of(wanted.symbol).high >= tristateOf(wanted.value ?? 'm');
    return wanted.module.rules.some(
      (rule) =>
        isFor(rule, this.#architecture) &&
        [rule.condition, ...rule.folders.map(({ condition }) => condition)].every((each) =>
          this.canHold(each),
        ),
    );
  }

  canHold(condition: Condition): boolean {
    return clausesFor(condition, this.#architecture).some(({ requires }) =>
      requires.every((each) => this.canMeet(each)),
    );
  }

  canMeet(requirement: Requirement): boolean {
    const symbol = this.#kconfig.symbol(requirement.symbol);
    if (!symbol) return meets(requirement, 'n');
    if (!isLogical(symbol.type)) {
      const text = this.taken(requirement.symbol)?.value;
      return text === undefined || meets(requirement, text);
    }
    const { low, high } = this.of(requirement.symbol);
    return letters.slice(low, high + 1).some((letter) => meets(requirement, letter));
  }
}

/** Which givens make something impossible. */
class Gathering {
  readonly bounds: Possibilities;
  readonly #kconfig: Kconfig;
  readonly #architecture: string;
  readonly #found = new Map<string, Taken>();
  readonly #asked = new Set<string>();

  constructor(kconfig: Kconfig, architecture: string, givens: Givens) {
    this.#kconfig = kconfig;
    this.#architecture = architecture;
    this.bounds = new Possibilities(kconfig, architecture, givens);
  }

  get taken(): Taken[] {
    return [...this.#found.values()];
  }

  ruleOut(wanted: Wanted): void {
    if ('symbol' in wanted) {
      this.#symbolAtMost(wanted.symbol, (tristateOf(wanted.value ?? 'm') - 1) as Tristate);
      return;
    }
    for (const rule of wanted.module.rules.filter((each) => isFor(each, this.#architecture))) {
      const conditions = [rule.condition, ...rule.folders.map(({ condition }) => condition)];
      const impossible = conditions.find((each) => !this.bounds.canHold(each))!;
      for (const { requires } of clausesFor(impossible, this.#architecture))
        this.#unmet(requires.find((each) => !this.bounds.canMeet(each))!);
    }
  }

  #unmet({ symbol: name }: Requirement): void {
    const symbol = this.#kconfig.symbol(name);
    if (!symbol) return;
    if (!isLogical(symbol.type)) {
      this.#take(name);
      return;
    }
    const { low, high } = this.bounds.of(name);
    if (high < 2) this.#symbolAtMost(name, high);
    if (low > 0) this.#symbolAtLeast(name, low);
  }

  #take(name: string): void {
    const taken = this.bounds.taken(name);
    if (taken) this.#found.set(name, taken);
  }

  /** `level` is never below what the condition comes to at most. */
  #atMost(condition: Expression | null, level: Tristate): void {
    if (level === 2 || condition === null) return;
    switch (condition.op) {
      case 'symbol':
        this.#symbolAtMost(condition.name, level);
        return;
      case 'constant':
        return;
      case 'not':
        this.#atLeast(condition.of, (2 - level) as Tristate);
        return;
      case 'or':
        for (const operand of condition.of) this.#atMost(operand, level);
        return;
      case 'and': {
        const low = condition.of.filter((operand) => this.bounds.ofCondition(operand).high <= level);
        // What is nowhere defined needs nothing to be taken.
        const [operand] = [...low].sort((a, b) => Number(!this.#isPlain(a)) - Number(!this.#isPlain(b)));
        this.#atMost(operand!, level);
        return;
      }
      default:
        this.#side(condition.left);
        this.#side(condition.right);
    }
  }

  #atLeast(condition: Expression | null, level: Tristate): void {
    if (level === 0 || condition === null) return;
    switch (condition.op) {
      case 'symbol':
        this.#symbolAtLeast(condition.name, level);
        return;
      case 'constant':
        return;
      case 'not':
        this.#atMost(condition.of, (2 - level) as Tristate);
        return;
      case 'and':
        for (const operand of condition.of) this.#atLeast(operand, level);
        return;
      case 'or':
        this.#atLeast(condition.of.find((operand) => this.bounds.ofCondition(operand).low >= level)!, level);
        return;
      default:
        this.#side(condition.left);
        this.#side(condition.right);
    }
  }

  #isPlain(condition: Expression): boolean {
    return (
      condition.op === 'constant' || (condition.op === 'symbol' && !this.#kconfig.symbol(condition.name))
    );
  }

  #side(leaf: Leaf): void {
    if (leaf.op === 'constant') return;
    const symbol = this.#kconfig.symbol(leaf.name);
    if (!symbol) return;
    if (!isLogical(symbol.type)) {
      this.#take(leaf.name);
      return;
    }
    const { low, high } = this.bounds.of(leaf.name);
    this.#symbolAtMost(leaf.name, high);
    this.#symbolAtLeast(leaf.name, low);
  }

  #symbolAtMost(name: string, level: Tristate): void {
    const symbol = this.#kconfig.symbol(name);
    if (level === 2 || !symbol || !isLogical(symbol.type) || !this.#ask(`${name}<=${level}`)) return;
    const taken = this.bounds.taken(name);
    if (taken && taken.by !== 'base') {
      this.#take(name);
      return;
    }
    // A bool that is below `y` is `n`.
    const most: Tristate = symbol.type === 'bool' ? 0 : level;
    const picked = this.#pickedInstead(symbol);
    if (picked) {
      this.#take(picked.symbol);
      return;
    }
    for (const { condition } of symbol.prompts) this.#atMost(condition, most);
    if (symbol.choice !== undefined || symbol.members) return;
    for (const { condition, value } of symbol.defaults) {
      const where = this.bounds.ofCondition(condition);
      this.#atMost(where.high <= most ? condition : value, most);
      if (where.low === 0) continue;
      // The ones after it do not count.
      this.#atLeast(condition, 1);
      break;
    }
    for (const reference of symbol.selectedBy) {
      if (this.bounds.of(reference.symbol).high <= most) this.#symbolAtMost(reference.symbol, most);
      else this.#atMost(reference.condition, most);
    }
    const dependent = this.bounds.ofCondition(symbol.dependencies).high <= most;
    if (dependent && symbol.impliedBy.length > 0) {
      this.#atMost(symbol.dependencies, most);
      return;
    }
    for (const reference of symbol.impliedBy) {
      if (this.bounds.of(reference.symbol).high <= most) this.#symbolAtMost(reference.symbol, most);
      else this.#atMost(reference.condition, most);
    }
  }

  #symbolAtLeast(name: string, level: Tristate): void {
    const symbol = this.#kconfig.symbol(name);
    if (level === 0 || !symbol || !this.#ask(`${name}>=${level}`)) return;
    const taken = this.bounds.taken(name);
    if (taken && tristateOf(taken.value ?? 'n') >= level) {
      const isAnswer = taken.by === 'base' || taken.by === 'person';
      const shown = symbol.prompts.find(({ condition }) => this.bounds.ofCondition(condition).low >= level);
      if (!isAnswer || shown) {
        this.#take(name);
        if (isAnswer) this.#atLeast(shown!.condition, level);
        return;
      }
    }
    const least: Tristate = symbol.type === 'bool' ? 1 : level;
    const selector = symbol.selectedBy.find((each) => this.bounds.ofReference(each).low >= least);
    if (selector) {
      this.#symbolAtLeast(selector.symbol, least);
      this.#atLeast(selector.condition, least);
      return;
    }
    for (const { condition } of symbol.prompts) this.#atMost(condition, 0);
    for (const { condition, value } of symbol.defaults) {
      const where = this.bounds.ofCondition(condition);
      if (where.high === 0) {
        this.#atMost(condition, 0);
        continue;
      }
      this.#atLeast(value, least);
      if (where.low === 0) continue;
      this.#atLeast(condition, least);
      break;
    }
  }

  #pickedInstead({ name, choice }: ConfigSymbol): Taken | undefined {
    const definition = choice === undefined ? undefined : this.#kconfig.symbol(choice);
    if (definition?.type !== 'bool') return undefined;
    const picked = this.bounds.picked(definition);
    return picked?.symbol === name ? undefined : picked;
  }

  #ask(key: string): boolean {
    if (this.#asked.has(key)) return false;
    this.#asked.add(key);
    return true;
  }
}
