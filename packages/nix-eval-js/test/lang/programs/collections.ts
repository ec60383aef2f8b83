/** Builtins that give lists and sets, with arguments that depend on each other. */
import { quote } from '../../nix.ts';
import type { Grammar } from './grammar.ts';
import { attrName } from './literals.ts';
import { match, split } from './scalars.ts';
import type { Of, Special, Weighted } from './special.ts';
import { code, part, type Tree } from './tree.ts';
import { any, atom, dict, fieldName, float, fn, int, list, record, string, type Type } from './types.ts';

/** Comparisons that order: sorting by anything else has no result to compare. */
function order(g: Grammar, type: Type): Tree | null {
  if (type.kind === 'atom' && ['int', 'float', 'string', 'path'].includes(type.name)) {
    return g.draw.pick([
      code`(a: b: a < b)`,
      code`builtins.lessThan`,
      code`(x: y: x > y)`,
      ...(type.name === 'string'
        ? [
            code`(a: b: builtins.stringLength a < builtins.stringLength b)`,
            code`(a: b: builtins.compareVersions a b < 0)`,
          ]
        : []),
    ]);
  }
  if (type.kind !== 'record') return null;
  for (const [name, field] of type.fields) {
    if (field !== int && field !== string && field !== float) continue;
    const shown = attrName(name);
    return code`(a: b: a.${shown} ${g.draw.pick(['<', '>'])} b.${shown})`;
  }
  return null;
}

export function lists(g: Grammar, item: Type, filled: boolean): Weighted {
  const { draw } = g;
  const by = order(g, item);
  const name = fieldName(draw);
  const out: [number, Special][] = [
    [
      2,
      (_, of) => code`(map ({ ${draw.pick(['key', 'value'])} ? 0, ... }@e: ${of(item)}) ${closure(g, of)})`,
    ],
  ];
  if (by !== null) out.push([4, (_, of) => code`(builtins.sort ${by} ${of(list(item, filled))})`]);
  out.push([1, (g_, of) => code`(builtins.genList (i: ${of(item)}) ${String(g_.draw.between(1, 14))})`]);
  if (filled) return out.slice(1);
  out.push([2, (_, of) => code`(builtins.catAttrs ${quote(name)} ${of(list(record([[name, item]])))})`]);
  if (item === string) {
    out.push(
      [3, (_, of) => code`(builtins.filter builtins.isString ${split(g, of)})`],
      [
        1,
        (_, of) =>
          code`(let m = ${match(g, of)}; in if m == null then [ ] else builtins.filter builtins.isString m)`,
      ],
      [1, (_, of) => code`(builtins.attrNames ${of(dict(any))})`],
      [1, () => code`(builtins.attrNames (builtins.readDir ../folder))`],
    );
  }
  return out;
}

/** A genericClosure that ends. */
function closure(g: Grammar, of: Of): Tree {
  const { draw } = g;
  const end = draw.between(3, 12);
  const next = draw.pick([
    '[ { key = x.key + 1; } ]',
    '[ { key = x.key * 2; } { key = x.key + 3; } ]',
    '[ ]',
  ]);
  if (draw.chance(0.2)) {
    return code`(builtins.genericClosure { startSet = map (key: { inherit key; }) ${of(list(g.draw.pick([string, float, list(int)])))}; operator = x: [ ]; })`;
  }
  const start = draw.chance(0.5)
    ? code`(map (key: { inherit key; value = ${of(any)}; }) ${of(list(atom('index')))})`
    : code`[ { key = 1; } { key = ${of('index')}; } ]`;
  return code`(builtins.genericClosure { startSet = ${start}; operator = x: if x.key > ${String(end)} then [ ] else ${next}; })`;
}

export function dicts(item: Type): Weighted {
  const out: [number, Special][] = [
    [
      2,
      (g, of) =>
        code`(builtins.listToAttrs (builtins.genList (i: { name = "k\${toString i}"; value = ${of(item)}; }) ${String(g.draw.between(2, 14))}))`,
    ],
  ];
  if (item.kind === 'atom' && item.name === 'bool') {
    out.push([4, (_, of) => code`(builtins.functionArgs ${of(fn(record([['a', int]]), int))})`]);
  }
  if (item === string) out.push([2, () => code`(builtins.readDir ../folder)`]);
  return out;
}

export function records(g: Grammar, fields: ReadonlyMap<string, Type>): Weighted {
  const { draw } = g;
  const all = [...fields];
  const names = all.map(([name]) => name);
  const whole = record(fields);
  const other = fieldName(draw);
  const quoted = names.map((name) => part`${quote(name)}`);
  const out: [number, Special][] = [
    [
      1,
      (_, of) =>
        code`(builtins.intersectAttrs { ${names.map((name) => part`${attrName(name)} = ${of(any)};`)} } ${of(whole)})`,
    ],
    [
      1,
      (_, of) =>
        code`(builtins.listToAttrs [ ${all.map(([name, type]) => part`{ name = ${quote(name)}; value = ${of(type)}; }`)} ])`,
    ],
    [1, (_, of) => code`(builtins.mapAttrs (n: v: v) ${of(whole)})`],
    [
      1,
      (_, of) => code`(builtins.removeAttrs ${of(whole)} [ ${names.includes(other) ? '' : quote(other)} ])`,
    ],
    [1, (_, of) => code`(builtins.foldl' (a: b: a // b) ${of(record([]))} [ ${of(whole)} ])`],
    [1, (_, of) => code`(let fix = f: let r = f r; in r; in fix (self: ${of(whole)}))`],
    [1, (_, of) => code`(builtins.zipAttrsWith (n: builtins.head) [ ${of(whole)} ${of(record([]))} ])`],
    [
      1,
      (_, of) =>
        code`((builtins.groupBy (x: ${quote(other)}) [ ${of(whole)} ]).${attrName(other)}.nope or ${of(whole)})`,
    ],
  ];
  if (draw.chance(0.4) && quoted.length > 0) {
    out.push([
      2,
      (_, of) =>
        code`(rec { __overrides = ${of(whole)}; ${all.map(([name]) => part`${attrName(name)} = ${of(any)};`)} })`,
    ]);
  }
  return out;
}
