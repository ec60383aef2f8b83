/** Where a target list comes from. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { modulePattern } from './names.ts';

/** A list's text with the name it goes by. */
export interface ListText {
  kind: 'file' | 'stdin';
  file: string;
  text: string;
}

/** A list to be read, or module names from the command line. */
export type Source = ListText | { kind: 'names'; names: string[] };

/** The names a list is looked for by, in this order. */
export const listNames = ['kmod.yaml', 'kmod.yml', 'kmod.json'];

/** More than 100,000 loaders; a larger file is no target list. */
const largest = 64 * 1024 * 1024;

/**
 * Finds what SRC stands for: a file, `-`, names with commas between them, or, left out, the nearest `kmod.yaml` in or
 * above `cwd`.
 *
 * @throws Failure with `list-not-found`, `list-unreadable`, `invalid-module-name`
 */
export async function openSource(
  src: string | undefined,
  cwd: string,
  readStdin: () => Promise<Buffer>,
): Promise<Source> {
  if (src === undefined) return openFile(findList(cwd));
  if (src === '-') return { kind: 'stdin', file: '<stdin>', text: decode(await readStdin(), '<stdin>') };
  const file = resolve(cwd, src);
  if (/[/\\]|\.(ya?ml|json)$/.test(src) || isFile(file)) return openFile(file);
  return { kind: 'names', names: readNames(src) };
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

function openFile(file: string): Source {
  let content: Buffer;
  try {
    if (statSync(file).size > largest) throw new Error('it is larger than 64 MiB');
    content = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission is denied',
    };
    throw new Failure(
      diagnostic('list-unreadable', `the target list cannot be read: ${reasons[code ?? ''] ?? message}`, {
        file,
        hint: code === 'ENOENT' ? '`gen-kmod init` writes a list to start from' : undefined,
      }),
    );
  }
  return { kind: 'file', file, text: decode(content, file) };
}

function decode(content: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new Failure(diagnostic('list-unreadable', 'the target list is not UTF-8', { file }));
  }
}

function readNames(src: string): string[] {
  const names = src.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !modulePattern.test(name));
  if (wrong.length > 0) {
    throw new Failure(
      ...wrong.map((name) =>
        diagnostic(
          'invalid-module-name',
          `${JSON.stringify(name.slice(0, 80))} is no module name, and there is no such file`,
          {
            hint: 'give a file, or modules with commas between them: --targets nft_ct,nft_masq',
          },
        ),
      ),
    );
  }
  return names;
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
