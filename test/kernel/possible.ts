/**
 * What values symbols can have at all, whatever is assigned: to prove refusals without the solver.
 *
 * Each bool and tristate has a set of values, by bits: 1 for `n`, 2 for `m`, 4 for `y`. All begin empty, and grow by what their
 * definitions make of the others' sets until nothing changes. What then is empty still asks for itself: it begins with `n`,
 * and all grow again. Operands are taken as independent of each other, and numbers and texts as anything, so that a set may
 * be too large and never too small: what is not in it cannot be had.
 *
 * The base is held to as resolve holds to it: `y` stays `y`, `m` does not become `n`, the member that it picks of a choice stays picked.
 */
import type { Condition, KbuildModule, KbuildRule } from '../../src/kernel/kbuild/kbuild.ts';
import { meets } from '../../src/kernel/kbuild/kbuild.ts';
import { Evaluation, isLogical, letters } from '../../src/kernel/kconfig/evaluate.ts';
import type { ComparisonOperator, Expression, Leaf } from '../../src/kernel/kconfig/expression.ts';
import type { ConfigSymbol, Kconfig, SymbolType } from '../../src/kernel/kconfig/model.ts';
import { compareTexts } from '../../src/kernel/kconfig/values.ts';

type Values = number;
const [N, M, Y] = [1, 2, 4];
const any: Values = N | M | Y;

/** Each of one set with each of another, by `Math.min` or `Math.max`. */
function table(pick: (left: number, right: number) => number): (left: Values, right: Values) => Values {
  const all = Array.from({ length: 64 }, (_, index) => {
    let values = 0;
    for (let left = 0; left < 3; left++)
      for (let right = 0; right < 3; right++)
        if ((index >> 3) & (1 << left) && index & (1 << right)) values |= 1 << pick(left, right);
    return values;
  });
  return (left, right) => all[(left << 3) | right]!;
}
const least = table(Math.min);
const most = table(Math.max);
const inverse = (values: Values): Values => (values & M) | (values & N ? Y : 0) | (values & Y ? N : 0);

export class Possible {
  readonly #kconfig: Kconfig;
  readonly #base: ReadonlyMap<string, string>;
  readonly #never: ReadonlySet<string>;
  readonly #values = new Map<string, Values>();

  /** @param never symbols that are not to be assigned, unless the base has them; of a choice's members the default stays */
  constructor(kconfig: Kconfig, base: ReadonlyMap<string, string>, never: readonly string[] = []) {
    this.#kconfig = kconfig;
    this.#base = base;
    this.#never = new Set(never.filter((name) => base.get(name) !== 'y'));
    const picked = new Evaluation(kconfig, base);
    const symbols = [...kconfig.names()].map((name) => kconfig.symbol(name)!);
    const logical = symbols.filter(({ type }) => isLogical(type));
    for (const { name } of logical) this.#values.set(name, 0);
    this.#grow(logical, picked);
    for (const { name } of logical) if (this.#of(name) === 0) this.#values.set(name, N);
    this.#grow(logical, picked);
  }

  #grow(symbols: readonly ConfigSymbol[], picked: Evaluation): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const symbol of symbols) {
        const before = this.#of(symbol.name);
        const values = before | this.#compute(symbol, picked);
        if (values === before) continue;
        this.#values.set(symbol.name, values);
        changed = true;
      }
    }
  }

  /** Whether a symbol may come to have a value; of numbers and texts nothing is known. */
  has(name: string, value: string): boolean {
    const type = this.#kconfig.symbol(name)?.type;
    if (type !== undefined && !isLogical(type)) return true;
    const bit = (letters as readonly string[]).indexOf(value === '' ? 'n' : value);
    return bit >= 0 && (this.#of(name) & (1 << bit)) !== 0;
  }

  /** Whether the makefiles may come to make a module, or build it in. */
  makes(module: KbuildModule, arch: string): boolean {
    const holds = (condition: Condition): boolean =>
      condition.some(
        ({ architectures, requires }) =>
          (architectures === null || architectures.includes(arch)) &&
          requires.every((requirement) => {
            const type = this.#kconfig.symbol(requirement.symbol)?.type;
            if (type !== undefined && !isLogical(type)) return true;
            return letters.some((value) => this.has(requirement.symbol, value) && meets(requirement, value));
          }),
      );
    const met = ({ condition, folders }: KbuildRule): boolean =>
      holds(condition) && folders.every((folder) => holds(folder.condition));
    return [...module.rules, ...module.builtin].some(met);
  }

  /** What no file defines is `n`. A choice is not looked into. */
  #of(name: string): Values {
    return this.#values.get(name) ?? (this.#kconfig.symbol(name)?.members === undefined ? N : any);
  }

  #compute(symbol: ConfigSymbol, picked: Evaluation): Values {
    const { name, type, choice } = symbol;
    const bool = type === 'bool';
    let visible: Values = N;
    for (const { condition } of symbol.prompts) visible = most(visible, this.#evaluate(condition));
    visible = this.#promoted(visible, bool);
    const shown = visible & ~N;
    if (choice !== undefined) {
      // Members do not follow from defaults or selectors.
      const chosen = this.#kconfig
        .symbol(choice)!
        .members!.find((member) => this.#base.get(member) === 'y' && picked.value(member) === 'y');
      if (chosen !== undefined) return chosen === name ? Y : N;
      if (this.#never.has(name)) return picked.value(name) === 'y' ? N | Y : N;
      return N | this.#promoted(least(shown, any), bool);
    }
    const given = this.#base.get(name);
    // A bool takes no `m`: it stays unset.
    const set = bool && given === 'm' ? undefined : given;
    const allowed = set === 'y' ? Y : set === 'm' ? M | Y : this.#never.has(name) ? N : any;
    let values: Values = shown === 0 ? 0 : least(shown, allowed);
    // Unassigned, or with no prompt that shows.
    if (set === undefined || set === 'n' || visible & N) values |= this.#unset(symbol);
    const selected = this.#promoted(this.#references(symbol.selectedBy), bool);
    return this.#promoted(most(values, selected), bool);
  }

  /** What would be `m` is `y` for a bool, and for all without modules. */
  #promoted(values: Values, bool: boolean): Values {
    if ((values & M) === 0) return values;
    if (bool) return (values & ~M) | Y;
    const { modules } = this.#kconfig;
    return modules === null || this.#of(modules) & N ? values | Y : values;
  }

  #unset(symbol: ConfigSymbol): Values {
    let values: Values = 0;
    let open = true;
    for (const { condition, value } of symbol.defaults) {
      const holds = this.#evaluate(condition);
      if (holds & ~N) values |= least(this.#evaluate(value), holds & ~N);
      open = (holds & N) !== 0;
      if (!open) break;
    }
    if (open) values |= N;
    const implied = this.#references(symbol.impliedBy);
    if (implied & ~N) values |= least(most(values, implied), this.#evaluate(symbol.dependencies));
    return values;
  }

  #references(references: ConfigSymbol['selectedBy']): Values {
    let values: Values = N;
    for (const { symbol, condition } of references)
      values = most(values, least(this.#of(symbol), this.#evaluate(condition)));
    return values;
  }

  #evaluate(expression: Expression | null): Values {
    if (expression === null) return Y;
    switch (expression.op) {
      case 'symbol':
        return this.#of(expression.name);
      case 'constant':
        return expression.text === 'y' ? Y : expression.text === 'm' ? M : N;
      case 'not':
        return inverse(this.#evaluate(expression.of));
      case 'and':
        return expression.of.reduce((values, each) => least(values, this.#evaluate(each)), Y);
      case 'or':
        return expression.of.reduce((values, each) => most(values, this.#evaluate(each)), N);
      default: {
        const { op, left, right } = expression;
        const [lefts, rights] = [this.#texts(left), this.#texts(right)];
        if (lefts === null || rights === null) return N | Y;
        let values: Values = 0;
        for (const one of lefts)
          for (const other of rights)
            values |= holds(op, compareTexts(one, this.#typeOf(left), other, this.#typeOf(right))) ? Y : N;
        return values;
      }
    }
  }

  /** What a side of a comparison may be; null where that is any number or text. */
  #texts(leaf: Leaf): readonly string[] | null {
    if (leaf.op === 'constant') return [leaf.text];
    const symbol = this.#kconfig.symbol(leaf.name);
    // A name that nobody defines stands for itself.
    if (symbol === undefined) return [leaf.name];
    return isLogical(symbol.type) ? letters.filter((_, bit) => this.#of(leaf.name) & (1 << bit)) : null;
  }

  #typeOf(leaf: Leaf): SymbolType {
    if (leaf.op === 'symbol') return this.#kconfig.symbol(leaf.name)?.type ?? 'unknown';
    return (letters as readonly string[]).includes(leaf.text) ? 'tristate' : 'unknown';
  }
}

function holds(operator: ComparisonOperator, order: number): boolean {
  const signs = { '=': [0], '!=': [-1, 1], '<': [-1], '<=': [-1, 0], '>': [1], '>=': [0, 1] };
  return signs[operator].includes(Math.sign(order));
}
