/**
 * What was there when a tree was read, so that a later run can tell whether it still is: for every path that was looked for
 * the kind of what it leads to, its device and inode, size, and the times of the last change of its content and of itself.
 *
 * The second of these times cannot be set by anyone, so that a file that was replaced by one of the same size and time is
 * seen; and all files of a Nix store have the same first. A file that is added, removed or renamed changes its folder, and
 * only that: what was looked for and not found is a stamp too.
 */
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { statsOf } from '../../kernel/tree.ts';

/** Numbers of a stamp. */
const size = 6;
/**
 * Milliseconds within which two changes may look like one: file systems count in steps, some of two seconds. What was changed
 * so shortly before it was read may be changed again without a trace.
 */
const step = 2_500;

/** Stamps of paths, ready to be stored. */
export interface Stamps {
  readonly paths: readonly string[];
  /** For each path so many numbers in a row; where nothing is there they are all 0. */
  readonly numbers: Float64Array;
}

/** Notes what is looked for while a tree is read. */
export class Noted {
  readonly #found = new Map<string, Stats | null>();
  readonly #since = Date.now();
  #changing = false;

  /** A `Witness`. */
  readonly note = (path: string, there: Stats | null): void => {
    const before = this.#found.get(path);
    if (before === undefined) this.#found.set(path, there);
    else if (!isSame(numbersOf(before), 0, numbersOf(there))) this.#changing = true;
  };

  /** The stamps; undefined where what was read may have changed meanwhile, or may yet change unseen. */
  stamps(): Stamps | undefined {
    const paths = [...this.#found.keys()];
    if (this.#changing || paths.some((path) => path.includes('\n'))) return undefined;
    const numbers = new Float64Array(paths.length * size);
    let at = 0;
    for (const there of this.#found.values()) {
      if (there && Math.max(there.ctimeMs, there.mtimeMs) > this.#since - step) return undefined;
      numbers.set(numbersOf(there), at);
      at += size;
    }
    return { paths, numbers };
  }
}

/** Whether all paths lead to what they led to. */
export function isAsItWas(root: string, { paths, numbers }: Stamps): boolean {
  if (numbers.length !== paths.length * size) return false;
  return paths.every((path, index) => isSame(numbers, index * size, numbersOf(statsOf(join(root, path)))));
}

const nothing: readonly number[] = Array(size).fill(0);

function numbersOf(there: Stats | null): readonly number[] {
  if (!there) return nothing;
  const kind = there.isFile() ? 1 : there.isDirectory() ? 2 : 3;
  return [kind, there.dev, there.ino, there.size, there.mtimeMs, there.ctimeMs];
}

function isSame(numbers: ArrayLike<number>, at: number, others: readonly number[]): boolean {
  for (let index = 0; index < size; index++) if (numbers[at + index] !== others[index]) return false;
  return true;
}
