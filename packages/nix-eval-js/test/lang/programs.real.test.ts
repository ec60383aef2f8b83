import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { agree, runAll, smallest } from './programs/compare.ts';
import { programs } from './programs/program.ts';
import { Folder } from './programs/runs.ts';
import { summary } from './programs/summary.ts';

/** NIX_EVAL_JS_SEED gives other programs. */
const count = Number(process.env.NIX_EVAL_JS_PROGRAMS ?? 1500);
const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
const chunk = 1000;
/** So many are made smaller. */
const shown = 5;

const folder = new Folder();
afterAll(() => folder.remove());

it(`random programs, as the real Nix (seed ${seed})`, { timeout: 3_600_000 }, async () => {
  const all = fc.sample(programs, { seed, numRuns: count });
  const outcomes = [];
  for (let at = 0; at < all.length; at += chunk)
    outcomes.push(...(await runAll(folder, all.slice(at, at + chunk))));
  console.log(summary(outcomes));
  // Traces of programs of one process can come in another order: only what differs alone counts.
  const differences = [];
  for (const { program } of outcomes.filter((outcome) => !agree(outcome))) {
    const outcome = await smallest(folder, program, differences.length < shown);
    if (outcome === null) continue;
    const { ours, theirs } = outcome;
    differences.push({ program: outcome.program.text, mode: outcome.program.mode, ours, theirs });
  }
  expect(differences).toEqual([]);
  // Programs that fail early test little.
  expect(
    outcomes.filter(({ ours, theirs }) => ours.error === '' && theirs.unusable === undefined).length,
  ).toBeGreaterThan(count * 0.55);
});
