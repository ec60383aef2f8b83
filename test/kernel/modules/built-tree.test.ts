import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { moduleName, readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { decompressors } from '../../../src/kernel/modules/compression.ts';
import { buildGraph } from '../../../src/kernel/modules/graph.ts';
import { scratch } from '../../output/folder.ts';
import { plant, writeModule } from './elf-writer.ts';
import { module } from './kernel.ts';

const paths = (root: string) => readBuiltTree(root).tree?.modules.map(({ path }) => path);
const codes = (root: string) => readBuiltTree(root).problems.map(({ code }) => code);

test("a module's name is its file's up to the first dot, with `_` for `-`", () => {
  expect(moduleName('kernel/net/xt_a-b.ko')).toBe('xt_a_b');
  expect(moduleName('a.b.ko.xz')).toBe('a');
  expect(moduleName('folder-x/y')).toBe('y');
});

describe('after make modules', () => {
  const files = { 'net/a.ko': module('a'), 'net/b/b-c.ko': module('b_c'), Makefile: '' };

  test.for([
    ['6.2 and later', 'net/b/b-c.o\nnet/a.o\n'],
    ['from 5.3', 'net/b/b-c.ko\nnet/a.ko\n'],
    ['before', 'kernel/net/b/b-c.ko\nkernel/net/a.ko\n'],
  ])('modules.order says which modules there are: kernels %s', ([, order]) => {
    const root = scratch();
    plant(root, { ...files, 'net/stale.ko': module('stale'), 'modules.order': order! });
    expect(paths(root)).toEqual(['net/b/b-c.ko', 'net/a.ko']);
    expect(readBuiltTree(root).tree).toMatchObject({ kind: 'build', release: undefined });
    expect(buildGraph(readBuiltTree(root).tree!).release).toBe('6.12.0');
  });

  test("a folder of the sources that is named kernel is no installation's", () => {
    const root = scratch();
    plant(root, { ...files, 'kernel/k.ko': module('k'), 'modules.order': 'kernel/k.o\nnet/a.o\n' });
    expect(paths(root)).toEqual(['kernel/k.ko', 'net/a.ko']);
  });

  test('what the list has and the folder has not is a problem', () => {
    const root = scratch();
    plant(root, { ...files, 'modules.order': 'net/a.o\nnet/gone.o\n' });
    expect(readBuiltTree(root)).toMatchObject({
      tree: { modules: [{ name: 'a' }] },
      problems: [{ code: 'module-missing', file: join(root, 'net/gone.ko') }],
    });
  });

  test('without a list every module counts, once, whatever links lead where', () => {
    const root = scratch();
    plant(root, files);
    symlinkSync('.', join(root, 'source'));
    symlinkSync('../net', join(root, 'net/again'));
    symlinkSync('nowhere', join(root, 'net/dangling.ko'));
    expect(paths(root)).toEqual(['net/a.ko', 'net/b/b-c.ko']);
  });

  test('the release is what the build wrote', () => {
    const root = scratch();
    plant(root, { ...files, 'include/config/kernel.release': '6.12.85-router\n' });
    expect(readBuiltTree(root).tree!.release).toBe('6.12.85-router');
  });
});

describe('after make modules_install', () => {
  const files = {
    'kernel/z.ko': module('z'),
    'kernel/a/b.ko': module('b'),
    'kernel/a/a.ko': module('a'),
    'extra/x.ko': module('x'),
    'modules.order': 'kernel/z.ko\nkernel/gone.ko\nkernel/a/b.ko\n',
  };
  const order = ['kernel/z.ko', 'kernel/a/b.ko', 'extra/x.ko', 'kernel/a/a.ko'];

  test('everything counts, the listed first; the folder is named after the release', () => {
    const root = join(scratch(), 'lib/modules/6.12.0-r1');
    plant(root, { ...files, 'build/y.ko': module('y') });
    expect(paths(root)).toEqual(order);
    expect(codes(root)).toEqual([]);
    expect(readBuiltTree(root).tree).toMatchObject({ kind: 'installed', root, release: '6.12.0-r1' });
  });

  test('it is found from the root of its image, where it is the only one', () => {
    const image = scratch();
    plant(join(image, 'lib/modules/6.12.0'), files);
    expect(paths(image)).toEqual(order);
    expect(paths(join(image, 'lib/modules'))).toEqual(order);
    plant(join(image, 'lib/modules/6.1.0'), files);
    expect(readBuiltTree(image)).toMatchObject({
      tree: undefined,
      problems: [{ code: 'kernel-ambiguous', hint: `give one of them: ${join(image, 'lib/modules/6.1.0')}` }],
    });
  });

  test('a linked folder counts once, also where links lead in circles', () => {
    const root = scratch();
    plant(join(root, 'elsewhere'), files);
    const tree = join(root, '6.12.0');
    mkdirSync(tree);
    symlinkSync(join(root, 'elsewhere/kernel'), join(tree, 'kernel'));
    symlinkSync(join(root, 'elsewhere/kernel'), join(root, 'elsewhere/kernel/round'));
    writeFileSync(join(tree, 'modules.order'), files['modules.order']);
    expect(paths(tree)).toEqual(['kernel/z.ko', 'kernel/a/b.ko', 'kernel/a/a.ko']);
  });

  test('of two with one name the one in updates counts; else it is a problem', () => {
    const root = scratch();
    plant(root, { ...files, 'updates/dkms/a.ko': module('a') });
    expect(paths(root)).toEqual(['kernel/z.ko', 'kernel/a/b.ko', 'extra/x.ko', 'updates/dkms/a.ko']);
    expect(codes(root)).toEqual([]);
    plant(root, { 'extra/b.ko': module('b') });
    expect(codes(root)).toEqual(['module-duplicate']);
    expect(paths(root)).toContain('kernel/a/b.ko');
  });
});

test('folders that are no built kernel say so', () => {
  const root = scratch();
  expect(codes(join(root, 'none'))).toEqual(['kernel-not-found']);
  expect(codes(root)).toEqual(['kernel-not-built']);
  writeFileSync(join(root, 'file'), '');
  expect(codes(join(root, 'file'))).toEqual(['kernel-not-found']);
  // A source tree before its build.
  plant(root, { Makefile: '', 'kernel/kmod.c': '' });
  expect(readBuiltTree(root).problems).toMatchObject([
    { code: 'kernel-not-built', hint: 'build them: make modules' },
  ]);
  mkdirSync(join(root, 'modules.order'));
  expect(codes(root)).toEqual(['kernel-unreadable']);
});

test('a kernel that was built in whole has no modules, and is one', () => {
  const build = scratch();
  const builtin = 'kernel/net/a.ko\nkernel/net/b/b-c.ko\n';
  plant(build, { Makefile: '', '.config': '', 'modules.builtin': builtin });
  expect(readBuiltTree(build)).toMatchObject({ tree: { kind: 'build', modules: [] }, problems: [] });
  plant(build, { 'modules.order': '' });
  expect(codes(build)).toEqual([]);
  const image = scratch();
  plant(join(image, 'lib/modules/6.12.0'), { 'modules.builtin': builtin });
  expect(readBuiltTree(image)).toMatchObject({ tree: { release: '6.12.0', modules: [] }, problems: [] });
  // An empty list says no more than none.
  plant(build, { 'modules.builtin': '' });
  expect(codes(build)).toEqual(['kernel-not-built']);
});

describe('compressed modules', () => {
  const content = writeModule(module('b', ['a']));
  const kernel = (ending: string, packed: Uint8Array) => {
    const root = scratch();
    plant(root, { 'kernel/a.ko': module('a'), 'modules.order': 'kernel/b.ko\nkernel/a.ko\n' });
    writeFileSync(join(root, `kernel/b.ko.${ending}`), packed);
    const { tree, problems } = readBuiltTree(root);
    expect(problems).toEqual([]);
    expect(tree!.modules.map(({ path }) => path)).toEqual([`kernel/b.ko.${ending}`, 'kernel/a.ko']);
    return buildGraph(tree!);
  };

  test('gzip is read as if it were not there', () => {
    const graph = kernel('gz', gzipSync(content));
    expect(graph.problems).toEqual([]);
    expect(graph.find('b')!.needs).toEqual([graph.find('a')]);
  });

  test('data that is none, ends early or is endless is an error', () => {
    const packed = gzipSync(content);
    for (const [wrong, words] of [
      [Buffer.from('none'), 'it is no gzip data: incorrect header check'],
      [packed.subarray(0, -9), 'it is no gzip data: unexpected end of file'],
      [gzipSync(Buffer.alloc(257 * 1024 * 1024)), 'it is no gzip data: Cannot create a Buffer larger than'],
      [gzipSync(content.subarray(0, 99)), 'it ends before byte'],
    ] as const) {
      const { problems } = kernel('gz', wrong);
      expect(problems).toMatchObject([{ code: 'module-malformed' }]);
      expect(problems[0]!.message).toContain(words);
    }
  });

  test.runIf(decompressors.zstd === undefined)('zstd is an error where Node cannot read it', () => {
    const [problem] = kernel('zst', content).problems;
    expect(problem).toMatchObject({ code: 'module-compression', file: expect.stringMatching(/b\.ko\.zst$/) });
    expect(problem!.hint).toMatch(/^unpack a copy of the kernel: .*'\*\.ko\.zst' -exec unzstd --rm .*22\.15/);
  });

  test('xz is an error that says how to unpack', () => {
    const { problems } = kernel('xz', content);
    expect(problems).toMatchObject([
      {
        code: 'module-compression',
        hint: "unpack a copy of the kernel: find COPY -name '*.ko.xz' -exec unxz {} +",
      },
    ]);
  });
});
