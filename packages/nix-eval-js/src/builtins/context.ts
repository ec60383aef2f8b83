/** String contexts. */

import { attrsOf } from '../eval/attrs.ts';
import { coerceToString } from '../eval/coerce.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { makeString } from '../eval/types.ts';
import { ContextString, type Slot, type Value } from '../eval/values.ts';
import { isStorePath } from '../store/paths.ts';
import { showName } from '../syntax/quote.ts';
import { type Definition, define } from './define.ts';

const passed = (name: string): string => `while evaluating the argument passed to builtins.${name}`;

function getContext(ev: Evaluator, a: Slot): Value {
  const text = ev.forceString(a, 0, passed('getContext'));
  const infos = new Map<string, { path?: true; allOutputs?: true; outputs?: string[] }>();
  const info = (path: string) => {
    let known = infos.get(path);
    if (known === undefined) {
      known = {};
      infos.set(path, known);
    }
    return known;
  };
  if (text instanceof ContextString) {
    for (const element of text.context) {
      if (element.startsWith('=')) info(element.slice(1)).allOutputs = true;
      else if (element.startsWith('!')) {
        const second = element.indexOf('!', 1);
        const entry = info(element.slice(second + 1));
        entry.outputs ??= [];
        entry.outputs.push(element.slice(1, second));
      } else info(element).path = true;
    }
  }
  return attrsOf(
    [...infos].map(([path, { outputs, ...rest }]) => {
      const entries: [string, Slot][] = Object.entries(rest);
      if (outputs !== undefined) entries.push(['outputs', outputs.sort()]);
      return [path, attrsOf(entries)] as const;
    }),
  );
}

function appendContext(ev: Evaluator, a: Slot, b: Slot): Value {
  const context = new Set<string>();
  const text = ev.forceStringInto(
    a,
    context,
    0,
    'while evaluating the first argument passed to builtins.appendContext',
  );
  const attrs = ev.forceAttrs(b, 0, 'while evaluating the second argument passed to builtins.appendContext');
  for (const i of attrs.shape.visits(ev.symbols)) {
    const path = attrs.names[i]!;
    const pos = attrs.positions?.[i] ?? 0;
    if (!isStorePath(path, ev.storeDir))
      ev.fail('eval', `context key '${showName(path)}' is not a store path`, pos);
    const value = ev.forceAttrs(attrs.values[i]!, pos, 'while evaluating the value of a string context');
    const isDerivation = path.endsWith('.drv');
    const flag = (name: string): boolean => {
      const slot = value.get(name);
      const where = `while evaluating the \`${name}\` attribute of a string context`;
      return slot !== undefined && ev.forceBool(slot, value.posOf(name), where);
    };
    if (flag('path')) context.add(path);
    if (flag('allOutputs')) {
      if (!isDerivation) {
        ev.fail(
          'eval',
          `tried to add all-outputs context of ${showName(path)}, which is not a derivation, to a string`,
          pos,
        );
      }
      context.add(`=${path}`);
    }
    const outputs = value.get('outputs');
    if (outputs === undefined) continue;
    const outputsPos = value.posOf('outputs');
    const list = ev.forceList(
      outputs,
      outputsPos,
      'while evaluating the `outputs` attribute of a string context',
    );
    if (list.length > 0 && !isDerivation) {
      ev.fail(
        'eval',
        `tried to add derivation output context of ${showName(path)}, which is not a derivation, to a string`,
        pos,
      );
    }
    for (const item of list) {
      const name = ev.forcePlainString(
        item,
        outputsPos,
        'while evaluating an output name within a string context',
      );
      context.add(`!${name}!${path}`);
    }
  }
  return makeString(text, context);
}

function addDrvOutputDependencies(ev: Evaluator, a: Slot): Value {
  const context = new Set<string>();
  const text = coerceToString(ev, 0, a, context, passed('addDrvOutputDependencies'));
  if (context.size !== 1) {
    ev.fail('eval', `context of string '${text}' must have exactly one element, but has ${context.size}`);
  }
  const [element] = context;
  if (element!.startsWith('=')) return new ContextString(text, context);
  if (element!.startsWith('!')) {
    const output = element!.slice(1, element!.indexOf('!', 1));
    ev.fail(
      'eval',
      `\`addDrvOutputDependencies\` can only act on derivations, not on a derivation output such as '${output}'`,
    );
  }
  if (!element!.endsWith('.drv')) ev.fail('eval', `path '${element}' is not a derivation`);
  return new ContextString(text, new Set([`=${element}`]));
}

export const contextBuiltins: readonly Definition[] = [
  define('__hasContext', 1, (ev, a) => ev.forceString(a, 0, passed('hasContext')) instanceof ContextString),
  define('__getContext', 1, getContext),
  define('__appendContext', 2, appendContext),
  define('__addDrvOutputDependencies', 1, addDrvOutputDependencies),
  define('__unsafeDiscardStringContext', 1, (ev, a) =>
    coerceToString(ev, 0, a, new Set(), passed('unsafeDiscardStringContext')),
  ),
  define('__unsafeDiscardOutputDependency', 1, (ev, a) => {
    const context = new Set<string>();
    const text = coerceToString(ev, 0, a, context, passed('unsafeDiscardOutputDependency'));
    return makeString(
      text,
      new Set([...context].map((element) => (element.startsWith('=') ? element.slice(1) : element))),
    );
  }),
];
