// 10,000 loaders in one list against 1,000, and the memory of the larger run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compare, ms, report } from './measure.mjs';

const command = resolve('dist/gen-kmod.js');
const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-bench-'));
// Reports the peak of resident memory, in KiB, when the command ends.
const watcher = join(folder, 'peak.mjs');
writeFileSync(
  watcher,
  `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));`,
);

let peak = 0;
const generate = (count) => {
  const list = join(folder, `${count}.yaml`);
  const loaders = Array.from(
    { length: count },
    (_, index) =>
      `  loader-${index}: { targets: [nft_ct, nft_masq, module_${index}], kernelConfig: { SYMBOL_${index}: m } }\n`,
  );
  writeFileSync(list, `version: 1\nloaders:\n${loaders.join('')}`);
  return () => {
    const args = ['--import', watcher, command, '--targets', list, '--out', join(folder, 'out'), '--quiet'];
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { ...process.env, PEAK: join(folder, 'peak') },
    });
    if (status !== 0) throw new Error(stderr.toString());
    peak = Math.max(peak, Number(readFileSync(join(folder, 'peak'), 'utf8')));
  };
};
const times = compare({ few: generate(1_000), many: generate(10_000) }, 7, () =>
  rmSync(join(folder, 'out'), { recursive: true, force: true }),
);
rmSync(folder, { recursive: true });
report('10,000 loaders / 1,000 loaders', times.many / times.few, 11, `${ms(times.many)} / ${ms(times.few)}`);
report('peak memory of 10,000 loaders, in GiB', peak / 1024 ** 2, 1, `${Math.round(peak / 1024)} MiB`);
