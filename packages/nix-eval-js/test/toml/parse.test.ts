import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseToml, TomlError } from '../../src/toml/parse.ts';
import { document, noise } from './documents.ts';

describe('parseToml', () => {
  it('reads all kinds of values', () => {
    const text = `
title = "caf\\u00e9" # comment
int = -1_000
hex = 0xFF
float = 6.5e2
yes = true
when = 1979-05-27 07:32:00z
[a.b]
list = [ 1, [ 'x', """
two
lines\\
   joined""" ], ]
c.d = { e.f = inf }
[[t]]
n = 1
[[t]]
`;
    expect(parseToml(text)).toEqual(
      new Map<string, unknown>([
        ['title', 'caf\xc3\xa9'],
        ['int', -1000n],
        ['hex', 255n],
        ['float', { float: 650 }],
        ['yes', true],
        ['when', { datetime: '1979-05-27 07:32:00Z' }],
        [
          'a',
          new Map([
            [
              'b',
              new Map<string, unknown>([
                ['list', [1n, ['x', 'two\nlinesjoined']]],
                [
                  'c',
                  new Map([['d', new Map([['e', new Map([['f', { float: Number.POSITIVE_INFINITY }]])]])]]),
                ],
              ]),
            ],
          ]),
        ],
        ['t', [new Map([['n', 1n]]), new Map()]],
      ]),
    );
  });

  it.each([
    ['a = 1\na = 2', 6],
    ['a = 1\nb = ', 10],
    ['[a]\n[a]', 4],
    ['a = {}\na.b = 1', 7],
    ['a = 9223372036854775808', 4],
    ['a = "\xff"', 5],
    ['a = "x', 6],
    [`a = ${'['.repeat(100_000)}`, 504],
  ])('says where %j is wrong', (text, offset) => {
    try {
      parseToml(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TomlError);
      expect((error as TomlError).offset).toBe(offset);
    }
  });

  it('any bytes are a document or an error', () => {
    fc.assert(
      fc.property(fc.oneof(noise, document), (text) => {
        try {
          expect(parseToml(text)).toBeInstanceOf(Map);
        } catch (error) {
          expect(error).toBeInstanceOf(TomlError);
          expect((error as TomlError).offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 10_000, seed: 7 },
    );
  });

  it('takes time in proportion to the text', () => {
    const text = `${Array.from({ length: 50_000 }, (_, i) => `key${i} = "${'x'.repeat(40)}"`).join('\n')}\nlong = """${'a"\n'.repeat(300_000)}"""`;
    const start = performance.now();
    expect(parseToml(text).size).toBe(50_001);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
