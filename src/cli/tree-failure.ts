/** What is wrong with the files of a kernel, for a person: in one line, with the place and the line it stands on. */
import { join } from 'node:path';
import type { Code } from '../diagnostics/codes.ts';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import type { TreeProblem, TreeWarning } from '../kernel/kernel.ts';
import { placeIn } from './place-in.ts';

const codes: Record<TreeProblem['kind'], Code> = {
  'not-a-kernel': 'not-a-kernel',
  'unknown-architecture': 'unknown-architecture',
  cycle: 'kconfig-cycle',
  broken: 'kconfig-syntax',
};

/** What make does with such a tree is not said: it was not tried. */
function hintOf(code: Code, arch: string): string | undefined {
  const proof = `if \`make ARCH=${arch} olddefconfig\` takes this tree, the mistake is in gen-kmod`;
  switch (code) {
    case 'not-a-kernel':
      return 'give the root of a kernel source tree, patched as it will be built';
    case 'kconfig-cycle':
      return `take one of these out of the circle; ${proof}`;
    case 'kconfig-syntax':
      return `look at the patch that brought it, or did not apply; ${proof}`;
    default:
      return undefined;
  }
}

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
        hint:
          known === undefined
            ? hintOf(code, arch)
            : (didYouMean(arch, known) ?? `it has ${known.join(', ')}`),
      });
    }),
  );
}

/** Warnings that are shown; of the rest there is the number. */
const most = 5;

/** What is odd in the Kconfig files of a tree that can be read: none, or one diagnostic for all. */
export function treeWarnings(
  root: string,
  warnings: readonly TreeWarning[],
  sources: Map<string, string>,
): Diagnostic[] {
  // Each architecture reads most files again.
  const all = [...new Map(warnings.map((each) => [`${each.file}:${each.line}: ${each.message}`, each]))];
  const [first] = all;
  if (first === undefined) return [];
  const [, { message, file, line }] = first;
  const notes = all.slice(1, most).map(([text]) => text);
  if (all.length > most) notes.push(`and ${all.length - most} more`);
  const count = all.length === 1 ? '' : ` (and ${all.length - 1} more such)`;
  return [
    diagnostic('kconfig-warning', `${message}${count}`, {
      ...placeIn(join(root, file), sources, line),
      notes,
      hint: 'the tree is read all the same; mend the file, or the patch that brought it',
    }),
  ];
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
