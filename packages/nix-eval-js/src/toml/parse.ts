/**
 * Reads TOML 1.0 as `builtins.fromTOML` does, in one pass over a byte string.
 *
 * What a table may still take depends on how it came to be, so each one has an
 * origin, kept beside it (see scope.ts): a header, a header below it, a dotted
 * key, or braces. Where the specification and the library behind Nix differ,
 * real Nix decides; the places are marked "as Nix".
 */

import { invalidUtf8At } from '../text/utf8.ts';
import { Document } from './scope.ts';

/** A value. Integers are 64-bit, strings and keys byte strings; `datetime` is its text as Nix shows it. */
export type TomlValue =
  | string
  | bigint
  | boolean
  | { readonly float: number }
  | { readonly datetime: string }
  | TomlValue[]
  | Map<string, TomlValue>;

/** A text that is no TOML. `offset` is a 0-based byte offset. */
export class TomlError extends Error {
  override readonly name = 'TomlError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Values nest this deep. */
const maxDepth = 500;

/** Parse a document. Throws {@link TomlError}. */
export function parseToml(text: string): Map<string, TomlValue> {
  return new Parser(text).document();
}

const bareKey = /[A-Za-z0-9_-]+/y;
/** A number, date or word goes on until one of these. */
const scalar = /[A-Za-z0-9+\-_.:]+/y;
const decimal = /^[+-]?(?:0|[1-9](?:_?[0-9])*)$/;
const radix = /^0(?:x[0-9a-fA-F](?:_?[0-9a-fA-F])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)$/;
const float = /^[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const date = /^([0-9]{4})-([0-9]{2})-([0-9]{2})/;
const time = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?/;
const zone = /^(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))$/;

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): Map<string, TomlValue> {
    const document = new Document();
    if (this.text.startsWith('\xef\xbb\xbf')) this.at = 3;
    const broken = invalidUtf8At(this.text);
    if (broken >= 0) this.fail('not UTF-8', broken);
    for (;;) {
      this.blank();
      const c = this.text[this.at];
      if (c === undefined) return document.root;
      if (c === '[') this.header(document);
      else if (c !== '#' && c !== '\n' && c !== '\r') this.pair(document, document.current);
      this.lineEnd();
    }
  }

  private fail(message: string, offset = this.at): never {
    throw new TomlError(message, offset);
  }

  /** Skip spaces and tabs. */
  private blank(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 9) return;
      this.at++;
    }
  }

  /** A comment, the end of a line, or the end of the text. */
  private lineEnd(): void {
    this.blank();
    if (this.text[this.at] === '#') this.comment();
    if (this.at < this.text.length && !this.newline()) this.fail('expected the end of the line');
  }

  private comment(): void {
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === 10 || (code === 13 && this.text[this.at + 1] === '\n')) return;
      if ((code < 32 && code !== 9) || code === 127) this.fail('control character in a comment');
    }
  }

  private newline(): boolean {
    const c = this.text[this.at];
    const length = c === '\n' ? 1 : c === '\r' && this.text[this.at + 1] === '\n' ? 2 : 0;
    this.at += length;
    return length > 0;
  }

  /** Skip what may stand between the items of an array. */
  private space(): void {
    for (;;) {
      this.blank();
      if (this.text[this.at] === '#') this.comment();
      else if (!this.newline()) return;
    }
  }

  private header(document: Document): void {
    const start = this.at;
    const many = this.text[this.at + 1] === '[';
    this.at += many ? 2 : 1;
    const keys = this.keys();
    const close = many ? ']]' : ']';
    if (!this.text.startsWith(close, this.at)) this.fail(`expected '${close}'`);
    this.at += close.length;
    const problem = document.open(keys, many);
    if (problem !== undefined) this.fail(problem, start);
  }

  private pair(document: Document, table: Map<string, TomlValue>): void {
    const start = this.at;
    const keys = this.keys();
    if (this.text[this.at] !== '=') this.fail("expected '='");
    this.at++;
    this.blank();
    const value = this.value(document);
    const problem = document.set(table, keys, value);
    if (problem !== undefined) this.fail(problem, start);
  }

  /** Keys with dots between, and the space around them. */
  private keys(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.blank();
      keys.push(this.key());
      this.blank();
      if (this.text[this.at] !== '.') return keys;
      this.at++;
    }
  }

  private key(): string {
    const start = this.at;
    const key = this.anyKey();
    // As Nix, for which a null byte ends a string.
    if (key.includes('\0')) this.fail('null byte in a key', start);
    return key;
  }

  private anyKey(): string {
    const c = this.text[this.at];
    if (c === '"') return this.basic();
    if (c === "'") return this.literal();
    bareKey.lastIndex = this.at;
    const found = bareKey.exec(this.text);
    if (found === null) this.fail('expected a key');
    this.at += found[0].length;
    return found[0];
  }

  private value(document: Document): TomlValue {
    const start = this.at;
    const value = this.anyValue(document);
    // As Nix, for which a null byte ends a string.
    if (typeof value === 'string' && value.includes('\0')) this.fail('null byte in a string', start);
    return value;
  }

  private anyValue(document: Document): TomlValue {
    switch (this.text[this.at]) {
      case '"':
        return this.text.startsWith('"""', this.at) ? this.multilineBasic() : this.basic();
      case "'":
        return this.text.startsWith("'''", this.at) ? this.multilineLiteral() : this.literal();
      case '[':
        return this.nested(() => this.array(document));
      case '{':
        return this.nested(() => this.inlineTable(document));
      default:
        return this.scalar();
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > maxDepth) this.fail('values nest too deep');
    const value = read();
    this.depth--;
    return value;
  }

  private array(document: Document): TomlValue[] {
    const items: TomlValue[] = [];
    this.at++;
    for (;;) {
      this.space();
      if (this.text[this.at] === ']') break;
      items.push(this.value(document));
      this.space();
      if (this.text[this.at] === ',') this.at++;
      else if (this.text[this.at] !== ']') this.fail("expected ',' or ']'");
    }
    this.at++;
    return items;
  }

  private inlineTable(document: Document): Map<string, TomlValue> {
    const table = document.inline();
    this.at++;
    this.blank();
    if (this.text[this.at] !== '}') {
      for (;;) {
        this.pair(document, table);
        this.blank();
        if (this.text[this.at] === '}') break;
        if (this.text[this.at] !== ',') this.fail("expected ',' or '}'");
        this.at++;
        this.blank();
      }
    }
    this.at++;
    document.close(table);
    return table;
  }

  private scalar(): TomlValue {
    scalar.lastIndex = this.at;
    const start = this.at;
    let word = scalar.exec(this.text)?.[0] ?? this.fail('expected a value');
    if (date.test(word)) {
      // A date and a time may have a space between.
      const rest = /^ [0-9]{2}:[0-9A-Za-z+\-_.:]*/.exec(
        this.text.slice(this.at + word.length, this.at + word.length + 80),
      );
      if (word.length === 10 && rest !== null) word += rest[0];
    }
    this.at += word.length;
    return this.word(word) ?? this.fail(`'${word}' is no value`, start);
  }

  private word(word: string): TomlValue | undefined {
    switch (word) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'inf':
      case '+inf':
        return { float: Number.POSITIVE_INFINITY };
      case '-inf':
        return { float: Number.NEGATIVE_INFINITY };
      case 'nan':
      case '+nan':
      case '-nan':
        return { float: Number.NaN };
    }
    if (decimal.test(word)) return integer(word.replace(/_/g, '').replace(/^\+/, ''));
    if (radix.test(word)) return integer(word.replace(/_/g, ''));
    if (float.test(word)) {
      const value = Number(word.replace(/_/g, ''));
      return Number.isFinite(value) ? { float: value } : undefined;
    }
    const datetime = dateTime(word);
    return datetime === undefined ? undefined : { datetime };
  }

  private literal(): string {
    const start = ++this.at;
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === 39) return this.text.slice(start, this.at++);
      this.checkCharacter(code);
    }
  }

  /** In a string on one line; NaN is the end of the text. */
  private checkCharacter(code: number): void {
    if (Number.isNaN(code) || code === 10 || code === 13) this.fail('unfinished string');
    if ((code < 32 && code !== 9) || code === 127) this.fail('control character in a string');
  }

  private basic(): string {
    this.at++;
    let value = '';
    let from = this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 34) {
        value += this.text.slice(from, this.at);
        this.at++;
        return value;
      }
      if (code === 92) {
        value += this.text.slice(from, this.at) + this.escape();
        from = this.at;
      } else {
        this.checkCharacter(code);
        this.at++;
      }
    }
  }

  private multilineBasic(): string {
    this.at += 3;
    this.newline();
    let value = '';
    for (;;) {
      const c = this.text[this.at];
      if (c === '"') {
        const quotes = /^"{1,5}/.exec(this.text.slice(this.at, this.at + 5))![0].length;
        this.at += quotes;
        if (quotes >= 3) return value + '"'.repeat(quotes - 3);
        value += '"'.repeat(quotes);
      } else if (c === '\\') {
        value += this.foldedLine() ? '' : this.escape();
      } else {
        value += this.multilineCharacter();
      }
    }
  }

  private multilineLiteral(): string {
    this.at += 3;
    this.newline();
    let value = '';
    for (;;) {
      if (this.text[this.at] !== "'") {
        value += this.multilineCharacter();
        continue;
      }
      const quotes = /^'{1,5}/.exec(this.text.slice(this.at, this.at + 5))![0].length;
      this.at += quotes;
      if (quotes >= 3) return value + "'".repeat(quotes - 3);
      value += "'".repeat(quotes);
    }
  }

  private multilineCharacter(): string {
    const start = this.at;
    if (this.newline()) return this.text.slice(start, this.at);
    this.checkCharacter(this.text.charCodeAt(this.at));
    // Take the plain characters that follow in one go.
    do this.at++;
    while (
      this.text.charCodeAt(this.at) > 39 &&
      this.text.charCodeAt(this.at) !== 92 &&
      this.text.charCodeAt(this.at) !== 127
    );
    return this.text.slice(start, this.at);
  }

  /** A backslash at the end of a line takes the line break and the space after it away. */
  private foldedLine(): boolean {
    const start = this.at++;
    this.blank();
    if (!this.newline()) {
      this.at = start;
      return false;
    }
    do this.blank();
    while (this.newline());
    return true;
  }

  private escape(): string {
    const c = this.text[this.at + 1];
    const simple: Record<string, string> = {
      b: '\b',
      t: '\t',
      n: '\n',
      f: '\f',
      r: '\r',
      '"': '"',
      '\\': '\\',
    };
    if (c !== undefined && Object.hasOwn(simple, c)) {
      this.at += 2;
      return simple[c]!;
    }
    const length = c === 'u' ? 4 : c === 'U' ? 8 : this.fail('unknown escape');
    const digits = this.text.slice(this.at + 2, this.at + 2 + length);
    if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) this.fail('unfinished escape');
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) this.fail('no Unicode character');
    this.at += 2 + length;
    return utf8(code);
  }
}

function integer(text: string): bigint | undefined {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return String.fromCharCode(
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 63),
    0x80 | ((code >> 6) & 63),
    0x80 | (code & 63),
  );
}

/**
 * A date, a time, or both, in the form in which Nix shows it (`parse-toml-timestamps`):
 * nine digits of a second at most, `Z` for no offset. As Nix, the offset may be
 * up to 24 hours and 60 minutes, which are added up.
 */
function dateTime(word: string): string | undefined {
  const day = date.exec(word);
  if (day !== null) {
    const [year, month, dayOfMonth] = [Number(day[1]), Number(day[2]), Number(day[3])];
    if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysIn(year, month)) return undefined;
    if (word.length === 10) return word;
    if (!/[Tt ]/.test(word[10]!)) return undefined;
  }
  const rest = day === null ? word : word.slice(11);
  const hour = time.exec(rest);
  if (hour === null || Number(hour[1]) > 23 || Number(hour[2]) > 59 || Number(hour[3]) > 60) return undefined;
  const shown = (day === null ? '' : word.slice(0, 11)) + hour[0].slice(0, 18);
  const offset = rest.slice(hour[0].length);
  if (offset === '') return shown;
  const ahead = zone.exec(offset);
  if (day === null || ahead === null || Number(ahead[1] ?? 0) > 24 || Number(ahead[2] ?? 0) > 60)
    return undefined;
  const minutes = 60 * Number(ahead[1] ?? 0) + Number(ahead[2] ?? 0);
  if (minutes === 0) return `${shown}Z`;
  const two = (n: number): string => n.toString().padStart(2, '0');
  return `${shown}${offset[0]}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
