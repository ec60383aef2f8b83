import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build, moduleFiles, ours } from '../loader.ts';
import { installedTree } from '../trees.ts';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';
import { down, up } from './service.ts';

test('modules of another kernel are refused, both kernels are named, and nothing stays', async () => {
  const machine = findMachine('x86_64')!;
  const other = machine.release.replace(/^./, '9');
  const tree = installedTree();
  for (const file of moduleFiles(tree)) {
    const path = join(tree, file);
    const text = readFileSync(path, 'latin1');
    // A kernel with symbol versions does not compare the release, but what follows it.
    const changed = text.replace(`vermagic=${machine.release} SMP`, `vermagic=${other} SMQ`);
    expect(changed, file).not.toBe(text);
    writeFileSync(path, changed, 'latin1');
  }
  const [service] = build(ours(['nft_limit'], tree));
  const guest = await boot({
    machine,
    services: [service!.path],
    steps: [
      { name: 'up', run: up(service!) },
      { name: 'down', run: down(service!) },
    ],
  });
  const { status, output, modules, kept } = guest.after('up');
  expect(status).toBe(1);
  expect(output).toContain(
    `it was built for Linux ${other}, and ${machine.release} is running; reboot into that`,
  );
  expect({ modules, kept }).toEqual({ modules: [], kept: {} });
  expect(guest.after('down')).toMatchObject({ status: 0, modules: [], kept: {} });
});
