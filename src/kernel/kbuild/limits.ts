/**
 * Bounds on the work that a makefile can cause. The kernel's own stay far below each of them; a hostile one ends in a
 * problem instead of in a hang. They bound work, not time, so that the same tree always gives the same answer.
 */
export const limits = {
  /** Nodes of all conditions of a tree; the kernel takes 270,000. */
  nodes: 1 << 21,
  /** Levels of a condition: one for each value of a symbol that it asks for. */
  levels: 2_000,
  /** Values of one text: what `ifeq` compares, or a variable's name. */
  texts: 512,
  /** Characters of one text. */
  characters: 1 << 20,
  /** Pieces of one value. */
  pieces: 1 << 17,
  /** Variables and functions inside one another. */
  depth: 120,
  /** Files that include one another. */
  includes: 40,
  /** Pieces of text that reading one folder's makefile may touch; the kernel's root takes 31,000. */
  steps: 1_000_000,
  /** The same, for a whole tree; the kernel takes 290,000. */
  stepsOfTree: 20_000_000,
  /** Folders below one another. */
  folders: 40,
} as const;

/** Something goes past a limit. */
export class LimitError extends Error {
  /** Whether nothing more can be read of the makefile at hand; otherwise only one value is too large. */
  readonly final: boolean;

  constructor(what: string, final = false) {
    super(what);
    this.name = 'LimitError';
    this.final = final;
  }
}
