/** `gen-kmod init`: a commented `kmod.yaml` to start from. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import type { Io } from './io.ts';
import { exitCode, type Report } from './report.ts';

const start = `# What gen-kmod generates from; \`gen-kmod\` writes kmod/ beside this file.
version: 1

loaders:
  # A loader is a named set of kernel modules and the service kmod-NAME that loads them.
  firewall:
    description: nftables for the home gateway
    # As modprobe takes them. What they depend on comes by itself, in load order.
    targets:
      - nft_ct
      - nft_masq
      - nft_fib_ipv4

    # What is up before: another loader of this list, or a service of the system.
    # dependencies:
    #   - mac80211
    #   - config: services.calibration

    # What insmod gives a module.
    # parameters:
    #   nf_conntrack: { hashsize: 4096 }

    # Kconfig symbols, without CONFIG_, that the kernel is built with.
    kernelConfig:
      NETFILTER: y
      NETFILTER_ADVANCED: y
      NF_CONNTRACK: m
      NF_NAT: m
      NF_TABLES: m
      NF_TABLES_INET: y
      NF_TABLES_IPV4: y
      NFT_CT: m
      NFT_FIB_IPV4: m
      NFT_MASQ: m

    # The service starts by itself unless this is false; others can still depend on it.
    # autostart: false
`;

/** Writes the file into the working directory; never over one that is there. Returns the exit code. */
export function init(io: Io, report: Report): number {
  const file = join(io.cwd, 'kmod.yaml');
  const diagnostics: Diagnostic[] = [];
  try {
    writeFileSync(file, start, { flag: 'wx' });
    report.line(`${report.name(file)} written. Next: edit it, then run gen-kmod`);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    diagnostics.push(
      exists
        ? diagnostic('foreign-file', 'there is a kmod.yaml already', {
            file,
            hint: 'edit that one, or move it away',
          })
        : diagnostic('write-failed', `cannot write here: ${reason(error)}`, { file }),
    );
  }
  report.result({ version: 1, diagnostics }, new Map());
  return exitCode(diagnostics);
}
