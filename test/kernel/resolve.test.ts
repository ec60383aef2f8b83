/** Lists against the shipped indexes. What real kernels make of the result is in test/real/kernel. */
import { describe, expect, test } from 'vitest';
import { readIndex } from '../../src/kernel/index/read.ts';
import { shippedIndex, shippedSeries } from '../../src/kernel/index/shipped.ts';
import { Evaluation } from '../../src/kernel/kconfig/evaluate.ts';
import { readTree } from '../../src/kernel/kernel.ts';
import { explainChain, resolve } from '../../src/kernel/resolve.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { makeLoader } from '../../src/targets/target-list.ts';

const firewall = [
  'nft_fib_ipv4',
  'nft_fib_ipv6',
  'nf_log_syslog',
  'nft_chain_nat',
  'nft_ct',
  'nft_limit',
  'nft_log',
  'nft_masq',
  'nft_nat',
  'nft_reject_inet',
  'nft_reject_ipv4',
  'nft_reject_ipv6',
];
/** Modules a router may want that have symbols in other folders, promptless ones and selected ones. */
const others = [
  '8021q',
  'bridge',
  'ppp_async',
  'l2tp_eth',
  'wireguard',
  'usb_storage',
  'ext4',
  'nf_nat',
  'mac80211',
];
const base = new Map(
  ['MODULES', 'NET', 'INET', 'IPV6', 'NETDEVICES', 'BLOCK'].map((symbol) => [symbol, 'y']),
);

test('6.1 and 6.12 are shipped', () => {
  expect(shippedSeries()).toEqual(['6.1', '6.12']);
});

describe.each(['6.1', '6.12'])('%s', (series) => {
  describe.each(['arm', 'arm64', 'mips', 'x86'])('%s', (arch) => {
    const kernel = readIndex(shippedIndex(series)!, arch);

    test('a firewall needs 13 symbols, and each of them', () => {
      const loader = makeLoader(
        'firewall',
        firewall.filter((name) => name !== 'nft_nat'),
      );
      const { loaders, assignments } = resolve(kernel, [loader], base);
      expect(assignments.length).toBeLessThanOrEqual(13);
      expect(loaders[0]!.assignments.map(({ symbol }) => symbol)).toEqual(
        assignments.map(({ symbol }) => symbol),
      );
      expect(loaders[0]!.unknown).toEqual([]);
      const symbols = loaders[0]!.targets.map(({ wanted }) => wanted.symbol);
      const made = (given: Iterable<readonly [string, string]>): boolean => {
        const evaluation = new Evaluation(kernel.kconfig, [...base, ...given]);
        return symbols.every((symbol) => evaluation.value(symbol) === 'm');
      };
      const given = assignments.map(({ symbol, value }) => [symbol, value] as const);
      expect(made(given)).toBe(true);
      for (const [left] of given) expect(made(given.filter(([symbol]) => symbol !== left)), left).toBe(false);
    });

    test('a loader has what its own targets need, another what its own do', () => {
      const { loaders } = resolve(
        kernel,
        [makeLoader('a', firewall.slice(0, 2)), makeLoader('b', others)],
        base,
      );
      for (const { targets, assignments, name } of loaders) {
        const evaluation = new Evaluation(kernel.kconfig, [
          ...base,
          ...assignments.map(({ symbol, value }) => [symbol, value] as const),
        ]);
        for (const { target, wanted, outcome } of targets) {
          expect(outcome.status, target).toMatch(/^(module|builtin)$/);
          expect(evaluation.value(wanted.symbol), `${name}: ${target}`).not.toBe('n');
        }
        for (const { because, symbol } of assignments) expect(because.at(-1)!.symbol).toBe(symbol);
      }
      expect(loaders[0]!.assignments.map(({ symbol }) => symbol)).not.toContain('WIREGUARD');
    });
  });
});

test('reasons lead from a target to the symbol', () => {
  const kernel = readIndex(shippedIndex('6.12')!, 'mips');
  const { assignments } = resolve(kernel, [makeLoader('a', ['nft_masq'])], base);
  const reasons = Object.fromEntries(
    assignments.map(({ symbol, because }) => [symbol, explainChain(because)]),
  );
  expect(reasons).toMatchObject({
    NF_TABLES: 'NFT_MASQ depends on NF_TABLES',
    NFT_MASQ: 'NFT_MASQ',
  });
});

test('what a person sets stays, and what is built in is left so', () => {
  const kernel = readIndex(shippedIndex('6.12')!, 'mips');
  const loader = { ...makeLoader('a', ['nft_ct', '8021q']), kernelConfig: new Map([['NF_TABLES', 'y']]) };
  const { loaders } = resolve(kernel, [loader], new Map([...base, ['VLAN_8021Q', 'y']]));
  expect(loaders[0]!.assignments.map(({ symbol }) => symbol)).not.toContain('NF_TABLES');
  expect(loaders[0]!.targets.map(({ outcome }) => outcome.status)).toEqual(['module', 'builtin']);
});

test('a share holds against what the rest of the system sets, not against what would be without that', () => {
  const tree = memoryTree({
    Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n',
    Kbuild: 'obj-y += drivers/\n',
    Kconfig: [
      'source "arch/$(SRCARCH)/Kconfig"',
      'config MODULES\n\tbool "modules"\n\tmodules',
      'config BUS\n\tbool "bus"\n\tdefault y',
      'config FAST\n\ttristate "fast"\n\tdepends on BUS',
      'config OTHER\n\ttristate "other"',
    ].join('\n'),
    'arch/mips/Makefile': '',
    'arch/mips/Kconfig': '',
    'drivers/Makefile': 'obj-$(CONFIG_FAST) += fast.o\nobj-$(CONFIG_OTHER) += other.o\n',
  });
  const { kernel } = readTree(tree, 'mips');
  const off = new Map([
    ['MODULES', 'y'],
    ['BUS', 'n'],
  ]);
  const loaders = [makeLoader('a', ['fast']), makeLoader('b', ['other'])];
  const share = (all: typeof loaders) => resolve(kernel!, all, off).loaders[0]!.assignments;
  // Without BUS=y in it, BUS=n would stand, whatever the default of BUS.
  const expected = [
    { symbol: 'BUS', value: 'y', target: 'fast' },
    { symbol: 'FAST', value: 'm', target: 'fast' },
  ];
  expect(share(loaders.slice(0, 1))).toMatchObject(expected);
  expect(share(loaders)).toMatchObject(expected);
});
