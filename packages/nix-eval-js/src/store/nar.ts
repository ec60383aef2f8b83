/**
 * The Nix archive: a tree of files as one row of bytes that says nothing about
 * times, owners or the order in which a disk lists names. Everything is a
 * string with its length before it (64 bits, little endian), padded with zeros
 * to a multiple of eight. It is written in pieces, so that a tree larger than
 * memory can be hashed.
 */

import { type Hash, type HashAlgorithm, startHash } from './hash.ts';

export type NarKind = 'regular' | 'directory' | 'symlink';

/** Where a tree is read from. Paths and names are byte strings; a child's path is `parent/name`. */
export interface NarSource {
  /** Anything else than the three kinds is refused. Symbolic links are not followed. */
  kind(path: string): NarKind | (string & {});
  /** A file's content; a string is a byte string. */
  readFile(path: string): Uint8Array | string;
  readLink(path: string): string;
  /** The names in a folder, in any order. */
  readDir(path: string): readonly string[];
  /** Whether a file's owner may execute it. */
  isExecutable(path: string): boolean;
}

/** Whether a path below the root is taken along; called for folders before what is in them. */
export type NarFilter = (path: string, kind: string) => boolean;

/** A tree that has no archive. The message is Nix's. */
export class NarError extends Error {
  override readonly name = 'NarError';
}

/** Write the archive of `path`, piece by piece. The root itself is not filtered. */
export function writeNar(
  source: NarSource,
  path: string,
  write: (bytes: Uint8Array | string) => void,
  filter: NarFilter = () => true,
): void {
  const string = (bytes: Uint8Array | string): void => {
    write(length64(bytes.length));
    write(bytes);
    const rest = bytes.length % 8;
    if (rest > 0) write('\0'.repeat(8 - rest));
  };
  const words = (...all: string[]): void => write(all.map(framed).join(''));
  const node = (at: string, kind: string): void => {
    switch (kind) {
      case 'regular':
        words('(', 'type', 'regular');
        if (source.isExecutable(at)) words('executable', '');
        words('contents');
        string(source.readFile(at));
        words(')');
        break;
      case 'symlink':
        words('(', 'type', 'symlink', 'target', source.readLink(at), ')');
        break;
      case 'directory':
        words('(', 'type', 'directory');
        for (const name of [...source.readDir(at)].sort(byBytes)) {
          const child = at === '/' ? `/${name}` : `${at}/${name}`;
          const childKind = source.kind(child);
          if (!filter(child, childKind)) continue;
          words('entry', '(', 'name', name, 'node');
          node(child, childKind);
          words(')');
        }
        words(')');
        break;
      default:
        throw new NarError(`file '${at}' has an unsupported type`);
    }
  };
  words('nix-archive-1');
  node(path, source.kind(path));
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function length64(length: number): string {
  let text = '';
  for (let i = 0, rest = length; i < 8; i++) {
    text += String.fromCharCode(rest % 256);
    rest = Math.floor(rest / 256);
  }
  return text;
}

function framed(text: string): string {
  return length64(text.length) + text + '\0'.repeat((8 - (text.length % 8)) % 8);
}

/** The hash of the archive of `path`. */
export function hashNar(
  source: NarSource,
  path: string,
  filter?: NarFilter,
  algorithm: HashAlgorithm = 'sha256',
): Hash {
  const hasher = startHash(algorithm);
  writeNar(source, path, (bytes) => hasher.update(bytes), filter);
  return { algorithm, bytes: hasher.digest() };
}
