/** What the solver is asked in tests, and what has to hold of its answers. */
import { expect } from 'vitest';
import { formatAssignment } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import type { Kconfig } from '../../../src/kernel/kconfig/model.ts';
import type { Solution, WantedSymbol } from '../../../src/kernel/solver/solution.ts';
import { type Architecture, model, runConf, type Series, sources, valuesOf } from './kconfig-tool.ts';

/** The modules of Liminix's firewall, as their symbols. */
export const firewall = (
  'NFT_FIB_IPV4 NFT_FIB_IPV6 NF_LOG_SYSLOG NF_CONNTRACK NF_DEFRAG_IPV4 NF_DEFRAG_IPV6 NF_NAT NF_REJECT_IPV4 ' +
  'NF_REJECT_IPV6 NF_TABLES NFT_NAT NFT_CT NFT_FIB NFT_LIMIT NFT_LOG NFT_MASQ NFT_REJECT NFT_REJECT_INET ' +
  'NFT_REJECT_IPV4 NFT_REJECT_IPV6'
).split(' ');

/** Upstream's other lists, each where its device is; a symbol that a series lacks is left out. */
export const lists: [Architecture, string[], Record<string, string>][] = [
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
export function base(architecture: Architecture, more: Record<string, string> = {}): [string, string][] {
  const names = 'MODULES NET UNIX INET IPV6 PACKET NETDEVICES SYSVIPC PROC_FS TMPFS DEVTMPFS MTD'.split(' ');
  const board = Object.keys(more).length === 0 && architecture === 'mips' ? { MIPS_MALTA: 'y' } : more;
  return [...names.map((name): [string, string] => [name, 'y']), ...Object.entries(board)];
}

export function fragment(kconfig: Kconfig, assignments: Iterable<readonly [string, string]>): string {
  return [...assignments]
    .map(([name, value]) => `${formatAssignment(name, value, kconfig.symbol(name)?.type === 'string')}\n`)
    .join('');
}

export function withSolution(given: [string, string][], { assignments }: Solution): [string, string][] {
  return [...given, ...assignments.map(({ symbol, value }): [string, string] => [symbol, value])];
}

/** Each assignment left out once breaks a target. */
export function expectMinimal(
  kconfig: Kconfig,
  given: [string, string][],
  targets: readonly WantedSymbol[],
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
export function expectConfirmed(
  series: Series,
  architecture: Architecture,
  given: [string, string][],
  targets: readonly WantedSymbol[],
  solution: Solution,
  tree = sources(series),
): void {
  const { config, stderr } = runConf(
    series,
    architecture,
    fragment(model(series, architecture), withSolution(given, solution)),
    '--olddefconfig',
    tree,
  );
  const values = valuesOf(config!);
  for (const { symbol } of targets) expect(values.get(symbol), symbol).toBe('m');
  for (const { symbol, value } of solution.assignments) expect(values.get(symbol) ?? 'n', symbol).toBe(value);
  expect(stderr).not.toContain('unmet direct dependencies');
}
