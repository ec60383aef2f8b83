import { describe, expect, it } from 'vitest';
import { assignAll, formatAssignment, readConfig } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation, tristateOf } from '../../../src/kernel/kconfig/evaluate.ts';
import { explainObstacle } from '../../../src/kernel/kconfig/explain-obstacle.ts';
import type { Kconfig } from '../../../src/kernel/kconfig/model.ts';
import { type Solution, Solver, type Wanted } from '../../../src/kernel/kconfig/solve.ts';
import {
  type Architecture,
  architectures,
  full,
  model,
  random,
  runConf,
  type Series,
  seriesUnderTest,
  valuesOf,
} from './kconfig-tool.ts';

/** The modules of Liminix's firewall, as their symbols. */
const firewall = (
  'NFT_FIB_IPV4 NFT_FIB_IPV6 NF_LOG_SYSLOG NF_CONNTRACK NF_DEFRAG_IPV4 NF_DEFRAG_IPV6 NF_NAT NF_REJECT_IPV4 ' +
  'NF_REJECT_IPV6 NF_TABLES NFT_NAT NFT_CT NFT_FIB NFT_LIMIT NFT_LOG NFT_MASQ NFT_REJECT NFT_REJECT_INET ' +
  'NFT_REJECT_IPV4 NFT_REJECT_IPV6'
).split(' ');

/** Upstream's other lists, each where its device is; a symbol that a series lacks is left out. */
const lists: [Architecture, string[], Record<string, string>][] = [
  // Upstream's board is an ATH79, whose PCI comes with OpenWrt's patches.
  ['mips', ['ATH9K', 'ATH10K_PCI'], { MIPS_MALTA: 'y' }],
  ['arm64', ['MT7915E', 'RTC_DRV_PCF8563', 'NVME_CORE', 'BLK_DEV_NVME', 'AQTION'], { ARCH_MEDIATEK: 'y' }],
  ['arm64', ['AIR_EN8811H_PHY'], { ARCH_MEDIATEK: 'y' }],
  ['mips', ['MAC80211_HWSIM'], { MIPS_MALTA: 'y' }],
  ['arm64', ['MAC80211_HWSIM'], {}],
  ['arm', ['MAC80211_HWSIM'], {}],
  ['mips', ['USB_NET_HUAWEI_CDC_NCM'], { MIPS_MALTA: 'y' }],
  ['arm64', ['MT7615E'], { ARCH_MEDIATEK: 'y' }],
  ['mips', ['RT2800SOC'], { RALINK: 'y', SOC_MT7620: 'y' }],
  ['mips', ['MT7603E', 'MT76x2E'], { RALINK: 'y', SOC_MT7621: 'y' }],
];

/** What the rest of a router's system sets. */
function base(architecture: Architecture, more: Record<string, string> = {}): [string, string][] {
  const names = 'MODULES NET UNIX INET IPV6 PACKET NETDEVICES SYSVIPC PROC_FS TMPFS DEVTMPFS MTD'.split(' ');
  const board = Object.keys(more).length === 0 && architecture === 'mips' ? { MIPS_MALTA: 'y' } : more;
  return [...names.map((name): [string, string] => [name, 'y']), ...Object.entries(board)];
}

function fragment(kconfig: Kconfig, assignments: Iterable<readonly [string, string]>): string {
  return [...assignments]
    .map(([name, value]) => `${formatAssignment(name, value, kconfig.symbol(name)?.type === 'string')}\n`)
    .join('');
}

function withSolution(given: [string, string][], { assignments }: Solution): [string, string][] {
  return [...given, ...assignments.map(({ symbol, value }): [string, string] => [symbol, value])];
}

/** Each assignment left out once breaks a target. */
function expectMinimal(
  kconfig: Kconfig,
  given: [string, string][],
  targets: readonly Wanted[],
  solution: Solution,
): void {
  const evaluation = new Evaluation(kconfig, withSolution(given, solution));
  const values = targets.map(({ symbol }) => evaluation.tristate(symbol));
  const before = new Map(given);
  for (const { symbol, value } of solution.assignments) {
    evaluation.assign(symbol, before.get(symbol));
    const broken = targets.some((target, index) => {
      const now = evaluation.tristate(target.symbol);
      return now === 0 || (now !== values[index] && now !== 1);
    });
    expect(broken, `${symbol}=${value} is needed`).toBe(true);
    evaluation.assign(symbol, value);
  }
}

/** What the kernel's tool makes of a solution: every target is there, every assignment stands. */
function expectConfirmed(
  series: Series,
  architecture: Architecture,
  given: [string, string][],
  targets: readonly Wanted[],
  solution: Solution,
): void {
  const { config, stderr } = runConf(
    series,
    architecture,
    fragment(model(series, architecture), withSolution(given, solution)),
  );
  const values = valuesOf(config!);
  for (const { symbol } of targets) expect(values.get(symbol), symbol).toBe('m');
  for (const { symbol, value } of solution.assignments) expect(values.get(symbol) ?? 'n', symbol).toBe(value);
  expect(stderr).not.toContain('unmet direct dependencies');
}

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
        const allModules = new Evaluation(kconfig, given);
        assignAll(allModules, 'allmod');
        const next = random(architectures.indexOf(architecture) + 1);
        const names = [...kconfig.names()].filter((name) => kconfig.symbol(name)!.type === 'tristate');
        /** Solutions that do not contradict each other, to be confirmed in one run of the tool. */
        const batches: { assignments: Map<string, string>; targets: string[] }[] = [];
        for (let index = 0; index < count; index++) {
          const symbol = names[Math.floor(next() * names.length)]!;
          const solution = solver.solve([{ symbol }]);
          const [outcome] = solution.outcomes;
          if (outcome!.status === 'unreachable') {
            // Where turning on everything brings it, there was a way.
            expect(allModules.tristate(symbol), symbol).toBe(0);
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
