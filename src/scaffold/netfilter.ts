/**
 * Netfilter's modules: the Kconfig symbols that build them, and what rules need them.
 *
 * Netfilter names modules after symbols, as NFT_CT builds nft_ct; the exceptions are in net/netfilter/Makefile of the
 * kernel, and which symbols have no prompt, so that only others can set them, in net/netfilter/Kconfig (5.15 to 6.12).
 */
import { fold } from '../targets/names.ts';

/** What rules can do, by the modules that nft wants for it: the kernel loads none by itself on a device. */
const features = {
  conntrack: { modules: ['nft_ct'], use: 'ct state', lost: 'replies are not told from new connections' },
  masquerade: {
    modules: ['nft_chain_nat', 'nft_masq'],
    use: 'masquerade',
    lost: 'hosts inside do not share an address',
  },
  spoofing: { modules: ['nft_fib_inet'], use: 'fib', lost: 'forged senders are not noticed' },
  limit: { modules: ['nft_limit'], use: 'limit rate', lost: 'pings and the log know no limit' },
  log: {
    modules: ['nft_log', 'nf_log_syslog'],
    use: 'log',
    lost: 'what is dropped leaves no trace in the log',
  },
} as const;

export type Feature = keyof typeof features;

/** Module to what rules it is for, in the order of the rules. */
export const firewallTargets: ReadonlyMap<string, string> = new Map(
  Object.values(features).flatMap(({ modules, use }) => modules.map((module) => [module, use] as const)),
);

/** Which rules `targets` allow, and a line on each of the rest. */
export function rulesFor(targets: readonly string[]): {
  features: Record<Feature, boolean>;
  missing: string[];
} {
  const there = new Set(targets.map(fold));
  const found = Object.entries(features).map(
    ([feature, { modules, lost }]) =>
      [feature, modules.filter((module) => !there.has(module)), lost] as const,
  );
  return {
    features: Object.fromEntries(found.map(([feature, absent]) => [feature, absent.length === 0])) as never,
    missing: found.flatMap(([, absent, lost]) =>
      absent.length > 0 ? [`without ${absent.join(' and ')}, ${lost}`] : [],
    ),
  };
}

/** What nftables rules need besides modules, each `y`. */
export const familySymbols: readonly string[] = [
  ...['NETFILTER', 'NETFILTER_ADVANCED', 'NF_TABLES_INET', 'NF_TABLES_IPV4', 'NF_TABLES_IPV6'],
];

/** Symbols other than the module's name in capitals; with none, others select it. */
const exceptions = new Map<string, string[]>([
  ['nf_conntrack_netlink', ['NF_CT_NETLINK']],
  ['nft_chain_nat', ['NFT_NAT']],
  ['nft_fib_inet', ['NFT_FIB_INET', 'NFT_FIB_IPV4', 'NFT_FIB_IPV6']],
  ['nft_reject_inet', ['NFT_REJECT']],
  ['nft_reject_ipv4', ['NFT_REJECT']],
  ['nft_reject_ipv6', ['NFT_REJECT']],
  ...['amanda', 'ftp', 'h323', 'irc', 'pptp', 'sip', 'tftp'].map(
    (protocol) => [`nf_nat_${protocol}`, [`NF_CONNTRACK_${protocol.toUpperCase()}`]] as [string, string[]],
  ),
  ...[
    ...['nf_conncount', 'nf_conntrack_broadcast', 'nf_defrag_ipv4', 'nf_defrag_ipv6', 'nf_synproxy_core'],
    ...['nfnetlink', 'nft_fib'],
  ].map((module) => [module, []] as [string, string[]]),
]);

/**
 * The symbols that build Netfilter's among `targets`, ordered by name, with those they depend on and that have a prompt;
 * `unknown` are modules of others.
 */
export function symbolsFor(targets: readonly string[]): { symbols: string[]; unknown: string[] } {
  const symbols = new Set(['NF_TABLES']);
  const unknown: string[] = [];
  for (const target of targets) {
    const module = fold(target);
    if (!exceptions.has(module) && !/^nft?_/.test(module)) {
      unknown.push(target);
      continue;
    }
    for (const symbol of exceptions.get(module) ?? [module.toUpperCase()]) symbols.add(symbol);
    if (/_(nat|masq|redir)\b|^nf_nat_/.test(module)) symbols.add('NF_NAT');
    if (
      /^nf_(conntrack|nat|flow_table)|^nft_(ct|chain_nat|nat|masq|redir|connlimit|flow_offload)$/.test(module)
    )
      symbols.add('NF_CONNTRACK');
  }
  return { symbols: [...symbols].sort(), unknown };
}
