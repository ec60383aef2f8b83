/** JSON text (bytes) → values; ints of 64 bits, everything with a fraction or exponent a float. */
import { attrsOf } from '../eval/attrs.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { FloatValue, type Slot, type Value } from '../eval/values.ts';
import { utf8Length } from '../text/utf8.ts';

const deepest = 10_000;
const anyValue = "'[', '{', or a literal";
const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

export function parseJson(ev: Evaluator, text: string): Value {
  let at = 0;
  let depth = 0;
  /** Where the last string or number starts: messages show what was read from there. */
  let read = 0;
  /** What the next token is part of, and what it has to be, if that is known. */
  let parsing = 'value';
  let expected = '';

  /** Fails after so many chars, worded as Nix's JSON library words it. */
  const failAt = (end: number, what: string, wanted: string): never => {
    const before = text.slice(0, end);
    const line = before.split('\n').length;
    const column = end - before.lastIndexOf('\n') - 1;
    return ev.fail(
      'eval',
      `[json.exception.parse_error.101] parse error at line ${line}, column ${column}: ` +
        `syntax error while parsing ${parsing} - ${what}${wanted === '' ? '' : `; expected ${wanted}`}`,
    );
  };

  /** Fails at the token that starts here; if that is itself broken, it is the token that is wrong. */
  const fail = (what = 'value', wanted = anyValue): never => {
    parsing = what;
    expected = wanted === anyValue ? '' : wanted;
    const c = text[at];
    if (c === '"') {
      string();
      return failAt(at, 'unexpected string literal', wanted);
    }
    if (c !== undefined && /[-0-9]/.test(c)) {
      numeral();
      return failAt(at, 'unexpected number literal', wanted);
    }
    const { name, end } = tokenAt(text, at);
    if (name !== undefined) return failAt(end, `unexpected ${name}`, wanted);
    return failAt(end, `invalid literal; last read: '${visible(text.slice(read, end))}'`, expected);
  };

  /** Fails inside a string or a number, at the char that is wrong. */
  const failToken = (problem: string): never =>
    failAt(at + 1, `invalid ${problem}; last read: '${visible(text.slice(read, at + 1))}'`, expected);

  const failString = (problem: string): never => failToken(`string: ${problem}`);

  const space = (): void => {
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      at++;
    }
  };

  const string = (): string => {
    read = at;
    at++;
    let out = '';
    let from = at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 34) {
        return out + text.slice(from, at++);
      }
      if (at >= text.length) failString('missing closing quote');
      if (c < 32) failString(mustBeEscaped(c));
      if (c > 127) {
        const length = utf8Length(text, at);
        if (length <= 0) {
          at -= length;
          failString('ill-formed UTF-8 byte');
        }
        at += length;
        continue;
      }
      if (c !== 92) {
        at++;
        continue;
      }
      out += text.slice(from, at);
      const letter = text[at + 1];
      at += 2;
      if (letter === 'u') out += unicode();
      else {
        const simple = letter === undefined ? undefined : escapes[letter];
        if (simple === undefined) {
          at--;
          failString('forbidden character after backslash');
        }
        out += simple;
      }
      from = at;
    }
  };

  /** A string that Nix can hold. */
  const nixString = (): string => {
    const out = string();
    if (out.includes('\0')) {
      const shown = out.replaceAll('\0', '\xe2\x90\x80');
      ev.fail(
        'eval',
        `input string '${shown}' cannot be represented as Nix string because it contains null bytes`,
      );
    }
    return out;
  };

  const hex = (): number => {
    const from = at;
    for (; at < from + 4; at++) {
      if (!/[0-9a-fA-F]/.test(text[at] ?? '')) failString("'\\u' must be followed by 4 hex digits");
    }
    return Number.parseInt(text.slice(from, at), 16);
  };

  const unicode = (): string => {
    const unit = hex();
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      at--;
      failString('surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF');
    }
    let code = unit;
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const unpaired = 'surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF';
      if (text[at] !== '\\') failString(unpaired);
      if (text[at + 1] !== 'u') {
        at++;
        failString(unpaired);
      }
      at += 2;
      const low = hex();
      if (low < 0xdc00 || low > 0xdfff) {
        at--;
        failString(unpaired);
      }
      code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
  };

  const word = <T>(name: string, result: T): T => {
    if (!text.startsWith(name, at)) fail();
    at += name.length;
    return result;
  };

  /** A number as it is written: all, its fraction, its exponent. */
  const numeral = (): RegExpExecArray => {
    number.lastIndex = at;
    const match = number.exec(text);
    read = at;
    if (match === null) {
      at++;
      return failToken("number; expected digit after '-'");
    }
    at += match[0].length;
    const next = text[at];
    if (next === '.' && match[1] === undefined && match[2] === undefined) {
      at++;
      return failToken("number; expected digit after '.'");
    }
    if ((next === 'e' || next === 'E') && match[2] === undefined) {
      at++;
      if (text[at] !== '+' && text[at] !== '-') {
        return failToken("number; expected '+', '-', or digit after exponent");
      }
      at++;
      return failToken('number; expected digit after exponent sign');
    }
    return match;
  };

  const numeric = (): Value => {
    const match = numeral();
    if (match[1] !== undefined || match[2] !== undefined) {
      const value = Number(match[0]);
      if (!Number.isFinite(value)) {
        ev.fail('eval', `[json.exception.out_of_range.406] number overflow parsing '${match[0]}'`);
      }
      return new FloatValue(value);
    }
    const value = Number(match[0]);
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? 0 : value;
    const big = BigInt(match[0]);
    if (big > 0x7fffffffffffffffn && big <= 0xffffffffffffffffn) {
      ev.fail('eval', `unsigned json number ${big} outside of Nix integer range`);
    }
    if (big > 0xffffffffffffffffn || big < -0x8000000000000000n) return new FloatValue(value);
    return big;
  };

  const value = (): Value => {
    space();
    if (++depth > deepest) ev.fail('stack-overflow', 'JSON is nested too deeply');
    const out = content();
    depth--;
    return out;
  };

  const content = (): Value => {
    parsing = 'value';
    expected = '';
    switch (text[at]) {
      case '"':
        return nixString();
      case '{': {
        const entries = new Map<string, Slot>();
        at++;
        space();
        if (text[at] === '}') {
          at++;
          return attrsOf(entries);
        }
        for (;;) {
          space();
          parsing = 'object key';
          expected = 'string literal';
          if (text[at] !== '"') fail(parsing, expected);
          const name = ev.symbols.intern(nixString());
          space();
          if (text[at] !== ':') fail('object separator', "':'");
          at++;
          entries.set(name, value());
          space();
          const c = text[at++];
          if (c === '}') return attrsOf(entries);
          if (c !== ',') {
            at--;
            fail('object', "'}'");
          }
        }
      }
      case '[': {
        const list: Slot[] = [];
        at++;
        space();
        if (text[at] === ']') {
          at++;
          return list;
        }
        for (;;) {
          list.push(value());
          space();
          const c = text[at++];
          if (c === ']') return list;
          if (c !== ',') {
            at--;
            fail('array', "']'");
          }
        }
      }
      case 't':
        return word('true', true);
      case 'f':
        return word('false', false);
      case 'n':
        return word('null', null);
      default:
        return /[-0-9]/.test(text[at] ?? '') ? numeric() : fail();
    }
  };

  if (text === '') {
    ev.fail(
      'eval',
      '[json.exception.parse_error.101] parse error at line 1, column 1: attempting to parse an empty input; ' +
        'check that your input string or stream contains the expected JSON',
    );
  }
  if (text.startsWith('\xef')) {
    for (const byte of '\xef\xbb\xbf') {
      if (text[at] !== byte) failToken('BOM; must be 0xEF 0xBB 0xBF if given');
      at++;
    }
  }
  const out = value();
  space();
  if (at < text.length) fail('value', 'end of input');
  return out;
}

const hexCode = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');

/** Control characters as messages show them. */
const visible = (text: string): string =>
  text.replace(/[\x00-\x1f]/g, (c) => `<U+${hexCode(c.charCodeAt(0))}>`);

const controls =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US';

function mustBeEscaped(code: number): string {
  const short = { 8: 'b', 9: 't', 10: 'n', 12: 'f', 13: 'r' }[code];
  const name = controls.split(' ')[code];
  const hex = hexCode(code);
  return `control character U+${hex} (${name}) must be escaped to \\u${hex}${short === undefined ? '' : ` or \\${short}`}`;
}

/** The token at an offset, neither string nor number, as messages name it, or no name if it is none; and where it ends. */
function tokenAt(text: string, at: number): { name: string | undefined; end: number } {
  const c = text[at];
  if (c === undefined) return { name: 'end of input', end: at + 1 };
  if ('[]{}:,'.includes(c)) return { name: `'${c}'`, end: at + 1 };
  for (const word of ['true', 'false', 'null']) {
    if (!word.startsWith(c)) continue;
    let length = 1;
    while (length < word.length && text[at + length] === word[length]) length++;
    return length === word.length
      ? { name: `${word} literal`, end: at + length }
      : { name: undefined, end: at + length + 1 };
  }
  return { name: undefined, end: at + 1 };
}

const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
