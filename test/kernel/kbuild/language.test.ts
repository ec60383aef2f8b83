/** Make's language, as far as it says what a folder lists. Random texts are compared with make in test/real/kernel. */
import { describe, expect, test } from 'vitest';
import { problems, read, shown, states } from './trees.ts';

/** What the text lists in obj-m when nothing is configured. */
function listed(text: string, files: Record<string, string> = {}): string {
  const kbuild = read(text, files);
  expect(kbuild.problems).toEqual([]);
  return states(kbuild, '')
    .split(' ')
    .map((word) => word.replace('.ko=m', ''))
    .join(' ');
}

describe('assignments', () => {
  test.each([
    ['at once and when read', 'x := a\ny := $(x).o\nz = $(x).o\nx := b\nobj-m := $(y) $(z)\n', 'a b'],
    [
      '+= keeps how a variable is read',
      'x := $(w)\ny = $(w)\nx += $(w)\ny += $(w)\nw = a.o\nobj-m += $(x) b.o $(y)\n',
      'a b',
    ],
    ['+= to nothing is read later', 'x += $(w)\nw = a.o\nobj-m += $(x)\n', 'a'],
    [
      '+= to a text that is expanded later has a blank',
      'x = $(w)\nx += $(w)\ny := $(w)\ny += $(w)\nifneq ($(x),)\nobj-m += a.o\nendif\nifneq ($(y),)\nobj-m += b.o\nendif\n',
      'a',
    ],
    ['?=', 'x = a.o\nx ?= b.o\ny ?= c.o\nobj-m := $(x) $(y)\n', 'a c'],
    ['::=', 'x ::= a.o\nobj-m := $(x)\n', 'a'],
    ['undefine', 'x = a.o\nundefine x\nx ?= b.o\nobj-m := $(x)\n', 'b'],
    [
      'override, private, export',
      'override x := a.o\nexport y = b.o\nprivate z = c.o\nobj-m := $(x) $(y) $(z)\n',
      'a b c',
    ],
    ['define', 'define x\na.o\nb.o \\\nc.o\nendef\nobj-m := $(x)\n', 'a b c'],
    ['define with an operator', 'define x :=\na.o\nendef\ndefine x +=\nb.o\nendef\nobj-m := $(x)\n', 'a b'],
    ['define and a carriage return', 'define x\r\na.o\nendef\nobj-m := $(x)\n', 'a'],
    ['a definition in a definition', 'define x\ndefine y\nendef\nendef\nobj-m := a.o\n', 'a'],
    ['names with references', 'n := x\n$(n)-y := a.o\nobj-m := $(x-y) $($(n)-y:.o=-b.o)\n', 'a-b a'],
    [
      'names like directives',
      'export-y := a.o\nifdef := b.o\ndefine = c.o\nobj-m := $(export-y) $(ifdef) $(define)\n',
      'a b c',
    ],
    ['a tab before an assignment', '\tobj-m += a.o\n', 'a'],
    ['a tab in a recipe', 'x: y\n\tobj-m += a.o\nz := 1\n\tobj-m += b.o\n', 'b'],
    ['comments', 'obj-m := a.o # b.o\n# obj-m += \\\nc.o\nobj-m += d\\#.o $(subst #,,e.o)\n', 'a d# e'],
    ['a line that ends in two backslashes', 'x := b\\\\\nobj-m := a.o\n', 'a'],
    ['carriage returns', 'obj-m := a.o\r\n', 'a'],
  ])('%s', (_, text, modules) => {
    expect(listed(text)).toBe(modules);
  });

  test('a name that is several', () => {
    const kbuild = read('x-$(CONFIG_A)-$(CONFIG_B) := a.o\nobj-m := $(x-y-m) $(x--)\n');
    expect(states(kbuild, '')).toBe('a.ko=m');
    expect(states(kbuild, 'A=y B=m')).toBe('a.ko=m');
    expect(states(kbuild, 'A=y')).toBe('');
  });

  test('a variable that is set, and read later or at once, under conditions', () => {
    const kbuild = read(`x := a.o
ifdef CONFIG_A
x = $(w)
endif
x += $(w)
w := b.o
obj-m := $(x)
`);
    expect(states(kbuild, '')).toBe('a.ko=m');
    expect(states(kbuild, 'A=y')).toBe('b.ko=m');
  });

  test('a symbol that a makefile sets', () => {
    const kbuild = read('ifdef CONFIG_A\nCONFIG_B := m\nendif\nobj-$(CONFIG_B) += b.o\n');
    expect(states(kbuild, 'A=y')).toBe('b.ko=m');
    expect(states(kbuild, 'B=m')).toBe('b.ko=m');
    expect(states(kbuild, 'B=y')).toBe('b.ko=y');
  });
});

describe('conditionals', () => {
  test.each([
    ['round brackets', 'ifeq (a,a)\nobj-m += a.o\nendif\nifeq (a, b)\nobj-m += b.o\nendif\n', 'a'],
    ['quotes', `ifeq "a" 'a'\nobj-m += a.o\nendif\nifneq 'x' "y"\nobj-m += b.o\nendif\n`, 'a b'],
    [
      'else if',
      'ifdef x\nobj-m += a.o\nelse ifeq (1,2)\nobj-m += b.o\nelse ifndef x\nobj-m += c.o\nelse\nobj-m += d.o\nendif\n',
      'c',
    ],
    ['inside one another', 'ifndef x\nifdef y\nelse\nobj-m += a.o\nendif\nendif\n', 'a'],
    [
      'what is not empty as written',
      'x = $(none)\ny :=\nifdef x\nobj-m += a.o\nendif\nifdef y\nobj-m += b.o\nendif\n',
      'a',
    ],
    ['commas and brackets in references', 'ifeq ($(subst (,),(,)),))\nobj-m += a.o\nendif\n', 'a'],
    ['text behind', 'ifdef x # not\nendif # x\nobj-m += a.o\n', 'a'],
    ['in a recipe', 'x: y\nifdef z\n\tcommand\nelse\n\tcommand\nendif\n\tobj-m += b.o\nobj-m += a.o\n', 'a'],
  ])('%s', (_, text, modules) => {
    expect(listed(text)).toBe(modules);
  });

  test('several symbols side by side', () => {
    const kbuild = read(
      'ifeq ($(CONFIG_A)$(CONFIG_B),yy)\nobj-m += a.o\nendif\nifneq ($(CONFIG_A)$(CONFIG_B),)\nobj-m += b.o\nendif\n',
      {},
      { typeOf: () => 'tristate' },
    );
    expect(shown(kbuild)).toEqual(['d/a.ko: A=y & B=y', 'd/b.ko: A=m|y or B=m|y']);
  });

  test('whether a list is empty', () => {
    const kbuild = read('x-$(CONFIG_A) += 1\nx-$(CONFIG_B) += 2\nifneq ($(x-y),)\nobj-m += a.o\nendif\n');
    expect(shown(kbuild)).toEqual(['d/a.ko: A=y or B=y']);
  });

  test('lists that are compared', () => {
    const kbuild = read('x-$(CONFIG_A) += 1\nx-$(CONFIG_B) += 2\nifeq ($(x-y),1 2)\nobj-m += a.o\nendif\n');
    expect(shown(kbuild)).toEqual(['d/a.ko: A=y & B=y']);
  });
});

describe('functions', () => {
  test.each([
    ['subst', '$(subst y,z,xyx.o)', 'xzx'],
    ['patsubst', '$(patsubst %.c,%.o,a.c b.c)', 'a b'],
    ['a change of endings', '$(w:.c=.o)', 'v w'],
    ['a change by pattern', '$(w:%.c=x-%.o)', 'x-v x-w'],
    ['filter', '$(filter a% %d.o,a.o b.o cd.o)', 'a cd'],
    ['filter-out', '$(filter-out a%,a.o b.o)', 'b'],
    ['sort', '$(sort b.o a.o b.o)', 'a b'],
    ['addprefix and addsuffix', '$(addprefix x-,$(addsuffix .o,a b))', 'x-a x-b'],
    ['foreach', '$(foreach i,1 2,a$(i).o)', 'a1 a2'],
    ['if', '$(if $(w),a.o,b.o) $(if $(none),c.o,d.o) $(if ,e.o)', 'a d'],
    ['or, and', '$(or $(none),a.o,b.o) $(and x,b.o) $(and $(none),c.o)', 'a b'],
    ['call', '$(call f,a,b)', 'a-b b-a'],
    ['call of a function', '$(call subst,x,y,x.o)', 'y'],
    [
      'word and words',
      '$(word 2,a.o b.o) $(wordlist 2,3,a.o c.o d.o e.o) $(firstword e.o f.o) $(lastword f.o g.o) n$(words a b).o',
      'b c d e g n2',
    ],
    ['names of files', '$(dir x/a)b.o $(notdir x/c.o) $(basename d.c).o e$(suffix x.o)', 'c d e x/b'],
    ['join', '$(join a b,.o .o)', 'a b'],
    ['strip, findstring', '$(strip   a.o  ) $(findstring b.o,ab.oc)', 'a b'],
    ['value', '$(subst $$(w),a.o,$(value v))', 'a'],
    ['flavor and origin', '$(flavor w)-$(origin w).o $(flavor none).o', 'simple-file undefined'],
    ['eval', '$(eval x := a.o)$(x)', 'a'],
    ['names with one letter', '$a $(a)', 'one'],
    ['a dollar', 'a$$b.o', 'a$b'],
    ['what prints, or fails', '$(info x)$(warning x)$(error x)a.o', 'a'],
    ['curly brackets', '${subst y,z,y.o} ${w:.c=.o}', 'v w z'],
    ['no function', '$(nothing a,b) $(subst) a.o', 'a'],
  ])('%s', (_, text, modules) => {
    const before = 'w := v.c w.c\nv = $(w)\nf = $(1)-$2.o $(2)-$(1).o\na = one.o\n';
    expect(listed(`${before}obj-m := ${text}\n`)).toBe(modules);
  });

  test('wildcard', () => {
    const files = { 'd/a.c': '', 'd/b.c': '', 'd/.c.c': '', 'd/e/f.c': '', 'd/gg/h.S': '' };
    const cases = [
      ['$(src)/*.c', 'a b'],
      ['$(srctree)/$(src)/?.c', 'a b'],
      ['$(src)/[b-z].c', 'b'],
      ['$(src)/*/*.c', 'e/f'],
      ['$(src)/e/f.c $(src)/none.c', 'e/f'],
      ['$(src)/g*/', ''],
    ];
    for (const [pattern, modules] of cases) {
      const text = `obj-m := $(patsubst $(src)/%.c,%.o,$(patsubst ./%,%,$(wildcard ${pattern})))\n`;
      expect(listed(`${text.replace('obj-m', 'all')}obj-m := $(filter %.o,$(all))\n`, files)).toBe(modules);
    }
  });

  test('of words that are there or not', () => {
    const before = 'x-$(CONFIG_A) += a.o\nx-$(CONFIG_B) += b.o\n';
    const first = read(`${before}obj-m := $(firstword $(x-y))\n`);
    expect(shown(first)).toEqual(['d/a.ko: A=y', 'd/b.ko: A!=y & B=y']);
    const count = read(`${before}obj-m := n$(words $(x-y)).o\n`);
    expect(states(count, '')).toBe('n0.ko=m');
    expect(states(count, 'A=y B=y')).toBe('n2.ko=m');
    const filtered = read(`${before}obj-m := $(filter-out $(x-y),a.o b.o)\n`);
    expect(shown(filtered)).toEqual(['d/a.ko: A!=y', 'd/b.ko: B!=y']);
  });
});

describe('include', () => {
  test('a part of the folder, of another, by pattern, or none', () => {
    const text = `include $(src)/part.mk
include $(srctree)/e/Makefile.e
-include $(src)/none.mk
sinclude none
include $(src)/*.inc
include include/config/auto.conf
`;
    const files = {
      'd/part.mk': 'obj-m += a.o\n',
      'e/Makefile.e': 'obj-m += b.o\n',
      'd/x.inc': 'obj-m += c.o\n',
    };
    expect(listed(text, files)).toBe('a b c');
    expect(read(text, files).find('a')[0]!.rules[0]).toMatchObject({
      file: 'd/part.mk',
      line: 1,
      column: 10,
    });
  });

  test('for some symbols', () => {
    const kbuild = read(
      'include $(if $(CONFIG_A),$(src)/a.mk)\nifdef CONFIG_B\ninclude $(src)/b.mk\nendif\n',
      {
        'd/a.mk': 'obj-m += a.o\n',
        'd/b.mk': 'obj-m += b.o\n',
      },
    );
    expect(shown(kbuild)).toEqual(['d/a.ko: A!=n', 'd/b.ko: B!=n']);
  });
});

describe('what cannot be told', () => {
  test.each([
    [
      'a command decides',
      'ifeq ($(shell uname),Linux)\nobj-$(CONFIG_A) += a.o\nendif\n',
      'A=m',
      'd/Makefile:2:1 unclear-condition',
    ],
    [
      'a command decides with !=',
      'x != uname\nobj-$(if $(x),$(CONFIG_A)) += a.o\n',
      'A=m',
      'd/Makefile:2:1 unclear-condition',
    ],
    [
      'a flag decides',
      'ifneq ($(filter -DX,$(ccflags-y)),)\nobj-$(CONFIG_A) += a.o\nendif\n',
      'A=m',
      'd/Makefile:2:1 unclear-condition',
    ],
    [
      'a word of a list of flags',
      'obj-m += $(CFLAGS_x)\nobj-$(CONFIG_A) += a.o\n',
      'A=m',
      'd/Makefile:1:1 unclear-object',
    ],
  ])('%s', (_, text, condition, problem) => {
    const kbuild = read(text);
    expect(shown(kbuild)).toEqual([`d/a.ko: ${condition}`]);
    expect(problems(kbuild)).toEqual([problem]);
  });

  test('where it does not matter, nothing is said', () => {
    const kbuild = read(
      'ccflags-y += $(shell date)\nx := $(shell date)\nifeq ($(x),y)\nz := 1\nendif\nobj-m += a.o\n',
    );
    expect(kbuild.problems).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each([
    ['no endif', 'ifdef CONFIG_A\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
    ['endif alone', 'obj-m += a.o\n  endif\n', ['d/Makefile:2:3 syntax']],
    ['else alone', 'else\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
    ['else twice', 'ifdef x\nelse\nobj-m += a.o\nelse\nendif\n', ['d/Makefile:4:1 syntax']],
    ['else with text', 'ifdef x\nelse y\nobj-m += a.o\nendif\n', ['d/Makefile:2:1 syntax']],
    ['a test without sides', 'ifeq x\nendif\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
    ['a test without a name', 'ifdef\nendif\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
    ['no endef', 'obj-m += a.o\ndefine x\nobj-m += b.o\n', ['d/Makefile:2:1 syntax']],
    ['endef alone', 'endef\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
    ['an open bracket', 'obj-m += a.o $(x\n', ['d/Makefile:1:1 syntax']],
    ['no statement', 'what is this\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
    [
      'a conflict of a merge',
      '<<<<<<< HEAD\nobj-m += a.o\n=======\n',
      ['d/Makefile:1:1 syntax', 'd/Makefile:3:1 syntax'],
    ],
    ['no such file', 'include none.mk\nobj-m += a.o\n', ['d/Makefile:1:1 missing-include']],
    [
      'a file out of the tree',
      'include ../../etc/passwd /etc/passwd\nobj-m += a.o\n',
      ['d/Makefile:1:1 missing-include'],
    ],
    [
      'a file that includes itself',
      'include $(src)/Makefile\nobj-m += a.o\n',
      ['d/Makefile:1:1 cyclic-include'],
    ],
    [
      'a variable that is its own',
      'x = $(y)\ny = $(x)\nobj-m += a.o $(x)\n',
      ['d/Makefile:3:1 recursive-variable'],
    ],
    ['in eval', '$(eval endif)\nobj-m += a.o\n', ['d/Makefile:1:1 syntax']],
  ])('%s: the rest is read', (_, text, expected) => {
    const kbuild = read(text);
    expect(problems(kbuild)).toEqual(expected);
    expect(kbuild.find('a')).toHaveLength(1);
  });
});
