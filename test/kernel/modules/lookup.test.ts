import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matches } from '../../../src/kernel/modules/glob.ts';
import { knownNames, normalize } from '../../../src/kernel/modules/lookup.ts';
import { kernelOf, module } from './kernel.ts';

test.for([
  ['a*c', 'abbc', true],
  ['a*c', 'ac', true],
  ['a*c', 'acb', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[]a]', ']', true],
  ['[a-]', '-', true],
  ['[a', '[a', true],
  ['[a', 'a', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a\\', 'a', false],
  ['usb:v*p*d*', 'usb:v1D6Bp0002d0601', true],
])('%s against %s: %s', ([pattern, text, expected]) => {
  expect(matches(pattern as string, text as string)).toBe(expected);
});

test('many stars against a text that almost matches end soon', () => {
  expect(matches(`${'*a'.repeat(2_000)}b`, 'a'.repeat(5_000))).toBe(false);
});

test('text without what is special matches itself alone', () => {
  const plain = fc.stringMatching(/^[a-z0-9:_.]{0,8}$/);
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(matches(a, b)).toBe(a === b);
      expect(matches(`${a}*`, a + b)).toBe(true);
      expect(matches(`*${b}`, a + b)).toBe(true);
    }),
  );
});

test('a dash is an underscore, except in brackets, which have to match', () => {
  expect(normalize('a-b[0-9]-c')).toBe('a_b[0-9]_c');
  expect(normalize('a]')).toBeUndefined();
  expect(normalize('a[b')).toBeUndefined();
});

const builtinModinfo = ['own.license=GPL', 'own.alias=crypto-own', 'own.alias=wild-*', 'unlisted.alias=only'];
const kernel = () =>
  kernelOf(
    {
      b: module('b', [], 'alias=pci:v1*', 'alias=shared', 'alias=pci:v*'),
      'a-c': module('a_c', [], 'alias=shared', 'alias=fs-x'),
      taken: module('taken', [], 'alias=own'),
    },
    {
      'modules.builtin': 'kernel/x/own.ko\nkernel/y/other-one.ko\n#no.ko\n',
      'modules.builtin.modinfo': builtinModinfo.map((text) => `${text}\0`).join(''),
    },
  );

test('a name is a module, a symbol, an alias, or builtin, in this order', () => {
  const { lookup, graph } = kernel();
  const find = (name: string) => lookup.find(name).map(({ name, module }) => (module ? name : `(${name})`));
  expect(find('a-c')).toEqual(['a_c']);
  expect(find('a_c')).toEqual(['a_c']);
  expect(find('symbol:a-c_symbol')).toEqual(['a_c']);
  expect(find('symbol:none')).toEqual([]);
  expect(find('shared')).toEqual(['b', 'a_c']);
  expect(find('pci:v1d2')).toEqual(['b']);
  expect(find('fs-x')).toEqual(['a_c']);
  expect(find('own')).toEqual(['taken']);
  expect(find('other-one')).toEqual(['(other_one)']);
  expect(find('crypto-own')).toEqual(['(own)']);
  expect(find('wild-x')).toEqual(['(own)']);
  expect(find('only')).toEqual(['(unlisted)']);
  expect(find('no')).toEqual([]);
  expect(find('a[')).toEqual([]);
  expect(lookup.find('fs-x')[0]!.alias).toBe('fs_x');
  expect(lookup.builtin.modules.get('own')).toMatchObject({
    path: 'x/own.ko',
    modinfo: {
      fields: [
        ['license', 'GPL'],
        ['alias', 'crypto-own'],
        ['alias', 'wild-*'],
      ],
    },
  });
  expect(knownNames(graph, lookup)).toEqual(['b', 'a_c', 'taken', 'own', 'other_one']);
});

test('without lists nothing is builtin', () => {
  const { lookup } = kernelOf({ a: module('a') });
  expect(lookup.find('other-one')).toEqual([]);
  expect(lookup.builtin.modules.size).toBe(0);
});
