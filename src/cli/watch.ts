/** `--watch`: generate, then again whenever the list or a template changes, until told to stop. */
import { type FSWatcher, watch as watchFile } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { type GenerateOptions, generateOnce } from './generate.ts';
import type { Io } from './io.ts';
import type { Report } from './report.ts';

/** Editors write in several steps; changes closer together than this are one. Milliseconds. */
const pause = 50;

export async function watch(options: GenerateOptions, io: Io, report: Report): Promise<number> {
  if (options.targets === '-') {
    throw new Failure(diagnostic('usage', '`--watch` needs a file; standard input cannot change'));
  }
  const watchers = new Map<string, FSWatcher>();
  let wake = (): void => {};
  const stopped = new Promise<void>((done) =>
    io.signal.addEventListener('abort', () => done(), { once: true }),
  );
  const follow = (folder: string, name: string | undefined): void => {
    const key = `${folder}\0${name ?? ''}`;
    if (watchers.has(key)) return;
    // The folder, not the file: editors replace files, and a watch would stay with the old one.
    const watcher = watchFile(folder, { recursive: name === undefined }, (_, file) => {
      if (name === undefined || file === null || file === name) wake();
    });
    watchers.set(key, watcher);
  };

  if (options.templates !== undefined) follow(resolve(io.cwd, options.templates), undefined);
  try {
    while (!io.signal.aborted) {
      const next = new Promise<void>((done) => {
        wake = done;
      });
      const { read } = await generateOnce(options, io, report);
      for (const file of read) follow(dirname(file), basename(file));
      if (watchers.size === 0) {
        throw new Failure(diagnostic('usage', '`--watch` needs a target list that can be read'));
      }
      await Promise.race([next, stopped]);
      await new Promise((done) => setTimeout(done, pause));
    }
  } finally {
    for (const watcher of watchers.values()) watcher.close();
  }
  return 130;
}
