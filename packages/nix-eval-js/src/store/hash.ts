/**
 * The hash functions that Nix knows. The arithmetic is the platform's; whoever
 * has no node:crypto replaces this file. It is loaded when something is hashed, which most programs do not.
 */

export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** A digest together with the function that made it. */
export interface Hash {
  readonly algorithm: HashAlgorithm;
  readonly bytes: Uint8Array;
}

/** Lengths of the digests, in bytes. */
export const hashSizes: Readonly<Record<HashAlgorithm, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha512: 64,
};

/** A digest being made from pieces. A string is a byte string. */
export interface Hasher {
  update(bytes: Uint8Array | string): void;
  digest(): Uint8Array;
}

export function startHash(algorithm: HashAlgorithm): Hasher {
  const hash = process.getBuiltinModule('node:crypto').createHash(algorithm);
  return {
    update: (bytes) => {
      if (typeof bytes === 'string') hash.update(bytes, 'latin1');
      else hash.update(bytes);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
}

/** The digest of bytes; a string is a byte string. */
export function hashBytes(algorithm: HashAlgorithm, bytes: Uint8Array | string): Uint8Array {
  const hasher = startHash(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** Like {@link hashBytes}, with the algorithm kept. */
export function hashOf(algorithm: HashAlgorithm, bytes: Uint8Array | string): Hash {
  return { algorithm, bytes: hashBytes(algorithm, bytes) };
}
