import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { checkParameters } from '../../../src/kernel/modules/check-parameters.ts';
import { resolveClosure } from '../../../src/kernel/modules/closure.ts';
import { explainModule } from '../../../src/kernel/modules/explain.ts';
import { buildGraph } from '../../../src/kernel/modules/graph.ts';
import { makeLookup } from '../../../src/kernel/modules/lookup.ts';
import { packedSizes } from '../../../src/kernel/modules/sizes.ts';
import { mergeSoftdeps, parseSoftdep, type SoftdepRule } from '../../../src/kernel/modules/softdeps.ts';
import { writeModule } from './elf-writer.ts';
import { kernelOf, module } from './kernel.ts';

test('a line of softdeps has words before and after its marks', () => {
  expect(parseSoftdep('pre: a-b  c\tpost: d pre: e')).toEqual({ pre: ['a-b', 'c', 'e'], post: ['d'] });
  expect(parseSoftdep('lost pre:')).toEqual({ pre: [], post: [] });
  const lines = ['pre: a', 'pre: b post: c'];
  expect(mergeSoftdeps(lines, 'first')).toEqual({ pre: ['a'], post: [] });
  expect(mergeSoftdeps(lines, 'all')).toEqual({ pre: ['a', 'b'], post: ['c'] });
  expect(mergeSoftdeps(lines, 'none')).toEqual({ pre: [], post: [] });
});

const modules = {
  base: module('base', [], 'firmware=base.bin', 'softdep=post: late'),
  middle: module('middle', ['base'], 'softdep=pre: crypto-alias absent', 'softdep=pre: second'),
  top: module('top', ['middle', 'base'], 'firmware=base.bin', 'firmware=top-*.bin'),
  late: module('late'),
  fast: module('fast', ['engine'], 'alias=crypto-alias'),
  engine: module('engine'),
  second: module('second'),
  alone: module('alone'),
};
const kernel = () => kernelOf(modules, { 'modules.builtin': 'kernel/inside.ko\n' });

const resolve = (targets: string[], rule?: SoftdepRule) => {
  const { graph, lookup } = kernel();
  return resolveClosure(graph, lookup, targets, rule);
};
const order = (targets: string[], rule?: SoftdepRule) =>
  resolve(targets, rule).modules.map(({ module }) => module.name);

test('modules come in load order, softdeps around what has them', () => {
  expect(order(['top'])).toEqual(['base', 'late', 'engine', 'fast', 'middle', 'top']);
  expect(order(['top'], 'none')).toEqual(['base', 'middle', 'top']);
  expect(order(['top'], 'all')).toEqual(['base', 'late', 'engine', 'fast', 'second', 'middle', 'top']);
  expect(order(['alone', 'middle', 'alone', 'crypto-alias'])).toEqual([
    ...['alone', 'base', 'late', 'engine', 'fast', 'middle'],
  ]);
});

test('each module has the way by which it came, which targets want it, and whether they need it', () => {
  const { modules: closure } = resolve(['top', 'fast']);
  const chain = (name: string) => {
    const { required, targets, chain } = closure.find(({ module }) => module.name === name)!;
    return [required, targets.join(), chain.map(({ name, how }) => `${name} ${how}`).join(', ')];
  };
  expect(chain('top')).toEqual([true, 'top', 'top target']);
  expect(chain('base')).toEqual([true, 'top', 'top target, base needs']);
  expect(chain('late')).toEqual([false, 'top', 'top target, base needs, late post']);
  expect(chain('engine')).toEqual([true, 'top,fast', 'fast target, engine needs']);

  const soft = resolve(['middle']).modules.find(({ module }) => module.name === 'engine')!;
  expect(soft.required).toBe(false);
  expect(soft.chain.map(({ how }) => how)).toEqual(['target', 'pre', 'needs']);
});

test('targets say what they are: implied, builtin, an alias, or nothing', () => {
  const { targets, builtin } = resolve(['top', 'base', 'inside', 'crypto-alias', 'absent']);
  expect(targets).toEqual([
    { target: 'top', modules: ['top'], builtin: [], impliedBy: undefined },
    { target: 'base', modules: ['base'], builtin: [], impliedBy: 'top' },
    { target: 'inside', modules: [], builtin: ['inside'], impliedBy: undefined },
    { target: 'crypto-alias', modules: ['fast'], builtin: [], impliedBy: undefined },
    { target: 'absent', modules: [], builtin: [], impliedBy: undefined },
  ]);
  expect(builtin).toEqual([{ name: 'inside', targets: ['inside'] }]);
});

test('softdeps are listed with what they found, and whether modprobe reads them', () => {
  expect(resolve(['middle']).softdeps).toEqual([
    {
      module: 'base',
      line: 'post: late',
      counts: true,
      names: [{ name: 'late', when: 'post', found: ['late'] }],
    },
    {
      module: 'middle',
      line: 'pre: crypto-alias absent',
      counts: true,
      names: [
        { name: 'crypto-alias', when: 'pre', found: ['fast'] },
        { name: 'absent', when: 'pre', found: [] },
      ],
    },
    {
      module: 'middle',
      line: 'pre: second',
      counts: false,
      names: [{ name: 'second', when: 'pre', found: ['second'] }],
    },
  ]);
});

test('firmware is listed once, with who asks for it; bytes are the files', () => {
  const { firmware, bytes, modules: closure } = resolve(['top']);
  expect(firmware).toEqual([
    { file: 'base.bin', modules: ['base', 'top'] },
    { file: 'top-*.bin', modules: ['top'] },
  ]);
  expect(bytes).toBe(
    closure.reduce((sum, { module }) => sum + writeModule(modules[module.name as 'top']).length, 0),
  );
});

test('softdeps and needs that lead in circles, and chains of thousands, come to an end', () => {
  const chained = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, index) => [
      `m${index}`,
      module(`m${index}`, [], `softdep=pre: m${index + 1} post: m${index - 1} m0`),
    ]),
  );
  const { graph, lookup } = kernelOf(chained);
  const { modules: closure } = resolveClosure(graph, lookup, ['m0']);
  expect(closure.map(({ module }) => module.index)).toEqual([...Array(3_000).keys()].reverse());

  const needing = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, index) => [`m${index}`, module(`m${index}`, [`m${index + 1}`])]),
  );
  const deep = kernelOf(needing);
  expect(resolveClosure(deep.graph, deep.lookup, ['m0']).modules).toHaveLength(3_000);

  const { graph: mixed, lookup: both } = kernelOf({
    a: module('a', ['d'], 'softdep=pre: e'),
    d: module('d', [], 'softdep=pre: e post: a'),
    e: module('e', ['d']),
  });
  expect(resolveClosure(mixed, both, ['a', 'e']).modules.map(({ module }) => module.name)).toEqual([
    ...['d', 'e', 'a'],
  ]);
});

test('a module is explained: what it needs, what needs it, and with which symbols', () => {
  const { graph, lookup } = kernel();
  expect(explainModule(graph, lookup, 'middle')).toMatchObject({
    kind: 'module',
    module: {
      path: 'kernel/middle.ko',
      description: { name: 'middle', softdeps: ['pre: crypto-alias absent', 'pre: second'] },
      exports: [{ name: 'middle_symbol', gpl: false }],
      needs: [{ name: 'base', symbols: ['base_symbol'] }],
      needsIndirectly: [],
      neededBy: [{ name: 'top', symbols: ['middle_symbol'] }],
      neededByIndirectly: [],
      softdepOf: [],
    },
  });
  expect(explainModule(graph, lookup, 'engine')).toMatchObject({
    module: { neededBy: [{ name: 'fast' }] },
  });
  expect(explainModule(graph, lookup, 'fast')).toMatchObject({
    module: { softdepOf: [{ name: 'middle', when: 'pre', as: 'crypto-alias' }] },
  });
  expect(explainModule(graph, lookup, 'crypto-alias')).toEqual({
    kind: 'alias',
    alias: 'crypto_alias',
    names: ['fast'],
  });
  expect(explainModule(graph, lookup, 'inside')).toMatchObject({ kind: 'builtin', path: 'inside.ko' });
  expect(explainModule(graph, lookup, 'absent')).toBeUndefined();
});

test("a list's parameters are for modules that it loads, by names and values that these take", () => {
  const { graph, lookup } = kernelOf(
    {
      'a-b': { ...module('a_b', [], 'parmtype=size:ulong', 'parm=size:Size'), bits: 32 },
      other: module('other'),
    },
    { 'modules.builtin': 'kernel/in-side.ko\n' },
  );
  const closure = resolveClosure(graph, lookup, ['a-b']);
  expect(
    checkParameters(graph, lookup, closure, {
      'a-b': { size: '4096', sise: '1' },
      a_b: { size: '4294967296' },
      other: { size: '1' },
      inside: {},
      'in-side': { x: '1' },
    }),
  ).toEqual([
    { module: 'a-b', parameter: 'sise', value: '1', kind: 'unknown', near: ['size'], known: ['size'] },
    {
      ...{ module: 'a_b', parameter: 'size', value: '4294967296', kind: 'value', type: 'ulong' },
      takes: 'a number from 0 to 4294967295, decimal, 0x… or, from 0, octal',
    },
    { module: 'other', kind: 'not-loaded' },
    { module: 'inside', kind: 'no-module', near: ['in_side'] },
    { module: 'in-side', kind: 'builtin' },
  ]);
});

test('a parameter of a type that nothing says takes any value; a file that does not say which it has is told', () => {
  const { graph, lookup, root } = kernelOf({
    conntrack: { ...module('conntrack'), parameters: ['hashsize'] },
    broken: { ...module('broken'), parameters: ['first', 'second'] },
  });
  const closure = resolveClosure(graph, lookup, ['conntrack', 'broken']);
  const check = (parameters: Record<string, Record<string, string>>) =>
    checkParameters(graph, lookup, closure, parameters);
  expect(check({ conntrack: { hashsize: 'anything at all' }, broken: { second: '1' } })).toEqual([]);
  const file = join(root, 'kernel/broken.ko');
  const content = readFileSync(file);
  content.fill(0, content.indexOf('first\0second\0'));
  // The headers stay; the strings' section is empty, and relocations, which come after it, are gone.
  content.set(readFileSync(file).subarray(content.readUIntLE(40, 6)), content.readUIntLE(40, 6));
  writeFileSync(file, content);
  expect(check({ broken: { second: '1' } })).toEqual([
    { module: 'broken', kind: 'unreadable', file, why: 'its parameter 1 has no name' },
  ]);
});

test('a compressed module counts as large as it is unpacked', () => {
  const { root } = kernel();
  const content = writeModule(modules.alone);
  const file = join(root, 'kernel/alone.ko.gz');
  writeFileSync(file, gzipSync(content));
  rmSync(join(root, 'kernel/alone.ko'));
  const graph = buildGraph(readBuiltTree(root).tree!);
  expect(resolveClosure(graph, makeLookup(graph), ['alone']).bytes).toBe(content.length);
  expect(packedSizes([file]).raw).toBe(content.length);
});
