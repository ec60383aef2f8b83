/** Strips the common indentation of an indented string (`''…''`). */
import type { Expr } from './ast.ts';
import type { IndentedPart } from './lexer.ts';

interface Interpolation {
  readonly pos: number;
  readonly value: Expr;
}

/** The smallest indentation of the lines; a last line of spaces does not count. */
function commonIndent(parts: readonly (IndentedPart | Interpolation)[]): number {
  let atLineStart = true;
  let common = 1_000_000;
  let current = 0;
  for (const part of parts) {
    if (!('text' in part) || !part.indentable) {
      if (atLineStart) {
        atLineStart = false;
        common = Math.min(common, current);
      }
      continue;
    }
    const { text } = part;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (atLineStart) {
        if (c === 32) current++;
        else if (c === 10) current = 0;
        else {
          atLineStart = false;
          common = Math.min(common, current);
        }
      } else if (c === 10) {
        atLineStart = true;
        current = 0;
      }
    }
  }
  return common;
}

export function stripIndentation(pos: number, parts: (IndentedPart | Interpolation)[]): Expr {
  const indent = commonIndent(parts);
  const out: { pos: number; value: Expr }[] = [];
  let atLineStart = true;
  let dropped = 0;
  parts.forEach((part, index) => {
    if (!('text' in part)) {
      atLineStart = false;
      dropped = 0;
      out.push(part);
      return;
    }
    let text = '';
    for (const c of part.text) {
      if (!atLineStart) {
        text += c;
        if (c === '\n') atLineStart = true;
      } else if (c === ' ') {
        if (dropped++ >= indent) text += c;
      } else {
        if (c !== '\n') atLineStart = false;
        dropped = 0;
        text += c;
      }
    }
    if (index === parts.length - 1) {
      const last = text.lastIndexOf('\n');
      if (last >= 0 && /^ *$/.test(text.slice(last + 1))) text = text.slice(0, last + 1);
    }
    if (text !== '') out.push({ pos: part.pos, value: { kind: 'string', value: text } });
  });
  if (out.length === 0) return { kind: 'string', value: '' };
  if (out.length === 1 && out[0]!.value.kind === 'string') return out[0]!.value;
  return { kind: 'concat', pos, isString: true, parts: out };
}
