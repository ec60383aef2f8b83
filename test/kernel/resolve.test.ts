/** Lists against the shipped indexes. What real kernels make of the result is in test/real/kernel. */
import { describe, expect, test } from 'vitest';
import { readIndex } from '../../src/kernel/index/read.ts';
import { shippedIndex, shippedSeries } from '../../src/kernel/index/shipped.ts';
import { Evaluation } from '../../src/kernel/kconfig/evaluate.ts';
import { readTree } from '../../src/kernel/kernel.ts';
import { explainChain, isWish, resolve } from '../../src/kernel/resolve.ts';
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
      const symbols = loaders[0]!.targets.map(({ outcome }) => outcome.symbol!);
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
        for (const { target, outcome } of targets) {
          expect(outcome.status, target).toMatch(/^(module|builtin)$/);
          expect(evaluation.value(outcome.symbol!), `${name}: ${target}`).not.toBe('n');
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
  expect(loaders[0]!.assignments.filter(({ symbol }) => symbol === 'NF_TABLES')).toMatchObject([
    { value: 'y', target: 'NF_TABLES', because: [{ symbol: 'NF_TABLES', relation: 'wish' }] },
  ]);
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

describe('what a list sets itself', () => {
  const kernel = readIndex(shippedIndex('6.12')!, 'mips');
  const settings = (targets: string[], own: Record<string, string>, others: Record<string, string> = {}) =>
    resolve(
      kernel,
      [{ ...makeLoader('a', targets), kernelConfig: new Map(Object.entries(own)) }],
      new Map([...base, ...Object.entries(others)]),
    );
  const told = ({ loaders }: ReturnType<typeof settings>) =>
    loaders[0]!.settings.map(({ symbol, value, becomes, outcome }) => [
      symbol,
      value,
      becomes,
      outcome.status,
    ]);

  test('gets what it depends on, with it as the reason', () => {
    const resolution = settings([], {
      BRIDGE_NETFILTER: 'm',
      NFT_FLOW_OFFLOAD: 'm',
      NETFILTER_XT_MATCH_OWNER: 'y',
    });
    expect(told(resolution)).toEqual([
      ['BRIDGE_NETFILTER', 'm', 'm', 'held'],
      ['NFT_FLOW_OFFLOAD', 'm', 'm', 'held'],
      ['NETFILTER_XT_MATCH_OWNER', 'y', 'y', 'held'],
    ]);
    const { assignments } = resolution.loaders[0]!;
    const values = Object.fromEntries(assignments.map(({ symbol, value }) => [symbol, value]));
    expect(values).toMatchObject({ NETFILTER: 'y', BRIDGE: 'm', NF_FLOW_TABLE: 'm', BRIDGE_NETFILTER: 'm' });
    for (const { because } of assignments) expect(because[0]!.relation).toBe('wish');
  });

  test('raises what a target needs, and never what a person has set', () => {
    expect(told(settings(['usb_storage'], { USB_SERIAL: 'y' }))).toEqual([['USB_SERIAL', 'y', 'y', 'held']]);
    expect(told(settings(['usb_storage'], { USB: 'm', USB_SERIAL: 'y' }))).toEqual([
      ['USB', 'm', 'm', 'held'],
      ['USB_SERIAL', 'y', 'm', 'unreachable'],
    ]);
  });

  test('never costs a target', () => {
    const resolution = settings(['nft_ct'], { MODULES: 'y', NF_CONNTRACK: 'n' });
    expect(resolution.loaders[0]!.targets[0]!.outcome.status).toBe('unreachable');
    expect(told(settings(['usb_storage'], { USB_STORAGE: 'n' }))).toEqual([
      ['USB_STORAGE', 'n', 'n', 'held'],
    ]);
  });

  test('of another loader is a need of its own, as that one may be left out of a system', () => {
    const both = resolve(
      kernel,
      [
        { ...makeLoader('a', ['8021q']), kernelConfig: new Map([['NETFILTER', 'y']]) },
        makeLoader('b', ['nf_conntrack']),
      ],
      base,
    );
    expect(both.loaders[1]!.assignments.map(({ symbol, value }) => `${symbol}=${value}`)).toEqual([
      'NF_CONNTRACK=m',
      'NETFILTER=y',
    ]);
  });
});

describe('what was wrong on 6.12', () => {
  const answer = (
    arch: string,
    targets: string[],
    given: Record<string, string>,
    own: Record<string, string> = {},
  ) => {
    const kernel = readIndex(shippedIndex('6.12')!, arch);
    const loader = { ...makeLoader('a', targets), kernelConfig: new Map(Object.entries(own)) };
    const { loaders } = resolve(kernel, [loader], new Map(Object.entries(given)));
    const [found] = loaders;
    const lines = found!.assignments
      .filter((each) => !isWish(each))
      .map(({ symbol, value }) => `${symbol}=${value}`);
    return {
      lines,
      status: found!.targets.map(({ outcome }) => outcome.status),
      assignments: found!.assignments,
    };
  };
  const ath79 = { ATH79: 'y', MODULES: 'y', USB_SUPPORT: 'y' };

  test.each([
    ['usb_storage', ['USB=m', 'SCSI=m', 'USB_STORAGE=m']],
    ['usbcore', ['USB=m']],
    ['ehci_platform', ['USB=m', 'USB_EHCI_HCD=m', 'USB_EHCI_HCD_PLATFORM=m']],
    ['cdc_acm', ['USB=m', 'TTY=y', 'USB_ACM=m']],
    ['usbserial', ['USB=m', 'USB_SERIAL=m']],
    ['option', ['USB=m', 'USB_SERIAL=m', 'USB_SERIAL_OPTION=m']],
    ['uas', ['USB=m', 'SCSI=m', 'USB_STORAGE=m', 'USB_UAS=m']],
    ['ledtrig_usbport', ['USB=m', 'NEW_LEDS=y', 'LEDS_TRIGGERS=y', 'USB_LEDS_TRIGGER_USBPORT=m']],
  ])('%s on ath79, which has no PCI', (target, expected) => {
    const { lines, status } = answer('mips', [target], ath79);
    expect(status).toEqual(['module']);
    expect(lines.filter((line) => !/^(NEW_LEDS|LEDS_CLASS|LEDS_TRIGGERS|TTY)=/.test(line))).toEqual(
      expected.filter((line) => !/^(NEW_LEDS|LEDS_TRIGGERS|TTY)=/.test(line)),
    );
  });

  test.each(['mips', 'arm', 'arm64'])('usb_storage on %s without a base', (arch) => {
    const { lines } = answer(arch, ['usb_storage'], {});
    expect([...lines].sort()).toEqual(['MODULES=y', 'SCSI=m', 'USB=m', 'USB_STORAGE=m']);
  });

  test('nothing beside what is in the base already', () => {
    const given = {
      MODULES: 'y',
      NET: 'y',
      NETDEVICES: 'y',
      USB: 'm',
      TTY: 'y',
      PPP: 'm',
      USB_PRINTER: 'm',
      USB_WDM: 'm',
    };
    expect(answer('arm64', ['cdc_wdm', 'usblp', 'slhc'], given)).toMatchObject({
      lines: [],
      status: ['module', 'module', 'module'],
    });
    expect(answer('arm64', ['lz4_decompress'], { ...given, CRYPTO: 'y', CRYPTO_LZ4: 'm' }).lines).toEqual([]);
  });

  test('8390 on x86 is for a card that x86 can have', () => {
    const { lines } = answer('x86', ['8390'], { MODULES: 'y', NET: 'y', NETDEVICES: 'y', PCI: 'y' });
    expect(lines).toEqual(['NE2K_PCI=m']);
  });

  test.each(['PCI', 'USB_PHY'])('usb_storage does without %s, and one may say so', (symbol) => {
    expect(answer('mips', ['usb_storage'], ath79, { [symbol]: 'n' }).status).toEqual(['module']);
  });

  test.each([
    ['libpoly1305', 'CRYPTO_POLY1305=m', ['CRYPTO_ADIANTUM']],
    ['rt2x00usb', 'RT2500USB=m', ['RT73USB', 'RT2800USB']],
  ])('%s: the least that brings it, and what else would', (target, expected, others) => {
    const { lines, assignments } = answer('mips', [target], { MIPS_MALTA: 'y' });
    expect(lines.at(-1)).toBe(expected);
    expect(assignments.at(-1)!.because.at(-1)!.alternatives).toEqual(others);
  });

  test('mt7915e: a reason names what is in the solution', () => {
    const { assignments } = answer('arm64', ['mt7915e'], { ARCH_MEDIATEK: 'y' });
    const set = new Set(assignments.map(({ symbol }) => symbol));
    const brought = new Set([...set, 'MT7915E', 'MT76_CONNAC_LIB', 'MT76_CORE', 'WLAN', 'ETHERNET']);
    for (const { because } of assignments)
      for (const { symbol } of because) expect(brought).toContain(symbol);
    expect(assignments.flatMap(({ because }) => because.map(({ symbol }) => symbol))).not.toContain(
      'MT76x0U',
    );
  });
});
