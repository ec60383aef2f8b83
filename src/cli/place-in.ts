import { readFileSync } from 'node:fs';
import type { Details } from '../diagnostics/diagnostic.ts';
import { lineRange } from '../diagnostics/line-range.ts';

/** A place in a file on the disk. `sources` gets its text, so that the line is shown; if it cannot be read, the number is. */
export function placeIn(file: string, sources: Map<string, string>, line?: number, column?: number): Details {
  if (line === undefined) return { file };
  try {
    const text = sources.get(file) ?? readFileSync(file, 'utf8');
    sources.set(file, text);
    return { file, range: lineRange(text, line, column) };
  } catch {
    return { file: `${file}:${line}` };
  }
}
