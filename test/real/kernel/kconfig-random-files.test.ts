import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, writeConfig } from '../../../src/kernel/kconfig/config.ts';
import { dialectOf, rulesOf } from '../../../src/kernel/kconfig/dialect.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import { readKconfig } from '../../../src/kernel/kconfig/read.ts';
import { diskTree, memoryTree } from '../../../src/kernel/tree.ts';
import { scratch } from '../environment.ts';
import { conf, full, randomFragment, runTool, seriesUnderTest, sources } from './kconfig-tool.ts';
import { randomFile } from './random-kconfig.ts';

/* Kconfig files at random, read and evaluated beside the kernel's tool: `random-kconfig.ts` says of what. */

const count = full ? 5000 : 400;

for (const series of seriesUnderTest) {
  describe(series, () => {
    it(`${count} random files, each with a random configuration: the tool's output, byte for byte`, () => {
      const tree = diskTree(sources(series));
      const rules = rulesOf(tree);
      const dialect = dialectOf(tree);
      const tool = conf(series);
      const folder = scratch();
      let compared = 0;
      for (let seed = 0; seed < count; seed++) {
        const text = randomFile(seed, rules.choices === 'classic');
        writeFileSync(join(folder, 'Kconfig'), text);
        const { kconfig, problems } = readKconfig(memoryTree({ Kconfig: text }), {
          environment: {},
          evaluator: { shell: () => '' },
          rules,
          dialect,
        });
        const told = `seed ${seed}\n${text}`;
        const config = kconfig ? randomFragment(kconfig, seed, 0.5) : '';
        const theirs = runTool(tool, '--olddefconfig', config, { PATH: process.env.PATH!, srctree: folder });
        if (!kconfig) {
          expect(theirs.config, `${told}\n${JSON.stringify(problems)}`).toBeUndefined();
          continue;
        }
        const reading = readConfig(config, kconfig);
        const evaluation = new Evaluation(kconfig, reading.assignments);
        expect(theirs.config, `${told}\n${theirs.stderr}`).toBeDefined();
        expect(writeConfig(evaluation).split('\n'), `${told}\n${config}`).toEqual(theirs.config!.split('\n'));
        compared++;
      }
      expect(compared).toBeGreaterThan(count / 2);
    });
  });
}
