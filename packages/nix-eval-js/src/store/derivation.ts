/**
 * Derivations: what `builtins.derivationStrict` makes, and how its paths follow
 * from it.
 *
 * An output's path is a hash of how it is built. That must not change when a
 * source is only fetched in another way, so inputs with a fixed output count by
 * the output's hash, not by their recipe: the hash "modulo" fixed outputs. It
 * goes through all inputs, which is why {@link hashDerivationModulo} asks for
 * the inputs' hashes; keep them by path and each derivation is hashed once.
 *
 * A derivation whose outputs are known only after building (content-addressed,
 * impure) makes everything that depends on it "deferred": no paths yet, and
 * placeholders where they would stand.
 */

import { DerivationError, DerivationText } from './aterm.ts';
import { toBase16 } from './base32.ts';
import { type Hash, type HashAlgorithm, hashBytes } from './hash.ts';
import {
  hashPlaceholder,
  type IngestionMethod,
  makeFixedOutputPath,
  makeOutputPath,
  makeTextPath,
  methodPrefix,
  outputPathName,
  storeDir,
} from './paths.ts';

export { DerivationError, parseATerm, toATerm } from './aterm.ts';

export type DerivationOutput =
  | { readonly kind: 'input-addressed'; readonly path: string }
  | { readonly kind: 'fixed'; readonly method: IngestionMethod; readonly hash: Hash; readonly path: string }
  | { readonly kind: 'floating'; readonly method: IngestionMethod; readonly algorithm: HashAlgorithm }
  | { readonly kind: 'impure'; readonly method: IngestionMethod; readonly algorithm: HashAlgorithm }
  | { readonly kind: 'deferred' };

/** A derivation. All strings are byte strings; the order of maps and sets does not matter. */
export interface Derivation {
  readonly name: string;
  readonly outputs: ReadonlyMap<string, DerivationOutput>;
  /** Paths of .drv files, each with the outputs that are used. */
  readonly inputDrvs: ReadonlyMap<string, ReadonlySet<string>>;
  readonly inputSrcs: ReadonlySet<string>;
  readonly platform: string;
  readonly builder: string;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
}

/** The hash of a derivation modulo fixed outputs: one for each output, in base 16. */
export interface ModuloHash {
  /** Deferred: the paths are not known before something has been built. */
  readonly kind: 'regular' | 'deferred';
  readonly outputs: ReadonlyMap<string, string>;
}

/** Answers the hash of an input derivation by its path. */
export type ModuloLookup = (drvPath: string) => ModuloHash;

function everyOutput(drv: Derivation, kind: DerivationOutput['kind']): boolean {
  return drv.outputs.size > 0 && [...drv.outputs.values()].every((output) => output.kind === kind);
}

/** The hash of a finished derivation, for those that have it as an input. */
export function hashDerivationModulo(drv: Derivation, lookup: ModuloLookup): ModuloHash {
  return hashModulo(drv, lookup, false, new DerivationText(drv));
}

function hashModulo(
  drv: Derivation,
  lookup: ModuloLookup,
  masked: boolean,
  text: DerivationText,
): ModuloHash {
  if (everyOutput(drv, 'fixed')) {
    const outputs = new Map<string, string>();
    for (const [name, output] of drv.outputs) {
      if (output.kind !== 'fixed') continue;
      const method = methodPrefix(output.method) + output.hash.algorithm;
      const text = `fixed:out:${method}:${toBase16(output.hash.bytes)}:${output.path}`;
      outputs.set(name, toBase16(hashBytes('sha256', text)));
    }
    return { kind: 'regular', outputs };
  }
  if (everyOutput(drv, 'impure')) {
    const hash = toBase16(hashBytes('sha256', 'impure'));
    return { kind: 'deferred', outputs: new Map([...drv.outputs.keys()].map((name) => [name, hash])) };
  }
  // While its paths are being computed a derivation's outputs are called deferred, too; then only its inputs tell.
  const own = [...drv.outputs.values()].some(
    (output) => output.kind === 'floating' || (!masked && output.kind === 'deferred'),
  );
  let kind: ModuloHash['kind'] = own ? 'deferred' : 'regular';
  const inputs = new Map<string, Set<string>>();
  for (const [path, names] of drv.inputDrvs) {
    const input = lookup(path);
    if (input.kind === 'deferred') kind = 'deferred';
    for (const name of names) {
      const hash = input.outputs.get(name);
      if (hash === undefined)
        throw new DerivationError(`no hash for output '${name}' of derivation '${drv.name}'`);
      const known = inputs.get(hash);
      if (known === undefined) inputs.set(hash, new Set([name]));
      else known.add(name);
    }
  }
  const hash = toBase16(hashBytes('sha256', text.write({ masked, inputs })));
  return { kind, outputs: new Map([...drv.outputs.keys()].map((name) => [name, hash])) };
}

/** The path of the .drv file. */
function pathOfText(drv: Derivation, text: string, store: string): string {
  return makeTextPath(`${drv.name}.drv`, text, new Set([...drv.inputSrcs, ...drv.inputDrvs.keys()]), store);
}

/** How the outputs of a new derivation are to be addressed. */
export type Addressing =
  | { readonly kind: 'input-addressed' }
  | { readonly kind: 'fixed'; readonly method: IngestionMethod; readonly hash: Hash }
  | { readonly kind: 'floating'; readonly method: IngestionMethod; readonly algorithm: HashAlgorithm }
  | { readonly kind: 'impure'; readonly method: IngestionMethod; readonly algorithm: HashAlgorithm };

/** A derivation that is complete. */
export interface MadeDerivation {
  readonly drv: Derivation;
  readonly path: string;
  readonly modulo: ModuloHash;
  /** What the file at `path` holds. */
  readonly text: string;
}

/**
 * Complete a new derivation: compute its outputs, and set the environment
 * variable of each output to its path or placeholder. `recipe` has everything
 * else. A fixed derivation has the one output `out`.
 */
export function makeDerivation(
  recipe: Omit<Derivation, 'outputs'>,
  outputNames: readonly string[],
  addressing: Addressing,
  lookup: ModuloLookup,
  store: string = storeDir,
): MadeDerivation {
  const outputs = new Map<string, DerivationOutput>();
  const env = new Map(recipe.env);
  for (const name of outputNames) {
    outputs.set(name, { kind: 'deferred' });
    env.set(name, '');
  }
  const drv: Derivation = { ...recipe, outputs, env };
  const writer = new DerivationText(drv);
  switch (addressing.kind) {
    case 'fixed':
      for (const name of outputNames) {
        const pathName = outputPathName(recipe.name, name);
        const path = makeFixedOutputPath(addressing.method, addressing.hash, pathName, [], store);
        outputs.set(name, { ...addressing, path });
        env.set(name, path);
      }
      break;
    case 'floating':
    case 'impure':
      for (const name of outputNames) {
        outputs.set(name, addressing);
        env.set(name, hashPlaceholder(name));
      }
      break;
    case 'input-addressed': {
      const modulo = hashModulo(drv, lookup, true, writer);
      if (modulo.kind === 'deferred') break;
      for (const name of outputNames) {
        const hex = modulo.outputs.get(name)!;
        const hash: Hash = { algorithm: 'sha256', bytes: bytesOf(hex) };
        const path = makeOutputPath(name, hash, recipe.name, store);
        outputs.set(name, { kind: 'input-addressed', path });
        env.set(name, path);
      }
      break;
    }
  }
  const text = writer.write();
  return { drv, path: pathOfText(drv, text, store), modulo: hashModulo(drv, lookup, false, writer), text };
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
