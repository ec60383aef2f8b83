/** Builtins and idioms whose arguments depend on each other more than types say. */
import { dicts, lists, records } from './collections.ts';
import type { Choice } from './draw.ts';
import type { Grammar } from './grammar.ts';
import { bools, ints, paths, strings, withDerivations } from './scalars.ts';
import type { Scope } from './scope.ts';
import { code, type Tree } from './tree.ts';
import { any, atom, int, list, record, type Type } from './types.ts';

/** Gives the expression of a type that is next in the text, with a share of the size. */
export type Of = (type: Type | string) => Tree;
export type Special = (g: Grammar, of: Of) => Tree;
export type Weighted = readonly (readonly [weight: number, make: Special])[];

/** What gives any type. */
function anything(type: Type): Weighted {
  const name = 'a';
  return [
    [2, (_, of) => code`(builtins.getAttr "${name}" ${of(record([[name, type]]))})`],
    [1, (g, of) => code`({ __functor = self: ${g.draw.pick(['_', 'p'])}: ${of(type)}; } ${of(any)})`],
    [1, (_, of) => code`(import ../function.nix ${of(type)})`],
    [1, (_, of) => code`(builtins.scopedImport { given = ${of(type)}; } ../scoped.nix)`],
    [1, (_, of) => code`(let { p = 1; body = ${of(type)}; q = ${of(any)}; })`],
    [
      1,
      (_, of) =>
        code`(let __sub = p: q: ${of(type)}; __lessThan = p: q: ${of(type)}; in ${of(int)} - ${of(any)})`,
    ],
    [1, (_, of) => code`(builtins.foldl' (p: q: ${of(type)}) ${of(type)} ${of(list(any))})`],
  ];
}

const plain = (type: Type): boolean =>
  type.kind === 'atom'
    ? ['int', 'bool', 'string', 'null', 'float'].includes(type.name)
    : type.kind === 'list' || type.kind === 'dict'
      ? plain(type.of)
      : type.kind === 'record' && [...type.fields.values()].every(plain);

/** One of them for the wanted type; null if there is none. */
export function special(g: Grammar, want: Type, scope: Scope, size: number): Tree | null {
  const { draw } = g;
  let left = size - 1;
  const of: Of = (type) => {
    const share = Math.max(0, Math.floor(left * (0.3 + draw.below(5) / 10)));
    left -= share;
    return g.expression(typeof type === 'string' ? atom(type) : type, scope, share);
  };
  const table: Weighted[] = [anything(want)];
  if (plain(want)) table.push([[1, (_, of_) => code`(builtins.fromJSON (builtins.toJSON ${of_(want)}))`]]);
  if (want.kind === 'list') table.push(lists(g, want.of, want.filled));
  if (want.kind === 'dict') table.push(dicts(want.of));
  if (want.kind === 'record') table.push(records(g, want.fields));
  if (want.kind === 'atom') {
    if (want.name === 'string') table.push(strings, draw.chance(0.15) ? withDerivations : []);
    if (want.name === 'int') table.push(ints);
    if (want.name === 'path') table.push(paths);
    if (want.name === 'bool') table.push(bools);
  }
  // The narrower is asked for more often.
  const specific = table.slice(1).flat();
  const chosen = specific.length > 0 && draw.chance(0.75) ? specific : table[0]!;
  return draw.choose(chosen.map(([weight, make]): Choice<Tree> => [weight, () => make(g, of)]));
}
