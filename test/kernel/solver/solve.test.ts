import { describe, expect, it } from 'vitest';
import { explainObstacle } from '../../../src/kernel/solver/explain-obstacle.ts';
import { Solver, solve } from '../../../src/kernel/solver/solve.ts';
import { modelOf } from '../kconfig/model.ts';

const modules = 'config MODULES\n\tbool "modules"\n\tmodules\n';

function solved(
  text: string,
  targets: string[],
  base: [string, string][] = [],
  person: [string, string][] = [],
) {
  const { assignments, outcomes } = solve(
    modelOf(modules + text),
    targets.map((symbol) => ({ symbol })),
    { base, person },
  );
  return {
    assignments: assignments.map(({ symbol, value }) => `${symbol}=${value}`),
    outcomes: outcomes.map((outcome) =>
      outcome.status === 'unreachable' ? explainObstacle(outcome.obstacle, 'mips') : outcome.status,
    ),
  };
}

const on: [string, string][] = [['MODULES', 'y']];

describe('what is assigned', () => {
  it('turns on what a prompt waits for, modules first', () => {
    const text =
      'config A\n\tbool "A"\nconfig B\n\ttristate "B"\n\tdepends on A\nconfig T\n\ttristate "T"\n\tdepends on B && A\n';
    expect(solved(text, ['T'])).toEqual({
      assignments: ['MODULES=y', 'A=y', 'B=m', 'T=m'],
      outcomes: ['module'],
    });
  });

  it('reaches a symbol without a prompt by the selector that asks least', () => {
    const text =
      'config FAR\n\ttristate "F"\n\tdepends on A && B\n\tselect LIB\nconfig NEAR\n\ttristate "N"\n\tdepends on A\n\tselect LIB\nconfig LIB\n\ttristate\n' +
      'config A\n\tbool "A"\nconfig B\n\tbool "B"\n';
    expect(solved(text, ['LIB'], on)).toEqual({ assignments: ['A=y', 'NEAR=m'], outcomes: ['module'] });
  });

  it('reaches one by its default', () => {
    const text =
      'config A\n\ttristate "A"\nconfig I\n\tbool "I"\nconfig T\n\ttristate\n\tdepends on I\n\tdefault A\n';
    expect(solved(text, ['T'], on)).toEqual({ assignments: ['I=y', 'A=m'], outcomes: ['module'] });
  });

  it('takes the shorter of two ways, and turns off what must be off', () => {
    const text =
      'config A\n\tbool "A"\nconfig B\n\tbool "B"\n\tdepends on A\nconfig OFF\n\tbool "O"\n\tdefault y\nconfig C\n\tbool "C"\nconfig T\n\ttristate "T"\n\tdepends on (B || C) && !OFF\n';
    expect(solved(text, ['T'], on)).toEqual({ assignments: ['C=y', 'OFF=n', 'T=m'], outcomes: ['module'] });
  });

  it('drops what other targets bring', () => {
    const text = 'config L\n\ttristate "L"\nconfig T\n\ttristate "T"\n\tselect L\n';
    expect(solved(text, ['L', 'T'], on)).toEqual({ assignments: ['T=m'], outcomes: ['module', 'module'] });
  });

  it('leaves what the base has builtin, and nothing for what is there', () => {
    const text = 'config A\n\ttristate "A"\nconfig B\n\ttristate "B"\n';
    const base: [string, string][] = [...on, ['A', 'y'], ['B', 'm']];
    expect(solved(text, ['A', 'B'], base)).toEqual({ assignments: [], outcomes: ['builtin', 'module'] });
  });

  it('asks what is compared', () => {
    const text =
      'config A\n\ttristate "A"\nconfig B\n\ttristate "B"\nconfig T\n\ttristate "T"\n\tdepends on A=y && B!=n\n';
    expect(solved(text, ['T'], on)).toEqual({ assignments: ['A=y', 'B=m', 'T=m'], outcomes: ['module'] });
  });

  it('comes with its reasons', () => {
    const kconfig = modelOf(
      `${modules}config A\n\tbool "A"\nconfig S\n\ttristate "S"\n\tdepends on A\n\tselect T\nconfig T\n\ttristate\n`,
    );
    const { assignments } = solve(kconfig, [{ symbol: 'T' }], { base: on });
    expect(assignments[0]!.because).toEqual([
      { symbol: 'T', relation: 'target' },
      { symbol: 'S', relation: 'selector' },
      { symbol: 'A', relation: 'dependency' },
    ]);
  });
});

describe('what cannot be', () => {
  it.each<[string, string, [string, string][], [string, string][], string[] | string]>([
    ['an unknown symbol', 'config A\n\tbool\n', [], [], 'unknown'],
    [
      'a dependency that is not defined',
      'config T\n\ttristate "T"\n\tdepends on X86\n',
      [],
      [],
      ['T depends on X86', 'X86 is not defined for mips'],
    ],
    [
      'what the base has otherwise',
      'config BIG\n\tbool "B"\nconfig T\n\ttristate "T"\n\tdepends on !BIG\n',
      [['BIG', 'y']],
      [],
      ['T depends on !BIG', 'BIG=y is set by the base configuration'],
    ],
    [
      'what a person has decided',
      'config A\n\tbool "A"\nconfig T\n\ttristate "T"\n\tdepends on A\n',
      [],
      [['A', 'n']],
      ['T depends on A', 'A=n is set by the list'],
    ],
    [
      'another member of a choice',
      'choice\n\tprompt "C"\nconfig A\n\tbool "A"\nconfig B\n\tbool "B"\nendchoice\nconfig T\n\ttristate "T"\n\tdepends on A\n',
      [['B', 'y']],
      [],
      ['T depends on A', 'A is one of a choice, and the base configuration picks B'],
    ],
    [
      'no prompt and no selector',
      'config T\n\ttristate\n',
      [],
      [],
      ['T is n on mips and has no prompt to change it'],
    ],
  ])('is told: %s', (_, text, base, person, told) => {
    const { assignments, outcomes } = solved(text, ['T'], [...on, ...base], person);
    expect(assignments).toEqual([]);
    expect(outcomes).toEqual([told]);
  });

  it('does not keep the other targets from being reached', () => {
    const text =
      'config A\n\tbool "A"\nconfig T\n\ttristate "T"\n\tdepends on A && X86\nconfig U\n\ttristate "U"\n';
    expect(solved(text, ['T', 'U'], on).assignments).toEqual(['U=m']);
  });
});

it('a solver is as new after each use', () => {
  const text = 'config A\n\tbool "A"\nconfig T\n\ttristate "T"\n\tdepends on A\n';
  const solver = new Solver(modelOf(modules + text), { base: on });
  const first = solver.solve([{ symbol: 'T' }]);
  expect(solver.solve([{ symbol: 'T' }])).toEqual(first);
  expect(solver.evaluation.value('T')).toBe('n');
});
