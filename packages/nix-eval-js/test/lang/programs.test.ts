import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { programs } from './programs/program.ts';
import { Folder } from './programs/runs.ts';

const count = 1000;
const folder = new Folder();
afterAll(() => folder.remove());

it(`gives a value or an error for ${count} random programs`, () => {
  const results = fc
    .sample(programs, { seed: 1, numRuns: count })
    .map((program) => folder.ours(folder.add('one', program.text), program.mode));
  expect(results.filter(({ error, out }) => error === '' && out === '')).toHaveLength(
    results.filter(({ unusable }) => unusable === 'reads other folders').length,
  );
  // Programs that fail early test little.
  expect(results.filter(({ error }) => error === '').length).toBeGreaterThan(count * 0.6);
});
