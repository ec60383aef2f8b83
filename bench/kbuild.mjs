// Reading a kernel's makefiles, in a process of its own each time.
// usage: node bench/kbuild.mjs [TREE…]; by default the sources that the real tests fetched
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { median, ms } from './measure.mjs';

const fetched = ['linux-6.12', 'linux-6.1'].map((name) => resolve('.test-cache', name));
const trees = process.argv.length > 2 ? process.argv.slice(2).map((tree) => resolve(tree)) : fetched;
const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-bench-'));
const source = `
import { readKbuild } from './src/kernel/kbuild/kbuild.ts';
import { diskTree } from './src/kernel/tree.ts';
const [, , tree, arch] = process.argv;
const times = [0, 0, 0].map(() => {
  const start = performance.now();
  const before = process.cpuUsage();
  const { modules } = readKbuild(diskTree(tree), { arch });
  const { user, system } = process.cpuUsage(before);
  return { time: performance.now() - start, processor: (user + system) / 1000, modules: modules.length };
});
console.log(JSON.stringify(times));
`;
const script = join(folder, 'read.mjs');
const { outputFiles } = buildSync({
  stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
writeFileSync(script, outputFiles[0].contents);
for (const tree of trees) {
  if (!existsSync(tree)) {
    console.log(`skip ${tree}: not there; npm run test:real fetches it`);
    continue;
  }
  for (const arch of ['all', 'mips']) {
    const runs = Array.from({ length: 6 }, () => {
      const { stdout, status } = spawnSync(process.execPath, [script, tree, arch], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`reading ${tree} failed`);
      return JSON.parse(stdout);
    }).slice(1);
    const shown = [0, 2].map((round) => {
      const [time, processor] = ['time', 'processor'].map((key) =>
        median(runs.map((run) => run[round][key])),
      );
      return `${ms(time)} (${ms(processor)} of the processors)`;
    });
    const [{ modules }] = runs[0];
    console.log(`${tree} ${arch}: ${shown[0]} the first time, ${shown[1]} the third; ${modules} modules`);
  }
}
rmSync(folder, { recursive: true });
