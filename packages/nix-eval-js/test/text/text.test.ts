import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFloat, formatFloatFixed, formatFloatJson } from '../../src/text/float.ts';
import { decodeUtf8, encodeUtf8, fromBytes, invalidUtf8At, isUtf8, toBytes } from '../../src/text/utf8.ts';
import { compareVersions, parseDrvName, splitVersion } from '../../src/text/versions.ts';

describe('versions', () => {
  it('are cut into components', () => {
    expect(splitVersion('1.2.3-pre4a')).toEqual(['1', '2', '3', 'pre', '4', 'a']);
    expect(splitVersion('..')).toEqual([]);
  });

  it.each([
    ['1.0', '2.3', -1],
    ['2.3', '2.3', 0],
    ['2.3pre1', '2.3', -1],
    ['2.3a', '2.3.1', -1],
    ['2.3.1', '2.3c', 1],
    ['01', '1', 0],
  ])('%s against %s', (a, b, order) => {
    expect(compareVersions(a, b)).toBe(order);
    expect(compareVersions(b, a)).toBe(0 - order || 0);
  });

  it('part from their names', () => {
    expect(parseDrvName('nix-0.12pre12876')).toEqual({ name: 'nix', version: '0.12pre12876' });
    expect(parseDrvName('a-b-c')).toEqual({ name: 'a-b-c', version: '' });
    expect(parseDrvName('a-')).toEqual({ name: 'a-', version: '' });
  });
});

describe('floats', () => {
  it.each([
    [0, '0', '0.000000', '0.0'],
    [-0, '-0', '-0.000000', '-0.0'],
    [1.5, '1.5', '1.500000', '1.5'],
    [100000.5, '100000', '100000.500000', '100000.5'],
    [1e6, '1e+06', '1000000.000000', '1000000.0'],
    [1e-5, '1e-05', '0.000010', '1e-05'],
    [1e15, '1e+15', '1000000000000000.000000', '1e+15'],
    [0.0078125, '0.0078125', '0.007812', '0.0078125'],
    [999999.5, '1e+06', '999999.500000', '999999.5'],
    [Number.NaN, 'nan', 'nan', 'null'],
    [Number.NEGATIVE_INFINITY, '-inf', '-inf', 'null'],
  ])('%d', (x, printed, fixed, json) => {
    expect([formatFloat(x), formatFloatFixed(x), formatFloatJson(x)]).toEqual([printed, fixed, json]);
  });
});

describe('UTF-8', () => {
  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
        expect(isUtf8(encodeUtf8(text))).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect([...toBytes(fromBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it('is told from other bytes as a strict decoder does', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const tricky = fc.array(
      fc.constantFrom(
        0x41,
        0x80,
        0xa0,
        0x9f,
        0xbf,
        0xc0,
        0xc2,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
        0x8f,
        0x90,
      ),
    );
    fc.assert(
      fc.property(tricky, (codes) => {
        const bytes = Uint8Array.from(codes);
        let valid = true;
        try {
          strict.decode(bytes);
        } catch {
          valid = false;
        }
        expect(invalidUtf8At(fromBytes(bytes)) < 0).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });
});
