/**
 * The text after a line `help`, which ends at the first line that is indented less than its first. More than half of all
 * Kconfig files is such text, and hardly any of it is ever shown: what is read is where it ends.
 */
export interface Help {
  /** The file's, with the help between two offsets of it. */
  readonly text: string;
  readonly start: number;
  /** Where reading goes on, and after how many lines. */
  readonly next: number;
  readonly lines: number;
  /** Nothing but blanks. */
  readonly blank: boolean;
}

const newline = 0x0a;

/** The help that begins at the start of a line. */
export function readHelp(text: string, start: number): Help {
  let indentation = 0;
  let lines = 0;
  let blank = true;
  for (let offset = start; ; ) {
    const end = lineEnd(text, offset);
    const { width, first } = indent(text, offset, end);
    if (first < end) {
      if (indentation > 0 && width < indentation) return { text, start, next: first, lines, blank };
      if (indentation === 0) indentation = width;
      blank &&= !/\S/.test(text.slice(first, end));
    }
    if (end >= text.length) return { text, start, next: end, lines, blank };
    offset = end + 1;
    lines++;
    if (endsBefore(text, offset)) return { text, start, next: offset, lines, blank };
  }
}

/** The help as it is shown: without the indentation of its first line, and blanks at the ends of lines. */
export function textOf({ text, start, next }: Help): string {
  let help = '';
  let indentation = 0;
  for (let offset = start; ; ) {
    const end = lineEnd(text, offset);
    const { width, first } = indent(text, offset, end);
    if (first < end) {
      if (indentation > 0 && width < indentation) return help;
      if (indentation > 0) help += ' '.repeat(width - indentation);
      else indentation = width;
      help += text.slice(first, trimmed(text, first, end));
    }
    if (end >= next || end >= text.length) return help;
    offset = end + 1;
    if (endsBefore(text, offset)) return help;
    help += '\n';
  }
}

/** The end without blanks before it. */
function trimmed(text: string, start: number, end: number): number {
  while (end > start && (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x09)) end--;
  return end;
}

/** A line with something in its first column ends it; an empty one does not. */
function endsBefore(text: string, offset: number): boolean {
  const first = text.charCodeAt(offset);
  return offset < text.length && first !== 0x20 && first !== 0x09 && first !== newline;
}

/** How far a line is indented, in columns, and where what stands in it begins. */
function indent(text: string, start: number, end: number): { width: number; first: number } {
  let width = 0;
  let first = start;
  for (; first < end; first++) {
    const character = text.charCodeAt(first);
    if (character === 0x09) width = (width & ~7) + 8;
    else if (character === 0x20) width++;
    else break;
  }
  return { width, first };
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}
