/** Running a tree's tool, with stand-ins for the programs: what becomes of each way to end. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { olddefconfig, type Question } from '../../../src/kernel/verify/olddefconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-verify-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tree = join(folder, 'linux');
const bin = join(folder, 'bin');
const seen = join(folder, 'seen');

function program(file: string, script: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** The folder make is given is noted in `seen`. */
const noted = `for word; do case $word in O=*) out=\${word#O=}; echo "$out" > ${seen} ;; esac; done`;

beforeEach(() => {
  for (const each of [tree, bin]) rmSync(each, { recursive: true, force: true });
  rmSync(seen, { force: true });
  mkdirSync(tree);
  for (const tool of ['gcc', 'flex', 'bison']) program(join(bin, tool), '');
});

const ask = (more: Partial<Question> = {}) =>
  olddefconfig({
    tree,
    arch: 'mips',
    version: '6.99.1',
    config: 'CONFIG_A=m\n',
    env: { PATH: `${bin}:${process.env.PATH}` },
    signal: new AbortController().signal,
    ...more,
  });

const usedFolder = (): string => readFileSync(seen, 'utf8').trim();

test('make gets the configuration, and what it makes of it is the answer; the folder goes', async () => {
  program(join(bin, 'make'), `${noted}\necho CONFIG_B=y >> "$out/.config"`);
  expect(await ask()).toEqual({ tool: 'make olddefconfig', config: 'CONFIG_A=m\nCONFIG_B=y\n' });
  expect(existsSync(usedFolder())).toBe(false);
});

test('the environment reaches make, but for what leads it elsewhere', async () => {
  program(join(bin, 'make'), `${noted}\nenv > "$out/.config"; echo "args=$*" >> "$out/.config"`);
  const elsewhere = { KCONFIG_CONFIG: '/x', KBUILD_OUTPUT: '/x', MAKEFLAGS: 'k', ARCH: 'x86', O: '/x' };
  const env = { PATH: `${bin}:${process.env.PATH}`, CROSS_COMPILE: 'mips-', ...elsewhere };
  const { config = '' } = (await ask({ env })) as { config?: string };
  expect(config).toContain('CROSS_COMPILE=mips-\n');
  for (const name of Object.keys(elsewhere)) expect(config).not.toMatch(new RegExp(`^${name}=`, 'm'));
  expect(config).toContain(`args=-s -C ${tree} O=${usedFolder()} ARCH=mips olddefconfig\n`);
});

test('a make that fails is told with its last lines; the folder goes', async () => {
  program(
    join(bin, 'make'),
    `${noted}\nfor n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $n >&2; done; exit 3`,
  );
  const { failure } = await ask();
  expect(failure).toMatchObject({ message: 'make olddefconfig failed, with exit status 3' });
  expect(failure!.notes).toHaveLength(10);
  expect(failure!.notes.at(-1)).toBe('line 12');
  expect(existsSync(usedFolder())).toBe(false);
});

test('a make that is killed, and one that leaves nothing, are told', async () => {
  program(join(bin, 'make'), 'kill -TERM $$');
  expect(await ask()).toMatchObject({ failure: { message: 'make olddefconfig was ended by SIGTERM' } });
  program(join(bin, 'make'), `${noted}\nrm "$out/.config"`);
  expect(await ask()).toMatchObject({ failure: { message: 'make olddefconfig left no .config' } });
});

/** A make with a child of its own, which would stay; while that has our pipe, there is no answer. */
const hanging = `${noted}\nsleep 600 & touch ${seen}.started; wait`;

test('one that does not end is ended, with what it started', async () => {
  program(join(bin, 'make'), hanging);
  const { failure } = await ask({ limit: 500 });
  expect(failure!.message).toMatch(/^make olddefconfig took longer than/);
  expect(existsSync(usedFolder())).toBe(false);
});

test('an interruption ends it, with what it started; the folder goes', async () => {
  rmSync(`${seen}.started`, { force: true });
  program(join(bin, 'make'), hanging);
  const stop = new AbortController();
  const asked = ask({ signal: stop.signal });
  while (!existsSync(`${seen}.started`)) await wait(10);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  expect(existsSync(usedFolder())).toBe(false);
});

test('what is missing is named', async () => {
  rmSync(join(bin, 'flex'));
  program(join(bin, 'make'), '');
  expect(await ask({ env: { PATH: bin } })).toMatchObject({
    failure: { message: '`make olddefconfig` needs flex, which is not in PATH' },
  });
  expect(await ask({ env: { PATH: bin, LLVM: '1', HOSTCC: 'ccache clang' } })).toMatchObject({
    failure: { message: '`make olddefconfig` needs clang, flex, which are not in PATH' },
  });
});

test('of a tree configured in place its own conf is run, with what make would hand to it', async () => {
  writeFileSync(join(tree, '.config'), '');
  expect(await ask()).toMatchObject({ failure: { message: expect.stringContaining('configured in place') } });
  program(join(tree, 'scripts/kconfig/conf'), 'env > .config; echo "args=$*" >> .config');
  const answer = await ask({ env: { PATH: process.env.PATH, CROSS_COMPILE: 'mips-' } });
  expect(answer).toMatchObject({ tool: "the tree's scripts/kconfig/conf" });
  const lines = (answer as { config: string }).config.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'args=--olddefconfig Kconfig',
      `srctree=${tree}`,
      'ARCH=mips',
      'CC=mips-gcc',
      'LD=mips-ld',
    ]),
  );
});
