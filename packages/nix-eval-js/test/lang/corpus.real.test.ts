import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/index.ts';
import { compare, readCases } from './corpus.ts';
import { readDerivationCases } from './derivations/compare.ts';
import { makeFixtures, removeFixtures } from './fixtures.ts';

const cases = readCases();

let folder = '';
beforeAll(() => {
  folder = makeFixtures();
});
afterAll(() => removeFixtures(folder));

describe('own corpus, beside the real Nix', () => {
  it('has the cases that docs/testing.md claims', () => {
    expect(new Set(cases.map(({ text }) => text.trim())).size).toBeGreaterThanOrEqual(1200);
  });

  it('uses every builtin', () => {
    const used = new Set(
      [...cases, ...readDerivationCases()].flatMap(({ text }) => text.match(/[A-Za-z]\w*'?/g) ?? []),
    );
    const names = evaluate('builtins.attrNames builtins') as string[];
    // Without a network these two have nothing to compare.
    expect(names.filter((name) => !used.has(name))).toEqual(['fetchGit', 'fetchMercurial']);
  });

  for (const file of new Set(cases.map((item) => item.file))) {
    it(file, async () => {
      const differences = await compare(
        cases.filter((item) => item.file === file),
        folder,
      );
      expect(differences).toEqual([]);
    });
  }
});
