// Whole processes, the fastest of some runs: nix-instantiate beside nix-eval-js, and the time that either needs for `1+1`.
//
//   node bench/run.mjs [NIX-INSTANTIATE]      by default the one that test/oracle.sh prepares
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const runs = Number(process.env.RUNS ?? 7);
const nix =
  process.argv[2] ??
  execFileSync(`${here}../test/oracle.sh`, [`${here}../../../.test-cache`], { encoding: 'utf8' }).trim();
const ours = `${here}../dist/nix-eval-js.cjs`;

function best(command, args) {
  let time = Number.POSITIVE_INFINITY;
  let output = '';
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    time = Math.min(time, performance.now() - start);
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    output = stdout;
  }
  return { time, output };
}

console.log(`bare node ${best(process.execPath, ['-e', '0']).time.toFixed(0)} ms`);
for (const file of readdirSync(here).filter((name) => name.endsWith('.nix'))) {
  const path = here + file;
  const theirs = best(nix, ['--store', 'dummy://', '--eval', '--strict', path]);
  const mine = best(ours, ['--eval', '--strict', path]);
  if (theirs.output !== mine.output) throw new Error(`${file}: ${mine.output} instead of ${theirs.output}`);
  const ratio = (mine.time / theirs.time).toFixed(2);
  console.log(
    `${file.padEnd(14)} Nix ${theirs.time.toFixed(0).padStart(4)} ms  nix-eval-js ${mine.time.toFixed(0).padStart(4)} ms  ${ratio}x`,
  );
}
