// The whole process for two modules by name, against a Node that does nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compare, ms, report } from './measure.mjs';

const command = resolve('dist/gen-kmod.js');
const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-bench-'));
const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: folder });
  if (status !== 0) throw new Error(`${args.join(' ')} failed`);
};
const times = compare(
  {
    node: () => run('-e', '0'),
    write: () => run(command, '--targets', 'a,b'),
    list: () => run(command, '--targets', resolve('examples/firewall/kmod.yaml'), '--dry-run'),
  },
  21,
  () => rmSync(join(folder, 'kmod'), { recursive: true, force: true }),
);
rmSync(folder, { recursive: true });
report(
  'gen-kmod --targets a,b / node -e 0',
  times.write / times.node,
  2,
  `${ms(times.write)} / ${ms(times.node)}`,
);
report(
  'gen-kmod with a list / node -e 0',
  times.list / times.node,
  3,
  `${ms(times.list)} / ${ms(times.node)}`,
);
