/** Obstacles of any shape are told in a few lines. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expression } from '../../../src/kernel/kconfig/expression.ts';
import { explainObstacle } from '../../../src/kernel/solver/explain-obstacle.ts';
import type { Obstacle } from '../../../src/kernel/solver/obstacle.ts';

const symbol = (name: string): Expression => ({ op: 'symbol', name });
const needs = (name: string, what: string, of: Obstacle): Obstacle => ({
  kind: 'needs',
  symbol: name,
  relation: 'dependency',
  condition: symbol(what),
  of,
});
const none = (name: string, ...ways: Obstacle[]): Obstacle => ({ kind: 'none', symbol: name, ways });
const member = (name: string): Obstacle => ({ kind: 'choice', symbol: name, picked: 'ATH79', by: 'base' });
const missing = (name: string): Obstacle => ({ kind: 'undefined', symbol: name });
const set: Obstacle = { kind: 'set', symbol: 'BIG', value: 'y', by: 'person' };
const told = (obstacle: Obstacle): string[] => explainObstacle(obstacle, 'mips');

describe('told', () => {
  test('a chain is its steps', () => {
    expect(told(needs('A', 'B', needs('B', 'C', missing('C'))))).toEqual([
      'A depends on B',
      'B depends on C',
      'C is not defined for mips',
    ]);
  });

  test('a long chain is its ends, with the number of steps between', () => {
    let chain: Obstacle = missing('X20');
    for (let step = 19; step >= 0; step--) chain = needs(`X${step}`, `X${step + 1}`, chain);
    expect(told(chain)).toEqual([
      'X0 depends on X1',
      'X1 depends on X2',
      '… 16 steps on:',
      'X18 depends on X19',
      'X19 depends on X20',
      'X20 is not defined for mips',
    ]);
  });

  test('what all ways come to is told once', () => {
    const pci = none(
      'PCI',
      member('M1'),
      needs('PCI', 'HAVE_PCI', none('HAVE_PCI', member('M2'), member('M3'))),
    );
    const ways = ['D1', 'D2', 'D3'].map((name) => needs('LIB', name, needs(name, 'PCI', pci)));
    expect(told(none('LIB', ...ways))).toEqual([
      'all 3 ways to LIB need PCI',
      'PCI cannot be had: M1, M2 or M3 would bring it, but of their choice the base configuration picks ATH79',
    ]);
  });

  test('ways that say the same are one', () => {
    expect(told(none('A', needs('A', 'B', missing('B')), needs('A', 'B', missing('B'))))).toEqual([
      'A depends on B',
      'B is not defined for mips',
    ]);
  });

  test('what somebody has set comes first, the rest is counted', () => {
    const ways = [
      missing('U1'),
      missing('U2'),
      { kind: 'loop', symbol: 'L' } as const,
      set,
      missing('U3'),
      missing('U4'),
    ];
    const given = [
      { kind: 'given', symbol: 'n', value: 'n' } as const,
      { kind: 'given', symbol: 'G', value: 'n' } as const,
    ];
    expect(told(none('A', ...ways, ...given, missing('U5')))).toEqual([
      'A cannot be had: BIG=y is set by the list',
      'besides, U1, U2, U3 and 2 more are not defined for mips',
      '2 other ways fail too, e.g. G is n on mips and has no prompt to change it',
    ]);
  });

  test('a long condition is cut', () => {
    const condition: Expression = {
      op: 'or',
      of: Array.from({ length: 40 }, (_, number) => symbol(`SOC_${number}`)),
    };
    const obstacle: Obstacle = {
      ...(needs('A', '', missing('SOC_0')) as Obstacle & { kind: 'needs' }),
      condition,
    };
    expect(told(obstacle)[0]).toBe('A depends on SOC_0 || SOC_1 || SOC_2 || … (37 more)');
  });
});

const name = fc.constantFrom(...'ABCDEFGH');
const { obstacle } = fc.letrec<{ obstacle: Obstacle }>((tie) => ({
  obstacle: fc.oneof(
    { maxDepth: 6 },
    name.map(missing),
    name.map(member),
    fc.constant(set),
    fc.record({ kind: fc.constantFrom('loop', 'cut'), symbol: name }) as fc.Arbitrary<Obstacle>,
    fc.record({
      kind: fc.constant('given'),
      symbol: fc.oneof(name, fc.constant('n')),
      value: fc.constant('n'),
    }) as fc.Arbitrary<Obstacle>,
    fc.tuple(name, name, tie('obstacle')).map(([a, b, of]) => needs(a, b, of)),
    fc
      .tuple(name, fc.array(tie('obstacle'), { minLength: 1, maxLength: 4 }))
      .map(([a, ways]) => none(a, ...ways)),
  ),
}));

test('any obstacle is one to six lines', () => {
  fc.assert(
    fc.property(obstacle, (any) => {
      const lines = told(any);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(6);
      for (const line of lines) expect(line).toMatch(/^.{5,200}$/u);
    }),
    { numRuns: 2_000 },
  );
});

test('a wide and deep one takes no time to speak of', () => {
  // Fifty steps, at each of which both ways lead on to the same: 2^50 when told without a memory.
  let deep: Obstacle = missing('END');
  for (let step = 0; step < 50; step++)
    deep = none(`S${step}`, needs(`S${step}`, 'P', deep), needs(`S${step}`, 'Q', deep));
  expect(told(deep).at(-1)).toBe('END is not defined for mips');
  const wide = none('W', ...Array.from({ length: 20_000 }, (_, number) => member(`M${number}`)));
  expect(told(wide)).toHaveLength(1);
});
