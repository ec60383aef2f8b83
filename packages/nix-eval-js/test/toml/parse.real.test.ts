import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseToml, TomlError, type TomlValue } from '../../src/toml/parse.ts';
import { evaluate, evaluateAll, type Outcome, quote } from '../nix.ts';
import { document, noise, oneValue, soundDocument } from './documents.ts';

const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(arbitrary, { seed, numRuns: count });

/** As JSON that tells floats, also those that JSON has no number for. */
function plain(value: TomlValue): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object')
    return 'float' in value ? { float: floatText(value.float) } : { datetime: true };
  return value;
}

const floatText = (x: number): string => (Number.isFinite(x) ? String(x) : 'special');

function ours(text: string): unknown {
  try {
    return plain(parseToml(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return 'error';
  }
}

/** Reads what the real Nix made of it in the same form. */
const show = `v:
  let show = v:
    if builtins.isInt v then toString v
    else if builtins.isFloat v then { float = if builtins.toJSON v == "null" then "special" else { num = v; }; }
    else if builtins.isAttrs v && v ? _type then { datetime = true; }
    else if builtins.isAttrs v then builtins.mapAttrs (_: show) v
    else if builtins.isList v then map show v
    else v;
  in show v`;

function theirs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(theirs);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (key === 'float' && typeof item === 'object' && item !== null && 'num' in item)
          return [key, String(item.num)];
        return [key, theirs(item)];
      }),
    );
  }
  return value;
}

function compare(texts: readonly string[]): { valid: number; differences: unknown[] } {
  const all = [...new Set(texts)].filter((text) => !text.includes('\0'));
  const differences: unknown[] = [];
  let valid = 0;
  // Those that we take go in large batches; of the refused ones each is one process.
  const mine = all.map((text) => ({ text, ours: ours(text) }));
  const taken = mine.filter((m) => m.ours !== 'error');
  const refused = mine.filter((m) => m.ours === 'error').slice(0, 120);
  for (const group of [taken, refused]) {
    const expressions = group.map(({ text }) => `(${show}) (builtins.fromTOML ${quote(text)})`);
    const options = ['--store', 'dummy://', '--extra-experimental-features', 'parse-toml-timestamps'];
    const outcomes: Outcome[] =
      group === taken
        ? evaluateAll(expressions, options)
        : expressions.map((expression) => evaluate(expression, options));
    for (const [index, one] of group.entries()) {
      const outcome = outcomes[index]!;
      const real = 'value' in outcome ? theirs(outcome.value) : 'error';
      if (real !== 'error') valid++;
      if (JSON.stringify(sortKeys(real)) !== JSON.stringify(sortKeys(one.ours))) {
        differences.push({
          text: one.text,
          ours: JSON.stringify(one.ours),
          real: JSON.stringify(real),
          message: 'error' in outcome ? outcome.error.slice(0, 200) : '',
        });
      }
    }
  }
  return { valid, differences };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, sortKeys(v)]),
    );
  }
  return value;
}

describe('fromTOML as the real Nix', () => {
  it('of values', () => {
    const { valid, differences } = compare(sample(oneValue, 900));
    expect(differences).toEqual([]);
    expect(valid).toBeGreaterThan(80);
  });

  it('of documents that are mostly valid', () => {
    const { valid, differences } = compare(sample(soundDocument, 3000));
    expect(differences).toEqual([]);
    expect(valid).toBeGreaterThan(1500);
  });

  it('of documents', () => {
    const { valid, differences } = compare(sample(document, 700));
    expect(differences).toEqual([]);
    expect(valid).toBeGreaterThan(50);
  });

  it('of noise', () => {
    const { differences } = compare(sample(noise, 300).filter((text) => /^[\x01-\x7f]*$/.test(text)));
    expect(differences).toEqual([]);
  });
});
