import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PlannedFile } from '../../src/generate/plan.ts';
import { compare } from '../../src/output/compare.ts';
import { isInterrupted, recover, write } from '../../src/output/write.ts';
import { killedAt, systemError, watched } from './fault.ts';
import { differences, put, readTree, scratch, stamps } from './folder.ts';
import {
  argumentsIn,
  begin,
  damage,
  generate,
  listOf,
  outIn,
  print,
  scenario,
  scenarioNames,
} from './scenario.ts';
import type { Step } from './steps.ts';

const source = '../kmod.yaml';
const files = (texts: Record<string, string>): PlannedFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, text }));

describe('a folder that is up to date', () => {
  test('is not touched by another run, not even by its times', async () => {
    const cut = await scenario('an update');
    const folder = begin(scratch(), { ...cut, before: cut.after });
    for (const path of Object.keys(cut.after)) utimesSync(join(folder, path), 1, 1);
    const before = stamps(folder);
    for (const flags of [[], ['--force'], ['--check'], ['--dry-run'], ['--diff'], ['--stdout']]) {
      const { steps, result } = await watched(folder, () => generate(argumentsIn(folder, flags)));
      expect(result, `${flags}`).toMatchObject({ status: 0, diagnostics: [] });
      expect(steps, `${flags}`).toEqual([]);
    }
    expect(stamps(folder)).toEqual(before);
  });

  test('is said to be so', async () => {
    const cut = await scenario('an update');
    const folder = begin(scratch(), { ...cut, before: cut.after });
    const { stdout } = await print(argumentsIn(folder, []), { cwd: folder });
    expect(stdout).toBe('router/kmod is up to date\n');
  });
});

describe.each(scenarioNames)('%s', (name) => {
  test.each(['--check', '--dry-run', '--diff', '--stdout'])('with %s changes nothing', async (flag) => {
    const cut = await scenario(name);
    const folder = begin(scratch(), cut);
    const { steps } = await watched(folder, () => generate(argumentsIn(folder, [...cut.flags, flag])));
    expect(steps).toEqual([]);
    expect(differences(readTree(folder), cut.before)).toEqual([]);
  });

  test('says which files it writes, and those alone it writes', async () => {
    const cut = await scenario(name);
    const folder = begin(scratch(), cut);
    const before = new Map(Object.keys(cut.before).map((path) => [path, lstatSync(join(folder, path)).ino]));
    const { changes } = await generate(argumentsIn(folder, cut.flags));
    const said = (kind: string): string[] =>
      changes.filter(({ change }) => change === kind).map(({ path }) => `router/kmod/${path}`);
    const is = (path: string, kind: string): boolean =>
      path.endsWith('/') || path === 'kmod.yaml' || said(kind).includes(path);
    for (const [path, content] of Object.entries(cut.after)) {
      const old = cut.before[path];
      const kind = old === undefined ? 'create' : old === content ? 'keep' : 'update';
      expect(is(path, kind), `${kind} ${path}`).toBe(true);
      if (kind === 'keep') expect(lstatSync(join(folder, path)).ino, path).toBe(before.get(path));
    }
    for (const path of Object.keys(cut.before)) {
      if (cut.after[path] === undefined) expect(is(path, 'delete'), path).toBe(true);
    }
    expect(said('conflict')).toEqual([]);
  });
});

describe('a loader that is taken off the list', () => {
  const list = { firewall: 'nft_ct', wifi: 'ath9k' };

  async function generated(): Promise<string> {
    const folder = scratch();
    put(join(folder, 'kmod.yaml'), listOf(list));
    expect((await generate(argumentsIn(folder, []))).status).toBe(0);
    put(join(folder, 'kmod.yaml'), listOf({ firewall: 'nft_ct' }));
    return folder;
  }

  test('goes with its files and its folder', async () => {
    const folder = await generated();
    expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
    expect(Object.keys(readTree(outIn(folder))).filter((path) => path.includes('wifi'))).toEqual([]);
    expect(readFileSync(join(outIn(folder), 'modules.nix'), 'utf8')).not.toContain('wifi');
  });

  test('leaves what else a person keeps in its folder', async () => {
    const folder = await generated();
    put(join(outIn(folder), 'wifi/notes.md'), 'mine');
    mkdirSync(join(outIn(folder), 'firewall/empty'));
    expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
    const tree = readTree(outIn(folder));
    expect(Object.keys(tree).filter((path) => path.includes('wifi'))).toEqual(['wifi/', 'wifi/notes.md']);
    expect(tree['firewall/empty/']).toBe('');
  });

  test('is nothing to trip over where a person has removed its files already', async () => {
    const folder = await generated();
    const before = readTree(outIn(folder));
    const gone = Object.keys(before).filter((path) => path.startsWith('wifi/'));
    expect(gone).toHaveLength(3);
    const emptied = begin(scratch(), {
      flags: [],
      before: Object.fromEntries(
        Object.entries(readTree(folder)).filter(([path]) => !path.includes('/wifi/')),
      ),
      after: {},
    });
    expect(await generate(argumentsIn(emptied, []))).toMatchObject({ status: 0, diagnostics: [] });
    expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0 });
    expect(differences(readTree(emptied), readTree(folder))).toEqual([]);
  });
});

describe('what happens in the folder while a run is at work', () => {
  const old = files({ 'default.nix': 'old', 'a/default.nix': 'old' });
  const next = files({ 'default.nix': 'new', 'a/default.nix': 'old', 'b/default.nix': 'new' });

  async function begun(): Promise<string> {
    const out = join(scratch(), 'kmod');
    await write(out, compare(out, source, old, false).changes);
    return out;
  }

  test.each(['default.nix', 'b/default.nix'])('is not lost: a person writes %s', async (path) => {
    const out = await begun();
    const { changes } = compare(out, source, next, false);
    put(join(out, path), 'mine');
    const before = readTree(out);
    await expect(write(out, changes)).rejects.toMatchObject({ diagnostics: [{ code: 'edited-file' }] });
    expect(readTree(out)).toEqual(before);
  });

  test('is not lost: a person writes a file that would be removed', async () => {
    const out = await begun();
    const { changes } = compare(out, source, files({ 'default.nix': 'old' }), false);
    put(join(out, 'a/default.nix'), 'mine');
    const before = readTree(out);
    await expect(write(out, changes)).rejects.toMatchObject({ diagnostics: [{ code: 'edited-file' }] });
    expect(readTree(out)).toEqual(before);
  });

  test.each([true, false])('is never mixed: another run ends first (folder there: %s)', async (there) => {
    const out = there ? await begun() : join(scratch(), 'kmod');
    const first = compare(out, source, next, false);
    const second = compare(out, source, files({ 'default.nix': 'other', 'c/default.nix': 'other' }), false);
    await write(out, second.changes);
    const before = readTree(out);
    await expect(write(out, first.changes)).rejects.toMatchObject({
      diagnostics: [{ code: 'output-busy' }],
    });
    expect(readTree(out)).toEqual(before);
  });

  test('is never mixed: another run ends first, and this one had only to bring back a file', async () => {
    const out = await begun();
    unlinkSync(join(out, 'a/default.nix'));
    const { changes } = compare(out, source, old, false);
    expect(changes.map(({ change }) => change)).toEqual(['create', 'keep', 'keep']);
    await write(
      out,
      compare(out, source, files({ 'default.nix': 'new', 'a/default.nix': 'new' }), false).changes,
    );
    const before = readTree(out);
    await expect(write(out, changes)).rejects.toMatchObject({ diagnostics: [{ code: 'output-busy' }] });
    expect(readTree(out)).toEqual(before);
  });
});

describe('a file system without hard links', () => {
  test('is written to all the same, and a killed run can be taken back', async () => {
    const cut = await scenario('an update');
    const root = scratch();
    const noLinks = (step: Step): void => {
      if (step.call === 'link') throw systemError('EPERM', step);
    };
    for (const at of [40, 60, 75]) {
      const folder = begin(join(root, `${at}`), cut);
      const run = () => generate(argumentsIn(folder, cut.flags));
      expect(await killedAt(folder, at, run, noLinks)).toBe(true);
      expect(damage(readTree(folder), cut)).toEqual([]);
      expect(isInterrupted(outIn(folder))).toBe(true);
      expect(recover(outIn(folder))).toBe(true);
      expect(differences(readTree(folder), cut.before)).toEqual([]);
      expect(recover(outIn(folder))).toBe(false);
      const { steps, result } = await watched(folder, run, noLinks);
      expect(result).toMatchObject({ status: 0, diagnostics: [] });
      expect(steps.filter(({ call }) => call === 'link').length).toBeGreaterThan(5);
      expect(differences(readTree(folder), cut.after)).toEqual([]);
    }
  });
});

test('a file that has a second name elsewhere is replaced, not written into', async () => {
  const cut = await scenario('an update');
  const folder = begin(scratch(), cut);
  const elsewhere = join(scratch(), 'second-name');
  linkSync(join(outIn(folder), 'firewall/default.nix'), elsewhere);
  await generate(argumentsIn(folder, []));
  expect(readFileSync(elsewhere, 'latin1')).toBe(cut.before['router/kmod/firewall/default.nix']);
  expect(statSync(elsewhere).nlink).toBe(1);
});

test('an output folder that is itself a link is written to', async () => {
  const cut = await scenario('an update');
  const folder = scratch();
  const real = join(scratch(), 'real');
  mkdirSync(join(folder, 'router'));
  mkdirSync(real);
  symlinkSync(real, outIn(folder));
  put(join(folder, 'kmod.yaml'), cut.after['kmod.yaml']!);
  expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
  expect(readTree(folder)['router/kmod']).toBe(`-> ${real}`);
  const prefix = 'router/kmod/';
  const expected = Object.entries(cut.after)
    .filter(([path]) => path.startsWith(prefix) && path !== prefix)
    .map(([path, content]) => [path.slice(prefix.length), content]);
  expect(differences(readTree(real), Object.fromEntries(expected))).toEqual([]);
});
