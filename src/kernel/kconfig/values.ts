import type { SymbolType } from './model.ts';

/** Texts as values: which ones a type takes, and how two compare (scripts/kconfig/symbol.c and expr.c). */

/** Whether a symbol of a type can be assigned a text. */
export function validText(type: SymbolType, text: string): boolean {
  switch (type) {
    case 'bool':
      return text === 'y' || text === 'n';
    case 'tristate':
      return text === 'y' || text === 'm' || text === 'n';
    case 'int':
      return /^-?(0|[1-9][0-9]*)$/.test(text);
    case 'hex':
      return /^(0[xX])?[0-9a-fA-F]+$/.test(text);
    default:
      return type === 'string';
  }
}

/**
 * The text, or the end of the range it lies beyond. Both ends belong to the range.
 *
 * @param anew write the end as a number, not as it is written in the range
 */
export function inRange(
  type: SymbolType,
  text: string,
  range: { low: string; high: string },
  anew = false,
): string {
  const base = type === 'hex' ? 16 : 10;
  const value = leadingNumber(text, base);
  const end = (bound: string): string => {
    if (!anew) return bound;
    const number = leadingNumber(bound, base);
    return type === 'hex' ? `0x${BigInt.asUintN(64, number).toString(16)}` : String(number);
  };
  if (value < leadingNumber(range.low, base)) return end(range.low);
  return value > leadingNumber(range.high, base) ? end(range.high) : text;
}

/**
 * The order of two texts, negative, 0 or positive: as numbers where both are, else by their characters.
 * How a text reads as a number depends on its symbol's type; a hex number compares without its sign.
 */
export function compareTexts(
  left: string,
  leftType: SymbolType,
  right: string,
  rightType: SymbolType,
): number {
  if (leftType !== 'string' || rightType !== 'string') {
    const a = wholeNumber(left, leftType);
    const b = wholeNumber(right, rightType);
    if (a !== null && b !== null) {
      const unsigned = leftType === 'hex' || rightType === 'hex';
      const [x, y] = unsigned ? [BigInt.asUintN(64, a), BigInt.asUintN(64, b)] : [a, b];
      return x < y ? -1 : x > y ? 1 : 0;
    }
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

const least = -(1n << 63n);
const most = (1n << 63n) - 1n;
const mostUnsigned = (1n << 64n) - 1n;

/** What C's `strtoll` makes of a text. */
function leadingNumber(text: string, base: 10 | 16): bigint {
  const match =
    base === 16 ? /^\s*([-+]?)(?:0[xX])?([0-9a-fA-F]*)/.exec(text) : /^\s*([-+]?)([0-9]*)/.exec(text);
  const [, sign, digits] = match!;
  if (!digits) return 0n;
  const magnitude = BigInt(base === 16 ? `0x${digits}` : digits);
  const value = sign === '-' ? -magnitude : magnitude;
  return value < least ? least : value > most ? most : value;
}

function wholeNumber(text: string, type: SymbolType): bigint | null {
  switch (type) {
    case 'bool':
    case 'tristate':
      return text === 'n' ? 0n : text === 'm' ? 1n : text === 'y' ? 2n : -1n;
    case 'int':
      return bounded(/^\s*([-+]?)([0-9]+)$/.exec(text), '', least, most);
    case 'hex':
      return bounded(/^\s*([-+]?)(?:0[xX])?([0-9a-fA-F]+)$/.exec(text), '0x', -mostUnsigned, mostUnsigned);
    default: {
      const match = /^\s*([-+]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))$/.exec(text);
      if (!match) return null;
      const [, sign, hex, octal, decimal] = match;
      const digits = hex ?? octal ?? decimal!;
      return bounded(
        [match[0], sign!, digits],
        hex !== undefined ? '0x' : octal !== undefined ? '0o' : '',
        least,
        most,
      );
    }
  }
}

function bounded(match: readonly string[] | null, prefix: string, low: bigint, high: bigint): bigint | null {
  if (!match) return null;
  const magnitude = BigInt(`${prefix}${match[2]}`);
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value < low || value > high ? null : value;
}
