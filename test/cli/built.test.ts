/** The commands that ask a built kernel. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parseFlash } from '../../src/cli/flash.ts';
import { type Result, resultSchema } from '../../src/cli/result.ts';
import { Failure } from '../../src/diagnostics/diagnostic.ts';
import { plant, type WrittenModule } from '../kernel/modules/elf-writer.ts';
import { module } from '../kernel/modules/kernel.ts';
import { scratch } from '../output/folder.ts';
import { runCommand } from './command.ts';

const modules: Record<string, WrittenModule> = {
  'net/core': module('core', [], 'firmware=core.bin', 'parmtype=level:uint', 'parm=level:how much'),
  'net/fast': module(
    'fast',
    ['core'],
    'softdep=pre: helper-alias',
    'softdep=post: late',
    'firmware=fast-*.bin',
  ),
  'lib/helper': module('helper', ['base'], 'alias=helper-alias'),
  'lib/base': module('base'),
  'lib/late': module('late'),
  'net/other': module('other', ['core']),
};

const sources: Record<string, string> = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n',
  Kbuild: 'obj-y += net/\n',
  Kconfig: 'source "arch/$(SRCARCH)/Kconfig"\nconfig MODULES\n\tbool "modules"\n\tmodules\n',
  'arch/x86/Makefile': '',
  'arch/x86/Kconfig': 'config CORE\n\ttristate\nconfig FAST\n\ttristate "fast"\n\tselect CORE\n',
  'net/Makefile': 'obj-$(CONFIG_FAST) += fast.o\nobj-$(CONFIG_CORE) += core.o\n',
};

const list = (kernel: string) =>
  `version: 1\nkernel: ${kernel}\nloaders:\n  wifi: { targets: [fast] }\n  more: { targets: [other] }\n`;

/** A folder with an installed kernel, `root`; one that was built where its sources are, `tree`; and one beside them, `O`. */
function kernels(kernel: string): { folder: string; run: typeof runCommand } {
  const folder = scratch();
  const under = (place: string, prefix: string, ending: string) => ({
    ...Object.fromEntries(
      Object.entries(modules).map(([name, content]) => [`${place}/${prefix}${name}.ko`, content]),
    ),
    [`${place}/modules.order`]: Object.keys(modules)
      .map((name) => `${prefix}${name}.${ending}\n`)
      .join(''),
    [`${place}/modules.builtin`]: 'kernel/lib/inside.ko\n',
    [`${place}/modules.builtin.modinfo`]: 'inside.alias=inner\0inside.description=within\0',
  });
  const texts = (place: string) =>
    Object.fromEntries(Object.entries(sources).map(([path, text]) => [`${place}/${path}`, text]));
  plant(folder, {
    ...under('root/lib/modules/6.12.7', 'kernel/', 'ko'),
    ...under('tree', '', 'o'),
    ...under('O', '', 'o'),
    'O/.config': '',
    'O/include/config/kernel.release': '6.12.7\n',
    'tree/include/config/kernel.release': '6.12.7\n',
    ...texts('tree'),
    ...texts('linux'),
    'kmod.yaml': list(kernel),
  });
  symlinkSync('../linux', join(folder, 'O/source'));
  return { folder, run: (args) => runCommand(args, { cwd: folder }) };
}

const parse = (stdout: string): Result => v.parse(resultSchema, JSON.parse(stdout));
const names = (result: Result, loader: string) =>
  result.loaders![loader]!.closure?.map((each) => each.module);
const codes = ({ diagnostics }: Result) => diagnostics.map(({ code }) => code);

describe('resolve', () => {
  test('has what each loader loads, why, and how much all of it is', async () => {
    const { run } = kernels('{ build: root }');
    const { code, stdout } = await run(['resolve', '--json', '--flash', '8k']);
    expect(code).toBe(0);
    const result = parse(stdout);
    expect(result.kernel).toEqual({ version: '6.12.7', arch: 'x86', release: '6.12.7' });
    expect(names(result, 'wifi')).toEqual(['core', 'base', 'helper', 'fast']);
    expect(names(result, 'more')).toEqual(['core', 'other']);
    const { closure, softdeps, firmware, targets, sizes } = result.loaders!.wifi!;
    expect(targets).toEqual([{ target: 'fast', path: 'net/fast.ko', symbols: [], status: 'module' }]);
    expect(closure![1]).toMatchObject({
      path: 'lib/base.ko',
      required: false,
      targets: ['fast'],
      because: [
        { module: 'fast', how: 'target' },
        { module: 'helper', how: 'pre' },
        { module: 'base', how: 'needs' },
      ],
    });
    expect(softdeps!.map(({ line, counts }) => [line, counts])).toEqual([
      ['pre: helper-alias', true],
      ['post: late', false],
    ]);
    expect(softdeps![0]!.names).toEqual([{ name: 'helper-alias', when: 'pre', found: ['helper'] }]);
    expect(firmware).toEqual([
      { file: 'core.bin', modules: ['core'] },
      { file: 'fast-*.bin', modules: ['fast'] },
    ]);
    const bytes = (loader: string) =>
      Object.fromEntries(result.loaders![loader]!.closure!.map((each) => [each.module, each.bytes]));
    const sum = (all: Record<string, number>) => Object.values(all).reduce((a, b) => a + b, 0);
    expect(sizes!.raw).toBe(sum(bytes('wifi')));
    // `core` is in both.
    expect(result.sizes!.raw).toBe(sum({ ...bytes('wifi'), ...bytes('more') }));
    expect(result.flash).toEqual({ bytes: 8192, taken: result.sizes!.xz });
  });

  test('prints it', async () => {
    const { run } = kernels('{ build: root }');
    const { stdout } = await run(['resolve', '--flash', '16M']);
    expect(stdout).toMatch(
      /^Linux 6\.12\.7, x86\n\nwifi:\n {2}loads 4 modules, \d+ bytes \(in a squashfs about .*\), 0\.01 % of the flash$/m,
    );
    expect(stdout).toMatch(/^ {4}base {4}\d+ {2}fast has the softdep pre: helper needs base$/m);
    expect(stdout).toMatch(/^ {4}fast {2}post: late {9}ignored: modprobe reads the first line only$/m);
    expect(stdout).toMatch(/^ {4}core\.bin {4}core$/m);
    expect(stdout).toMatch(/^all 2 loaders: 5 modules, \d+ bytes/m);
    expect(stdout).toMatch(/^flash: 0\.\d\d % of 16777216 bytes, packed with xz$/m);
  });

  test('says what is in the kernel itself', async () => {
    const { run } = kernels('{ build: root }');
    const { stdout } = await run(['resolve', '--targets', 'inner,late', '--build', 'root']);
    expect(stdout).toMatch(
      /^ {2}loads 1 module, \d+ bytes .*\n {4}late {2}\d+\n {2}in the kernel itself\n {4}inside {2}for inner\n/m,
    );
  });

  test('says it of all of a kernel that was built in whole, with and without its sources', async () => {
    const { folder, run } = kernels('{ source: linux, arch: x86 }');
    const lists = {
      'modules.builtin': 'kernel/net/fast.ko\nkernel/net/core.ko\n',
      'modules.builtin.modinfo': 'fast.alias=swift\0fast.description=very\0',
      'include/config/kernel.release': '6.12.7\n',
      '.config':
        '#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86_64 6.12.7 Kernel Configuration\n#\n',
    };
    plant(join(folder, 'whole'), lists);
    plant(join(folder, 'own'), { ...sources, ...lists, 'modules.order': '' });
    for (const [kernel, code] of [
      ['whole', ['kernel-without-sources']],
      ['own', []],
    ] as const) {
      // Of the folder's own: `--kernel` finds out that it was built.
      const ran = await run(['resolve', '--targets', 'fast,core', '--kernel', kernel, '--json']);
      const result = parse(ran.stdout);
      expect(
        codes(result).filter((each) => each !== 'builtin-target'),
        kernel,
      ).toEqual(code);
      expect(result.kernel).toEqual({ version: '6.12.7', arch: 'x86', release: '6.12.7' });
      expect(result.loaders![Object.keys(result.loaders!)[0]!]).toMatchObject({
        closure: [],
        builtin: [
          { name: 'fast', targets: ['fast'] },
          { name: 'core', targets: ['core'] },
        ],
      });
    }
    const printed = await run(['resolve', '--targets', 'swift', '--build', 'whole']);
    expect(printed.stdout).toMatch(/in the kernel itself\n {4}fast {2}for swift\n/);
    const explained = await run(['explain', 'fast', '--build', 'whole']);
    expect(explained.stdout).toMatch(
      /^built in: net\/fast\.ko\n {2}description {3}very\n {2}aliases {7}swift/m,
    );
    const mismatched = await run(['resolve', '--targets', 'fast', '--build', 'whole', '--arch', 'mips']);
    expect(mismatched.stderr).toContain('this kernel was built for x86, not for mips');
  });

  test('fails where the modules do not fit', async () => {
    const { run } = kernels('{ build: root }');
    const { code, stdout } = await run(['resolve', '--json', '--flash', '300']);
    expect(code).toBe(1);
    const result = parse(stdout);
    expect(codes(result)).toContain('flash-exceeded');
    expect(result.flash!.taken).toBeGreaterThan(300);
  });

  test.each([
    ['a tree that was built', '{ build: tree }', 'tree'],
    ['a build folder with a link to its sources', '{ build: O }', 'O'],
    ['a build beside its sources', '{ source: linux, arch: x86, build: root }', 'root'],
  ])('of %s has assignments and closures', async (_, kernel) => {
    const { run } = kernels(kernel);
    const { code, stdout } = await run(['resolve', '--json']);
    expect(code).toBe(0);
    const result = parse(stdout);
    expect(result.kernel).toEqual({ version: '6.12.7', arch: 'x86', release: '6.12.7' });
    expect(result.loaders!.wifi!.assignments.map(({ symbol }) => symbol)).toEqual(['MODULES', 'FAST']);
    expect(names(result, 'wifi')).toEqual(['core', 'base', 'helper', 'fast']);
    // Patches brought it; that it was built is proof enough.
    expect(result.loaders!.more!.unknown).toEqual(['other']);
    expect(names(result, 'more')).toEqual(['core', 'other']);
    expect(result.diagnostics).toEqual([]);
  });

  test('takes the kernel from the command line, in either form', async () => {
    const { run } = kernels('{ series: 6.1, arch: mips }');
    const built = await run(['resolve', '--json', '--kernel', 'tree']);
    expect(codes(parse(built.stdout))).toEqual(['kernel-mismatch']);
    const targets = ['--targets', 'fast', '--json'];
    const tree = parse((await run(['resolve', ...targets, '--kernel', 'tree'])).stdout);
    expect(tree.diagnostics).toEqual([]);
    expect(names(tree, 'modules')).toEqual(['core', 'base', 'helper', 'fast']);
    const beside = parse(
      (await run(['resolve', ...targets, '--kernel', 'linux', '--build', 'root', '--arch', 'x86'])).stdout,
    );
    expect(beside).toEqual(tree);
    const series = parse((await run(['resolve', ...targets, '--kernel', '6.12', '--build', 'root'])).stdout);
    expect(series.kernel).toMatchObject({ arch: 'x86', release: '6.12.7' });
    expect(names(series, 'modules')).toEqual(['core', 'base', 'helper', 'fast']);
  });

  test('--build takes the place of `build`, and --kernel of all there is', async () => {
    const { folder, run } = kernels('{ source: linux, arch: x86, build: absent }');
    expect(codes(parse((await run(['resolve', '--json'])).stdout))).toEqual(['kernel-unreadable']);
    const instead = parse((await run(['resolve', '--json', '--build', 'O'])).stdout);
    expect(instead.diagnostics).toEqual([]);
    expect(instead.loaders!.wifi!.assignments).toHaveLength(2);
    expect(names(instead, 'wifi')).toEqual(['core', 'base', 'helper', 'fast']);
    const sources = parse((await run(['resolve', '--json', '--kernel', 'linux'])).stdout);
    expect(sources.loaders!.wifi!.closure).toBeUndefined();
    writeFileSync(join(folder, 'kmod.yaml'), list('{ build: tree }'));
    const fragment = await run(['resolve', '--format', 'config']);
    expect(fragment).toMatchObject({ code: 0, stdout: 'CONFIG_MODULES=y\nCONFIG_FAST=m\n', stderr: '' });
  });

  test('says against what parameters were held, and of which any value is taken', async () => {
    const { folder, run } = kernels('{ build: root }');
    plant(folder, {
      'root/lib/modules/6.12.7/kernel/net/other.ko': {
        ...module('other', ['core'], 'parmtype=mode:uint'),
        parameters: ['mode', 'hash'],
      },
    });
    writeFileSync(
      join(folder, 'kmod.yaml'),
      'version: 1\nkernel: { build: root }\nloaders:\n  net:\n    targets: [other]\n    parameters: { other: { mode: 2, hash: a=b } }\n',
    );
    const { stdout, stderr } = await run(['resolve']);
    expect(stderr).not.toContain('error');
    expect(stdout).toContain(
      '  parameters\n    other  mode=2    uint\n    other  hash=a=b  no type is given, so any value is taken here\n',
    );
    const result = parse((await run(['resolve', '--json'])).stdout);
    expect(result.loaders!.net!.parameters).toEqual([
      { module: 'other', name: 'mode', value: '2', type: 'uint' },
      { module: 'other', name: 'hash', value: 'a=b' },
    ]);
  });

  test('does not ask for parameters of what a target that is not built yet may bring', async () => {
    const { folder, run } = kernels('{ build: root }');
    const text = (targets: string) =>
      `version: 1\nkernel: { build: root }\nloaders:\n  wifi:\n    targets: [${targets}]\n    parameters: { coming: { x: 1 }, core: { levl: 1 } }\n`;
    writeFileSync(join(folder, 'kmod.yaml'), text('fast, soon'));
    expect(codes(parse((await run(['resolve', '--json'])).stdout))).toEqual([
      'kernel-without-sources',
      'unbuilt-target',
      'unknown-parameter',
    ]);
    writeFileSync(join(folder, 'kmod.yaml'), text('fast'));
    expect(codes(parse((await run(['resolve', '--json'])).stdout))).toEqual([
      'kernel-without-sources',
      'parameter-without-module',
      'unknown-parameter',
    ]);
  });

  test('lists every module that was built, where there are no sources', async () => {
    const { run } = kernels('{ build: root }');
    const { stdout } = await run(['resolve', '--all', '--build', 'root']);
    expect(stdout).toBe('lib/base.ko\nlib/helper.ko\nlib/late.ko\nnet/core.ko\nnet/fast.ko\nnet/other.ko\n');
  });
});

test.each([
  ['16777216', 16777216],
  ['16M', 16777216],
  ['16MiB', 16777216],
  ['8k', 8192],
  ['8KiB', 8192],
  ['1G', 1073741824],
])('a flash of %s has %i bytes', (text, bytes) => {
  expect(parseFlash(text)).toBe(bytes);
});

test.each(['', '0', '0M', '-1', '1.5M', '16MB', '16 M', 'M', '16iB', '1e6', '999999999999999G', '１６M'])(
  'a flash of %j is wrong usage',
  (text) => {
    expect(() => parseFlash(text)).toThrow(Failure);
  },
);

describe('explain', () => {
  test('says of a module what its file says', async () => {
    const { run } = kernels('{ build: tree }');
    const { code, stdout } = await run(['explain', 'core', 'helper-alias', 'inside']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^module core: net\/core\.ko\n {2}listed in net\/Makefile:2\n/);
    expect(stdout).toMatch(/^built: net\/core\.ko, \d+ bytes$/m);
    expect(stdout).toContain(
      '  loaded by     wifi: fast needs core\n  loaded by     more: other needs core\n',
    );
    expect(stdout).toContain('  needed by     fast (core_symbol), other (core_symbol)\n');
    expect(stdout).toContain('  parameter     level: uint, how much\n');
    expect(stdout).toContain('  firmware      core.bin\n');
    expect(stdout).toContain('alias helper-alias: stands for helper\n');
    expect(stdout).toContain('  softdep of    fast (pre: helper-alias)\n');
    expect(stdout).toContain('built in: lib/inside.ko\n  description   within\n');
  });

  test('has all of it as data', async () => {
    const { run } = kernels('{ build: root }');
    const result = parse((await run(['explain', 'fast', '--json'])).stdout);
    expect(result.explained![0]!.built).toEqual([
      {
        module: 'fast',
        path: 'net/fast.ko',
        builtin: false,
        loadedBy: ['wifi'],
        bytes: expect.any(Number),
        needs: [{ module: 'core', symbols: ['core_symbol'] }],
        needsIndirectly: [],
        neededBy: [],
        neededByIndirectly: [],
        softdepOf: [],
        exports: [{ name: 'fast_symbol', gpl: false }],
        parameters: [],
        firmware: ['fast-*.bin'],
        softdeps: ['pre: helper-alias', 'post: late'],
        aliases: [],
      },
    ]);
  });

  test('names what is near where there is nothing', async () => {
    const { run } = kernels('{ build: root }');
    const { stderr } = await run(['explain', 'cor']);
    expect(stderr).toContain('help: did you mean `core`?');
  });

  test('takes a list above, with paths that are relative to it', async () => {
    const { folder } = kernels('{ build: root }');
    mkdirSync(join(folder, 'below'));
    const { code, stdout } = await runCommand(['explain', 'core'], { cwd: join(folder, 'below') });
    expect(code).toBe(0);
    expect(stdout).toContain('built: net/core.ko');
  });
});

describe('generate', () => {
  test('writes what sources say, and looks at what was built', async () => {
    const { folder, run } = kernels('{ source: linux, arch: x86, build: root }');
    expect(await run([])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(folder, 'kmod/wifi/module.nix'), 'utf8')).toContain('FAST = "m";');
    rmSync(join(folder, 'root/lib/modules/6.12.7/kernel/net/core.ko'));
    writeFileSync(join(folder, 'root/lib/modules/6.12.7/kernel/net/core.ko'), 'cut short');
    const broken = await run(['check']);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('error[module-malformed]');
  });

  test('loads none of this where no kernel is named', () => {
    const main = fileURLToPath(new URL('../../dist/gen-kmod.js', import.meta.url));
    const atStart = new Set([main]);
    for (const file of atStart) {
      for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*"(\.\.?\/[^"]+)"/g))
        atStart.add(join(dirname(file), path!));
    }
    const texts = [...atStart].map((file) => readFileSync(file, 'utf8'));
    expect(texts.length).toBeGreaterThan(1);
    // What reads built kernels, and what makes diagnostics of them.
    for (const words of ['modules.order', 'has no parameter']) {
      expect(texts.some((text) => text.includes(words))).toBe(false);
    }
  });
});
