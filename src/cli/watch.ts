/** `--watch`: generate, then again whenever the list or a template changes, until told to stop. */
import { watch as watchFolder } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { findSource } from '../targets/source.ts';
import { guarded } from './apart.ts';
import { type GenerateOptions, generateOnce } from './generate.ts';
import type { Io } from './io.ts';
import type { Report } from './report.ts';

/** Editors write in several steps; changes closer together than this are one. Milliseconds. */
const pause = 50;

export async function watch(options: GenerateOptions, io: Io, report: Report): Promise<number> {
  const place = findSource(options.targets, io.cwd);
  if (place.kind !== 'file') {
    throw new Failure(
      diagnostic('usage', '`--watch` needs a target list in a file', { hint: 'only a file can change' }),
    );
  }
  let wake = (): void => {};
  const stopped = new Promise<void>((done) =>
    io.signal.addEventListener('abort', () => done(), { once: true }),
  );
  // The folder, not the file: editors replace files, and a watch would stay with the old one.
  const watchers = [
    watchFolder(dirname(place.file), (_, name) => {
      if (name === null || name === basename(place.file)) wake();
    }),
  ];
  if (options.templates !== undefined) {
    watchers.push(watchFolder(resolve(io.cwd, options.templates), { recursive: true }, () => wake()));
  }
  try {
    while (!io.signal.aborted) {
      // Before the list is read, so that no change falls in between.
      const changed = new Promise<void>((done) => {
        wake = done;
      });
      await generateOnce(options, io, report);
      await guarded(io, () => Promise.race([changed, stopped]));
      await new Promise((done) => setTimeout(done, pause));
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
  return 130;
}
