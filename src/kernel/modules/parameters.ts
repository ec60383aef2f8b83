/**
 * Whether a module takes a parameter and its value.
 *
 * The kernel's rules: names match with `-` for `_`, the types are those of kernel/params.c, whose numbers are read by
 * lib/kstrtox.c. A name that a module does not know is ignored with a warning in the kernel's log; a value that does not
 * fit fails the load.
 */
import { near } from '../../diagnostics/near.ts';
import type { Parameter } from './modinfo.ts';

export type ParameterFault =
  /** No parameter of that name; `near` has names like it, three at most. */
  | { kind: 'unknown'; near: string[] }
  /** `takes` says what the type takes: `a number from 0 to 255, …`. */
  | { kind: 'value'; type: string; takes: string };

/** Every module takes these, as kernel/module/main.c and lib/dynamic_debug.c have it. */
const everywhere = new Set(['async_probe', 'dyndbg']);

/**
 * What is wrong with `name=value`, or with `name` alone where there is no value; undefined where nothing is. Types that
 * modules define themselves take anything, as far as can be seen from outside.
 */
export function checkParameter(
  parameters: readonly Parameter[],
  name: string,
  value: string | undefined,
  bits: 32 | 64,
): ParameterFault | undefined {
  const folded = fold(name);
  if (everywhere.has(folded)) return undefined;
  const parameter = parameters.find((each) => fold(each.name) === folded);
  if (parameter === undefined) {
    return {
      kind: 'unknown',
      near: near(
        folded,
        parameters.map((each) => each.name),
      ),
    };
  }
  const { type } = parameter;
  if (type === undefined) return undefined;
  const takes = fault(type, value, bits);
  return takes === undefined ? undefined : { kind: 'value', type, takes };
}

function fold(name: string): string {
  return name.replaceAll('-', '_');
}

const listOf = 'array of ';

function fault(type: string, value: string | undefined, bits: 32 | 64): string | undefined {
  if (type.startsWith(listOf)) {
    const takes = describeType(type.slice(listOf.length), bits);
    if (takes === undefined) return undefined;
    const each = value?.split(',').every((element) => fits(type.slice(listOf.length), element, bits));
    return each === true ? undefined : `values with commas between them, each ${takes}`;
  }
  const takes = describeType(type, bits);
  return takes === undefined || fits(type, value, bits) ? undefined : takes;
}

function describeType(type: string, bits: 32 | 64): string | undefined {
  if (flags.has(type)) return 'y, n, 1, 0, on or off';
  if (type === 'charp') return `text of at most ${longestText} bytes`;
  if (type === 'string') return 'text';
  const range = ranges(bits)[type];
  return range && `a number from ${range[0]} to ${range[1]}, decimal, 0x… or, from 0, octal`;
}

const flags = new Set(['bool', 'invbool', 'bint']);
const longestText = 1024;

function fits(type: string, value: string | undefined, bits: 32 | 64): boolean {
  // kstrtobool looks at one character, after an `o` at two; a flag alone is set.
  if (flags.has(type)) return value === undefined || /^(?:[yYtT1nNfF0]|[oO][nNfF])/.test(value);
  if (value === undefined) return false;
  if (type === 'charp') return Buffer.byteLength(value) <= longestText;
  const range = ranges(bits)[type];
  if (range === undefined) return true;
  const number = readNumber(value, range[0] < 0n);
  return number !== undefined && range[0] <= number && number <= range[1];
}

/** As kstrtoll and kstrtoull: a sign, which is `+` where there are no negative numbers, and one line end behind it. */
function readNumber(text: string, signed: boolean): bigint | undefined {
  const sign = signed ? /^[+-]?/ : /^\+?/;
  const [mark] = sign.exec(text)!;
  const digits = text.slice(mark.length).replace(/\n$/, '');
  let number: bigint;
  if (/^0[xX][0-9a-fA-F]+$/.test(digits)) number = BigInt(digits);
  else if (/^0[0-7]*$/.test(digits)) number = BigInt(`0o0${digits}`);
  else if (/^[1-9][0-9]*$/.test(digits)) number = BigInt(digits);
  else return undefined;
  // Every zero in front is read; more digits than fit overflow.
  return mark === '-' ? -number : number;
}

function ranges(bits: 32 | 64): Record<string, [lowest: bigint, highest: bigint]> {
  return bits === 32 ? ranges32 : ranges64;
}

const common: Record<string, [bigint, bigint]> = {
  byte: unsigned(8),
  short: signed(16),
  ushort: unsigned(16),
  int: signed(32),
  uint: unsigned(32),
  hexint: unsigned(32),
  ullong: unsigned(64),
};
const ranges32 = { ...common, long: signed(32), ulong: unsigned(32) };
const ranges64 = { ...common, long: signed(64), ulong: unsigned(64) };

function signed(bits: number): [bigint, bigint] {
  return [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
}

function unsigned(bits: number): [bigint, bigint] {
  return [0n, 2n ** BigInt(bits) - 1n];
}
