/**
 * Soft dependencies: modules to load before or after another, where there are such (MODULE_SOFTDEP).
 *
 * A module can have several lines. modprobe looks for the first that is for a module and forgets the rest (kmod 30, and 34
 * still); the kernel's authors of several lines mean all of them.
 */

export interface Softdep {
  pre: string[];
  post: string[];
}

/** `pre: a b post: c`, in any order and number; words before either are nothing. */
export function parseSoftdep(line: string): Softdep {
  const softdep: Softdep = { pre: [], post: [] };
  let list: string[] | undefined;
  for (const word of line.split(/[ \t\n\v\f\r]+/)) {
    if (word === '') continue;
    if (word === 'pre:') list = softdep.pre;
    else if (word === 'post:') list = softdep.post;
    else list?.push(word);
  }
  return softdep;
}

/** Which lines count: the first as with modprobe, all, or none. */
export type SoftdepRule = 'first' | 'all' | 'none';

/** A module's lines as one. */
export function mergeSoftdeps(lines: readonly string[], rule: SoftdepRule): Softdep {
  const counted = rule === 'all' ? lines : rule === 'first' ? lines.slice(0, 1) : [];
  const parsed = counted.map(parseSoftdep);
  return { pre: parsed.flatMap(({ pre }) => pre), post: parsed.flatMap(({ post }) => post) };
}
