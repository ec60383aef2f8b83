/** Strings, regular expressions, versions, hashes, JSON, TOML and XML. */

import { attrsOf } from '../eval/attrs.ts';
import { coerceToString } from '../eval/coerce.ts';
import { NixError } from '../eval/errors.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { makeString, trace } from '../eval/types.ts';
import {
  bytesOf,
  ContextString,
  FloatValue,
  force,
  normalizeInt,
  type Slot,
  type Value,
} from '../eval/values.ts';
import { toJson } from '../print/json.ts';
import { toXml } from '../print/xml.ts';
import { compile, type Regex, RegexError } from '../regex/posix.ts';
import { replaceStrings } from '../text/replace.ts';
import { compareVersions, parseDrvName, splitVersion } from '../text/versions.ts';
import { parseToml, type TomlValue } from '../toml/parse.ts';
import { type Definition, define } from './define.ts';
import { parseJson } from './from-json.ts';
import { setOf } from './types.ts';

const first = (name: string): string => `while evaluating the first argument passed to builtins.${name}`;
const second = (name: string): string => `while evaluating the second argument passed to builtins.${name}`;

const regexes = new Map<string, Regex>();

function regex(ev: Evaluator, pattern: string): Regex {
  let known = regexes.get(pattern);
  if (known === undefined) {
    try {
      known = compile(pattern);
    } catch (error) {
      if (error instanceof RegexError) ev.fail('eval', `invalid regular expression '${pattern}'`);
      throw error;
    }
    if (regexes.size > 1000) regexes.clear();
    regexes.set(pattern, known);
  }
  return known;
}

/** Runs a match; one that takes too much is Nix's error. */
function matching<T>(ev: Evaluator, pattern: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RegexError)
      ev.fail('eval', `memory limit exceeded by regular expression '${pattern}'`);
    throw error;
  }
}

function split(ev: Evaluator, a: Slot, b: Slot): Value {
  const pattern = ev.forcePlainString(a, 0, first('split'));
  const compiled = regex(ev, pattern);
  const text = bytesOf(ev.forceString(b, 0, second('split')));
  const out: Slot[] = [];
  let last = 0;
  let from = 0;
  while (from <= text.length) {
    const match = matching(ev, pattern, () => compiled.exec(text, from));
    if (match === null) break;
    out.push(text.slice(last, match.start), match.groups);
    last = match.end;
    from = match.end === match.start ? match.end + 1 : match.end;
  }
  if (out.length === 0) return [b];
  out.push(text.slice(last));
  return out;
}

function replace(ev: Evaluator, a: Slot, b: Slot, c: Slot): Value {
  const fromList = ev.forceList(a, 0, first('replaceStrings'));
  const to = ev.forceList(b, 0, second('replaceStrings'));
  if (fromList.length !== to.length) {
    ev.fail('eval', "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths");
  }
  const from = fromList.map((item) =>
    bytesOf(
      ev.forceString(
        item,
        0,
        'while evaluating one of the strings to replace passed to builtins.replaceStrings',
      ),
    ),
  );
  const context = new Set<string>();
  const text = ev.forceStringInto(
    c,
    context,
    0,
    'while evaluating the third argument passed to builtins.replaceStrings',
  );
  const replacements = new Array<string | undefined>(from.length);
  const replacement = (i: number): string => {
    let known = replacements[i];
    if (known === undefined) {
      known = ev.forceStringInto(
        to[i]!,
        context,
        0,
        'while evaluating one of the replacement strings passed to builtins.replaceStrings',
      );
      replacements[i] = known;
    }
    return known;
  };
  return makeString(replaceStrings(text, from, replacement), context);
}

function substring(ev: Evaluator, a: Slot, b: Slot, c: Slot): Value {
  const start = ev.forceInt(
    a,
    0,
    'while evaluating the first argument (the start offset) passed to builtins.substring',
  );
  if (start < 0) ev.fail('eval', "negative start position in 'substring'");
  const length = ev.forceInt(
    b,
    0,
    'while evaluating the second argument (the substring length) passed to builtins.substring',
  );
  const value = force(c, 0);
  const from = Number(start);
  const to = length < 0 ? Number.POSITIVE_INFINITY : from + Number(length);
  if (typeof value === 'string') return value.slice(from, to);
  if (length === 0 && value instanceof ContextString) return new ContextString('', value.context);
  const context = new Set<string>();
  const text = coerceToString(
    ev,
    0,
    value,
    context,
    'while evaluating the third argument (the string) passed to builtins.substring',
  );
  return makeString(text.slice(from, to), context);
}

function tomlValue(ev: Evaluator, value: TomlValue): Value {
  const { toml } = { toml: value as unknown };
  if (typeof toml === 'string') {
    rejectNull(ev, toml);
    return toml;
  }
  if (typeof toml === 'boolean') return toml;
  if (typeof toml === 'number') return toml;
  if (typeof toml === 'bigint') return normalizeInt(toml)!;
  if (Array.isArray(toml)) return toml.map((item: TomlValue) => tomlValue(ev, item));
  if (toml instanceof Map) {
    return attrsOf(
      [...(toml as Map<string, TomlValue>)].map(([name, item]) => {
        rejectNull(ev, name);
        return [name, tomlValue(ev, item)] as const;
      }),
    );
  }
  const other = toml as { float: number } | { datetime: string };
  if ('float' in other) return new FloatValue(other.float);
  if (!ev.features.has('parse-toml-timestamps')) {
    return ev.fail('eval', 'while parsing TOML: Dates and times are not supported');
  }
  return setOf({ _type: 'timestamp', value: normalizeTime(other.datetime) });
}

/** A capital T, and 0, 3, 6 or 9 digits of a second. */
function normalizeTime(text: string): string {
  return text.replace(/^([-0-9]{10})[ tT]/, '$1T').replace(/\.([0-9]+)/, (_, digits: string) => {
    const significant = digits.slice(0, 9).replace(/0+$/, '');
    if (significant === '') return '';
    return `.${significant.padEnd(Math.ceil(significant.length / 3) * 3, '0')}`;
  });
}

function rejectNull(ev: Evaluator, text: string): void {
  if (!text.includes('\0')) return;
  const shown = text.replaceAll('\0', '\xe2\x90\x80');
  ev.fail(
    'eval',
    `while parsing TOML: error: input string '${shown}' cannot be represented as Nix string because it contains null bytes`,
  );
}

export const stringBuiltins: readonly Definition[] = [
  define('toString', 1, (ev, a) => {
    const value = force(a, 0);
    // Most are one of these, and a set for contexts costs more than they do.
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    const context = new Set<string>();
    return makeString(coerceToString(ev, 0, value, context, first('toString'), true, false), context);
  }),
  define('__substring', 3, substring),
  define('__stringLength', 1, (ev, a) => {
    const value = force(a, 0);
    if (typeof value === 'string') return value.length;
    const context = 'while evaluating the argument passed to builtins.stringLength';
    return coerceToString(ev, 0, value, new Set(), context).length;
  }),
  define('__concatStringsSep', 2, (ev, a, b) => {
    const context = new Set<string>();
    const separator = ev.forceStringInto(
      a,
      context,
      0,
      'while evaluating the first argument (the separator string) passed to builtins.concatStringsSep',
    );
    const list = ev.forceList(
      b,
      0,
      'while evaluating the second argument (the list of strings to concat) passed to builtins.concatStringsSep',
    );
    const parts = new Array<string>(list.length);
    for (let i = 0; i < list.length; i++) {
      parts[i] = coerceToString(
        ev,
        0,
        list[i]!,
        context,
        'while evaluating one element of the list of strings to concat passed to builtins.concatStringsSep',
      );
    }
    return makeString(parts.join(separator), context);
  }),
  define('__replaceStrings', 3, replace),
  define('__match', 2, (ev, a, b) => {
    const pattern = ev.forcePlainString(a, 0, first('match'));
    const compiled = regex(ev, pattern);
    const text = bytesOf(ev.forceString(b, 0, second('match')));
    return matching(ev, pattern, () => compiled.match(text));
  }),
  define('__split', 2, split),
  define('__parseDrvName', 1, (ev, a) => {
    const { name, version } = parseDrvName(ev.forcePlainString(a, 0, first('parseDrvName')));
    return setOf({ name, version });
  }),
  define('__compareVersions', 2, (ev, a, b) => {
    const x = ev.forcePlainString(a, 0, first('compareVersions'));
    return compareVersions(x, ev.forcePlainString(b, 0, second('compareVersions')));
  }),
  define('__splitVersion', 1, (ev, a) => splitVersion(ev.forcePlainString(a, 0, first('splitVersion')))),
  define('__toJSON', 1, (ev, a) => {
    const context = new Set<string>();
    return makeString(toJson(ev, a, true, 0, context), context);
  }),
  define('__fromJSON', 1, (ev, a) => {
    const text = ev.forcePlainString(a, 0, first('fromJSON'));
    try {
      return parseJson(ev, text);
    } catch (error) {
      if (error instanceof NixError && error.bytes.startsWith('[json.exception')) {
        throw trace(error, 0, 'while decoding a JSON string');
      }
      throw error;
    }
  }),
  define('__toXML', 1, (ev, a) => {
    const context = new Set<string>();
    return makeString(toXml(ev, a, context), context);
  }),
  define('fromTOML', 1, (ev, a) => {
    const text = ev.forcePlainString(a, 0, 'while evaluating the argument passed to builtins.fromTOML');
    let parsed: TomlValue;
    try {
      parsed = parseToml(text);
    } catch (error) {
      if (error instanceof Error && error.name === 'TomlError') {
        ev.fail('eval', `while parsing TOML: ${error.message}`);
      }
      throw error;
    }
    return tomlValue(ev, parsed);
  }),
];
