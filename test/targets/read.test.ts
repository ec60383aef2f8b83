import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { severities } from '../../src/diagnostics/codes.ts';
import { Failure } from '../../src/diagnostics/diagnostic.ts';
import { readTargetList } from '../../src/targets/read.ts';
import { writtenList } from '../arbitrary.ts';

function failure(text: string): Failure {
  try {
    readTargetList(text, 'kmod.yaml');
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('there was nothing wrong');
}

test('a loader has the defaults of the design', () => {
  const { list, warnings } = readTargetList('version: 1\nloaders: { a: { targets: [nft_ct] } }', 'x');
  expect(warnings).toEqual([]);
  expect(list.loaders).toEqual([
    {
      name: 'a',
      targets: ['nft_ct'],
      dependencies: [],
      parameters: new Map(),
      kernelConfig: new Map(),
      autostart: true,
      compat: false,
    },
  ]);
});

test('values that look like numbers stay as they are written', () => {
  const text = `version: 1
kernel: { series: 6.10, arch: mips }
loaders:
  a:
    targets: [nft_ct]
    parameters: { m: { mode: 0644, ratio: 1.50, on: true, none: ~x, octal: 0o17, big: 12345678901234567890 } }
    kernelConfig: { A: y, B: 0x10, C: 010, D: '"q"', E: 1 }
`;
  const { list } = readTargetList(text, 'x');
  expect(list.kernel).toEqual({ series: '6.10', arch: 'mips' });
  const [loader] = list.loaders;
  expect([...loader!.parameters.get('m')!.values()]).toEqual([
    ...['0644', '1.50', 'true', '~x', '0o17', '12345678901234567890'],
  ]);
  expect([...loader!.kernelConfig.values()]).toEqual(['y', '0x10', '010', '"q"', '1']);
});

test('JSON is read as YAML is', () => {
  const json = '{"version":1,"loaders":{"a":{"targets":["nft_ct"],"parameters":{"m":{"n":10}}}}}';
  const { list } = readTargetList(json, 'kmod.json');
  expect(list.loaders[0]?.parameters.get('m')?.get('n')).toBe('10');
});

test('an anchor can be used where its value could stand', () => {
  const text = 'version: 1\nloaders:\n  a: { targets: &t [nft_ct, nft_masq] }\n  b: { targets: *t }\n';
  expect(readTargetList(text, 'x').list.loaders.map(({ targets }) => targets)).toEqual([
    ['nft_ct', 'nft_masq'],
    ['nft_ct', 'nft_masq'],
  ]);
});

test('aliases that multiply end in an error, soon', () => {
  const lines = ['version: 1', 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  const started = Date.now();
  expect(failure(lines.join('\n')).diagnostics[0]?.code).toBe('yaml-syntax');
  expect(Date.now() - started).toBeLessThan(20_000);
});

test('an alias to what contains it ends in an error', () => {
  expect(failure('version: 1\nloaders: &l\n  a: *l\n').diagnostics.length).toBeGreaterThan(0);
});

test('deep nesting ends in an error', () => {
  for (const depth of [100, 10_000, 200_000]) {
    expect(failure(`version: 1\nloaders: ${'['.repeat(depth)}`).diagnostics[0]?.code).toBe('yaml-syntax');
    expect(
      failure(`version: 1\nloaders: ${'{a: '.repeat(depth)}${'}'.repeat(depth)}`).diagnostics.length,
    ).toBeGreaterThan(0);
  }
});

test('names of 10,000 characters are refused with a message that fits a terminal', () => {
  const long = 'a'.repeat(10_000);
  const { diagnostics } = failure(`version: 1\nloaders:\n  ? ${long}\n  : { targets: [${long}] }\n`);
  expect(diagnostics.map(({ code }) => code)).toEqual(['invalid-loader-name', 'invalid-module-name']);
  for (const { message } of diagnostics) expect(message.length).toBeLessThan(120);
});

test('a list of 5,000 loaders that all wait for the next is no stack overflow, and its cycle is found', () => {
  const chain = (last: string) =>
    `version: 1\nloaders:\n${Array.from({ length: 5_000 }, (_, i) => `  l${i}: { targets: [a], dependencies: [${i < 4_999 ? `l${i + 1}` : last}] }`).join('\n')}`;
  expect(failure(chain('l0')).diagnostics.map(({ code }) => code)).toEqual(['loader-cycle']);
  expect(readTargetList(chain('config: x').replace('[config: x]', '[]'), 'x').list.loaders).toHaveLength(
    5_000,
  );
});

test('all mistakes are reported at once, in the order of the text', () => {
  const { diagnostics } = failure(`version: 1
loaders:
  a: { targets: [8021], colour: red }
  b: { targets: [], autostart: 7 }
  c: { targets: [nft_ct, nft-ct], dependencies: [d] }
`);
  expect(diagnostics.map(({ code, range }) => `${range?.start.line} ${code}`)).toEqual([
    ...['3 wrong-type', '3 unknown-field', '4 empty-list', '4 wrong-type'],
    ...['5 duplicate-after-folding', '5 unknown-dependency'],
  ]);
});

test('a valid list means the same in YAML, in JSON and read twice', () => {
  fc.assert(
    fc.property(writtenList, (written) => {
      const fromYaml = readTargetList(stringify(written), 'x').list;
      const fromJson = readTargetList(JSON.stringify(written), 'x').list;
      expect(fromYaml).toEqual(fromJson);
      expect(fromYaml.loaders.map(({ name }) => name)).toEqual(Object.keys(written.loaders));
      for (const loader of fromYaml.loaders)
        expect(loader.targets).toEqual(written.loaders[loader.name]!.targets);
    }),
    { numRuns: 500 },
  );
});

const examples = ['firewall', 'wifi-router', 'minimal'].map((name) =>
  readFileSync(new URL(`../../examples/${name}/kmod.yaml`, import.meta.url), 'utf8'),
);

/** A text with some of its pieces dropped, doubled or exchanged for others. */
const mutated = fc
  .tuple(
    fc.constantFrom(...examples).map((text) => text.split(/\b/)),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('drop', 'double', 'replace'),
        fc.oneof(
          fc.constantFrom(
            ':',
            '- ',
            '[',
            '{',
            '}',
            ']',
            '&a ',
            '*a',
            '!!str ',
            '|',
            '>',
            '\t',
            '\0',
            '---\n',
            '"',
            "'",
            '#',
            '%',
            '? ',
            '<<',
            '~',
            '1e9',
          ),
          fc.string({ maxLength: 3 }),
        ),
      ),
      { minLength: 1, maxLength: 8 },
    ),
  )
  .map(([pieces, changes]) => {
    const text = [...pieces];
    for (const [where, how, piece] of changes) {
      const at = where % text.length;
      if (how === 'drop') text[at] = '';
      else if (how === 'double') text[at] += text[at]!;
      else text[at] = piece;
    }
    return text.join('');
  });

test('any text at all is a list or a set of mistakes with places in it', () => {
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
      try {
        readTargetList(text, 'x');
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        expect(error.diagnostics.length).toBeGreaterThan(0);
        for (const { code, message, range } of error.diagnostics) {
          expect(severities).toHaveProperty(code);
          expect(message).not.toMatch(/undefined|\[object/);
          if (!range) continue;
          expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
          expect(range.end.offset).toBeLessThanOrEqual(text.length);
          expect(range.start.line).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 5_000 },
  );
});
