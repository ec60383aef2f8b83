/** Modules that are found by name, from as few makefiles as can be, are as they are when all makefiles are read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findModules, readKbuild } from '../../../src/kernel/kbuild/kbuild.ts';
import { memoryTree, type SourceTree } from '../../../src/kernel/tree.ts';
import { makefile, symbols } from './arbitrary.ts';
import { base, shown } from './trees.ts';

type Files = Readonly<Record<string, string>>;

const options = { arch: 'mips', symbols, typeOf: () => 'tristate' as const };

/** A tree that notes which files were read, in order. */
function noting(files: Files, read: string[]): SourceTree {
  const tree = memoryTree(files);
  return {
    list: (path) => tree.list(path),
    read(path) {
      read.push(path);
      return tree.read(path);
    },
  };
}

/** Each module alone, and all at once, as among all. Returns the names. */
function expectTheSame(files: Files): string[] {
  const all = readKbuild(memoryTree(files), options);
  const names = [...new Set(all.modules.map(({ name }) => name))];
  const finder = findModules(memoryTree(files), options);
  for (const name of [...names, 'nowhere']) {
    const found = finder.find([name]);
    // What a limit stops is for reading everything.
    if (found) expect(found.modules, name).toEqual(all.find(name));
  }
  const together = findModules(memoryTree(files), options).find(names);
  if (together) expect(together.modules).toEqual(all.modules);
  return names;
}

const list = (module: string): string => `obj-$(CONFIG_A) += ${module}.o\n`;

describe('a name that stands in a makefile', () => {
  const files: Files = {
    ...base,
    Kbuild: 'obj-y += d/ arch/$(SRCARCH)/\nobj-$(CONFIG_B) += e/\n',
    'd/Makefile': list('here'),
    'e/Makefile': `${list('there')}obj-y += f/\n`,
    'e/f/Makefile': list('be-low'),
  };

  test('is found, and nothing else is evaluated', () => {
    expect(expectTheSame(files)).toEqual(['here', 'be_low', 'there']);
    const finder = findModules(memoryTree(files), options);
    expect(shown(finder.find(['be-low'])!)).toEqual(['e/f/be-low.ko: A=m if B=m|y']);
    expect(shown(finder.find(['be_low', 'here'])!)).toEqual([
      'd/here.ko: A=m',
      'e/f/be-low.ko: A=m if B=m|y',
    ]);
    expect(finder.find(['nowhere'])!.modules).toEqual([]);
  });

  test('a mistake where it is not looked is none', () => {
    const finder = findModules(memoryTree({ ...files, 'd/Makefile': `ifeq\n${list('here')}` }), options);
    expect(finder.find(['there'])!.problems).toEqual([]);
    expect(finder.find(['here'])!.problems).not.toEqual([]);
  });

  test('each makefile is read once to look at it, and a few again', () => {
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, number) => [`m${number}/Makefile`, list(`x${number}`)]),
    );
    const roots = Object.keys(many).map((path) => `obj-y += ${path.replace('Makefile', '')}\n`);
    const read: string[] = [];
    findModules(noting({ ...base, Kbuild: roots.join(''), ...many }, read), options).find(['x7']);
    expect(read.filter((path) => path === 'm8/Makefile')).toHaveLength(1);
    expect(read.filter((path) => path === 'm7/Makefile')).toHaveLength(2);
    expect(read).toContain('m49/Makefile');
  });
});

test.each<[how: string, files: Files, names: string[]]>([
  ['a variable', { 'd/Makefile': 'name := wanted\nobj-$(CONFIG_A) += $(name).o\n' }, ['wanted']],
  [
    'a variable of the root',
    { Makefile: 'export NAME := wanted\nbuild-dir := .\n', 'd/Makefile': 'obj-m += $(NAME).o\n' },
    ['wanted'],
  ],
  [
    'a variable of a folder above',
    { 'd/Makefile': 'export NAME := wanted\nobj-y += e/\n', 'd/e/Makefile': 'obj-m += $(NAME).o\n' },
    ['wanted'],
  ],
  ['a list', { 'd/Makefile': 'mine-$(CONFIG_B) := wanted.o\nobj-m += $(mine-y)\n' }, ['wanted']],
  ['a function', { 'd/Makefile': 'obj-m += $(patsubst %,%.o,wanted)\n' }, ['wanted']],
  [
    'a substitution on the left',
    { 'd/Makefile': 'obj-$(subst y,$(CONFIG_A),$(CONFIG_B)) += wanted.o\n' },
    ['wanted'],
  ],
  ['a name of a list', { 'd/Makefile': 'x := obj\n$(x)-m += $(addsuffix .o,wanted)\n' }, ['wanted']],
  [
    'the end of a name of a list',
    { 'd/Makefile': 'x := bj-m\no$(x) += $(addsuffix .o,wanted)\n' },
    ['wanted'],
  ],
  ['eval', { 'd/Makefile': '$(eval obj-m += want$(empty)ed.o)\n' }, ['wanted']],
  ['eval in a value', { 'd/Makefile': 'x := $(eval obj-m += $(addsuffix .o,wanted))\n' }, ['wanted']],
  ['define', { 'd/Makefile': 'define obj-m\nwan$(empty)ted.o\nendef\n' }, ['wanted']],
  [
    'an included file',
    { 'd/Makefile': 'include $(src)/more\n', 'd/more': 'obj-m += wanted.o\n' },
    ['wanted'],
  ],
  [
    'an included file of the root',
    { 'd/Makefile': 'include $(srctree)/c/more\n', 'c/more': 'obj-m += wanted.o\n' },
    ['wanted'],
  ],
  [
    'a file that an included one includes',
    {
      'd/Makefile': '-include $(srctree)/$(src)/more\n',
      'd/more': 'include $(src)/most # x\n',
      'd/most': list('wanted'),
    },
    ['wanted'],
  ],
  [
    'files by a pattern',
    { 'd/Makefile': 'include $(wildcard d/*.mk)\n', 'd/x.mk': list('wanted') },
    ['wanted'],
  ],
  [
    'an included file under a variable',
    { 'd/Makefile': 'at = d\ninclude $(at)/more\n', 'd/more': list('wanted') },
    ['wanted'],
  ],
  [
    'a place that is another',
    { 'd/Makefile': 'src := c\ninclude $(src)/more\n', 'c/more': list('wanted') },
    ['wanted'],
  ],
  [
    'a folder of a variable',
    { 'd/Makefile': 'sub := e/\nobj-y += $(sub)\n', 'd/e/Makefile': list('wanted') },
    ['wanted'],
  ],
  [
    'folders below one of a variable',
    {
      'd/Makefile': 'obj-y += $(addsuffix /,e)\n',
      'd/e/Makefile': 'obj-y += f/ ../../c/\n',
      'd/e/f/Makefile': list('wanted'),
      'c/Makefile': list('also'),
    },
    ['also', 'wanted'],
  ],
  [
    'a folder of the architecture',
    { 'arch/mips/Kbuild': 'obj-y += x/\n', 'arch/mips/x/Makefile': list('wanted') },
    ['wanted'],
  ],
  ['a folder elsewhere', { 'd/Makefile': 'obj-y += ../c/\n', 'c/Makefile': list('wanted') }, ['wanted']],
  ['a path', { 'd/Makefile': 'obj-m += e/wanted.o ../c/other.o\n' }, ['other', 'wanted']],
  [
    'lines that go on',
    { 'd/Makefile': 'obj-m += \\\n\tfirst.o\\\n\tsecond.o \\\n third.o# end\nobj-m+=fourth.o\n' },
    ['first', 'fourth', 'second', 'third'],
  ],
  [
    'carriage returns',
    { 'd/Makefile': 'obj-m += wanted.o\r\nobj-y += e/\r\n', 'd/e/Makefile': 'obj-m += more.o\r' },
    ['more', 'wanted'],
  ],
  [
    'words before and behind',
    { 'd/Makefile': 'override obj-m := wanted.o\nprivate obj-m += $(x)\nexport obj-m += y$(z).o\n' },
    ['wanted', 'y'],
  ],
  [
    'the root’s old lists',
    { Makefile: 'drivers-y := d/ $(ARCH)/\n', 'd/Makefile': list('wanted') },
    ['wanted'],
  ],
  [
    'one name in two folders',
    {
      'd/Makefile': `${list('wanted')}obj-y += e/ f/\n`,
      'd/e/Makefile': `obj-$(CONFIG_B) += wanted.o ../same.o\n`,
      'd/f/Makefile': 'obj-$(CONFIG_C) += ../same.o\n',
    },
    ['wanted', 'same'],
  ],
  [
    'a folder that two others list',
    {
      Kbuild: 'obj-y += d/ e/\n',
      'd/Makefile': 'obj-$(CONFIG_A) += ../c/\n',
      'e/Makefile': 'obj-$(CONFIG_B) += ../c/\n',
      'c/Makefile': list('wanted'),
    },
    ['wanted'],
  ],
  [
    'folders that list each other',
    {
      'd/Makefile': 'obj-y += e/\n',
      'd/e/Makefile': `obj-$(CONFIG_B) += ../ f/\n`,
      'd/e/f/Makefile': `${list('wanted')}obj-m += ../../\n`,
    },
    ['wanted'],
  ],
  ['Kbuild before Makefile', { 'd/Makefile': list('not'), 'd/Kbuild': list('wanted') }, ['wanted']],
  [
    'other letters',
    { 'd/Makefile': 'obj-m += a=b.o c\\#d.o e:f.o \u00e9.o g+h,i.o\n' },
    ['a=b', 'c#d', 'e:f', 'g+h,i', '\u00e9'],
  ],
  [
    'a line that takes it back',
    { 'd/Makefile': 'obj-m += wanted.o gone.o\nobj-m := $(filter-out gone.o,$(obj-m))\n' },
    ['wanted'],
  ],
])('names by way of %s', (_, files, names) => {
  expect(expectTheSame({ ...base, ...files }).sort()).toEqual(names.sort());
});

test('conditions name symbols in the order that is given, whatever is read first', () => {
  const files = {
    ...base,
    Kbuild: 'obj-y += d/ e/\n',
    'd/Makefile': 'obj-$(CONFIG_D) += other.o\n',
    'e/Makefile': 'ifeq ($(CONFIG_A),y)\nobj-$(CONFIG_D) += wanted.o\nendif\n',
  };
  for (const order of [symbols, [...symbols].reverse()]) {
    const [module] = findModules(memoryTree(files), { ...options, symbols: order }).find(['wanted'])!.modules;
    const [clause] = module!.rules[0]!.condition;
    const asked = clause!.requires.map(({ symbol }) => symbol);
    expect(asked).toEqual(order.filter((symbol) => asked.includes(symbol as 'A')));
    expect(asked).toHaveLength(2);
  }
});

test('what is no kernel has no modules', () => {
  for (const files of [{}, { Makefile: '' }, { ...base, Makefile: '' }]) {
    const finder = findModules(memoryTree(files), { ...options, arch: 'none' });
    expect(finder.find(['a'])!.modules).toEqual([]);
    expect(finder.problems).toHaveLength(1);
  }
});

test('random makefiles', () => {
  const folders = ['c', 'd', 'd/e', 'd/sub', 'arch/mips'];
  const subfolders = fc.subarray([
    'obj-y += e/',
    'obj-$(CONFIG_A) += ../c/',
    'obj-m += sub/ $(v0-y)/',
    'export v0 v1',
  ]);
  const texts = fc.tuple(...folders.map(() => fc.tuple(makefile, subfolders)));
  let found = 0;
  fc.assert(
    fc.property(texts, (all) => {
      const files: Record<string, string> = { ...base, Kbuild: 'obj-y += c/ d/ $(x) arch/$(SRCARCH)/\n' };
      for (const [number, [text, more]] of all.entries())
        files[`${folders[number]}/Makefile`] = `${text}\n${more.join('\n')}\n`;
      found += expectTheSame(files).length;
    }),
    { numRuns: process.env.GEN_KMOD_FULL ? 5_000 : 250, seed: 11 },
  );
  expect(found).toBeGreaterThan(500);
});
