/**
 * Every module there is, asked for alone: solved, or refused with a proof.
 *
 * In full all modules of four architectures and both shipped series, and the kernel's own tool confirms what is solved; by
 * default some of them, chosen by their names.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { readIndex } from '../../../src/kernel/index/read.ts';
import { shippedIndex } from '../../../src/kernel/index/shipped.ts';
import { type KbuildModule, moduleState } from '../../../src/kernel/kbuild/kbuild.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { Solution } from '../../../src/kernel/solver/solution.ts';
import { Solver } from '../../../src/kernel/solver/solve.ts';
import { makefileValue } from '../../../src/kernel/solver/wanted.ts';
import { Possible } from '../../kernel/possible.ts';
import { unproved, untouchable } from '../../kernel/solutions.ts';
import { architectures, full, model, runConf, seriesUnderTest, valuesOf } from './kconfig-tool.ts';
import { fragment } from './solver-cases.ts';
import { chance } from './trees.ts';

const boards: Record<string, [string, string][]> = {
  mips: [['MIPS_MALTA', 'y']],
  arm: [
    ['ARCH_MVEBU', 'y'],
    ['MACH_ARMADA_38X', 'y'],
  ],
  arm64: [['ARCH_MEDIATEK', 'y']],
  x86: [['64BIT', 'y']],
};
/** Of a thousand modules, how many are asked for. */
const share = full ? 1000 : 12;

const counts: string[] = [];
afterAll(() => {
  console.info(counts.join('\n'));
});

describe.each(seriesUnderTest)('%s', (series) => {
  describe.each(architectures)('%s', (arch) => {
    const kernel = readIndex(shippedIndex(series)!, arch);
    const asked = kernel.modules.all().filter(({ path }) => chance(path, 11) * 1000 < share);

    test.each([
      ['without a base', []],
      ['with a board', boards[arch]!],
    ] as [string, [string, string][]][])('%s', (name, given) => {
      if (!full && given.length === 0 && arch !== 'mips') return;
      const base = new Map(given);
      const solver = new Solver(kernel.kconfig, { base }, arch);
      const possible = new Possible(kernel.kconfig, base, untouchable(kernel));
      const faults: string[] = [];
      const count = { module: 0, builtin: 0, unreachable: 0, unknown: 0, held: 0 };
      const solved: { module: KbuildModule; solution: Solution }[] = [];
      for (const module of asked) {
        const wanted = { module };
        const solution = solver.solve([wanted]);
        const outcome = solution.outcomes[0]!;
        const { status } = outcome;
        count[status]++;
        const had = status === 'module' || status === 'builtin';
        const told =
          outcome.status === 'unreachable'
            ? unproved(kernel, base, wanted, outcome.certificate)
            : wrong(kernel, base, module, solution);
        // The other method does not know that a machine which shows is never another one.
        const isOfMachine =
          outcome.status === 'unreachable' && outcome.certificate?.some(({ by }) => by === 'machine');
        if (possible.makes(module, arch) !== had && !isOfMachine)
          told.push(`${had ? 'had' : 'refused'}, against all that is possible`);
        for (const fault of told) faults.push(`${module.path} (${status}): ${fault}`);
        if (status === 'module') solved.push({ module, solution });
      }
      counts.push(
        `${series} ${arch} ${name}: ${asked.length} modules, ${count.module} solved, ${count.builtin} built in by default, ${count.unreachable} refused with a proof, ${count.unknown} not defined`,
      );
      expect(faults).toEqual([]);
      if (full) confirm(series, arch, kernel, given, solved);
    });
  });
});

/** What is wrong with a solution for one module. */
function wrong(
  { kconfig, arch }: Kernel,
  base: ReadonlyMap<string, string>,
  module: KbuildModule,
  { assignments, outcomes }: Solution,
): string[] {
  const faults: string[] = [];
  const evaluation = new Evaluation(kconfig, base);
  for (const { symbol, value } of assignments) evaluation.assign(symbol, value);
  const made = (): string => moduleState(module, (symbol) => makefileValue(evaluation, symbol), arch);
  const isAllowed = (): boolean => kconfig.modules === null || evaluation.tristate(kconfig.modules) > 0;
  const expected = { module: 'm', builtin: 'y', unknown: 'n', unreachable: 'n', held: '' }[
    outcomes[0]!.status
  ];
  if (made() !== expected) faults.push(`the makefiles make it ${made()}`);
  for (const { symbol, because } of assignments) {
    if (symbol === 'COMPILE_TEST' || symbol === 'BROKEN') faults.push(`assigns ${symbol}`);
    if (because.at(-1)!.symbol !== symbol) faults.push(`the reason for ${symbol} does not lead to it`);
    for (const step of because.slice(0, -1))
      if (
        evaluation.value(step.symbol) === 'n' &&
        step.relation !== 'conflict' &&
        !hides(because, step.symbol)
      )
        faults.push(`the reason for ${symbol} names ${step.symbol}, which is n`);
  }
  for (const { symbol, value } of assignments) {
    evaluation.assign(symbol, base.get(symbol));
    if (made() === expected && isAllowed()) faults.push(`does without ${symbol}=${value}`);
    evaluation.assign(symbol, value);
  }
  return faults;
}

/** Whether a symbol of a reason is there to be turned off by what comes after it. */
function hides(because: Solution['assignments'][number]['because'], symbol: string): boolean {
  return because.some((step, index) => step.relation === 'prompt' && step.symbol === symbol && index > 0);
}

/** The kernel's own tool makes all of it. Solutions that contradict each other are asked for in several runs. */
function confirm(
  series: (typeof seriesUnderTest)[number],
  arch: (typeof architectures)[number],
  kernel: Kernel,
  given: [string, string][],
  solved: { module: KbuildModule; solution: Solution }[],
): void {
  const kconfig = model(series, arch);
  let left = solved;
  for (let round = 0; left.length > 0; round++) {
    expect(round, `${left.length} modules are left`).toBeLessThan(60);
    const evaluation = new Evaluation(kconfig, given);
    const value = (symbol: string): string => makefileValue(evaluation, symbol);
    const together: KbuildModule[] = [];
    const later: typeof left = [];
    for (const each of left) {
      const before = new Map(evaluation.assignments);
      const conflicts = each.solution.assignments.some(
        ({ symbol, value: wanted }) => (before.get(symbol) ?? wanted) !== wanted,
      );
      if (!conflicts)
        for (const { symbol, value: wanted } of each.solution.assignments) evaluation.assign(symbol, wanted);
      if (!conflicts && moduleState(each.module, value, arch) === 'm') together.push(each.module);
      else {
        evaluation.restore(before);
        later.push(each);
      }
    }
    // What a later one has turned off or built in is asked for again.
    const [kept, lost] = [
      together.filter((module) => moduleState(module, value, arch) === 'm'),
      together.filter((module) => moduleState(module, value, arch) !== 'm'),
    ];
    const { config } = runConf(series, arch, fragment(kconfig, evaluation.assignments));
    const values = valuesOf(config!);
    for (const module of kept)
      expect(
        moduleState(module, (symbol) => values.get(symbol) ?? 'n', arch),
        module.path,
      ).toBe('m');
    const again = new Set(lost);
    const next = [...later, ...left.filter(({ module }) => again.has(module))];
    expect(next.length, 'every run confirms some').toBeLessThan(left.length);
    left = next;
  }
  expect(kernel.arch).toBe(arch);
}
