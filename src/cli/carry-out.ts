/** The last step: changes are written, shown or judged. */
import { isAbsolute, join } from 'node:path';
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import type { Change } from '../output/compare.ts';
import { write } from '../output/write.ts';
import type { Report } from './report.ts';

/** Writes `changes` to the folder `out`. Like its siblings, returns what prints the rest: diagnostics come first. */
export async function writeChanges(
  out: string,
  changes: readonly Change[],
  report: Report,
  signal: AbortSignal,
): Promise<() => void> {
  await write(out, changes, signal);
  return () => {
    report.changes(changes, out);
    report.line(summary(changes, out, report));
  };
}

export function showChanges(out: string, changes: readonly Change[], report: Report): () => void {
  return () => {
    report.changes(changes, out);
    if (!changes.some(isChanged)) report.line(`${report.name(out)} is up to date`);
  };
}

export async function showDiff(out: string, changes: readonly Change[], report: Report): Promise<() => void> {
  const { unifiedDiff } = await import('./diff.ts');
  const text = changes.filter(isChanged).map((change) => unifiedDiff(out, change, report.name(out)));
  return () => report.diff(text.join(''));
}

/** `drift` where anything is to change. */
export function judge(out: string, changes: readonly Change[], report: Report): Diagnostic[] {
  const changed = changes.filter(isChanged);
  if (changed.length === 0) return [];
  const notes = changed.slice(0, 20).map(({ path, change }) => `${change} ${report.name(join(out, path))}`);
  if (changed.length > notes.length) notes.push(`and ${changed.length - notes.length} more`);
  const files = changed.length === 1 ? '1 file is' : `${changed.length} files are`;
  return [
    diagnostic('drift', `${files} not as the target list says`, {
      file: out,
      notes,
      hint: 'run `gen-kmod` and commit the result; `--diff` shows the difference',
    }),
  ];
}

function summary(changes: readonly Change[], out: string, report: Report): string {
  const folder = report.name(out);
  const { length } = changes.filter(isChanged);
  if (length === 0) return `${folder} is up to date`;
  const done = `${folder}: ${length} file${length === 1 ? '' : 's'} written`;
  const isNew = changes.some(({ path, change }) => path === 'modules.nix' && change === 'create');
  const path = isAbsolute(folder) || folder.startsWith('..') ? folder : `./${folder}`;
  return isNew ? `${done}. Next, in your configuration: imports = [ ${path}/modules.nix ];` : done;
}

function isChanged({ change }: Change): boolean {
  return change !== 'keep';
}
