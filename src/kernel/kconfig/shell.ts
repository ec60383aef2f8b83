import { spawnSync } from 'node:child_process';
import type { MacroEvaluator } from './preprocess.ts';

/**
 * Answers macros by running them, as the kernel's tool does: in `folder`, with just the given environment.
 *
 * Each command runs once; its output is remembered. A command that cannot be run prints nothing, nor does one that
 * takes longer than a minute.
 */
export function shellEvaluator(
  folder: string,
  environment: Readonly<Record<string, string>>,
): MacroEvaluator {
  const known = new Map<string, string>();
  return {
    shell(command) {
      const before = known.get(command);
      if (before !== undefined) return before;
      const { stdout } = spawnSync('/bin/sh', ['-c', Buffer.from(command, 'latin1').toString()], {
        cwd: folder,
        env: { ...environment },
        encoding: 'latin1',
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 60_000,
        maxBuffer: 1 << 24,
      });
      // The tool takes what fits its buffer.
      const output = (stdout ?? '').slice(0, 4095).replace(/\n+$/, '').replaceAll('\n', ' ');
      known.set(command, output);
      return output;
    },
  };
}
