/** Builtins and idioms whose arguments depend on each other more than types say. */
import { quote } from '../../nix.ts';
import type { Choice } from './draw.ts';
import type { Grammar } from './grammar.ts';
import { attrName, textOf } from './literals.ts';
import type { Scope } from './scope.ts';
import { code, part, type Tree } from './tree.ts';
import {
  any,
  atom,
  bool,
  dict,
  fieldName,
  float,
  fn,
  int,
  list,
  randomType,
  record,
  string,
  type Type,
} from './types.ts';

/** Gives the expression of a type that is next in the text, with a share of the size. */
type Of = (type: Type | string) => Tree;
type Special = (g: Grammar, of: Of) => Tree;
type Weighted = readonly (readonly [weight: number, make: Special])[];

const match: Special = (_, of) => code`(builtins.match ${of('regex')} ${of(string)})`;
const split: Special = (_, of) => code`(builtins.split ${of('regex')} ${of(string)})`;
const algorithm = (g: Grammar): string => textOf(g.draw, 'algorithm', g.mistakes);

const replaceStrings: Special = (g, of) => {
  const count = g.draw.between(1, 3);
  const texts = (n: number): Tree[] => Array.from({ length: n }, () => part`${of(string)}`);
  const from = texts(count);
  const to = texts(g.draw.chance(g.mistakes) ? count + 1 : count);
  return code`(builtins.replaceStrings [ ${from} ] [ ${to} ] ${of(string)})`;
};

const convertHash: Special = (g, of) => {
  const { draw } = g;
  const name = algorithm(g);
  const convert = (hash: Tree, format: string): Tree =>
    code`(builtins.convertHash { hash = ${hash}; hashAlgo = "${name}"; toHashFormat = "${format}"; })`;
  const format = (): string => draw.pick(['base16', 'nix32', 'base32', 'base64', 'sri']);
  const once = convert(code`(builtins.hashString "${name}" ${of(string)})`, format());
  return draw.chance(0.4) ? convert(once, format()) : once;
};

const sources = ['../folder', '../data.txt'];

function pathOptions(g: Grammar, of: Of): Tree[] {
  return [
    part`name = "${g.draw.pick(['a', 'b-1', 'c_d'])}";`,
    part`recursive = ${of(bool)};`,
    part`filter = p: t: ${of(bool)};`,
    part`sha256 = builtins.hashString "sha256" ${of(string)};`,
  ].filter((_, i) => g.draw.chance(i === 3 ? 0.1 : 0.5));
}

const strings: Weighted = [
  [3, replaceStrings],
  [2, convertHash],
  [2, (g, of) => code`(builtins.toJSON ${match(g, of)})`],
  [2, (g, of) => code`(builtins.toJSON ${split(g, of)})`],
  [1, (_, of) => code`(builtins.toJSON (builtins.fromJSON ${of('json')}))`],
  [1, (_, of) => code`(builtins.toXML (fromTOML ${of('toml')}))`],
  [1, (_, of) => code`"\${${of(string)}}"`],
  [1, (g) => code`(builtins.readFile ${g.draw.pick(['../data.txt', '../value.nix', '../folder/b.nix'])})`],
  [1, (g) => code`(builtins.hashFile "${algorithm(g)}" ../data.txt)`],
  [1, (g) => code`(builtins.readFileType ${g.draw.pick(['../data.txt', '../folder'])})`],
  [1, (_, of) => code`(builtins.concatStringsSep "" (map toString ${of(list(atom('printable')))}))`],
  [1, (_, of) => code`(builtins.substring ${of('index')} (-1) ${of(string)})`],
  [1, (g, of) => code`(builtins.path { path = ${g.draw.pick(sources)}; ${pathOptions(g, of)} })`],
  [1, (_, of) => code`(builtins.filterSource (p: t: t != ${of(string)}) ../folder)`],
  [1, () => code`"${'$'}{../folder}"`],
  [1, (g) => code`${g.draw.pick(['http://a.b/c', 'x:y', 'mailto:a@b?c=d&e'])}`],
  [1, (g) => code`${g.draw.pick(['builtins.storeDir', 'builtins.nixVersion', '__curPos.file'])}`],
];

const hash = '0123456789abcdfghijklmnpqrsvwxyz';
const storePaths = [`/nix/store/${hash}-a`, `/nix/store/${hash}-a.drv`, '/nix/store/a', 'a'];

const withDerivations: Weighted = [
  [
    2,
    (g, of) => code`${of('derivation')}.${g.draw.pick(['outPath', 'drvPath', 'name', 'outputName', 'type'])}`,
  ],
  [2, (_, of) => code`"\${${of('derivation')}}"`],
  [1, (_, of) => code`(builtins.toJSON (builtins.getContext (${of(string)} + "\${${of('derivation')}}")))`],
  [
    1,
    (_, of) => code`(builtins.appendContext ${of(string)} (builtins.getContext ${of('derivation')}.drvPath))`,
  ],
  [1, (_, of) => code`(builtins.substring 0 5 ${of('derivation')}.outPath)`],
  [1, (_, of) => code`(builtins.addDrvOutputDependencies ${of('derivation')}.drvPath)`],
  [1, (_, of) => code`(builtins.unsafeDiscardOutputDependency ${of('derivation')}.drvPath)`],
  [
    2,
    (g, of) =>
      code`(builtins.appendContext ${of(string)} { "${g.draw.pick(storePaths)}" = { ${g.draw.pick(['path', 'allOutputs'])} = ${of(bool)}; outputs = [ ${g.draw.pick(['', '"out"', '"dev" "out"'])} ]; }; })`,
  ],
  [1, (_, of) => code`(builtins.toFile "x" "\${${of('derivation')}}")`],
  [1, (_, of) => code`(builtins.toFile "x" (builtins.toFile "y" ${of(string)}))`],
  [1, (_, of) => code`(baseNameOf ${of('derivation')})`],
];

const ints: Weighted = [
  [1, (g) => code`__curPos.${g.draw.pick(['line', 'column'])}`],
  [1, (g) => code`(builtins.fromJSON "${String(g.draw.between(-50, 50))}")`],
  [2, (g, of) => code`(builtins.length ${split(g, of)})`],
  [
    2,
    (g, of) => {
      const name = fieldName(g.draw);
      const set = of(record([[name, randomType(g.draw, 1)]]));
      return code`((builtins.unsafeGetAttrPos ${quote(name)} ${set}).${g.draw.pick(['line', 'column'])} or 0)`;
    },
  ],
];

const paths: Weighted = [
  [2, (_, of) => code`(builtins.toPath ("/" + ${of(string)}))`],
  [2, (_, of) => code`(/. + ${of(string)})`],
  [
    1,
    (g) =>
      code`(builtins.findFile [ { prefix = "a"; path = ../folder; } { path = ../.; } ] "${g.draw.pick(found)}")`,
  ],
];
const found = ['a/b.nix', 'a', 'folder', 'data.txt', 'value.nix', 'none', 'a/none'];

const bools: Weighted = [
  [2, (g, of) => code`(${match(g, of)} == null)`],
  [2, (_, of) => code`(builtins.tryEval ${of(any)}).success`],
  [1, (_, of) => code`(builtins.hasContext "\${${of('derivation')}}")`],
];

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

function lists(g: Grammar, item: Type, filled: boolean): Weighted {
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

function dicts(item: Type): Weighted {
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

function records(g: Grammar, fields: ReadonlyMap<string, Type>): Weighted {
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
        code`(let __sub = a: b: ${of(type)}; __lessThan = a: b: ${of(type)}; in ${of(int)} - ${of(any)})`,
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
