/** The checks that solutions on real kernels pass, on a small kernel: each can fail. */
import { describe, expect, test } from 'vitest';
import { type Kernel, readTree } from '../../src/kernel/kernel.ts';
import { type Resolution, resolve } from '../../src/kernel/resolve.ts';
import type { Taken } from '../../src/kernel/solver/solution.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { makeLoader } from '../../src/targets/target-list.ts';
import { Possible } from './possible.ts';
import { gates, misjudged, needless, refusals, repicked, strayed, targetsOf, unproved } from './solutions.ts';

const { kernel } = readTree(
  memoryTree({
    Makefile: 'VERSION = 6\nPATCHLEVEL = 12\n',
    Kbuild: 'obj-$(CONFIG_BUS) += bus/\n',
    'bus/Makefile': 'obj-$(CONFIG_CARD) += card.o\nobj-$(CONFIG_LAMP) += lamp.o\n',
    'arch/mips/Makefile': '',
    'scripts/kconfig/symbol.c': 'newval.val = "0x0"',
    Kconfig: `
config MODULES
	bool "modules"
	modules
choice
	prompt "Machine"
config BIG
	bool "big"
config SMALL
	bool "small"
endchoice
config BUS
	bool "bus"
config CARD
	tristate "card"
config LAMP
	tristate "lamp"
	depends on BIG || COMPILE_TEST
config COMPILE_TEST
	bool "compile test"
`,
  }),
  'mips',
) as { kernel: Kernel };
const base = new Map([
  ['MODULES', 'y'],
  ['SMALL', 'y'],
]);
const asked = (...targets: string[]): Resolution => resolve(kernel, [makeLoader('own', targets)], base);
const resolution = asked('card');

/** With another assignment. */
function and(given: Resolution, symbol: string, value: 'y' | 'm' | 'n'): Resolution {
  return {
    ...given,
    assignments: [...given.assignments, { symbol, value, because: [], target: 'card' }],
  };
}

test('a right solution passes', () => {
  expect(resolution.assignments.map(({ symbol, value }) => `${symbol}=${value}`).sort()).toEqual([
    'BUS=y',
    'CARD=m',
  ]);
  expect(targetsOf(resolution).map(({ target }) => target)).toEqual(['card']);
  expect(needless(kernel, base, resolution)).toEqual([]);
  expect(misjudged(kernel, base, resolution)).toEqual([]);
  expect(gates(base, resolution)).toEqual([]);
  expect(repicked(kernel, base, resolution)).toEqual([]);
  expect(strayed(kernel, base, resolution, new Possible(kernel.kconfig, base))).toEqual([]);
  expect(refusals(kernel, resolution)).toEqual([]);
});

test('a needless assignment is found', () => {
  expect(needless(kernel, base, and(resolution, 'COMPILE_TEST', 'y'))).toEqual(['COMPILE_TEST=y']);
});

test('a missing assignment is found: the file is not made', () => {
  const assignments = resolution.assignments.filter(({ symbol }) => symbol !== 'BUS');
  expect(misjudged(kernel, base, { ...resolution, assignments })).toEqual(['card: m is said, and n is made']);
});

test('a gate is found, unless the base has it', () => {
  const gated = and(resolution, 'COMPILE_TEST', 'y');
  expect(gates(base, gated)).toEqual(['COMPILE_TEST']);
  expect(gates(new Map([...base, ['COMPILE_TEST', 'y']]), gated)).toEqual([]);
});

test('another machine is found', () => {
  expect(repicked(kernel, base, and(resolution, 'BIG', 'y'))).toEqual(['SMALL']);
});

test('values that were held impossible are found', () => {
  const possible = new Possible(kernel.kconfig, base, ['COMPILE_TEST']);
  expect(strayed(kernel, base, and(resolution, 'COMPILE_TEST', 'y'), possible)).toEqual(['COMPILE_TEST']);
});

describe('the proof of a refusal', () => {
  const [lamp] = asked('lamp').loaders[0]!.targets;
  const wanted = { module: lamp!.module };
  const check = (...taken: Taken[]): string[] => unproved(kernel, base, wanted, taken);
  const small: Taken = { symbol: 'SMALL', value: 'y', by: 'base' };
  const compileTest: Taken = { symbol: 'COMPILE_TEST', value: 'n', by: 'barred' };

  test('that holds', () => {
    expect(check(small, compileTest)).toEqual([]);
    const { outcome } = lamp!;
    expect(outcome.status === 'unreachable' && outcome.certificate).toEqual([small, compileTest]);
  });

  test('that does not', () => {
    expect(unproved(kernel, base, wanted, undefined)).toEqual(['no proof']);
    expect(check(small)).toEqual(['the proof proves nothing']);
    expect(check(small, compileTest, { symbol: 'BUS', value: 'y', by: 'base' })).toEqual(['base BUS']);
    expect(check(small, compileTest, { symbol: 'CARD', value: 'm', by: 'machine' })).toEqual([
      'machine CARD',
    ]);
    expect(check(small, { ...compileTest, symbol: 'CARD' })).toEqual([
      'the proof proves nothing',
      'barred CARD',
    ]);
  });
});
