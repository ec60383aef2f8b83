import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation, tristateOf } from '../../../src/kernel/kconfig/evaluate.ts';
import { refutes } from '../../../src/kernel/solver/certificate.ts';
import { explainObstacle } from '../../../src/kernel/solver/explain-obstacle.ts';
import { Solver } from '../../../src/kernel/solver/solve.ts';
import { architectures, full, model, random, runConf, seriesUnderTest, valuesOf } from './kconfig-tool.ts';
import {
  base,
  expectConfirmed,
  expectMinimal,
  firewall,
  fragment,
  lists,
  withSolution,
} from './solver-cases.ts';

for (const series of seriesUnderTest) {
  describe(series, () => {
    it.each(['mips', 'arm64'] as const)(
      'the firewall on %s: 13 assignments, which the tool confirms',
      (architecture) => {
        const kconfig = model(series, architecture);
        const given = base(architecture);
        const targets = firewall.map((symbol) => ({ symbol }));
        const solution = new Solver(kconfig, { base: given }).solve(targets);
        expect(solution.outcomes.map(({ status }) => status)).toEqual(firewall.map(() => 'module'));
        expect(solution.assignments.length).toBeLessThanOrEqual(13);
        for (const { because, symbol } of solution.assignments) {
          expect(because[0]!.relation).toBe('target');
          expect(because.at(-1)!.symbol).toBe(symbol);
        }
        expectMinimal(kconfig, given, targets, solution);
        expectConfirmed(series, architecture, given, targets, solution);
      },
    );

    it('the firewall without any one of its assignments is incomplete, says the tool', () => {
      const kconfig = model(series, 'mips');
      const given = base('mips');
      const solution = new Solver(kconfig, { base: given }).solve(firewall.map((symbol) => ({ symbol })));
      const tried = full ? solution.assignments : solution.assignments.slice(0, 2);
      for (const left of tried) {
        const rest = { ...solution, assignments: solution.assignments.filter((other) => other !== left) };
        const values = valuesOf(
          runConf(series, 'mips', fragment(kconfig, withSolution(given, rest))).config!,
        );
        expect(
          firewall.every((symbol) => values.get(symbol) === 'm'),
          left.symbol,
        ).toBe(false);
      }
    });

    it("upstream's other lists", () => {
      const chosen = full ? lists : lists.filter((_, index) => index % 3 === 0);
      for (const [architecture, symbols, more] of chosen) {
        const kconfig = model(series, architecture);
        const targets = symbols.filter((symbol) => kconfig.symbol(symbol)).map((symbol) => ({ symbol }));
        const given = base(architecture, more);
        const solution = new Solver(kconfig, { base: given }).solve(targets);
        expect(solution.outcomes.map(({ status }) => status)).toEqual(targets.map(() => 'module'));
        expectMinimal(kconfig, given, targets, solution);
        expectConfirmed(series, architecture, given, targets, solution);
      }
    });

    const count = full ? 300 : 60;
    it.each(full ? architectures : (['mips', 'arm64'] as const))(
      `${count} random modules on %s, each on its own: solved, minimal, and confirmed by the tool`,
      (architecture) => {
        const kconfig = model(series, architecture);
        const given = base(architecture);
        const solver = new Solver(kconfig, { base: given });
        const next = random(architectures.indexOf(architecture) + 1);
        const names = [...kconfig.names()].filter((name) => kconfig.symbol(name)!.type === 'tristate');
        /** Solutions that do not contradict each other, to be confirmed in one run of the tool. */
        const batches: { assignments: Map<string, string>; targets: string[] }[] = [];
        for (let index = 0; index < count; index++) {
          const symbol = names[Math.floor(next() * names.length)]!;
          const solution = solver.solve([{ symbol }]);
          const [outcome] = solution.outcomes;
          if (outcome!.status === 'unreachable') {
            expect(refutes(kconfig, architecture, { symbol }, outcome!.certificate ?? []), symbol).toBe(true);
            expect(explainObstacle(outcome!.obstacle, architecture).length).toBeGreaterThan(0);
            continue;
          }
          expectMinimal(kconfig, given, [{ symbol }], solution);
          const alone = new Evaluation(kconfig, withSolution(given, solution));
          expect(alone.tristate(symbol), symbol).toBe(outcome!.status === 'builtin' ? 2 : 1);
          const batch = batches.find(({ assignments, targets }) => {
            const merged = new Map([...given, ...assignments]);
            for (const { symbol: name, value } of solution.assignments) {
              const known = merged.get(name);
              if (known !== undefined && known !== value) return false;
              merged.set(name, value);
            }
            const together = new Evaluation(kconfig, merged);
            return [...targets, symbol].every((target) => together.tristate(target) > 0);
          });
          const into = batch ?? { assignments: new Map<string, string>(), targets: [] };
          if (!batch) batches.push(into);
          for (const { symbol: name, value } of solution.assignments) into.assignments.set(name, value);
          into.targets.push(symbol);
        }
        for (const { assignments, targets } of full ? batches : batches.slice(0, 2)) {
          const { config } = runConf(series, architecture, fragment(kconfig, [...given, ...assignments]));
          const values = valuesOf(config!);
          for (const target of targets)
            expect(tristateOf(values.get(target) ?? 'n'), target).toBeGreaterThan(0);
        }
      },
    );

    it('says what is in the way', () => {
      const kconfig = model(series, 'mips');
      const solverOf = (endian: string) =>
        new Solver(kconfig, { base: base('mips', { MIPS_MALTA: 'y', [`CPU_${endian}_ENDIAN`]: 'y' }) });
      const [big, little] = [solverOf('BIG'), solverOf('LITTLE')];
      const candidates = [...kconfig.names()].filter((symbol) => {
        const { type, dependencies } = kconfig.symbol(symbol)!;
        return type === 'tristate' && JSON.stringify(dependencies)?.includes('CPU_BIG_ENDIAN');
      });
      const found = candidates.filter(
        (symbol) => little.solve([{ symbol }]).outcomes[0]!.status === 'module',
      );
      expect(found.length).toBeGreaterThan(0);
      for (const symbol of found) {
        const [outcome] = big.solve([{ symbol }]).outcomes;
        if (outcome!.status !== 'unreachable') continue;
        const told = explainObstacle(outcome!.obstacle, 'mips').join('; ');
        expect(told).toContain('CPU_BIG_ENDIAN=y is set by the base configuration');
      }
      expect(found.some((symbol) => big.solve([{ symbol }]).outcomes[0]!.status === 'unreachable')).toBe(
        true,
      );
    });

    it('a complete .config as the base: what it has builtin stays', () => {
      const kconfig = model(series, 'mips');
      const { config } = runConf(
        series,
        'mips',
        fragment(kconfig, [...base('mips'), ['NETFILTER', 'y'], ['NF_CONNTRACK', 'y']]),
      );
      const { assignments } = readConfig(config!, kconfig);
      const targets = ['NF_CONNTRACK', 'NFT_CT'].map((symbol) => ({ symbol }));
      const solution = new Solver(kconfig, { base: assignments }).solve(targets);
      expect(solution.outcomes[0]).toMatchObject({ status: 'builtin', already: true });
      expect(solution.outcomes[1]).toMatchObject({ status: 'module', already: false });
      const merged = new Map([...assignments, ...withSolution([], solution)]);
      const values = valuesOf(runConf(series, 'mips', fragment(kconfig, merged)).config!);
      expect(values.get('NF_CONNTRACK')).toBe('y');
      expect(values.get('NFT_CT')).toBe('m');
    });
  });
}
