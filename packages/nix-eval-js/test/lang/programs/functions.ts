/** Functions, and calls of them. */
import type { Grammar } from './grammar.ts';
import { attrName } from './literals.ts';
import { type Scope, variableNames } from './scope.ts';
import { code, part, type Tree } from './tree.ts';
import { any, fieldName, fn, randomType, record, string, type Type } from './types.ts';

type Field = readonly [name: string, type: Type];

interface Pattern {
  readonly text: Tree;
  readonly scope: Scope;
}

/** `{ a, b ? …, ... }@c:`; each formal's default may use the others that come from the argument. */
function pattern(
  g: Grammar,
  required: readonly Field[],
  defaulted: readonly Field[],
  open: boolean,
  scope: Scope,
  size: number,
): Pattern {
  const { draw } = g;
  const whole = draw.chance(0.25) ? draw.pick(variableNames) : undefined;
  const names = [...required, ...defaulted].map(([name]) => name);
  const variables = required.map(([name, type]) => ({ name, type }));
  let inner = scope.hide(names).bind(variables);
  if (whole !== undefined && !names.includes(whole)) {
    inner = inner.bind([{ name: whole, type: record(required) }]);
  }
  const sizes = g.split(size, defaulted.length);
  const formals = required.map(([name]) => part`${name}`);
  for (const [i, [name, type]] of defaulted.entries()) {
    formals.push(part`${name} ? ${g.expression(type, inner, sizes[i]!)}`);
    inner = inner.bind([{ name, type }]);
  }
  const separated: Tree[] = [];
  const shuffled = draw.shuffle(formals);
  for (const [i, formal] of shuffled.entries()) {
    separated.push(i < shuffled.length - 1 || open ? part`${formal},` : formal);
  }
  const dots = open ? '...' : '';
  const at = whole !== undefined && !names.includes(whole) ? whole : undefined;
  const braces = part`{ ${separated} ${dots} }`;
  if (at === undefined) return { text: part`${braces}:`, scope: inner };
  return { text: draw.chance(0.5) ? part`${braces}@${at}:` : part`${at}@${braces}:`, scope: inner };
}

const canBeFormal = (name: string): boolean => attrName(name) === name;

/** A function of the wanted type. */
export function lambda(g: Grammar, type: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  if (type.kind !== 'function') throw new Error('no function type');
  if (size > 3 && draw.chance(0.08)) {
    const self = draw.pick(['self', '_']);
    return code`{ __functor = ${self}: ${lambda(g, type, scope.hide([self]), size - 2)}; }`;
  }
  if (type.from.kind === 'record' && draw.chance(0.6)) {
    const required = [...type.from.fields].filter(([name]) => canBeFormal(name));
    const names = type.from.fields;
    const extra = fieldName(draw);
    const defaulted: Field[] =
      canBeFormal(extra) && !names.has(extra) && draw.chance(0.3) ? [[extra, any]] : [];
    const [own, rest] = g.split(size, 2) as [number, number];
    // The type of a default is not known to the body: what the argument has counts.
    const { text, scope: inner } = pattern(g, required, defaulted, true, scope, own);
    const body = inner.hide(defaulted.map(([name]) => name));
    return code`(${text} ${g.expression(type.to, body, rest)})`;
  }
  const name = draw.pick(variableNames);
  const inner = scope.bind([{ name, type: type.from }]);
  return code`(${name}: ${g.expression(type.to, inner, size - 1)})`;
}

/** The wanted as a call: of a function that is written there, or of one that is known. */
export function call(g: Grammar, want: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const known = scope.functions(want);
  if (known.length > 0 && draw.chance(0.6)) {
    const { name, from } = draw.pick(known);
    return code`(${name} ${g.expression(from, scope, size - 1)})`;
  }
  if (draw.chance(0.4)) return callWithSet(g, want, scope, size);
  const from = randomType(draw, 2, true);
  const [own, argument] = g.split(size, 2) as [number, number];
  const given = g.expression(from, scope, argument);
  if (draw.chance(0.2)) {
    const more = randomType(draw, 1);
    const [first, second] = g.split(argument, 2) as [number, number];
    const two = g.expression(fn(from, fn(more, want)), scope, own);
    return code`(${two} ${g.expression(from, scope, first)} ${g.expression(more, scope, second)})`;
  }
  return code`(${g.expression(fn(from, want), scope, own)} ${given})`;
}

function callWithSet(g: Grammar, want: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const fields = new Map<string, Type>();
  for (let n = draw.below(4); n > 0; n--) fields.set(draw.pick(variableNames), randomType(draw, 1, true));
  const all = [...fields];
  const required = draw.some(all, 0.6);
  const defaulted = all.filter((field) => !required.includes(field));
  const open = draw.chance(0.4);
  const [own, rest, argument] = g.split(size, 3) as [number, number, number];
  const { text, scope: inner } = pattern(g, required, defaulted, open, scope, own);
  const given = [...required, ...draw.some(defaulted, 0.4)];
  const extra: Field[] = open && draw.chance(0.5) ? [['zz', string]] : [];
  const body = g.expression(want, inner, rest);
  return code`((${text} ${body}) ${g.expression(record([...given, ...extra]), scope, argument)})`;
}
