/** Integer and float arithmetic: 64-bit ints whose overflow is an error, floats as soon as one operand is. */
import type { Evaluator } from './evaluator.ts';
import { FloatValue, force, normalizeInt, type Slot, type Value } from './values.ts';

/** The sum, or undefined when it does not fit 64 bits. */
export function addInts(a: number | bigint, b: number | bigint): number | bigint | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return normalizeInt(BigInt(a) + BigInt(b));
}

type Contexts = readonly [string, string, string, string];

function calculate(
  ev: Evaluator,
  a: Slot,
  b: Slot,
  contexts: Contexts,
  floats: (x: number, y: number) => number,
  ints: (x: bigint, y: bigint) => bigint,
  overflow: (x: number | bigint, y: number | bigint) => string,
): Value {
  const x = force(a, 0);
  const y = force(b, 0);
  if (x instanceof FloatValue || y instanceof FloatValue) {
    return new FloatValue(floats(ev.forceFloat(x, 0, contexts[0]), ev.forceFloat(y, 0, contexts[1])));
  }
  const i = ev.forceInt(x, 0, contexts[2]);
  const j = ev.forceInt(y, 0, contexts[3]);
  if (typeof i === 'number' && typeof j === 'number') {
    const quick = floats(i, j);
    if (Number.isSafeInteger(quick)) return quick === 0 ? 0 : quick;
  }
  const result = normalizeInt(ints(BigInt(i), BigInt(j)));
  if (result === undefined) ev.fail('eval', overflow(i, j));
  return result;
}

const contextsOf = (name: string): Contexts => {
  const first = `while evaluating the first argument of the ${name}`;
  const second = `while evaluating the second argument of the ${name}`;
  return [first, second, first, second];
};

const additions = contextsOf('addition');
const subtractions = contextsOf('subtraction');
const multiplications: Contexts = [
  'while evaluating the first of the multiplication',
  ...(contextsOf('multiplication').slice(1) as [string, string, string]),
];

export const add = (ev: Evaluator, a: Slot, b: Slot): Value =>
  calculate(
    ev,
    a,
    b,
    additions,
    (x, y) => x + y,
    (x, y) => x + y,
    (x, y) => `integer overflow in adding ${x} + ${y}`,
  );

export const subtract = (ev: Evaluator, a: Slot, b: Slot): Value =>
  calculate(
    ev,
    a,
    b,
    subtractions,
    (x, y) => x - y,
    (x, y) => x - y,
    (x, y) => `integer overflow in subtracting ${x} - ${y}`,
  );

export const multiply = (ev: Evaluator, a: Slot, b: Slot): Value =>
  calculate(
    ev,
    a,
    b,
    multiplications,
    (x, y) => x * y,
    (x, y) => x * y,
    (x, y) => `integer overflow in multiplying ${x} * ${y}`,
  );

export function divide(ev: Evaluator, a: Slot, b: Slot): Value {
  const second = 'while evaluating the second operand of the division';
  const first = 'while evaluating the first operand of the division';
  const x = force(a, 0);
  const y = force(b, 0);
  const divisor = ev.forceFloat(y, 0, second);
  if (divisor === 0) ev.fail('eval', 'division by zero');
  if (x instanceof FloatValue || y instanceof FloatValue) {
    return new FloatValue(ev.forceFloat(x, 0, first) / divisor);
  }
  const i = ev.forceInt(x, 0, first);
  const j = ev.forceInt(y, 0, second);
  if (typeof i === 'number' && typeof j === 'number') {
    const quotient = Math.trunc(i / j);
    return quotient === 0 ? 0 : quotient;
  }
  const result = normalizeInt(BigInt(i) / BigInt(j));
  if (result === undefined) ev.fail('eval', `integer overflow in dividing ${i} / ${j}`);
  return result;
}

/** Bit operations are on 64-bit two's complement. */
export function bitwise(
  a: number | bigint,
  b: number | bigint,
  small: (x: number, y: number) => number,
  big: (x: bigint, y: bigint) => bigint,
): number | bigint {
  if (typeof a === 'number' && typeof b === 'number' && (a | 0) === a && (b | 0) === b) return small(a, b);
  return normalizeInt(BigInt.asIntN(64, big(BigInt(a), BigInt(b))))!;
}
