import { describe, expect, it } from 'vitest';
import {
  fromBase16,
  fromBase64,
  fromNixBase32,
  toBase16,
  toBase64,
  toNixBase32,
} from '../../src/store/base32.ts';
import {
  type Derivation,
  DerivationError,
  hashDerivationModulo,
  makeDerivation,
  parseATerm,
  toATerm,
} from '../../src/store/derivation.ts';
import { hashBytes, hashOf } from '../../src/store/hash.ts';
import { hashNar, NarError, type NarSource } from '../../src/store/nar.ts';
import { convertHash, HashError, parseHash, parseHashAllowEmpty } from '../../src/store/parse-hash.ts';
import {
  hashPart,
  hashPlaceholder,
  isStorePath,
  makeFixedOutputPath,
  makeTextPath,
  namePart,
  StorePathError,
} from '../../src/store/paths.ts';

describe('hashes', () => {
  it('go through all encodings and back', () => {
    for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512'] as const) {
      const bytes = hashBytes(algorithm, 'some text');
      expect(fromBase16(toBase16(bytes))).toEqual(bytes);
      expect(fromNixBase32(toNixBase32(bytes), bytes.length)).toEqual(bytes);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }
  });

  it('are converted and refused', () => {
    expect(convertHash('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', 'base16')).toBe(
      toBase16(hashBytes('sha256', '')),
    );
    expect(() => parseHash('abc')).toThrow(HashError);
    expect(() => parseHash('sha9:abc')).toThrow(
      "unknown hash algorithm 'sha9', expect 'md5', 'sha1', 'sha256', or 'sha512'",
    );
    expect(parseHashAllowEmpty('', 'sha1').bytes).toEqual(new Uint8Array(20));
    expect(() => parseHashAllowEmpty('')).toThrow('empty hash requires explicit hash algorithm');
  });
});

describe('store paths', () => {
  it('of a text and a placeholder are those of the real Nix', () => {
    expect(makeTextPath('.x', 'x')).toBe('/nix/store/1x49d9g8znzikskxdsx7k6kk2qzcdrps-.x');
    expect(hashPlaceholder('out')).toBe('/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9');
  });

  it('have parts', () => {
    const path = '/nix/store/1x49d9g8znzikskxdsx7k6kk2qzcdrps-a-b';
    expect([hashPart(path), namePart(path), isStorePath(path)]).toEqual([
      '1x49d9g8znzikskxdsx7k6kk2qzcdrps',
      'a-b',
      true,
    ]);
    expect(isStorePath(`${path}/bin`)).toBe(false);
    expect(isStorePath('/nix/store/ex49d9g8znzikskxdsx7k6kk2qzcdrps-x')).toBe(false);
  });

  it('refuse names', () => {
    expect(() => makeTextPath('a b', 'x')).toThrow(StorePathError);
    expect(() => makeFixedOutputPath('flat', hashOf('md5', ''), '')).toThrow('name must not be empty');
  });
});

const memory: NarSource = {
  kind: (path) =>
    path === '/d' ? 'directory' : path === '/d/l' ? 'symlink' : path === '/d/p' ? 'fifo' : 'regular',
  readFile: () => 'hello',
  readLink: () => 'target',
  readDir: () => ['p', 'l', 'f'],
  isExecutable: () => true,
};

describe('archives', () => {
  it('leave out what is filtered, refuse what is no file', () => {
    expect(() => hashNar(memory, '/d')).toThrow(new NarError("file '/d/p' has an unsupported type"));
    const seen: string[] = [];
    const filtered = hashNar(memory, '/d', (path, kind) => {
      seen.push(`${path} ${kind}`);
      return kind !== 'fifo';
    });
    expect(seen).toEqual(['/d/f regular', '/d/l symlink', '/d/p fifo']);
    expect(filtered).not.toEqual(hashNar(memory, '/d/f'));
  });
});

const recipe: Omit<Derivation, 'outputs'> = {
  name: 'x',
  inputDrvs: new Map(),
  inputSrcs: new Set(),
  platform: 's',
  builder: 'b',
  args: ['-c', 'a "quoted"\nline\\'],
  env: new Map([
    ['name', 'x'],
    ['system', 's'],
    ['builder', 'b'],
  ]),
};
const none = (path: string): never => {
  throw new Error(path);
};

describe('derivations', () => {
  it('have the path of the real Nix', () => {
    const { path } = makeDerivation({ ...recipe, args: [] }, ['out'], { kind: 'input-addressed' }, none);
    expect(path).toBe('/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv');
  });

  it('are read as they are written', () => {
    for (const addressing of [
      { kind: 'input-addressed' },
      { kind: 'fixed', method: 'recursive', hash: hashOf('sha1', '') },
      { kind: 'floating', method: 'flat', algorithm: 'sha256' },
      { kind: 'impure', method: 'recursive', algorithm: 'sha256' },
    ] as const) {
      const { drv } = makeDerivation(recipe, ['out'], addressing, none);
      expect(parseATerm(toATerm(drv), 'x')).toEqual(drv);
    }
  });

  it('with a fixed output hash alike however they fetch', () => {
    const fixed = { kind: 'fixed', method: 'flat', hash: hashOf('sha256', 'x') } as const;
    const one = hashDerivationModulo(makeDerivation(recipe, ['out'], fixed, none).drv, none);
    const other = hashDerivationModulo(
      makeDerivation({ ...recipe, builder: 'c' }, ['out'], fixed, none).drv,
      none,
    );
    expect(one).toEqual(other);
  });

  it('that are none are refused', () => {
    const text = toATerm(makeDerivation(recipe, ['out'], { kind: 'input-addressed' }, none).drv);
    for (let end = 0; end < text.length; end += 7)
      expect(() => parseATerm(text.slice(0, end), 'x')).toThrow(DerivationError);
    expect(() => parseATerm(`${text} `, 'x')).toThrow(DerivationError);
  });
});
