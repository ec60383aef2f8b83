/** Names are found where a Map would have them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NameTable } from '../../../src/kernel/index/name-table.ts';

function tableOf(
  names: readonly string[],
  folded = false,
  before = 'head\n',
  after = '\nmore\nlines',
): NameTable {
  const text = before + names.join('\n') + after;
  return new NameTable(text, Buffer.from(text, 'latin1'), before.length, names.length, folded);
}

const name = fc.string({ unit: fc.constantFrom(...'AB_-9\xe4'), maxLength: 6 });

test.each([false, true])('as a map has them, folded: %s', (folded) => {
  const fold = (text: string): string => (folded ? text.replaceAll('-', '_') : text);
  fc.assert(
    fc.property(fc.array(name, { maxLength: 40 }), fc.array(name), (names, asked) => {
      const table = tableOf(names, folded);
      for (const one of [...names, ...asked]) {
        const expected = names.flatMap((other, number) => (fold(other) === fold(one) ? [number] : []));
        expect(table.numbersOf(fold(one)), one).toEqual(expected);
      }
      expect(names.map((_, number) => table.name(number))).toEqual(names);
    }),
    { seed: 3 },
  );
});

test('many names, all found, and no part of one', () => {
  const names = Array.from({ length: 30_000 }, (_, number) => `SYMBOL_${number}`);
  const table = tableOf(names, false, '', '');
  for (const [number, one] of names.entries()) expect(table.numbersOf(one)).toEqual([number]);
  expect(table.numbersOf('SYMBOL_')).toEqual([]);
  expect(table.numbersOf('SYMBOL_300000')).toEqual([]);
  expect(table.end).toBe(names.join('\n').length + 1);
});

describe('says what is not there', () => {
  test.each([3, 1e15, -1, Number.NaN, 0.5])('%d names', (size) => {
    const bytes = Buffer.from('A\nB');
    expect(() => new NameTable('A\nB', bytes, 0, size)).toThrow(RangeError);
  });
});
