import { describe, expect, test } from 'vitest';
import {
  describe as describeModule,
  describeParameters,
  parameters,
  parseModinfo,
  values,
} from '../../../src/kernel/modules/modinfo.ts';
import { checkParameter } from '../../../src/kernel/modules/parameters.ts';
import { kernelOf, module } from './kernel.ts';
import { parameterValues } from './parameter-values.ts';

const modinfo = parseModinfo(
  Buffer.from(
    [
      '\0\0license=GPL',
      'author=Zoë <z@example>',
      'author=Second',
      '',
      'flag',
      'depends=a,b-c',
      'import_ns=NS',
      'intree=Y',
      'parm=size:Size: in pages',
      'parmtype=size:uint',
      'parmtype=quiet:bool',
      'parm=own:no type',
      'parm=nothing',
      'firmware=a/b.bin',
      'softdep=pre: x',
      'empty=',
    ].join('\0'),
  ),
);

test('fields keep their order; a string without a value is a field', () => {
  expect(values(modinfo, 'author')).toEqual(['Zoë <z@example>', 'Second']);
  expect(modinfo.fields).toContainEqual(['flag', '']);
  expect(modinfo.fields).toContainEqual(['empty', '']);
  expect(describeModule(modinfo)).toMatchObject({
    license: 'GPL',
    version: undefined,
    depends: ['a', 'b-c'],
    imports: ['NS'],
    intree: true,
    retpoline: false,
    firmware: ['a/b.bin'],
    softdeps: ['pre: x'],
  });
});

test('parameters have what either of their lines says', () => {
  expect(parameters(modinfo)).toEqual([
    { name: 'size', type: 'uint', description: 'Size: in pages' },
    { name: 'quiet', type: 'bool', description: undefined },
    { name: 'own', type: undefined, description: 'no type' },
  ]);
});

test('a module has the parameters of its section, and what is said of them; one that is only described is none', () => {
  const own = (name: string, type?: string, description?: string) => ({ name, type, description });
  expect(describeParameters(['own', 'silent', 'size', 'own', 'block.quiet'], modinfo)).toEqual([
    own('own', undefined, 'no type'),
    own('silent'),
    own('size', 'uint', 'Size: in pages'),
    own('block.quiet', 'bool'),
  ]);
  const { graph } = kernelOf({
    a: {
      ...module('a', [], 'parm=at_limit:Limit', 'parmtype=size:ulong', 'parm=hook:Own code'),
      parameters: ['hook', 'limit', 'size'],
    },
    none: module('none'),
  });
  expect(graph.parameters(graph.find('a')!)).toEqual([
    own('hook', undefined, 'Own code'),
    own('limit'),
    own('size', 'ulong'),
  ]);
  expect(graph.parameters(graph.find('none')!)).toEqual([]);
});

describe.for(Object.entries(parameterValues))('%s', ([type, [takes, refuses]]) => {
  const check = (value: string | undefined, bits: 32 | 64 = 32) =>
    checkParameter([{ name: 'p', type, description: undefined }], 'p', value, bits);

  test('takes what fits', () => {
    for (const value of takes) expect(check(value), String(value)).toBeUndefined();
  });

  test('refuses what does not, and says what it takes', () => {
    for (const value of refuses) {
      expect(check(value), String(value)).toMatchObject({
        kind: 'value',
        type,
        takes: expect.stringMatching(/a number|y, n|text/),
      });
    }
  });
});

test('long and ulong are as wide as the kernel', () => {
  const check = (type: string, value: string) =>
    checkParameter([{ name: 'p', type, description: undefined }], 'p', value, 64);
  expect(check('long', '-9223372036854775808')).toBeUndefined();
  expect(check('ulong', '18446744073709551615')).toBeUndefined();
  expect(check('long', '9223372036854775808')).toEqual({
    kind: 'value',
    type: 'long',
    takes: 'a number from -9223372036854775808 to 9223372036854775807, decimal, 0x… or, from 0, octal',
  });
  expect(check('array of byte', '1,256')).toMatchObject({
    takes: 'values with commas between them, each a number from 0 to 255, decimal, 0x… or, from 0, octal',
  });
});

test('a name is the same with `-` for `_`; an unknown one is told what is near', () => {
  const known = [
    { name: 'hash_size', type: 'uint', description: undefined },
    { name: 'expect_hashsize', type: undefined, description: undefined },
  ];
  expect(checkParameter(known, 'hash-size', '1', 64)).toBeUndefined();
  expect(checkParameter(known, 'expect-hashsize', 'anything', 64)).toBeUndefined();
  expect(checkParameter(known, 'hashsize', '1', 64)).toEqual({
    ...{ kind: 'unknown', near: ['hash_size'] },
    known: ['hash_size', 'expect_hashsize'],
  });
  expect(checkParameter(known, 'zzz', '1', 64)).toMatchObject({ kind: 'unknown', near: [] });
  const odd = { name: 'odd', type: 'constructor', description: undefined };
  expect(checkParameter([odd], 'odd', '1', 64)).toBeUndefined();
  expect(checkParameter([], 'dyndbg', '+p', 64)).toBeUndefined();
  expect(checkParameter([], 'async_probe', undefined, 64)).toBeUndefined();
});
