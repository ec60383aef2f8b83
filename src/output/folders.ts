/** Folders around what is written: made, and taken back where nothing came of it. */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Those of `out` and the folders around it that do not exist, innermost first. */
export function missingFolders(out: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(out); !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  return missing;
}

/**
 * Makes `place` and the folders around it. Another run that gives way removes the output folder it made, so that one can be
 * gone again; where it is gone each time, as under /proc, nothing can be made. (Node's own `recursive` never ends there.)
 */
export function makeFolders(place: string): void {
  for (let time = 1; ; time++) {
    try {
      for (const folder of missingFolders(place).reverse()) makeFolder(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || time === 10) throw error;
    }
  }
}

/** Another run may be faster. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Removes those of `folders` that are empty, in this order. */
export function removeEmpty(folders: Iterable<string>): void {
  for (const folder of new Set(folders)) {
    try {
      rmdirSync(folder);
    } catch {
      // Something else is in it, or it is gone.
    }
  }
}
