/**
 * Conditions and values of the Kconfig language, as plain data that any store can hold.
 *
 * A leaf names a symbol or is a constant; `y`, `m` and `n` are constants, quoted or not. A comparison has two leaves,
 * never expressions. `and` and `or` take any number of operands, at least one. Parts are shared freely (the condition
 * of a menu is one object for all that is in it), so nothing may be changed in place.
 */
export type Expression =
  | SymbolLeaf
  | Constant
  | { readonly op: 'not'; readonly of: Expression }
  | { readonly op: 'and' | 'or'; readonly of: readonly Expression[] }
  | Comparison;

export interface SymbolLeaf {
  readonly op: 'symbol';
  readonly name: string;
}

export interface Constant {
  readonly op: 'constant';
  readonly text: string;
}

export type Leaf = SymbolLeaf | Constant;

export interface Comparison {
  readonly op: ComparisonOperator;
  readonly left: Leaf;
  readonly right: Leaf;
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export const yes: Constant = { op: 'constant', text: 'y' };
export const module: Constant = { op: 'constant', text: 'm' };
export const no: Constant = { op: 'constant', text: 'n' };

/** Both conditions; null is “no condition”, which holds. */
export function and(left: Expression | null, right: Expression | null): Expression | null {
  if (left === null) return right;
  if (right === null) return left;
  return { op: 'and', of: [left, right] };
}

/** How an expression is written in a Kconfig file, with no parentheses it can do without. */
export function formatExpression(expression: Expression, within: 'or' | 'and' | 'not' | null = null): string {
  switch (expression.op) {
    case 'symbol':
      return expression.name;
    case 'constant':
      return /^[ymn]$/.test(expression.text) ? expression.text : JSON.stringify(expression.text);
    case 'not':
      return `!${formatExpression(expression.of, 'not')}`;
    case 'and':
    case 'or': {
      const { op, of } = expression;
      if (of.length === 1) return formatExpression(of[0]!, within);
      const text = of.map((operand) => formatExpression(operand, op)).join(op === 'and' ? ' && ' : ' || ');
      return within === 'not' || (op === 'or' && within === 'and') ? `(${text})` : text;
    }
    default: {
      const text = `${formatExpression(expression.left)} ${expression.op} ${formatExpression(expression.right)}`;
      return within === 'not' ? `(${text})` : text;
    }
  }
}

/** The names of the symbols in an expression, each once, in order. */
export function symbolsOf(expression: Expression, into: Set<string> = new Set()): Set<string> {
  switch (expression.op) {
    case 'symbol':
      into.add(expression.name);
      break;
    case 'constant':
      break;
    case 'not':
      symbolsOf(expression.of, into);
      break;
    case 'and':
    case 'or':
      for (const operand of expression.of) symbolsOf(operand, into);
      break;
    default:
      symbolsOf(expression.left, into);
      symbolsOf(expression.right, into);
  }
  return into;
}
