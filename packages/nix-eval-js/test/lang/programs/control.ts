/** What any expression may be: conditions, scopes, selections, catching, tracing. */
import { quote } from '../../nix.ts';
import { letIn } from './bindings.ts';
import type { Choice } from './draw.ts';
import type { Grammar } from './grammar.ts';
import { attrName } from './literals.ts';
import { type Scope, variableNames } from './scope.ts';
import { code, type Tree } from './tree.ts';
import { any, bool, fieldName, int, list, randomType, record, string, type Type } from './types.ts';

/** A condition that holds. */
function truth(g: Grammar, scope: Scope, size: number): Tree {
  const [first, second] = g.split(size, 2) as [number, number];
  const condition = (): Tree => g.expression(bool, scope, first);
  return g.draw.choose([
    [3, () => code`true`],
    [3, () => code`(${condition()} || true)`],
    [2, () => code`(${condition()} -> true)`],
    [1, () => code`(!(${condition()} && false))`],
    [2, () => code`(builtins.isInt ${g.expression(int, scope, second)})`],
    [2, () => code`(${g.expression(int, scope, first)} != "a")`],
  ]);
}

export function control(g: Grammar, want: Type, scope: Scope, size: number): readonly Choice<Tree>[] {
  const { draw } = g;
  const split = (count: number): number[] => g.split(size, count);
  const one = (n = size - 1): Tree => g.expression(want, scope, n);
  return [
    [5, () => letIn(g, want, scope, size)],
    [
      3,
      () => {
        const [a, b, c] = split(3) as [number, number, number];
        return code`(if ${g.expression(bool, scope, a)} then ${one(b)} else ${one(c)})`;
      },
    ],
    [2, () => selection(g, want, scope, size)],
    [2, () => withSet(g, want, scope, size)],
    [
      1,
      () => {
        const [a, b] = split(2) as [number, number];
        return code`(assert ${truth(g, scope, a)}; ${one(b)})`;
      },
    ],
    [
      1,
      () => {
        const [a, b] = split(2) as [number, number];
        const how = draw.pick(['seq', 'seq', 'deepSeq', 'trace', 'addErrorContext']);
        if (how === 'addErrorContext')
          return code`(builtins.addErrorContext ${g.expression(string, scope, a)} ${one(b)})`;
        return code`(builtins.${how} ${g.expression(how === 'trace' ? list(any) : any, scope, a)} ${one(b)})`;
      },
    ],
    [
      1,
      () => code`(builtins.${draw.pick(['trace', 'trace', 'warn', 'traceVerbose'])} "${g.label()}" ${one()})`,
    ],
    [1, () => code`(builtins.tryEval ${one()}).value`],
    [
      1,
      () => {
        const [a, b] = split(2) as [number, number];
        const caught = draw.chance(0.5) ? code`(throw "${g.label()}")` : one(a);
        // Used again after it failed.
        return code`(let t = ${caught}; in if (builtins.tryEval t).success then t else if (builtins.tryEval (builtins.seq t 1)).success then t else ${one(b)})`;
      },
    ],
    [
      1,
      () => {
        const [a, b] = split(2) as [number, number];
        const index = g.draw.below(2);
        const items = Array.from({ length: index }, () => g.expression(any, scope, a));
        return code`(builtins.elemAt [ ${[...items, one(b)]} ] ${String(index)})`;
      },
    ],
  ];
}

/** An attribute of a set, or what stands for it where it is missing. */
function selection(g: Grammar, want: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const name = fieldName(draw);
  const shown = draw.chance(0.1) ? `\${${quote(name)}}` : attrName(name);
  const [a, b] = g.split(size, 2) as [number, number];
  if (draw.chance(0.4)) {
    const other = g.expression(want, scope, b);
    if (draw.chance(0.5))
      return code`(${g.expression(record([[name, want]]), scope, a)}.${shown} or ${other})`;
    const more = draw.chance(0.3) ? `.${shown}` : '';
    return code`((${g.expression(any, scope, a)}).nope${more} or ${other})`;
  }
  if (draw.chance(0.3)) {
    const outer = fieldName(draw);
    const whole = g.expression(record([[outer, record([[name, want]])]]), scope, size - 1);
    return code`${whole}.${attrName(outer)}.${shown}`;
  }
  return code`${g.expression(record([[name, want]]), scope, size - 1)}.${shown}`;
}

function withSet(g: Grammar, want: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const fields = new Map<string, Type>();
  for (let n = draw.between(1, 3); n > 0; n--)
    fields.set(draw.pick(variableNames), randomType(draw, 1, true));
  const [a, b] = g.split(size, 2) as [number, number];
  const type = record(fields);
  return code`(with ${g.expression(type, scope, a)}; ${g.expression(want, scope.open(fields), b)})`;
}

/** A function that calls itself a few times. */
export function recursion(g: Grammar, want: Type, scope: Scope, size: number): Tree {
  const { draw } = g;
  const [first, step] = g.split(size, 2) as [number, number];
  const [count, sum] = draw.shuffle(variableNames) as [string, string];
  const inner = scope.bind([
    { name: count, type: int },
    { name: sum, type: want },
  ]);
  const again = `(${count} - 1)`;
  const body = g.expression(want, inner, step);
  const start = g.expression(want, scope, first);
  const times = String(draw.below(4));
  if (draw.chance(0.3)) {
    return code`(let go = { ${count}, ${sum} ? ${start} }: if ${count} <= 0 then ${sum} else go { ${count} = ${again}; ${sum} = ${body}; }; in go { ${count} = ${times}; })`;
  }
  return code`(let go = ${count}: ${sum}: if ${count} <= 0 then ${sum} else go ${again} ${body}; in go ${times} ${start})`;
}
