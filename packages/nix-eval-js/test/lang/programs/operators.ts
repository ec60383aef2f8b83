/** Operators by what they give, with parentheses and, for their precedence, without. */
import type { Choice } from './draw.ts';
import type { Grammar } from './grammar.ts';
import { attrName } from './literals.ts';
import type { Scope } from './scope.ts';
import { code, type Tree } from './tree.ts';
import {
  any,
  atom,
  bool,
  dict,
  fieldName,
  float,
  int,
  list,
  path,
  randomType,
  record,
  string,
  type Type,
} from './types.ts';

type Operands = (type: Type) => Tree;

/** Expressions of which none has parentheses of its own. */
const chains: Record<string, readonly ((of: Operands) => Tree)[]> = {
  int: [
    (of) => code`(${of(int)} + ${of(int)} * ${of(int)} - ${of(int)})`,
    (of) => code`(${of(int)} - ${of(int)} - ${of(int)})`,
    (of) => code`(-${of(int)} * ${of(int)} / ${of(atom('divisor'))})`,
    (of) => code`(${of(int)} * -${of(int)} + ${of(int)} / ${of(atom('divisor'))})`,
  ],
  bool: [
    (of) => code`(${of(bool)} && ${of(bool)} || ${of(bool)} -> ${of(bool)})`,
    (of) => code`(${of(int)} + ${of(int)} < ${of(int)} == ${of(bool)} && ${of(bool)})`,
    (of) => code`(!${of(bool)} == ${of(bool)})`,
    (of) => code`(!${of(dict(int))} ? a || ${of(dict(int))} ? b.c)`,
    (of) => code`(${of(list(int))} ++ ${of(list(int))} == ${of(list(int))})`,
    (of) => code`(${of(dict(int))} // ${of(dict(int))} != ${of(dict(int))})`,
    (of) => code`(${of(bool)} -> ${of(bool)} -> ${of(bool)})`,
    (of) => code`(${of(string)} + ${of(string)} < ${of(string)})`,
    (of) => code`(-${of(int)} < ${of(int)} && -${of(int)} >= ${of(int)})`,
    (of) => code`(${of(dict(int))} // ${of(dict(int))} ? a == ${of(dict(int))})`,
  ],
};

function comparable(g: Grammar): readonly [Type, Type] {
  const same = (type: Type): readonly [Type, Type] => [type, type];
  return g.draw.choose([
    [5, () => same(int)],
    [3, () => same(string)],
    [2, () => same(float)],
    [2, () => [int, float] as const],
    [1, () => [float, int] as const],
    [1, () => same(path)],
    [2, () => same(list(g.draw.pick([int, string, float, list(int)])))],
  ]);
}

function equality(g: Grammar, scope: Scope, size: number): Tree {
  const { draw } = g;
  const operator = draw.pick(['==', '==', '!=']);
  const type = randomType(draw, 2, draw.chance(0.1));
  if (draw.chance(0.2)) {
    const same = g.expression(type, scope, size - 3);
    return code`(let e = ${same}; in e ${operator} e)`;
  }
  const [a, b] = g.split(size, 2) as [number, number];
  const other = draw.chance(0.1) ? randomType(draw, 2) : type;
  return code`(${g.expression(type, scope, a)} ${operator} ${g.expression(other, scope, b)})`;
}

function hasAttribute(g: Grammar, scope: Scope, size: number): Tree {
  const { draw } = g;
  const base = g.expression(draw.chance(0.9) ? record([]) : any, scope, size - 1);
  const name = attrName(fieldName(draw));
  return draw.choose([
    [6, () => code`((${base}) ? ${name})`],
    [2, () => code`((${base}) ? ${name}.${attrName(fieldName(draw))})`],
    [1, () => code`((${base}) ? \${${g.expression(string, scope, 1)}})`],
    [1, () => code`((${base}) ? "${name.replace(/"/g, '')}")`],
  ]);
}

export function operators(g: Grammar, want: Type, scope: Scope, size: number): readonly Choice<Tree>[] {
  const { draw } = g;
  const two = (left: Type, operator: string, right: Type): Tree => {
    const [a, b] = g.split(size, 2) as [number, number];
    return code`(${g.expression(left, scope, a)} ${operator} ${g.expression(right, scope, b)})`;
  };
  const chain = (kind: 'int' | 'bool'): Tree =>
    draw.pick(chains[kind]!)((type) => g.expression(type, scope, (size - 1) >> 2));
  const three = (type: Type, operator: string): Tree => {
    const items = g.split(size, 3).map((each) => g.expression(type, scope, each));
    return code`(${items[0]!} ${operator} ${items[1]!} ${operator} ${items[2]!})`;
  };
  if (want.kind === 'list') {
    const other = list(want.of);
    return [
      [3, () => (draw.chance(0.5) ? two(want, '++', other) : two(other, '++', want))],
      [want.filled ? 0 : 1, () => three(want, '++')],
    ];
  }
  if (want.kind === 'dict' || want.kind === 'record') {
    return [
      [3, () => two(want.kind === 'dict' ? want : record([]), '//', want)],
      [want.kind === 'dict' ? 1 : 0, () => three(want, '//')],
    ];
  }
  if (want.kind !== 'atom') return [];
  switch (want.name) {
    case 'int':
      return [
        [6, () => two(int, draw.pick(['+', '-', '*']), int)],
        [1, () => two(int, '/', draw.chance(0.1) ? int : atom('divisor'))],
        [1, () => code`(-${g.expression(int, scope, size - 1)})`],
        [3, () => chain('int')],
      ];
    case 'float':
      return [
        [4, () => two(float, draw.pick(['+', '-', '*']), draw.pick([float, int]))],
        [3, () => two(int, draw.pick(['+', '-', '*']), float)],
        [2, () => two(draw.pick([float, int]), '/', draw.pick([float, atom('divisor')]))],
        [1, () => code`(-${g.expression(float, scope, size - 1)})`],
      ];
    case 'bool': {
      return [
        [4, () => two(bool, draw.pick(['&&', '||', '->']), bool)],
        [2, () => code`(!${g.expression(bool, scope, size - 1)})`],
        [
          5,
          () => {
            const [left, right] = comparable(g);
            return two(left, draw.pick(['<', '<=', '>', '>=']), right);
          },
        ],
        [5, () => equality(g, scope, size)],
        [4, () => hasAttribute(g, scope, size)],
        [3, () => chain('bool')],
      ];
    }
    case 'string':
      return [
        [5, () => two(string, '+', string)],
        [1, () => two(string, '+', draw.pick([atom('stringlike'), atom('file')]))],
        [1, () => two(atom('stringlike'), '+', string)],
        [1, () => three(string, '+')],
      ];
    case 'path':
      return [
        [2, () => two(path, '+', string)],
        [1, () => two(path, '+', path)],
        [2, () => code`./a\${${g.expression(string, scope, size - 1)}}`],
        [1, () => code`../folder/\${${g.expression(string, scope, size - 1)}}b`],
      ];
    default:
      return [];
  }
}
