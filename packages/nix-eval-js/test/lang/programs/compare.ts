/** Programs in both evaluators, many at once, and what makes two results the same. */
import { noNumber } from './literals.ts';
import { type Program, programs } from './program.ts';
import type { Folder, Result } from './runs.ts';

export interface Outcome {
  readonly program: Program;
  readonly ours: Result;
  readonly theirs: Result;
}

/** Each line once, in the order of first appearance. */
const distinct = (log: string): string[] => [...new Set(log.split('\n'))];

/**
 * What of a message is compared. Spaces for tabs depend on the frames before; of strings that JSON cannot have, the
 * prefix on where they are. Later versions give a feature's purpose, and contexts with their whole paths.
 */
const message = (error: string): string =>
  error
    .replace(/ {2,}/g, ' ')
    .trimEnd()
    .replace(/^JSON serialization error: /, '')
    .replace(/(experimental Nix feature '.*?' is disabled), .*; add/, '$1; add')
    .replace(/ references (!.*!)\/nix\/store\//, ' references $1');

/** Nix shows the sign of what is no number, which depends on the processor; in a hash it is not seen. */
const unsigned = (text: string): string => text.replaceAll('-nan', 'nan');

const hashesSign = /derivation|hashString|toFile/;

/** 2.26 looks for the value of a pair before it looks at the next one. */
const valueFirst = ({ text }: Program, theirs: Result): boolean =>
  text.includes('listToAttrs') && theirs.error === "attribute 'value' missing";

/** Messages that are others by intent, or depend on the order in which what is sorted or kept by keys is compared. */
const otherErrors = /fromTOML|builtins\.(?:sort|genericClosure)/;

/**
 * The log as far as it is compared: a thunk that failed is evaluated again by 2.26 when `tryEval` lets a program go
 * on, or to explain a failed assertion; the steps of a sort are others.
 */
function comparable(log: string, text: string): string {
  if (text.includes('builtins.sort')) return distinct(log).sort().join('\n');
  return /tryEval|assert/.test(text) ? distinct(log).join('\n') : log;
}

/**
 * Whether both did the same. The library for JSON has written what is before a string that is no UTF-8; the stack
 * of a test ends before Nix's limit of calls is reached.
 */
export function agree({ program, ours, theirs }: Outcome): boolean {
  if (ours.unusable !== undefined || theirs.unusable !== undefined) return true;
  if (theirs.error !== '') {
    if (ours.error.startsWith('stack overflow')) return true;
    if (ours.error !== '' && otherErrors.test(program.text)) return true;
    if (ours.error !== '' && valueFirst(program, theirs)) return true;
  }
  if (message(ours.error) !== message(unsigned(theirs.error))) return false;
  if (hashesSign.test(program.text) && program.text.includes(noNumber)) return true;
  if (ours.out !== unsigned(theirs.out) && !ours.error.startsWith('JSON serialization error')) return false;
  return comparable(ours.log, program.text) === comparable(theirs.log, program.text);
}

/** Both results of one program. */
export async function runBoth(folder: Folder, program: Program): Promise<Outcome> {
  const file = folder.add('one', program.text);
  const ours = folder.ours(file, program.mode);
  if (ours.unusable !== undefined) return { program, ours, theirs: ours };
  const [theirs] = await folder.theirs([file], program.mode);
  return { program, ours, theirs: theirs! };
}

interface Item {
  readonly program: Program;
  readonly file: string;
  readonly ours: Result;
}

const batchSize = 50;

/** Programs for processes of the real Nix: those that fail end one, so each of them has its own. */
function makeBatches(items: readonly Item[]): Item[][] {
  const open = new Map<string, Item[]>();
  const out: Item[][] = [];
  for (const item of items) {
    let batch = item.ours.error === '' ? open.get(item.program.mode) : undefined;
    if (batch === undefined || batch.length === batchSize) {
      batch = [];
      out.push(batch);
      if (item.ours.error === '') open.set(item.program.mode, batch);
    }
    batch.push(item);
  }
  return out;
}

/** Both results of all programs, in any order. */
export async function runAll(folder: Folder, all: readonly Program[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const items: Item[] = [];
  for (const [i, program] of all.entries()) {
    const file = folder.add(String(i), program.text);
    const ours = folder.ours(file, program.mode);
    if (ours.unusable === undefined) items.push({ program, file, ours });
    else outcomes.push({ program, ours, theirs: ours });
  }
  const batches = makeBatches(items);
  const work = async (): Promise<void> => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const theirs: Result[] = [];
      while (theirs.length < batch.length) {
        const rest = batch.slice(theirs.length).map(({ file }) => file);
        theirs.push(...(await folder.theirs(rest, batch[0]!.program.mode)));
      }
      outcomes.push(...batch.map(({ program, ours }, i) => ({ program, ours, theirs: theirs[i]! })));
    }
  };
  await Promise.all([work(), work()]);
  return outcomes;
}

/** In what the results of a program differ. */
const difference = ({ ours, theirs }: Outcome): string =>
  ours.out !== theirs.out ? 'out' : ours.error !== theirs.error ? 'error' : 'log';

const maxTries = 600;

/**
 * What both evaluators made of a program alone, of the smallest that was found about which they disagree in the
 * same way, if `shrink`; null if they agree.
 */
export async function smallest(folder: Folder, program: Program, shrink: boolean): Promise<Outcome | null> {
  let found = await runBoth(folder, program);
  if (agree(found)) return null;
  if (!shrink) return found;
  const kind = difference(found);
  let tries = 0;
  // What was of no use before a success is tried again only when the rest is done.
  for (let skip = 0, changed = true; changed; skip = 0) {
    changed = false;
    for (let again = true; again; ) {
      again = false;
      let n = 0;
      for (const { value } of programs.shrink(found.program, undefined)) {
        if (n++ < skip) continue;
        if (++tries > maxTries) return found;
        const outcome = await runBoth(folder, value);
        if (agree(outcome) || difference(outcome) !== kind) continue;
        found = outcome;
        skip = n - 1;
        changed = true;
        again = true;
        break;
      }
    }
  }
  return found;
}
