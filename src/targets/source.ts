/** Where a target list comes from. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import { moduleIn, modulePattern } from './names.ts';

/** What SRC stands for, before anything is read. */
export type Place = { kind: 'file'; file: string } | { kind: 'stdin' } | { kind: 'names'; names: string[] };

/** A list's text with the name it goes by. */
export interface ListText {
  kind: 'file' | 'stdin';
  file: string;
  text: string;
}

/** A list to be understood, or module names from the command line. */
export type Source = ListText | { kind: 'names'; names: string[] };

/** The names a list is looked for by, in this order. */
const listNames = ['kmod.yaml', 'kmod.yml', 'kmod.json'];

/** More than 100,000 loaders; a larger file is no target list. */
const largest = 64 * 1024 * 1024;

/**
 * Finds what SRC stands for: a file, `-`, names with commas between them, or, left out, the nearest `kmod.yaml` in or
 * above `cwd`. What looks like a path is one, whether it exists or not.
 *
 * @throws Failure with `list-not-found` or `invalid-module-name`
 */
export function findSource(src: string | undefined, cwd: string): Place {
  if (src === undefined) return { kind: 'file', file: findList(cwd) };
  if (src === '-') return { kind: 'stdin' };
  const file = resolve(cwd, src);
  const names = src.split(',').map((name) => name.trim());
  const hasModules = names.some((name) => moduleIn(name) !== name);
  if ((/[/\\]|\.(ya?ml|json)$/.test(src) && !hasModules) || isFile(file)) return { kind: 'file', file };
  const wrong = names.filter((name) => !modulePattern.test(name));
  if (wrong.length === 0) return { kind: 'names', names };
  if (existsSync(file)) return { kind: 'file', file };
  throw new Failure(...wrong.map(noModule));
}

/** @throws Failure with `list-unreadable` */
export async function readSource(place: Place, readStdin: () => Promise<Buffer>): Promise<Source> {
  if (place.kind === 'names') return place;
  if (place.kind === 'file') return { ...place, text: decode(readList(place.file), place.file) };
  return { kind: 'stdin', file: '<stdin>', text: decode(await readStdin(), '<stdin>') };
}

function findList(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const name of listNames) {
      if (isFile(join(folder, name))) return join(folder, name);
    }
    if (folder === dirname(folder)) break;
  }
  throw new Failure(
    diagnostic('list-not-found', `there is no ${listNames[0]} here or in a folder above`, {
      file: cwd,
      hint: '`gen-kmod init` writes one, `--targets nft_ct,nft_masq` does without, `--targets FILE` takes another',
    }),
  );
}

function readList(file: string): Buffer {
  try {
    if (statSync(file).size <= largest) return readFileSync(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Failure(
      diagnostic('list-unreadable', `the target list cannot be read: ${reason(error)}`, {
        file,
        hint: missing ? '`gen-kmod init` writes a list to start from' : undefined,
      }),
    );
  }
  throw new Failure(
    diagnostic('list-unreadable', 'this is larger than 64 MiB, and no target list', { file }),
  );
}

function decode(content: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new Failure(diagnostic('list-unreadable', 'the target list is not UTF-8', { file }));
  }
}

function noModule(name: string): Diagnostic {
  const shown = JSON.stringify(name.slice(0, 80));
  const module = moduleIn(name);
  const isModule = module !== name && modulePattern.test(module);
  return diagnostic('invalid-module-name', `${shown} is no module name, and there is no such file`, {
    hint: isModule
      ? `write only its name: \`${module}\``
      : 'give a file, or modules with commas between them: --targets nft_ct,nft_masq',
  });
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
