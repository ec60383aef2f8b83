import type { SourceTree } from '../tree.ts';

export interface Source {
  file: string;
  text: string;
}

/**
 * The files a `source` statement names, in order; none where there is none.
 *
 * A path with `*`, `?` or `[…]` stands for all files that match, sorted, as newer and derived Kconfig languages have
 * it; the kernel's own files use plain paths only.
 */
export function findSources(tree: SourceTree, path: string): Source[] {
  if (!/[*?[]/.test(path)) {
    const text = tree.read(path);
    return text === null ? [] : [{ file: path, text }];
  }
  return expand(tree, '', path.split('/')).flatMap((file) => {
    const text = tree.read(file);
    return text === null ? [] : [{ file, text }];
  });
}

function expand(tree: SourceTree, folder: string, [part, ...rest]: readonly string[]): string[] {
  if (part === undefined) return [];
  const inside = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const names = /[*?[]/.test(part) ? matching(tree.list(folder) ?? [], part, rest.length > 0) : [part];
  return names.flatMap((name) => (rest.length === 0 ? [inside(name)] : expand(tree, inside(name), rest)));
}

function matching(names: readonly string[], pattern: string, folders: boolean): string[] {
  const plain = names
    .filter((name) => name.endsWith('/') === folders)
    .map((name) => (folders ? name.slice(0, -1) : name));
  return plain.filter((name) => (!name.startsWith('.') || pattern.startsWith('.')) && matches(name, pattern));
}

/** Whether a name matches a pattern of the shell. Never more than length × length steps. */
function matches(name: string, pattern: string): boolean {
  // The places in the name that the pattern so far can end at.
  let ends = new Set([0]);
  for (let offset = 0; offset < pattern.length && ends.size > 0; offset++) {
    const next = new Set<number>();
    if (pattern[offset] === '*') {
      for (let end = Math.min(...ends); end <= name.length; end++) next.add(end);
    } else {
      const close = pattern[offset] === '[' ? pattern.indexOf(']', offset + 2) : -1;
      const set = close < 0 ? null : pattern.slice(offset + 1, close);
      for (const end of ends) {
        const character = name[end];
        if (character === undefined) continue;
        const fits =
          set === null ? pattern[offset] === '?' || pattern[offset] === character : inSet(character, set);
        if (fits) next.add(end + 1);
      }
      if (close >= 0) offset = close;
    }
    ends = next;
  }
  return ends.has(name.length);
}

function inSet(character: string, set: string): boolean {
  const negated = set[0] === '!' || set[0] === '^';
  const members = negated ? set.slice(1) : set;
  for (let offset = 0; offset < members.length; offset++) {
    const first = members[offset]!;
    const last = members[offset + 1] === '-' ? members[offset + 2] : undefined;
    if (last !== undefined) offset += 2;
    if (character >= first && character <= (last ?? first)) return !negated;
  }
  return negated;
}
