/**
 * Why two values of a failed `assert a == b` differ, as an error. Follows the order in which equality compares,
 * so that it finds the same difference.
 */

import { showName } from '../syntax/quote.ts';
import { Attrs } from './attrs.ts';
import { isDerivation } from './coerce.ts';
import { equal } from './compare.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';
import { baseType, isFunction, numberOf, showType, trace } from './types.ts';
import { force, isString, type List, PathValue, type Slot } from './values.ts';

export function assertEqual(ev: Evaluator, a: Slot, b: Slot, pos: number): void {
  ev.enter(pos);
  compare(ev, a, b, pos);
  ev.depth--;
}

function compare(ev: Evaluator, a: Slot, b: Slot, pos: number): void {
  const differ = (message: string): never => {
    throw new NixError('assert', message, 0, ev.positions);
  };
  const x = force(a, pos);
  const y = force(b, pos);
  if (a === b && typeof a === 'object') return;
  const left = numberOf(x);
  const right = numberOf(y);
  if (left !== undefined && right !== undefined) {
    if (equal(ev, x, y, pos)) return;
    differ(
      `${showType(x)} with value '${ev.show(x)}' is not equal to ${showType(y)} with value '${ev.show(y)}'`,
    );
  }
  const type = baseType(x);
  if (type !== baseType(y)) {
    differ(`${showType(x)} of value '${ev.show(x)}' is not equal to ${showType(y)} of value '${ev.show(y)}'`);
  }
  if (isString(x)) {
    if (!equal(ev, x, y, pos)) differ(`string '${ev.show(x)}' is not equal to string '${ev.show(y)}'`);
  } else if (typeof x === 'boolean') {
    if (x !== y) differ(`boolean '${x}' is not equal to boolean '${y}'`);
  } else if (x instanceof PathValue) {
    if (!equal(ev, x, y, pos)) differ(`path '${ev.show(x)}' is not equal to path '${ev.show(y)}'`);
  } else if (Array.isArray(x)) compareLists(ev, x as List, y as List, pos, differ);
  else if (x instanceof Attrs) compareAttrs(ev, x, y as Attrs, pos, differ);
  else if (isFunction(x)) {
    differ('distinct functions and immediate comparisons of identical functions compare as unequal');
  }
}

function compareLists(
  ev: Evaluator,
  a: List,
  b: List,
  pos: number,
  differ: (message: string) => never,
): void {
  if (a.length !== b.length) {
    differ(
      `list of size '${a.length}' is not equal to list of size '${b.length}', ` +
        `left hand side is '${ev.show(a)}', right hand side is '${ev.show(b)}'`,
    );
  }
  for (let i = 0; i < a.length; i++) {
    try {
      assertEqual(ev, a[i]!, b[i]!, pos);
    } catch (error) {
      throw trace(error, pos, `while comparing list element ${i}`);
    }
  }
}

function compareAttrs(
  ev: Evaluator,
  a: Attrs,
  b: Attrs,
  pos: number,
  differ: (message: string) => never,
): void {
  if (isDerivation(a) && isDerivation(b)) {
    const x = a.get('outPath');
    const y = b.get('outPath');
    if (x !== undefined && y !== undefined) {
      try {
        assertEqual(ev, x, y, pos);
        return;
      } catch (error) {
        throw trace(error, pos, "while comparing a derivation by its 'outPath' attribute");
      }
    }
  }
  const shown = (): [string, string] => [ev.show(a), ev.show(b)];
  if (a.size !== b.size) {
    const [x, y] = shown();
    differ(`attribute names of attribute set '${x}' differs from attribute set '${y}'`);
  }
  const order = b.shape.visits(ev.symbols);
  for (const [n, i] of a.shape.visits(ev.symbols).entries()) {
    const j = order[n]!;
    const name = showName(a.names[i]!);
    if (a.names[i] !== b.names[j]) {
      const [x, y] = shown();
      if (!b.has(a.names[i]!)) differ(`attribute name '${name}' is contained in '${x}', but not in '${y}'`);
      differ(`attribute name '${showName(b.names[j]!)}' is missing in '${x}', but is contained in '${y}'`);
    }
    try {
      assertEqual(ev, a.values[i]!, b.values[j]!, pos);
    } catch (error) {
      const right = b.positions?.[j] ?? 0;
      const left = a.positions?.[i] ?? 0;
      if (right !== 0) trace(error, right, 'where right hand side is');
      if (left !== 0) trace(error, left, 'where left hand side is');
      throw trace(error, pos, `while comparing attribute '${name}'`);
    }
  }
}
