import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assignAll, readConfig, writeConfig } from '../../../src/kernel/kconfig/config.ts';
import { dialectOf, rulesOf } from '../../../src/kernel/kconfig/dialect.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import { formatProblem } from '../../../src/kernel/kconfig/problem.ts';
import { type KconfigReading, readKconfig } from '../../../src/kernel/kconfig/read.ts';
import { shellEvaluator } from '../../../src/kernel/kconfig/shell.ts';
import { diskTree } from '../../../src/kernel/tree.ts';
import { scratch } from '../environment.ts';
import { random, seriesUnderTest, sources } from './kconfig-tool.ts';

/**
 * The kernel's tests of its tool, from each tree's scripts/kconfig/tests: its inputs, and the outputs it expects.
 * Three are about questions and answers on a terminal, which we have none of.
 */
const interactive = ['auto_submenu', 'new_choice_with_dep'];

for (const series of seriesUnderTest) {
  describe(`${series}: the kernel's own tests`, () => {
    const folder = (name: string) => join(sources(series), 'scripts/kconfig/tests', name);
    const expected = (name: string, file: string) => readFileSync(join(folder(name), file), 'latin1');
    const tool = () => diskTree(sources(series));
    const read = (name: string): KconfigReading =>
      readKconfig(diskTree(folder(name)), {
        environment: {},
        evaluator: shellEvaluator(scratch(), { PATH: process.env.PATH! }),
        rules: rulesOf(tool()),
        dialect: dialectOf(tool()),
      });
    const evaluate = (name: string, config = ''): Evaluation => {
      const { kconfig, problems } = read(name);
      expect(problems).toEqual([]);
      return new Evaluation(kconfig!, readConfig(config, kconfig!).assignments);
    };
    const errors = ({ problems }: KconfigReading) =>
      problems.map((problem) => `${formatProblem(problem)}\n`).join('');

    it('has no test that is not looked at here', () => {
      const known = [
        ...['choice', 'err_recursive_dep', 'err_recursive_inc', 'no_write_if_dep_unmet', 'preprocess'],
        ...['choice_randomize', 'choice_randomize2', 'choice_value_with_m_dep', 'inter_choice'],
        ...interactive,
      ];
      const there = readdirSync(folder(''), { withFileTypes: true }).filter((entry) => entry.isDirectory());
      expect(
        there.map(({ name }) => name).filter((name) => !known.includes(name) && name !== '__pycache__'),
      ).toEqual([]);
    });

    it.each(['allyes', 'allmod', 'allno', 'alldef'] as const)('choice: %s', (mode) => {
      const evaluation = evaluate('choice');
      assignAll(evaluation, mode);
      expect(writeConfig(evaluation)).toContain(expected('choice', `${mode}_expected_config`));
    });

    it('err_recursive_dep', () => {
      const reading = read('err_recursive_dep');
      expect(reading.kconfig).toBeNull();
      expect(errors(reading).trimEnd()).toBe(expected('err_recursive_dep', 'expected_stderr').trimEnd());
    });

    it('err_recursive_inc', () => {
      const reading = read('err_recursive_inc');
      expect(reading.kconfig).toBeNull();
      // Theirs goes on to the first file, or not.
      expect(errors(reading)).toContain(expected('err_recursive_inc', 'expected_stderr').trimEnd());
    });

    it('no_write_if_dep_unmet: the answer `n` to its one question', () => {
      const evaluation = evaluate('no_write_if_dep_unmet', expected('no_write_if_dep_unmet', 'config'));
      evaluation.assign('A', 'n');
      expect(writeConfig(evaluation)).toBe(expected('no_write_if_dep_unmet', 'expected_config'));
    });

    it('preprocess: builtin_func', () => {
      const reading = read('preprocess/builtin_func');
      expect(reading.kconfig).not.toBeNull();
      expect(`${reading.printed.join('\n')}\n`).toBe(expected('preprocess/builtin_func', 'expected_stdout'));
      expect(errors(reading)).toBe(expected('preprocess/builtin_func', 'expected_stderr'));
    });

    it.each(['escape', 'variable'])('preprocess: %s', (name) => {
      const reading = read(`preprocess/${name}`);
      expect(reading.kconfig).not.toBeNull();
      expect(errors(reading)).toBe(expected(`preprocess/${name}`, 'expected_stderr'));
    });

    it('preprocess: circular_expansion', () => {
      const reading = read('preprocess/circular_expansion');
      expect(reading.kconfig).toBeNull();
      expect(errors(reading)).toBe(expected('preprocess/circular_expansion', 'expected_stderr'));
    });

    it.runIf(series === '6.12').each(['choice_randomize', 'choice_randomize2'])(
      '%s: random members give the expected configurations and no others',
      (name) => {
        const allowed = [0, 1, 2].map((index) => expected(name, `expected_config${index}`));
        const seen = new Set<string>();
        const next = random(7);
        const { kconfig } = read(name);
        for (let round = 0; round < 200; round++) {
          const evaluation = new Evaluation(kconfig!);
          const names = [...kconfig!.names()];
          // As the tool does it: bools at random, each choice's members in random order of weight.
          for (const symbol of names.sort(() => next() - 0.5)) {
            const member = kconfig!.symbol(symbol)!.choice !== undefined;
            evaluation.assign(symbol, member || next() < 0.5 ? 'y' : 'n');
          }
          const config = writeConfig(evaluation);
          expect(allowed).toContain(config);
          seen.add(config);
        }
        if (name === 'choice_randomize') expect(seen.size).toBe(3);
      },
    );

    it.runIf(series === '6.1')('inter_choice', () => {
      const evaluation = evaluate('inter_choice', expected('inter_choice', 'defconfig'));
      expect(writeConfig(evaluation)).toContain(expected('inter_choice', 'expected_config'));
    });

    it.runIf(series === '6.1')('choice_value_with_m_dep: the choice answered with `y`', () => {
      const evaluation = evaluate('choice_value_with_m_dep', expected('choice_value_with_m_dep', 'config'));
      const [choice] = evaluation.kconfig.choices();
      evaluation.assign(choice!, 'y');
      expect(writeConfig(evaluation)).toContain(expected('choice_value_with_m_dep', 'expected_config'));
    });
  });
}
