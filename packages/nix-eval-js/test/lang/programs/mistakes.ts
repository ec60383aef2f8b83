/** Expressions that are not what is wanted. */
import type { Grammar } from './grammar.ts';
import { attrName } from './literals.ts';
import type { Scope } from './scope.ts';
import { code, type Tree } from './tree.ts';
import { fieldName, randomType, string, type Type } from './types.ts';

/** What is refused before anything is evaluated; and dynamic attributes that are there already. */
const malformed = [
  '{ a = 1; a = 2; }',
  '{ a.b = 1; a = 1; }',
  '{ a.b = { c = 1; }; a.b.c = 2; }',
  '{ ${"a" + ""} = 1; a = 2; }',
  '{ ${"a" + ""} = 1; ${"a"} = 2; }',
  '{ ${"a" + ""} = 1; ${"a" + ""} = 2; }',
  '(let a = 1; a = 2; in a)',
  '({ a, a }: a)',
  '({ a }@a: a)',
  '{ inherit a; inherit (a) b; a = 1; }',
  '(let ${"a" + ""} = 1; in a)',
  '(1 < 2 < 3)',
  '9223372036854775808',
  './a/',
  '(a: b: )',
];

/** An assertion that two values of one type are equal: they are not, mostly. */
function unequal(g: Grammar, scope: Scope, size: number): Tree {
  const type = randomType(g.draw, 3, true);
  const side = (): Tree => g.expression(type, scope, size >> 1);
  return code`(assert ${side()} == ${side()}; 1)`;
}

export function mistake(g: Grammar, want: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const right = (n = size - 1): Tree => g.expression(want, scope, n);
  return draw.choose<Tree>([
    [60, () => g.expression(randomType(draw, 2, true), scope, size)],
    [10, () => code`(throw ${size > 3 ? g.expression(string, scope, size - 2) : code`"${g.label()}"`})`],
    [2, () => code`(abort ${size > 3 ? g.expression(string, scope, size - 2) : code`"${g.label()}"`})`],
    [
      4,
      () =>
        code`(assert ${g.expression({ kind: 'atom', name: 'bool' }, scope, size >> 1)}; ${right(size >> 1)})`,
    ],
    [
      8,
      () => code`(${g.expression(randomType(draw, 2, true), scope, size - 1)}).${attrName(fieldName(draw))}`,
    ],
    [4, () => code`(${right()} ${g.expression(randomType(draw, 1), scope, size >> 1)})`],
    [2, () => code`(let x = x; in x)`],
    [1, () => code`(let f = x: f x; in f ${right()})`],
    [1, () => code`(let a = { b = a.b; }; in a.b)`],
    [1, () => code`(9223372036854775807 + 1)`],
    [2, () => code`(1 / 0)`],
    [1, () => code`${draw.pick(['undefined', 'tru', 'builtin', 'ma', '<none>', '<none/x>'])}`],
    [2, () => code`builtins.${draw.pick(['head', 'tail'])} [ ]`],
    [2, () => code`(({ a, b ? 1 }: ${right()}) ${g.expression(randomType(draw, 2), scope, size >> 1)})`],
    [1, () => code`(with ${right()}; nowhere)`],
    [1, () => code`builtins.${draw.pick(['nope', 'lenght', 'Map'])}`],
    [4, () => unequal(g, scope, size)],
    [1, () => code`${draw.pick(malformed)}`],
  ]);
}
