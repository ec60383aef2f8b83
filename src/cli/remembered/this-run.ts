/** A source tree in this run of the command: remembered where it may be. */
import type { TreeReading } from '../../kernel/kernel.ts';
import { readers } from './readers.ts';
import { cacheFolder, storeIn } from './store.ts';
import { readRemembered } from './tree.ts';

/** `--no-cache` says the same as this variable, for one run. */
export const noCache = 'GEN_KMOD_NO_CACHE';

/** Reads a source tree; undefined where nothing is to be remembered, and it has to be read the plain way. */
export function readInThisRun(
  root: string,
  arch: string,
  expected: readonly string[],
  { env } = process,
): TreeReading | undefined {
  const folder = cacheFolder(env);
  if (readers === undefined || folder === undefined || (env[noCache] ?? '') !== '') return undefined;
  const { reading, remember } = readRemembered(root, arch, expected, storeIn(folder), readers);
  // After the answer. A run that is told to stop ends without.
  process.once('beforeExit', remember);
  return reading;
}
