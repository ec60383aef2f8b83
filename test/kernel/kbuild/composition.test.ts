/** What modules, and the kernel itself, are linked from. Whole trees are compared with make in test/real/kernel. */
import { describe, expect, test } from 'vitest';
import { isAlways } from '../../../src/kernel/objects.ts';
import { read, showCondition } from './trees.ts';

const types: Record<string, 'bool' | 'tristate'> = { A: 'tristate', B: 'tristate', P: 'bool', Q: 'bool' };
const typeOf = (symbol: string) => types[symbol] ?? ('none' as const);

/** The members of `d/a.ko`, with when it has them: `x`, `y if P=y`. */
function members(text: string, files: Record<string, string> = {}): string {
  const kbuild = read(text, files, { typeOf });
  expect(kbuild.problems).toEqual([]);
  return kbuild
    .composition()
    .of('d/a.ko')
    .map(({ path, condition }) => (isAlways(condition) ? path : `${path} if ${showCondition(condition)}`))
    .join(', ');
}

describe('a module is linked from', () => {
  test.each([
    ['itself', 'obj-$(CONFIG_A) += a.o\n', 'd/a.o'],
    ['what -objs and -y list', 'obj-$(CONFIG_A) += a.o\na-objs := x.o\na-y += y.o x.o\n', 'd/x.o, d/y.o'],
    [
      'what a bool adds',
      'obj-$(CONFIG_A) += a.o\na-y := x.o\na-$(CONFIG_P) += p.o q.o\n',
      'd/x.o, d/p.o if P=y, d/q.o if P=y',
    ],
    [
      'what its own symbol adds, always',
      'obj-$(CONFIG_A) += a.o\na-$(CONFIG_A) += x.o\na-$(CONFIG_B) += b.o\n',
      'd/x.o, d/b.o if B=m|y',
    ],
    [
      'what a variable of its own has',
      'obj-$(CONFIG_A) += a.o\nmore-$(CONFIG_P) := p.o\na-y := x.o $(more-y)\n',
      'd/x.o, d/p.o if P=y',
    ],
    [
      'what a conditional adds',
      'obj-$(CONFIG_A) += a.o\na-y := x.o\nifdef CONFIG_P\na-$(CONFIG_Q) += p.o\nelse\na-y += n.o\nendif\n',
      'd/x.o, d/p.o if P=y & Q=y, d/n.o if P=n',
    ],
    [
      'itself where there is no list',
      'obj-$(CONFIG_A) += a.o\nifdef CONFIG_P\na-y := x.o\nendif\n',
      'd/a.o if P=n, d/x.o if P=y',
    ],
    [
      'a list that is empty, as its members are not set',
      'obj-$(CONFIG_A) += a.o\na-$(CONFIG_P) += p.o\n',
      'd/p.o if P=y',
    ],
    ['files of other folders', 'obj-$(CONFIG_A) += a.o\na-y := s/x.o ../e/y.o\n', 'd/s/x.o, e/y.o'],
    ['no linker flags', 'obj-$(CONFIG_A) += a.o\na-y := x.o libx.a\n', 'd/x.o'],
    ['members, which are never put together', 'obj-$(CONFIG_A) += a.o\na-y := b.o\nb-y := c.o\n', 'd/b.o'],
  ])('%s', (_, text, expected) => {
    expect(members(text)).toBe(expected);
  });

  test('what is asked for, and not what its folders ask for', () => {
    const kbuild = read(
      'obj-$(CONFIG_P) += s/\n',
      {
        'd/s/Makefile': 'obj-$(CONFIG_A) += a.o\na-y := x.o\na-$(CONFIG_P) += p.o\n',
      },
      { typeOf },
    );
    const found = kbuild.composition().of('d/s/a.ko');
    expect(found.map(({ path, condition }) => `${path}: ${showCondition(condition)}`)).toEqual([
      'd/s/x.o: always',
      'd/s/p.o: always',
    ]);
  });

  test('what is not known counts as either', () => {
    const text = 'obj-m += a.o\na-y := x.o\nifeq ($(shell a),b)\na-y += y.o\nendif\na-y += $(shell c)\n';
    expect(members(text)).toBe('d/x.o, d/y.o');
  });
});

test('what has an object of a name', () => {
  const kbuild = read('obj-$(CONFIG_A) += a.o\nobj-m += b.o\na-y := x-y.o s/c.o\nb-y := x-y.o\n');
  const { ownersOf } = kbuild.composition();
  expect(ownersOf('x_y')).toEqual(['d/a.ko', 'd/b.ko']);
  expect(ownersOf('c')).toEqual(['d/a.ko']);
  expect(ownersOf('d')).toEqual([]);
});

test('what only the kernel itself has, and what for', () => {
  const kbuild = read(
    [
      'obj-y += x.o',
      'obj-$(CONFIG_P) += p.o core.o q/',
      'core-y := c.o m.o',
      'obj-$(CONFIG_A) += a.o',
      'a-y := m.o',
      'lib-$(CONFIG_Q) += l.o',
      'lib-y += s.o',
    ].join('\n'),
    { 'd/q/Makefile': 'obj-y += z.o\n' },
    { typeOf },
  );
  const found = kbuild.composition().builtin();
  expect(found.map(({ path, symbols }) => [path, ...symbols].join(' '))).toEqual([
    'd/c.o P',
    'd/core.o P',
    'd/l.o Q',
    'd/p.o P',
    'd/q/z.o P',
    'd/s.o',
    'd/x.o',
  ]);
});
