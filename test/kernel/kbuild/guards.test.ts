/** Conditions against a table of all cases. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Condition, Conditions, holds } from '../../../src/kernel/kbuild/conditions.ts';
import { always, type Guard, Guards, never } from '../../../src/kernel/kbuild/guards.ts';

type Expression =
  | { kind: 'is'; symbol: string; value: string }
  | { kind: 'not'; of: Expression }
  | { kind: 'and' | 'or'; left: Expression; right: Expression };

/** The values of each symbol; an open one can be something that nothing asks for. */
const domains: Readonly<Record<string, readonly string[]>> = {
  T1: ['y', 'm', ''],
  T2: ['y', 'm', ''],
  B: ['y', ''],
  ONE: [''],
  OPEN: ['y', 'm', '', 'foo', 'other'],
};

const atom = fc
  .constantFrom('T1', 'T2', 'B', 'ONE', 'OPEN')
  .chain((symbol) =>
    fc.constantFrom('y', 'm', '', 'foo').map((value): Expression => ({ kind: 'is', symbol, value })),
  );

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    atom,
    tie('expression').map((of): Expression => ({ kind: 'not', of })),
    fc
      .tuple(fc.constantFrom('and', 'or'), tie('expression'), tie('expression'))
      .map(([kind, left, right]): Expression => ({ kind, left, right })),
  ),
}));

function newGuards(): Guards {
  const guards = new Guards();
  guards.close('T1', ['y', 'm', '']);
  guards.close('T2', ['y', 'm', '']);
  guards.close('B', ['y', '']);
  guards.close('ONE', ['']);
  return guards;
}

function guardOf(guards: Guards, expression: Expression): Guard {
  switch (expression.kind) {
    case 'is':
      return guards.is(expression.symbol, expression.value);
    case 'not':
      return guards.not(guardOf(guards, expression.of));
    default:
      return guards[expression.kind](guardOf(guards, expression.left), guardOf(guards, expression.right));
  }
}

function isTrue(expression: Expression, values: Record<string, string>): boolean {
  switch (expression.kind) {
    case 'is':
      return values[expression.symbol] === expression.value;
    case 'not':
      return !isTrue(expression.of, values);
    case 'and':
      return isTrue(expression.left, values) && isTrue(expression.right, values);
    case 'or':
      return isTrue(expression.left, values) || isTrue(expression.right, values);
  }
}

const cases: Record<string, string>[] = Object.entries(domains).reduce(
  (rows: Record<string, string>[], [symbol, values]) =>
    rows.flatMap((row) => values.map((value) => ({ ...row, [symbol]: value }))),
  [{}],
);

const table = (is: (values: Record<string, string>) => boolean): string =>
  cases.map((values) => (is(values) ? '1' : '0')).join('');

test('a guard holds where its expression is true', () => {
  fc.assert(
    fc.property(expression, (one) => {
      const guards = newGuards();
      const guard = guardOf(guards, one);
      expect(table((values) => guards.holds(guard, (symbol) => values[symbol]!))).toBe(
        table((values) => isTrue(one, values)),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('guards are equal numbers just where their expressions are the same', () => {
  fc.assert(
    fc.property(expression, expression, (one, other) => {
      const guards = newGuards();
      const a = guardOf(guards, one);
      const b = guardOf(guards, other);
      const tableA = table((values) => isTrue(one, values));
      const tableB = table((values) => isTrue(other, values));
      expect(a === b).toBe(tableA === tableB);
      expect(a === never).toBe(!tableA.includes('1'));
      expect(a === always).toBe(!tableA.includes('0'));
      expect(guards.implies(a, b)).toBe(
        [...tableA].every((bit, index) => bit === '0' || tableB[index] === '1'),
      );
      expect(guards.without(a, b)).toBe(guards.and(a, guards.not(b)));
    }),
    { numRuns: 2_000 },
  );
});

test('what is forgotten may have any value', () => {
  fc.assert(
    fc.property(expression, (one) => {
      const guards = newGuards();
      const guard = guards.forget(guardOf(guards, one), (symbol) => symbol === 'T1' || symbol === 'OPEN');
      expect(guards.symbols(guard)).not.toContain('T1');
      const possible = (values: Record<string, string>): boolean =>
        domains.T1!.some((T1) => domains.OPEN!.some((OPEN) => isTrue(one, { ...values, T1, OPEN })));
      expect(table((values) => guards.holds(guard, (symbol) => values[symbol]!))).toBe(table(possible));
    }),
    { numRuns: 1_000 },
  );
});

test('clauses say what the guard does, and none too many', () => {
  fc.assert(
    fc.property(expression, expression, fc.boolean(), (one, care, all) => {
      const guards = newGuards();
      const within = all ? always : guardOf(guards, care);
      const guard = guards.and(guardOf(guards, one), within);
      const condition = new Conditions(guards).of(guard, within);
      const tableOf = (clauses: Condition): string =>
        table(
          (values) =>
            guards.holds(within, (symbol) => values[symbol]!) && holds(clauses, (symbol) => values[symbol]!),
        );
      const expected = table((values) => guards.holds(guard, (symbol) => values[symbol]!));
      expect(tableOf(condition)).toBe(expected);
      for (const clause of condition) {
        expect(tableOf(condition.filter((other) => other !== clause))).not.toBe(expected);
        const symbols = clause.requires.map(({ symbol }) => symbol);
        expect(new Set(symbols).size).toBe(symbols.length);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a large set of guards keeps its answers', () => {
  const guards = new Guards();
  const first: Guard[] = [];
  for (let index = 0; index < 30_000; index++)
    first.push(guards.and(guards.is(`S${index}`, 'y'), guards.is(`S${index + 1}`, 'm')));
  for (let index = 0; index < 30_000; index++)
    expect(guards.and(guards.is(`S${index}`, 'y'), guards.is(`S${index + 1}`, 'm'))).toBe(first[index]);
});
