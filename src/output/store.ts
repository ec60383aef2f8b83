/** The Nix store is no place to write to: what is in it is named by its content, and root could. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';

/**
 * Refuses a folder in the store, or one that a link such as `result` leads into it from.
 *
 * @throws Failure with `output-in-store`
 */
export function refuseStore(folder: string, store = process.env.NIX_STORE_DIR ?? '/nix/store'): void {
  const places = [folder, real(folder)];
  if (!places.some((place) => place === store || place.startsWith(store + sep))) return;
  throw new Failure(
    diagnostic('output-in-store', 'this is in the Nix store, where nothing may be changed', {
      file: folder,
      hint: 'choose a folder of your own with --out',
    }),
  );
}

/** Where `folder` is, or will be, once links are followed. */
function real(folder: string): string {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  return join(realpathSync(there), relative(there, folder));
}
