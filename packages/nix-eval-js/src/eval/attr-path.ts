/** Selection paths of the command: `a.b."c.d".0`. */
import { Attrs } from './attrs.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';
import { suggest } from './suggestions.ts';
import { showType } from './types.ts';
import { force, type List, type Slot, type Value } from './values.ts';

function parts(ev: Evaluator, path: string): string[] {
  const out: string[] = [];
  let current = '';
  for (let i = 0; i < path.length; i++) {
    const c = path[i]!;
    if (c === '.') {
      out.push(current);
      current = '';
    } else if (c === '"') {
      const close = path.indexOf('"', i + 1);
      if (close < 0) ev.fail('usage', `missing closing quote in selection path '${path}'`);
      current += path.slice(i + 1, close);
      i = close;
    } else current += c;
  }
  if (current !== '') out.push(current);
  return out;
}

/** The value at a path; functions on the way are called with what they take of `autoArgs`. */
export function selectPath(ev: Evaluator, path: string, autoArgs: Attrs, root: Value): Value {
  let slot: Slot = root;
  for (const part of parts(ev, path)) {
    const value = ev.autoCall(autoArgs, slot);
    if (/^[0-9]+$/.test(part)) {
      if (!Array.isArray(value)) {
        ev.fail(
          'type',
          `the expression selected by the selection path '${path}' should be a list but is ${showType(value)}`,
        );
      }
      const item = (value as List)[Number(part)];
      if (item === undefined)
        ev.fail('usage', `list index ${part} in selection path '${path}' is out of range`);
      slot = item;
    } else {
      if (!(value instanceof Attrs)) {
        ev.fail(
          'type',
          `the expression selected by the selection path '${path}' should be a set but is ${showType(value)}`,
        );
      }
      if (part === '') ev.fail('usage', `empty attribute name in selection path '${path}'`);
      const item = value.get(part);
      if (item === undefined) {
        const error = new NixError(
          'missing-attribute',
          `attribute '${part}' in selection path '${path}' not found`,
        );
        error.suggestions = suggest(value.names, part);
        throw error;
      }
      slot = item;
    }
  }
  return force(slot, 0);
}
