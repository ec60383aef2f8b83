import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { Change } from '../output/compare.ts';

/** A change as a unified diff between the disk and the plan, as `patch` and `git apply` read it. */
export function unifiedDiff(out: string, { path, before, text }: Change, folder: string): string {
  const name = `${folder}/${path}`;
  const old = before === undefined ? '' : readFileSync(join(out, path), 'utf8');
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : `a/${name}`,
    text === undefined ? '/dev/null' : `b/${name}`,
    old,
    text ?? '',
    undefined,
    undefined,
    { context: 3 },
  );
  return patch.replace(/^=+\n/, '').replace(/^((?:---|\+\+\+) [^\t\n]*)\t$/gm, '$1');
}
