import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Addressing,
  type Derivation,
  hashDerivationModulo,
  type ModuloHash,
  makeDerivation,
  parseATerm,
  toATerm,
} from '../../src/store/derivation.ts';
import { hashOf } from '../../src/store/hash.ts';
import { formatHash } from '../../src/store/parse-hash.ts';
import {
  hashPlaceholder,
  type IngestionMethod,
  makeTextPath,
  unknownOutputPlaceholder,
} from '../../src/store/paths.ts';
import { evaluate, quote } from '../nix.ts';

const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);

/** A part of a string: text, an output of an earlier derivation, a file, a placeholder. */
type Part =
  | { readonly text: string }
  | { readonly drv: number; readonly output: number }
  | { readonly file: string }
  | { readonly own: number };

/** A derivation to be made twice: as an expression, and as a Derivation. */
interface Plan {
  readonly name: string;
  readonly outputs: readonly string[];
  readonly addressing: 'input' | 'flat' | 'recursive' | 'sha1' | 'md5' | 'text' | 'ca' | 'ca-flat' | 'impure';
  readonly args: readonly (readonly Part[])[];
  readonly env: Readonly<Record<string, readonly Part[]>>;
  readonly structured: boolean;
}

const part: fc.Arbitrary<Part> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      text: fc.string({
        unit: fc.constantFrom('a', 'B', ' ', '\n', '"', '\\', '$', '\t', '/', 'é', '\r'),
        maxLength: 6,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ drv: fc.nat(1000), output: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ file: fc.constantFrom('one', 'two') }) },
  { weight: 1, arbitrary: fc.record({ own: fc.nat(5) }) },
);
const parts = fc.array(part, { maxLength: 3 });
const plan: fc.Arbitrary<Plan> = fc.record({
  name: fc.constantFrom('hello-1.0', 'x', 'a+b', 'lib_c.so', 'q?=', '.dot', 'n-dev'),
  outputs: fc.constantFrom(['out'], ['out'], ['out', 'dev'], ['bin', 'out', 'lib'], ['lib']),
  addressing: fc.constantFrom(
    'input',
    'input',
    'input',
    'input',
    'flat',
    'recursive',
    'sha1',
    'md5',
    'text',
    'ca',
    'ca-flat',
    'impure',
  ) as fc.Arbitrary<Plan['addressing']>,
  args: fc.array(parts, { maxLength: 2 }),
  env: fc.dictionary(fc.constantFrom('A', 'b', 'buildInputs', 'z z', 'PATH', '_x', 'src'), parts, {
    maxKeys: 4,
  }),
  structured: fc.boolean(),
});

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Fixed outputs have the one output, and content-addressed inputs suit no plain fixed one. */
function tidy(one: Plan): Plan {
  const fixed = ['flat', 'recursive', 'sha1', 'md5', 'text'].includes(one.addressing);
  return { ...one, outputs: fixed ? ['out'] : one.outputs };
}

const fixedHash = { flat: 'sha256', recursive: 'sha256', sha1: 'sha1', md5: 'md5', text: 'sha256' } as const;
const fixedMethod: Record<string, IngestionMethod> = {
  flat: 'flat',
  recursive: 'recursive',
  sha1: 'recursive',
  md5: 'flat',
  text: 'text',
};
const modes: Record<string, string> = {
  flat: 'flat',
  recursive: 'recursive',
  sha1: 'recursive',
  md5: 'flat',
  text: 'text',
};

function addressing(one: Plan): Addressing {
  if (one.addressing === 'input') return { kind: 'input-addressed' };
  if (one.addressing === 'ca') return { kind: 'floating', method: 'recursive', algorithm: 'sha256' };
  if (one.addressing === 'ca-flat') return { kind: 'floating', method: 'flat', algorithm: 'sha1' };
  if (one.addressing === 'impure') return { kind: 'impure', method: 'recursive', algorithm: 'sha256' };
  return {
    kind: 'fixed',
    method: fixedMethod[one.addressing]!,
    hash: hashOf(fixedHash[one.addressing], one.name),
  };
}

/** The attributes that ask for this addressing. */
function attributes(one: Plan): Record<string, string | boolean> {
  const how = addressing(one);
  if (how.kind === 'fixed') {
    return {
      outputHash: formatHash(how.hash, 'base16'),
      outputHashAlgo: how.hash.algorithm,
      outputHashMode: modes[one.addressing]!,
    };
  }
  if (one.addressing === 'ca') return { __contentAddressed: true };
  if (one.addressing === 'ca-flat')
    return { __contentAddressed: true, outputHashMode: 'flat', outputHashAlgo: 'sha1' };
  if (one.addressing === 'impure') return { __impure: true };
  return {};
}

interface Made {
  readonly drv: Derivation;
  readonly path: string;
  readonly plan: Plan;
}

function expression(one: Plan, index: number, plans: readonly Plan[]): string {
  const string = (all: readonly Part[]): string =>
    all
      .map((p) => {
        if ('text' in p) return quote(bytes(p.text));
        if ('file' in p) return `(builtins.toFile ${quote(p.file)} ${quote(`content of ${p.file}`)})`;
        if ('own' in p) return `(builtins.placeholder ${quote(one.outputs[p.own % one.outputs.length]!)})`;
        if (index === 0) return '""';
        const other = p.drv % index;
        const outputs = plans[other]!.outputs;
        return `"\${d${other}.${outputs[p.output % outputs.length]}}"`;
      })
      .join(' + ') || '""';
  const set = [
    `name = ${quote(one.name)}; system = "x86_64-linux"; builder = "/bin/sh";`,
    `args = [ ${one.args.map((arg) => `(${string(arg)})`).join(' ')} ];`,
    one.outputs.length === 1 && one.outputs[0] === 'out'
      ? ''
      : `outputs = [ ${one.outputs.map(quote).join(' ')} ];`,
    one.structured ? '__structuredAttrs = true;' : '',
    ...Object.entries(attributes(one)).map(
      ([key, value]) => `${key} = ${typeof value === 'string' ? quote(value) : value};`,
    ),
    ...Object.entries(one.env).map(([key, value]) => `${quote(key)} = ${string(value)};`),
  ];
  return `d${index} = derivation { ${set.join(' ')} };`;
}

function build(plans: readonly Plan[]): Made[] {
  const made: Made[] = [];
  const hashes = new Map<string, ModuloHash>();
  const lookup = (path: string): ModuloHash => {
    const known = hashes.get(path);
    if (known !== undefined) return known;
    const hash = hashDerivationModulo(made.find((m) => m.path === path)!.drv, lookup);
    hashes.set(path, hash);
    return hash;
  };
  for (const [index, one] of plans.entries()) {
    const inputDrvs = new Map<string, Set<string>>();
    const inputSrcs = new Set<string>();
    const string = (all: readonly Part[]): string =>
      all
        .map((p) => {
          if ('text' in p) return bytes(p.text);
          if ('file' in p) {
            const path = makeTextPath(p.file, `content of ${p.file}`);
            inputSrcs.add(path);
            return path;
          }
          if ('own' in p) return hashPlaceholder(one.outputs[p.own % one.outputs.length]!);
          if (index === 0) return '';
          const other = made[p.drv % index]!;
          const name = other.plan.outputs[p.output % other.plan.outputs.length]!;
          inputDrvs.set(other.path, (inputDrvs.get(other.path) ?? new Set()).add(name));
          const output = other.drv.outputs.get(name)!;
          return 'path' in output ? output.path : unknownOutputPlaceholder(other.path, name);
        })
        .join('');
    const args = one.args.map(string);
    const values: Record<string, string | boolean | readonly string[]> = {
      name: one.name,
      system: 'x86_64-linux',
      builder: '/bin/sh',
      // The two that ask for other addressing do not become part of the derivation.
      ...Object.fromEntries(Object.entries(attributes(one)).filter(([key]) => !key.startsWith('__'))),
      ...Object.fromEntries(Object.entries(one.env).map(([key, value]) => [key, string(value)])),
      ...(one.outputs.length === 1 && one.outputs[0] === 'out' ? {} : { outputs: one.outputs }),
    };
    const env = new Map<string, string>();
    if (one.structured) {
      const object = Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
      env.set('__json', JSON.stringify(object));
    } else {
      for (const [key, value] of Object.entries(values)) {
        env.set(key, value === true ? '1' : Array.isArray(value) ? value.join(' ') : (value as string));
      }
    }
    const recipe = {
      name: one.name,
      inputDrvs,
      inputSrcs,
      platform: 'x86_64-linux',
      builder: '/bin/sh',
      args,
      env,
    };
    const { drv, path } = makeDerivation(recipe, one.outputs, addressing(one), lookup);
    made.push({ drv, path, plan: one });
  }
  return made;
}

describe('derivations as the real Nix', () => {
  let store = '';
  beforeAll(() => {
    store = mkdtempSync(join(tmpdir(), 'nix-eval-js-store-'));
  });
  afterAll(() => rmSync(store, { recursive: true, force: true }));

  it.each([1, 2, 3, 4, 5])('have the same paths and text, series %i', (series) => {
    const plans = fc.sample(plan, { seed: seed * 100 + series, numRuns: 60 }).map(tidy);
    const made = build(plans);
    const text = `let ${plans.map(expression).join('\n')} in [ ${plans
      .map(
        (one, i) =>
          `{ drvPath = d${i}.drvPath; outputs = [ ${one.outputs.map((o) => `d${i}.${o}.outPath`).join(' ')} ]; }`,
      )
      .join('\n')} ]`;
    const outcome = evaluate(text, [
      '--read-write-mode',
      '--store',
      store,
      '--extra-experimental-features',
      'ca-derivations impure-derivations dynamic-derivations',
    ]);
    expect(outcome).toHaveProperty('value');
    const theirs = (outcome as { value: { drvPath: string; outputs: string[] }[] }).value;
    for (const [index, { drv, path, plan: one }] of made.entries()) {
      const real = theirs[index]!;
      const aterm = readFileSync(store + real.drvPath, 'latin1');
      expect(toATerm(drv)).toBe(aterm);
      expect(path).toBe(real.drvPath);
      const outputs = one.outputs.map((name) => {
        const output = drv.outputs.get(name)!;
        return 'path' in output ? output.path : unknownOutputPlaceholder(path, name);
      });
      expect(outputs).toEqual(real.outputs);
      expect(toATerm(parseATerm(aterm, one.name))).toBe(aterm);
    }
  });
});
