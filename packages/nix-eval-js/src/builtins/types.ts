/** What a value is, arithmetic, and comparison. */

import { add, bitwise, divide, multiply, subtract } from '../eval/arithmetic.ts';
import { Attrs, attrsOf, emptyAttrs, shapeOf } from '../eval/attrs.ts';
import { less } from '../eval/compare.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { baseType, isFunction, type TypeName } from '../eval/types.ts';
import { FloatValue, force, Lambda, normalizeInt, type Slot, type Value } from '../eval/values.ts';
import { formatFloat } from '../text/float.ts';
import { type Definition, define } from './define.ts';

const isType = (name: string, type: TypeName): Definition =>
  define(name, 1, (_ev, a) => baseType(force(a, 0)) === type);

function round(ev: Evaluator, slot: Slot, name: string, how: (x: number) => number): Value {
  const value = ev.forceFloat(slot, 0, `while evaluating the first argument passed to builtins.${name}`);
  const given = force(slot, 0);
  const rounded = how(value);
  const fits = rounded >= -(2 ** 63) && rounded < 2 ** 63;
  const bug = 'Due to a bug (see https://github.com/NixOS/nix/issues/12899)';
  const future = 'in previous Nix versions.\n\tFuture Nix versions might implement the correct behavior.';
  if (given instanceof FloatValue) {
    if (!fits) ev.fail('eval', `NixFloat argument ${formatFloat(value)} is not in the range of NixInt`);
    return normalizeInt(BigInt(rounded))!;
  }
  if (!fits) ev.fail('eval', `${bug} the NixInt argument ${given} caused undefined behavior ${future}`);
  const result = normalizeInt(BigInt(rounded))!;
  if (result !== given) {
    ev.fail(
      'eval',
      `${bug} a loss of precision occurred in previous Nix versions because the NixInt argument ${given} ` +
        `was rounded to ${result}.\n\tFuture Nix versions might implement the correct behavior.`,
    );
  }
  return result;
}

function bits(
  name: string,
  small: (x: number, y: number) => number,
  big: (x: bigint, y: bigint) => bigint,
): Definition {
  return define(`__${name}`, 2, (ev, a, b) =>
    bitwise(
      ev.forceInt(a, 0, `while evaluating the first argument passed to builtins.${name}`),
      ev.forceInt(b, 0, `while evaluating the second argument passed to builtins.${name}`),
      small,
      big,
    ),
  );
}

export const typeBuiltins: readonly Definition[] = [
  define('__typeOf', 1, (_ev, a) => baseType(force(a, 0))),
  define('isNull', 1, (_ev, a) => force(a, 0) === null),
  define('__isFunction', 1, (_ev, a) => isFunction(force(a, 0))),
  isType('__isInt', 'int'),
  isType('__isFloat', 'float'),
  isType('__isString', 'string'),
  isType('__isBool', 'bool'),
  isType('__isPath', 'path'),
  isType('__isAttrs', 'set'),
  isType('__isList', 'list'),
  define('__add', 2, add),
  define('__sub', 2, subtract),
  define('__mul', 2, multiply),
  define('__div', 2, divide),
  define('__lessThan', 2, (ev, a, b) => {
    const x = force(a, 0);
    return less(ev, x, force(b, 0), 0, '');
  }),
  bits(
    'bitAnd',
    (x, y) => x & y,
    (x, y) => x & y,
  ),
  bits(
    'bitOr',
    (x, y) => x | y,
    (x, y) => x | y,
  ),
  bits(
    'bitXor',
    (x, y) => x ^ y,
    (x, y) => x ^ y,
  ),
  define('__ceil', 1, (ev, a) => round(ev, a, 'ceil', Math.ceil)),
  define('__floor', 1, (ev, a) => round(ev, a, 'floor', Math.floor)),
  define('__functionArgs', 1, (ev, a) => {
    const fn = force(a, 0);
    if (fn instanceof Lambda) {
      const formals = fn.code.formalsByName();
      if (formals.length === 0) return emptyAttrs;
      return new Attrs(
        shapeOf(formals.map(({ name }) => name)),
        formals.map(({ or }) => or !== null),
        formals.map(({ pos }) => pos),
        0,
      );
    }
    if (isFunction(fn)) return emptyAttrs;
    return ev.fail('type', "'functionArgs' requires a function");
  }),
];

/** A set of values known now. */
export const setOf = (entries: Record<string, Slot>): Attrs => attrsOf(Object.entries(entries));
