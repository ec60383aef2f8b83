import type { Place } from './model.ts';

/** What is wrong with Kconfig files. `message` is one line, or several where the kernel's tool prints several. */
export interface KconfigProblem extends Place {
  readonly severity: 'error' | 'warning';
  readonly kind: KconfigProblemKind;
  readonly message: string;
}

export type KconfigProblemKind =
  | 'missing-file'
  | 'recursive-inclusion'
  | 'syntax'
  | 'macro'
  | 'too-deep'
  | 'recursive-dependency'
  | 'choice'
  /** A `$(warning-if,…)` whose condition holds. */
  | 'message'
  | 'definition';

/** `file:line: message`, as the kernel's tool prints it. */
export function formatProblem({ file, line, message, kind, severity }: KconfigProblem): string {
  if (kind === 'recursive-inclusion' || kind === 'recursive-dependency') return message;
  const warning = severity === 'warning' && kind !== 'message' ? 'warning: ' : ' ';
  return `${file}:${line}:${warning}${message}`;
}

/** Ends the reading at once, as the kernel's tool does for an unreadable file or a broken macro. */
export class KconfigStop extends Error {
  readonly problem: KconfigProblem;

  constructor(problem: KconfigProblem) {
    super(problem.message);
    this.name = 'KconfigStop';
    this.problem = problem;
  }
}
