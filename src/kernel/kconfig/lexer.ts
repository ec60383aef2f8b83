import type { Dialect } from './dialect.ts';
import { type Help, readHelp } from './help.ts';
import type { Preprocessor } from './preprocess.ts';

/*
 * A file is read statement by statement. A statement is a line, with the lines a backslash joins to it; what it means is
 * found by its first word, so its words are cut in one go and handed to the parser. Two things are not cut into words:
 * the right side of an assignment, and the text after `help`, which ends at the first line that is indented less than
 * its first.
 *
 * Macros are expanded while words are cut. The outcome is one word, whatever is in it, and an empty outcome is none.
 */

export interface Word {
  /** `word`: a name or keyword. `macro`: a word that came from a macro, never a keyword. `text`: between quotes. */
  readonly kind: 'word' | 'macro' | 'text' | 'operator';
  readonly text: string;
}

export interface Statement {
  /** Of its first word. */
  line: number;
  words: Word[];
  /** For an assignment, the operator and the unexpanded right side. */
  assignment?: { operator: '=' | ':=' | '+='; value: string };
}

const newline = 0x0a;

export class Lexer {
  readonly file: string;
  /** The line being read. */
  line = 1;
  readonly #text: string;
  readonly #macros: Preprocessor;
  readonly #keywords: ReadonlySet<string>;
  /** Words after a statement's first may have `.` and `/` in them. */
  readonly #paths: boolean;
  readonly #warn: (line: number, message: string) => void;
  #offset = 0;

  constructor(
    file: string,
    text: string,
    macros: Preprocessor,
    dialect: Dialect,
    warn: (line: number, message: string) => void,
  ) {
    this.file = file;
    this.#text = text;
    this.#macros = macros;
    this.#keywords = keywordsOf(dialect);
    this.#paths = dialect.bare === 'path';
    this.#warn = warn;
  }

  /** The next statement that has words; null at the end of the file. */
  next(): Statement | null {
    const text = this.#text;
    const statement: Statement = { line: this.line, words: [] };
    while (this.#offset < text.length) {
      const character = text.charCodeAt(this.#offset);
      if (character === newline) {
        this.#offset++;
        this.line++;
        if (statement.words.length > 0) return statement;
        continue;
      }
      if (character === 0x20 || character === 0x09) {
        this.#offset++;
        continue;
      }
      if (character === 0x23) {
        this.#offset = this.#lineEnd();
        continue;
      }
      if (character === 0x5c && text.charCodeAt(this.#offset + 1) === newline) {
        this.#offset += 2;
        this.line++;
        continue;
      }
      if (statement.words.length === 0) statement.line = this.line;
      this.#word(statement, character);
      if (statement.assignment) return statement;
    }
    if (statement.words.length === 0) return null;
    if (!this.#paths) this.#warn(this.line, 'no new line at end of file');
    return statement;
  }

  #word(statement: Statement, first: number): void {
    const text = this.#text;
    const paths = this.#paths && statement.words.length > 0;
    if (isWord(first) || first === 0x24 || (paths && isOfPath(first))) {
      const start = this.#offset;
      let end = start;
      while (end < text.length && (isWord(text.charCodeAt(end)) || (paths && isOfPath(text.charCodeAt(end)))))
        end++;
      if (text.charCodeAt(end) !== 0x24) {
        this.#offset = end;
        statement.words.push({ kind: 'word', text: text.slice(start, end) });
      } else {
        const expanded = this.#expandedWord(paths);
        if (expanded !== '') statement.words.push({ kind: 'macro', text: expanded });
      }
      return;
    }
    if (first === 0x22 || first === 0x27) {
      statement.words.push({ kind: 'text', text: this.#quoted(first) });
      return;
    }
    const operator = operatorAt(text, this.#offset);
    if (operator === undefined) {
      this.#warn(this.line, `ignoring unsupported character '${text[this.#offset]}'`);
      this.#offset++;
      return;
    }
    this.#offset += operator.length;
    const [name, second] = statement.words;
    if (
      (operator === '=' || operator === ':=' || operator === '+=') &&
      second === undefined &&
      (name?.kind === 'macro' || (name?.kind === 'word' && !this.#keywords.has(name.text)))
    ) {
      statement.assignment = { operator, value: this.#assigned() };
    } else statement.words.push({ kind: 'operator', text: operator });
  }

  /** A word with a `$` in it, from the offset on. */
  #expandedWord(paths: boolean): string {
    const text = this.#text;
    const end = this.#lineEnd();
    let word = '';
    for (;;) {
      const start = this.#offset;
      for (; this.#offset < end; this.#offset++) {
        const character = text.charCodeAt(this.#offset);
        if (!isWord(character) && !(paths && isOfPath(character))) break;
      }
      word += text.slice(start, this.#offset);
      if (this.#offset >= end || text.charCodeAt(this.#offset) !== 0x24) return word;
      word += this.#expanded(end);
    }
  }

  #quoted(quote: number): string {
    const text = this.#text;
    let value = '';
    this.#offset++;
    for (;;) {
      const start = this.#offset;
      let character = text.charCodeAt(this.#offset);
      while (
        this.#offset < text.length &&
        character !== quote &&
        character !== newline &&
        character !== 0x24 &&
        character !== 0x5c
      ) {
        character = text.charCodeAt(++this.#offset);
      }
      value += text.slice(start, this.#offset);
      if (this.#offset >= text.length) return value;
      if (character === quote) {
        this.#offset++;
        return value;
      }
      if (character === newline) {
        this.#warn(this.line, 'multi-line strings not supported');
        return value;
      }
      if (character === 0x24) value += this.#expanded(this.#lineEnd());
      else {
        const escaped = text.charCodeAt(this.#offset + 1);
        const taken = this.#offset + 1 < text.length && escaped !== newline;
        if (taken) value += text[this.#offset + 1];
        this.#offset += taken ? 2 : 1;
      }
    }
  }

  #expanded(end: number): string {
    this.#macros.file = this.file;
    this.#macros.line = this.line;
    const { text, next } = this.#macros.reference(this.#text, this.#offset, end);
    this.#offset = next;
    return text;
  }

  #assigned(): string {
    const end = this.#lineEnd();
    let start = this.#offset;
    while (start < end && (this.#text[start] === ' ' || this.#text[start] === '\t')) start++;
    this.#offset = end;
    this.#macros.file = this.file;
    this.#macros.line = this.line;
    return this.#text.slice(start, end);
  }

  /** The text after a line `help`; the offset is at the start of a line. */
  help(): Help {
    const help = readHelp(this.#text, this.#offset);
    this.#offset = help.next;
    this.line += help.lines;
    return help;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#offset);
    return end < 0 ? this.#text.length : end;
  }
}

const long: ReadonlySet<string> = new Set(['||', '&&', '!=', '<=', '>=', ':=', '+=']);
const short: ReadonlySet<string> = new Set(['=', '<', '>', '!', '(', ')']);

function operatorAt(text: string, offset: number): string | undefined {
  const two = text.slice(offset, offset + 2);
  if (long.has(two)) return two;
  const one = text.charAt(offset);
  return short.has(one) ? one : undefined;
}

function isWord(character: number): boolean {
  return (
    (character >= 0x61 && character <= 0x7a) ||
    (character >= 0x41 && character <= 0x5a) ||
    (character >= 0x30 && character <= 0x39) ||
    character === 0x5f ||
    character === 0x2d
  );
}

/** `.` and `/`. */
function isOfPath(character: number): boolean {
  return character === 0x2e || character === 0x2f;
}

const keywords: ReadonlySet<string> = new Set(
  (
    'bool choice comment config def_bool def_tristate default depends endchoice endif endmenu help hex if imply int ' +
    'mainmenu menu menuconfig modules on optional prompt range select source string tristate visible ' +
    'rsource osource orsource'
  ).split(' '),
);
const newer: ReadonlySet<string> = new Set([...keywords, 'transitional']);
const dashed: ReadonlySet<string> = new Set([...keywords, '---help---']);

/** Words that begin a statement, and so are no names. */
export function keywordsOf({ transitional, dashedHelp }: Dialect): ReadonlySet<string> {
  return transitional ? newer : dashedHelp ? dashed : keywords;
}

/** Words that are no names in the rest of a statement. */
export function reservedOf(dialect: Dialect): ReadonlySet<string> {
  return dialect.bare === 'path' ? conjunctions : keywordsOf(dialect);
}

const conjunctions: ReadonlySet<string> = new Set(['if', 'on']);
