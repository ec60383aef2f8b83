import { readConfig } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import type { Kconfig, KconfigRules } from '../../../src/kernel/kconfig/model.ts';
import { type KconfigReading, readKconfig } from '../../../src/kernel/kconfig/read.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';

export const classic: KconfigRules = { choices: 'classic', numbersAreZero: false };

/** Reads files given in the test; one text alone is `Kconfig`. */
export function read(files: string | Record<string, string>, rules?: KconfigRules): KconfigReading {
  return readKconfig(memoryTree(typeof files === 'string' ? { Kconfig: files } : files), {
    environment: { ARCH: 'mips', srctree: '.' },
    evaluator: { shell: (command) => `ran ${command}` },
    ...(rules && { rules }),
  });
}

/** The model of files without a problem. */
export function modelOf(files: string | Record<string, string>, rules?: KconfigRules): Kconfig {
  const { kconfig, problems } = read(files, rules);
  if (!kconfig) throw new Error(JSON.stringify(problems));
  return kconfig;
}

export function evaluationOf(kconfig: Kconfig, config = ''): Evaluation {
  return new Evaluation(kconfig, readConfig(config, kconfig).assignments);
}
