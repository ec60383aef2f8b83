/** Literals: those that programs have, and those at the edges. */
import { quote } from '../../nix.ts';
import type { Draw } from './draw.ts';

const keywords = new Set(['if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit']);

/** An attribute's name as it is written in a path of them. */
export function attrName(name: string): string {
  return /^[A-Za-z_][\w'-]*$/.test(name) && !keywords.has(name) ? name : quote(name);
}

const edgeInts = [
  '9223372036854775807',
  '(-9223372036854775807)',
  '(-9223372036854775807 - 1)',
  '9007199254740991',
  '9007199254740993',
  '(-9007199254740993)',
  '4294967296',
  '2147483648',
  '(-2147483649)',
  '1000000007',
  '4611686018427387904',
];

export function intLiteral(draw: Draw): string {
  return draw.choose([
    [12, () => String(draw.below(6))],
    [3, () => String(draw.below(200))],
    [2, () => `(-${draw.below(9)})`],
    [1, () => draw.pick(edgeInts)],
  ]);
}

const floats = [
  '0.5',
  '1.5',
  '.25',
  '2.0',
  '(-0.0)',
  '0.1',
  '3.',
  '1.0e10',
  '123456789.0',
  '1234567.8',
  '1.0e-5',
];

/** Its sign is the processor's, see `compare.ts`. */
export const noNumber = '(1.0e308 * 10 - 1.0e308 * 10)';

const edgeFloats = [
  '(1.0e308 * 10)',
  '(1.0e308 * -10)',
  noNumber,
  '1.0e308',
  '(-1.0e19)',
  '9007199254740993.0',
  '9223372036854775807.0',
];

export function floatLiteral(draw: Draw): string {
  return draw.choose([
    [8, () => draw.pick(floats)],
    [3, () => `${draw.below(100)}.${draw.below(1000)}`],
    [1, () => `${draw.between(1, 9)}.${draw.below(1_000_000)}e${draw.between(-30, 30)}`],
    [1, () => draw.pick(edgeFloats)],
  ]);
}

/** Chars of strings as they are written between quotes. */
export const chunks = [
  ...[
    'a',
    'b',
    'ab',
    'hello',
    'A',
    '1',
    '23',
    ' ',
    '-',
    '.',
    '/',
    '_',
    ',',
    ':',
    '=',
    '\xc3\xa9',
    '\xe2\x9c\x93',
  ],
  ...[
    '\\n',
    '\\t',
    '\\r',
    '\\"',
    '\\\\',
    '\\${',
    '\\x',
    '$a',
    '$$',
    "'",
    "''",
    '\n',
    '<a>',
    '&',
    '#',
    '{',
    '}',
    '\xff',
    '\x01',
    '\xf0\x9f\x98\x80',
  ],
];

export const paths = [
  '../data.txt',
  '../folder',
  '../folder/b.nix',
  '../value.nix',
  '../folder/../value.nix',
];
export const missingPaths = [
  './missing',
  '/no/such/file',
  '/no-such/../file',
  '~/x',
  '../data.txt/x',
  './a-b_c+d',
];

const texts: Record<string, readonly string[]> = {
  regex: [
    ...[
      'a+',
      '(a)(b)?',
      '[a-z]*',
      '([[:alpha:]]+)-([0-9]+)',
      '.*',
      '',
      '(a|b)*',
      '(a|ab)(c|bcd)(d*)',
      '[^/]*',
      '\\.',
    ],
    ...[
      '(.)(.)(.*)',
      '[[:space:]]+',
      '([0-9]*)',
      'b|a',
      '(x)?',
      '[]a-]',
      '^a',
      'a$',
      '(a*)+',
      'a{1,2}',
      '-',
      '/',
    ],
  ],
  version: ['1.2.3', '1.2', '2.0pre1', '1.2.3-4', '', '1a', '10', '1.02', 'pre', '2.3a', '1..2', '0', 'a-b'],
  drvName: ['hello-1.2.3', 'hello', 'a-b-2', 'x-', '-1', 'nix-0.12pre12876', 'a-1-b', ''],
  json: [
    ...[
      '1',
      '"a"',
      '[1, 2.5, null]',
      '{"a": {"b": [true]}}',
      '1.0',
      '-0',
      '1e3',
      '"\\u00e9\\n"',
      '[]',
      '{}',
      ' 7 ',
    ],
    ...[
      '9223372036854775807',
      '9223372036854775808',
      '-1.5e-7',
      '{"b":1,"a":2,"b":3}',
      '18446744073709551616',
      '[[],{}]',
    ],
  ],
  toml: [
    'a = 1',
    'a = "b"\n[c]\nd = [1, 2]',
    '',
    'a.b = true',
    '[[t]]\nx = 1\n[[t]]\nx = 2',
    'a = 1.5\nb = "\xc3\xa9"',
  ],
  algorithm: ['md5', 'sha1', 'sha256', 'sha512'],
  attr: ['a', 'b', 'c', 'd', 'y', 'z'],
};

const badTexts: Record<string, readonly string[]> = {
  regex: ['(', '*', 'a**', '[z-a]', '[', 'a{2,1}', '\\d', '(?:a)', '+a', '[[:foo:]]'],
  json: ['', '{', '[1,]', "'a'", '{"a" 1}', 'nul', '"\\x"', '1 2', '01', '[1 2]', '"a', 'NaN', '\x01', '1.'],
  toml: ['a', 'a = ', '[a', 'a = 1\na = 2', 'a = 00'],
  algorithm: ['sha', '', 'SHA256', 'sha3'],
};

/** The text of a string of a narrow type; wrong ones now and then, if `wrong` is how often. */
export function textOf(draw: Draw, kind: string, wrong: number): string {
  const bad = badTexts[kind];
  return draw.pick(bad !== undefined && draw.chance(wrong) ? bad : texts[kind]!);
}
