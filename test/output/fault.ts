/** Runs within the tests' process that meet their end, or an error, at one step. Much faster than a process for each. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type Step, watchSteps } from './steps.ts';

class Killed extends Error {}

/** Above what any system gives to a process. */
let number = 2 ** 22;

/**
 * Runs `work` as a process that is killed before step `at`: from there on nothing it does reaches the disk. It has a
 * process number that is nobody's, so that later runs take it for dead. Returns whether it came to that step.
 */
export async function killedAt(
  root: string,
  at: number,
  work: () => Promise<unknown>,
  before: (step: Step) => void = () => {},
): Promise<boolean> {
  let killed = false;
  const unwatch = watchSteps(root, (step) => {
    killed ||= step.number === at;
    if (killed) throw new Killed();
    before(step);
  });
  const own = Object.getOwnPropertyDescriptor(process, 'pid')!;
  Object.defineProperty(process, 'pid', { ...own, value: ++number });
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    Object.defineProperty(process, 'pid', own);
    unwatch();
  }
  return killed;
}

/** Runs `work`, calling `before` ahead of each step. Returns the steps and what `work` returned. */
export async function watched<T>(
  root: string,
  work: () => Promise<T>,
  before: (step: Step) => void = () => {},
): Promise<{ steps: Step[]; result: T }> {
  const steps: Step[] = [];
  const unwatch = watchSteps(root, (step) => {
    steps.push(step);
    before(step);
  });
  try {
    return { steps, result: await work() };
  } finally {
    unwatch();
  }
}

/**
 * Runs `work`; when it has read the manifest in `out` and looks at another file, or is about to read it, calls
 * `meanwhile` with that file first.
 */
export async function whileComparing<T>(
  out: string,
  work: () => Promise<T>,
  meanwhile: (file: string) => void,
  call: 'lstatSync' | 'readFileSync' = 'lstatSync',
): Promise<T> {
  const functions = fs as unknown as Record<typeof call, (path: unknown, options: unknown) => unknown>;
  const original = functions[call];
  let done = false;
  functions[call] = (path, options) => {
    if (!done && typeof path === 'string' && path.startsWith(`${out}/`) && !path.startsWith(`${out}/.`)) {
      done = true;
      meanwhile(path);
    }
    return original(path, options);
  };
  syncBuiltinESMExports();
  try {
    const result = await work();
    if (!done) throw new Error('nothing was compared');
    return result;
  } finally {
    functions[call] = original;
    syncBuiltinESMExports();
  }
}

/** The error that Node gives for a step. */
export function systemError(code: string, { call, file }: Step): Error {
  const reasons: Record<string, string> = {
    ENOSPC: 'no space left on device',
    EACCES: 'permission denied',
    EIO: 'i/o error',
    EROFS: 'read-only file system',
  };
  // A write goes to an open file; its error does not say which.
  const named = call === 'write' ? {} : { path: file };
  const message = `${code}: ${reasons[code]}, ${call}${call === 'write' ? '' : ` '${file}'`}`;
  return Object.assign(new Error(message), { code, syscall: call, ...named });
}
