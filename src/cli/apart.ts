/**
 * What takes long runs in a thread of its own.
 *
 * Reading a kernel's sources or working out thousands of loaders is one stretch of JavaScript, in which no handler of a
 * signal gets its turn. So the first thread only listens, as soon as such work is at hand: the command notices, has done
 * nothing yet but read, and throws `Apart`; the run then begins again in a second thread (`thread.ts`), which a signal
 * ends at once. All other runs are over sooner than a thread would have started, and look for signals before they show
 * what they found.
 *
 * Without handlers the system would end the process at once too; but then with 128 and the signal's number, and with
 * no word and no JSON.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate as otherWork } from 'node:timers/promises';
import type { Source } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import type { Io } from './io.ts';

/** Thrown where a run is to begin again in a thread of its own. */
export class Apart extends Error {}

/** Lists of some hundred loaders, and of some tens, whose Nix is evaluated too. Characters. */
const longList = 16 * 1024;
const longToEvaluate = 4 * 1024;

/** @throws Apart where `source` takes long to read and work out */
export function apartForList(source: Source, io: Io, evaluate = false): void {
  const length = source.kind === 'names' ? source.names.join().length : source.text.length;
  if (length > (evaluate ? longToEvaluate : longList)) apart(io);
}

/** @throws Apart where the kernel that the list or the flags name has to be read file by file */
export function apartForKernel(
  { kernel }: TargetList,
  flags: { readonly kernel?: string | undefined; readonly build?: string | undefined },
  io: Io,
): void {
  // An index, shipped or not, is read in a moment.
  const isFolder =
    flags.kernel !== undefined &&
    statSync(resolve(io.cwd, flags.kernel), { throwIfNoEntry: false })?.isDirectory() === true;
  const listed = flags.kernel === undefined && (kernel?.source ?? kernel?.build) !== undefined;
  if (isFolder || listed || flags.build !== undefined) apart(io);
}

/** @throws Apart in the thread that hears signals */
export function apart(io: Io): void {
  if (io.apart !== undefined) throw new Apart();
}

/**
 * Lets a signal in that came meanwhile.
 *
 * @throws an AbortError when there was one
 */
export async function hear({ signal }: Io): Promise<void> {
  await otherWork();
  signal.throwIfAborted();
}

/**
 * Does what a signal must not cut off, but tell: what writes files, or leaves something behind otherwise. After the `last`
 * such work of a run only its result is to be told, which is not cut off either.
 */
export function guarded<T>(io: Io, work: () => Promise<T>, last = false): Promise<T> {
  return io.guard === undefined ? work() : io.guard(work, last);
}
