// Where the time of reading a source tree goes, in a process of its own each time: of the main thread, and of all, which also
// compile and collect garbage. Needs Linux.
// usage: node bench/tree.mjs TREE ARCH
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { median } from './measure.mjs';

const [tree, arch] = process.argv.slice(2);
if (arch === undefined) throw new Error('usage: node bench/tree.mjs TREE ARCH');
const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-bench-'));
const source = `
import { readFileSync } from 'node:fs';
import { storeIn } from './src/cli/remembered/store.ts';
import { readRemembered } from './src/cli/remembered/tree.ts';
const [, , tree, arch, cache] = process.argv;
const targets = ['nft_fib_ipv4', 'nf_log_syslog', 'nft_chain_nat', 'nft_ct', 'nft_limit', 'nft_masq', 'nft_reject_inet'];
const main = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
const phases = [];
let [mine, all] = [0, { user: 0, system: 0 }];
const phase = (name) => {
  const spent = process.cpuUsage(all);
  phases.push([name, main() - mine, (spent.user + spent.system) / 1000]);
  [mine, all] = [main(), process.cpuUsage()];
};
phase('start');
const { reading, remember } = readRemembered(tree, arch, targets, storeIn(cache), 'bench');
phase('Kconfig files');
for (const target of targets) reading.kernel.modules.find(target);
phase('makefiles');
remember();
phase('remembering');
console.log(JSON.stringify(phases));
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
const cache = join(folder, 'cache');
for (const how of ['for the first time', 'remembered']) {
  const runs = Array.from({ length: 8 }, () => {
    if (how !== 'remembered') rmSync(cache, { recursive: true, force: true });
    const { stdout, status } = spawnSync(process.execPath, [script, resolve(tree), arch, cache], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`reading ${tree} failed`);
    return JSON.parse(stdout);
  }).slice(1);
  console.log(how);
  for (const [index, [name]] of runs[0].entries()) {
    const [main, all] = [1, 2].map((column) => median(runs.map((run) => run[index][column])));
    console.log(`  ${name}: ${main.toFixed(0)} ms of the main thread, ${all.toFixed(0)} ms of all`);
  }
}
rmSync(folder, { recursive: true });
