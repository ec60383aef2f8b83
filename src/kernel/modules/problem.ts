/** What can be wrong with a built kernel. The command line makes diagnostics of the same codes. */
export type ProblemCode =
  // The folder
  | 'kernel-not-found'
  | 'kernel-not-built'
  | 'kernel-ambiguous'
  | 'kernel-unreadable'
  // Its modules
  | 'module-unreadable'
  | 'module-malformed'
  | 'module-compression'
  | 'module-missing'
  | 'module-duplicate'
  | 'module-architecture'
  | 'module-cycle';

/** What is wrong, with what file. `message` is one line; `notes` add facts, `hint` the way out. */
export interface Problem {
  code: ProblemCode;
  message: string;
  /** As the system is asked for it: `folder` joined with the module's path. */
  file?: string;
  notes: string[];
  hint?: string;
}

export function problem(
  code: ProblemCode,
  message: string,
  details: { file?: string; notes?: string[]; hint?: string } = {},
): Problem {
  return { code, message, notes: [], ...details };
}

/** Ends the reading of one file; who opened the file makes a problem of it. */
export class Malformed extends Error {
  readonly code: ProblemCode;
  readonly hint: string | undefined;

  constructor(message: string, code: ProblemCode = 'module-malformed', hint?: string) {
    super(message);
    this.name = 'Malformed';
    this.code = code;
    this.hint = hint;
  }
}
