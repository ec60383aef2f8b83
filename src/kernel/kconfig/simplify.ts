import type { SymbolDraft } from './draft.ts';
import { type Expression, module, no, yes } from './expression.ts';

/** A condition without the parts whose value is plain: `n && X`, a bool compared with `m`, `A || !A` of one. */
export function simplified(condition: Expression, symbols: ReadonlyMap<string, SymbolDraft>): Expression {
  switch (condition.op) {
    case 'and':
    case 'or': {
      const [neutral, deciding] = condition.op === 'and' ? ['y', 'n'] : ['n', 'y'];
      const of: Expression[] = [];
      for (const operand of condition.of) {
        const part = simplified(operand, symbols);
        if (part.op === 'constant' && part.text === deciding) return part;
        if (part.op !== 'constant' || part.text !== neutral) of.push(part);
      }
      if (condition.op === 'or' && excludedMiddle(of, symbols)) return yes;
      return of.length > 0 ? { op: condition.op, of } : condition.op === 'and' ? yes : no;
    }
    case 'not': {
      const part = simplified(condition.of, symbols);
      if (part === yes) return no;
      return part === no ? yes : { op: 'not', of: part };
    }
    case '=':
    case '!=': {
      const { left, right } = condition;
      const bool = left.op === 'symbol' && symbols.get(left.name)?.type === 'bool';
      if (!bool || (right !== yes && right !== module && right !== no)) return condition;
      if (right === module) return condition.op === '=' ? no : yes;
      return (condition.op === '=') === (right === yes) ? left : { op: 'not', of: left };
    }
    default:
      return condition;
  }
}

/** Whether a bool is among the operands, and its negation too. */
function excludedMiddle(of: readonly Expression[], symbols: ReadonlyMap<string, SymbolDraft>): boolean {
  const operands = of.flatMap((operand) => (operand.op === 'or' ? operand.of : [operand]));
  const names = new Set(operands.map((operand) => (operand.op === 'symbol' ? operand.name : null)));
  return operands.some(
    (operand) =>
      operand.op === 'not' &&
      operand.of.op === 'symbol' &&
      names.has(operand.of.name) &&
      symbols.get(operand.of.name)?.type === 'bool',
  );
}
