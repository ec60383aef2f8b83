// What a firewall needs of the kernel, found from the shipped index, from a source tree and from what is remembered of one, against
// a warm `make olddefconfig`; and what the index adds to generating. Needs Debian's packages, make, gcc, flex and bison.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { comparePaired, ms, report } from './measure.mjs';

const series = '6.12';
const tree =
  process.env.LINUX_SRC ??
  execFileSync('test/real/kernel/sources.sh', [resolve('.test-cache'), series], { encoding: 'utf8' }).trim();
const work = mkdtempSync(join(tmpdir(), 'gen-kmod-kernel-'));
process.on('exit', () => rmSync(work, { recursive: true }));

const rest = ['MODULES', 'NET', 'INET', 'IPV6', 'NETDEVICES'];
writeFileSync(join(work, 'base.config'), rest.map((symbol) => `CONFIG_${symbol}=y\n`).join(''));
const targets =
  'nft_fib_ipv4, nft_fib_ipv6, nf_log_syslog, nft_chain_nat, nft_ct, nft_limit, nft_log, nft_masq, nft_reject_inet, nft_reject_ipv4, nft_reject_ipv6';
const list = (kernel) => `version: 1\n${kernel}loaders:\n  firewall:\n    targets: [${targets}]\n`;
writeFileSync(
  join(work, 'index.yaml'),
  list(`kernel: { series: "${series}", arch: mips, config: base.config }\n`),
);
writeFileSync(
  join(work, 'tree.yaml'),
  list(`kernel: { source: ${tree}, arch: mips, config: base.config }\n`),
);
writeFileSync(join(work, 'none.yaml'), list(''));

// A cache of its own: empty for each run that is to be the first.
const cache = join(work, 'cache');
process.env.XDG_CACHE_HOME = cache;
delete process.env.GEN_KMOD_NO_CACHE;
const run = (command, ...args) => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
};
const genKmod = (...args) => run(process.execPath, 'dist/gen-kmod.js', ...args);

const build = join(work, 'build');
mkdirSync(build);
const make = (target) => run('make', '-s', '-C', tree, `O=${build}`, 'ARCH=mips', 'CROSS_COMPILE=', target);
// Of all boards' it needs no tool that the sources lack.
make('malta_defconfig');

const { medians: times, ratios } = comparePaired(
  'make',
  {
    make: () => make('olddefconfig'),
    index: () => genKmod('resolve', '--json', '--targets', join(work, 'index.yaml')),
    tree: () => {
      rmSync(cache, { recursive: true, force: true });
      genKmod('resolve', '--json', '--targets', join(work, 'tree.yaml'));
    },
    'remembered tree': () => genKmod('resolve', '--json', '--targets', join(work, 'tree.yaml')),
    'tree, nothing remembered': () =>
      genKmod('resolve', '--json', '--no-cache', '--targets', join(work, 'tree.yaml')),
    generate: () => genKmod('--dry-run', '--targets', join(work, 'none.yaml')),
    'generate, index': () => genKmod('--dry-run', '--targets', join(work, 'index.yaml')),
  },
  7,
);
// Each against the `make` of its own round: the machine is not the same in all of them.
const against = `make olddefconfig ${ms(times.make)}`;
const reportRatio = (what, name, budget) =>
  report(what, ratios[name], budget, `${ms(times[name])}, ${against}`);
reportRatio('firewall from the index', 'index', 0.15);
reportRatio('firewall from the tree, for the first time', 'tree', 0.4);
reportRatio('firewall from the tree, remembered', 'remembered tree', 0.1);
reportRatio('firewall from the tree, with --no-cache', 'tree, nothing remembered', 0.4);
report(
  'ms that an index adds to generate',
  times['generate, index'] - times.generate,
  60,
  `${ms(times['generate, index'])}, without ${ms(times.generate)}`,
);
