/**
 * Store paths. A path's first 32 characters are the first 20 bytes, folded, of
 * the SHA-256 of a description: what the thing is, the hash of its content or of
 * its recipe, the store's folder and its name. The kinds are in the Nix manual,
 * "Store path calculation".
 */

import { toBase16, toNixBase32 } from './base32.ts';
import { type Hash, hashBytes, hashOf } from './hash.ts';

/** How a fixed or content-addressed output is hashed. */
export type IngestionMethod = 'flat' | 'recursive' | 'text' | 'git';

/** The folder that paths are in unless another is given. */
export const storeDir = '/nix/store';
const hashLength = 32;
const maxNameLength = 211;

/** A name that the store does not allow; the message is Nix's reason. */
export class StorePathError extends Error {
  override readonly name = 'StorePathError';
}

/** Check the name of a store path. Throws {@link StorePathError}. */
export function checkName(name: string): void {
  if (name === '') throw new StorePathError('name must not be empty');
  if (name.length > maxNameLength) {
    throw new StorePathError(`name '${name}' must be no longer than ${maxNameLength} characters`);
  }
  const dots = /^\.\.?(?=$|-)/.exec(name)?.[0];
  if (dots === name) throw new StorePathError(`name '${name}' is not valid`);
  if (dots !== undefined) {
    throw new StorePathError(
      `name '${name}' is not valid: first dash-separated component must not be '${dots}'`,
    );
  }
  const illegal = /[^0-9a-zA-Z+\-._?=]/.exec(name);
  if (illegal !== null) throw new StorePathError(`name '${name}' contains illegal character '${illegal[0]}'`);
}

/** Fold a digest to `size` bytes. */
export function compressHash(bytes: Uint8Array, size: number): Uint8Array {
  const folded = new Uint8Array(size);
  for (let i = 0; i < bytes.length; i++) folded[i % size]! ^= bytes[i]!;
  return folded;
}

/** `sha256:` and the digest in base 16, as descriptions name hashes. */
function described(hash: Hash): string {
  return `${hash.algorithm}:${toBase16(hash.bytes)}`;
}

/** The path of a thing of this type, hash and name. Throws {@link StorePathError} for a bad name. */
export function makeStorePath(type: string, hash: Hash, name: string, store: string = storeDir): string {
  const digest = hashBytes('sha256', `${type}:${described(hash)}:${store}:${name}`);
  const base = `${toNixBase32(compressHash(digest, 20))}-${name}`;
  checkBaseName(base);
  return `${store}/${base}`;
}

/** The name of an output's path: the first output has the derivation's own. */
export function outputPathName(drvName: string, output: string): string {
  return output === 'out' ? drvName : `${drvName}-${output}`;
}

/** The path of an input-addressed output; `hash` is the derivation's, modulo fixed outputs. */
export function makeOutputPath(
  output: string,
  hash: Hash,
  drvName: string,
  store: string = storeDir,
): string {
  return makeStorePath(`output:${output}`, hash, outputPathName(drvName, output), store);
}

function typeWithReferences(type: string, references: Iterable<string>): string {
  return [type, ...[...references].sort()].join(':');
}

/** The path of a text (`builtins.toFile`, a .drv file) that names other paths. */
export function makeTextPath(
  name: string,
  bytes: string | Uint8Array,
  references: Iterable<string> = [],
  store: string = storeDir,
): string {
  return makeStorePath(typeWithReferences('text', references), hashOf('sha256', bytes), name, store);
}

/** What an output's method adds before its hash algorithm. */
export function methodPrefix(method: IngestionMethod): string {
  return { flat: '', recursive: 'r:', text: 'text:', git: 'git:' }[method];
}

/** The path of something known by the hash of its content. */
export function makeFixedOutputPath(
  method: IngestionMethod,
  hash: Hash,
  name: string,
  references: Iterable<string> = [],
  store: string = storeDir,
): string {
  if (method === 'text') return makeStorePath(typeWithReferences('text', references), hash, name, store);
  if (method === 'recursive' && hash.algorithm === 'sha256') {
    return makeStorePath(typeWithReferences('source', references), hash, name, store);
  }
  const description = `fixed:out:${methodPrefix(method)}${described(hash)}:`;
  return makeStorePath('output:out', hashOf('sha256', description), name, store);
}

/** The 32 characters of a store path that come before its name. */
export function hashPart(path: string, store: string = storeDir): string {
  return path.slice(store.length + 1, store.length + 1 + hashLength);
}

/** The name of a store path, after the hash. */
export function namePart(path: string, store: string = storeDir): string {
  return path.slice(store.length + hashLength + 2);
}

/** Check what comes after the store's folder: hash and name. Throws {@link StorePathError}. */
export function checkBaseName(base: string): void {
  if (base.length < hashLength + 1) {
    throw new StorePathError(`'${base}' is too short to be a valid store path`);
  }
  if (base[hashLength] !== '-') {
    throw new StorePathError(
      `'${base}' can't name a store path because the hash part is not followed by a '-'`,
    );
  }
  const illegal = /[^0-9a-df-np-sv-z]/.exec(base.slice(0, hashLength));
  if (illegal !== null) {
    throw new StorePathError(`store path '${base}' contains illegal base-32 character '${illegal[0]}'`);
  }
  try {
    checkName(base.slice(hashLength + 1));
  } catch (error) {
    throw new StorePathError(`path '${base}' is not a valid store path: ${(error as Error).message}`);
  }
}

/** Whether a path is `store/hash-name` with a valid hash and name and nothing after. */
export function isStorePath(path: string, store: string = storeDir): boolean {
  if (!path.startsWith(`${store}/`)) return false;
  try {
    checkBaseName(path.slice(store.length + 1));
    return true;
  } catch {
    return false;
  }
}

/** What stands for an output's own path in a derivation that does not know it (`builtins.placeholder`). */
export function hashPlaceholder(output: string): string {
  return `/${toNixBase32(hashBytes('sha256', `nix-output:${output}`))}`;
}

/** What stands for an output of another derivation whose path only building it will tell. */
export function unknownOutputPlaceholder(drvPath: string, output: string, store: string = storeDir): string {
  return `/${toNixBase32(unknownOutputHash(drvPath, output, store))}`;
}

function unknownOutputHash(drvPath: string, output: string, store: string): Uint8Array {
  const name = namePart(drvPath, store).replace(/\.drv$/, '');
  return hashBytes(
    'sha256',
    `nix-upstream-output:${hashPart(drvPath, store)}:${outputPathName(name, output)}`,
  );
}

/** What stands for an output of a derivation that is itself such an output. */
export function computedOutputPlaceholder(
  drvPath: string,
  drvOutput: string,
  output: string,
  store: string = storeDir,
): string {
  const inner = toNixBase32(compressHash(unknownOutputHash(drvPath, drvOutput, store), 20));
  return `/${toNixBase32(hashBytes('sha256', `nix-computed-output:${inner}:${output}`))}`;
}
