/** Builtins that give strings, numbers, paths and booleans, with arguments that depend on each other. */
import { quote } from '../../nix.ts';
import type { Grammar } from './grammar.ts';
import { textOf } from './literals.ts';
import type { Of, Special, Weighted } from './special.ts';
import { code, part, type Tree } from './tree.ts';
import { any, atom, bool, fieldName, list, randomType, record, string } from './types.ts';

export const match: Special = (_, of) => code`(builtins.match ${of('regex')} ${of(string)})`;
export const split: Special = (_, of) => code`(builtins.split ${of('regex')} ${of(string)})`;
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

export const strings: Weighted = [
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

export const withDerivations: Weighted = [
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

export const ints: Weighted = [
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

export const paths: Weighted = [
  [2, (_, of) => code`(builtins.toPath ("/" + ${of(string)}))`],
  [2, (_, of) => code`(/. + ${of(string)})`],
  [
    1,
    (g) =>
      code`(builtins.findFile [ { prefix = "a"; path = ../folder; } { path = ../.; } ] "${g.draw.pick(found)}")`,
  ],
];
const found = ['a/b.nix', 'a', 'folder', 'data.txt', 'value.nix', 'none', 'a/none'];

export const bools: Weighted = [
  [2, (g, of) => code`(${match(g, of)} == null)`],
  [2, (_, of) => code`(builtins.tryEval ${of(any)}).success`],
  [1, (_, of) => code`(builtins.hasContext "\${${of('derivation')}}")`],
];
