import type { Range } from './diagnostic.ts';

/** A line of a text from its `column`, or its first visible character, to its last. Lines and columns count from 1. */
export function lineRange(text: string, line: number, column?: number): Range {
  const lines = text.split('\n');
  const own = lines[line - 1] ?? '';
  const offset = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const first = column ?? Math.max(own.search(/\S/), 0) + 1;
  const last = Math.max(own.trimEnd().length + 1, first);
  return {
    start: { offset: offset + first - 1, line, column: first },
    end: { offset: offset + last - 1, line, column: last },
  };
}
