/** Operators, conditions, assertions, interpolation. */

import { addInts } from '../eval/arithmetic.ts';
import { assertEqual } from '../eval/assert-equal.ts';
import { Attrs } from '../eval/attrs.ts';
import { coerceToString } from '../eval/coerce.ts';
import { equal } from '../eval/compare.ts';
import { NixError } from '../eval/errors.ts';
import { Merger } from '../eval/merge.ts';
import { makeString, showType, trace } from '../eval/types.ts';
import { type Code, ContextString, type Env, FloatValue, PathValue, type Value } from '../eval/values.ts';
import type { BinaryExpr, Expr } from '../syntax/ast.ts';
import { showExpr } from '../syntax/print.ts';
import type { Compiler } from './compiler.ts';
import type { Scope } from './scope.ts';

export function compileBoolean(
  c: Compiler,
  expr: Expr,
  scope: Scope,
  context: string,
): (env: Env) => boolean {
  const { ev } = c;
  const code = c.compile(expr, scope);
  const pos = c.posOf(expr);
  return (env) => {
    try {
      const value = code(env);
      if (value === true || value === false) return value;
      return ev.fail('type', `expected a Boolean but found ${showType(value)}: ${ev.show(value)}`, pos);
    } catch (error) {
      throw trace(error, pos, context);
    }
  };
}

export function compileOperand(c: Compiler, expr: Expr, scope: Scope, context: string): Code {
  const code = c.compile(expr, scope);
  switch (expr.kind) {
    case 'int':
    case 'string':
    case 'float':
    case 'path':
    case 'lambda':
      return code;
    default: {
      const pos = c.posOf(expr);
      return (env) => {
        try {
          return code(env);
        } catch (error) {
          throw trace(error, pos, context);
        }
      };
    }
  }
}

export function compileBinary(c: Compiler, expr: BinaryExpr, scope: Scope): Code {
  const { ev } = c;
  const { operator } = expr;
  const pos = c.at(expr.pos);
  switch (operator) {
    case '&&':
    case '||':
    case '->': {
      const a = compileBoolean(c, expr.left, scope, `in the left operand of '${operator}'`);
      const b = compileBoolean(c, expr.right, scope, `in the right operand of '${operator}'`);
      if (operator === '&&') return (env) => a(env) && b(env);
      if (operator === '||') return (env) => a(env) || b(env);
      return (env) => !a(env) || b(env);
    }
    case '==':
    case '!=': {
      const a = compileOperand(c, expr.left, scope, `in the left operand of '${operator}'`);
      const b = compileOperand(c, expr.right, scope, `in the right operand of '${operator}'`);
      if (operator === '==') return (env) => equal(ev, a(env), b(env), pos);
      return (env) => !equal(ev, a(env), b(env), pos);
    }
    case '++': {
      const a = compileOperand(c, expr.left, scope, "in the left operand of '++'");
      const b = compileOperand(c, expr.right, scope, "in the right operand of '++'");
      const context = 'while evaluating one of the elements to concatenate';
      return (env) => {
        const x = a(env);
        const y = b(env);
        const left = ev.forceList(x, pos, context);
        const right = ev.forceList(y, pos, context);
        if (right.length === 0) return left;
        if (left.length === 0) return right;
        ev.reserve(left.length + right.length);
        return left.concat(right);
      };
    }
    case '//': {
      const merger = new Merger();
      const a = compileSet(c, expr.left, scope, "in the left operand of '//'");
      const b = compileSet(c, expr.right, scope, "in the right operand of '//'");
      return (env) => {
        const left = a(env);
        return merger.merge(left, b(env));
      };
    }
  }
}

function compileSet(c: Compiler, expr: Expr, scope: Scope, context: string): (env: Env) => Attrs {
  const { ev } = c;
  const code = c.compile(expr, scope);
  if (expr.kind === 'binary' && expr.operator === '//') return code as (env: Env) => Attrs;
  const pos = c.posOf(expr);
  return (env) => {
    try {
      const value = code(env);
      if (value instanceof Attrs) return value;
      return ev.fail('type', `expected a set but found ${showType(value)}: ${ev.show(value)}`);
    } catch (error) {
      throw trace(error, pos, context);
    }
  };
}

export function compileAssert(
  c: Compiler,
  conditionExpr: Expr,
  bodyExpr: Expr,
  pos: number,
  scope: Scope,
): Code {
  const { ev } = c;
  const condition = compileBoolean(c, conditionExpr, scope, 'in the condition of the assert statement');
  const body = c.compile(bodyExpr, scope);
  const isEquality = conditionExpr.kind === 'binary' && conditionExpr.operator === '==';
  const sides = isEquality
    ? {
        left: c.compile(conditionExpr.left, scope),
        right: c.compile(conditionExpr.right, scope),
        pos: c.at(conditionExpr.pos),
      }
    : null;
  return (env) => {
    if (!condition(env)) {
      const shown = showExpr(conditionExpr);
      if (sides !== null) {
        try {
          assertEqual(ev, sides.left(env), sides.right(env), sides.pos);
        } catch (error) {
          if (error instanceof NixError && error.catchable) {
            error.addTrace(pos, `while evaluating the condition of the assertion '${shown}'`);
          }
          throw error;
        }
      }
      ev.fail('assert', `assertion '${shown}' failed`, pos);
    }
    return body(env);
  };
}

export function compilePlus(
  c: Compiler,
  parts: readonly { pos: number; value: Expr }[],
  pos: number,
  scope: Scope,
): Code {
  const context = "in an operand of '+'";
  const a = compileOperand(c, parts[0]!.value, scope, context);
  const b = compileOperand(c, parts[1]!.value, scope, context);
  const rest = concatenate(
    c,
    parts.map((part) => c.at(part.pos)),
    false,
    pos,
  );
  return (env) => {
    const x = a(env);
    if (typeof x === 'number') {
      const y = b(env);
      if (typeof y === 'number') {
        const sum = x + y;
        if (Number.isSafeInteger(sum)) return sum;
      }
      return rest([() => x, () => y], env);
    }
    if (typeof x === 'string') {
      const y = b(env);
      return typeof y === 'string' ? x + y : rest([() => x, () => y], env);
    }
    return rest([() => x, b], env);
  };
}

export function compileConcat(
  c: Compiler,
  parts: readonly { pos: number; value: Expr }[],
  isString: boolean,
  pos: number,
  scope: Scope,
): Code {
  const codes = parts.map((part) => compileOperand(c, part.value, scope, "in an operand of '+'"));
  const rest = concatenate(
    c,
    parts.map((part) => c.at(part.pos)),
    isString,
    pos,
  );
  if (!isString) return (env) => rest(codes, env);
  const count = codes.length;
  return (env) => {
    let out = '';
    for (let i = 0; i < count; i++) {
      const value = codes[i]!(env);
      if (typeof value === 'string') out += value;
      else {
        const done = out;
        const held = value;
        // A part that is no plain string: the general way for the rest, with what is done as one part.
        return rest([() => done, () => held, ...codes.slice(i + 1)], env, i);
      }
    }
    return out;
  };
}

function concatenate(
  c: Compiler,
  positions: readonly number[],
  isString: boolean,
  pos: number,
): (codes: readonly Code[], env: Env, skipped?: number) => Value {
  const { ev } = c;
  return (codes, env, skipped) => {
    const context = new Set<string>();
    let sum: number | bigint = 0;
    let floats = 0;
    let text = '';
    let mode: 'int' | 'float' | 'string' | 'path' = 'string';
    // Paths go into the store when they are added to a string, not to a set that stands for one.
    let copy = true;
    for (let i = 0; i < codes.length; i++) {
      const value = codes[i]!(env);
      const at = positions[skipped === undefined ? i : Math.max(0, i - 1 + skipped)]!;
      if (i === 0 && !isString) {
        if (typeof value === 'number' || typeof value === 'bigint') mode = 'int';
        else if (value instanceof FloatValue) mode = 'float';
        else if (value instanceof PathValue) mode = 'path';
        copy = typeof value === 'string' || value instanceof ContextString;
      }
      if (mode === 'int') {
        if (typeof value === 'number' || typeof value === 'bigint') {
          const next = addInts(sum, value);
          sum = next ?? ev.fail('eval', `integer overflow in adding ${sum} + ${value}`, at);
        } else if (value instanceof FloatValue) {
          mode = 'float';
          floats = Number(sum) + value.value;
        } else ev.fail('eval', `cannot add ${showType(value)} to an integer`, at);
      } else if (mode === 'float') {
        if (typeof value === 'number' || typeof value === 'bigint') floats += Number(value);
        else if (value instanceof FloatValue) floats += value.value;
        else ev.fail('eval', `cannot add ${showType(value)} to a float`, at);
      } else {
        const first = i === 0 && !isString;
        text += coerceToString(
          ev,
          at,
          value,
          context,
          'while evaluating a path segment',
          false,
          copy,
          !first,
        );
      }
    }
    if (mode === 'int') return sum;
    if (mode === 'float') return new FloatValue(floats);
    if (mode === 'string') return makeString(text, context);
    if (context.size > 0) {
      ev.fail('eval', 'a string that refers to a store path cannot be appended to a path', pos);
    }
    return new PathValue(ev.files.canon(text));
  };
}
