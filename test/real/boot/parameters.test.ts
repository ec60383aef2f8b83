import { expect, test } from 'vitest';
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
