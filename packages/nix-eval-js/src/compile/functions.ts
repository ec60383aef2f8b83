/** Functions and calls. */

import { divide, multiply, subtract } from '../eval/arithmetic.ts';
import { less } from '../eval/compare.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { trace } from '../eval/types.ts';
import {
  type Code,
  type Env,
  type FormalCode,
  Lambda,
  LambdaCode,
  type Slot,
  type Value,
} from '../eval/values.ts';
import type { CallExpr, Expr, Formal, LambdaExpr } from '../syntax/ast.ts';
import type { Compiler } from './compiler.ts';
import { resolve, type Scope, scopeOf } from './scope.ts';

/** A function; its body is compiled when it is called first. */
export function compileLambda(c: Compiler, expr: LambdaExpr, scope: Scope): LambdaCode {
  const names = expr.arg === null ? [] : [expr.arg];
  // A default that is a variable is its value where that is known already.
  const ordered = expr.formals && byAge(c, expr.formals);
  if (ordered !== null) for (const formal of ordered) names.push(formal.name);
  const inner = scopeOf(names, scope);
  let formals: FormalCode[] | null = null;
  let template: Env | null = null;
  if (ordered !== null) {
    formals = ordered.map(({ name, pos, or }) => ({
      name,
      pos: c.at(pos),
      or: or === null ? null : c.delay(or, inner),
    }));
    template = [null, ...names.map(() => undefined)];
  }
  const code = new LambdaCode(expr, c.at(expr.pos), formals, template);
  if (expr.body.kind === 'lambda') {
    const body = compileLambda(c, expr.body, inner);
    code.inner = body;
    code.body = (env) => new Lambda(body, env);
  } else {
    code.body = (env) => {
      code.body = c.compile(expr.body, inner);
      return code.body(env);
    };
  }
  return code;
}

function byAge(c: Compiler, formals: readonly Formal[]): Formal[] {
  return c.ev.symbols.order(formals.map(({ name }) => name)).map((place) => formals[place]!);
}

export function compileCall(c: Compiler, expr: CallExpr, scope: Scope): Code {
  const { ev } = c;
  const pos = c.at(expr.pos);
  if (expr.fn.kind === 'var' && expr.args.length === 2) {
    const operator = operators.get(expr.fn.name);
    if (operator !== undefined && resolve(scope, expr.fn.name)?.constant !== undefined) {
      return compileOperator(c, operator, expr.args[0]!, expr.args[1]!, pos, scope);
    }
  }
  const fn = c.compile(expr.fn, scope);
  const args = expr.args.map((arg) => c.delay(arg, scope));
  const [a, b] = args;
  if (args.length === 1) return (env) => ev.call(fn(env), a!(env), pos);
  if (args.length === 2) return (env) => ev.call2(fn(env), a!(env), b!(env), pos);
  return (env) => {
    const callee = fn(env);
    const slots = new Array<Slot>(args.length);
    for (let i = 0; i < slots.length; i++) slots[i] = args[i]!(env);
    return ev.callMany(callee, slots, pos);
  };
}

/** An arithmetic operator or `<`: a call of a builtin, without making one. */
function compileOperator(
  c: Compiler,
  operator: Operator,
  left: Expr,
  right: Expr,
  pos: number,
  scope: Scope,
): Code {
  const { ev } = c;
  const a = c.compile(left, scope);
  const b = c.compile(right, scope);
  const frame = `while calling the '${operator.name}' builtin`;
  const { slow } = operator;
  const finish = (x: Value, y: Value): Value => slow(ev, x, y);
  switch (operator.name) {
    case 'sub':
      return (env) => {
        ev.enter(pos);
        try {
          const x = a(env);
          const y = b(env);
          if (typeof x === 'number' && typeof y === 'number') {
            const result = x - y;
            if (Number.isSafeInteger(result)) {
              ev.depth--;
              return result;
            }
          }
          const result = finish(x, y);
          ev.depth--;
          return result;
        } catch (error) {
          throw trace(error, pos, frame);
        }
      };
    case 'lessThan':
      return (env) => {
        ev.enter(pos);
        try {
          const x = a(env);
          const y = b(env);
          const result = typeof x === 'number' && typeof y === 'number' ? x < y : finish(x, y);
          ev.depth--;
          return result;
        } catch (error) {
          throw trace(error, pos, frame);
        }
      };
    default:
      return (env) => {
        ev.enter(pos);
        try {
          const x = a(env);
          const result = finish(x, b(env));
          ev.depth--;
          return result;
        } catch (error) {
          throw trace(error, pos, frame);
        }
      };
  }
}

interface Operator {
  readonly name: string;
  readonly slow: (ev: Evaluator, a: Value, b: Value) => Value;
}

const operators = new Map<string, Operator>([
  ['__sub', { name: 'sub', slow: subtract }],
  ['__mul', { name: 'mul', slow: multiply }],
  ['__div', { name: 'div', slow: divide }],
  ['__lessThan', { name: 'lessThan', slow: (ev, a, b) => less(ev, a, b, 0, '') }],
]);
