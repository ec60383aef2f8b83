/** Values as the XML of `--xml` and `builtins.toXML`. */

import { Attrs } from '../eval/attrs.ts';
import { isDerivation } from '../eval/coerce.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { visiblePath } from '../eval/internal.ts';
import {
  bytesOf,
  ContextString,
  FloatValue,
  force,
  isString,
  Lambda,
  type List,
  PathValue,
  type Slot,
  Thunk,
  type Value,
} from '../eval/values.ts';
import { formatFloat } from '../text/float.ts';

type XmlAttrs = Record<string, string>;

const entities: Record<string, string> = {
  '"': '&quot;',
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '\n': '&#xA;',
};

function tag(name: string, attrs: XmlAttrs): string {
  let out = `<${name}`;
  for (const key of Object.keys(attrs).sort()) {
    out += ` ${key}="${attrs[key]!.replace(/["<>&\n]/g, (c) => entities[c]!)}"`;
  }
  return out;
}

/** The whole document as bytes. */
export function toXml(ev: Evaluator, root: Slot, into: Set<string>): string {
  let out = '';
  writeXml(ev, root, { strict: true, location: false, into }, (bytes) => {
    out += bytes;
  });
  return out;
}

export interface XmlOptions {
  /** Evaluate what is not evaluated yet. */
  readonly strict: boolean;
  /** Positions are attributes. */
  readonly location: boolean;
  /** Gets the contexts of strings. */
  readonly into: Set<string>;
}

/** Writes the document. An error leaves it complete but for what is after the error: all elements are closed. */
export function writeXml(
  ev: Evaluator,
  root: Slot,
  { strict, location, into }: XmlOptions,
  write: (bytes: string) => void,
): void {
  const lines = ["<?xml version='1.0' encoding='utf-8'?>", '<expr>'];
  const derivations = new Set<string>();
  let indent = '  ';
  const empty = (name: string, attrs: XmlAttrs = {}): void =>
    void lines.push(`${indent}${tag(name, attrs)} />`);
  const element = (name: string, attrs: XmlAttrs, content: () => void): void => {
    lines.push(`${indent}${tag(name, attrs)}>`);
    indent += '  ';
    try {
      content();
    } finally {
      indent = indent.slice(2);
      lines.push(`${indent}</${name}>`);
    }
  };
  const place = (attrs: XmlAttrs, pos: number): void => {
    const position = location ? ev.positions.resolve(pos) : undefined;
    if (position === undefined) return;
    if (position.source.origin.kind === 'file') attrs.path = visiblePath(position.source.name);
    attrs.line = String(position.line);
    attrs.column = String(position.column);
  };
  const showAttrs = (value: Attrs): void => {
    value.names.forEach((name, i) => {
      const attrs: XmlAttrs = { name };
      const pos = value.positions?.[i] ?? 0;
      if (pos !== 0) place(attrs, pos);
      element('attr', attrs, () => show(value.values[i]!, pos));
    });
  };
  const string = (slot: Slot | undefined, pos: number): string | undefined => {
    if (slot === undefined) return undefined;
    const value = strict ? force(slot, pos) : peek(slot);
    return value !== undefined && isString(value) ? bytesOf(value) : undefined;
  };
  const show = (slot: Slot, pos: number): void => {
    ev.enter(pos);
    const value = strict ? force(slot, pos) : peek(slot);
    if (value === undefined) empty('unevaluated');
    else if (typeof value === 'number' || typeof value === 'bigint') empty('int', { value: String(value) });
    else if (typeof value === 'boolean') empty('bool', { value: String(value) });
    else if (typeof value === 'string') empty('string', { value });
    else if (value === null) empty('null');
    else if (value instanceof ContextString) {
      for (const item of value.context) into.add(item);
      empty('string', { value: value.bytes });
    } else if (value instanceof PathValue) empty('path', { value: value.path });
    else if (value instanceof FloatValue) empty('float', { value: formatFloat(value.value) });
    else if (value instanceof Attrs) {
      if (isDerivation(value)) {
        const attrs: XmlAttrs = {};
        const drvPath = string(value.get('drvPath'), 0);
        const outPath = string(value.get('outPath'), 0);
        if (drvPath !== undefined) attrs.drvPath = drvPath;
        if (outPath !== undefined) attrs.outPath = outPath;
        element('derivation', attrs, () => {
          if (drvPath === undefined || drvPath === '' || derivations.has(drvPath)) empty('repeated');
          else {
            derivations.add(drvPath);
            showAttrs(value);
          }
        });
      } else element('attrs', {}, () => showAttrs(value));
    } else if (Array.isArray(value)) {
      element('list', {}, () => {
        for (const item of value as List) show(item, pos);
      });
    } else if (value instanceof Lambda) showFunction(value);
    else empty('unevaluated');
    ev.depth--;
  };
  const showFunction = ({ code }: Lambda): void => {
    const attrs: XmlAttrs = {};
    place(attrs, code.pos);
    element('function', attrs, () => {
      if (code.formals === null) {
        empty('varpat', { name: code.arg! });
        return;
      }
      const pattern: XmlAttrs = {};
      if (code.arg !== null) pattern.name = code.arg;
      if (code.ellipsis) pattern.ellipsis = '1';
      element('attrspat', pattern, () => {
        for (const formal of code.formalsByName()) empty('attr', { name: formal.name });
      });
    });
  };
  try {
    show(root, 0);
  } finally {
    lines.push('</expr>', '');
    write(lines.join('\n'));
  }
}

/** The value of a slot that has one. */
function peek(slot: Slot): Value | undefined {
  if (!(slot instanceof Thunk)) return slot;
  return slot.code === null ? slot.value : undefined;
}
