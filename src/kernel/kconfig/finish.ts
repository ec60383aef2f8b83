import type { Node, Property, SymbolDraft } from './draft.ts';
import {
  and,
  type Expression,
  formatExpression,
  type Leaf,
  no,
  type SymbolLeaf,
  symbolsOf,
  yes,
} from './expression.ts';
import type { Kconfig, KconfigRules, MenuEntry, Reference, SymbolType } from './model.ts';
import type { KconfigParser } from './parse.ts';
import type { KconfigProblem } from './problem.ts';
import { simplified } from './simplify.ts';
import { validText } from './values.ts';

/*
 * From the tree of entries to the model: what encloses an entry becomes part of its conditions, and every `select` and
 * `imply` is told to its other side.
 *
 * Conditions are built from the outside in, so the condition of a block is one object that everything inside shares.
 */

type Report = (problem: KconfigProblem) => void;

/** Completes what a parser has read. Problems with definitions are warnings, with a choice's members errors. */
export function finishModel(parser: KconfigParser, rules: KconfigRules, report: Report): Kconfig {
  const { symbols, choices, expressions } = parser;
  expressions.finish(parser.modules);
  const finisher = new Finisher(parser, rules, report);
  finisher.children(parser.root);
  finisher.attach();
  for (const symbol of symbols.values()) checkSymbol(symbol, symbols, report);
  for (const choice of choices.values()) checkChoice(choice, report);
  if (rules.choices === 'bool') {
    for (const choice of choices.values()) checkMembers(choice, symbols, report);
  }
  const menu: MenuEntry[] = [];
  listMenu(parser.root, 0, menu);
  return {
    symbol: (name) => symbols.get(name) ?? choices.get(name),
    names: () => symbols.keys(),
    choices: () => choices.keys(),
    modules: parser.modules,
    rules,
    menu,
    title: parser.title,
  };
}

class Finisher {
  readonly #parser: KconfigParser;
  readonly #rules: KconfigRules;
  readonly #report: Report;
  readonly #selected = new Map<string, Reference[]>();
  readonly #implied = new Map<string, Reference[]>();

  constructor(parser: KconfigParser, rules: KconfigRules, report: Report) {
    this.#parser = parser;
    this.#rules = rules;
    this.#report = report;
  }

  /** All children of an entry, then theirs: the order in which the kernel's tool meets selects. */
  children(parent: Node): void {
    const classicChoice = parent.kind === 'choice' && this.#rules.choices === 'classic';
    if (classicChoice) this.#choiceType(parent);
    // A classic choice is itself what its members depend on, so that its value bounds theirs.
    const around = classicChoice ? this.#parser.expressions.symbol(parent.symbol!.name) : parent.dependencies;
    for (const node of parent.children) {
      const { conditions } = node;
      node.dependencies =
        conditions.length === 0
          ? around
          : around === null && conditions.length === 1
            ? conditions[0]!
            : { op: 'and', of: around === null ? conditions : [around, ...conditions] };
      if (!node.symbol) continue;
      for (const property of node.symbol.properties) {
        if (property.node === node) this.#property(node, node.symbol, property);
      }
    }
    for (const node of parent.children) {
      if (node.children.length > 0) this.children(node);
      // A choice has no dependencies of its own: all is in its prompt.
      else if (node.symbol && (node.kind === 'symbol' || this.#rules.choices === 'bool')) {
        node.symbol.dependencies = either(node.symbol.dependencies, node.dependencies);
      }
    }
    if (parent.kind === 'choice') this.#members(parent);
  }

  /** Tells the other sides of selects and implies. */
  attach(): void {
    for (const [name, references] of this.#selected) {
      const symbol = this.#parser.symbols.get(name);
      if (symbol) symbol.selectedBy = references;
    }
    for (const [name, references] of this.#implied) {
      const symbol = this.#parser.symbols.get(name);
      if (symbol) symbol.impliedBy = references;
    }
    for (const choice of this.#parser.choices.values()) {
      for (const name of choice.members!) {
        const member = this.#parser.symbols.get(name)!;
        if (this.#rules.choices === 'classic' && choice.type === 'tristate' && member.type !== 'tristate') {
          this.#boolMember(choice, member);
        }
      }
    }
  }

  #property(node: Node, symbol: SymbolDraft, property: Property): void {
    property.condition = and(node.dependencies, property.condition);
    if (property.kind !== 'select' && property.kind !== 'imply') return;
    if (this.#rules.selectsBy === 'values' && symbol.type !== 'tristate' && property.condition !== null) {
      property.condition = byValue(property.condition, this.#parser.symbols, false);
    }
    const { file } = node;
    const { line, condition } = property;
    const known = property.kind === 'select' ? this.#selected : this.#implied;
    const list = known.get(property.symbol);
    const reference: Reference = { symbol: symbol.name, condition, file, line };
    if (list) list.push(reference);
    else known.set(property.symbol, [reference]);
  }

  // Choices

  /** A classic choice without a type takes its first member's; members without one take the choice's. */
  #choiceType(node: Node): void {
    const choice = node.symbol!;
    const members = node.children.flatMap(({ symbol }) => symbol ?? []);
    if (choice.type === 'unknown')
      choice.type = members.find(({ type }) => type !== 'unknown')?.type ?? 'unknown';
    for (const member of members) if (member.type === 'unknown') member.type = choice.type;
  }

  #members(node: Node): void {
    const choice = node.symbol!;
    for (const member of this.#memberNodes(node)) {
      const symbol = member.symbol!;
      if (symbol.choice !== undefined) continue;
      symbol.choice = choice.name;
      choice.members!.push(symbol.name);
      if (this.#rules.choices === 'bool') continue;
      const warn = (message: string) => {
        const { file, line } = member;
        this.#report({ severity: 'warning', kind: 'choice', message, file, line });
      };
      if (!member.prompt) warn('choice value must have a prompt');
      if (symbol.properties.some(({ kind }) => kind === 'default'))
        warn('defaults for choice values not supported');
    }
    if (this.#rules.choices === 'classic' && node.prompt === null) {
      const { file, line } = node;
      this.#report({ severity: 'warning', kind: 'choice', message: 'choice must have a prompt', file, line });
    }
  }

  /**
   * The entries that are members: all in the choice and its ifs. In a classic choice an entry that depends on the member
   * before it belongs under that one, and is no member.
   */
  #memberNodes({ children }: Node): Node[] {
    const members: Node[] = [];
    for (let index = 0; index < children.length; ) {
      const child = children[index]!;
      if (child.kind === 'if') members.push(...this.#memberNodes(child));
      else if (child.kind === 'symbol') members.push(child);
      index = child.kind === 'symbol' && child.prompt ? this.#afterSubmenu(children, index) : index + 1;
    }
    return members;
  }

  /**
   * The index after all that belongs under a symbol of a classic choice. What is under it takes what follows in its
   * turn: of three in a row, each of which depends on the one before, the first alone is a member.
   */
  #afterSubmenu(children: readonly Node[], index: number): number {
    const above = [children[index]!];
    let next = index + 1;
    if (this.#rules.choices !== 'classic') return next;
    for (let child = children[next]; child; child = children[++next]) {
      while (above.length > 0 && !belongsUnder(child, above.at(-1)!, this.#parser.symbols)) above.pop();
      if (above.length === 0) break;
      if (child.kind === 'symbol') above.push(child);
    }
    return next;
  }

  /** A bool member of a tristate choice is there only while the choice is `y`. */
  #boolMember(choice: SymbolDraft, member: SymbolDraft): void {
    const isYes: Expression = { op: '=', left: this.#parser.expressions.symbol(choice.name), right: yes };
    for (const property of member.properties) property.condition = and(isYes, property.condition);
    member.dependencies = and(isYes, member.dependencies);
  }
}

/** With `A` for `A != n` of a tristate, also where a negation makes it one. */
function byValue(
  condition: Expression,
  symbols: ReadonlyMap<string, SymbolDraft>,
  negated: boolean,
): Expression {
  switch (condition.op) {
    case 'not': {
      const of = byValue(condition.of, symbols, !negated);
      return of === condition.of ? condition : { op: 'not', of };
    }
    case 'and':
    case 'or': {
      const of = condition.of.map((operand) => byValue(operand, symbols, negated));
      return of.every((operand, index) => operand === condition.of[index])
        ? condition
        : { op: condition.op, of };
    }
    case '=':
    case '!=': {
      const { op, left, right } = condition;
      if ((op === '=') !== negated || right !== no || left.op !== 'symbol') return condition;
      if (symbols.get(left.name)?.type !== 'tristate') return condition;
      return negated ? { op: 'not', of: left } : left;
    }
    default:
      return condition;
  }
}

/** The kernel's tool joins the dependencies of several definitions so: one without any adds nothing. */
function either(left: Expression | null, right: Expression | null): Expression | null {
  if (left === null) return right;
  if (right === null) return left;
  return left.op === 'or' ? { op: 'or', of: [...left.of, right] } : { op: 'or', of: [left, right] };
}

/**
 * Whether an entry that follows another belongs under it: it plainly needs that one, or it mentions it and asks for all
 * that it asks for.
 */
function belongsUnder(node: Node, above: Node, symbols: ReadonlyMap<string, SymbolDraft>): boolean {
  const { name } = above.symbol!;
  const asked = simplifiedParts(node, symbols);
  if (!asked.some((part) => symbolsOf(part).has(name))) return false;
  if (asked.some((part) => asks(part, name))) return true;
  const parts = new Set(asked.flatMap(conjuncts));
  return simplifiedParts(above, symbols)
    .flatMap(conjuncts)
    .every((part) => parts.has(part));
}

/**
 * What an entry asks for: what is around it, its own dependencies, its prompt's condition. The tool simplifies each of them by
 * itself, and `A = m` of a bool mentions nothing any more.
 */
function simplifiedParts(node: Node, symbols: ReadonlyMap<string, SymbolDraft>): Expression[] {
  const { dependencies, conditions } = node;
  const whole = node.prompt ? node.prompt.condition : dependencies;
  // As `children` and `and` have put them together.
  const around =
    conditions.length === 0
      ? dependencies
      : dependencies?.op === 'and' &&
          dependencies !== conditions[0] &&
          dependencies.of.length > conditions.length
        ? dependencies.of[0]!
        : null;
  const own = conditions.length === 0 ? null : ({ op: 'and', of: conditions } as const);
  const prompts =
    whole === dependencies ? null : dependencies === null ? whole : whole?.op === 'and' ? whole.of[1]! : null;
  return [around, own, prompts].flatMap((part) => (part === null ? [] : [simplified(part, symbols)]));
}

function conjuncts(condition: Expression | null): string[] {
  if (condition === null) return [];
  return condition.op === 'and' ? condition.of.flatMap(conjuncts) : [formatExpression(condition)];
}

function asks(condition: Expression, name: string): boolean {
  switch (condition.op) {
    case 'symbol':
      return condition.name === name;
    case 'and':
      return condition.of.some((operand) => asks(operand, name));
    case 'or':
      return condition.of.every((operand) => operand.op === 'symbol' && operand.name === name);
    case '=':
      return isSymbol(condition.left, name) && condition.right.op === 'constant' && condition.right !== no;
    case '!=':
      return isSymbol(condition.left, name) && condition.right === no;
    default:
      return false;
  }
}

function isSymbol(leaf: Leaf, name: string): leaf is SymbolLeaf {
  return leaf.op === 'symbol' && leaf.name === name;
}

function checkSymbol(symbol: SymbolDraft, symbols: ReadonlyMap<string, SymbolDraft>, report: Report): void {
  const { name, type } = symbol;
  if (symbol.unwritten === 'transitional') checkTransitional(symbol, report);
  const warn = (message: string, file: string, line: number) =>
    report({ severity: 'warning', kind: 'definition', message, file, line });
  if (type === 'unknown') {
    const { file, line } = symbol.nodes[0]!;
    warn('config symbol defined without type', file, line);
  }
  const logical = type === 'bool' || type === 'tristate';
  for (const property of symbol.properties) {
    const { line } = property;
    const { file } = property.node;
    if (property.kind === 'default') {
      const { op } = property.value;
      if (!logical && type !== 'unknown' && op !== 'symbol' && op !== 'constant') {
        warn(`default for config symbol '${name}' must be a single symbol`, file, line);
      } else if ((type === 'int' || type === 'hex') && !isNumber(type, property.value as Leaf, symbols)) {
        warn(`'${name}': number is invalid`, file, line);
      }
    } else if (property.kind === 'select' || property.kind === 'imply') {
      const target = symbols.get(property.symbol)?.type ?? 'unknown';
      if (!logical) {
        warn(`config symbol '${name}' uses ${property.kind}, but is not bool or tristate`, file, line);
      } else if (target !== 'unknown' && target !== 'bool' && target !== 'tristate') {
        const message = `'${property.symbol}' has wrong type. '${property.kind}' only accept arguments of bool and tristate type`;
        warn(message, file, line);
      }
    } else if (property.kind === 'range') {
      const { low, high } = property;
      if (type !== 'int' && type !== 'hex') warn('range is only allowed for int or hex symbols', file, line);
      if (!isNumber(type, low, symbols) || !isNumber(type, high, symbols))
        warn('range is invalid', file, line);
    }
  }
}

/** Whether a leaf gives a symbol of the type a number: another such symbol, or a text that the type takes. */
function isNumber(type: SymbolType, leaf: Leaf, symbols: ReadonlyMap<string, SymbolDraft>): boolean {
  if (leaf === yes || leaf === no || (leaf.op === 'constant' && leaf.text === 'm')) return false;
  const text = leaf.op === 'symbol' ? leaf.name : leaf.text;
  const other = leaf.op === 'symbol' ? (symbols.get(text)?.type ?? 'unknown') : 'unknown';
  return other === 'int' || other === 'hex' || (other === 'unknown' && validText(type, text));
}

function checkChoice({ members, properties }: SymbolDraft, report: Report): void {
  for (const property of properties) {
    if (property.kind !== 'default' || property.value.op !== 'symbol') continue;
    const { name } = property.value;
    if (members!.includes(name)) continue;
    const message = `choice default symbol '${name}' is not contained in the choice`;
    const { node, line } = property;
    report({ severity: 'warning', kind: 'definition', message, file: node.file, line });
  }
}

function checkTransitional({ nodes, properties }: SymbolDraft, report: Report): void {
  const message = 'transitional symbols can only have help sections';
  const fail = (file: string, line: number) =>
    report({ severity: 'error', kind: 'definition', message, file, line });
  for (const { dependencies, file, line } of nodes) if (dependencies !== null) fail(file, line);
  for (const { node, line } of properties) fail(node.file, line);
}

function checkMembers(choice: SymbolDraft, symbols: ReadonlyMap<string, SymbolDraft>, report: Report): void {
  for (const name of choice.members!) {
    const member = symbols.get(name)!;
    const home = member.nodes.find((node) => node.prompt !== null && inChoice(node));
    for (const { kind, node, line } of member.properties) {
      const fail = (message: string) =>
        report({ severity: 'error', kind: 'choice', message, file: node.file, line });
      if (kind === 'default') fail('defaults for choice values not supported');
      if (kind === 'prompt' && home && node !== home && node.parent !== home.parent) {
        fail('choice value has a prompt outside its choice group');
      }
    }
  }
}

function inChoice(node: Node): boolean {
  for (let around = node.parent; around; around = around.parent) if (around.kind === 'choice') return true;
  return false;
}

function listMenu(node: Node, depth: number, menu: MenuEntry[]): void {
  for (const child of node.children) {
    if (child.kind === 'symbol') menu.push({ kind: 'symbol', name: child.symbol!.name, depth });
    else if (child.kind === 'menu' || child.kind === 'comment') {
      const { kind, text, dependencies: condition, visibleIf } = child;
      const bare = kind === 'menu' && child.children.length === 0;
      menu.push({ kind, text, depth, condition, visibleIf, ...(bare && { bare: true as const }) });
    }
    // What is not listed is no level either.
    listMenu(child, child.kind === 'menu' ? depth + 1 : depth, menu);
  }
}
