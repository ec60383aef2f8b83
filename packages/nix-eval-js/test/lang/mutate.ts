/** Programs that are nearly right: cases of the corpus with a token dropped, added, replaced or moved. */
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

export function mutate(text: string, { below }: Random): string {
  const parts = split(text);
  for (let n = 1 + below(3); n > 0; n--) {
    const at = below(parts.length);
    const token = tokens[below(tokens.length)]!;
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
