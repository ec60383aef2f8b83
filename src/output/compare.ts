/** A plan against a folder → changes. Reads, writes nothing. */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import type { PlannedFile } from '../generate/plan.ts';
import { formatManifest, hash, type Manifest, manifestName, parseManifest } from './manifest.ts';

/** `conflict`: the file is not as gen-kmod left it, so that a person has to decide. */
export type ChangeKind = 'create' | 'update' | 'delete' | 'keep' | 'conflict';

export interface Change {
  path: string;
  change: ChangeKind;
  /** SHA-256 of what is there; absent where nothing is. */
  before?: string;
  /** What is to be there; absent for a deletion. */
  text?: string;
}

export interface Comparison {
  /** Ordered by path; the manifest is last. */
  changes: Change[];
  conflicts: Diagnostic[];
}

/**
 * Compares `files` with the folder `out`. With `force`, what a person wrote there becomes an update or a deletion.
 *
 * @throws Failure with `bad-manifest`, `symlink-in-output`, `foreign-file`, `output-busy` or `write-failed` (something
 *   cannot be read)
 */
export function compare(out: string, source: string, files: PlannedFile[], force: boolean): Comparison {
  const recorded = contentOf(out, manifestName);
  const manifest = recorded && readManifest(recorded.toString('utf8'), join(out, manifestName), force);
  const conflicts: Diagnostic[] = [];
  const changes: Change[] = [];
  const foreign = manifest !== undefined && manifest.source !== source && !force;
  if (foreign) {
    conflicts.push(
      diagnostic(
        'foreign-source',
        `this folder is generated from ${sourceName(manifest.source)}, not from ${sourceName(source)}`,
        {
          file: join(out, manifestName),
          hint: 'choose another folder with --out, or hand this one over with --force',
        },
      ),
    );
  }

  const judge = (path: string, text: string | undefined): void => {
    const before = hashOf(out, path);
    const after = text === undefined ? undefined : hash(text);
    if (before === after) {
      if (text !== undefined) changes.push({ path, change: 'keep', ...(before && { before }) });
      return;
    }
    const written = manifest?.files.get(path);
    const own = before === undefined || before === written || force;
    const change =
      !own || foreign
        ? 'conflict'
        : before === undefined
          ? 'create'
          : text === undefined
            ? 'delete'
            : 'update';
    changes.push({ path, change, ...(before && { before }), ...(text !== undefined && { text }) });
    if (!own) conflicts.push(notOurs(join(out, path), written !== undefined, text === undefined));
  };

  const planned = new Set<string>();
  const hashes = new Map<string, string>();
  for (const { path, text } of files) {
    planned.add(path);
    hashes.set(path, hash(text));
    judge(path, text);
  }
  for (const path of manifest?.files.keys() ?? []) {
    if (!planned.has(path)) judge(path, undefined);
  }
  if (source === 'arguments' && !force) conflicts.push(...lostLoaders(out, changes));
  changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  changes.push(manifestChange(recorded, formatManifest({ source, files: hashes }), foreign));
  if (hashOf(out, manifestName) !== (recorded && hash(recorded))) throw overtaken(out);
  return { changes, conflicts };
}

/** Names on the command line are written down nowhere else: a loader made of them is not replaced by another's. */
function lostLoaders(out: string, changes: Change[]): Diagnostic[] {
  return changes
    .filter(({ change, path }) => change === 'delete' && path.endsWith('/default.nix'))
    .map((change) => {
      change.change = 'conflict';
      return diagnostic('foreign-source', 'this loader came from the command line and would be lost', {
        file: join(out, change.path),
        hint: 'put both into a target list, choose another folder with --out, or let it go with --force',
      });
    });
}

function manifestChange(recorded: Buffer | undefined, text: string, foreign: boolean): Change {
  const before = recorded && hash(recorded);
  const change =
    before === undefined ? 'create' : before === hash(text) ? 'keep' : foreign ? 'conflict' : 'update';
  return { path: manifestName, change, ...(before && { before }), text };
}

function readManifest(text: string, file: string, force: boolean): Manifest | undefined {
  try {
    return parseManifest(text, file);
  } catch (error) {
    if (force && error instanceof Failure) return undefined;
    throw error;
  }
}

function notOurs(file: string, edited: boolean, deletion: boolean): Diagnostic {
  const what = deletion ? 'it would be deleted' : 'it would be overwritten';
  return edited
    ? diagnostic('edited-file', `this file was edited after gen-kmod wrote it; ${what}`, {
        file,
        hint: '`--diff` shows the difference, `--force` gives the edit up',
      })
    : diagnostic('foreign-file', `gen-kmod did not write this file; ${what}`, {
        file,
        hint: '`--diff` shows the difference, `--force` replaces it, `--out` chooses another folder',
      });
}

/** Every run that changes something changes the manifest. */
export function overtaken(out: string): Failure {
  return new Failure(
    diagnostic('output-busy', 'another gen-kmod has just written here', {
      file: out,
      hint: 'generate again',
    }),
  );
}

function hashOf(out: string, path: string): string | undefined {
  const content = contentOf(out, path);
  return content && hash(content);
}

/**
 * What stands at `path` under `out`, if anything does. A link is never followed.
 *
 * @throws Failure with `symlink-in-output`, `foreign-file` or `write-failed`
 */
export function contentOf(out: string, path: string): Buffer | undefined {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const file = join(out, ...parts.slice(0, depth));
    let entry: ReturnType<typeof lstatSync>;
    try {
      entry = lstatSync(file, { throwIfNoEntry: false });
    } catch (error) {
      throw unreadable(file, error);
    }
    if (entry === undefined) return undefined;
    if (entry.isSymbolicLink()) {
      throw new Failure(
        diagnostic('symlink-in-output', 'this is a symbolic link; gen-kmod does not write through one', {
          file,
          hint: 'replace it by what it points to, or choose another folder with --out',
        }),
      );
    }
    const expected = depth < parts.length ? entry.isDirectory() : entry.isFile();
    if (!expected) {
      throw new Failure(
        diagnostic(
          'foreign-file',
          `here is no ${depth < parts.length ? 'folder' : 'file'}, and gen-kmod needs one`,
          {
            file,
            hint: 'move it away, or choose another folder with --out',
          },
        ),
      );
    }
  }
  try {
    return readFileSync(join(out, path));
  } catch (error) {
    // Another run has just taken it away.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(join(out, path), error);
  }
}

function unreadable(file: string, error: unknown): Failure {
  return new Failure(
    diagnostic('write-failed', `cannot be read: ${reason(error)}`, { file, notes: ['nothing was changed'] }),
  );
}

function sourceName(source: string): string {
  if (source === '-') return 'standard input';
  return source === 'arguments' ? 'names on the command line' : source;
}
