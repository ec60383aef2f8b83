// Whole processes, measured from outside. Needs GNU time.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

export const ours = `${here}../dist/nix-eval-js.cjs`;

/** The nix-instantiate that tests compare with. */
export function oracle() {
  return execFileSync(`${here}../test/oracle.sh`, [`${here}../../../.test-cache`], {
    encoding: 'utf8',
  }).trim();
}

/** The least time in milliseconds and the least peak of memory in MiB of some runs, and what they print. */
export function measure(command, args, { runs, env = process.env }) {
  const folder = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
  const log = join(folder, 'log');
  let [time, memory, output] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, ''];
  try {
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      const { status, stdout, stderr } = spawnSync(
        '/usr/bin/time',
        ['-o', log, '-f', '%M', command, ...args],
        { encoding: 'utf8', maxBuffer: 1 << 30, env },
      );
      time = Math.min(time, performance.now() - start);
      if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
      memory = Math.min(memory, Number(readFileSync(log, 'utf8')) / 1024);
      output = stdout;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { time, memory, output };
}
