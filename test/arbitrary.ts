/** Target lists of every shape, with values that try to leave their strings. */
import fc from 'fast-check';
import {
  loaderPattern,
  modulePattern,
  parameterValuePattern,
  symbolValuePattern,
} from '../src/targets/names.ts';
import type { WrittenList, WrittenLoader } from '../src/targets/schema.ts';

const nasty = [
  '"',
  "'",
  "''",
  '${',
  '$${',
  '${builtins.abort "x"}',
  '\\',
  '\\${',
  "''${",
  "''\\",
  '`reboot`',
  '$(reboot)',
  ';',
  '&',
  '|',
  '\n',
  '#',
  '/*',
  '*/',
  '{{x}}',
  '{{{x}}}',
  ' ',
  '\t',
  '~',
  '<nixpkgs>',
  '\u2028',
  'é',
  '😀',
  '\r',
  '%s',
  '*',
  '?',
  '..',
  '\u0085',
];

/** Text of ordinary and nasty pieces. */
export const nastyText = (pieces: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'grapheme', maxLength: 6 })), {
      maxLength: pieces,
    })
    .map((parts) => parts.join(''));

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';

/** A letter of `first`, then from `least` to `most` of `rest`. */
const word = (first: string, rest: string, most: number, least = 0): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...first),
      fc.string({ unit: fc.constantFrom(...rest), minLength: least, maxLength: most }),
    )
    .map(([head, tail]) => head + tail);

const keywords = [
  'if',
  'then',
  'else',
  'let',
  'in',
  'with',
  'rec',
  'inherit',
  'assert',
  'or',
  'default',
  'modules',
  'config',
];
const loaderName = fc
  .oneof(
    { weight: 1, arbitrary: fc.constantFrom(...keywords) },
    { weight: 4, arbitrary: word(lower, `${lower}${digits}-`, 12) },
    { weight: 1, arbitrary: word(lower, `${lower}${digits}-`, 62, 62) },
  )
  .filter((name) => loaderPattern.test(name));

const moduleName = word(`${lower}${upper}${digits}`, `${lower}${upper}${digits}_-`, 20).filter((name) =>
  modulePattern.test(name),
);
const attribute = fc.oneof(
  fc.constantFrom('services', 'a', "b'c", 'if', '_x', 'A-b'),
  word(`${lower}${upper}_`, `${lower}${upper}${digits}_'-`, 8),
);
const attributePath = fc
  .array(fc.oneof(attribute, fc.constantFrom('"a.b"', '"if"', '"ü {x}"', '"\'\'"')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join('.'));

const symbolValue = fc
  .oneof(
    fc.constantFrom('y', 'm', 'n', '0', '-5', '0x1F', '0644'),
    nastyText(4).map((text) => `"${text.replace(/[\u0000-\u001f\u007f]/g, '').replace(/["\\]/g, '\\$&')}"`),
  )
  .filter((value) => symbolValuePattern.test(value));

const parameterValue = nastyText(4)
  .map((text) => text.replace(/["\u0000-\u001f\u007f]/g, ''))
  .filter((value) => parameterValuePattern.test(value));

const named = <T>(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<T>,
  maxKeys: number,
): fc.Arbitrary<Record<string, T>> =>
  fc
    .uniqueArray(fc.tuple(key, value), {
      selector: ([name]) => name.replaceAll('-', '_'),
      maxLength: maxKeys,
    })
    .map((entries) =>
      Object.fromEntries(
        entries.filter(([name]) => !['constructor', 'prototype', '__proto__'].includes(name)),
      ),
    );

const symbols = ['NFT_CT', 'A', 'B_1', 'CMDLINE'];

function loader(siblings: string[]): fc.Arbitrary<WrittenLoader> {
  const dependency = fc.oneof(
    attributePath.map((config) => ({ config })),
    ...(siblings.length > 0 ? [fc.constantFrom(...siblings)] : []),
  );
  return fc
    .record(
      {
        targets: fc.uniqueArray(moduleName, {
          minLength: 1,
          maxLength: 6,
          selector: (name) => name.replaceAll('-', '_'),
        }),
        description: nastyText(8).map((text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')),
        dependencies: fc.array(dependency, { maxLength: 3 }),
        parameters: named(
          moduleName,
          named(word(`${lower}_`, `${lower}${digits}_.-`, 8), parameterValue, 3),
          2,
        ),
        autostart: fc.boolean(),
        compat: fc.boolean(),
      },
      { requiredKeys: ['targets'] },
    )
    .map(
      ({ parameters, ...rest }) =>
        ({ ...rest, ...(parameters && !rest.compat && { parameters }) }) as WrittenLoader,
    );
}

/** Lists that are valid: one value for each symbol, dependencies on earlier loaders only. */
export const writtenList: fc.Arbitrary<WrittenList> = fc
  .tuple(
    fc.uniqueArray(loaderName, { minLength: 1, maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...symbols), symbolValue),
  )
  .chain(([names, values]) =>
    fc
      .tuple(
        ...names.map((_, index) => fc.tuple(loader(names.slice(0, index)), fc.subarray(Object.keys(values)))),
      )
      .map((loaders) => ({
        version: 1 as const,
        loaders: Object.fromEntries(
          loaders.map(([one, wanted], index) => [
            names[index]!,
            { ...one, kernelConfig: Object.fromEntries(wanted.map((symbol) => [symbol, values[symbol]!])) },
          ]),
        ),
      })),
  );
