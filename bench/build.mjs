// Building a generated loader against the reference expression, on the same kernel: a Debian image of some 4,000 modules.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compare, ms, report } from './measure.mjs';

const reference = process.env.KMODLOADER_REFERENCE ?? resolve('../shared/seed/kmodloader-default.nix');
if (!existsSync(reference)) {
  console.log('skip building a loader: KMODLOADER_REFERENCE names no reference');
  process.exit(0);
}
const cache = resolve(process.env.GEN_KMOD_CACHE ?? '.test-cache');
const tree = execFileSync('test/real/prepare.sh', [cache], { encoding: 'utf8' }).trim();
const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-bench-'));
execFileSync(process.execPath, [
  'dist/gen-kmod.js',
  '--targets',
  'examples/firewall/kmod.yaml',
  '--out',
  folder,
  '--quiet',
]);

/** Builds with a name of its own each time, as Nix would not build the same thing twice. */
let builds = 0;
function build(file) {
  return () => {
    const expression = `
      let
        pkgs = import ${resolve('test/real/standin')} { };
        # Makes each build a new one, without telling it more.
        runCommand = name: env: pkgs.runCommand name (env // { round = "${process.pid}-${builds++}"; });
      in
      (pkgs.lib.callPackageWith (pkgs // { inherit runCommand; }) ${file} { }).override {
        kernel.modulesupport = "${tree}";
        targets = builtins.fromJSON ''${JSON.stringify(targets)}'';
      }`;
    const args = [
      '--no-out-link',
      '--option',
      'substitute',
      'false',
      '--option',
      'sandbox',
      'false',
      '-E',
      expression,
    ];
    const { status, stderr } = spawnSync('nix-build', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(stderr);
  };
}
const targets = [
  'nft_fib_ipv4',
  'nft_fib_ipv6',
  'nf_log_syslog',
  'nf_conntrack',
  'nf_defrag_ipv4',
  'nf_defrag_ipv6',
].concat(
  [
    'nf_nat',
    'nf_reject_ipv4',
    'nf_reject_ipv6',
    'nf_tables',
    'nft_chain_nat',
    'nft_ct',
    'nft_fib',
    'nft_limit',
  ],
  ['nft_log', 'nft_masq', 'nft_nat', 'nft_reject', 'nft_reject_inet', 'nft_reject_ipv4', 'nft_reject_ipv6'],
);
const nothing = () => execFileSync('nix-instantiate', ['--eval', '-E', '1'], { stdio: 'ignore' });
const times = compare({ ours: build(`${folder}/firewall`), theirs: build(reference), nothing }, 7);
rmSync(folder, { recursive: true });
report(
  'building a loader / the reference',
  times.ours / times.theirs,
  0.4,
  `${ms(times.ours)} / ${ms(times.theirs)}, of which Nix starts in ${ms(times.nothing)}`,
);
