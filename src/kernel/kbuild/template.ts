/**
 * Text with references to variables and functions, as GNU make reads it (manual: 6.1 Basics of Variable References, 6.3.1
 * Substitution References, 8.1 Function Call Syntax).
 *
 * A reference ends at the first closing bracket of its own kind that nothing inside opened; brackets of the other kind do
 * not count. Commas divide a function's arguments by the same rule, as many as the function has; the last argument keeps
 * the rest. Text without a variable in it is its own value, so most templates are one string.
 */

export type Part = string | Reference;
export type Template = readonly Part[];

export type Reference =
  /** `$(name)`, or `$(name:from=to)`, which is one once `inside` is expanded. */
  | { kind: 'variable'; inside: Template; name: string | null }
  | { kind: 'function'; name: string; args: readonly Template[] };

/** The functions of make, with the greatest number of their arguments. */
const functions: ReadonlyMap<string, number> = new Map([
  ['abspath', 1],
  ['addprefix', 2],
  ['addsuffix', 2],
  ['and', Number.POSITIVE_INFINITY],
  ['basename', 1],
  ['call', Number.POSITIVE_INFINITY],
  ['dir', 1],
  ['error', 1],
  ['eval', 1],
  ['file', 2],
  ['filter', 2],
  ['filter-out', 2],
  ['findstring', 2],
  ['firstword', 1],
  ['flavor', 1],
  ['foreach', 3],
  ['if', 3],
  ['info', 1],
  ['join', 2],
  ['lastword', 1],
  ['notdir', 1],
  ['or', Number.POSITIVE_INFINITY],
  ['origin', 1],
  ['patsubst', 3],
  ['realpath', 1],
  ['shell', 1],
  ['sort', 1],
  ['strip', 1],
  ['subst', 3],
  ['suffix', 1],
  ['value', 1],
  ['warning', 1],
  ['wildcard', 1],
  ['word', 2],
  ['wordlist', 3],
  ['words', 1],
]);

/** Brackets inside one another that are still read. */
const deepest = 200;

export interface Parsed {
  template: Template;
  /** Offset of a reference that nothing closes, or that is too deep; it reads as nothing. */
  unclosed?: number;
}

export function parseTemplate(text: string): Parsed {
  let unclosed: number | undefined;
  const bad = (offset: number): void => {
    unclosed ??= offset;
  };
  const template = parse(text, 0, text.length, 0, bad);
  return unclosed === undefined ? { template } : { template, unclosed };
}

/** The text of a template that refers to nothing; otherwise undefined. */
export function plainText(template: Template): string | undefined {
  if (template.length === 0) return '';
  const only = template[0]!;
  return template.length === 1 && typeof only === 'string' ? only : undefined;
}

function parse(text: string, from: number, to: number, depth: number, bad: (at: number) => void): Template {
  const parts: Part[] = [];
  let literal = '';
  let at = from;
  while (at < to) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar >= to) break;
    literal += text.slice(at, dollar);
    const next = dollar + 1 < to ? text[dollar + 1]! : '';
    at = dollar + 2;
    if (next === '') break;
    if (next === '$') {
      literal += '$';
      continue;
    }
    if (next !== '(' && next !== '{') {
      // `$x`: a name of one character. Before a blank it is an empty name.
      if (literal !== '') parts.push(literal);
      literal = '';
      if (next.trim() !== '') parts.push({ kind: 'variable', inside: [next], name: next });
      else literal = next;
      continue;
    }
    const end = closing(text, at, to);
    if (end < 0 || depth >= deepest) {
      bad(dollar);
      at = to;
      break;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(reference(text, at, end, next, depth, bad));
    at = end + 1;
  }
  if (at < to) literal += text.slice(at, to);
  if (literal !== '') parts.push(literal);
  return parts;
}

/** Offset of the bracket that closes the one before `from`; −1 where none does. */
export function closing(text: string, from: number, to: number): number {
  const open = text[from - 1];
  const close = open === '(' ? ')' : '}';
  let count = 0;
  for (let at = from; at < to; at++) {
    const character = text[at];
    if (character === open) count++;
    else if (character === close && --count < 0) return at;
  }
  return -1;
}

function reference(
  text: string,
  from: number,
  to: number,
  open: string,
  depth: number,
  bad: (at: number) => void,
): Reference {
  let nameEnd = from;
  while (nameEnd < to && isNameCharacter(text.charCodeAt(nameEnd))) nameEnd++;
  if (nameEnd > from && (nameEnd === to || text[nameEnd] === ' ' || text[nameEnd] === '\t')) {
    const name = text.slice(from, nameEnd);
    const most = functions.get(name);
    if (most !== undefined && nameEnd < to) {
      let start = nameEnd;
      while (start < to && isBlank(text[start])) start++;
      const args = divide(text, start, to, open, most).map(([begin, end]) => {
        // `if`, `or` and `and` take no notice of blanks around a condition.
        if (name === 'or' || name === 'and' || (name === 'if' && begin === start))
          [begin, end] = trimmed(text, begin, end);
        return parse(text, begin, end, depth + 1, bad);
      });
      return { kind: 'function', name, args };
    }
  }
  const inside = parse(text, from, to, depth + 1, bad);
  const plain = plainText(inside);
  return { kind: 'variable', inside, name: plain === undefined || plain.includes(':') ? null : plain };
}

/** The arguments between `from` and `to`, as offsets. */
function divide(text: string, from: number, to: number, open: string, most: number): [number, number][] {
  const close = open === '(' ? ')' : '}';
  const found: [number, number][] = [];
  let begin = from;
  let count = 0;
  for (let at = from; at < to && found.length + 1 < most; at++) {
    const character = text[at];
    if (character === open) count++;
    else if (character === close) count--;
    else if (character === ',' && count === 0) {
      found.push([begin, at]);
      begin = at + 1;
    }
  }
  found.push([begin, to]);
  return found;
}

function trimmed(text: string, begin: number, end: number): [number, number] {
  while (begin < end && isBlank(text[begin])) begin++;
  while (end > begin && isBlank(text[end - 1])) end--;
  return [begin, end];
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n';
}

/** a–z and `-`, as in the names of functions. */
function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code === 0x2d;
}
