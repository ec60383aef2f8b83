/** The commands that ask a kernel. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, describe, expect, test } from 'vitest';
import { resultSchema } from '../../src/cli/result.ts';
import { severities } from '../../src/diagnostics/codes.ts';
import { runCommand } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-kernel-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tree: Record<string, string> = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 1\n',
  Kbuild: 'obj-y += drivers/\n',
  Kconfig: 'source "arch/$(SRCARCH)/Kconfig"\nconfig MODULES\n\tbool "modules"\n\tmodules\n',
  'arch/mips/Makefile': '',
  'arch/mips/Kconfig': 'config CORE\n\ttristate\nconfig FAST\n\ttristate "fast"\n\tselect CORE\n',
  'drivers/Makefile': 'obj-$(CONFIG_FAST) += fast.o\nobj-$(CONFIG_CORE) += core.o\n',
};
for (const [path, text] of Object.entries(tree)) {
  mkdirSync(dirname(join(folder, 'linux', path)), { recursive: true });
  writeFileSync(join(folder, 'linux', path), text);
}
writeFileSync(
  join(folder, 'kmod.yaml'),
  'version: 1\nkernel: { source: linux, arch: mips }\nloaders:\n  net: { targets: [fast, core] }\n',
);

const run = (...args: string[]) => runCommand(args, { cwd: folder });

test('index makes an index that resolves as its tree does', async () => {
  const made = await run('index', '--kernel', 'linux', '--arch', 'mips', '--source', 'a test');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toMatch(/^linux-6\.99\.kindex: Linux 6\.99\.1 for mips, \d+ bytes\n$/);
  const fromTree = await run('resolve', '--json');
  const fromIndex = await run('resolve', '--json', '--kernel', 'linux-6.99.kindex', '--arch', 'mips');
  expect(fromIndex).toEqual(fromTree);
  expect(v.parse(resultSchema, JSON.parse(fromTree.stdout))).toMatchObject({
    kernel: { version: '6.99.1', arch: 'mips' },
    loaders: {
      net: {
        targets: [
          { target: 'fast', path: 'drivers/fast.ko', symbols: ['FAST'], status: 'module' },
          { target: 'core', path: 'drivers/core.ko', symbols: ['CORE'], status: 'module' },
        ],
        unknown: [],
        assignments: [
          { symbol: 'MODULES', value: 'y', target: 'fast' },
          { symbol: 'FAST', value: 'm', target: 'fast' },
        ],
      },
    },
  });
});

describe('resolve', () => {
  test('prints a table', async () => {
    const { code, stdout } = await run('resolve');
    expect(code).toBe(0);
    expect(stdout).toContain('net: 2 modules, 2 assignments\n');
    expect(stdout).toMatch(/^ {2}FAST=m {5}fast$/m);
  });

  test('prints a fragment that conf takes', async () => {
    expect((await run('resolve', '--format', 'config')).stdout).toBe('CONFIG_MODULES=y\nCONFIG_FAST=m\n');
  });

  test('lists every module', async () => {
    const { stdout } = await run('resolve', '--all', '--kernel', 'linux', '--arch', 'mips');
    expect(stdout).toBe('drivers/core.ko  CORE\ndrivers/fast.ko  FAST\n');
  });

  test('verifies with a tree only', async () => {
    await run('index', '--kernel', 'linux', '--arch', 'mips', '--out', 'verify.kindex');
    const index = await run('resolve', '--verify', '--kernel', 'verify.kindex', '--arch', 'mips');
    expect(index).toMatchObject({ code: 2, stdout: '' });
    expect(index.stderr).toContain('name the tree');
    const all = await run('resolve', '--verify', '--all', '--kernel', 'linux', '--arch', 'mips');
    expect(all).toMatchObject({ code: 2, stdout: '' });
  });

  test('asks for a kernel where none is named', async () => {
    const { code, stderr } = await run('resolve', '--targets', 'fast');
    expect(code).toBe(2);
    expect(stderr).toContain('there is no kernel to resolve against');
  });
});

test('explain tells of a module and of a symbol', async () => {
  const { code, stdout } = await run('explain', 'core', 'FAST');
  expect(code).toBe(0);
  expect(stdout).toContain(
    'module core: drivers/core.ko\n  listed in drivers/Makefile:2\n  a target of net\n',
  );
  expect(stdout).toContain('symbol CORE: tristate, without a prompt\n');
  expect(stdout).toContain('selected by  FAST\n');
  expect(stdout).toContain('symbol FAST: tristate, "fast"\n');
  expect(stdout).toMatch(/selects +CORE\n/);
});

describe('explain, of codes', () => {
  const alone = (...args: string[]) => runCommand(['explain', ...args], { cwd: tmpdir() });

  test('needs no kernel', async () => {
    const { code, stdout, stderr } = await alone('unreachable-target', 'error[drift]:');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^error unreachable-target\n {2}The module is there, but its symbol cannot become/,
    );
    expect(stdout).toMatch(/\n\nerror drift\n {2}With `--check`: /);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('says all of each paragraph, and nothing of the next', async () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
    const { stdout } = await alone(...Object.keys(severities), '--json');
    const { explained } = v.parse(resultSchema, JSON.parse(stdout));
    const words = (text: string) => text.replace(/\[(.*?)\]\(.*?\)/gs, '$1').split(/\s+/);
    for (const { what, lines } of explained!) {
      const paragraph = page.split(`### \`${what}\``)[1]!.split(/\n#/)[0]!.trim();
      const told = lines
        .slice(1)
        .join('\n')
        .replace(/ \((docs|schema)\/[^)]*\)/g, '')
        .trim();
      expect(words(told), what).toEqual(words(paragraph));
    }
    expect(explained).toHaveLength(Object.keys(severities).length);
  });

  test('tells what is near', async () => {
    const { code, stderr } = await alone('unreachable-targt');
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean `unreachable-target`?');
    const asked = await run('explain', 'unreachable-targt');
    expect(asked.stderr).toContain('did you mean `unreachable-target`?');
  });

  test('with modules in one go; a module that is called as a code is NAME.ko', async () => {
    const { code, stdout, stderr } = await run('explain', 'usage', 'core', 'usage.ko');
    expect(code).toBe(1);
    expect(stdout).not.toContain('module usage');
    expect(stderr).toContain('neither a module nor a symbol `usage.ko`');
    expect((await run('explain', 'usage', 'core')).stdout).toMatch(/^error usage\n(.*\n)*module core: /);
  });
});

test('generate writes what is needed, with whom it is for', async () => {
  expect(await run('--out', 'made')).toMatchObject({ code: 0, stderr: '' });
  const text = readFileSync(join(folder, 'made/net/module.nix'), 'utf8');
  expect(text).toContain('    # fast\n    MODULES = "y";\n    FAST = "m";\n');
  expect(text).toContain('kernel.config = lib.mapAttrs (_: lib.mkDefault) needed;');
  expect(await run('check', '--out', 'made')).toMatchObject({ code: 0, stderr: '' });
});

describe('optional parts', () => {
  const kernel = ['--kernel', '6.12', '--arch', 'mips'];

  test('resolve tells which are off, and how to ask for them', async () => {
    const told = await run('resolve', '--targets', 'ath9k,nft_ct', ...kernel);
    expect(told.stdout).toContain(
      '  optional parts that are off; ask for one with kernelConfig: { ATH9K_AHB: y }\n    ath9k  ',
    );
    expect(told.stdout).toMatch(/^ {4}ath9k {2}.*ATH9K_AHB.*; 2 for debugging$/m);
    expect(told.stdout).not.toMatch(/^ {4}nft_ct/m);
    const { loaders } = v.parse(
      resultSchema,
      JSON.parse((await run('resolve', '--json', '--targets', 'ath9k,nft_ct', ...kernel)).stdout),
    );
    const [ath9k, nft] = loaders!.modules!.targets;
    expect(ath9k!.optional).toContainEqual({
      symbol: 'ATH9K_AHB',
      prompt: 'Atheros ath9k AHB bus support',
      objects: ['ahb.o'],
    });
    expect(nft).not.toHaveProperty('optional');
  });

  test('explain lists them apart from what needs the module', async () => {
    const { stdout } = await run('explain', 'btusb', 'ath9k.ko', 'ATH9K_AHB', ...kernel);
    expect(stdout).toMatch(/^ {4}BT_HCIBTUSB_RTL +"Realtek protocol support" +in its code$/m);
    expect(stdout).toMatch(/^ {4}ATH9K_AHB +"Atheros ath9k AHB bus support" +adds ahb\.o$/m);
    expect(stdout).toMatch(/^ {4}ATH9K_DEBUGFS +.*adds debug\.o, for debugging$/m);
    expect(stdout).toMatch(/^ {2}needed by +BT_ATH3K$/m);
    expect(stdout).toMatch(/^ {2}part of +drivers\/net\/wireless\/ath\/ath9k\/ath9k\.ko$/m);
  });
});
