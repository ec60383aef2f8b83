/** The command with the user's cache: shared by runs at once, missing, full, or not wanted. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cacheFolder, storeIn } from '../../../src/cli/remembered/store.ts';
import { scratch } from '../../output/folder.ts';
import { runCommand } from '../command.ts';
import { files, longAgo, put } from './kernel.ts';

let tree: string;
let expected: string;
const ask = (asked = 'a,b') => ['resolve', '--json', '--targets', asked, '--kernel', tree, '--arch', 'mips'];

beforeAll(async () => {
  tree = mkdtempSync(join(realpathSync(tmpdir()), 'gen-kmod-tree-'));
  for (const [path, text] of Object.entries(files)) put(tree, path, text, longAgo);
  // What was changed a moment ago is not remembered.
  await wait(3_000);
  const { stdout, code } = await runCommand([...ask(), '--no-cache']);
  expect(code).toBe(0);
  expected = stdout;
});
afterAll(() => rmSync(tree, { recursive: true }));

const kept = (cache: string): string[] => {
  const folder = join(cache, 'gen-kmod', 'trees');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

/** What a run says with this environment, and that it is right. */
async function expectRight(env: Record<string, string>, args = ask(), right = expected): Promise<void> {
  const { code, stdout, stderr } = await runCommand(args, { env });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: right, stderr: '' });
}

test('a run remembers the tree in the user’s cache, and the next one uses it', async () => {
  const home = scratch();
  await expectRight({ HOME: home });
  const cache = join(home, '.cache');
  const names = kept(cache);
  expect(names.map((name) => name.replace(/^[0-9a-f]{32}/, ''))).toEqual(['.kconfig', '.makefiles']);
  expect(statSync(join(cache, 'gen-kmod', 'trees')).mode & 0o777).toBe(0o700);
  const before = names.map((name) => statSync(join(cache, 'gen-kmod/trees', name)).ino);
  await expectRight({ HOME: home });
  expect(kept(cache)).toEqual(names);
  expect(names.map((name) => statSync(join(cache, 'gen-kmod/trees', name)).ino)).toEqual(before);
  // What is in it is what is used: of another readers' version it is nothing.
  const file = join(cache, 'gen-kmod/trees', names[1]!);
  writeFileSync(file, readFileSync(file).subarray(0, 100));
  await expectRight({ HOME: home });
  expect(statSync(file).size).toBeGreaterThan(100);
});

test.each<[how: string, env: (cache: string) => Record<string, string>, args: string[]]>([
  ['--no-cache', (cache) => ({ XDG_CACHE_HOME: cache }), ['--no-cache']],
  ['GEN_KMOD_NO_CACHE', (cache) => ({ XDG_CACHE_HOME: cache, GEN_KMOD_NO_CACHE: '1' }), []],
  ['no home', () => ({}), []],
])('nothing is remembered with %s', async (_, env, args) => {
  const cache = scratch();
  await expectRight(env(cache), [...ask(), ...args]);
  expect(kept(cache)).toEqual([]);
});

test.each<[string, Record<string, string | undefined>, string | undefined]>([
  ['the XDG folder', { XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/gen-kmod/trees'],
  ['the home', { HOME: '/h' }, '/h/.cache/gen-kmod/trees'],
  [
    'the home, where the XDG folder is relative, as the specification says',
    { XDG_CACHE_HOME: 'x', HOME: '/h' },
    '/h/.cache/gen-kmod/trees',
  ],
  ['nowhere', { XDG_CACHE_HOME: '', HOME: '' }, undefined],
])('the cache is in %s', (_, env, folder) => {
  expect(cacheFolder(env)).toBe(folder);
});

test('runs at the same time share it', async () => {
  const cache = scratch();
  const lists = ['a,b', 'a', 'b', 'board', 'a,b', 'a,board', 'b', 'a,b'];
  const right = new Map<string, string>();
  for (const list of new Set(lists)) right.set(list, (await runCommand([...ask(list), '--no-cache'])).stdout);
  for (let round = 0; round < 2; round++)
    await Promise.all(
      lists.map((list) => expectRight({ XDG_CACHE_HOME: cache }, ask(list), right.get(list))),
    );
  expect(kept(cache)).toHaveLength(2);
});

describe('a cache that cannot be written', () => {
  test('as a file is in its place', async () => {
    const cache = join(scratch(), 'file');
    writeFileSync(cache, '');
    await expectRight({ XDG_CACHE_HOME: cache });
  });

  test('as it is read-only', async () => {
    // Nobody may make a folder there.
    await expectRight({ XDG_CACHE_HOME: '/proc/self' });
  });

  test('as the disk is full: nothing half is left', async () => {
    const cache = scratch();
    mkdirSync(join(cache, 'gen-kmod'));
    // Files of more than 512 bytes cannot be written, and nobody is killed for it.
    const script = 'trap "" XFSZ; ulimit -f 1; exec "$@"';
    const command = [process.execPath, join(import.meta.dirname, '../../../dist/gen-kmod.js'), ...ask()];
    const stdout = await new Promise<string>((resolve, reject) => {
      const child = spawn('sh', ['-c', script, 'sh', ...command], {
        env: { PATH: process.env.PATH, XDG_CACHE_HOME: cache },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      child
        .on('error', reject)
        .on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${code}`))));
    });
    expect(stdout).toBe(expected);
    expect(kept(cache)).toEqual([]);
  });
});

test('the oldest goes where there is too much, and what a killed run left', () => {
  const folder = join(scratch(), 'trees');
  const store = storeIn(folder, 1_000);
  for (const name of ['a', 'b', 'c']) {
    store.write(name, Buffer.alloc(300));
    put(folder, name, 'x'.repeat(300), new Date(Date.now() - 10_000 * (name.charCodeAt(0) - 96)));
  }
  put(folder, 'x.1-1.new', 'x'.repeat(100), longAgo);
  put(folder, 'y.1-1.new', 'x', new Date());
  // Used last, though written first.
  expect(store.read('c')?.length).toBe(300);
  store.write('d', Buffer.alloc(300));
  expect(readdirSync(folder).sort()).toEqual(['a', 'c', 'd', 'y.1-1.new']);
  store.write('too-much', Buffer.alloc(1_001));
  expect(store.read('too-much')).toBeUndefined();
  expect(store.read('b')).toBeUndefined();
});
