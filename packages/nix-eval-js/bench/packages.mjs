// The derivations of nixpkgs' packages: whole processes, nix-instantiate beside nix-eval-js, time and peak memory.
//
//   NIXPKGS=CHECKOUT node bench/packages.mjs [COUNT]      by default 1,500 packages, spread over all attributes
//
// Needs GNU time. RUNS=3 runs of each, of which the fastest counts; what either prints has to be the same.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, oracle, ours } from './measure.mjs';

const count = Number(process.argv[2] ?? 1500);
const checkout = process.env.NIXPKGS;
if (checkout === undefined) throw new Error('NIXPKGS names no checkout');
const nix = oracle();
const pkgs = `import ${checkout} { config = { }; overlays = [ ]; system = "x86_64-linux"; }`;
const folder = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
const env = { PATH: process.env.PATH, HOME: '/fake-home' };
const options = { runs: Number(process.env.RUNS ?? 3), env };

/** Attributes that are derivations without an error: `nix repl` goes on after one. */
function packages() {
  const names = JSON.parse(
    measure(nix, ['--store', 'dummy://', '--eval', '--json', '-E', `builtins.attrNames (${pkgs})`], options)
      .output,
  );
  // More than are wanted: some are none.
  const step = Math.max(1, Math.floor(names.length / (count * 2)));
  const lines = names
    .filter((_, i) => i % step === 0)
    .map(
      (name) =>
        `(let it = pkgs.${JSON.stringify(name)}; in if (it.type or null) == "derivation" then builtins.seq it.drvPath (builtins.trace "=${name}" null) else null)\n`,
    );
  const { stderr } = spawnSync(
    nix.replace(/nix-instantiate$/, 'nix'),
    [
      '--extra-experimental-features',
      'nix-command',
      'repl',
      '--quiet',
      '--store',
      `local?root=${folder}/store`,
    ],
    { input: `pkgs = ${pkgs}\n${lines.join('')}`, encoding: 'utf8', maxBuffer: 1 << 30, env },
  );
  return [...stderr.matchAll(/^trace: =(.*)$/gm)].map((match) => match[1]).slice(0, count);
}

function compare(title, expression) {
  const file = join(folder, 'workload.nix');
  writeFileSync(file, expression);
  const theirs = measure(nix, ['--store', 'dummy://', '--eval', '--strict', '--json', file], options);
  const mine = measure(ours, ['--eval', '--strict', '--json', file], options);
  if (theirs.output !== mine.output) throw new Error(`${title}: not the same`);
  const show = ({ time, memory }) =>
    `${(time / 1000).toFixed(2).padStart(6)} s ${memory.toFixed(0).padStart(5)} MiB`;
  console.log(
    `${title.padEnd(22)} Nix ${show(theirs)}   nix-eval-js ${show(mine)}   ${(mine.time / theirs.time).toFixed(1)}x ${(mine.memory / theirs.memory).toFixed(1)}x`,
  );
}

try {
  compare('stdenv and hello', `let pkgs = ${pkgs}; in [ pkgs.stdenv.drvPath pkgs.hello.drvPath ]`);
  const names = packages();
  const list = names.map((name) => JSON.stringify(name)).join(' ');
  compare(`${names.length} packages`, `let pkgs = ${pkgs}; in map (name: pkgs.\${name}.drvPath) [ ${list} ]`);
} finally {
  spawnSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
}
