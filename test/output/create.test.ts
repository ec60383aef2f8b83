/** A new folder is there whole or not at all, whatever goes wrong. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/diagnostics/diagnostic.ts';
import { create } from '../../src/output/create.ts';
import { killedAt, systemError, watched } from './fault.ts';
import { differences, put, readTree, scratch, type Tree } from './folder.ts';

const files = [
  { path: 'default.nix', text: '{ }\n' },
  { path: 'kmod.yaml', text: 'version: 1\n' },
  { path: 'kmod/guard/default.nix', text: '{ liminix }: liminix\n' },
];
const whole: Tree = {
  'guard/': '',
  'guard/kmod/': '',
  'guard/kmod/guard/': '',
  ...Object.fromEntries(files.map(({ path, text }) => [`guard/${path}`, text])),
};

async function codesOf(work: Promise<void>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.diagnostics.map(({ code }) => code);
  }
}

/** Folders to make the new one in: one that is there, with something of a person's in it, and one that is not. */
describe.each([
  ['a folder', '', { 'mine.nix': '1' }],
  ['a folder that is made for it', 'a/b', {}],
] as const)('in %s', (_, parent, before: Tree) => {
  const after: Tree = {
    ...before,
    ...(parent === '' ? {} : { 'a/': '', 'a/b/': '' }),
    ...Object.fromEntries(Object.entries(whole).map(([path, text]) => [join(parent, path), text])),
  };
  const begin = (): string => {
    const root = scratch();
    for (const [path, text] of Object.entries(before)) put(join(root, path), text);
    return root;
  };
  const make = (root: string, signal?: AbortSignal) => create(join(root, parent, 'guard'), files, signal);

  test('all files come at once', async () => {
    const root = begin();
    const { steps } = await watched(
      root,
      () => make(root),
      () =>
        expect(Object.keys(readTree(root)).some((path) => path.startsWith(join(parent, 'guard')))).toBe(
          false,
        ),
    );
    expect(steps.length).toBeGreaterThan(10);
    expect(readTree(root)).toEqual(after);
  });

  test.each(['ENOSPC', 'EACCES', 'EIO'])('a step that fails (%s) leaves nothing', async (code) => {
    for (let at = 1; ; at++) {
      const root = begin();
      let failed = false;
      const { result } = await watched(
        root,
        () => codesOf(make(root)),
        (step) => {
          if (step.number !== at) return;
          failed = true;
          throw systemError(code, step);
        },
      );
      if (!failed) break;
      expect(result, `step ${at}`).toEqual(['write-failed']);
      expect(readTree(root), `step ${at}`).toEqual(before);
      expect(at).toBeLessThan(60);
    }
  });

  test('a run that is killed leaves no folder of that name, and the next one removes the rest', async () => {
    for (let at = 1; ; at++) {
      const root = begin();
      const killed = await killedAt(root, at, () => make(root));
      if (!killed) break;
      expect(Object.keys(readTree(join(root, parent, 'guard'))), `step ${at}`).toEqual([]);
      await make(root);
      expect(differences(readTree(root), after), `step ${at}`).toEqual([]);
      expect(at).toBeLessThan(60);
    }
  });

  test('a signal stops it at any file, and leaves nothing', async () => {
    for (let at = 1; at < 10; at += 2) {
      const root = begin();
      const stop = new AbortController();
      const { result } = await watched(
        root,
        () => codesOf(make(root, stop.signal)),
        (step) => {
          if (step.number === at) stop.abort();
        },
      );
      if (result.length === 0) break;
      expect(result, `step ${at}`).toEqual(['interrupted']);
      expect(readTree(root), `step ${at}`).toEqual(before);
    }
  });
});

test.each(['file', 'folder'])('what is there stays, be it a %s', async (what) => {
  const root = scratch();
  if (what === 'file') put(join(root, 'guard'), 'mine');
  else mkdirSync(join(root, 'guard'));
  const before = readTree(root);
  expect(await codesOf(create(join(root, 'guard'), files))).toEqual(['folder-exists']);
  expect(readTree(root)).toEqual(before);
});

test('a folder that comes meanwhile stays', async () => {
  const root = scratch();
  const { result } = await watched(
    root,
    () => codesOf(create(join(root, 'guard'), files)),
    ({ number }) => {
      if (number === 5) put(join(root, 'guard/mine.nix'), '1');
    },
  );
  expect(result).toEqual(['folder-exists']);
  expect(readTree(root)).toEqual({ 'guard/': '', 'guard/mine.nix': '1' });
});
