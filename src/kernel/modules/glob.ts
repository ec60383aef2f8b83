/**
 * Shell patterns as fnmatch(3) has them without flags, which is how kmod matches aliases: `*`, `?`, `[a-z]`, `[!a-z]`,
 * and `\` before a character that means itself.
 *
 * A `*` that fails takes one character more, and only the last one is ever asked again: the time is at most the
 * product of the lengths.
 */
export function matches(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let resumed = 0;
  while (place < text.length) {
    const next = pattern[at] === '*' ? -1 : afterOne(pattern, at, text[place]!);
    if (pattern[at] === '*') {
      star = ++at;
      resumed = place;
    } else if (next > 0) {
      at = next;
      place++;
    } else if (star >= 0) {
      at = star;
      place = ++resumed;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Where the pattern goes on after one character of text; 0 where it does not match it. */
function afterOne(pattern: string, at: number, character: string): number {
  switch (pattern[at]) {
    case undefined:
      return 0;
    case '?':
      return at + 1;
    case '\\':
      // At the very end it stands for nothing.
      return pattern[at + 1] === character ? at + 2 : 0;
    case '[': {
      const set = bracket(pattern, at);
      // Without its end it means itself.
      if (set === undefined) return character === '[' ? at + 1 : 0;
      return set.has(character) ? set.end : 0;
    }
    default:
      return pattern[at] === character ? at + 1 : 0;
  }
}

interface Bracket {
  has(character: string): boolean;
  /** Behind its `]`. */
  end: number;
}

function bracket(pattern: string, start: number): Bracket | undefined {
  let at = start + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at++;
  const ranges: [first: string, last: string][] = [];
  // A `]` that comes first means itself.
  for (const begin = at; pattern[at] !== ']' || at === begin; ) {
    if (pattern[at] === '\\') at++;
    const first = pattern[at++];
    if (first === undefined) return undefined;
    let last = first;
    if (pattern[at] === '-' && pattern[at + 1] !== ']' && pattern[at + 1] !== undefined) {
      at += pattern[at + 1] === '\\' ? 2 : 1;
      last = pattern[at++] ?? first;
    }
    ranges.push([first, last]);
  }
  const has = (character: string): boolean =>
    ranges.some(([first, last]) => first <= character && character <= last) !== negated;
  return { has, end: at + 1 };
}
