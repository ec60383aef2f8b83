import { describe, expect, it } from 'vitest';
import { compare, readCases } from './corpus.ts';

const cases = readCases();

describe('own corpus, beside the real Nix', () => {
  it('has enough cases', () => {
    expect(cases.length).toBeGreaterThan(500);
  });

  for (const file of new Set(cases.map((item) => item.file))) {
    it(file, async () => {
      const differences = await compare(cases.filter((item) => item.file === file));
      expect(differences).toEqual([]);
    });
  }
});
