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

import { DerivationError, DerivationText, inputsText } from './aterm.ts';
import { toBase16 } from './base32.ts';
import { type Hash, type HashAlgorithm, hashBytes, hashOf } from './hash.ts';
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
  for (const output of drv.outputs.values()) if (output.kind !== kind) return false;
  return drv.outputs.size > 0;
}

/** A derivation's inputs by their hashes. */
interface HashedInputs {
  readonly text: string;
  /** One of them is not known before something has been built. */
  readonly deferred: boolean;
}

function hashInputs(drv: Derivation, lookup: ModuloLookup): HashedInputs {
  const inputs = new Map<string, Set<string>>();
  let deferred = false;
  drv.inputDrvs.forEach((names, path) => {
    const input = lookup(path);
    if (input.kind === 'deferred') deferred = true;
    for (const name of names) {
      const hash = input.outputs.get(name);
      if (hash === undefined)
        throw new DerivationError(`no hash for output '${name}' of derivation '${drv.name}'`);
      const known = inputs.get(hash);
      if (known === undefined) inputs.set(hash, new Set([name]));
      else known.add(name);
    }
  });
  return { text: inputsText(inputs), deferred };
}

/** The hash of a finished derivation, for those that have it as an input. */
export function hashDerivationModulo(drv: Derivation, lookup: ModuloLookup): ModuloHash {
  return hashModulo(drv, new DerivationText(drv), () => hashInputs(drv, lookup));
}

function hashModulo(drv: Derivation, text: DerivationText, inputs: () => HashedInputs): ModuloHash {
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
  let { deferred } = inputs();
  for (const { kind } of drv.outputs.values())
    if (kind === 'floating' || kind === 'deferred') deferred = true;
  const hash = toBase16(hashBytes('sha256', text.write({ inputs: inputs().text })));
  const outputs = new Map<string, string>();
  for (const name of drv.outputs.keys()) outputs.set(name, hash);
  return { kind: deferred ? 'deferred' : 'regular', outputs };
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
  let hashed: HashedInputs | undefined;
  const inputs = (): HashedInputs => {
    hashed ??= hashInputs(drv, lookup);
    return hashed;
  };
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
      // The paths depend on everything but themselves.
      if (inputs().deferred) break;
      const hash = hashOf('sha256', writer.write({ masked: true, inputs: inputs().text }));
      for (const name of outputNames) {
        const path = makeOutputPath(name, hash, recipe.name, store);
        outputs.set(name, { kind: 'input-addressed', path });
        env.set(name, path);
      }
      break;
    }
  }
  const text = writer.write();
  return { drv, path: pathOfText(drv, text, store), modulo: hashModulo(drv, writer, inputs), text };
}
