/** Folders as data. */
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** By path: a file's bytes (as latin1), '' for a folder, whose path ends with `/`, `-> TARGET` for a link, `?` else. */
export type Tree = Record<string, string>;

/** A new folder that goes with the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'gen-kmod-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** All that is in `folder`, ordered; nothing where there is no such folder. */
export function readTree(folder: string): Tree {
  const tree: Tree = {};
  const walk = (prefix: string): void => {
    for (const name of readdirSync(join(folder, prefix)).sort()) {
      const path = prefix + name;
      const entry = lstatSync(join(folder, path));
      if (entry.isSymbolicLink()) tree[path] = `-> ${readlinkSync(join(folder, path))}`;
      else if (entry.isFile()) tree[path] = readFileSync(join(folder, path), 'latin1');
      else if (entry.isDirectory()) {
        tree[`${path}/`] = '';
        walk(`${path}/`);
      } else tree[path] = '?';
    }
  };
  if (lstatSync(folder, { throwIfNoEntry: false })) walk('');
  return tree;
}

export function writeTree(folder: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    if (path.endsWith('/')) mkdirSync(join(folder, path), { recursive: true });
    else put(join(folder, path), content, 'latin1');
  }
}

/** A second folder that is as the first, down to which names are one file. */
export function copyTree(from: string, to: string, names = new Map<number, string>()): string {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const entry = lstatSync(join(from, name));
    const same = names.get(entry.ino);
    if (entry.isDirectory()) copyTree(join(from, name), join(to, name), names);
    else if (same !== undefined) linkSync(same, join(to, name));
    else copyFileSync(join(from, name), join(to, name));
    if (entry.isFile()) names.set(entry.ino, same ?? join(to, name));
  }
  return to;
}

/** Writes a file and the folders around it. */
export function put(file: string, text: string, encoding: BufferEncoding = 'utf8'): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, encoding);
}

/** In words, how `tree` is not as it should be: bytes that differ are too many to be shown. */
export function differences(tree: Tree, expected: Tree): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(tree)])]
    .filter((path) => tree[path] !== expected[path])
    .map((path) => {
      if (tree[path] === undefined) return `${path} is missing`;
      return expected[path] === undefined ? `${path} should not be there` : `${path} has another content`;
    });
}

/** The tree without what is below or called `prefix`. */
export function without(tree: Tree, prefix: string): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !path.includes(prefix)));
}

/** Names, inodes and times of all that is in `folder`, to see that nothing at all was touched. */
export function stamps(folder: string): string[] {
  return ['', ...Object.keys(readTree(folder))].map((path) => {
    const { ino, mtimeNs, ctimeNs, mode } = lstatSync(join(folder, path), { bigint: true });
    return `${path} ${ino} ${mtimeNs} ${ctimeNs} ${mode}`;
  });
}
