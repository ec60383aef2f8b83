/** String literals, indented ones too, with expressions in them. */
import type { Grammar } from './grammar.ts';
import { chunks } from './literals.ts';
import type { Scope } from './scope.ts';
import { code, part, type Tree } from './tree.ts';
import { atom, string, type Type } from './types.ts';

/** What may stand in `${}`. */
function interpolated(g: Grammar, scope: Scope, size: number): Tree {
  const type = g.draw.choose<Type>([
    [12, () => string],
    [2, () => atom('stringlike')],
    [1, () => atom('file')],
  ]);
  return part`\${${g.expression(type, scope, size)}}`;
}

/** A chunk that does not make a `${` with the one before. */
function chunk(g: Grammar, before: string): string {
  const text = g.draw.pick(chunks);
  return before.endsWith('$') && text.startsWith('{') ? 'o' : text;
}

export function stringLiteral(g: Grammar, scope: Scope, size: number): Tree {
  const { draw } = g;
  const parts: Tree[] = [];
  let before = '';
  for (let n = draw.below(4); n > 0; n--) {
    if (size > 2 && draw.chance(0.35)) {
      parts.push(interpolated(g, scope, size >> 1));
      before = '';
    } else {
      before = chunk(g, before);
      parts.push(part`${before}`);
    }
  }
  return code`"${joined(parts)}"`;
}

/** Without the spaces between. */
function joined(parts: readonly Tree[]): Tree {
  return { kind: 'part', parts, length: parts.reduce((sum, { length }) => sum + length, 0) };
}

const indentedChunks = [
  ...[
    'a',
    'hello',
    'b c',
    '"',
    '\\',
    "'",
    '$a',
    '$$',
    '#',
    '=',
    '\xc3\xa9',
    "'''",
    "''${",
    "''$",
    "''\\n",
    "''\\t",
    "''\\x",
  ],
  ...['\t', '  ', '{', '}', '.', "' '", '\r', '$', '/* */'],
];

export function indentedString(g: Grammar, scope: Scope, size: number): Tree {
  const { draw } = g;
  const base = draw.below(5);
  const lines: Tree[] = [];
  const count = draw.between(1, 4);
  for (let i = 0; i < count; i++) {
    const indent = draw.choose([
      [6, () => ' '.repeat(base)],
      [2, () => ' '.repeat(base + draw.below(4))],
      [1, () => '\t'],
      [1, () => ' '.repeat(draw.below(3))],
    ]);
    const parts: Tree[] = [];
    let before = '';
    for (let n = draw.below(4); n > 0; n--) {
      // A quote before another would end the string, a dollar before a brace would open an expression.
      const closed = !/['$]$/.test(before);
      if (size > 2 && closed && draw.chance(0.3)) {
        parts.push(interpolated(g, scope, size >> 1));
        before = '';
      } else {
        const text = draw.pick(indentedChunks);
        before = closed || !/^['{$]/.test(text) ? text : 'o';
        parts.push(part`${before}`);
      }
    }
    // Nor may the end of a line stand before the closing quotes.
    const end = i === count - 1 && /['$]$/.test(before) ? 'e' : '';
    lines.push(part`${i === 0 && draw.chance(0.4) ? '' : '\n'}${indent}${joined(parts)}${end}`);
  }
  const last = draw.choose([
    [4, () => ''],
    [3, () => '\n'],
    [3, () => `\n${' '.repeat(draw.below(4))}`],
  ]);
  return code`''${joined(lines)}${last}''`;
}
