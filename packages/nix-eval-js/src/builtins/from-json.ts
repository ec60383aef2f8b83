/** JSON text (bytes) → values; ints of 64 bits, everything with a fraction or exponent a float. */
import { attrsOf } from '../eval/attrs.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { FloatValue, type Slot, type Value } from '../eval/values.ts';

const deepest = 10_000;
const anyValue = "'[', '{', or a literal";
const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

export function parseJson(ev: Evaluator, text: string): Value {
  let at = 0;
  let depth = 0;
  /** Where the last string or number starts: messages show what was read from there. */
  let read = 0;

  /** Fails at the token that starts here, worded as Nix's JSON library words it. */
  const fail = (parsing = 'value', expected = anyValue): never => {
    const { name, end } = tokenAt(text, at);
    const before = text.slice(0, end);
    const line = before.split('\n').length;
    const column = end - before.lastIndexOf('\n') - 1;
    const what =
      name === undefined ? `invalid literal; last read: '${text.slice(read, end)}'` : `unexpected ${name}`;
    const wanted = name === undefined && expected === anyValue ? '' : `; expected ${expected}`;
    return ev.fail(
      'eval',
      `[json.exception.parse_error.101] parse error at line ${line}, column ${column}: ` +
        `syntax error while parsing ${parsing} - ${what}${wanted}`,
    );
  };

  /** Fails inside a string or a number, at the char that is wrong. */
  const failToken = (problem: string): never => {
    const end = at + 1;
    const before = text.slice(0, end);
    return ev.fail(
      'eval',
      `[json.exception.parse_error.101] parse error at line ${before.split('\n').length}, ` +
        `column ${end - before.lastIndexOf('\n') - 1}: syntax error while parsing value - ` +
        `invalid ${problem}; last read: '${text.slice(read, end)}'`,
    );
  };

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
        out += text.slice(from, at++);
        if (out.includes('\0')) {
          const shown = out.replaceAll('\0', '\xe2\x90\x80');
          ev.fail(
            'eval',
            `input string '${shown}' cannot be represented as Nix string because it contains null bytes`,
          );
        }
        return out;
      }
      if (at >= text.length) failString('missing closing quote');
      if (c < 32)
        failString(`control character U+${c.toString(16).toUpperCase().padStart(4, '0')} must be escaped`);
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

  const hex = (): number => {
    const digits = text.slice(at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) failString("'\\u' must be followed by 4 hex digits");
    at += 4;
    return Number.parseInt(digits, 16);
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

  const numeric = (): Value => {
    number.lastIndex = at;
    const match = number.exec(text);
    read = at;
    if (match === null) {
      if (text[at] !== '-') return fail();
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
    switch (text[at]) {
      case '"':
        return string();
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
          if (text[at] !== '"') fail('object key', 'string literal');
          const name = string();
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
        return numeric();
    }
  };

  space();
  if (at >= text.length) {
    ev.fail(
      'eval',
      '[json.exception.parse_error.101] parse error at line 1, column 1: attempting to parse an empty input; ' +
        'check that your input string or stream contains the expected JSON',
    );
  }
  const out = value();
  space();
  if (at < text.length) fail('value', 'end of input');
  return out;
}

/** The token at an offset as messages name it, or no name if it is none; and where it ends. */
function tokenAt(text: string, at: number): { name: string | undefined; end: number } {
  const c = text[at];
  if (c === undefined) return { name: 'end of input', end: at + 1 };
  if ('[]{}:,'.includes(c)) return { name: `'${c}'`, end: at + 1 };
  if (c === '"') {
    const close = text.indexOf('"', at + 1);
    return close < 0 ? { name: undefined, end: text.length } : { name: 'string literal', end: close + 1 };
  }
  for (const word of ['true', 'false', 'null']) {
    if (!word.startsWith(c)) continue;
    let length = 1;
    while (length < word.length && text[at + length] === word[length]) length++;
    return length === word.length
      ? { name: `${word} literal`, end: at + length }
      : { name: undefined, end: at + length + 1 };
  }
  number.lastIndex = at;
  const match = number.exec(text);
  if (match !== null) return { name: 'number literal', end: at + match[0].length };
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
