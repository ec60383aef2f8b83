/**
 * Programs that are nearly right, and texts that are hardly any: cases of the corpus with tokens dropped, added,
 * replaced or moved (`mutateTokens`), two of them combined (`combine`), or with their bytes treated badly
 * (`mutateBytes`).
 */
const tokens = [
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ';',
    '=',
    '.',
    ',',
    ':',
    '@',
    '?',
    '+',
    '-',
    '*',
    '/',
    '//',
    '++',
    '==',
    '<',
  ],
  ...[
    'if',
    'then',
    'else',
    'let',
    'in',
    'with',
    'assert',
    'rec',
    'inherit',
    'or',
    '...',
    '"',
    "''",
    '${',
    '$',
  ],
  ...['x', '1', '1.5', './a', '<a>', '~/a', 'a:b', '!', '&&', '->', '|', '#', '/*', '\\', '`', '\xff', '\0'],
];

const split = (text: string): string[] =>
  text.match(/\s+|[A-Za-z_][\w'-]*|\d+|\.\.\.|''|\$\{|\/\/|\+\+|==|./gs) ?? [];

export interface Random {
  below(n: number): number;
}

/** The same numbers for the same seed. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return {
    below(n) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    },
  };
}

const pick = <T>(from: readonly T[], { below }: Random): T => from[below(from.length)]!;

export function mutateTokens(text: string, numbers: Random): string {
  const { below } = numbers;
  const parts = split(text);
  for (let n = 1 + below(3); n > 0; n--) {
    const at = below(parts.length);
    const token = pick(tokens, numbers);
    switch (below(4)) {
      case 0:
        parts.splice(at, 1);
        break;
      case 1:
        parts.splice(at, 0, ` ${token} `);
        break;
      case 2:
        parts[at] = token;
        break;
      default: {
        const other = below(parts.length);
        const part = parts[at] ?? '';
        parts[at] = parts[other] ?? '';
        parts[other] = part;
      }
    }
  }
  return parts.join('');
}

/** Two programs made one, which is valid if they are; `A` and `B` stand for them. */
const frames = [
  ...['[ A B ]', 'A B', 'A // B', 'A ++ B', 'A + B', 'A == B', 'A < B', 'A -> B', 'A.a or B', 'A ? B'],
  ...[
    'let x = A; in B',
    'with A; B',
    'rec { a = A; b = B; c = a; }',
    'assert A; B',
    'if A then B else A',
    '"${A} ${B}"',
  ],
  ...[
    'map (x: A) [ B ]',
    'builtins.map A B',
    "builtins.foldl' A B [ A B ]",
    'builtins.toJSON { a = A; b = [ B ]; }',
  ],
  ...[
    'builtins.toXML [ A B ]',
    'builtins.deepSeq A B',
    'builtins.tryEval (builtins.seq A B)',
    'builtins.sort A B',
  ],
  ...[
    'builtins.genericClosure { startSet = A; operator = B; }',
    'builtins.listToAttrs [ A { name = B; value = A; } ]',
  ],
  ...[
    'builtins.replaceStrings [ A ] [ B ] A',
    'builtins.match A B',
    'builtins.split A B',
    'builtins.substring A B A',
  ],
  ...[
    'builtins.scopedImport A B',
    'import A',
    'builtins.readFile A',
    'builtins.path { path = A; name = B; }',
  ],
  ...[
    'builtins.filterSource A B',
    'builtins.toFile A B',
    'builtins.findFile A B',
    'builtins.addErrorContext A B',
  ],
  ...[
    'derivation A',
    'derivation { name = A; system = B; builder = A; args = B; }',
    'builtins.appendContext A B',
  ],
  ...[
    'derivation { name = "x"; system = "s"; builder = "b"; __structuredAttrs = true; a = A; outputs = B; }',
  ],
  ...['builtins.mapAttrs A B', 'removeAttrs A B', 'builtins.intersectAttrs A B', 'builtins.zipAttrsWith A B'],
  ...[
    'builtins.fromJSON A',
    'builtins.fromTOML A',
    'builtins.convertHash A',
    'builtins.hashString A B',
    'throw A',
  ],
  ...['{ a, b ? A }: B', '({ a ? A, ... }@args: B) A', 'let f = x: A; in f (f B)', '{ ${A} = B; }', 'A.${B}'],
];

export function combine(text: string, other: string, numbers: Random): string {
  const bracketed = (program: string): string => `(\n${program}\n)`;
  const frame = pick(frames, numbers);
  return frame.replace(/\b[AB]\b/g, (name) => bracketed(name === 'A' ? text : other));
}

/** Bytes that readers of text are known to stumble over. */
const awkward = [
  ...[
    '\0',
    '\xff',
    '\xfe',
    '\x80',
    '\xc3',
    '\xc0\x80',
    '\xed\xa0\x80',
    '\xf4\x90\x80\x80',
    '\xef\xbb\xbf',
    '\xe2\x80\xa8',
  ],
  ...['\r', '\r\n', '\x1b[31m', '\x7f', '\x0b', '\t', '\n'],
  ...[
    '${',
    "''${",
    "''",
    "''\\",
    '"',
    '\\',
    '\\"',
    '/*',
    '*/',
    '#',
    '$$',
    '.${',
    '"${',
    '__',
    'or',
    '..',
    '//',
  ],
  ...[
    '9'.repeat(30),
    '9223372036854775808',
    '-9223372036854775808',
    '1e999',
    `0.${'0'.repeat(400)}1`,
    '1.7976931348623159e308',
    '1.0e-400',
    `${'1'.repeat(400)}.0`,
  ],
];

/** What opens and what closes one level. */
const levels: readonly (readonly [string, string])[] = [
  ['(', ')'],
  ['[', ']'],
  ['{ a = ', '; }'],
  ['rec { a = ', '; }'],
  ['x: ', ''],
  ['{ x ? ', ' }: x'],
  ['"${', '}"'],
  ["''${", "}''"],
  ['let a = ', '; in a'],
  ['if true then ', ' else 1'],
  ['if ', ' then 1 else 1'],
  ['with { }; ', ''],
  ['assert true; ', ''],
  ['-', ''],
  ['!', ''],
  ['1 + ', ''],
  ['', ' // { }'],
  ['[ ] ++ ', ''],
  ['true -> ', ''],
  ['', '.a'],
  ['', ' ? a'],
  ['', '.a or 1'],
  ['f ', ''],
  ['./${', '}'],
  ['builtins.toJSON ', ''],
  ['builtins.fromJSON (', ')'],
  ['/*', '*/'],
  ['#', '\n'],
  ['"', '"'],
];

const chunk = (text: string, { below }: Random): [number, number] => {
  const from = below(text.length + 1);
  return [from, from + below(Math.min(text.length - from, 40) + 1)];
};

/** `other` is a second program, for splices. */
export function mutateBytes(text: string, other: string, numbers: Random): string {
  const { below } = numbers;
  let out = text;
  for (let n = 1 + below(3); n > 0; n--) {
    const [from, to] = chunk(out, numbers);
    const [before, middle, after] = [out.slice(0, from), out.slice(from, to), out.slice(to)];
    switch (below(10)) {
      case 0: {
        const flipped = String.fromCharCode(out.charCodeAt(from) ^ (1 << below(8)));
        if (from < out.length) out = before + flipped + out.slice(from + 1);
        break;
      }
      case 1:
        out = before + after;
        break;
      case 2:
        out = before + middle.repeat(2 + below(4)) + after;
        break;
      case 3:
        out = before + pick(awkward, numbers) + middle + after;
        break;
      case 4:
        out = before + pick(awkward, numbers) + after;
        break;
      case 5:
        out = before + other.slice(chunk(other, numbers)[0]);
        break;
      case 6: {
        const [start, end] = chunk(other, numbers);
        out = before + other.slice(start, end) + after;
        break;
      }
      case 7:
        out = below(2) === 0 ? before : after;
        break;
      case 8:
        out = before + randomBytes(1 + below(20), numbers) + after;
        break;
      default: {
        const [open, close] = pick(levels, numbers);
        // Mostly a few levels, now and then more than any stack holds.
        const depth = Math.floor(10 ** (below(500) / 100));
        const closed = below(4) === 0 ? below(depth) : depth;
        out = before + open.repeat(depth) + middle + close.repeat(closed) + after;
      }
    }
  }
  return out;
}

export function randomBytes(length: number, { below }: Random): string {
  let out = '';
  for (let i = 0; i < length; i++) out += String.fromCharCode(below(256));
  return out;
}

/** Whether a program may read the root folder, which takes for ever. */
export const readsRoot = (text: string): boolean =>
  /(?<![\w.~>}+/-])\/\.?(?![\w./])|(?<!\.)\.\.(?!\.)/.test(text);
