import type { Range } from './diagnostic.ts';

const widest = 100;

/**
 * The lines around `range` with its first line underlined:
 *
 *     3 |   firewall:
 *     4 |     tragets: [nft_ct]
 *       |     ^^^^^^^
 */
export function frame(text: string, range: Range): string {
  const { line, column } = range.start;
  const lines = text.split(/\r\n?|\n/);
  const first = Math.max(1, line - 2);
  const gutter = String(line).length;
  const shown: string[] = [];
  // A long line is cut so that the place stays in sight.
  const cut = column > widest ? column - Math.floor(widest / 2) : 1;
  for (let number = first; number <= line; number++) {
    const content = visible(lines[number - 1] ?? '').slice(cut - 1, cut - 1 + widest);
    shown.push(`${String(number).padStart(gutter)} | ${content}`.trimEnd());
  }
  const length =
    range.end.line === line ? range.end.column - column : (lines[line - 1] ?? '').length - column + 1;
  const carets = '^'.repeat(Math.min(Math.max(1, length), widest));
  shown.push(`${' '.repeat(gutter)} | ${' '.repeat(column - cut)}${carets}`);
  return shown.join('\n');
}

/** Control characters as one visible character each, so that a frame cannot steer a terminal and columns hold. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (control) =>
    control === '\t' ? ' ' : '\ufffd',
  );
}
