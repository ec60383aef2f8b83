import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withModule } from '../../../src/kernel/modules/module-file.ts';
import { parameterNames } from '../../../src/kernel/modules/param-section.ts';
import { build, ours } from '../loader.ts';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';
import { up } from './service.ts';

test('parameters reach the modules', async () => {
  const machine = findMachine('x86_64')!;
  const [service] = build(
    ours(['nft_ct'], machine.tree, {
      parameters: { nf_conntrack: { hashsize: '3584', acct: '1' } },
    }),
  );
  const guest = await boot({
    machine,
    services: [service!.path],
    steps: [
      { name: 'start', run: up(service!) },
      { name: 'look', run: 'cd /sys/module/nf_conntrack/parameters && cat hashsize acct' },
    ],
  });
  expect(guest.after('start').status, guest.after('start').output).toBe(0);
  expect(guest.after('look').output.split('\n')).toEqual(['3584', 'Y']);
});

test('those that only the section `__param` has are parameters to the kernel too', async () => {
  const machine = findMachine('x86_64')!;
  // By the kernel's name, its file, and a value that the module reads by code of its own.
  const modules = {
    nf_conntrack: ['net/netfilter/nf_conntrack.ko', 'hashsize', '7168'],
    sunrpc: ['net/sunrpc/sunrpc.ko', 'pool_mode', 'percpu'],
    lockd: ['fs/lockd/lockd.ko', 'nlm_tcpport', '4045'],
    // Its prefix is in the section alone.
    mmc_block: ['drivers/mmc/core/mmc_block.ko', 'mmcblk.perdev_minors', '16'],
  } as const;
  const all = Object.entries(modules);
  const [service] = build(
    ours(['nft_ct', 'lockd', 'mmc_block'], machine.tree, {
      parameters: Object.fromEntries(all.map(([module, [, name, value]]) => [module, { [name]: value }])),
    }),
  );
  const guest = await boot({
    machine,
    services: [service!.path],
    steps: [
      { name: 'start', run: up(service!) },
      ...all.map(([module, [, name]]) => ({
        name: module,
        run: `cd /sys/module/${module}/parameters && cat ${name} && ls`,
      })),
      { name: 'log', run: 'dmesg | grep -c "unknown parameter"; true' },
    ],
  });
  expect(guest.after('start').status, guest.after('start').output).toBe(0);
  for (const [module, [path, , value]] of all) {
    const [own, ...listed] = guest.after(module).output.split('\n');
    expect(own, module).toBe(value);
    // What has no permissions is not listed there.
    expect(withModule(join(machine.tree, 'kernel', path), parameterNames)).toEqual(
      expect.arrayContaining(listed),
    );
    expect(listed.length).toBeGreaterThan(0);
  }
  expect(guest.after('log').output).toBe('0');
});
