// What a firewall needs of the kernel, found from the shipped index and from a source tree, against a warm `make olddefconfig`;
// and what the index adds to generating. Needs Debian's packages, make, gcc, flex and bison.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compare, ms, report } from './measure.mjs';

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

const times = compare(
  {
    make: () => make('olddefconfig'),
    index: () => genKmod('resolve', '--json', '--targets', join(work, 'index.yaml')),
    tree: () => genKmod('resolve', '--json', '--targets', join(work, 'tree.yaml')),
    generate: () => genKmod('--dry-run', '--targets', join(work, 'none.yaml')),
    'generate, index': () => genKmod('--dry-run', '--targets', join(work, 'index.yaml')),
  },
  7,
);
const against = `make olddefconfig ${ms(times.make)}`;
report('firewall from the index', times.index / times.make, 0.15, `${ms(times.index)}, ${against}`);
report('firewall from the tree', times.tree / times.make, 1, `${ms(times.tree)}, ${against}`);
report(
  'ms that an index adds to generate',
  times['generate, index'] - times.generate,
  60,
  `${ms(times['generate, index'])}, without ${ms(times.generate)}`,
);
