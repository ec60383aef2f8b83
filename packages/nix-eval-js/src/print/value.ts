/** Values as messages and the command show them; nothing is forced. */
import { Attrs } from '../eval/attrs.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import {
  Builtin,
  blackHole,
  ContextString,
  FloatValue,
  Lambda,
  type List,
  type PartialBuiltin,
  PathValue,
  type Slot,
  Thunk,
  type Value,
} from '../eval/values.ts';
import { showName, showString } from '../syntax/quote.ts';
import { showPosition } from '../syntax/source.ts';
import { formatFloat } from '../text/float.ts';

export interface PrintOptions {
  readonly depth: number;
  readonly attrs: number;
  readonly items: number;
  readonly stringLength: number;
}

const all = Number.POSITIVE_INFINITY;
export const printAll: PrintOptions = { depth: all, attrs: all, items: all, stringLength: all };
/** How much of a value goes into a message. */
export const errorPrint: PrintOptions = { depth: 10, attrs: 10, items: 10, stringLength: 1024 };

const open = '\xc2\xab';
const close = '\xc2\xbb';

const elided = (count: number, one: string): string =>
  `${open}${count} ${one}${count === 1 ? '' : 's'} elided${close}`;

/** A string literal, cut after so many bytes. */
export function printString(text: string, length: number): string {
  if (text.length <= length) return showString(text);
  return `${showString(text.slice(0, length))} ${elided(text.length - length, 'byte')}`;
}

const isImportant = (name: string): boolean => name === 'type' || name === '_type';

/**
 * What a list is known by, to say that it is repeated. In Nix that is where its items are: for one or two of them
 * inside of the value, of which a variable may make a copy.
 */
const listIdentity = (value: List, slot: Slot): Slot => (value.length > 2 ? value : slot);

/** One value, on one line. */
export function printValue(ev: Evaluator, slot: Slot, options: PrintOptions): string {
  const seen = new Set<Slot>();
  let attrs = 0;
  let items = 0;

  const printAttrs = (value: Attrs, depth: number): string => {
    if (seen.has(value)) return `${open}repeated${close}`;
    seen.add(value);
    if (depth >= options.depth) return '{ ... }';
    let order = value.names.map((_, i) => i);
    if (options.attrs !== all) {
      const important = order.filter((i) => isImportant(value.names[i]!));
      if (important.length > 0) {
        order = [...important, ...order.filter((i) => !isImportant(value.names[i]!))];
      }
    }
    let out = '{';
    for (let i = 0; i < order.length; i++) {
      if (attrs >= options.attrs) {
        out += ` ${elided(order.length - i, 'attribute')}`;
        break;
      }
      const index = order[i]!;
      out += ` ${printAttrName(value.names[index]!)} = ${print(value.values[index]!, depth + 1)};`;
      attrs++;
    }
    return `${out} }`;
  };

  const printList = (value: List, slot: Slot, depth: number): string => {
    if (value.length > 0) {
      const identity = listIdentity(value, slot);
      if (seen.has(identity)) return `${open}repeated${close}`;
      seen.add(identity);
    }
    if (depth >= options.depth) return '[ ... ]';
    let out = '[';
    for (let i = 0; i < value.length; i++) {
      if (items >= options.items) {
        out += ` ${elided(value.length - i, 'item')}`;
        break;
      }
      out += ` ${print(value[i]!, depth + 1)}`;
      items++;
    }
    return `${out} ]`;
  };

  const print = (item: Slot, depth: number): string => {
    let value: Value;
    if (item instanceof Thunk) {
      if (item.code !== null) {
        return item.code === blackHole
          ? `${open}potential infinite recursion${close}`
          : `${open}thunk${close}`;
      }
      value = item.value;
    } else value = item;
    if (typeof value === 'string') return printString(value, options.stringLength);
    if (value === null || typeof value !== 'object') return String(value);
    if (value instanceof Attrs) return printAttrs(value, depth);
    if (Array.isArray(value)) return printList(value as List, item, depth);
    if (value instanceof ContextString) return printString(value.bytes, options.stringLength);
    if (value instanceof PathValue) return value.path;
    if (value instanceof FloatValue) return formatFloat(value.value);
    if (value instanceof Lambda) {
      const { name, pos } = value.code;
      const place = showPosition(ev.positions.resolve(pos));
      return `${open}lambda${name === null ? '' : ` ${showName(name)}`} @ ${place}${close}`;
    }
    if (value instanceof Builtin) return `${open}primop ${value.name}${close}`;
    return `${open}partially applied primop ${(value as PartialBuiltin).builtin.name}${close}`;
  };

  return print(slot, 0);
}

const variable = /^[A-Za-z_][A-Za-z0-9_'-]*$/;
const reserved = new Set(['if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit']);

/** An attribute's name in a printed set. */
export function printAttrName(name: string): string {
  return variable.test(name) && !reserved.has(name) ? name : showString(name);
}

/** A value as `nix-instantiate --eval` prints it. */
export function printResult(slot: Slot): string {
  const seen = new Set<Slot>();
  const out: string[] = [];
  const print = (item: Slot): void => {
    let value: Value;
    if (item instanceof Thunk) {
      if (item.code !== null) {
        out.push(item.code === blackHole ? `${open}potential infinite recursion${close}` : '<CODE>');
        return;
      }
      value = item.value;
    } else value = item;
    if (typeof value === 'string') out.push(showString(value));
    else if (value === null || typeof value !== 'object') out.push(String(value));
    else if (value instanceof Attrs) {
      if (value.size > 0 && seen.has(value)) out.push(`${open}repeated${close}`);
      else {
        seen.add(value);
        out.push('{ ');
        value.names.forEach((name, i) => {
          out.push(showName(name), ' = ');
          print(value.values[i]!);
          out.push('; ');
        });
        out.push('}');
      }
    } else if (Array.isArray(value)) {
      const identity = listIdentity(value as List, item);
      if (value.length > 0 && seen.has(identity)) out.push(`${open}repeated${close}`);
      else {
        // The outermost value is a copy.
        if (item !== slot || value.length > 2) seen.add(identity);
        out.push('[ ');
        for (const element of value as List) {
          print(element);
          out.push(' ');
        }
        out.push(']');
      }
    } else if (value instanceof ContextString) out.push(showString(value.bytes));
    else if (value instanceof PathValue) out.push(value.path);
    else if (value instanceof FloatValue) out.push(formatFloat(value.value));
    else if (value instanceof Lambda) out.push('<LAMBDA>');
    else out.push(value instanceof Builtin ? '<PRIMOP>' : '<PRIMOP-APP>');
  };
  print(slot);
  return out.join('');
}
