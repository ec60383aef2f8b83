/**
 * Every change a process makes below a folder, as steps that a test can count, or make go wrong.
 *
 * The functions of `node:fs` that change something are replaced by ones that take the smallest steps a disk can be
 * caught between: a file that is written is first empty, then half there, then whole; a tree goes name by name. A
 * function that changes something and is not known here throws, so that no change goes unseen.
 *
 * Runs in the tests' own process and, bundled by `child.ts`, in that of the command.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';

export interface Step {
  /** Counts from 1. */
  number: number;
  call: 'open' | 'write' | 'link' | 'mkdir' | 'rename' | 'rmdir' | 'unlink';
  /** Relative to the folder; where a file gets another name, the new one. */
  path: string;
  /** The full path; where a file gets another name, the old one. */
  file: string;
}

type Call = (...args: never[]) => unknown;
const real = { ...fs };

/** Calls `before` ahead of every step below `root`. If that throws, the step is not taken. Returns what ends this. */
export function watchSteps(root: string, before: (step: Step) => void): () => void {
  let number = 0;
  const isInside = (path: unknown): boolean => {
    const full = resolve(String(path));
    return full === root || full.startsWith(root + sep);
  };
  const step = <T>(call: Step['call'], path: fs.PathLike, take: () => T, from = path): T => {
    const full = resolve(String(path));
    before({ number: ++number, call, path: relative(root, full), file: resolve(String(from)) });
    return take();
  };

  const writeFile = (
    path: fs.PathOrFileDescriptor,
    data: string | Uint8Array,
    options?: fs.WriteFileOptions,
  ): unknown => {
    if (!isInside(path)) return real.writeFileSync(path, data, options);
    const flag = (typeof options === 'object' && options?.flag) || 'w';
    const bytes = Buffer.from(data as string);
    const half = bytes.length >> 1;
    const fd = step('open', String(path), () => real.openSync(String(path), flag));
    try {
      step('write', String(path), () => real.writeSync(fd, bytes, 0, half));
      return step('write', String(path), () => real.writeSync(fd, bytes, half));
    } finally {
      real.closeSync(fd);
    }
  };
  const makeFolder = (path: fs.PathLike, options?: fs.MakeDirectoryOptions): string | undefined => {
    const recursive = typeof options === 'object' && options?.recursive === true;
    if (!isInside(path)) return real.mkdirSync(path, options as { recursive: true });
    if (!recursive) return step('mkdir', path, () => real.mkdirSync(path) as undefined);
    if (real.existsSync(path)) return undefined;
    const first = makeFolder(dirname(String(path)), options);
    // Another process may have been faster.
    step('mkdir', path, () => real.mkdirSync(path, { recursive }));
    return first ?? String(path);
  };
  const remove = (path: fs.PathLike, options: fs.RmOptions = {}): unknown => {
    if (!isInside(path)) return real.rmSync(path, options);
    const entry = real.lstatSync(path, { throwIfNoEntry: false });
    if (entry === undefined && options.force) return undefined;
    if (!entry?.isDirectory()) return step('unlink', path, () => real.unlinkSync(path));
    if (!options.recursive) return real.rmSync(path, options);
    for (const name of real.readdirSync(path)) remove(join(String(path), name), options);
    return step('rmdir', path, () => real.rmdirSync(path));
  };
  const watched: Record<string, Call> = {
    writeFileSync: writeFile,
    mkdirSync: makeFolder,
    rmSync: remove,
    copyFileSync(from: string, to: string, mode?: number) {
      if (!isInside(to)) return real.copyFileSync(from, to, mode);
      const flag = (mode ?? 0) & fs.constants.COPYFILE_EXCL ? 'wx' : 'w';
      return writeFile(to, real.readFileSync(from), { flag });
    },
    linkSync(from: string, to: string) {
      return isInside(to) ? step('link', to, () => real.linkSync(from, to), from) : real.linkSync(from, to);
    },
    renameSync(from: string, to: string) {
      if (!isInside(from) && !isInside(to)) return real.renameSync(from, to);
      return step('rename', to, () => real.renameSync(from, to), from);
    },
    rmdirSync(path: string) {
      return isInside(path) ? step('rmdir', path, () => real.rmdirSync(path)) : real.rmdirSync(path);
    },
    unlinkSync(path: string) {
      return isInside(path) ? step('unlink', path, () => real.unlinkSync(path)) : real.unlinkSync(path);
    },
  };

  const kept: [Record<string, unknown>, string, unknown][] = [];
  const replace = (object: object, name: string, call: Call): void => {
    const target = object as Record<string, unknown>;
    kept.push([target, name, target[name]]);
    target[name] = call;
  };
  for (const object of [fs, fs.promises]) {
    for (const name of Object.keys(object)) {
      const known = object === fs ? watched[name] : undefined;
      if (known !== undefined) replace(object, name, known);
      else if (changing.test(name)) {
        const call = (object as unknown as Record<string, Call>)[name]!;
        replace(object, name, (...args: never[]) => {
          const places = args.slice(0, 2).filter((each) => typeof each === 'string');
          if (places.some(isInside) && !isReading(name, args[1])) throw new Error(`${name} is not watched`);
          return call(...args);
        });
      }
    }
  }
  syncBuiltinESMExports();
  return () => {
    for (const [object, name, call] of kept) object[name] = call;
    syncBuiltinESMExports();
  };
}

const changing =
  /^(l?(chmod|chown|utimes)|appendFile|copyFile|cp|createWriteStream|link|mkdir|mkdtemp|open|rename|rm|rmdir|symlink|truncate|unlink|writeFile)(Sync)?$/;

function isReading(name: string, flags: unknown): boolean {
  return name.startsWith('open') && (flags === undefined || flags === 'r' || flags === fs.constants.O_RDONLY);
}
