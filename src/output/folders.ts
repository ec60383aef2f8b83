/** Folders around what is written: made, and taken back where nothing came of it. */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Those of `out` and the folders around it that do not exist, innermost first. */
export function missingFolders(out: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(out); !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  return missing;
}

/** At once, as another run that gives way removes the output folder it made. */
export function makeFolders(place: string): void {
  try {
    mkdirSync(place, { recursive: true });
  } catch (error) {
    // Node says ENOENT whatever the reason; the first folder that is missing knows it.
    const first = missingFolders(place).at(-1);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && first !== undefined) mkdirSync(first);
    throw error;
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
