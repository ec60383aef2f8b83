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
  /** No parameter of that name; `near` has names like it, three at most, of all that are `known`. */
  | { kind: 'unknown'; near: string[]; known: string[] }
  /** `takes` says what the type takes: `a number from 0 to 255, …`. */
  | { kind: 'value'; type: string; takes: string };

/** Every module takes these, as kernel/module/main.c and lib/dynamic_debug.c have it. */
const everywhere = new Set(['async_probe', 'dyndbg']);

/**
 * What is wrong with `name=value`, or with `name` alone where there is no value; undefined where nothing is. Where the type
 * is the module's own, or not known, any value passes: what the module takes cannot be seen from outside.
 */
export function checkParameter(
  parameters: readonly Parameter[],
  name: string,
  value: string | undefined,
  bits: 32 | 64,
): ParameterFault | undefined {
  const folded = fold(name);
  if (everywhere.has(folded)) return undefined;
  const parameter = findParameter(parameters, name);
  if (parameter === undefined) {
    const known = parameters.map((each) => each.name);
    return { kind: 'unknown', near: near(folded, known), known };
  }
  const { type } = parameter;
  if (type === undefined) return undefined;
  const takes = fault(type, value, bits);
  return takes === undefined ? undefined : { kind: 'value', type, takes };
}

/** The parameter that the kernel takes `name` for. */
export function findParameter(parameters: readonly Parameter[], name: string): Parameter | undefined {
  const folded = fold(name);
  return parameters.find((each) => fold(each.name) === folded);
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
  const range = rangeOf(type, bits);
  return range && `a number from ${range[0]} to ${range[1]}, decimal, 0x… or, from 0, octal`;
}

const flags = new Set(['bool', 'invbool', 'bint']);
const longestText = 1024;

function fits(type: string, value: string | undefined, bits: 32 | 64): boolean {
  // A flag alone is set, except where the kernel forgot (param_ops_invbool).
  if (value === undefined) return type === 'bool' || type === 'bint';
  // kstrtobool looks at one character, after an `o` at two.
  if (flags.has(type)) return /^(?:[yYtT1nNfF0]|[oO][nNfF])/.test(value);
  if (type === 'charp') return Buffer.byteLength(value) <= longestText;
  const range = rangeOf(type, bits);
  if (range === undefined) return true;
  const number = readNumber(value, range[0] < 0n);
  return number !== undefined && range[0] <= number && number <= range[1];
}

/** As kstrtoll and kstrtoull: a sign, which is `+` where there are no negative numbers, and one line end behind it. */
function readNumber(text: string, negative: boolean): bigint | undefined {
  const [, sign = '', digits = ''] = (negative ? /^([+-]?)(.*?)\n?$/s : /^(\+?)(.*?)\n?$/s).exec(text)!;
  if (!/^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.test(digits)) return undefined;
  const number = BigInt(/^0[0-7]*$/.test(digits) ? `0o0${digits}` : digits);
  return sign === '-' ? -number : number;
}

type Range = [lowest: bigint, highest: bigint];

function rangeOf(type: string, bits: 32 | 64): Range | undefined {
  if (type === 'long') return signed(bits);
  if (type === 'ulong') return unsigned(bits);
  return ranges.get(type);
}

const ranges = new Map<string, Range>([
  ['byte', unsigned(8)],
  ['short', signed(16)],
  ['ushort', unsigned(16)],
  ['int', signed(32)],
  ['uint', unsigned(32)],
  ['hexint', unsigned(32)],
  ['ullong', unsigned(64)],
]);

function signed(bits: number): Range {
  return [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
}

function unsigned(bits: number): Range {
  return [0n, 2n ** BigInt(bits) - 1n];
}
