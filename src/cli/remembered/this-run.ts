/** A source tree in this run of the command: remembered where it may be. */
import type { TreeReading } from '../../kernel/kernel.ts';
import { readers } from './readers.ts';
import { cacheFolder, storeIn } from './store.ts';
import { readRemembered } from './tree.ts';

/** `--no-cache` says the same as this variable, for one run. */
const noCache = 'GEN_KMOD_NO_CACHE';

/** What there is to write once all is answered, by tree and architecture. */
const pending = new Map<string, () => void>();

function rememberAll(): void {
  for (const remember of pending.values()) remember();
  pending.clear();
}

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
  // After the answer. A run that is told to stop ends without. One that watches reads a tree again and again.
  if (pending.size === 0) process.once('beforeExit', rememberAll);
  pending.set(`${root} ${arch}`, remember);
  return reading;
}
