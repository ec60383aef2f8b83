import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { agree, type Outcome, runAll, smallest } from './programs/compare.ts';
import { programs } from './programs/program.ts';
import { Folder } from './programs/runs.ts';
import { summary } from './programs/summary.ts';

const count = Number(process.env.NIX_EVAL_JS_PROGRAMS ?? 1500);
/** NIX_EVAL_JS_SEED gives other programs. */
const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
const chunk = 1000;
/** So many that differ are made smaller. */
const shrunk = 5;

const folder = new Folder();
afterAll(() => folder.remove());

it(`random programs, as the real Nix (seed ${seed})`, { timeout: 3_600_000 }, async () => {
  const all = fc.sample(programs, { seed, numRuns: count });
  const outcomes: Outcome[] = [];
  for (let at = 0; at < count; at += chunk)
    outcomes.push(...(await runAll(folder, all.slice(at, at + chunk))));
  const differences = [];
  for (const { program } of outcomes.filter((outcome) => !agree(outcome))) {
    // What came before in a process can make a difference: it counts if the program alone makes it too.
    const outcome = await smallest(folder, program, differences.length < shrunk);
    if (outcome === null) continue;
    const { ours, theirs } = outcome;
    differences.push({ program: outcome.program.text, mode: outcome.program.mode, ours, theirs });
  }
  console.log(`${count} programs, seed ${seed}; ${differences.length} differ\n${summary(outcomes)}`);
  expect(differences).toEqual([]);
});
