/** A journal says what may be taken back, and a checkout may bring a false one: nothing outside the folder follows from it. */
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hash } from '../../src/output/manifest.ts';
import { killedAt } from './fault.ts';
import { differences, put, readTree, scratch, type Tree, without } from './folder.ts';
import { argumentsIn, begin, generate, journalName, journalsIn, outIn, scenario } from './scenario.ts';

/** A folder that is up to date but for a journal of a dead process, with `kept` as its first kept file. */
async function withJournal(journal: unknown, kept = 'evil'): Promise<string> {
  const cut = await scenario('an update');
  const folder = begin(scratch(), { ...cut, before: cut.after });
  const own = join(outIn(folder), `${journalName}1-1`);
  put(join(own, 'old/0'), kept);
  mkdirSync(join(own, 'new'));
  writeFileSync(join(own, 'journal.json'), typeof journal === 'string' ? journal : JSON.stringify(journal));
  return folder;
}

const apart = (folder: string): Tree => without(readTree(folder), journalName);

const outside = [
  '../victim',
  '../../victim',
  'firewall/../../victim',
  '.git/hooks/post-checkout',
  'firewall/.envrc',
  'README.md',
];

describe('a journal that gen-kmod did not write', () => {
  test.each(outside)('makes no file at %s', async (path) => {
    const folder = await withJournal({ steps: [{ path, before: hash('evil') }], folders: [] });
    const before = apart(folder);
    await generate(argumentsIn(folder, []));
    expect(differences(apart(folder), before)).toEqual([]);
  });

  test.each(outside)('changes and removes no file at %s', async (path) => {
    for (const before of [undefined, hash('evil')]) {
      const folder = await withJournal({ steps: [{ path, before, after: hash('mine') }], folders: [] });
      put(join(outIn(folder), path), 'mine');
      const seen = apart(folder);
      await generate(argumentsIn(folder, []));
      expect(differences(apart(folder), seen)).toEqual([]);
    }
  });

  test('makes no file at an absolute path', async () => {
    const path = join(scratch(), 'victim');
    const folder = await withJournal({ steps: [{ path, before: hash('evil') }], folders: [] });
    const before = readTree(join(path, '..'));
    await generate(argumentsIn(folder, []));
    expect(readTree(join(path, '..'))).toEqual(before);
    expect(existsSync(join(outIn(folder), path))).toBe(false);
  });

  test.each(['..', '../empty', '.git', 'firewall/empty'])('removes no empty folder at %s', async (path) => {
    const folder = await withJournal({ steps: [], folders: [path] });
    mkdirSync(join(outIn(folder), path), { recursive: true });
    const before = apart(folder);
    await generate(argumentsIn(folder, []));
    expect(differences(apart(folder), before)).toEqual([]);
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"steps":1,"folders":[]}',
    '{"steps":[null],"folders":[]}',
    '{"steps":[{"path":1}],"folders":[]}',
    '{"steps":[],"folders":[{}]}',
    '\u0000\u0001',
  ])('is named in a message, with the way out, when it is %j', async (text) => {
    const folder = await withJournal(text);
    const before = apart(folder);
    for (let time = 0; time < 2; time++) {
      const { status, codes, diagnostics } = await generate(argumentsIn(folder, []));
      expect({ status, codes }).toEqual({ status: 1, codes: [expect.not.stringMatching('internal')] });
      expect(diagnostics[0]!.file).toContain(journalName);
      expect(diagnostics[0]!.hint).toContain('delete');
      expect(differences(apart(folder), before)).toEqual([]);
    }
  });

  test('is not looked for behind a link', async () => {
    const cut = await scenario('an update');
    const folder = begin(scratch(), { ...cut, before: cut.after });
    const elsewhere = scratch();
    put(join(elsewhere, 'journal.json'), JSON.stringify({ steps: [], folders: [] }));
    symlinkSync(elsewhere, join(outIn(folder), `${journalName}1-1`));
    const seen = readTree(elsewhere);
    await generate(argumentsIn(folder, []));
    expect(readTree(elsewhere)).toEqual(seen);
  });

  test.each(['', 'x', '1', '1-', '-1-1', '1-1-1', '99999999999-1'])(
    'is taken for that of a dead process when it is called %j',
    async (name) => {
      const cut = await scenario('an update');
      const folder = begin(scratch(), cut);
      mkdirSync(join(outIn(folder), journalName + name));
      expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
      expect(differences(readTree(folder), cut.after)).toEqual([]);
    },
  );
});

describe('links that a person puts into the folder of a killed run', () => {
  test('are not followed when the run is taken back', async () => {
    const cut = await scenario('an update');
    for (const moved of ['firewall', 'usb', 'firewall/default.nix', 'usb/default.nix']) {
      const folder = begin(scratch(), cut);
      expect(await killedAt(folder, 52, () => generate(argumentsIn(folder, cut.flags)))).toBe(true);
      const elsewhere = join(scratch(), 'moved');
      renameSync(join(outIn(folder), moved), elsewhere);
      symlinkSync(elsewhere, join(outIn(folder), moved));
      const seen = readTree(join(elsewhere, '..'));

      expect((await generate(argumentsIn(folder, []))).status, moved).toBe(1);
      expect(differences(readTree(join(elsewhere, '..')), seen), moved).toEqual([]);
    }
  });

  test('can be taken away again, and the next run takes back the rest', async () => {
    const cut = await scenario('an update');
    const folder = begin(scratch(), cut);
    await killedAt(folder, 52, () => generate(argumentsIn(folder, cut.flags)));
    const [place, elsewhere] = [join(outIn(folder), 'firewall'), join(scratch(), 'moved')];
    renameSync(place, elsewhere);
    symlinkSync(elsewhere, place);
    expect(await generate(argumentsIn(folder, []))).toMatchObject({ codes: ['symlink-in-output'] });
    expect(readdirSync(outIn(folder)).some((name) => name.startsWith(journalName))).toBe(true);
    renameSync(elsewhere, `${elsewhere}.real`);
    renameSync(place, elsewhere);
    renameSync(`${elsewhere}.real`, place);
    expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
    expect(journalsIn(readTree(folder))).toEqual([]);
    expect(differences(readTree(folder), cut.after)).toEqual([]);
  });
});
