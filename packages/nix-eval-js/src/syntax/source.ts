/**
 * Sources and positions.
 *
 * A position is one number: 0 for none, otherwise an offset into the concatenation of all sources a
 * `Positions` knows, plus one. Attribute sets and thunks keep plain small integers; lines and columns
 * are computed when somebody looks.
 */

/** Where a text came from: a file, an argument, or standard input. */
export type Origin =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'string' }
  | { readonly kind: 'stdin' };

/** A text that was parsed; one char per byte. */
export class Source {
  readonly origin: Origin;
  readonly text: string;
  #lines: number[] | undefined;

  constructor(origin: Origin, text: string) {
    this.origin = origin;
    this.text = text;
  }

  /** How errors name it: the path, `«string»` or `«stdin»` (as bytes). */
  get name(): string {
    if (this.origin.kind === 'file') return this.origin.path;
    return this.origin.kind === 'stdin' ? '\xc2\xabstdin\xc2\xbb' : '\xc2\xabstring\xc2\xbb';
  }

  /** 0-based start offsets of all lines; `\n`, `\r` and `\r\n` end a line. */
  get lines(): readonly number[] {
    if (this.#lines !== undefined) return this.#lines;
    const lines = [0];
    const { text } = this;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 10) lines.push(i + 1);
      else if (c === 13) {
        if (text.charCodeAt(i + 1) === 10) i++;
        lines.push(i + 1);
      }
    }
    this.#lines = lines;
    return lines;
  }

  /** A line's text without its end, or undefined past the last; `line` is 1-based. */
  line(line: number): string | undefined {
    const start = this.lines[line - 1];
    if (start === undefined) return undefined;
    const end = this.lines[line] ?? this.text.length;
    let stop = end;
    while (stop > start && (this.text.charCodeAt(stop - 1) === 10 || this.text.charCodeAt(stop - 1) === 13))
      stop--;
    return this.text.slice(start, stop);
  }
}

/** A resolved position: 1-based line and column (in bytes). */
export interface Position {
  readonly source: Source;
  /** 0-based. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A position's place as errors print it: `file:line:column`. */
export function showPosition(position: Position | undefined): string {
  if (position === undefined) return '\xc2\xabnone\xc2\xbb:0';
  return `${position.source.name}:${position.line}:${position.column}`;
}

/** All sources of one evaluator, laid end to end. */
export class Positions {
  readonly #bases: number[] = [];
  readonly #sources: Source[] = [];
  #next = 1;

  /** The number to add to an offset of this source to get its position. */
  add(source: Source): number {
    const base = this.#next;
    this.#bases.push(base);
    this.#sources.push(source);
    this.#next += source.text.length + 2;
    return base;
  }

  resolve(position: number): Position | undefined {
    if (position <= 0) return undefined;
    let low = 0;
    let high = this.#bases.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#bases[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    const source = this.#sources[low];
    return source && locate(source, position - this.#bases[low]!);
  }
}

/** The line and column of a 0-based offset. */
export function locate(source: Source, offset: number): Position {
  const { lines } = source;
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { source, offset, line: low + 1, column: offset - lines[low]! + 1 };
}
