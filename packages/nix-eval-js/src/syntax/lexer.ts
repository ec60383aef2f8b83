/**
 * Splits a text into tokens, one at a time: the parser asks for the next and says where a string or a path
 * goes on. A token is its kind, start and end in fields of the lexer; nothing is allocated but names.
 *
 * Nix's lexer takes the longest match of all its rules, which makes `a/b`, `1/2` and `-1/2` paths and
 * `x:y` a URI: whatever starts with a character that a path can have is measured as a path too.
 */
import { NixError } from '../eval/errors.ts';
import type { Positions, Source } from './source.ts';
import type { Symbols } from './symbols.ts';

/** Token kinds; single characters are their own char code. */
export const T = {
  end: 256,
  identifier: 258,
  string: 259,
  indentedString: 260,
  integer: 261,
  float: 262,
  path: 263,
  homePath: 264,
  searchPath: 265,
  uri: 267,
  if: 268,
  thenKeyword: 269,
  else: 270,
  assert: 271,
  with: 272,
  let: 273,
  in: 274,
  rec: 275,
  inherit: 276,
  equal: 277,
  notEqual: 278,
  lessEqual: 279,
  greaterEqual: 280,
  update: 281,
  concat: 282,
  and: 283,
  or: 284,
  implies: 285,
  orKeyword: 286,
  pipeFrom: 287,
  pipeInto: 288,
  interpolation: 289,
  indentedOpen: 290,
  indentedClose: 291,
  ellipsis: 292,
  invalid: 300,
} as const;

const keywords = new Map<string, number>([
  ['if', T.if],
  ['then', T.thenKeyword],
  ['else', T.else],
  ['assert', T.assert],
  ['with', T.with],
  ['let', T.let],
  ['in', T.in],
  ['rec', T.rec],
  ['inherit', T.inherit],
  ['or', T.orKeyword],
]);

/** How syntax errors name each kind (bytes). */
const names: Record<number, string> = {
  [T.end]: 'end of file',
  [T.identifier]: 'identifier',
  [T.string]: 'string',
  [T.indentedString]: 'indented string',
  [T.integer]: 'integer',
  [T.float]: 'floating-point literal',
  [T.path]: 'path',
  [T.homePath]: "'~/\xe2\x80\xa6' path",
  [T.searchPath]: "'<\xe2\x80\xa6>' path",
  [T.uri]: 'URI',
  [T.if]: "'if'",
  [T.thenKeyword]: "'then'",
  [T.else]: "'else'",
  [T.assert]: "'assert'",
  [T.with]: "'with'",
  [T.let]: "'let'",
  [T.in]: "'in'",
  [T.rec]: "'rec'",
  [T.inherit]: "'inherit'",
  [T.equal]: "'=='",
  [T.notEqual]: "'!='",
  [T.lessEqual]: "'<='",
  [T.greaterEqual]: "'>='",
  [T.update]: "'//'",
  [T.concat]: "'++'",
  [T.and]: "'&&'",
  [T.or]: "'||'",
  [T.implies]: "'->'",
  [T.orKeyword]: "'or'",
  [T.pipeFrom]: "'<|'",
  [T.pipeInto]: "'|>'",
  [T.interpolation]: "'${'",
  [T.indentedOpen]: 'start of an indented string',
  [T.indentedClose]: 'end of an indented string',
  [T.ellipsis]: "'...'",
  [T.invalid]: 'invalid token',
};
const punctuation = '<>+-*/?:@;!."(){}[]=,';

/** A token kind as syntax errors name it. */
export function nameToken(kind: number): string {
  if (kind >= 256) return names[kind] ?? 'invalid token';
  return `'${String.fromCharCode(kind)}'`;
}

// Character classes, by char code.
const pathChar = new Uint8Array(256);
const nameChar = new Uint8Array(256);
const uriChar = new Uint8Array(256);
const schemeChar = new Uint8Array(256);
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
  for (const table of [pathChar, nameChar, uriChar, schemeChar]) table[c.charCodeAt(0)] = 1;
}
for (const c of '._-+') pathChar[c.charCodeAt(0)] = 1;
for (const c of "_'-") nameChar[c.charCodeAt(0)] = 1;
for (const c of "%/?:@&=+$,-_.!~*'") uriChar[c.charCodeAt(0)] = 1;
for (const c of '+-.') schemeChar[c.charCodeAt(0)] = 1;

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isLetter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90);

const SLASH = 47;
const DOLLAR = 36;
const OPEN = 123;
const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKSLASH = 92;

/** A piece of an indented string between interpolations. */
export interface IndentedPart {
  readonly text: string;
  readonly pos: number;
  /** False for escapes: their whitespace is no indentation. */
  readonly indentable: boolean;
}

export class Lexer {
  readonly text: string;
  readonly source: Source;
  readonly positions: Positions;
  readonly base: number;
  /** Whether `|>` and `<|` are operators. */
  readonly pipes: boolean;

  /** Where the next token is looked for. */
  at = 0;
  kind: number = T.end;
  start = 0;
  end = 0;

  readonly #symbols: Symbols;
  /** The run of path characters measured last: start, end, and from where on it could be a URI's scheme, or -1. */
  #run = 0;
  #kept = 0;
  #schemeFrom = -1;

  constructor(source: Source, positions: Positions, base: number, pipes: boolean, symbols: Symbols) {
    this.source = source;
    this.text = source.text;
    this.positions = positions;
    this.base = base;
    this.pipes = pipes;
    this.#symbols = symbols;
  }

  fail(message: string, offset: number): never {
    throw new NixError('parse', message, this.base + offset, this.positions);
  }

  /** The current token's text; equal names are one string. */
  name(): string {
    return this.intern(this.token());
  }

  token(): string {
    return this.text.slice(this.start, this.end);
  }

  intern(name: string): string {
    return this.#symbols.intern(name);
  }

  #is(kind: number, length: number): void {
    this.kind = kind;
    this.end = this.start + length;
    this.at = this.end;
  }

  /** Steps to the next token outside of strings. */
  next(): void {
    const { text } = this;
    let at = this.at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 32 || c === 10 || c === 9 || c === 13) at++;
      else if (c === 35) {
        at++;
        while (at < text.length) {
          const d = text.charCodeAt(at);
          if (d === 10 || d === 13) break;
          at++;
        }
      } else if (c === SLASH && text.charCodeAt(at + 1) === 42) {
        const close = text.indexOf('*/', at + 2);
        if (close < 0) break;
        at = close + 2;
      } else break;
    }
    this.start = at;
    if (at >= text.length) {
      this.#is(T.end, 0);
      return;
    }
    const c = text.charCodeAt(at);
    if (isLetter(c) || c === 95) {
      let end = at + 1;
      while (nameChar[text.charCodeAt(end)] === 1) end++;
      const d = text.charCodeAt(end);
      // Most names are followed by a space or one of these; only the rest can be a path or a URI.
      if (d !== 32 && d !== 59 && d !== 10 && d !== 41 && this.#pathOrUri(at, end)) return;
      this.#is(T.identifier, end - at);
      const length = end - at;
      if (length <= 7) {
        const keyword = keywords.get(text.slice(at, end));
        if (keyword !== undefined) this.kind = keyword;
      }
      return;
    }
    if (isDigit(c)) {
      let end = at + 1;
      while (isDigit(text.charCodeAt(end))) end++;
      const float = this.#floatEnd(at);
      if (this.#pathOrUri(at, Math.max(end, float))) return;
      if (float > end) this.#is(T.float, float - at);
      else {
        this.#is(T.integer, end - at);
        if (end - at > 18 && BigInt(text.slice(at, end)) > 0x7fffffffffffffffn) {
          this.fail(`invalid integer '${text.slice(at, end)}'`, at);
        }
      }
      return;
    }
    this.#symbol(c, at);
  }

  #symbol(c: number, at: number): void {
    const { text } = this;
    const d = text.charCodeAt(at + 1);
    switch (c) {
      case 46: {
        const float = this.#floatEnd(at);
        const ellipsis = d === 46 && text.charCodeAt(at + 2) === 46;
        if (this.#pathOrUri(at, Math.max(float, at + 1))) return;
        if (float > at) this.#is(T.float, float - at);
        else if (ellipsis) this.#is(T.ellipsis, 3);
        else this.#is(c, 1);
        return;
      }
      case SLASH:
        if (this.#pathOrUri(at, at + 1)) return;
        if (d === SLASH) this.#is(T.update, 2);
        else this.#is(c, 1);
        return;
      case 43:
      case 45:
        if (this.#pathOrUri(at, at + 1)) return;
        if (c === 43 && d === 43) this.#is(T.concat, 2);
        else if (c === 45 && d === 62) this.#is(T.implies, 2);
        else this.#is(c, 1);
        return;
      case 61:
        if (d === 61) this.#is(T.equal, 2);
        else this.#is(c, 1);
        return;
      case 33:
        if (d === 61) this.#is(T.notEqual, 2);
        else this.#is(c, 1);
        return;
      case 60: {
        if (d === 61) {
          this.#is(T.lessEqual, 2);
          return;
        }
        if (d === 124) {
          this.#pipe(T.pipeFrom);
          return;
        }
        let end = at + 1;
        for (;;) {
          const from = end;
          while (pathChar[text.charCodeAt(end)] === 1) end++;
          if (end === from) break;
          if (text.charCodeAt(end) === 62) {
            this.#is(T.searchPath, end + 1 - at);
            return;
          }
          if (text.charCodeAt(end) !== SLASH) break;
          end++;
        }
        this.#is(c, 1);
        return;
      }
      case 62:
        if (d === 61) this.#is(T.greaterEqual, 2);
        else this.#is(c, 1);
        return;
      case 38:
        if (d === 38) this.#is(T.and, 2);
        else this.#is(T.invalid, 1);
        return;
      case 124:
        if (d === 124) this.#is(T.or, 2);
        else if (d === 62) this.#pipe(T.pipeInto);
        else this.#is(T.invalid, 1);
        return;
      case DOLLAR:
        if (d === OPEN) this.#is(T.interpolation, 2);
        else this.#is(T.invalid, 1);
        return;
      case QUOTE: {
        if (d !== QUOTE) {
          this.#is(T.invalid, 1);
          return;
        }
        let end = at + 2;
        while (text.charCodeAt(end) === 32) end++;
        this.#is(T.indentedOpen, text.charCodeAt(end) === 10 ? end + 1 - at : 2);
        return;
      }
      case 126:
        if (d === SLASH) {
          if (pathChar[text.charCodeAt(at + 2)] === 1) {
            this.#is(T.homePath, this.#pathEnd(at + 1) - at);
            return;
          }
          if (text.charCodeAt(at + 2) === DOLLAR && text.charCodeAt(at + 3) === OPEN) {
            this.#is(T.homePath, 2);
            return;
          }
        }
        this.#is(T.invalid, 1);
        return;
      default:
        this.#is(punctuation.includes(String.fromCharCode(c)) ? c : T.invalid, 1);
        return;
    }
  }

  #pipe(kind: number): void {
    if (!this.pipes) {
      this.fail(
        "experimental Nix feature 'pipe-operators' is disabled; add '--extra-experimental-features pipe-operators' to enable it",
        this.start,
      );
    }
    this.#is(kind, 2);
  }

  /** The end of a floating-point literal at an offset, or the offset. */
  #floatEnd(at: number): number {
    const { text } = this;
    let end = at;
    const c = text.charCodeAt(at);
    if (c >= 49 && c <= 57) {
      while (isDigit(text.charCodeAt(end))) end++;
      if (text.charCodeAt(end) !== 46) return at;
      end++;
      while (isDigit(text.charCodeAt(end))) end++;
    } else {
      if (c === 48) end++;
      if (text.charCodeAt(end) !== 46 || !isDigit(text.charCodeAt(end + 1))) return at;
      end++;
      while (isDigit(text.charCodeAt(end))) end++;
    }
    const e = text.charCodeAt(end);
    if (e === 69 || e === 101) {
      let exponent = end + 1;
      const sign = text.charCodeAt(exponent);
      if (sign === 43 || sign === 45) exponent++;
      if (isDigit(text.charCodeAt(exponent))) {
        while (isDigit(text.charCodeAt(exponent))) exponent++;
        end = exponent;
      }
    }
    return end;
  }

  /** Where the path characters that start at an offset end. Tokens of one run have one end: it is kept. */
  #runEnd(at: number): number {
    if (at < this.#run || at >= this.#kept) {
      const { text } = this;
      let end = at;
      while (pathChar[text.charCodeAt(end)] === 1) end++;
      this.#run = at;
      this.#kept = end;
      this.#schemeFrom = -1;
    }
    return this.#kept;
  }

  /** Whether a path or a URI longer than `other` starts at an offset; if so it becomes the token. */
  #pathOrUri(at: number, other: number): boolean {
    const { text } = this;
    const end = this.#runEnd(at);
    const c = text.charCodeAt(end);
    if (c === SLASH) {
      const d = text.charCodeAt(end + 1);
      if (pathChar[d] === 1) {
        const stop = this.#pathEnd(end);
        if (stop <= other) return false;
        this.#is(T.path, stop - at);
        return true;
      }
      if (d === DOLLAR && text.charCodeAt(end + 2) === OPEN) {
        this.#is(T.path, end + 1 - at);
        return true;
      }
      return false;
    }
    if (c === 58 && isLetter(text.charCodeAt(at))) {
      if (this.#schemeFrom < 0) {
        this.#schemeFrom = end;
        while (this.#schemeFrom > at && schemeChar[text.charCodeAt(this.#schemeFrom - 1)] === 1)
          this.#schemeFrom--;
      }
      if (at < this.#schemeFrom) return false;
      let stop = end + 1;
      while (uriChar[text.charCodeAt(stop)] === 1) stop++;
      if (stop === end + 1 || stop <= other) return false;
      this.#is(T.uri, stop - at);
      return true;
    }
    return false;
  }

  /** From the first slash of a path to its end, a trailing slash included. */
  #pathEnd(slash: number): number {
    const { text } = this;
    let end = slash;
    while (text.charCodeAt(end) === SLASH && pathChar[text.charCodeAt(end + 1)] === 1) {
      end++;
      while (pathChar[text.charCodeAt(end)] === 1) end++;
    }
    return text.charCodeAt(end) === SLASH ? end + 1 : end;
  }

  /** More text of a path that is followed by something else than `${`, or an empty string at its end. */
  pathPart(): string {
    const { text } = this;
    const from = this.at;
    let end = from;
    while (pathChar[text.charCodeAt(end)] === 1) end++;
    if (text.charCodeAt(end) === SLASH) {
      end = pathChar[text.charCodeAt(end + 1)] === 1 ? this.#pathEnd(end) : end + 1;
    }
    this.at = end;
    return text.slice(from, end);
  }

  atInterpolation(): boolean {
    return this.text.charCodeAt(this.at) === DOLLAR && this.text.charCodeAt(this.at + 1) === OPEN;
  }

  /** The text of a string up to its closing quote or the next `${`, unescaped; `at` is then there. */
  stringPart(): string {
    const { text } = this;
    const from = this.at;
    let at = from;
    let plain = true;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === DOUBLE_QUOTE) break;
      if (c === BACKSLASH) {
        if (at + 1 >= text.length) return this.#unexpectedEnd("'\"'");
        plain = false;
        at += 2;
      } else if (c === DOLLAR) {
        const d = text.charCodeAt(at + 1);
        if (d === OPEN) break;
        if (at + 1 >= text.length) return this.#unexpectedEnd("'\"'");
        at += d === DOUBLE_QUOTE || d === BACKSLASH ? 1 : 2;
        if (d === 13 || d === 0) plain = false;
      } else {
        if (at >= text.length) return this.#unexpectedEnd("'\"'");
        if (c === 13 || c === 0) plain = false;
        at++;
      }
    }
    this.at = at;
    return plain ? text.slice(from, at) : this.#unescape(from, at);
  }

  #unexpectedEnd(expected: string): never {
    return this.fail(`syntax error, unexpected end of file, expecting ${expected}`, this.text.length);
  }

  #unescape(from: number, to: number): string {
    const { text } = this;
    let out = '';
    for (let at = from; at < to; at++) {
      const c = text.charCodeAt(at);
      if (c === BACKSLASH) {
        at++;
        const d = text.charAt(at);
        out += d === 'n' ? '\n' : d === 'r' ? '\r' : d === 't' ? '\t' : d;
      } else if (c === 13) {
        out += '\n';
        if (text.charCodeAt(at + 1) === 10) at++;
      } else out += text.charAt(at);
    }
    this.#rejectNull(out, from);
    return out;
  }

  #rejectNull(text: string, offset: number): void {
    if (!text.includes('\0')) return;
    const shown = text.replaceAll('\0', '\xe2\x90\x80');
    this.fail(
      `input string '${shown}' cannot be represented as Nix string because it contains null bytes`,
      offset,
    );
  }

  /** The next piece of an indented string, or null at its end or the next `${`; `at` is then there. */
  indentedPart(): IndentedPart | null {
    const { text } = this;
    const from = this.at;
    let at = from;
    for (;;) {
      if (at >= text.length) break;
      const c = text.charCodeAt(at);
      if (c !== DOLLAR && c !== QUOTE) {
        at++;
        continue;
      }
      const d = text.charCodeAt(at + 1);
      if (at + 1 >= text.length || d === QUOTE || d === (c === DOLLAR ? OPEN : DOLLAR)) break;
      at += 2;
    }
    if (at > from) {
      this.at = at;
      const part = text.slice(from, at);
      this.#rejectNull(part, from);
      return { text: part, pos: from, indentable: true };
    }
    if (at >= text.length) {
      return this.#unexpectedEnd("indented string or '${' or end of an indented string");
    }
    const escaped = (length: number, part: string): IndentedPart => {
      this.at = at + length;
      return { text: part, pos: from, indentable: false };
    };
    const d = text.charCodeAt(at + 1);
    if (text.charCodeAt(at) === DOLLAR) return d === OPEN ? null : escaped(1, '$');
    if (d !== QUOTE) return escaped(1, "'");
    const e = text.charCodeAt(at + 2);
    if (e === DOLLAR) return escaped(3, '$');
    if (e === QUOTE) return escaped(3, "''");
    if (e === BACKSLASH && at + 3 < text.length) {
      return escaped(4, this.#unescape(at + 2, at + 4));
    }
    return null;
  }
}
