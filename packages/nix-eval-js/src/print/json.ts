/** Values as JSON: keys sorted, sets that stand for a string as that string. */

import { Attrs } from '../eval/attrs.ts';
import { copyToStore, peel } from '../eval/coerce.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { showType, trace } from '../eval/types.ts';
import { ContextString, FloatValue, force, type List, PathValue, type Slot, Thunk } from '../eval/values.ts';
import { showName } from '../syntax/quote.ts';
import { formatFloatJson } from '../text/float.ts';
import { invalidUtf8At } from '../text/utf8.ts';

const special = /["\\\x00-\x1f]/;
const escapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A document that is made. */
interface Writing {
  readonly ev: Evaluator;
  readonly strict: boolean;
  readonly into: Set<string>;
  /** What is wrong with the first string that is no UTF-8: it is found when all is evaluated. */
  problem: string | null;
}

function quote(writing: Writing, text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) {
      writing.problem ??= utf8Problem(text);
      break;
    }
  }
  if (!special.test(text)) return `"${text}"`;
  const escaped = text.replace(
    /["\\\x00-\x1f]/g,
    (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

function utf8Problem(text: string): string | null {
  const at = invalidUtf8At(text);
  if (at < 0) return null;
  const hex = (index: number): string =>
    `0x${text.charCodeAt(index).toString(16).toUpperCase().padStart(2, '0')}`;
  return at < text.length
    ? `invalid UTF-8 byte at index ${at}: ${hex(at)}`
    : `incomplete UTF-8 string; last byte: ${hex(text.length - 1)}`;
}

/** JSON text as bytes; context goes into `into`. With `strict` everything is forced. */
export function toJson(ev: Evaluator, slot: Slot, strict: boolean, pos: number, into: Set<string>): string {
  const writing: Writing = { ev, strict, into, problem: null };
  const out = write(writing, slot, pos, true);
  if (writing.problem !== null) {
    ev.fail('eval', `JSON serialization error: [json.exception.type_error.316] ${writing.problem}`);
  }
  return out;
}

function write(writing: Writing, slot: Slot, pos: number, copy: boolean): string {
  const { ev } = writing;
  ev.enter(pos);
  const out = print(writing, slot, pos, copy);
  ev.depth--;
  return out;
}

function print(writing: Writing, slot: Slot, pos: number, copy: boolean): string {
  const { ev, strict, into } = writing;
  const value = strict ? force(slot, pos) : slot instanceof Thunk && slot.code === null ? slot.value : slot;
  if (typeof value === 'string') return quote(writing, value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Attrs) {
    return peel(ev, pos, value, true, (peeled, called) => {
      if (!(peeled instanceof Attrs)) return write(writing, peeled, pos, copy && !called);
      const parts = peeled.names.map((name, i) => {
        const attrPos = peeled.positions?.[i] ?? 0;
        try {
          return `${quote(writing, name)}:${write(writing, peeled.values[i]!, attrPos, copy)}`;
        } catch (error) {
          throw trace(error, attrPos, `while evaluating attribute '${showName(name)}'`);
        }
      });
      return `{${parts.join(',')}}`;
    });
  }
  if (Array.isArray(value)) {
    const parts = (value as List).map((item, i) => {
      try {
        return write(writing, item, pos, copy);
      } catch (error) {
        throw trace(error, pos, `while evaluating list element at index ${i}`);
      }
    });
    return `[${parts.join(',')}]`;
  }
  if (value instanceof ContextString) {
    for (const element of value.context) into.add(element);
    return quote(writing, value.bytes);
  }
  if (value instanceof PathValue)
    return quote(writing, copy ? copyToStore(ev, into, value.path) : value.path);
  if (value instanceof FloatValue) return formatFloatJson(value.value);
  const type = value instanceof Thunk ? 'a thunk' : showType(value);
  return ev.fail('type', `cannot convert ${type} to JSON`, positionOfValue(value, pos));
}

function positionOfValue(value: Slot, pos: number): number {
  return value !== null &&
    typeof value === 'object' &&
    'code' in value &&
    value.code !== null &&
    'pos' in value.code
    ? value.code.pos
    : pos;
}
