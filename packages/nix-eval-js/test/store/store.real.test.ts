import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase16 } from '../../src/store/base32.ts';
import { type HashAlgorithm, hashBytes, hashOf, hashSizes } from '../../src/store/hash.ts';
import { hashNar, type NarSource } from '../../src/store/nar.ts';
import { convertHash, formatHash, type HashFormat } from '../../src/store/parse-hash.ts';
import { checkName, hashPlaceholder, makeFixedOutputPath, makeTextPath } from '../../src/store/paths.ts';
import { evaluate, evaluateAll, type Outcome, quote } from '../nix.ts';

const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(arbitrary, { seed, numRuns: count });
const algorithms = Object.keys(hashSizes) as HashAlgorithm[];

function outcome(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** A usage error is followed by a hint of where to read. */
const withoutHint = (result: Outcome | undefined): Outcome | undefined =>
  result !== undefined && 'error' in result ? { error: result.error.replace(/\nTry '[^\n]*$/, '') } : result;

const noPath = 'must be no longer';

describe('hashes as the real Nix', () => {
  it('of strings', () => {
    const strings = [
      '',
      'abc',
      ...sample(fc.string({ unit: fc.constantFrom('a', '\n', '"', '\xc3\xa9', '$'), maxLength: 200 }), 60),
    ];
    const outcomes = evaluateAll(
      strings.map(
        (text) => `[ ${algorithms.map((a) => `(builtins.hashString "${a}" ${quote(text)})`).join(' ')} ]`,
      ),
    );
    for (const [index, text] of strings.entries()) {
      expect({ value: algorithms.map((a) => toBase16(hashBytes(a, text))) }).toEqual(outcomes[index]);
    }
  });

  it('converted between all formats', () => {
    const formats: HashFormat[] = ['base16', 'nix32', 'base64', 'sri'];
    const cases = sample(
      fc.record({
        algorithm: fc.constantFrom(...algorithms),
        text: fc.string(),
        from: fc.constantFrom(...formats),
        to: fc.constantFrom(...formats, 'base32' as const),
        prefixed: fc.boolean(),
        named: fc.boolean(),
        upper: fc.boolean(),
      }),
      400,
    ).map(({ algorithm, text, from, to, prefixed, named, upper }) => {
      const hash = formatHash(hashOf(algorithm, text), from, prefixed);
      const known = named || (!prefixed && from !== 'sri');
      return {
        hash: upper && from === 'base16' && !prefixed ? hash.toUpperCase() : hash,
        to,
        algorithm: known ? algorithm : undefined,
      };
    });
    const outcomes = evaluateAll(
      cases.map(
        ({ hash, to, algorithm }) =>
          `builtins.convertHash { hash = ${quote(hash)}; toHashFormat = "${to}"; ${algorithm === undefined ? '' : `hashAlgo = "${algorithm}";`} }`,
      ),
    );
    for (const [index, { hash, to, algorithm }] of cases.entries()) {
      expect({ hash, to, value: convertHash(hash, to, algorithm) }).toEqual({ hash, to, ...outcomes[index] });
    }
  });

  it('refused in the same words', () => {
    const digest = formatHash(hashOf('sha256', 'x'), 'nix32');
    const cases: [hash: string, format: string, algorithm?: string][] = [
      ['abc', 'base16', 'sha256'],
      ['sha256-abc', 'base16'],
      ['sha256-abc', 'base16', 'sha1'],
      ['sha9-abc', 'base16'],
      ['sha9:abc', 'base16', 'sha8'],
      ['abc', 'base16'],
      ['abc', 'base17', 'sha256'],
      ['abc', 'base17', 'sha9'],
      ['', 'base16', 'md5'],
      ['', 'base16'],
      ['md5:', 'base16'],
      ['md5-', 'base16'],
      [':', 'base16', 'md5'],
      ['zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz', 'base16', 'md5'],
      ['zzzzzzzzzzzzzzzzzzzzzzzzzz', 'base16', 'md5'],
      ['eeeeeeeeeeeeeeeeeeeeeeeeee', 'base16', 'md5'],
      ['07777777777777777777777777', 'base16', 'md5'],
      ['87777777777777777777777777', 'base16', 'md5'],
      ['!!eeeeeeeeeeeeeeeeeeee==', 'base16', 'md5'],
      ['eeeeeeeeeeeeeeeeeeee====', 'base16', 'md5'],
      ['eeeeeeeeeeeeeeeeeeeeee==', 'base16', 'md5'],
      ['eeeeeeeeeeeeeeeeeeeeeeee', 'base16', 'md5'],
      ['md5-eeeeeeeeeeeeeeeeeeeeee', 'base16', 'md5'],
      ['md5-eeeeeeeeeee\neeeeeeeeeee=!', 'base16'],
      ['md5-eeee eeeeeeeeeeeeeeeeee', 'base16'],
      [`sha1:${digest}`, 'sri'],
      [`sha256:${digest}x`, 'sri'],
      [digest.toUpperCase(), 'sri', 'sha256'],
      [`SHA256:${digest}`, 'sri', 'sha256'],
    ];
    for (const [hash, format, algorithm] of cases) {
      const theirs = evaluate(
        `builtins.convertHash { hash = ${quote(hash)}; toHashFormat = "${format}"; ${algorithm === undefined ? '' : `hashAlgo = "${algorithm}";`} }`,
      );
      expect({ hash, ...outcome(() => convertHash(hash, format, algorithm)) }).toEqual({
        hash,
        ...withoutHint(theirs),
      });
    }
  });
});

describe('paths of texts as the real Nix', () => {
  it('with references', () => {
    const cases = sample(
      fc.record({
        name: fc.constantFrom('a', 'b.txt', '.x', 'x=?+_-', '1', 'a'.repeat(211)),
        text: fc.string({ unit: fc.constantFrom('a', '\n', '$', '\xc3\xa9') }),
        references: fc.subarray(['r1', 'r2', 'r3']),
      }),
      150,
    );
    const outcomes = evaluateAll(
      cases.map(
        ({ name, text, references }) =>
          `builtins.toFile ${quote(name)} (${[quote(text), ...references.map((r) => `(builtins.toFile "${r}" "${r}")`)].join(' + ')})`,
      ),
    );
    for (const [index, { name, text, references }] of cases.entries()) {
      const paths = references.map((r) => makeTextPath(r, r));
      expect({ value: makeTextPath(name, text + paths.join(''), paths) }).toEqual(outcomes[index]);
    }
  });

  it('with names that are refused', () => {
    const names = [
      '',
      '.',
      '..',
      '.-',
      '..-',
      '.-x',
      '..-x',
      '...',
      '.x',
      '..x',
      'a b',
      'a/b',
      'a:b',
      'a'.repeat(212),
      '-',
      '--',
      '-.',
      'a~',
      '.. ',
    ];
    for (const name of names) {
      const theirs = evaluate(`builtins.toFile ${quote(name)} "x"`);
      expect({ name, ...outcome(() => makeTextPath(name, 'x')) }).toEqual({ name, ...theirs });
    }
    expect(() => checkName('a'.repeat(212))).toThrow(noPath);
  });

  it('and placeholders', () => {
    for (const name of ['out', 'dev', 'x y', '']) {
      expect({ value: hashPlaceholder(name) }).toEqual(evaluate(`builtins.placeholder ${quote(name)}`));
    }
  });
});

const disk: NarSource = {
  kind: (path) => {
    const stat = lstatSync(path);
    return stat.isSymbolicLink()
      ? 'symlink'
      : stat.isDirectory()
        ? 'directory'
        : stat.isFile()
          ? 'regular'
          : 'unknown';
  },
  readFile: (path) => readFileSync(path),
  readLink: (path) => readlinkSync(path),
  readDir: (path) => readdirSync(path),
  isExecutable: (path) => (lstatSync(path).mode & 0o100) !== 0,
};

type Tree =
  | { kind: 'file'; text: string; mode: number }
  | { kind: 'link'; target: string }
  | { kind: 'dir'; entries: Record<string, Tree> };
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('file' as const),
      text: fc.string({ maxLength: 40 }),
      mode: fc.constantFrom(0o644, 0o755, 0o600, 0o654, 0o744),
    }),
    fc.record({ kind: fc.constant('link' as const), target: fc.constantFrom('x', '../y', '/nowhere') }),
    fc.record({
      kind: fc.constant('dir' as const),
      entries: fc.dictionary(
        fc.constantFrom('a', 'B', 'a.b', 'a-b', '.hidden', 'skip', 'z z', '10', '9'),
        tie('tree'),
        { maxKeys: 5 },
      ),
    }),
  ),
}));

function plant(path: string, one: Tree): void {
  if (one.kind === 'link') symlinkSync(one.target, path);
  else if (one.kind === 'file') {
    writeFileSync(path, one.text);
    chmodSync(path, one.mode);
  } else {
    mkdirSync(path);
    for (const [name, child] of Object.entries(one.entries)) plant(join(path, name), child);
  }
}

describe('paths of files as the real Nix', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nix-eval-js-nar-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('trees whole, filtered, and flat', () => {
    const trees = sample(
      // `builtins.path` follows a link at the root.
      tree.filter((one) => one.kind !== 'link'),
      80,
    );
    const expressions = trees.map((one, index) => {
      const path = join(folder, `t${index}`);
      plant(path, one);
      return `[ (builtins.path { path = ${path}; name = "t"; })
        (builtins.path { path = ${path}; name = "f"; filter = p: t: baseNameOf p != "skip" && t != "symlink"; })
        ${one.kind === 'file' ? `(builtins.path { path = ${path}; recursive = false; })` : 'null'} ]`;
    });
    // The dummy store takes no files in.
    const outcomes = evaluateAll(expressions, ['--store', join(folder, 'store')]);
    for (const [index, one] of trees.entries()) {
      const path = join(folder, `t${index}`);
      const whole = makeFixedOutputPath('recursive', hashNar(disk, path), 't');
      const kept = (p: string, kind: string): boolean => basename(p) !== 'skip' && kind !== 'symlink';
      const filtered = makeFixedOutputPath('recursive', hashNar(disk, path, kept), 'f');
      const flat =
        one.kind === 'file'
          ? makeFixedOutputPath(
              'flat',
              hashOf('sha256', one.text === '' ? '' : readFileSync(path)),
              `t${index}`,
            )
          : null;
      expect({ index, value: [whole, filtered, flat] }).toEqual({ index, ...outcomes[index] });
    }
  });
});
