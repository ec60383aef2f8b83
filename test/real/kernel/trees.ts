/** Kernels that the tests look at: Debian's sources and images. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SymbolType } from '../../../src/kernel/kbuild/shared.ts';
import { cache } from '../environment.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What is tested in full only when asked for. */
export const full: boolean = process.env.GEN_KMOD_FULL === '1';

/** The folder of a Debian kernel's sources, without the code; `version` is that of the package, by default the newest. */
export function kernelSources(series: string, version?: string): string {
  const args = [cache, series, ...(version === undefined ? [] : [version])];
  return execFileSync(join(here, 'sources.sh'), args, { encoding: 'utf8' }).trim();
}

/** What a Debian kernel image says about itself. */
export interface KernelImage {
  /** Of the package: `6.1.192-2`. */
  version: string;
  configuration: ReadonlyMap<string, string>;
  /** The paths of its modules under `kernel/`, without what they are compressed by. */
  modules: ReadonlySet<string>;
}

/** Undefined where the release has no such image. */
export function kernelImage(architecture: string, metapackage: string): KernelImage | undefined {
  const folder = execFileSync(join(here, 'image.sh'), [cache, architecture, metapackage], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  if (folder === '') return undefined;
  const text = (name: string): string => readFileSync(join(folder, name), 'latin1').trim();
  return {
    version: text('version'),
    configuration: parseConfiguration(text('config')),
    modules: new Set(text('modules').split('\n')),
  };
}

/** A `.config`'s symbols that are set; strings without their quotes. */
export function parseConfiguration(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [, symbol, value] of text.matchAll(/^CONFIG_(\w+)=(.*)$/gm))
    values.set(symbol!, value!.replace(/^"(.*)"$/, '$1'));
  return values;
}

/** What the symbols of a tree are: the types that the lines of its Kconfig files name, a tristate before others. */
export function symbolTypes(tree: string): (symbol: string) => SymbolType | undefined {
  const types = new Map<string, SymbolType | undefined>();
  for (const file of filesNamed(tree, /^Kconfig/)) {
    let symbol: string | undefined;
    for (const line of readFileSync(file, 'latin1').split('\n')) {
      const declared = /^\s*(?:menu)?config\s+(\w+)/.exec(line)?.[1];
      if (declared !== undefined) {
        symbol = declared;
        if (!types.has(symbol)) types.set(symbol, undefined);
        continue;
      }
      if (/^(menu|choice|source|comment|endmenu|endchoice|endif)\b/.test(line)) symbol = undefined;
      const type = /^\s+(?:def_)?(bool|tristate|string|int|hex)\b/.exec(line)?.[1];
      if (symbol === undefined || type === undefined) continue;
      if (type === 'tristate' || types.get(symbol) === undefined)
        types.set(symbol, type === 'bool' || type === 'tristate' ? type : 'text');
    }
  }
  return (symbol) => (types.has(symbol) ? types.get(symbol) : 'none');
}

/** The symbols that a tree's makefiles ask for. */
export function symbolsOfMakefiles(tree: string): string[] {
  const symbols = new Set<string>();
  for (const file of filesNamed(tree, /^(Makefile|Kbuild|Platform)/))
    for (const [, symbol] of readFileSync(file, 'latin1').matchAll(/\bCONFIG_(\w+)/g)) symbols.add(symbol!);
  return [...symbols].sort();
}

/** The files of a tree whose names fit, but not those of its documents and tools. */
function filesNamed(tree: string, pattern: RegExp): string[] {
  const files: string[] = [];
  const pending = [tree];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) {
        if (pattern.test(entry.name)) files.push(path);
      } else if (folder !== tree || !['Documentation', 'tools'].includes(entry.name)) pending.push(path);
    }
  }
  return files;
}

/** A number from 0 to 1 that depends on the text and the seed alone. */
export function chance(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3ce9);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
