/**
 * Changes → the disk, all of them or none.
 *
 * A run has a folder of its own beside the manifest, `.gen-kmod.journal-PID-START`, named after the process so that the
 * next run can tell a dead one's from a live one's. Its life:
 *
 *   staging   new/N holds what is to be written and old/N a second link to what is there. Nothing has changed.
 *   applying  journal.json lists the steps; from here on each is a rename or a removal. A process killed now leaves
 *             files that are old or new, never partial, and a journal with which `recover` takes the steps back.
 *   done      journal.json is gone, then the folder.
 *
 * A write error or a signal takes the steps back at once. This guards against killed processes and full disks, not
 * against a power cut: nothing is synced.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setImmediate as otherWork } from 'node:timers/promises';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import { type Change, contentOf, overtaken } from './compare.ts';
import { makeFolders, missingFolders, removeEmpty } from './folders.ts';
import { hash, isOutputPath, manifestName } from './manifest.ts';
import { isAlive, ownMark, processOf } from './process.ts';

const journalPrefix = '.gen-kmod.journal-';

interface Step {
  path: string;
  /** SHA-256 of what is there before and after; absent where nothing is. */
  before?: string;
  after?: string;
}

interface Journal {
  steps: Step[];
  /** Folders that the run makes, outermost first, relative to the output folder. */
  folders: string[];
}

/**
 * Carries out every `create`, `update` and `delete` among `changes` in the folder `out`.
 *
 * @throws Failure with `write-failed`, `output-busy` or `interrupted`; the folder is then as it was
 */
export async function write(out: string, changes: readonly Change[], signal?: AbortSignal): Promise<void> {
  const steps = changes.filter(
    ({ change }) => change === 'create' || change === 'update' || change === 'delete',
  );
  if (steps.length === 0) return;
  const made = missingFolders(out);
  let own: string | undefined;
  try {
    const place = join(out, `${journalPrefix}${ownMark()}`);
    makeFolders(place);
    own = place;
    refuseCompany(out, own);
    refuseStale(out, changes);
    const journal = await stage(out, own, steps, signal);
    await apply(out, own, journal, steps, signal);
    rmSync(join(own, 'journal.json'));
  } catch (error) {
    if (own !== undefined) undoOrSay(out, own);
    removeEmpty(made);
    throw asFailure(error, out);
  }
  try {
    rmSync(own, { recursive: true });
  } catch {
    // All is in place. Without journal.json the next run only removes the rest.
  }
}

/**
 * Takes back what dead runs left half done in `out`.
 *
 * @returns whether there was anything
 * @throws Failure with `output-busy` where a run is at work, or `write-failed`
 */
export function recover(out: string): boolean {
  let recovered = false;
  for (const name of journals(out)) {
    const own = join(out, `${journalPrefix}${ownMark()}`);
    // One of this process is of an earlier run that could not take it back.
    if (join(out, name) !== own) {
      if (isAlive(markOf(name))) throw busy(out, name);
      try {
        // Whoever renames it owns it: two runs cannot both take it back.
        renameSync(join(out, name), own);
      } catch (error) {
        // Another run was faster, or has just ended.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw busy(out, name);
        throw asFailure(error, out);
      }
    }
    undoOrSay(out, own);
    recovered = true;
  }
  return recovered;
}

/** Whether a dead run left something half done in `out`, or a live one is at work there. */
export function isInterrupted(out: string): boolean {
  return journals(out).length > 0;
}

async function stage(
  out: string,
  own: string,
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<Journal> {
  mkdirSync(join(own, 'new'));
  mkdirSync(join(own, 'old'));
  const folders = new Set<string>();
  const steps: Step[] = [];
  for (const [index, { path, before, text }] of changes.entries()) {
    await breathe(index, signal);
    if (text !== undefined) writeFileSync(join(own, 'new', `${index}`), text, { flag: 'wx' });
    if (before !== undefined) keep(join(out, path), join(own, 'old', `${index}`), before);
    else if (contentOf(out, path) !== undefined) throw changed(join(out, path));
    if (text !== undefined && !existsSync(join(out, dirname(path)))) folders.add(dirname(path));
    steps.push({ path, ...(before && { before }), ...(text !== undefined && { after: hash(text) }) });
  }
  return { steps, folders: [...folders] };
}

async function apply(
  out: string,
  own: string,
  journal: Journal,
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<void> {
  writeFileSync(join(own, 'journal.new'), JSON.stringify(journal), { flag: 'wx' });
  renameSync(join(own, 'journal.new'), join(own, 'journal.json'));
  for (const folder of journal.folders) mkdirSync(join(out, folder));
  for (const [index, { path, text }] of changes.entries()) {
    await breathe(index, signal);
    if (text === undefined) unlinkSync(join(out, path));
    else renameSync(join(own, 'new', `${index}`), join(out, path));
  }
  await breathe(0, signal);
  removeEmpty(
    changes.filter(({ change }) => change === 'delete').map(({ path }) => join(out, dirname(path))),
  );
}

/** As `undo`; where that fails, the folder is not as it was, and the journal is still there. */
function undoOrSay(out: string, own: string): void {
  try {
    undo(out, own);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      diagnostic('write-failed', `cannot write here: ${reason(error)}`, {
        file: out,
        notes: ['not all of what was half done could be taken back'],
        hint: 'when it can be written to, generate again: that takes the rest back first',
      }),
    );
  }
}

/** Takes back the steps of the journal in `own`, as far as they were taken, and removes it. Can itself be repeated. */
function undo(out: string, own: string): void {
  const journalFile = join(own, 'journal.json');
  if (existsSync(journalFile)) {
    const { steps, folders } = readJournal(journalFile);
    for (const [index, { path, before, after }] of [...steps.entries()].reverse()) {
      const file = join(out, path);
      const content = contentOf(out, path);
      const now = content && hash(content);
      // What a person wrote there since then stays.
      if (now === before || now !== after) continue;
      if (before === undefined) unlinkSync(file);
      else {
        mkdirSync(dirname(file), { recursive: true });
        renameSync(join(own, 'old', `${index}`), file);
      }
    }
    removeEmpty([...folders].reverse().map((folder) => join(out, folder)));
    rmSync(journalFile);
  }
  rmSync(own, { recursive: true, force: true });
}

/** A journal may have come with a checkout: what it says has to stay inside the output folder. */
function readJournal(file: string): Journal {
  try {
    const { steps, folders } = JSON.parse(readFileSync(file, 'utf8')) as Journal;
    const known =
      steps.every(({ path }) => path === manifestName || isOutputPath(path)) &&
      folders.every((folder) => isOutputPath(`${folder}/module.nix`));
    if (known && lstatSync(dirname(file)).isDirectory()) return { steps, folders };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
  }
  throw new Failure(
    diagnostic('bad-manifest', 'this is no journal of gen-kmod; nothing can be taken back with it', {
      file,
      hint: `look at the files beside it, delete ${dirname(file)}, then generate again`,
    }),
  );
}

/** A second name for a file, or a copy where the file system has no links. */
function keep(file: string, name: string, expected: string): void {
  try {
    linkSync(file, name);
  } catch {
    copyFileSync(file, name);
  }
  if (hash(readFileSync(name)) !== expected) throw changed(file);
}

function changed(file: string): Failure {
  return new Failure(
    diagnostic('edited-file', 'this file changed while gen-kmod was at work', {
      file,
      hint: 'generate again',
    }),
  );
}

/** Lets signals in now and then. */
async function breathe(index: number, signal?: AbortSignal): Promise<void> {
  if (index % 64 === 0) await otherWork();
  signal?.throwIfAborted();
}

function journals(out: string): string[] {
  try {
    return readdirSync(out).filter((name) => name.startsWith(journalPrefix));
  } catch {
    return [];
  }
}

function refuseCompany(out: string, own: string): void {
  const other = journals(out).find((name) => join(out, name) !== own);
  if (other !== undefined) throw busy(out, other);
}

/** Refuses `changes` that were worked out before another run ended. */
function refuseStale(out: string, changes: readonly Change[]): void {
  const manifest = changes.find(({ path }) => path === manifestName);
  if (manifest === undefined) return;
  const content = contentOf(out, manifestName);
  if ((content && hash(content)) !== manifest.before) throw overtaken(out);
}

function busy(out: string, journal: string): Failure {
  return new Failure(
    diagnostic('output-busy', `another gen-kmod (process ${processOf(markOf(journal))}) is writing here`, {
      file: out,
      hint: `wait for it; if there is none, delete ${join(out, journal)}`,
    }),
  );
}

function markOf(journal: string): string {
  return journal.slice(journalPrefix.length);
}

function asFailure(error: unknown, out: string): unknown {
  if (error instanceof Failure) return error;
  if ((error as Error).name === 'AbortError') {
    return new Failure(diagnostic('interrupted', 'stopped; nothing was changed', { file: out }));
  }
  const { path: from, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const path = dest ?? from;
  return new Failure(
    diagnostic('write-failed', `cannot write here: ${reason(error)}`, {
      file: path !== undefined && !relative(out, path).startsWith('.gen-kmod') ? path : out,
      notes: ['nothing was changed'],
    }),
  );
}
