// Whole processes, the fastest of some runs: nix-instantiate beside nix-eval-js, time and peak memory.
//
//   RUNS=7 node bench/run.mjs [NIX-INSTANTIATE]      by default the one that test/oracle.sh prepares
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measure, oracle, ours } from './measure.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const options = { runs: Number(process.env.RUNS ?? 7) };
const nix = process.argv[2] ?? oracle();

console.log(`bare node ${measure(process.execPath, ['-e', '0'], options).time.toFixed(0)} ms`);
for (const file of readdirSync(here).filter((name) => name.endsWith('.nix'))) {
  const path = here + file;
  const theirs = measure(nix, ['--store', 'dummy://', '--eval', '--strict', path], options);
  const mine = measure(ours, ['--eval', '--strict', path], options);
  if (theirs.output !== mine.output) throw new Error(`${file}: ${mine.output} instead of ${theirs.output}`);
  const shown = ({ time, memory }) =>
    `${time.toFixed(0).padStart(4)} ms ${memory.toFixed(0).padStart(4)} MiB`;
  const ratios = `${(mine.time / theirs.time).toFixed(2)}x ${(mine.memory / theirs.memory).toFixed(1)}x`;
  console.log(`${file.padEnd(12)} Nix ${shown(theirs)}  nix-eval-js ${shown(mine)}  ${ratios}`);
}
