import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { modulesDep } from '../../../src/kernel/modules/depmod-files.ts';
import { buildGraph, dependencies, dependents } from '../../../src/kernel/modules/graph.ts';
import { SymbolNames } from '../../../src/kernel/modules/symbol-names.ts';
import { kernelOf, module } from './kernel.ts';

const names = (modules: readonly { name: string }[]) => modules.map(({ name }) => name);

test('a module needs who exports what it uses, weakly too; of two who export it, the later', () => {
  const { graph } = kernelOf({
    a: { exports: [{ name: 'both' }, { name: 'first' }] },
    b: { exports: [{ name: 'both' }] },
    c: { uses: ['both', 'printk', { name: 'first', weak: true }, { name: 'absent', weak: true }] },
    d: { uses: ['.both'], machine: 21 },
  });
  expect(names(graph.find('c')!.needs)).toEqual(['b', 'a']);
  expect(names(graph.find('d')!.needs)).toEqual(['b']);
  expect(names(graph.find('b')!.usedBy)).toEqual(['c', 'd']);
  expect(graph.exporter('both')).toBe(graph.find('b'));
  expect(graph.exporter('printk')).toBeUndefined();
  expect(graph.exporter('nobody')).toBeUndefined();
  expect(graph.exports(graph.find('a')!)).toEqual(['both', 'first']);
  expect(graph.symbolsBetween(graph.find('c')!, graph.find('a')!)).toEqual(['first']);
  expect(graph.fromElsewhere(graph.find('c')!)).toEqual([
    { name: 'printk', weak: false },
    { name: 'absent', weak: true },
  ]);
});

test('every line has all that a module needs, each user before what it uses', () => {
  const modules = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(modules, fc.infiniteStream(fc.nat(3)), (all, dice) => {
      // Each may need those before it.
      const written = Object.fromEntries(
        all.map((name, index) => [
          name,
          module(
            name,
            all.slice(0, index).filter(() => dice.next().value === 0),
          ),
        ]),
      );
      const { graph } = kernelOf(written);
      for (const line of modulesDep(graph).trim().split('\n')) {
        const [path, ...needed] = line.split(/:? /).map((each) => each.replace(':', ''));
        const order = [path, ...needed].map((each) => graph.modules.find((module) => module.path === each)!);
        for (const [place, each] of order.entries()) {
          for (const next of each.needs) expect(order.indexOf(next)).toBeGreaterThan(place);
        }
        expect(new Set(order).size).toBe(order.length);
        for (const each of order.slice(1)) expect(dependents(each)).toContain(order[0]);
      }
    }),
    { numRuns: 50 },
  );
});

test('modules that need each other are a problem, and the others stay right', () => {
  const { graph } = kernelOf({
    free: module('free'),
    a: module('a', ['b', 'free']),
    b: module('b', ['c']),
    c: module('c', ['a', 'd']),
    d: module('d', ['free']),
    self: module('self', ['self']),
    above: module('above', ['a']),
  });
  expect(graph.problems).toMatchObject([
    { code: 'module-cycle', message: 'modules need each other: a -> b -> c -> a' },
    { code: 'module-cycle', message: 'modules need each other: self -> self' },
  ]);
  expect(names(dependencies(graph.find('d')!))).toEqual(['free']);
  expect(names(dependencies(graph.find('above')!)).sort()).toEqual(['a', 'b', 'c', 'd', 'free']);
});

test('a module that cannot be read needs nothing, gives nothing, and is a problem', () => {
  const { graph: before, root } = kernelOf({ a: module('a'), b: module('b', ['a']) });
  expect(names(before.find('b')!.needs)).toEqual(['a']);
  writeFileSync(join(root, 'kernel/a.ko'), 'version https://git-lfs.github.com/spec/v1\n'.repeat(2));
  const graph = buildGraph(readBuiltTree(root).tree!);
  expect(graph.problems).toEqual([
    {
      code: 'module-malformed',
      message: 'this module cannot be used: it is no ELF file',
      file: join(root, 'kernel/a.ko'),
      notes: [],
    },
  ]);
  expect(names(graph.modules)).toEqual(['a', 'b']);
  expect(graph.find('b')!.needs).toEqual([]);
  expect(graph.modinfo(graph.find('a')!).fields).toEqual([]);
});

test('a module for another machine is a problem', () => {
  const { graph, root } = kernelOf({
    a: { ...module('a'), machine: 8, bits: 32, byteOrder: 'big' },
    b: { ...module('b'), machine: 8, bits: 32, byteOrder: 'little' },
  });
  expect(graph.architecture).toEqual({ name: 'mips', machine: 8, bits: 32, byteOrder: 'big' });
  expect(graph.problems).toMatchObject([
    {
      code: 'module-architecture',
      message:
        'this module is for another machine (mips, 32 bits, little-endian) than the first (mips, 32 bits, big-endian)',
      file: join(root, 'kernel/b.ko'),
    },
  ]);
});

test('names keep their numbers while there are more and more', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ -~]{1,12}$/), { maxLength: 300 }), (texts) => {
      const names = new SymbolNames();
      const numbers = new Map<string, number>();
      for (const text of texts) {
        const bytes = Buffer.from(`..${text}..`);
        const number = names.number(bytes, 2, bytes.length - 2);
        expect(numbers.get(text) ?? names.count - 1).toBe(number);
        numbers.set(text, number);
      }
      for (const [text, number] of numbers) {
        expect(names.text(number)).toBe(text);
        expect(names.find(text)).toBe(number);
      }
      expect(names.find('nobody has it')).toBe(-1);
    }),
  );
  const many = new SymbolNames();
  for (let round = 0; round < 2; round++) {
    for (let number = 0; number < 100_000; number++) {
      const bytes = Buffer.from(`symbol_with_a_longer_name_${number}`);
      if (many.number(bytes, 0, bytes.length) !== number) expect.fail(`${number}`);
    }
  }
  expect(many.text(77_777)).toBe('symbol_with_a_longer_name_77777');
});
