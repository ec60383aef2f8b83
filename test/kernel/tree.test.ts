import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { diskTree, memoryTree, type SourceTree } from '../../src/kernel/tree.ts';

const files = { Kconfig: 'top', 'net/Kconfig': 'net \xe9', 'net/ipv4/Makefile': '', '.hidden': 'x' };

function disk(): SourceTree {
  const root = mkdtempSync(join(tmpdir(), 'gen-kmod-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'net/ipv4'), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text, 'latin1');
  symlinkSync('net', join(root, 'link'));
  return diskTree(root);
}

const trees: [string, () => SourceTree][] = [
  ['disk', disk],
  ['memory', () => memoryTree({ ...files, 'link/Kconfig': files['net/Kconfig'], 'link/ipv4/Makefile': '' })],
];

it.each(trees)('%s: reads files as latin1, lists folders, and leaves the root alone', (_, make) => {
  const tree = make();
  expect(tree.read('net/Kconfig')).toBe('net \xe9');
  expect(tree.read('./net//ipv4/../Kconfig')).toBe('net \xe9');
  expect(tree.list('')).toEqual(['.hidden', 'Kconfig', 'link/', 'net/']);
  expect(tree.list('net/')).toEqual(['Kconfig', 'ipv4/']);
  for (const path of [
    '',
    'net',
    'none',
    '../Kconfig',
    '/etc/passwd',
    'net/../../x',
    'Kconfig/x',
    'a\0b',
    'a\0/../Kconfig\0',
  ]) {
    expect(tree.read(path), path).toBeNull();
  }
  for (const path of ['Kconfig', 'none', '..', '/']) expect(tree.list(path), path).toBeNull();
});
