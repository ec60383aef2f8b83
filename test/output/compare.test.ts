import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import package_ from '../../package.json' with { type: 'json' };
import { compare } from '../../src/output/compare.ts';
import { formatManifest, hash } from '../../src/output/manifest.ts';
import { command } from './child.ts';
import { differences, put, readTree, scratch, type Tree } from './folder.ts';
import { generate, listOf, type Outcome, print } from './scenario.ts';

let folder: string;
let list: string;
let out: string;

beforeEach(() => {
  folder = scratch();
  list = join(folder, 'kmod.yaml');
  out = join(folder, 'kmod');
  put(list, listOf({ firewall: 'nft_ct', wifi: 'ath9k' }));
});

const run = (...args: string[]): Promise<Outcome> => generate(['--targets', list, ...args]);
const done = { status: 0, diagnostics: [] };

/** What a run says of each file, but those it keeps. */
const said = ({ changes }: Outcome): Record<string, string> =>
  Object.fromEntries(
    changes.filter(({ change }) => change !== 'keep').map(({ path, change }) => [path, change]),
  );

/** Expects that a run refuses with `codes` and touches nothing. */
async function expectRefusal(codes: string[], ...args: string[]): Promise<Outcome> {
  const before = readTree(folder);
  const result = await run(...args);
  expect({ status: result.status, codes: result.codes }).toEqual({ status: 1, codes });
  expect(differences(readTree(folder), before)).toEqual([]);
  return result;
}

describe('a plan against a folder', () => {
  const source = '../kmod.yaml';
  const planned = [
    { path: 'a/default.nix', text: 'a' },
    { path: 'default.nix', text: 'set' },
  ];
  const kinds = (force = false): [string, string][] =>
    compare(out, source, planned, force).changes.map(({ path, change }) => [path, change]);
  const record = (texts: Record<string, string>, from = source): void =>
    put(
      join(out, '.gen-kmod.json'),
      formatManifest({ source: from, files: new Map(Object.entries(texts).map(([p, t]) => [p, hash(t)])) }),
    );

  test('is all to be created where there is no folder', () => {
    expect(kinds()).toEqual([
      ['a/default.nix', 'create'],
      ['default.nix', 'create'],
      ['.gen-kmod.json', 'create'],
    ]);
  });

  test('keeps, updates, creates and deletes, in the order of paths', () => {
    put(join(out, 'default.nix'), 'set');
    put(join(out, 'modules.nix'), 'gone');
    put(join(out, 'b/module.nix'), 'gone');
    record({ 'default.nix': 'set', 'modules.nix': 'gone', 'b/module.nix': 'gone' });
    expect(kinds()).toEqual([
      ['a/default.nix', 'create'],
      ['b/module.nix', 'delete'],
      ['default.nix', 'keep'],
      ['modules.nix', 'delete'],
      ['.gen-kmod.json', 'update'],
    ]);
  });

  test('tells what is there by its hash, and what is to be there by its text', () => {
    put(join(out, 'default.nix'), 'old');
    put(join(out, 'modules.nix'), 'gone');
    record({ 'default.nix': 'old', 'modules.nix': 'gone' });
    const { changes } = compare(out, source, planned, false);
    expect(changes.slice(0, 3)).toEqual([
      { path: 'a/default.nix', change: 'create', text: 'a' },
      { path: 'default.nix', change: 'update', before: hash('old'), text: 'set' },
      { path: 'modules.nix', change: 'delete', before: hash('gone') },
    ]);
  });

  test('keeps what a person wrote if it is what gen-kmod would write', () => {
    put(join(out, 'default.nix'), 'set');
    expect(compare(out, source, planned, false)).toMatchObject({ conflicts: [] });
    record({ 'default.nix': 'as it was long ago' });
    expect(kinds().slice(1)).toEqual([
      ['default.nix', 'keep'],
      ['.gen-kmod.json', 'update'],
    ]);
  });

  test.each([false, true])('in conflict is so for each file of a person (--force: %s)', (force) => {
    put(join(out, 'default.nix'), 'edited');
    put(join(out, 'a/default.nix'), 'foreign');
    put(join(out, 'modules.nix'), 'edited, and to be deleted');
    record({ 'default.nix': 'old', 'modules.nix': 'old' });
    const { changes, conflicts } = compare(out, source, planned, force);
    expect(changes.map(({ path, change }) => [path, change])).toEqual([
      ['a/default.nix', force ? 'update' : 'conflict'],
      ['default.nix', force ? 'update' : 'conflict'],
      ['modules.nix', force ? 'delete' : 'conflict'],
      ['.gen-kmod.json', 'update'],
    ]);
    expect(conflicts.map(({ code, file }) => [code, file])).toEqual(
      force
        ? []
        : [
            ['foreign-file', join(out, 'a/default.nix')],
            ['edited-file', join(out, 'default.nix')],
            ['edited-file', join(out, 'modules.nix')],
          ],
    );
  });
});

describe('an edited file', () => {
  beforeEach(async () => {
    expect(await run()).toMatchObject(done);
    writeFileSync(join(out, 'firewall/default.nix'), 'mine\n');
  });

  test('is not overwritten; the message names it and --diff shows the edit', async () => {
    const { diagnostics, changes } = await expectRefusal(['edited-file']);
    expect(changes.find(({ change }) => change === 'conflict')?.path).toBe('firewall/default.nix');
    expect(diagnostics[0]).toMatchObject({ file: expect.stringContaining('kmod/firewall/default.nix') });
    expect(diagnostics[0]!.hint).toMatch(/`--diff`.*`--force`/);
    const { stdout, status } = await print(['--targets', list, '--diff'], { cwd: folder });
    expect(status).toBe(1);
    expect(stdout).toContain('--- a/kmod/firewall/default.nix\n+++ b/kmod/firewall/default.nix\n');
    expect(stdout).toMatch(/^-mine$/m);
  });

  test('holds back the whole run, as half of an update would be worse', async () => {
    put(list, listOf({ firewall: 'nft_masq', usb: 'usb_storage' }));
    await expectRefusal(['edited-file']);
    await expectRefusal(['edited-file', 'drift'], '--check');
  });

  test('is overwritten with --force', async () => {
    expect(said(await run('--force'))).toEqual({ 'firewall/default.nix': 'update' });
    expect(await run('--check')).toMatchObject(done);
  });

  test('of a loader that is taken off the list is not deleted, except with --force', async () => {
    put(list, listOf({ wifi: 'ath9k' }));
    const { diagnostics } = await expectRefusal(['edited-file']);
    expect(diagnostics[0]!.message).toContain('it would be deleted');
    expect(said(await run('--force'))).toMatchObject({ 'firewall/default.nix': 'delete' });
    expect(Object.keys(readTree(out))).not.toContain('firewall/');
  });

  test('is a whole folder of them where Git has made CRLF of every line end', async () => {
    expect(await run('--force')).toMatchObject(done);
    const before = readTree(out);
    for (const path of Object.keys(before).filter((each) => !each.endsWith('/'))) {
      writeFileSync(join(out, path), before[path]!.replaceAll('\n', '\r\n'), 'latin1');
    }
    await expectRefusal(Array(6).fill('edited-file'));
    expect(await run('--force')).toMatchObject(done);
    expect(differences(readTree(out), before)).toEqual([]);
  });
});

describe('a file that gen-kmod did not write', () => {
  test.each([false, true])('is not overwritten, except with --force (manifest: %s)', async (manifest) => {
    if (manifest) {
      expect(await run()).toMatchObject(done);
      put(list, listOf({ firewall: 'nft_ct', usb: 'usb_storage', wifi: 'ath9k' }));
    }
    const path = manifest ? 'usb/module.nix' : 'modules.nix';
    put(join(out, path), 'mine\n');
    const { diagnostics, changes } = await expectRefusal(['foreign-file']);
    expect(diagnostics[0]!.file).toMatch(new RegExp(`kmod/${path}$`));
    expect(diagnostics[0]!.hint).toMatch(/`--diff`.*`--force`.*`--out`/);
    expect(changes.find((each) => each.path === path)).toMatchObject({ change: 'conflict' });
    const { stdout } = await print(['--targets', list, '--diff']);
    expect(stdout).toMatch(/^-mine$/m);
    expect(said(await run('--force'))).toMatchObject({ [path]: 'update' });
    expect(await run('--check')).toMatchObject(done);
  });

  test('is left alone where gen-kmod has no use for its name', async () => {
    const mine: Tree = { 'README.md': 'mine', 'firewall/notes': 'mine', 'usb/default.nix': 'mine' };
    for (const [path, text] of Object.entries(mine)) put(join(out, path), text);
    expect(await run()).toMatchObject(done);
    put(list, listOf({ wifi: 'ath9k' }));
    expect(await run('--force')).toMatchObject(done);
    expect(readTree(out)).toMatchObject(mine);
  });
});

describe('a folder that belongs to another list', () => {
  const other = listOf({ firewall: 'nft_ct', usb: 'usb_storage' });
  const owners: Record<string, () => Promise<Outcome>> = {
    'another list': () => {
      put(join(folder, 'other.yaml'), other);
      return generate(['--targets', join(folder, 'other.yaml'), '--out', out]);
    },
    'standard input': () => generate(['--targets', '-', '--out', out], { input: other }),
    'names on the command line': () => generate(['--targets', 'nft_ct', '--name', 'firewall', '--out', out]),
  };

  test.each(Object.keys(owners))('is not written to, except with --force: %s', async (name) => {
    expect(await owners[name]!()).toMatchObject(done);
    const { diagnostics, changes } = await expectRefusal(['foreign-source'], '--out', out);
    const called = name === 'another list' ? '../other.yaml' : name;
    expect(diagnostics[0]!.message).toBe(
      `this folder is generated from ${called}, not from ${'../kmod.yaml'}`,
    );
    expect(diagnostics[0]!.file).toContain('.gen-kmod.json');
    expect(new Set(changes.map(({ change }) => change))).toEqual(new Set(['keep', 'conflict']));
    expect(await run('--out', out, '--force')).toMatchObject(done);
    expect(await run('--out', out, '--check')).toMatchObject(done);
    expect(Object.keys(readTree(out))).not.toContain('usb/');
  });

  test.each(Object.keys(owners))('is not written to from %s', async (name) => {
    expect(await run()).toMatchObject(done);
    const before = readTree(out);
    expect(await owners[name]!()).toMatchObject({ status: 1, codes: ['foreign-source'] });
    expect(differences(readTree(out), before)).toEqual([]);
  });

  test('is the same list when that has been called by another path', async () => {
    expect(await run('--out', out)).toMatchObject(done);
    mkdirSync(join(folder, 'below'));
    expect(await generate(['--targets', '../kmod.yaml'], { cwd: join(folder, 'below') })).toMatchObject(done);
    expect(await generate([], { cwd: folder })).toMatchObject(done);
  });

  test('stays the same list when the whole tree moves', async () => {
    expect(await run()).toMatchObject(done);
    const moved = join(scratch(), 'moved');
    renameSync(folder, moved);
    expect(await generate(['--check'], { cwd: moved })).toMatchObject(done);
  });

  test('made of names loses no loader to other names, except with --force', async () => {
    const names = (targets: string, name: string, ...more: string[]): Promise<Outcome> =>
      generate(['--targets', targets, '--name', name, '--out', out, ...more]);
    expect(await names('nft_ct', 'firewall')).toMatchObject(done);
    expect(await names('nft_ct,nft_masq', 'firewall')).toMatchObject(done);
    const before = readTree(out);
    const refused = await names('usb_storage', 'usb');
    expect(refused).toMatchObject({ status: 1, codes: ['foreign-source'] });
    expect(refused.diagnostics[0]!.file).toContain('firewall/default.nix');
    expect(differences(readTree(out), before)).toEqual([]);
    expect(await names('usb_storage', 'usb', '--force')).toMatchObject(done);
    expect(Object.keys(readTree(out))).not.toContain('firewall/');
  });
});

describe('a symbolic link in the folder', () => {
  beforeEach(async () => {
    expect(await run()).toMatchObject(done);
    // Whatever else there is to do: the link comes first.
    put(list, listOf({ firewall: 'nft_masq' }));
  });

  test.each(['firewall/default.nix', 'firewall', 'default.nix', '.gen-kmod.json', 'wifi', 'wifi/module.nix'])(
    'is not followed, not even with --force: %s',
    async (path) => {
      const elsewhere = scratch();
      const target = join(elsewhere, 'target');
      renameSync(join(out, path), target);
      symlinkSync(target, join(out, path));
      const before = readTree(elsewhere);
      for (const flags of [[], ['--force'], ['--check'], ['--diff']]) {
        const { diagnostics } = await expectRefusal(['symlink-in-output'], ...flags);
        expect(diagnostics[0]!.file).toMatch(new RegExp(`kmod/${path}$`));
      }
      expect(differences(readTree(elsewhere), before)).toEqual([]);
    },
  );

  test('is not followed where it leads nowhere', async () => {
    unlinkSync(join(out, 'firewall/default.nix'));
    symlinkSync('../../nowhere', join(out, 'firewall/default.nix'));
    await expectRefusal(['symlink-in-output'], '--force');
  });

  test('is no matter where gen-kmod has no use for its name', async () => {
    symlinkSync('/', join(out, 'root'));
    symlinkSync('nowhere', join(out, 'firewall/result'));
    expect(await run()).toMatchObject(done);
    expect(readTree(out)).toMatchObject({ root: '-> /', 'firewall/result': '-> nowhere' });
  });
});

describe('something that is neither file nor folder as expected', () => {
  test.each(['default.nix', 'firewall/default.nix', '.gen-kmod.json'])(
    'is not replaced, not even with --force: a folder at %s',
    async (path) => {
      put(join(out, path, 'inside'), 'mine');
      for (const flags of [[], ['--force']]) {
        const { diagnostics } = await expectRefusal(['foreign-file'], ...flags);
        expect(diagnostics[0]!.file).toMatch(new RegExp(`kmod/${path}$`));
      }
    },
  );

  test('is not replaced, not even with --force: a file where a loader has its folder', async () => {
    put(join(out, 'firewall'), 'mine');
    for (const flags of [[], ['--force']]) await expectRefusal(['foreign-file'], ...flags);
  });

  test('is not waited for: a pipe', async () => {
    mkdirSync(out);
    execFileSync('mkfifo', [join(out, 'default.nix')]);
    for (const flags of [[], ['--force']]) await expectRefusal(['foreign-file'], ...flags);
  });

  test('is not made a folder of: a file where the output goes', async () => {
    put(out, 'mine');
    for (const flags of [[], ['--force']]) {
      const { diagnostics } = await expectRefusal(['write-failed'], ...flags);
      expect(diagnostics[0]!.message).not.toMatch(/E[A-Z]{3}/);
    }
  });
});

describe('the manifest', () => {
  beforeEach(async () => {
    expect(await run()).toMatchObject(done);
  });

  test('missing makes no difference to files that are as they should be', async () => {
    const before = readTree(out);
    rmSync(join(out, '.gen-kmod.json'));
    expect(said(await run())).toEqual({ '.gen-kmod.json': 'create' });
    expect(differences(readTree(out), before)).toEqual([]);
  });

  test('missing makes a foreign file of each that is not', async () => {
    rmSync(join(out, '.gen-kmod.json'));
    put(list, listOf({ firewall: 'nft_masq', wifi: 'ath9k' }));
    await expectRefusal(['foreign-file', 'foreign-file']);
    expect(await run('--force')).toMatchObject(done);
  });

  test('alone brings the files back', async () => {
    const before = readTree(out);
    for (const name of ['firewall', 'wifi', 'default.nix', 'modules.nix']) {
      rmSync(join(out, name), { recursive: true });
    }
    expect(new Set(Object.values(said(await run())))).toEqual(new Set(['create']));
    expect(differences(readTree(out), before)).toEqual([]);
  });

  test.each(['', 'not JSON', '{"format":2}', '{"format":1}', '\ufeff{}', '\u0000'])(
    'is not written over when it is %j, except with --force',
    async (text) => {
      writeFileSync(join(out, '.gen-kmod.json'), text);
      for (const flags of [[], ['--check'], ['--dry-run']]) await expectRefusal(['bad-manifest'], ...flags);
      expect(await run('--force')).toMatchObject(done);
      expect(await run('--check')).toMatchObject(done);
    },
  );

  test.each(['../victim', '/victim', 'a/../../victim', '.git/config', 'firewall/../../victim', 'README.md'])(
    'that lists %s deletes nothing, not even with --force',
    async (path) => {
      const place = path === '/victim' ? join(folder, path) : join(out, path);
      put(place, 'mine');
      const files = new Map([[path === '/victim' ? place : path, hash('mine')]]);
      writeFileSync(join(out, '.gen-kmod.json'), formatManifest({ source: '../kmod.yaml', files }));
      await expectRefusal(['bad-manifest']);
      expect(await run('--force')).toMatchObject(done);
      expect(readFileSync(place, 'utf8')).toBe('mine');
    },
  );

  test('that lists a file gen-kmod might have written deletes that only if it is unchanged', async () => {
    const manifest = join(out, '.gen-kmod.json');
    const text = readFileSync(manifest, 'utf8').replace(
      '"wifi/',
      `"usb/module.nix": "${hash('mine')}", "wifi/`,
    );
    put(join(out, 'usb/module.nix'), 'mine, edited');
    writeFileSync(manifest, text);
    await expectRefusal(['edited-file']);
    writeFileSync(join(out, 'usb/module.nix'), 'mine');
    expect(said(await run())).toEqual({ '.gen-kmod.json': 'update', 'usb/module.nix': 'delete' });
  });

  test('holds no time, place, or person', async () => {
    const elsewhere = scratch();
    cpSync(list, join(elsewhere, 'kmod.yaml'));
    expect(await generate([], { cwd: elsewhere })).toMatchObject(done);
    expect(differences(readTree(join(elsewhere, 'kmod')), readTree(out))).toEqual([]);
  });
});

test('a file that cannot be read for what it is is no file to write over', async () => {
  expect(await run()).toMatchObject(done);
  const name = `${'a'.repeat(300)}/default.nix`;
  const manifest = join(out, '.gen-kmod.json');
  const files = new Map([[name, hash('')]]);
  writeFileSync(manifest, formatManifest({ source: '../kmod.yaml', files }));
  const { diagnostics } = await expectRefusal(['write-failed']);
  expect(diagnostics[0]!.message).toBe('cannot be read: the path is too long');
});

test('another version of gen-kmod that writes the same is no reason to write again', async () => {
  expect(await run()).toMatchObject(done);
  expect(JSON.stringify(readTree(out))).not.toContain(package_.version);
  const other = scratch();
  cpSync(dirname(command), join(other, 'dist'), { recursive: true });
  writeFileSync(join(other, 'package.json'), '{ "type": "module" }');
  for (const file of readdirSync(join(other, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(join(other, 'dist', file), 'utf8');
    writeFileSync(join(other, 'dist', file), text.replaceAll(`"${package_.version}"`, '"98.7.6"'));
  }
  const next = join(other, 'dist/gen-kmod.js');
  expect(execFileSync(process.execPath, [next, '--version'], { encoding: 'utf8' })).toBe('98.7.6\n');
  const args = [next, '--targets', list, '--check', '--quiet'];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('');
  const second = join(folder, 'second');
  execFileSync(process.execPath, [next, '--targets', list, '--out', second]);
  expect(differences(readTree(second), readTree(out))).toEqual([]);
});
