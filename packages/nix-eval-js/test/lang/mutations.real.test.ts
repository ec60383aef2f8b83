import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Case, compare, readCases } from './corpus.ts';
import { makeFixtures, removeFixtures } from './fixtures.ts';
import { mutateTokens, random, readsRoot } from './mutate.ts';

/** Of each kind. NIX_EVAL_JS_SEED gives other programs. */
const count = Number(process.env.NIX_EVAL_JS_MUTATIONS ?? 400);
const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);

// Nix reads a text up to the first null byte, the library for TOML has other messages, dirOf of doubled slashes has
// changed since 2.26, as has what is said of a hash that no dash follows; time goes on, and nothing is to be fetched. A
// copy of the root would take for ever.
const isComparable = ({ text }: Case): boolean =>
  !text.includes('\0') &&
  !/fromTOML|dirOf|currentTime|fetch/i.test(text) &&
  !/\/store\/[0-9a-z]{32}(?![-\w"])/.test(text) &&
  !readsRoot(text);

let folder = '';
beforeAll(() => {
  folder = makeFixtures();
});
afterAll(() => removeFixtures(folder));

it.each([['--parse'], ['--eval', '--strict']])(
  `mutated programs, as the real Nix: %s %s (seed ${seed})`,
  async (...flags) => {
    const seeds = readCases();
    const numbers = random(seed);
    const cases: Case[] = [];
    while (cases.length < count) {
      const text = mutateTokens(seeds[numbers.below(seeds.length)]!.text, numbers);
      const item = {
        file: 'mutated',
        text,
        flags: flags.filter((flag) => flag !== undefined),
        messageDiffers: false,
      };
      if (isComparable(item)) cases.push(item);
    }
    expect(await compare(cases, folder)).toEqual([]);
  },
);
