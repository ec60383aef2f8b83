/**
 * Floats as Nix writes them, in three ways: a value is printed like C's `%g`,
 * `toString` like `%f`, JSON with few digits that give the number back (grisu.ts).
 * JavaScript's own toFixed and toPrecision break ties upwards where C takes the
 * even neighbour, so digits are made from the exact binary value.
 */

import { shortestDigits } from './grisu.ts';

/** x = mantissa × 2^exponent, exactly; for a finite x without its sign. */
function exactParts(x: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const field = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  return field === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: field - 1075 };
}

/** |x| × 10^places as an integer, ties to even. */
function scaled(x: number, places: number): bigint {
  const { mantissa, exponent } = exactParts(x);
  let above = mantissa;
  let below = 1n;
  if (exponent >= 0) above <<= BigInt(exponent);
  else below <<= BigInt(-exponent);
  if (places >= 0) above *= 10n ** BigInt(places);
  else below *= 10n ** BigInt(-places);
  const whole = above / below;
  const twice = 2n * (above - whole * below);
  return twice > below || (twice === below && (whole & 1n) === 1n) ? whole + 1n : whole;
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

function special(x: number): string | undefined {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  return undefined;
}

const significant = 6;

/** As in a printed value: six significant digits, no trailing zeros (`%g`). */
export function formatFloat(x: number): string {
  const named = special(x);
  if (named !== undefined) return named;
  const sign = isNegative(x) ? '-' : '';
  if (x === 0) return `${sign}0`;
  let exponent = Math.floor(Math.log10(Math.abs(x)));
  let digits = scaled(x, significant - 1 - exponent).toString();
  // The logarithm may be off by one, and rounding may carry.
  while (digits.length !== significant) {
    exponent += digits.length - significant;
    digits = scaled(x, significant - 1 - exponent).toString();
    if (digits.length > significant && /^10*$/.test(digits)) {
      exponent++;
      digits = digits.slice(0, significant);
    }
  }
  const short = digits.replace(/0+$/, '');
  if (exponent < -4 || exponent >= significant) {
    const power = `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
    return `${sign}${short[0]}${short.length > 1 ? `.${short.slice(1)}` : ''}e${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${short}`;
  if (short.length <= exponent + 1) return sign + digits.slice(0, exponent + 1);
  return `${sign}${short.slice(0, exponent + 1)}.${short.slice(exponent + 1)}`;
}

/** As `toString` gives it: six decimals (`%f`). */
export function formatFloatFixed(x: number): string {
  const named = special(x);
  if (named !== undefined) return named;
  const digits = scaled(x, 6).toString().padStart(7, '0');
  return `${isNegative(x) ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** As `toJSON` gives it: always with a point or an exponent; null for what JSON has no number for. */
export function formatFloatJson(x: number): string {
  if (!Number.isFinite(x)) return 'null';
  const sign = isNegative(x) ? '-' : '';
  if (x === 0) return `${sign}0.0`;
  const { digits, point } = shortestDigits(Math.abs(x));
  if (digits.length <= point && point <= 15) return `${sign}${digits.padEnd(point, '0')}.0`;
  if (point > 0 && point <= 15) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -4 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const exponent = point - 1;
  const shown = `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
  return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${shown}`;
}
