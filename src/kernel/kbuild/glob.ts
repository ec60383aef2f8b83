/**
 * `$(wildcard …)`: the files of the tree that a pattern names, sorted (manual: 4.4 Using Wildcard Characters in File Names).
 */
import { normalPath, type SourceTree } from '../tree.ts';

const magic = /[*?[]/;

/** The files, as paths that begin as the pattern does. */
export function matchingFiles(
  tree: SourceTree,
  pattern: string,
  spend: (steps: number) => void,
): readonly string[] {
  if (pattern.startsWith('/') || pattern.length > 4096) return [];
  const wantsFolder = pattern.endsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '');
  let found = [''];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const next: string[] = [];
    const plain = !magic.test(part);
    for (const prefix of found) {
      if (plain && (part === '.' || part === '..' || !last)) {
        next.push(`${prefix}${part}/`);
        continue;
      }
      const folder = normalPath(prefix);
      const names = folder === null ? null : tree.list(folder);
      spend(names?.length ?? 1);
      for (const entry of names ?? []) {
        const isFolder = entry.endsWith('/');
        const name = isFolder ? entry.slice(0, -1) : entry;
        if (!isFolder && (!last || wantsFolder)) continue;
        const fits = plain
          ? name === part
          : name[0] !== '.' || part[0] === '.'
            ? fitsGlob(name, part)
            : false;
        if (fits) next.push(prefix + name + (last && !wantsFolder ? '' : '/'));
      }
    }
    found = next;
  }
  // What was not looked up on the way: folders named after the last pattern, or ending in dots.
  return found.filter((path) => !path.endsWith('/') || tree.list(normalPath(path) ?? '\0') !== null).sort();
}

/** Whether a name fits a pattern of `*`, `?` and `[…]`; no time grows faster than the product of both lengths. */
export function fitsGlob(name: string, pattern: string): boolean {
  let at = 0;
  let in_ = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const step = in_ < pattern.length ? oneFits(name[at]!, pattern, in_) : 0;
    if (pattern[in_] === '*') {
      star = in_++;
      starAt = at;
    } else if (step > 0) {
      in_ += step;
      at++;
    } else if (star >= 0) {
      in_ = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[in_] === '*') in_++;
  return in_ === pattern.length;
}

/** How many characters of the pattern the character fits; 0 where it does not. */
function oneFits(character: string, pattern: string, at: number): number {
  const wanted = pattern[at]!;
  if (wanted === '?') return 1;
  if (wanted === '\\' && at + 1 < pattern.length) return pattern[at + 1] === character ? 2 : 0;
  if (wanted !== '[') return wanted === character ? 1 : 0;
  const end = pattern.indexOf(']', at + 2);
  if (end < 0) return wanted === character ? 1 : 0;
  let set = pattern.slice(at + 1, end);
  const negated = set[0] === '!' || set[0] === '^';
  if (negated) set = set.slice(1);
  let inside = false;
  for (let index = 0; index < set.length; index++) {
    if (set[index + 1] === '-' && index + 2 < set.length) {
      inside ||= set[index]! <= character && character <= set[index + 2]!;
      index += 2;
    } else inside ||= set[index] === character;
  }
  return inside === negated ? 0 : end - at + 1;
}
