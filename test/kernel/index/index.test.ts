/** An index answers as the tree does that it was made of; any other bytes are an IndexError. */
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IndexError } from '../../../src/kernel/index/format.ts';
import { readHeader, readIndex } from '../../../src/kernel/index/read.ts';
import { hashOf } from '../../../src/kernel/index/sections.ts';
import { writeIndex } from '../../../src/kernel/index/write.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import type { ConfigSymbol, Reference } from '../../../src/kernel/kconfig/model.ts';
import { type Kernel, readTree } from '../../../src/kernel/kernel.ts';
import { resolve } from '../../../src/kernel/resolve.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';
import { makeLoader } from '../../../src/targets/target-list.ts';

/** A kernel of two architectures that differ in a symbol, a module and a condition. */
const tree = memoryTree({
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =\n',
  Kbuild: 'obj-y += drivers/ net/\n',
  Kconfig: [
    'mainmenu "Linux/$(ARCH) $(KERNELVERSION)"',
    'source "arch/$(SRCARCH)/Kconfig"',
    'config MODULES\n\tbool "modules"\n\tmodules',
    'config NET\n\tbool "net"',
    'menu "Net things"\n\tdepends on NET',
    'config CORE\n\ttristate',
    'config FAST\n\ttristate "fast"\n\tdepends on BUS && !SLOW\n\tselect CORE\n\timply EXTRA',
    'config EXTRA\n\ttristate "extra"\n\tdefault m if FAST',
    'config SLOW\n\tbool "slow"\n\tdefault y if BUS = "never"',
    'config SIZE\n\tint "size"\n\trange 1 9\n\tdefault 4',
    'endmenu',
    'choice\n\tprompt "pick"\n\tdefault ONE\nconfig ONE\n\tbool "one"\nconfig TWO\n\tbool "two"\nendchoice',
  ].join('\n'),
  'arch/mips/Makefile': '',
  'arch/mips/Kconfig': 'config BUS\n\tbool "bus"\nconfig BIG\n\ttristate "big"\n\tdepends on BUS\n',
  'arch/arm/Makefile': '',
  'arch/arm/Kconfig': 'config BUS\n\tdef_bool y\n',
  'drivers/Makefile': 'obj-$(CONFIG_BIG) += big-one.o\nobj-$(CONFIG_NET) += net/\n',
  'drivers/net/Makefile': 'obj-$(CONFIG_FAST) += fast.o\nfast-y := a.o b.o\n',
  'net/Makefile': 'obj-$(CONFIG_CORE) += core.o\nobj-$(CONFIG_EXTRA) += extra.o\n',
});

function kernelOf(arch: string): Kernel {
  const { kernel, problems } = readTree(tree, arch);
  if (!kernel) throw new Error(JSON.stringify(problems));
  return kernel;
}

const kernels = ['arm', 'mips'].map(kernelOf);
const bytes = writeIndex(kernels, 'a test');

describe.each(kernels)('$arch', (kernel) => {
  const indexed = readIndex(bytes, kernel.arch);

  test('has the same symbols', () => {
    expect([...indexed.kconfig.names()].sort()).toEqual([...kernel.kconfig.names()].sort());
    for (const name of [...kernel.kconfig.names(), ...kernel.kconfig.choices()])
      expect(plain(indexed.kconfig.symbol(name)), name).toEqual(plain(kernel.kconfig.symbol(name)));
  });

  test('has the same modules, each by the same rules', () => {
    expect(indexed.modules.names()).toEqual(kernel.modules.names());
    const rules = (of: Kernel) =>
      of.modules.all().map(({ path, symbols, rules: made }) => ({
        path,
        symbols,
        rules: made.map(({ file, line, condition, folders }) => ({
          file,
          line,
          condition,
          folders: folders.map(({ path: folder, condition: when }) => ({ folder, when })),
        })),
      }));
    expect(rules(indexed)).toEqual(rules(kernel));
    expect(indexed.modules.madeBy('FAST').map(({ path }) => path)).toEqual(['drivers/net/fast.ko']);
  });

  test('resolves to the same', () => {
    const loaders = [makeLoader('a', ['fast', 'big-one']), makeLoader('b', ['core', 'nothing'])];
    const told = ({ loaders: all }: ReturnType<typeof resolve>) =>
      all.map(({ name, assignments, targets, unknown }) => ({
        name,
        assignments,
        unknown,
        targets: targets.map(({ target, outcome }) => ({ target, outcome })),
      }));
    expect(told(resolve(indexed, loaders))).toEqual(told(resolve(kernel, loaders)));
  });
});

test('has what other series have: symbols in no .config, optional choices, and by which rules values come out', () => {
  const files = {
    Makefile: 'VERSION = 4\nPATCHLEVEL = 19\ncore-y := kernel/\nvmlinux-dirs := kernel\n',
    Kbuild: '',
    'arch/mips/Makefile': '',
    'kernel/Makefile': 'obj-$(CONFIG_K) += k.o\n',
    'scripts/kconfig/zconf.l': '',
    'scripts/kconfig/symbol.c': 'sym_get_choice_prop sprintf(str, "%lld", val2); implied.tri == yes',
    'scripts/kconfig/confdata.c': '',
    Kconfig: `config K
	tristate "k"
config LIST
	string
	option defconfig_list
	default "/boot/config"
choice
	prompt "way"
	optional
config WAY
	bool "way"
endchoice
`,
  };
  const { kernel } = readTree(memoryTree(files), 'mips');
  const { kconfig } = readIndex(writeIndex([kernel!], 'a test'), 'mips');
  expect(kconfig.rules).toEqual({
    choices: 'classic',
    numbersAreZero: false,
    rangeEnds: 'numbers',
    implies: 'whole',
    ends: 'none',
  });
  expect(kconfig.symbol('LIST')!.unwritten).toBe('always');
  expect(kconfig.symbol([...kconfig.choices()][0]!)).toMatchObject({ optional: true });
  const renamed = {
    Makefile: 'VERSION = 6\nPATCHLEVEL = 18\nbuild-dir := .\n',
    Kbuild: 'obj-$(CONFIG_K) += k.o\n',
    'arch/mips/Makefile': '',
    Kconfig:
      'config OLD\n\tbool\n\ttransitional\nconfig NEW\n\tdef_bool OLD\n\tprompt "new"\nconfig K\n\ttristate "k"\n',
  };
  const newer = readIndex(
    writeIndex([readTree(memoryTree(renamed), 'mips').kernel!], 'a test'),
    'mips',
  ).kconfig;
  expect(newer.symbol('OLD')!.unwritten).toBe('transitional');
  expect(new Evaluation(newer, [['OLD', 'y']]).value('NEW')).toBe('y');
});

/** A symbol as data, but for the places that an index leaves out. */
function plain(symbol: ConfigSymbol | undefined): unknown {
  if (!symbol) return undefined;
  const { name, type, dependencies, choice, members, optional } = symbol;
  const references = (all: readonly Reference[]) =>
    all.map(({ symbol: of, condition }) => ({ of, condition }));
  // Who selects or implies what comes in the order of the symbols, not of the lines.
  const sorted = (all: readonly Reference[]) => references(all).sort((a, b) => (a.of < b.of ? -1 : 1));
  return {
    ...{ name, type, dependencies, choice, members, optional: optional ?? false },
    definitions: symbol.definitions.map(({ file, line, dependencies: own }) => ({ file, line, own })),
    prompts: symbol.prompts.map(({ text, condition }) => ({ text, condition })),
    defaults: symbol.defaults.map(({ value, condition }) => ({ value, condition })),
    ranges: symbol.ranges.map(({ low, high, condition }) => ({ low, high, condition })),
    selectedBy: references(symbol.selectedBy),
    impliedBy: references(symbol.impliedBy),
    selects: sorted(symbol.selects),
    implies: sorted(symbol.implies),
  };
}

test('says what it is of', () => {
  expect(readHeader(bytes)).toMatchObject({
    version: '6.12.7',
    series: '6.12',
    source: 'a test',
    licence: 'GPL-2.0-only',
    architectures: ['arm', 'mips'],
  });
});

test('the same kernels give the same bytes', () => {
  expect(writeIndex(['arm', 'mips'].map(kernelOf), 'a test').equals(bytes)).toBe(true);
});

test.each<[string, Buffer, string, IndexError['kind']]>([
  ['another architecture', bytes, 'riscv', 'unknown-architecture'],
  ['something else', Buffer.from('CONFIG_NET=y\n'), 'mips', 'not-an-index'],
  ['nothing', Buffer.alloc(0), 'mips', 'not-an-index'],
  ['a newer format', Buffer.from('gen-kmod kernel index 3\n{}\n'), 'mips', 'newer'],
  ['an older format', Buffer.from('gen-kmod kernel index 1\n{}\n'), 'mips', 'damaged'],
  ['half of it', bytes.subarray(0, bytes.length / 2), 'mips', 'damaged'],
  ['no header', Buffer.from('gen-kmod kernel index 2\n'), 'mips', 'damaged'],
])('%s is an error of its own', (_, given, arch, kind) => {
  expect(() => readIndex(given, arch)).toThrow(expect.objectContaining({ name: 'IndexError', kind }));
});

/** An index with other sections under hashes that are right. */
function forged(sections: Record<string, string>): Buffer {
  const bodies = Object.entries(sections).map(([name, text]) => ({
    name,
    body: brotliCompressSync(Buffer.from(text)),
  }));
  const header = {
    ...{ version: '6.12.7', series: '6.12', source: '', licence: '', architectures: ['mips'] },
    sections: bodies.map(({ name, body }) => ({ name, bytes: body.length, size: 1, hash: hashOf(body) })),
  };
  return Buffer.concat([
    Buffer.from(`gen-kmod kernel index 2\n${JSON.stringify(header)}\n`),
    ...bodies.map(({ body }) => body),
  ]);
}

const head = (more: object) =>
  JSON.stringify({
    names: 1,
    choices: 0,
    expressions: 0,
    files: ['K'],
    modules: null,
    title: '',
    rules: {},
    ...more,
  });
const modules = { modules: '{"names":1,"together":9}\na', 'modules/0': 'd\t[[],[],[]]' };
const symbol = (line: string) => `${head({})}\nA\n${line}`;

test.each<[string, Record<string, string>]>([
  ['no lines', { kconfig: '', ...modules }],
  ['lines that are no JSON', { kconfig: symbol('['), ...modules }],
  ['lines of another kind', { kconfig: symbol('7'), ...modules }],
  ['numbers of nothing', { kconfig: symbol('[1,9,[[9,1]]]'), ...modules }],
  ['more than there is room for', { kconfig: ' '.repeat(65 * 2 ** 20), ...modules }],
  ['fewer names than it says', { kconfig: `${head({ names: 3 })}\nA\n[1,null,[[0,1]]]`, ...modules }],
  ['fewer lines than it says', { kconfig: `${head({ expressions: 3 })}\nA\n[1,null,[[0,1]]]`, ...modules }],
  ['names without end', { kconfig: `${head({ names: 1e15 })}\nA\n[1,null,[[0,1]]]`, ...modules }],
  ['no number of names', { kconfig: `${head({ names: 'many' })}\nA\n[1,null,[[0,1]]]`, ...modules }],
  ['no modules', { kconfig: symbol('[1,null,[[0,1]]]'), modules: '' }],
  ['a part of modules too few', { kconfig: symbol('[1,null,[[0,1]]]'), modules: modules.modules }],
  [
    'a module too few',
    { kconfig: symbol('[1,null,[[0,1]]]'), ...modules, modules: '{"names":2,"together":9}\na\nb' },
  ],
  [
    'none together',
    { kconfig: symbol('[1,null,[[0,1]]]'), ...modules, modules: '{"names":1,"together":0}\na' },
  ],
  [
    'a module without a folder',
    { kconfig: symbol('[1,null,[[0,1]]]'), ...modules, 'modules/0': '\t[[],[],[]]' },
  ],
  ['a module of another kind', { kconfig: symbol('[1,null,[[0,1]]]'), ...modules, 'modules/0': 'd\tnull' }],
])('%s, whatever the hashes say, are damage', (_, sections) => {
  expect(() => {
    const kernel = readIndex(forged({ 'variants/mips': '0\n00', ...sections }), 'mips');
    kernel.kconfig.symbol('A');
    kernel.modules.all();
  }).toThrow(expect.objectContaining({ name: 'IndexError', kind: 'damaged' }));
});

test('what is forged well enough is read', () => {
  const kernel = readIndex(
    forged({ 'variants/mips': '0\n0', kconfig: symbol('[1,null,[[0,1]]]'), ...modules }),
    'mips',
  );
  expect(kernel.kconfig.symbol('A')).toMatchObject({ name: 'A', type: 'bool' });
  expect(kernel.modules.all()).toMatchObject([{ path: 'd/a.ko' }]);
});

const undamaged = readIndex(bytes, 'mips');
const symbolsOfMips = [...undamaged.kconfig.names()].map((name) => plain(undamaged.kconfig.symbol(name)));
const modulesOfMips = undamaged.modules.all();

test('any damage is noticed, at the latest when what is damaged is asked for', () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= flip;
      try {
        const kernel = readIndex(damaged, 'mips');
        // What is left is a change that the header bears: a word for people, or another architecture's part.
        const told = [...kernel.kconfig.names()].map((name) => plain(kernel.kconfig.symbol(name)));
        expect(told).toEqual(symbolsOfMips);
        expect(kernel.modules.all()).toEqual(modulesOfMips);
      } catch (error) {
        if (!(error instanceof IndexError)) throw error;
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

describe('objects', () => {
  const linked = memoryTree({
    Makefile: 'VERSION = 6\nPATCHLEVEL = 12\n',
    Kbuild: 'obj-y += net/ arch/$(SRCARCH)/\n',
    Kconfig:
      'config FAST\n\ttristate "fast"\nconfig PART\n\tbool "part"\nconfig MORE\n\ttristate "more"\nconfig CORE\n\tbool "core"\n',
    'arch/mips/Makefile': '',
    'arch/mips/Kbuild': 'obj-y += setup.o\n',
    'arch/arm/Makefile': '',
    'arch/arm/Kbuild': '',
    'net/Makefile': [
      'obj-$(CONFIG_FAST) += fast.o',
      'obj-$(CONFIG_MORE) += more.o',
      'obj-$(CONFIG_CORE) += net-core.o main.o',
      'obj-y += always.o',
      'fast-y := main.o fast-lane.o lone-one.o s/below.o',
      'fast-$(CONFIG_PART) += part.o s/part-two.o',
      ...['ifeq ($(SRCARCH),mips)', 'fast-$(CONFIG_MORE) += mips.o', 'endif'],
      'more-y := first.o main.o',
    ].join('\n'),
  });
  const trees = ['arm', 'mips'].map((arch) => readTree(linked, arch).kernel!);
  const written = writeIndex(trees, 'a test');

  test.each(trees)('are the same for $arch where they may be missing', ({ arch, objects, modules }) => {
    const indexed = readIndex(written, arch);
    for (const module of modules.all())
      expect(indexed.objects.optional(module), module.path).toEqual(objects.optional(module));
    expect(indexed.objects.optional(modules.find('fast')[0]!).map(({ path }) => path)).toEqual([
      'net/part.o',
      'net/s/part-two.o',
      ...(arch === 'mips' ? ['net/mips.o'] : []),
    ]);
  });

  test('are found by name', () => {
    const found = (name: string): string[] =>
      readIndex(written, 'mips')
        .objects.named(name)
        .map((object) => `${object.path} ${object.module ?? `kernel ${object.symbols.join(' ')}`}`);
    expect(found('lone_one')).toEqual(['net/lone-one.o net/fast.ko']);
    expect(found('lone-one')).toEqual(found('lone_one'));
    expect(found('part')).toEqual(['net/part.o net/fast.ko']);
    expect(found('part_two')).toEqual(['net/s/part-two.o net/fast.ko']);
    expect(found('net_core')).toEqual(['net/net-core.o kernel CORE']);
    expect(found('always')).toEqual(['net/always.o kernel ']);
    // Said where the index is written: these are left out.
    for (const name of ['main', 'fast_lane', 'below', 'setup', 'nothing', 'on', ''])
      expect(found(name), name).toEqual([]);
  });

  test('all that an index has is written again as it was', () => {
    const again = trees.map((kernel) => ({ ...kernel, objects: readIndex(written, kernel.arch).objects }));
    expect(writeIndex(again, 'a test').equals(written)).toBe(true);
  });

  /** As an earlier gen-kmod reads it: by the names of sections, which are in the header with their lengths. */
  test('do not change what is in an index besides, and a reader that does not know them skips them', () => {
    const headerEnd = (index: Buffer): number => index.indexOf('\n', index.indexOf('\n') + 1) + 1;
    const sectionsOf = (index: Buffer) => {
      let at = headerEnd(index);
      return readHeader(index).sections.map((section) => {
        const body = index.subarray(at, at + section.bytes);
        at += section.bytes;
        return { section, body };
      });
    };
    const rebuilt = (sections: ReturnType<typeof sectionsOf>): Buffer =>
      Buffer.concat([
        Buffer.from(
          `gen-kmod kernel index 2\n${JSON.stringify({ ...readHeader(written), sections: sections.map(({ section }) => section) })}\n`,
        ),
        ...sections.map(({ body }) => body),
      ]);
    const isNew = (name: string): boolean => name === 'options' || name === 'objects';
    const known = sectionsOf(written).filter(({ section }) => !isNew(section.name));
    expect(known.map(({ section }) => section.name)).toEqual([
      ...['kconfig', 'modules', 'modules/0', 'variants/arm', 'variants/mips'],
    ]);
    // What the first writer of this format made of this tree.
    expect(known.map(({ body }) => hashOf(brotliDecompressSync(body)))).toMatchInlineSnapshot(`
      [
        "6ff177386b355194",
        "2c5ba89279b48676",
        "fed9c0c2a6ceb5ee",
        "e71e91cb27fddf5f",
        "e71e91cb27fddf5f",
      ]
    `);

    const before = readIndex(rebuilt(known), 'mips');
    expect(before.modules.all()).toEqual(readIndex(written, 'mips').modules.all());
    expect(before.objects.optional(before.modules.find('fast')[0]!)).toEqual([]);
    expect(before.objects.named('part')).toEqual([]);

    const body = brotliCompressSync('what a later gen-kmod may add');
    const later = { section: { name: 'later', bytes: body.length, size: 29, hash: hashOf(body) }, body };
    const after = readIndex(rebuilt([later, ...sectionsOf(written), later]), 'mips');
    expect(after.modules.all()).toEqual(before.modules.all());
    expect(after.objects.named('part')).toHaveLength(1);
  });

  test.each([
    ['no JSON', 'x\n'],
    ['variants of another kind', '{"mips":7}\n'],
    ['a line too few', '{"mips":"0"}'],
    ['a variant too few', '{"mips":"1"}\nd/a\t[""]'],
    ['no groups', '{"mips":"0"}\nd/a\t7'],
  ])('%s in place of them is damage', (_, text) => {
    const kconfig = symbol('[1,null,[[0,1]]]');
    const kernel = readIndex(
      forged({ 'variants/mips': '0\n0', kconfig, ...modules, options: text, objects: text }),
      'mips',
    );
    expect(() => {
      kernel.objects.optional(kernel.modules.find('a')[0]!);
      kernel.objects.named('b');
      kernel.objects.all();
    }).toThrow(expect.objectContaining({ name: 'IndexError', kind: 'damaged' }));
  });
});
