/**
 * The folder where trees are remembered: the user's cache. It may be missing, full or read-only, and other runs may use it
 * at the same time; nothing that goes wrong in it is more than a tree that is not remembered.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** Bytes of all that is remembered; a tree takes 3 to 7 MB for an architecture. The oldest goes first. */
const most = 128 * 1024 * 1024;
/** A file that was being written when its run was killed, in milliseconds. */
const abandoned = 60 * 60 * 1000;

export interface Store {
  /** The file's bytes; undefined where there is none that can be read. */
  read(name: string): Buffer | undefined;
  /** In one step: whoever reads meanwhile has the old bytes or the new. */
  write(name: string, bytes: Buffer): void;
}

/** Where the user's cache is, by the XDG Base Directory Specification; undefined where there is none. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = env;
  if (isAbsolute(cache)) return join(cache, 'gen-kmod', 'trees');
  return isAbsolute(home) ? join(home, '.cache', 'gen-kmod', 'trees') : undefined;
}

/** @param limit bytes of all files together */
export function storeIn(folder: string, limit = most): Store {
  return {
    read(name) {
      const file = join(folder, name);
      try {
        const bytes = readFileSync(file);
        used(file);
        return bytes;
      } catch {
        return undefined;
      }
    },
    write(name, bytes) {
      if (bytes.length > limit) return;
      const aside = join(folder, `${name}.${process.pid}-${Date.now()}.new`);
      try {
        makeFolder(folder);
        writeFileSync(aside, bytes, { flag: 'wx', mode: 0o600 });
        renameSync(aside, join(folder, name));
      } catch {
        remove(aside);
      }
      trim(folder, limit);
    },
  };
}

/** Makes a folder and those around it. Node's own way does not end where a file system says that there is nothing, as /proc. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another run made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The oldest is what was not used for the longest time. */
function used(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // A read-only cache keeps its order.
  }
}

function trim(folder: string, limit: number): void {
  const files: { file: string; bytes: number; used: number }[] = [];
  try {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const there = statSync(file, { throwIfNoEntry: false });
      if (!there?.isFile()) continue;
      if (name.endsWith('.new') && there.mtimeMs < Date.now() - abandoned) remove(file);
      else files.push({ file, bytes: there.size, used: there.mtimeMs });
    }
  } catch {
    return;
  }
  let left = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file, bytes } of files.sort((a, b) => a.used - b.used)) {
    if (left <= limit) return;
    remove(file);
    left -= bytes;
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It stays.
  }
}
