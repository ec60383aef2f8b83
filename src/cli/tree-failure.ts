/** What is wrong with the files of a kernel, for a person: in one line, with the place and the line it stands on. */
import { join } from 'node:path';
import type { Code } from '../diagnostics/codes.ts';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import type { TreeProblem } from '../kernel/kernel.ts';
import { placeIn } from './place-in.ts';

const codes: Record<TreeProblem['kind'], Code> = {
  'not-a-kernel': 'not-a-kernel',
  'unknown-architecture': 'unknown-architecture',
  cycle: 'kconfig-cycle',
  broken: 'kconfig-syntax',
};

const hints: Partial<Record<Code, string>> = {
  'not-a-kernel': 'give the root of a kernel source tree, patched as it will be built',
  'kconfig-cycle': 'make stops at it too: take one of these out of the circle',
  'kconfig-syntax': 'make stops at it too: look at the patch that brought it, or did not apply',
};

/** `sources` gets the texts that the diagnostics show lines of. */
export function treeFailure(
  root: string,
  arch: string,
  problems: readonly TreeProblem[],
  sources: Map<string, string>,
): Failure {
  return new Failure(
    ...problems.map((problem) => {
      const code = codes[problem.kind];
      const { message, notes } = inWords(problem);
      const { file, line, column, known } = problem;
      return diagnostic(code, message, {
        ...placeIn(file === undefined ? root : join(root, file), sources, line, column),
        notes,
        hint: known === undefined ? hints[code] : (didYouMean(arch, known) ?? `it has ${known.join(', ')}`),
      });
    }),
  );
}

/** Circles come as the kernel's own tool tells them, in several lines. */
function inWords({ kind, message }: TreeProblem): { message: string; notes: string[] } {
  if (kind !== 'cycle') return { message, notes: [] };
  const [, ...rest] = message.split('\n').map((line) => line.trim());
  return /inclusion/i.test(message)
    ? { message: 'Kconfig files include one another in a circle', notes: rest.slice(1) }
    : {
        message: 'symbols depend on one another in a circle',
        notes: rest.filter((line) => /^(?:symbol|choice)\b/.test(line)),
      };
}
