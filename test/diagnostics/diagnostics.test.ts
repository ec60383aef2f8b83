import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frame, visible } from '../../src/diagnostics/frame.ts';
import { didYouMean, near } from '../../src/diagnostics/near.ts';

test('near names come nearest first, three at most', () => {
  expect(near('tragets', ['targets', 'target', 'loaders'])).toEqual(['targets', 'target']);
  expect(near('nf_masq', ['nft_masq', 'nf_nat', 'ext4'])).toEqual(['nft_masq']);
  expect(near('nft_c', ['nft_a', 'nft_b', 'nft_d', 'nft_ct'])).toEqual(['nft_a', 'nft_b', 'nft_ct']);
  expect(near('x', ['y', 'z'])).toEqual([]);
  expect(didYouMean('nft_c', ['nft_a', 'nft_ct'])).toBe('did you mean `nft_a` or `nft_ct`?');
  expect(didYouMean('quite', ['other'])).toBeUndefined();
});

test('one edit away is always near, in a word of some length', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z]{4,12}$/),
      fc.nat(),
      fc.stringMatching(/^[a-z]$/),
      (word, at, letter) => {
        const place = at % word.length;
        expect(near(word.slice(0, place) + word.slice(place + 1), [word])).toEqual([word]);
        expect(near(word.slice(0, place) + letter + word.slice(place), [word])).toEqual([word]);
        expect(near(word.slice(0, place) + letter + word.slice(place + 1), [word])).toEqual([word]);
      },
    ),
  );
});

const at = (line: number, column: number, length: number) => ({
  start: { offset: 0, line, column },
  end: { offset: 0, line, column: column + length },
});

test('a frame shows two lines before, and underlines the place', () => {
  expect(frame('one\ntwo\nthree\nfour\n', at(3, 2, 3))).toBe('1 | one\n2 | two\n3 | three\n  |  ^^^');
  expect(frame('one', at(1, 4, 0))).toBe('1 | one\n  |    ^');
});

test('a place far to the right stays in sight', () => {
  const shown = frame(`${'x'.repeat(5_000)}WRONG${'y'.repeat(5_000)}`, at(1, 5_001, 5)).split('\n');
  expect(shown[0]!.length).toBeLessThan(120);
  expect(shown[0]!.slice(shown[1]!.indexOf('^'), shown[1]!.lastIndexOf('^') + 1)).toBe('WRONG');
});

test('a frame cannot steer a terminal', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 300 }),
      (text, line, column) => {
        expect(frame(text, at(line, column, 3))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        expect(visible(text)).toHaveLength(text.length);
      },
    ),
  );
});
