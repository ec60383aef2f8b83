/** Makefiles that are damaged, or made to hang or to crash a reader. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readKbuild } from '../../../src/kernel/kbuild/kbuild.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';
import { makefile } from './arbitrary.ts';
import { base, problems, read } from './trees.ts';

const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

const safe = 'obj-$(CONFIG_SAFE) += safe.o\n';

describe('too much work ends, and what is before it is read', () => {
  test.each([
    ['a value that doubles', `x := a.o\n${many(80, () => 'x := $(x)$(x)\n')}obj-m += $(x)\n`],
    ['a list that doubles', `x := a.o\n${many(80, () => 'x += $(x)\n')}obj-m += $(x)\n`],
    [
      'a value that is read late, twice each time',
      `${many(80, (i) => `x${i} = $(x${i + 1})$(x${i + 1})\n`)}obj-m += $(x0)\n`,
    ],
    ['references without end', `${many(5_000, (i) => `x${i} = $(x${i + 1})\n`)}obj-m += $(x0)\n`],
    ['brackets without end', `obj-m += ${'$('.repeat(5_000)}x${')'.repeat(5_000)}\n`],
    ['a function that calls itself', `f = $(call f,$(1))\nobj-m += $(call f,a.o)\n`],
    ['a function that calls itself twice', `f = $(call f,$(1))$(call f,$(1))\nobj-m += $(call f,a.o)\n`],
    [
      'rounds in rounds',
      `w := ${many(60, (i) => `a${i} `)}\nobj-m += $(foreach a,$(w),$(foreach b,$(w),$(foreach c,$(w),$(foreach d,$(w),$(a)$(b)))))\n`,
    ],
    ['a name that is a million', `obj-${many(20, (i) => `$(CONFIG_${i})`)} += a.o\n`],
    ['a word that is a million', `obj-m += ${many(20, (i) => `$(CONFIG_${i})`)}.o\n`],
    [
      'a comparison of millions',
      `ifeq (${many(20, (i) => `$(CONFIG_A${i})`)},${many(20, (i) => `$(CONFIG_B${i})`)})\nobj-m += a.o\nendif\n`,
    ],
    ['a condition that grows', `ifneq (${many(24, (i) => `$(if $(CONFIG_A${i}),$(B${i}))`)},)\nendif\n`],
    ['thousands of lines for one module', `${many(3_000, (i) => `obj-$(CONFIG_${i}) += a.o\n`)}`],
    [
      'conditionals in conditionals',
      `${many(3_000, (i) => `ifdef CONFIG_${i}\n`)}obj-m += a.o\n${many(3_000, () => 'endif\n')}`,
    ],
    [
      'a long chain of conditions',
      `ifdef CONFIG_0\n${many(3_000, (i) => `else ifdef CONFIG_${i + 1}\n`)}obj-m += a.o\nendif\n`,
    ],
    ['definitions in definitions', `${many(3_000, (i) => `define x${i}\n`)}${many(3_000, () => 'endef\n')}`],
    ['eval that evaluates itself', `x = $(eval $(value x))\n$(eval $(value x))\n`],
    [
      'a substitution that grows',
      `x := aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n${many(20, () => 'x := $(subst a,aaaaaaaaaaaaaaaa,$(x))\n')}obj-m += $(x).o\n`,
    ],
    [
      'counting',
      `w-$(CONFIG_0) := a\n${many(2_000, (i) => `w-y += $(if $(CONFIG_${i}),a)\n`)}obj-m += a$(words $(w-y)).o\n`,
    ],
    [
      'places of words',
      `${many(2_000, (i) => `w-$(CONFIG_${i}) += a${i}.o\n`)}obj-m += $(word 1000,$(w-y))\n`,
    ],
  ])('%s', (_, text) => {
    const kbuild = read(safe + text);
    expect(kbuild.find('safe')).toHaveLength(1);
    for (const problem of kbuild.problems) expect(problem.message).not.toBe('');
  });

  test('lines of a million characters', () => {
    const blanks = ' '.repeat(1_000_000);
    const lines = [
      ...[`ifeq (a${blanks}b,c)`, `ifeq "a${blanks}b" "c"`, 'endif', 'endif', `define a${blanks}b`, 'endef'],
      ...[
        `x := a${blanks}b # c`,
        `${'$('.repeat(500_000)}`,
        `x = ${'\\#'.repeat(300_000)}`,
        '"'.repeat(1_000_000),
      ],
      ...[`override ${'override '.repeat(100_000)}`, `ifeq ${`"a'`.repeat(300_000)}`, 'endif'],
    ];
    expect(read(safe + lines.map((line) => `${line}\n`).join('')).find('safe')).toHaveLength(1);
  });

  test('a condition that is too large for any diagram', () => {
    // All of A before all of B: the diagram has to remember each A.
    const text = `x := ${many(26, (i) => `$(CONFIG_A${i})`)}\nifeq (${many(26, (i) => `$(if $(CONFIG_A${i}),$(CONFIG_B${i}))`)},)\nobj-m += a.o\nendif\n`;
    const kbuild = read(`ifeq ($(filter x,${many(26, (i) => `$(CONFIG_A${i}) `)}),)\nendif\n${text}`);
    expect(kbuild.problems.length).toBeGreaterThan(0);
    expect(new Set(kbuild.problems.map(({ kind }) => kind))).toEqual(new Set(['limit']));
  });

  test('files that include one another without end', () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 60; index++)
      files[`d/${index}.mk`] = `include $(src)/${index + 1}.mk\ninclude $(src)/${index + 1}.mk\n`;
    const kbuild = read(`${safe}include $(src)/0.mk\n`, files);
    expect(kbuild.problems.map(({ kind }) => kind)).toContain('limit');
  });

  test('folders in folders in folders', () => {
    const files: Record<string, string> = {};
    let path = 'd';
    for (let index = 0; index < 100; index++) {
      files[`${path}/Makefile`] = `obj-y += e/\n${index === 0 ? safe : ''}`;
      path += '/e';
    }
    const kbuild = read('', files);
    expect(kbuild.find('safe')).toHaveLength(1);
    expect(kbuild.problems.map(({ kind }) => kind)).toEqual(['unclear-object']);
  });

  test('folders that all list one another', () => {
    const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
    const files = Object.fromEntries(
      names.map((name) => [
        `d/${name}/Makefile`,
        `${names.map((other) => `obj-$(CONFIG_${name}${other}) += ../${other}/\n`).join('')}${name === 'f0' ? safe : ''}`,
      ]),
    );
    const kbuild = read('obj-$(CONFIG_F) += f0/\n', files);
    expect(kbuild.find('safe')).toHaveLength(1);
  });

  test('many folders that each make much work', () => {
    const bomb = `x := a\n${many(30, () => 'x := $(x) $(x)\n')}`;
    const files: Record<string, string> = {};
    for (let index = 0; index < 300; index++) files[`d/f${index}/Makefile`] = bomb;
    const kbuild = read(
      many(300, (index) => `obj-y += f${index}/\n`),
      files,
    );
    expect(kbuild.modules).toEqual([]);
  });
});

describe('any text', () => {
  const tokens = fc.constantFrom(
    ...[
      'obj-',
      'obj-m',
      'obj-y',
      '$(CONFIG_A)',
      '${CONFIG_B}',
      '$(',
      '${',
      ')',
      '}',
      '$',
      '$$',
      '+=',
      ':=',
      '=',
      '?=',
      '!=',
      '::=',
    ],
    ...[
      'a.o',
      'e/',
      '../',
      '%',
      '%.o',
      ' ',
      '  ',
      '\t',
      '\n',
      '\n',
      '\n\t',
      '\\\n',
      '\\',
      '#',
      ',',
      ':',
      "'",
      '"',
      '(',
      '\0',
      '\r',
    ],
    ...[
      'ifeq ',
      'ifneq ',
      'ifdef ',
      'ifndef ',
      'else ',
      'endif',
      'include ',
      '-include ',
      'define x',
      'endef',
      'export ',
      'undefine ',
    ],
    ...['$(src)', '$(obj)', '$(x)', '$(x:a=b)', 'x', 'Makefile', '/', '*', '[', '?', '\u0001', '\u00ff'],
    ...[
      '$(call ',
      '$(foreach x,',
      '$(if ',
      '$(filter ',
      '$(subst ',
      '$(patsubst ',
      '$(sort ',
      '$(word ',
      '$(words ',
      '$(wildcard ',
      '$(eval ',
      '$(value ',
      '$(or ',
      '$(and ',
      '$(shell ',
      '$(origin ',
      '$(join ',
      '$(lastword ',
    ],
  );
  const soup = fc.array(tokens, { maxLength: 60 }).map((parts) => parts.join(''));
  const damaged = fc
    .tuple(makefile, fc.nat(400), fc.nat(20), fc.string({ maxLength: 8 }))
    .map(([text, at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone));

  test.each([
    ['tokens', soup],
    ['characters', fc.string({ unit: 'binary', maxLength: 200 })],
    ['damaged makefiles', damaged],
  ])('%s: modules and problems with places in the text', (_, texts) => {
    fc.assert(
      fc.property(texts, texts, (text, second) => {
        const files: Record<string, string> = { 'd/Makefile': text, 'd/e/Makefile': second };
        const kbuild = readKbuild(memoryTree({ ...base, ...files }), { arch: 'all' });
        for (const { file, line, column } of kbuild.problems) {
          const lines = (files[file] ?? base[file] ?? '').split('\n');
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(Math.max(1, lines.length));
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        }
        for (const { rules, builtin, path } of kbuild.modules) {
          expect(path).toMatch(/\.ko$/s);
          for (const { file, line, column } of [...rules, ...builtin]) {
            const written = (files[file] ?? base[file]!).split('\n')[line - 1]!;
            expect(column).toBeLessThanOrEqual(written.length + 1);
          }
        }
      }),
      { numRuns: 800 },
    );
  });

  test('in the root, and in the files that every folder has', () => {
    fc.assert(
      fc.property(soup, soup, soup, (root, arch, common) => {
        const files = {
          ...base,
          Makefile: root,
          'arch/mips/Makefile': arch,
          'scripts/Kbuild.include': common,
        };
        const kbuild = readKbuild(memoryTree({ ...files, 'd/Makefile': safe }), { arch: 'mips' });
        expect(kbuild.architectures).toEqual(['mips']);
      }),
      { numRuns: 500 },
    );
  });

  test('truncated at every place, a makefile is read up to there', () => {
    const text = `${safe}x := $(subst a,b,$(CONFIG_A))\nifeq ($(x),y)\nobj-m += a.o\nelse\nobj-m += b.o\nendif\ndefine y\nz\nendef\n`;
    for (let length = safe.length; length <= text.length; length++)
      expect(read(text.slice(0, length)).find('safe')).toHaveLength(1);
    expect(problems(read(text))).toEqual([]);
  });
});
