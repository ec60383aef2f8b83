import {
  closeSync,
  type Dirent,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * How the readers of a kernel's sources see them.
 *
 * A path is relative to the root, its parts joined by `/`; the root itself is the empty path. A path that leaves the
 * root names nothing. Nothing here throws for what a tree lacks or holds.
 */
export interface SourceTree {
  /** The file's bytes, each one character (latin1); null where there is no such file. */
  read(path: string): string | null;
  /** The names in a folder, sorted by code unit; folders end in `/`. Null where there is no such folder. */
  list(path: string): readonly string[] | null;
}

/**
 * Is told of everything that an answer of the tree depends on: of each path that is looked for, before its file or folder is
 * read, and what is there; null where nothing can be found. Of a folder that is listed also what its symbolic links lead to.
 */
export type Witness = (path: string, there: Stats | null) => void;

/** The tree in a folder of the disk. Symbolic links are followed. */
export function diskTree(root: string, witness: Witness = () => {}): SourceTree {
  const look = (inside: string): Stats | null => {
    const there = statsOf(join(root, inside));
    witness(inside, there);
    return there;
  };
  return {
    read(path) {
      const inside = normalPath(path);
      if (inside === null || inside === '') return null;
      // Most paths that are asked for are not there, and an exception is slow; and reading a pipe might never end.
      if (!look(inside)?.isFile()) return null;
      try {
        return textOf(join(root, inside));
      } catch {
        return null;
      }
    },
    list(path) {
      const inside = normalPath(path);
      if (inside === null || !look(inside)?.isDirectory()) return null;
      const isFolder = (entry: Dirent): boolean =>
        entry.isSymbolicLink()
          ? (look(inside === '' ? entry.name : `${inside}/${entry.name}`)?.isDirectory() ?? false)
          : entry.isDirectory();
      try {
        return readdirSync(join(root, inside), { withFileTypes: true })
          .map((entry) => (isFolder(entry) ? `${entry.name}/` : entry.name))
          .sort();
      } catch {
        return null;
      }
    },
  };
}

/** What a path leads to; null where that cannot be told. */
export function statsOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** Most files fit. Thousands are read, and one buffer for all makes each half as dear as `readFileSync` does. */
const buffer = Buffer.allocUnsafeSlow(1 << 18);

function textOf(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length < buffer.length) return buffer.toString('latin1', 0, length);
  } finally {
    closeSync(descriptor);
  }
  return readFileSync(file, 'latin1');
}

/** A tree of the given files, by path. */
export function memoryTree(files: Readonly<Record<string, string>>): SourceTree {
  const texts = new Map<string, string>();
  const folders = new Map<string, Set<string>>([['', new Set()]]);
  for (const [path, text] of Object.entries(files)) {
    const inside = normalPath(path);
    if (inside === null || inside === '') continue;
    texts.set(inside, text);
    let entry = inside.slice(inside.lastIndexOf('/') + 1);
    let folder = inside.slice(0, Math.max(0, inside.lastIndexOf('/')));
    for (;;) {
      const names = folders.get(folder) ?? new Set();
      folders.set(folder, names.add(entry));
      if (folder === '') break;
      entry = `${folder.slice(folder.lastIndexOf('/') + 1)}/`;
      folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
    }
  }
  return {
    read(path) {
      const inside = normalPath(path);
      return inside === null ? null : (texts.get(inside) ?? null);
    },
    list(path) {
      const inside = normalPath(path);
      const names = inside === null ? undefined : folders.get(inside);
      return names ? [...names].sort() : null;
    },
  };
}

/** The path without `.`, `..` and doubled or outer slashes; null where it leads out of the root. */
export function normalPath(path: string): string | null {
  if (!path.includes('.') && !path.includes('//') && !path.startsWith('/') && !path.endsWith('/'))
    return path;
  if (path.startsWith('/') || path.includes('\0')) return null;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}
