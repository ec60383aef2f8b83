import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../src/diagnostics/diagnostic.ts';
import { formatManifest, hash, type Manifest, parseManifest } from '../../src/output/manifest.ts';

const digit = '0123456789abcdef';
const digest = fc.string({ unit: fc.constantFrom(...digit), minLength: 64, maxLength: 64 });
const loader = fc
  .tuple(
    fc.constantFrom(...'abcxyz'),
    fc.string({ unit: fc.constantFrom(...'abcxyz019-'), maxLength: 62 }),
    fc.constantFrom('/default.nix', '/module.nix'),
  )
  .map((parts) => parts.join(''));
const path = fc.oneof(fc.constantFrom('default.nix', 'modules.nix'), loader);
const manifest: fc.Arbitrary<Manifest> = fc.record({
  source: fc.oneof(fc.constantFrom('-', 'arguments', '../kmod.yaml'), fc.string({ unit: 'binary' })),
  files: fc.uniqueArray(fc.tuple(path, digest), { selector: ([name]) => name }).map((each) => new Map(each)),
});

/** What comes of a text: a manifest, or the code of the failure; any other error is a bug. */
function read(text: string): Manifest | string {
  try {
    return parseManifest(text, 'FILE');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.diagnostics).toHaveLength(1);
    const [{ code, file, message, hint }] = error.diagnostics as [Failure['diagnostics'][0]];
    expect(file).toBe('FILE');
    expect(message.length).toBeLessThan(300);
    expect(hint).toContain('--force');
    return code;
  }
}

/** Whether it is what the type says, with paths that only name files gen-kmod writes. */
function expectSound({ source, files }: Manifest): void {
  expect(typeof source).toBe('string');
  for (const [name, value] of files) {
    expect(name).toMatch(/^([a-z][a-z0-9-]*\/)?(default|module|modules)\.nix$/);
    expect(value).toMatch(/^[0-9a-f]{64}$/);
    expect(typeof value).toBe('string');
  }
}

test('what is written is read back, whatever the names', () => {
  fc.assert(
    fc.property(manifest, (written) => {
      expect(parseManifest(formatManifest(written), 'FILE')).toEqual(written);
    }),
  );
});

test('the order in which files were made leaves no trace', () => {
  fc.assert(
    fc.property(manifest, ({ source, files }) => {
      const turned = new Map([...files].reverse());
      expect(formatManifest({ source, files: turned })).toBe(formatManifest({ source, files }));
    }),
  );
});

test('any text is a manifest or no manifest, and nothing worse', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each).toString('utf8'));
  fc.assert(
    fc.property(fc.oneof(bytes, fc.string({ unit: 'binary' }), fc.json()), (text) => {
      expect(read(text)).toBe('bad-manifest');
    }),
    { numRuns: 500 },
  );
});

test('any object in the place of a manifest is a sound one, or no manifest', () => {
  const anything = fc.anything({ withNullPrototype: true, maxDepth: 3 });
  const near = fc.record(
    {
      format: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, anything),
      source: fc.oneof({ weight: 5, arbitrary: fc.string() }, anything),
      files: fc.oneof(
        fc.dictionary(fc.oneof(path, fc.string()), fc.oneof(digest, anything)),
        fc.dictionary(path, fc.oneof(digest, fc.array(digest, { maxLength: 1 }))),
        anything,
      ),
    },
    { requiredKeys: [] },
  );
  let sound = 0;
  fc.assert(
    fc.property(near, (value) => {
      const result = read(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each)));
      if (typeof result === 'string') {
        expect(result).toBe('bad-manifest');
      } else {
        sound++;
        expectSound(result);
      }
    }),
    { numRuns: 1000 },
  );
  expect(sound).toBeGreaterThan(10);
});

test('one byte that is wrong is noticed, or is in a name or a hash', () => {
  fc.assert(
    fc.property(manifest, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (written, at, other) => {
      const text = formatManifest(written);
      const place = at % text.length;
      const result = read(text.slice(0, place) + other + text.slice(place + 1));
      if (typeof result === 'string') expect(result).toBe('bad-manifest');
      else expectSound(result);
    }),
  );
});

test.each([
  '../x',
  '../default.nix',
  '/etc/passwd',
  '/default.nix',
  'a/../../b',
  'a/../default.nix',
  './default.nix',
  '.git/config',
  '.gen-kmod.json',
  'a//default.nix',
  'a/b/default.nix',
  'a\\default.nix',
  'a/default.nix\n',
  'a/default.nix\u0000',
  'A/default.nix',
  'a/README.md',
  'modules/',
  '',
  '__proto__',
  'constructor',
])('a manifest that lists %j is none', (name) => {
  const text = `{"format":1,"source":"-","files":{${JSON.stringify(name)}:"${hash('')}"}}`;
  expect(read(text)).toBe('bad-manifest');
});

test.each([
  ['an empty file', ''],
  ['nothing', 'null'],
  ['an array', '[]'],
  ['a format of the future', '{"format":2,"source":"-","files":{}}'],
  ['a format in quotes', '{"format":"1","source":"-","files":{}}'],
  ['no format', '{"source":"-","files":{}}'],
  ['no source', '{"format":1,"files":{}}'],
  ['a source that is a number', '{"format":1,"source":1,"files":{}}'],
  ['no files', '{"format":1,"source":"-"}'],
  ['files that are null', '{"format":1,"source":"-","files":null}'],
  ['files that are text', '{"format":1,"source":"-","files":"x"}'],
  ['a hash in an array', `{"format":1,"source":"-","files":{"default.nix":["${hash('')}"]}}`],
  ['a hash in capitals', `{"format":1,"source":"-","files":{"default.nix":"${hash('').toUpperCase()}"}}`],
  ['half a hash', '{"format":1,"source":"-","files":{"default.nix":"deadbeef"}}'],
  ['more brackets than a stack holds', `{"format":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['a format that fills the screen', `{"format":"${'x'.repeat(100_000)}"}`],
  ['a merge conflict', '<<<<<<< HEAD\n{"format":1}\n=======\n'],
])('%s is no manifest', (_, text) => {
  expect(read(text)).toBe('bad-manifest');
});
