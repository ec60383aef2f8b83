/** A run that is killed, before any of its steps, leaves what the next run can mend. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { PlannedFile } from '../../src/generate/plan.ts';
import { compare } from '../../src/output/compare.ts';
import { recover, write } from '../../src/output/write.ts';
import { inPairs, start } from './child.ts';
import { killedAt } from './fault.ts';
import { copyTree, differences, put, readTree, scratch, without } from './folder.ts';
import {
  argumentsIn,
  begin,
  damage,
  generate,
  journalName,
  journalsIn,
  type Scenario,
  scenario,
  scenarioNames,
} from './scenario.ts';
import type { Step } from './steps.ts';

test('a run that mends what a killed one left can itself be killed, at any step of either', async () => {
  const root = scratch();
  const source = '../kmod.yaml';
  const files = (texts: Record<string, string>): PlannedFile[] =>
    Object.entries(texts).map(([path, text]) => ({ path, text }));
  const old = files({ 'default.nix': 'old', 'goes/module.nix': 'old', 'same/module.nix': 'old' });
  const next = files({ 'comes/module.nix': 'new', 'default.nix': 'new', 'same/module.nix': 'old' });
  const update = (out: string): Promise<void> => write(out, compare(out, source, next, false).changes);

  const begun = join(root, 'begun');
  await write(begun, compare(begun, source, old, false).changes);
  const before = readTree(begun);
  await update(copyTree(begun, join(root, 'done')));
  const cut = { flags: [], before, after: readTree(join(root, 'done')) };
  const ends = { before: 0, after: 0 };
  for (let first = 1; ; first++) {
    const broken = copyTree(begun, join(root, `${first}`));
    if (!(await killedAt(broken, first, () => update(broken)))) break;
    for (let second = 1; ; second++) {
      const when = `killed before step ${first}, the next run before its step ${second}`;
      const out = copyTree(broken, join(root, `${first}-${second}`));
      const again = await killedAt(out, second, async () => recover(out));
      expect(damage(readTree(out), cut), when).toEqual([]);
      recover(out);
      const end = isDeepStrictEqual(readTree(out), cut.after) ? 'after' : 'before';
      expect(readTree(out), when).toEqual(cut[end]);
      ends[end]++;
      if (!again) break;
    }
  }
  expect(ends.before).toBeGreaterThan(150);
  expect(ends.after).toBeGreaterThan(10);
});

describe.each(scenarioNames)('%s that is killed', (name) => {
  test('leaves every file old or new, and the next run finishes the work', async () => {
    const cut = await scenario(name);
    const root = scratch();
    const steps = await stepsOf(join(root, 'whole'), cut);
    expect(steps.length).toBeGreaterThan(40);

    await inPairs(steps, async ({ number, call, path }) => {
      const when = `killed before step ${number}, ${call} ${path}`;
      const folder = begin(join(root, `${number}`), cut);
      const args = argumentsIn(folder, cut.flags);
      const child = await start(args, { root: folder, at: number, act: 'SIGKILL' }).ended;
      expect(child.signal, when).toBe('SIGKILL');
      const broken = readTree(folder);
      expect(damage(broken, cut), when).toEqual([]);

      // Nobody is shown half a folder as if it were whole.
      const interrupted = journalsIn(broken).length > 0;
      for (const flag of ['--check', '--dry-run']) {
        const { codes } = await generate([...args, flag]);
        if (interrupted) expect(codes, `${flag}, ${when}`).toEqual(['interrupted-write']);
        else expect(codes, `${flag}, ${when}`).not.toContain('interrupted-write');
      }
      expect(differences(readTree(folder), broken), when).toEqual([]);

      expect(await generate(args), when).toMatchObject({ status: 0, diagnostics: [] });
      expect(differences(readTree(folder), cut.after), when).toEqual([]);
    });
  });

  test('never costs what a person wrote before the next run', async () => {
    const cut = await scenario(name);
    const root = scratch();
    let edited = 0;
    let last = '';
    for (let at = 1; ; at++) {
      const killed = begin(join(root, `${at}`), cut);
      if (!(await killedAt(killed, at, () => generate(argumentsIn(killed, cut.flags))))) break;
      // What is staged makes no difference to what follows.
      const state = JSON.stringify(without(readTree(killed), '/new/')).replace(/journal-\d+/g, '');
      if (state === last) continue;
      last = state;
      for (const every of [0, 1]) {
        const when = `killed before step ${at}, then every second file edited from number ${every}`;
        const folder = copyTree(killed, join(root, `${at}-${every}`));
        const args = argumentsIn(folder, []);
        const files = Object.keys(without(readTree(folder), journalName)).filter((path) =>
          path.endsWith('.nix'),
        );
        const chosen = files.filter((_, index) => index % 2 === every);
        for (const [index, path] of chosen.entries()) edit(join(folder, path), index % 2 === 0);
        put(join(folder, 'router/kmod/bridge/notes.txt'), 'notes');
        const mine = Object.fromEntries(
          [...chosen, 'router/kmod/bridge/notes.txt'].map((path) => [
            path,
            readFileSync(join(folder, path), 'latin1'),
          ]),
        );

        const { status, codes } = await generate(args);
        expect(readTree(folder), when).toMatchObject(mine);
        if (chosen.length === 0) continue;
        expect(status, when).toBe(1);
        expect(['edited-file', 'foreign-file'], when).toEqual(expect.arrayContaining([...new Set(codes)]));
        edited += chosen.length;

        expect(await generate([...args, '--force']), when).toMatchObject({ status: 0 });
        expect(differences(without(readTree(folder), 'kmod/bridge/'), cut.after), when).toEqual([]);
      }
    }
    expect(edited).toBeGreaterThan(30);
  });
});

/** Edits as a person does: some editors write into the file, some put another in its place. */
function edit(file: string, inPlace: boolean): void {
  const text = `${readFileSync(file, 'latin1')}# mine\n`;
  const written = inPlace ? file : `${file}~`;
  writeFileSync(written, text, 'latin1');
  if (!inPlace) renameSync(written, file);
}

/** The steps that the built command takes when nothing goes wrong. */
async function stepsOf(folder: string, cut: Scenario): Promise<Step[]> {
  begin(folder, cut);
  const log = `${folder}.log`;
  const child = await start(argumentsIn(folder, cut.flags), { root: folder, log }).ended;
  expect(child).toMatchObject({ status: 0, stderr: '' });
  expect(differences(readTree(folder), cut.after)).toEqual([]);
  return readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);
}
