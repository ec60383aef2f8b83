import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFloat, formatFloatFixed, formatFloatJson } from '../../src/text/float.ts';
import { replaceStrings } from '../../src/text/replace.ts';
import { logText } from '../../src/text/terminal.ts';
import { compareVersions, parseDrvName, splitVersion } from '../../src/text/versions.ts';
import { evaluateAll, quote, runNix } from '../nix.ts';

const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(arbitrary, { seed, numRuns: count });

const version = fc
  .array(
    fc.constantFrom(
      '1',
      '2',
      '10',
      '01',
      '.',
      '-',
      '.',
      'pre',
      'a',
      'rc1',
      '2147483647',
      '2147483648',
      '99999999999',
      '_',
      '+',
      'x',
      '0',
      '',
      'P',
      '~',
      '\xc3\xa9',
    ),
    { maxLength: 7 },
  )
  .map((parts) => parts.join(''));

describe('versions as the real Nix', () => {
  it('are compared and cut alike', () => {
    const pairs = sample(fc.tuple(version, version), 3000);
    const outcomes = evaluateAll(
      pairs.map(
        ([a, b]) =>
          `[ (builtins.compareVersions ${quote(a)} ${quote(b)}) (builtins.splitVersion ${quote(a)}) (builtins.parseDrvName ${quote(`${b}-${a}`)}) ]`,
      ),
    );
    for (const [index, [a, b]] of pairs.entries()) {
      const ours = [compareVersions(a, b), splitVersion(a), parseDrvName(`${b}-${a}`)];
      expect({ a, b, value: ours }).toEqual({ a, b, ...outcomes[index] });
    }
  });
});

const finite = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, min: -1e7, max: 1e7 }),
    fc
      .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 12 }))
      .map(([m, e]) => m / 2 ** e),
    fc
      .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -30, max: 30 }))
      .map(([m, e]) => Number(`${m}e${e}`)),
  )
  // Nix refuses literals of less.
  .filter((x) => x === 0 || Math.abs(x) > 2.3e-308);

/** Nix reads a float with a point and any number of digits. */
function literal(x: number): string {
  if (Object.is(x, -0)) return '(-1.0) * 0';
  const [mantissa, exponent] = Math.abs(x).toExponential(16).split('e') as [string, string];
  return `${x < 0 || Object.is(x, -0) ? '-' : ''}${mantissa}e${exponent.replace('+', '')}`;
}

describe('floats as the real Nix', () => {
  it('are written alike', () => {
    const numbers = [
      0,
      1,
      -1,
      0.5,
      100000.5,
      100001.5,
      999999.5,
      0.0078125,
      1e15,
      1e16,
      123456789012345,
      1e-4,
      1e-5,
      9.9999995,
      1e21,
      1e300,
      2.2250738585072014e-308,
      1.7976931348623157e308,
      ...sample(finite, 8000),
    ];
    const literals = numbers.map((x) => `(${literal(x)})`);
    const strings = evaluateAll(literals.map((x) => `[ (builtins.toString ${x}) (builtins.toJSON ${x}) ]`));
    const printed = runNix(['--eval', '--strict', '--store', 'dummy://', '-'], `[ ${literals.join(' ')} ]`)
      .stdout.trim()
      .slice(2, -2)
      .split(' ');
    expect(printed).toHaveLength(numbers.length);
    for (const [index, x] of numbers.entries()) {
      const [text, json] = (strings[index] as { value: [string, string] }).value;
      expect({ x, text: formatFloatFixed(x), printed: formatFloat(x) }).toEqual({
        x,
        text,
        printed: printed[index],
      });
      expect({ x, json: formatFloatJson(x) }).toEqual({ x, json });
    }
  });
});

const logged = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'bc',
        ' ',
        '\t',
        '\t\t',
        '\n',
        '\r',
        '\x07',
        '\x01',
        '\x7f',
        '\xc3\xa9',
        'e\xcc\x81',
        '\xff',
        '\xc3',
        '\x80',
      ],
      ...[
        '\xe6\x97\xa5',
        '\xed\x95\x9c',
        '\xf0\x9f\x98\x80',
        '\xe2\x80\x8b',
        '\x1b',
        '\x1b[1m',
        '\x1b[31;1m',
        '\x1b]8;;x',
      ],
      ...['\x1b\\', '\x1bM', '\x1b[2J', '[', ']', ';', '1', '\\', '\xf0\x9f', '\xe2\x80', '\x1b['],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('what is logged as the real Nix', () => {
  it('has no escapes, and spaces for tabs', () => {
    const texts = sample(logged, 1500);
    const traces = texts.map((text) => `builtins.trace ${quote(text)} (builtins.trace "=" `);
    const { stderr } = runNix(
      ['--eval', '--store', 'dummy://', '-'],
      `${traces.join('(')} 1${'))'.repeat(texts.length).slice(1)}`,
    );
    const parts = stderr.split('trace: =\n');
    expect(parts).toHaveLength(texts.length + 1);
    for (const [i, text] of texts.entries())
      expect({ text: JSON.stringify(text), shown: `${logText(`trace: ${text}`)}\n` }).toEqual({
        text: JSON.stringify(text),
        shown: parts[i],
      });
  });
});

const piece = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab', '', ' ', 'x'.repeat(40));
const pieces = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
const replacing = fc.tuple(fc.array(fc.tuple(piece, pieces), { maxLength: 4 }), pieces);

describe('what replaceStrings makes as the real Nix', () => {
  it('is the same for overlapping, empty and long strings', () => {
    const cases = sample(replacing, 3000);
    const outcomes = evaluateAll(
      cases.map(([pairs, text]) => {
        const list = (which: 0 | 1): string => `[ ${pairs.map((pair) => quote(pair[which])).join(' ')} ]`;
        return `builtins.replaceStrings ${list(0)} ${list(1)} ${quote(text)}`;
      }),
    );
    for (const [index, [pairs, text]] of cases.entries()) {
      const from = pairs.map(([item]) => item);
      const value = replaceStrings(text, from, (i) => pairs[i]![1]);
      expect({ pairs, text, value }).toEqual({ pairs, text, ...outcomes[index] });
    }
  });
});
