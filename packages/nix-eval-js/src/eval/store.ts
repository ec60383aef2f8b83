/** Store paths of files and folders, computed without a store. */
import type { FileType, Host } from '../host/host.ts';
import { DerivationError } from '../store/derivation.ts';
import { type Hash, type HashAlgorithm, hashOf } from '../store/hash.ts';
import { hashNar, NarError, type NarSource } from '../store/nar.ts';
import { formatHash, HashError, parseHashAllowEmpty } from '../store/parse-hash.ts';
import { makeFixedOutputPath, StorePathError } from '../store/paths.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';

export interface StoreOptions {
  readonly name?: string | undefined;
  /** Whether a file below the root is taken along. */
  readonly filter?: ((path: string, type: FileType) => boolean) | undefined;
  /** Hash a single file's bytes instead of an archive. */
  readonly flat?: boolean | undefined;
  readonly expected?: Hash | undefined;
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function narSource(host: Host): NarSource {
  const info = (path: string) => {
    const found = host.lstat(path);
    if (found === null) throw new NixError('io', `path '${path}' does not exist`);
    return found;
  };
  return {
    kind: (path) => info(path).type,
    readFile: (path) => host.readFile(path),
    readLink: (path) => host.readLink(path),
    readDir: (path) => host.readDir(path).map((entry) => entry.name),
    isExecutable: (path) => info(path).executable,
  };
}

/** The path that a copy of a file or folder would have. */
export function pathToStore(ev: Evaluator, path: string, options: StoreOptions = {}): string {
  return storeErrors(ev, () => {
    const { filter, expected } = options;
    const name = options.name ?? baseName(path);
    const method = options.flat === true ? 'flat' : 'recursive';
    if (expected !== undefined) {
      // A store that has the path does not look at the files; this one never has it.
      const wanted = makeFixedOutputPath(method, expected, name, [], ev.storeDir);
      const found = pathToStore(ev, path, { ...options, expected: undefined });
      if (found !== wanted) {
        ev.fail('eval', `store path mismatch in (possibly filtered) path added from '${path}'`);
      }
      return wanted;
    }
    const real = ev.files.resolve(path, options.name !== undefined || filter !== undefined);
    const included = filter === undefined ? null : new Set<string>();
    const take = (at: string, kind: string): boolean => {
      const taken = filter!(at, kind as FileType);
      if (taken) included!.add(at);
      return taken;
    };
    const hash =
      method === 'flat'
        ? hashOf('sha256', ev.host.readFile(real))
        : hashNar(narSource(ev.host), real, filter === undefined ? undefined : take);
    const stored = makeFixedOutputPath(method, hash, name, [], ev.storeDir);
    ev.host.addCopy(stored, real, included, method === 'flat');
    return stored;
  });
}

/** A hash as it is written in an attribute; an empty one is taken for zeros, with a warning. */
export function readHash(ev: Evaluator, text: string, algorithm?: HashAlgorithm): Hash {
  const hash = storeErrors(ev, () => parseHashAllowEmpty(text, algorithm));
  if (text === '') {
    ev.options.onWarning?.({ message: `found empty hash, assuming '${formatHash(hash, 'sri')}'` });
  }
  return hash;
}

/** Runs what may throw an error of the store's, which becomes an evaluation error. */
export function storeErrors<T>(ev: Evaluator, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (
      error instanceof StorePathError ||
      error instanceof HashError ||
      error instanceof NarError ||
      error instanceof DerivationError
    ) {
      ev.fail('eval', error.message);
    }
    throw error;
  }
}
