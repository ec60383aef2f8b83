/** What the firewall's modules are for: rules that the kernel takes and obeys, and that leave nothing behind. */
import { expect, test } from 'vitest';
import { build, firewall, generate, loaderSet } from '../loader.ts';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';
import { down, together, up } from './service.ts';

/** A table that needs most of the firewall's modules, with a rule of the test's own. */
const rules = (input: string): string => `nft -f - << 'EOF'
table ip guard {
  chain input {
    type filter hook input priority 0; policy accept;
    ct state established,related accept
    ${input}
    fib daddr type broadcast drop
    tcp dport 22 limit rate 5/minute log prefix "ssh " accept
    tcp dport 23 reject with icmp type admin-prohibited
    udp dport 53 ct state invalid drop
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "inner" masquerade
  }
  chain prerouting {
    type nat hook prerouting priority -100;
    iifname "inner" ip daddr 10.9.9.9 dnat ip to 10.1.1.1
  }
}
EOF`;
const ping = (address: string): string => `ip netns exec other ping ${address}`;
const reset = 'nft delete table ip guard';

test('rules are taken, drop and pass packets, and nothing stays', async () => {
  const machine = findMachine('x86_64')!;
  const set = loaderSet(
    generate({ firewall: { targets: [...new Set(firewall)] }, link: { targets: ['veth'] } }),
    machine.tree,
  );
  const [modules, link] = build(`${set}.firewall`, `${set}.link`);
  const guest = await boot({
    machine,
    services: [modules!.path, link!.path],
    with: ['nft', 'ip'],
    steps: [
      { name: 'link up', run: up(link!) },
      {
        name: 'wire',
        run: `set -e
          ip netns add other
          ip link add inner type veth peer name outer netns other
          ip address add 10.1.1.1/24 dev inner
          ip link set inner up
          ip -n other address add 10.1.1.2/24 dev outer
          ip -n other link set outer up
          ip -n other route add default via 10.1.1.1`,
      },
      { name: 'without modules', run: rules('') },
      { name: 'up', run: up(modules!) },
      { name: 'passes without rules', run: ping('10.1.1.1') },
      { name: 'drop', run: rules('icmp type echo-request drop') },
      { name: 'list', run: 'nft list ruleset' },
      { name: 'dropped', run: ping('10.1.1.1') },
      { name: 'down in use', run: down(modules!) },
      { name: 'up again', run: up(modules!) },
      { name: 'still dropped', run: ping('10.1.1.1') },
      { name: 'accept', run: `${reset} && ${rules('icmp type echo-request counter accept')}` },
      { name: 'passes', run: ping('10.1.1.1') },
      { name: 'translated', run: ping('10.9.9.9') },
      { name: 'down', run: `${reset} && ${down(modules!)}` },
      { name: 'unwire', run: 'ip link delete inner && ip netns delete other' },
      { name: 'link down', run: down(link!) },
    ],
  });
  const modulesAndLink = together(machine, [modules!, link!]);
  const onlyLink = together(machine, [link!]);
  const output = (name: string): string => guest.after(name).output;
  for (const step of ['link up', 'wire', 'up', 'drop', 'accept', 'unwire']) {
    expect(guest.after(step).status, `${step}: ${output(step)}`).toBe(0);
  }
  // Which shows that the modules are what makes it work.
  expect(guest.after('without modules').status).not.toBe(0);

  expect(guest.after('up').modules).toEqual(modulesAndLink);
  for (const step of ['passes without rules', 'passes', 'translated']) {
    expect(output(step)).toContain('is alive');
  }
  expect(output('list')).toContain('masquerade');
  for (const rule of ['ct state', 'fib daddr', 'limit rate', 'log prefix', 'reject with', 'dnat to']) {
    expect(output('list')).toContain(rule);
  }
  for (const step of ['dropped', 'still dropped']) expect(output(step)).toContain('No response');

  const busy = guest.after('down in use');
  expect(busy.status).toBe(0);
  expect(busy.output).toContain('kmod-firewall: nft_ct is in use and stays loaded');
  expect(busy.output).toContain('nf_conntrack is in use and stays loaded; its users: ');
  expect(busy.modules).toEqual(expect.arrayContaining(['nf_tables', 'nft_ct', 'nft_masq']));
  // Nothing of this table asks for it.
  expect(busy.modules).not.toContain('nft_reject_ipv6');
  expect(guest.after('up again')).toMatchObject({ status: 0, modules: modulesAndLink });

  // At once behind the table's end, as a service that stops leaves it to its loader.
  expect(guest.after('down')).toMatchObject({ status: 0, output: 'cleaned up', modules: onlyLink });
  expect(guest.after('link down')).toMatchObject({ status: 0, modules: [], kept: {} });
});
