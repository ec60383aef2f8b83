/** A step that fails, whichever it is, leaves the folder as it was. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemError, watched } from './fault.ts';
import { differences, readTree, scratch, type Tree, without } from './folder.ts';
import {
  argumentsIn,
  begin,
  damage,
  generate,
  journalName,
  journalsIn,
  print,
  type Scenario,
  scenario,
  scenarioNames,
} from './scenario.ts';
import type { Step } from './steps.ts';

const reasons = {
  ENOSPC: 'the disk is full',
  EACCES: 'permission is denied',
  EIO: 'the disk reports an error',
};
const codes = Object.keys(reasons) as (keyof typeof reasons)[];

describe.each(scenarioNames)('%s in which one step fails', (name) => {
  test.each(codes)('changes nothing, whichever step it is, and says why (%s)', async (code) => {
    const cut = await scenario(name);
    let failed = 0;
    for await (const { steps, at, status, stdout, stderr, tree, when } of failures(cut, () => code, false)) {
      if (isDispensable(steps, at)) {
        expect({ status, stderr }, when).toEqual({ status: 0, stderr: '' });
        expect(damage(tree, cut), when).toEqual([]);
        expect(tree, when).toMatchObject(cut.after);
        continue;
      }
      failed++;
      expect(differences(tree, cut.before), when).toEqual([]);
      expect({ status, stdout }, when).toEqual({ status: 1, stdout: '' });
      // The message is about the folder or a file that is to be there, not about the machinery.
      const lines = stderr.split('\n');
      expect(lines[0], when).toBe(`error[write-failed]: cannot write here: ${reasons[code]}`);
      expect(`${lines[1]}/`, when).toMatch(/^ {2}--> router\/(kmod\/)?([a-z]+\/)?([a-z]+\.nix\/)?$/);
      expect(lines.slice(2), when).toEqual(['  note: nothing was changed', '']);
    }
    expect(failed).toBeGreaterThan(25);
  });
});

describe.each(scenarioNames)('%s during which the disk breaks down', (name) => {
  test('says what it left behind, and the next run mends it', async () => {
    const cut = await scenario(name);
    let half = 0;
    const code = (at: number) => codes[at % codes.length]!;
    for await (const { folder, steps, at, status, stderr, tree, when } of failures(cut, code, true)) {
      expect(damage(tree, cut), when).toEqual([]);
      const changed = differences(without(tree, journalName), cut.before).length > 0;
      if (isDone(steps, at)) expect({ status, stderr }, when).toEqual({ status: 0, stderr: '' });
      else {
        expect(status, when).toBe(1);
        expect(stderr, when).toMatch(/^error\[write-failed\]: cannot write here: /);
      }
      if (status === 1 && journalsIn(tree).length > 0 && changed) {
        expect(stderr, when).not.toContain('nothing was changed');
        half++;
      }

      const next = await generate(argumentsIn(folder, cut.flags));
      expect(next, when).toMatchObject({ status: 0, diagnostics: [] });
      expect(differences(readTree(folder), cut.after), when).toEqual([]);
    }
    expect(half).toBeGreaterThan(5);
  });
});

interface Failed {
  folder: string;
  steps: Step[];
  /** The number of the step that failed first. */
  at: number;
  status: number;
  stdout: string;
  stderr: string;
  tree: Tree;
  when: string;
}

/** For each step a run in which it fails, and all that come after it if the fault is `lasting`. */
async function* failures(
  cut: Scenario,
  code: (at: number) => string,
  lasting: boolean,
): AsyncGenerator<Failed> {
  const root = scratch();
  for (let at = 1; ; at++) {
    const folder = begin(join(root, `${at}`), cut);
    const { steps, result } = await watched(
      folder,
      () => print(argumentsIn(folder, cut.flags), { cwd: folder }),
      (step) => {
        if (step.number === at || (lasting && step.number > at)) throw systemError(code(at), step);
      },
    );
    const failed = steps[at - 1];
    if (failed === undefined) break;
    const when = `${code(at)} at step ${at}, ${failed.call} ${failed.path}`;
    yield { folder, steps, at, ...result, tree: readTree(folder), when };
  }
}

/** Whether step `at` comes when all is in place and the journal is taken away. */
function isDone(steps: Step[], at: number): boolean {
  return steps.slice(0, at - 1).some(({ call, path }) => call === 'unlink' && path.endsWith('/journal.json'));
}

/** Whether a run can do without step `at`: a copy stands in for a link, and a folder that is left empty may stay. */
function isDispensable(steps: Step[], at: number): boolean {
  const { call, path } = steps[at - 1]!;
  return isDone(steps, at) || call === 'link' || (call === 'rmdir' && !path.includes(journalName));
}
