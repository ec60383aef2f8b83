/**
 * A new folder → the disk, whole or not at all: its files are written into `.NAME.gen-kmod-PID-START` beside it, which
 * then gets its name. One that a killed run left is removed by the next.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setImmediate as otherWork } from 'node:timers/promises';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import type { PlannedFile } from '../generate/plan.ts';
import { makeFolders, missingFolders, removeEmpty } from './folders.ts';
import { isAlive, ownMark } from './process.ts';

/**
 * Makes `folder` with `files` in it.
 *
 * @throws Failure with `folder-exists`, `write-failed` or `interrupted`; nothing is then there that was not before
 */
export async function create(
  folder: string,
  files: readonly PlannedFile[],
  signal?: AbortSignal,
): Promise<void> {
  refuseExisting(folder);
  const parent = dirname(folder);
  const prefix = `.${basename(folder)}.gen-kmod-`;
  const made = missingFolders(parent);
  const staging = join(parent, `${prefix}${ownMark()}`);
  try {
    removeDead(parent, prefix);
    makeFolders(staging);
    for (const { path, text } of files) {
      await otherWork();
      signal?.throwIfAborted();
      mkdirSync(dirname(join(staging, path)), { recursive: true });
      writeFileSync(join(staging, path), text, { flag: 'wx' });
    }
    refuseExisting(folder);
    renameSync(staging, folder);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    removeEmpty(made);
    throw asFailure(error, folder);
  }
}

/** @throws Failure with `folder-exists` */
export function refuseExisting(folder: string): void {
  // A link that leads nowhere is something, too.
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return;
  throw new Failure(
    diagnostic('folder-exists', 'this is there already, and what is in it is yours', {
      file: folder,
      hint: 'choose another name, or another place with --out; `--diff` compares it with a new one',
    }),
  );
}

function removeDead(parent: string, prefix: string): void {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix) && !isAlive(name.slice(prefix.length))) {
      rmSync(join(parent, name), { recursive: true });
    }
  }
}

function asFailure(error: unknown, folder: string): unknown {
  if (error instanceof Failure) return error;
  if ((error as Error).name === 'AbortError') {
    return new Failure(diagnostic('interrupted', 'stopped; nothing was changed', { file: folder }));
  }
  return new Failure(
    diagnostic('write-failed', `cannot write here: ${reason(error)}`, {
      file: folder,
      notes: ['nothing was changed'],
    }),
  );
}
