/** Bindings: what is in sets, and between `let` and `in`. */

import { quote } from '../../nix.ts';
import type { Grammar } from './grammar.ts';
import { attrName } from './literals.ts';
import { type Scope, type Variable, variableNames } from './scope.ts';
import { code, part, type Tree } from './tree.ts';
import { fieldName, randomType, record, type Type } from './types.ts';

type Field = readonly [name: string, type: Type];

const isVariable = (name: string): boolean => attrName(name) === name;

export interface Bindings {
  readonly text: readonly Tree[];
  /** What the bindings see of each other in the end, with what is around them. */
  readonly scope: Scope;
}

/**
 * Bindings of these names. Recursive ones see each other, but in an order, so that none needs itself; the
 * order in the text is another.
 */
export function bindings(
  g: Grammar,
  fields: readonly Field[],
  scope: Scope,
  size: number,
  kind: 'set' | 'rec' | 'let',
): Bindings {
  const { draw } = g;
  const recursive = kind !== 'set';
  const sizes = g.split(size, fields.length);
  let inner = recursive ? scope.hide(fields.map(([name]) => name)) : scope;
  const text: Tree[] = [];
  const rest = draw.shuffle(fields);
  const see = (seen: readonly Field[]): void => {
    if (!recursive) return;
    const variables: Variable[] = seen.map(([name, type]) => ({ name, type }));
    inner = inner.bind(variables.filter(({ name }) => isVariable(name)));
  };
  while (rest.length > 0) {
    const field = rest.pop()!;
    const [name, type] = field;
    const own = sizes.pop()!;
    const outer = scope.variables.find((variable) => variable.name === name);
    if (outer !== undefined && scope.find(type).includes(name) && draw.chance(0.5)) {
      text.push(part`inherit ${name};`);
      see([field]);
    } else if (draw.chance(0.08)) {
      const more = rest.length > 0 && draw.chance(0.5) ? [field, rest.pop()!] : [field];
      const names = more.map(([each]) => attrName(each)).join(' ');
      text.push(part`inherit (${g.expression(record(more), inner, own)}) ${names};`);
      see(more);
    } else if (type.kind === 'record' && draw.chance(0.3)) {
      text.push(...nested(g, attrName(name), type.fields, inner, own));
      see([field]);
    } else if (kind !== 'let' && draw.chance(0.06)) {
      // A name that is computed is no variable.
      text.push(part`\${${computedName(g, name)}} = ${g.expression(type, inner, own)};`);
    } else {
      const shown = draw.chance(0.03) ? quote(name) : attrName(name);
      text.push(part`${shown} = ${g.expression(type, inner, own)};`);
      see([field]);
    }
  }
  return { text: draw.shuffle(text), scope: inner };
}

/** `a.b = …; a.c = …;`, or partly `a = { … };`: Nix merges them. */
function nested(
  g: Grammar,
  prefix: string,
  fields: ReadonlyMap<string, Type>,
  scope: Scope,
  size: number,
): Tree[] {
  const { draw } = g;
  const sizes = g.split(size, fields.size + 1);
  const out: Tree[] = [];
  const whole: Field[] = [];
  for (const field of fields) {
    const [name, type] = field;
    if (draw.chance(0.3)) whole.push(field);
    else {
      const shown = draw.chance(0.06) ? part`\${${computedName(g, name)}}` : attrName(name);
      out.push(part`${prefix}.${shown} = ${g.expression(type, scope, sizes.pop()!)};`);
    }
  }
  if (whole.length > 0 || out.length === 0) {
    out.push(part`${prefix} = { ${bindings(g, whole, scope, sizes[0]!, 'set').text} };`);
  }
  return out;
}

function computedName(g: Grammar, name: string): Tree {
  const text = quote(name);
  return g.draw.choose([
    [4, () => code`(${text} + "")`],
    [2, () => code`(if true then ${text} else null)`],
    [1, () => code`"\${${text}}"`],
    [1, () => code`${text}`],
  ]);
}

/** A set as it is written, with more in it than asked for now and then. */
export function setOf(g: Grammar, type: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const fields = new Map<string, Type>();
  if (type.kind === 'record') {
    for (const [name, field] of type.fields) fields.set(name, field);
    if (size > 3 && draw.chance(0.25)) {
      const extra = fieldName(draw);
      if (!fields.has(extra)) fields.set(extra, randomType(draw, 1, true));
    }
  } else if (type.kind === 'dict') {
    for (let n = draw.below(size > 1 ? 4 : 2); n > 0; n--) fields.set(fieldName(draw), type.of);
  }
  const recursive = size > 3 && draw.chance(0.3);
  const { text } = bindings(g, [...fields], scope, size, recursive ? 'rec' : 'set');
  const added = draw.chance(0.02) ? [part`\${null} = 1;`] : [];
  return recursive ? code`(rec { ${[...text, ...added]} })` : code`{ ${[...text, ...added]} }`;
}

/** `let` with one to four names around an expression. */
export function letIn(g: Grammar, type: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const fields = new Map<string, Type>();
  for (let n = draw.between(1, Math.min(4, size)); n > 0; n--) {
    fields.set(draw.pick(variableNames), randomType(draw, 2, true));
  }
  const [own, body] = g.split(size, 2) as [number, number];
  const bound = bindings(g, [...fields], scope, own, 'let');
  return code`(let ${bound.text} in ${g.expression(type, bound.scope, body)})`;
}
