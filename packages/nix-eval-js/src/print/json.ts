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

function quote(ev: Evaluator, text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) {
      checkUtf8(ev, text);
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

function checkUtf8(ev: Evaluator, text: string): void {
  const at = invalidUtf8At(text);
  if (at < 0) return;
  const problem =
    at < text.length
      ? `invalid UTF-8 byte at index ${at}: 0x${text.charCodeAt(at).toString(16).toUpperCase().padStart(2, '0')}`
      : `incomplete UTF-8 string; last byte: 0x${text
          .charCodeAt(text.length - 1)
          .toString(16)
          .toUpperCase()}`;
  ev.fail('eval', `JSON serialization error: [json.exception.type_error.316] ${problem}`);
}

/** JSON text as bytes; context goes into `into`. With `strict` everything is forced. */
export function toJson(
  ev: Evaluator,
  slot: Slot,
  strict: boolean,
  pos: number,
  into: Set<string>,
  copy = true,
): string {
  ev.enter(pos);
  const out = print(ev, slot, strict, pos, into, copy);
  ev.depth--;
  return out;
}

function print(
  ev: Evaluator,
  slot: Slot,
  strict: boolean,
  pos: number,
  into: Set<string>,
  copy: boolean,
): string {
  const value = strict ? force(slot, pos) : slot instanceof Thunk && slot.code === null ? slot.value : slot;
  if (typeof value === 'string') return quote(ev, value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Attrs) {
    return peel(ev, pos, value, true, (peeled, called) => {
      if (!(peeled instanceof Attrs)) return toJson(ev, peeled, strict, pos, into, copy && !called);
      const parts = peeled.names.map((name, i) => {
        const attrPos = peeled.positions?.[i] ?? 0;
        try {
          return `${quote(ev, name)}:${toJson(ev, peeled.values[i]!, strict, attrPos, into, copy)}`;
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
        return toJson(ev, item, strict, pos, into, copy);
      } catch (error) {
        throw trace(error, pos, `while evaluating list element at index ${i}`);
      }
    });
    return `[${parts.join(',')}]`;
  }
  if (value instanceof ContextString) {
    for (const element of value.context) into.add(element);
    return quote(ev, value.bytes);
  }
  if (value instanceof PathValue) return quote(ev, copy ? copyToStore(ev, into, value.path) : value.path);
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
