/** Small kernel trees of real modules: Netfilter's and what they need, some 80 of Debian's. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { kernelTree, run, scratch } from './environment.ts';
import { moduleFiles } from './loader.ts';

const wanted = /\/(nf_|nft_|nfnetlink|libcrc32c|crc32c)[^/]*$/;

/** As `make modules_install` leaves it, before depmod. */
export function installedTree(): string {
  const tree = join(readableScratch(), 'installed');
  for (const file of moduleFiles(kernelTree()).filter((file) => wanted.test(file))) copy(file, tree, file);
  for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) copy(list, tree, list);
  return tree;
}

/** As `make modules` leaves it: modules beside their sources and objects, and links that lead in circles. */
export function buildTree(): string {
  const tree = join(readableScratch(), 'build');
  const modules = moduleFiles(kernelTree()).filter((file) => wanted.test(file));
  const sources = modules.map((file) => file.replace(/^kernel\//, ''));
  modules.forEach((file, index) => {
    const path = sources[index]!;
    copy(file, tree, path);
    for (const kind of ['c', 'o', 'mod', 'mod.c', 'mod.o']) {
      writeFileSync(join(tree, path.replace(/ko$/, kind)), `${kind} of ${path}\n`);
    }
  });
  const order = (files: string[]): string => files.map((file) => `${file.replace(/ko$/, 'o')}\n`).join('');
  writeFileSync(join(tree, 'modules.order'), order(sources));
  for (const folder of new Set(sources.map((file) => dirname(file)))) {
    const inside = sources.filter((file) => dirname(file) === folder);
    writeFileSync(join(tree, folder, 'modules.order'), order(inside));
  }
  for (const list of ['modules.builtin', 'modules.builtin.modinfo']) copy(list, tree, list);
  for (const name of ['Makefile', 'vmlinux', 'Module.symvers', 'modules.nsdeps'])
    writeFileSync(join(tree, name), '');
  symlinkSync('.', join(tree, 'source'));
  symlinkSync('.', join(tree, 'build'));
  mkdirSync(join(tree, 'scripts/dtc/include-prefixes'), { recursive: true });
  symlinkSync('../../../net', join(tree, 'scripts/dtc/include-prefixes/net'));
  symlinkSync('../scripts', join(tree, 'net/scripts'));
  symlinkSync('nowhere', join(tree, 'net/dangling'));
  return tree;
}

/** Runs depmod on a tree in place, as an installed kernel's package does. */
export function runDepmod(tree: string): void {
  const base = scratch();
  mkdirSync(join(base, 'lib/modules'), { recursive: true });
  mkdirSync(join(base, 'config'));
  symlinkSync(tree, join(base, 'lib/modules/0.0'));
  const { status, stderr } = run('depmod', ['-b', base, '-C', join(base, 'config'), '0.0']);
  expect(status, stderr).toBe(0);
}

/** A tree whose modules are those of `tree`, by links, with depmod's files beside them. */
export function indexedTree(tree: string): string {
  const indexed = join(scratch(), 'indexed');
  mkdirSync(indexed);
  symlinkSync(join(tree, 'kernel'), join(indexed, 'kernel'));
  for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    cpSync(join(tree, list), join(indexed, list));
  }
  runDepmod(indexed);
  return indexed;
}

/** File to the files it needs, as modules.dep says: with what those need, without softdeps. */
export function readDependencies(indexed: string): Map<string, string[]> {
  const lines = readFileSync(join(indexed, 'modules.dep'), 'utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [file = '', needed = ''] = line.split(':');
      return [file, needed.split(' ').filter((each) => each !== '')];
    }),
  );
}

/** Compresses modules in place: all, or those that `which` picks. */
export function compress(
  tree: string,
  tool: 'xz' | 'zstd' | 'gzip',
  which = (_: string): boolean => true,
): void {
  const files = moduleFiles(tree)
    .filter(which)
    .map((file) => join(tree, file));
  expect(files).not.toHaveLength(0);
  const { status, stderr } = run(tool, [...(tool === 'zstd' ? ['-q', '--rm'] : []), ...files]);
  expect(status, stderr).toBe(0);
}

/** Adds a tree to the Nix store, where nothing can be written. Returns its place there. */
export function inStore(tree: string): string {
  const { status, stdout, stderr } = run('nix-store', ['--add', tree]);
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

/** Returns where it was. */
export function removeModule(tree: string, module: string): string {
  const file = moduleFiles(tree).find((each) => basename(each) === `${module}.ko`)!;
  rmSync(join(tree, file));
  return file;
}

/** A module that the tree's kernel has in itself. */
export function builtinModule(tree: string): string {
  const [file = ''] = readFileSync(join(tree, 'modules.builtin'), 'utf8').split('\n');
  expect(existsSync(join(tree, file))).toBe(false);
  return basename(file, '.ko').replaceAll('-', '_');
}

/** A scratch folder for what builds read: they may run as a user of their own. */
export function readableScratch(): string {
  const folder = scratch();
  chmodSync(folder, 0o755);
  return folder;
}

function copy(from: string, tree: string, to: string): void {
  mkdirSync(dirname(join(tree, to)), { recursive: true });
  cpSync(join(kernelTree(), from), join(tree, to));
  chmodSync(join(tree, to), 0o644);
}
