/**
 * Hashes as people write them: base 16, base 32 or base 64, with or without
 * `sha256:` before, or as `sha256-…` (SRI, always base 64). The length tells the
 * encodings apart. Errors are worded as Nix words them.
 */

import {
  fromBase16,
  fromBase64,
  fromNixBase32,
  nixBase32Length,
  toBase16,
  toBase64,
  toNixBase32,
} from './base32.ts';
import { type Hash, type HashAlgorithm, hashSizes } from './hash.ts';

export type HashFormat = 'base16' | 'nix32' | 'base32' | 'base64' | 'sri';

/** A hash that cannot be read; `usage` when Nix takes it for a mistake in calling it. */
export class HashError extends Error {
  override readonly name = 'HashError';
  readonly usage: boolean;
  constructor(message: string, usage = false) {
    super(message);
    this.usage = usage;
  }
}

/** The algorithm of this name. */
export function parseHashAlgorithm(name: string): HashAlgorithm {
  if (Object.hasOwn(hashSizes, name)) return name as HashAlgorithm;
  throw new HashError(`unknown hash algorithm '${name}', expect 'md5', 'sha1', 'sha256', or 'sha512'`, true);
}

/** The format of this name; `base32` is the old name of `nix32`, and comes back as it is, to be warned of. */
export function parseHashFormat(name: string): HashFormat {
  if (['base16', 'nix32', 'base32', 'base64', 'sri'].includes(name)) return name as HashFormat;
  throw new HashError(`unknown hash format '${name}', expect 'base16', 'base32', 'base64', or 'sri'`, true);
}

/** Read a hash in any form. `algorithm` is needed when the text names none. */
export function parseHash(text: string, algorithm?: HashAlgorithm): Hash {
  let rest = text;
  let named: HashAlgorithm | undefined;
  let sri = false;
  const colon = text.indexOf(':');
  const cut = colon >= 0 ? colon : text.indexOf('-');
  if (cut >= 0) {
    sri = colon < 0;
    named = parseHashAlgorithm(text.slice(0, cut));
    rest = text.slice(cut + 1);
  }
  const chosen = named ?? algorithm;
  if (chosen === undefined) {
    throw new HashError(
      `hash '${rest}' does not include a type, nor is the type otherwise known from context`,
    );
  }
  if (algorithm !== undefined && chosen !== algorithm) {
    throw new HashError(`hash '${text}' should have type '${algorithm}'`);
  }
  return { algorithm: chosen, bytes: decode(rest, chosen, sri) };
}

/**
 * As for a derivation's outputHash: an empty text stands for a hash of zeros,
 * which the caller warns of (`found empty hash, assuming '…'` with the SRI form).
 */
export function parseHashAllowEmpty(text: string, algorithm?: HashAlgorithm): Hash {
  if (text !== '') return parseHash(text, algorithm);
  if (algorithm === undefined) throw new HashError('empty hash requires explicit hash algorithm');
  return { algorithm, bytes: new Uint8Array(hashSizes[algorithm]) };
}

function decode(text: string, algorithm: HashAlgorithm, sri: boolean): Uint8Array {
  const size = hashSizes[algorithm];
  if (!sri && text.length === 2 * size) {
    const bytes = fromBase16(text);
    if (bytes === undefined) throw new HashError(`invalid base-16 hash '${text}'`);
    return bytes;
  }
  if (!sri && text.length === nixBase32Length(size)) {
    const bytes = fromNixBase32(text, size);
    if (bytes === undefined) throw new HashError(`invalid base-32 hash '${text}'`);
    return bytes;
  }
  if (sri || text.length === 4 * Math.ceil(size / 3)) {
    const bytes = fromBase64(text);
    if ('invalid' in bytes || bytes.length !== size)
      throw new HashError(`invalid ${sri ? 'SRI' : 'base-64'} hash '${text}'`);
    return bytes;
  }
  throw new HashError(`hash '${text}' has wrong length for hash algorithm '${algorithm}'`);
}

/** Write a hash. `prefixed` puts `sha256:` before; SRI names its algorithm anyway. */
export function formatHash(hash: Hash, format: HashFormat, prefixed = false): string {
  if (format === 'sri') return `${hash.algorithm}-${toBase64(hash.bytes)}`;
  const body =
    format === 'base16'
      ? toBase16(hash.bytes)
      : format === 'base64'
        ? toBase64(hash.bytes)
        : toNixBase32(hash.bytes);
  return prefixed ? `${hash.algorithm}:${body}` : body;
}

/** `builtins.convertHash`, its arguments checked in the order in which Nix does. */
export function convertHash(hash: string, format: string, algorithm?: string): string {
  const known = algorithm === undefined ? undefined : parseHashAlgorithm(algorithm);
  const wanted = parseHashFormat(format);
  return formatHash(parseHash(hash, known), wanted);
}
