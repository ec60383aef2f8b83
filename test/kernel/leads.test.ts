/** Names that no makefile makes a module of, asked of the indexes that are shipped. The wording is in test/golden/errors. */
import { describe, expect, test } from 'vitest';
import { Elsewhere } from '../../src/kernel/elsewhere.ts';
import { readIndex } from '../../src/kernel/index/read.ts';
import { shippedIndex } from '../../src/kernel/index/shipped.ts';
import { leadFor } from '../../src/kernel/leads.ts';

describe.each(['6.12', '6.1'])('Linux %s', (series) => {
  const kernel = readIndex(shippedIndex(series)!, 'mips');
  const elsewhere = new Elsewhere(kernel);

  test.each([
    // Merged into nf_tables, or renamed, long before.
    ['nft_counter', 'nf_tables'],
    ['nft_meta', 'nf_tables'],
    ['nft_set_rbtree', 'nf_tables'],
    ['nft-lookup', 'nf_tables'],
    ['nft_chain_route_ipv4', 'nf_tables'],
    ['nft_masq_ipv4', 'nft_masq'],
    ['nft_chain_nat_ipv6', 'nft_chain_nat'],
    ['nf_conntrack_ipv4', 'nf_conntrack'],
    ['nf_nat_ipv4', 'nf_nat'],
    ['nf_log_common', 'nf_log_syslog'],
    ['nf_log_ipv4', 'nf_log_syslog'],
    // Symbols.
    ['NFT_CT', 'nft_ct'],
    ['CONFIG_NFT_CT', 'nft_ct'],
    ['bt_hcibtusb', 'btusb'],
    ['ATH9K_AHB', 'ath9k'],
    ['CONFIG_BT_HCIBTUSB_RTL', 'btusb'],
    ['ath9k-ahb', 'ath9k'],
    // Packages of OpenWrt.
    ['kmod-usb-storage', 'usb_storage'],
    ['kmod-usb-core', 'usbcore'],
    ['kmod-fs-ext4', 'ext4'],
    ['kmod-lib-crc16', 'crc16'],
    ['kmod-ath9k', 'ath9k'],
    ['kmod-nft-nat', 'nft_nat'],
    ['kmod-usb-net-rndis', 'rndis_host'],
    ['kmod-nft-counter', 'nf_tables'],
    // Slips.
    ['nft_ctt', 'nft_ct'],
    ['nf_conntrack_ftpp', 'nf_conntrack_ftp'],
  ])('%s leads to %s', (name, module) => {
    const lead = leadFor(kernel, elsewhere, name);
    expect(lead?.hint).toContain(`\`${module}\``);
    expect(kernel.modules.find(module)).not.toEqual([]);
  });

  test('parts of the kernel itself say where they are', () => {
    expect(leadFor(kernel, elsewhere, 'char_dev')?.message).toMatch(/part of the kernel$/);
    expect(leadFor(kernel, elsewhere, 'tcp_ipv4')?.message).toMatch(/part of the kernel where INET is y$/);
    expect(leadFor(kernel, elsewhere, 'PCI')?.message).toMatch(/a symbol that makes no module$/);
  });

  test('a package that none is like says what it is all the same', () => {
    expect(leadFor(kernel, elsewhere, 'kmod-qqqq-zzzz')?.message).toMatch(
      /a package of OpenWrt, and no module/,
    );
    expect(leadFor(kernel, elsewhere, 'kmod-nft-core')?.hint).toMatch(/`nft_/);
  });

  test('nothing leads on from what is like nothing', () => {
    expect(leadFor(kernel, elsewhere, 'qqqqzzzz')).toBeUndefined();
  });
});

test('what another series has is told with it', () => {
  const kernel = readIndex(shippedIndex('6.12')!, 'arm64');
  expect(leadFor(kernel, new Elsewhere(kernel), 'fscache')).toMatchObject({
    notes: ['Linux 6.1 has it: FSCACHE makes fs/fscache/fscache.ko', expect.any(String)],
    hint: 'write `netfs`, and kernelConfig: { FSCACHE: y }',
  });
});
