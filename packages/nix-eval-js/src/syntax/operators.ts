/** Operators: how they bind, and what they are calls of. */
import type { BinaryOperator, Expr } from './ast.ts';
import { T } from './lexer.ts';

export interface Binary {
  readonly level: number;
  readonly right: number;
  readonly single: boolean;
}
const left = (level: number): Binary => ({ level, right: level + 1, single: false });
const right = (level: number): Binary => ({ level, right: level, single: false });
const single = (level: number): Binary => ({ level, right: level + 1, single: true });

/** By the token's kind. */
export const binary: (Binary | undefined)[] = [];
binary[T.implies] = right(1);
binary[T.or] = left(2);
binary[T.and] = left(3);
binary[T.equal] = binary[T.notEqual] = single(4);
binary[60] = binary[62] = binary[T.lessEqual] = binary[T.greaterEqual] = single(5);
binary[T.update] = right(6);
export const NOT = 7;
binary[43] = binary[45] = left(8);
binary[42] = binary[47] = left(9);
binary[T.concat] = right(10);
binary[63] = left(11);
export const NEGATE = 12;

const operators: Record<number, BinaryOperator> = {
  [T.equal]: '==',
  [T.notEqual]: '!=',
  [T.and]: '&&',
  [T.or]: '||',
  [T.implies]: '->',
  [T.update]: '//',
  [T.concat]: '++',
};

/** A call of a builtin by its internal name. */
export function builtin(pos: number, name: string, ...args: Expr[]): Expr {
  return { kind: 'call', pos, fn: { kind: 'var', pos: -1, name }, args };
}

/** An operator with its operands, as Nix desugars it. */
export function combine(kind: number, at: number, leftPos: number, a: Expr, rightPos: number, b: Expr): Expr {
  switch (kind) {
    case 43:
      return {
        kind: 'concat',
        pos: at,
        isString: false,
        parts: [
          { pos: leftPos, value: a },
          { pos: rightPos, value: b },
        ],
      };
    case 45:
      return builtin(at, '__sub', a, b);
    case 42:
      return builtin(at, '__mul', a, b);
    case 47:
      return builtin(at, '__div', a, b);
    case 60:
      return builtin(at, '__lessThan', a, b);
    case 62:
      return builtin(at, '__lessThan', b, a);
    case T.lessEqual:
      return { kind: 'not', pos: at, of: builtin(at, '__lessThan', b, a) };
    case T.greaterEqual:
      return { kind: 'not', pos: at, of: builtin(at, '__lessThan', a, b) };
    default:
      return { kind: 'binary', operator: operators[kind]!, pos: at, left: a, right: b };
  }
}
