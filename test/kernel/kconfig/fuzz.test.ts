import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readConfig, writeConfig } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import { Solver } from '../../../src/kernel/solver/solve.ts';
import { classic, read } from './model.ts';

/** Pieces of Kconfig files, whole lines and halves, that meet in any order. */
const pieces = [
  ...[
    'config A\n',
    'menuconfig B\n',
    'config C\n',
    '\tbool "b"\n',
    '\ttristate\n',
    '\tint "i"\n',
    '\tdefault ',
    '\tdef_tristate ',
  ],
  ...[
    '\tdepends on ',
    '\tselect ',
    '\timply ',
    '\trange 1 ',
    '\thelp\n',
    '\t  text\n',
    'if ',
    'endif\n',
    'menu "m"\n',
    'endmenu\n',
  ],
  ...[
    'choice\n',
    'endchoice\n',
    '\tprompt "p" if ',
    '\tmodules\n',
    '\tvisible if ',
    'comment "c"\n',
    'source "',
    'rsource "*"\n',
  ],
  ...[
    'A',
    'B',
    'C',
    ' && ',
    ' || ',
    '!',
    '(',
    ')',
    ' = ',
    '!=',
    '<=',
    'y',
    'm',
    'n',
    '"',
    "'",
    '\\',
    '\n',
    '#',
    '$(',
    '$(shell,',
    ',',
  ],
  ...[
    'x := $(y)\n',
    'y = $(x)\n',
    '$(x)',
    'x += ',
    '\t',
    '\0',
    '\r',
    '\xff',
    '\toptional\n',
    'mainmenu "t"\n',
    'Kconfig"\n',
    'other"\n',
  ],
];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));
const anything = fc.oneof(text, text, fc.string({ unit: 'binary', maxLength: 200 }));

it('any files give a model or errors with their place; a model gives values', () => {
  fc.assert(
    fc.property(anything, anything, fc.boolean(), anything, (top, other, old, config) => {
      const { kconfig, problems } = read({ Kconfig: top, other }, old ? classic : undefined);
      for (const { file, line, message } of problems) {
        expect(['Kconfig', 'other']).toContain(file);
        expect(line).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
      if (kconfig === null) {
        expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
        return;
      }
      const evaluation = new Evaluation(kconfig, readConfig(config, kconfig).assignments);
      const written = writeConfig(evaluation);
      expect(written).toContain('# Automatically generated file');
      const solver = new Solver(kconfig);
      const targets = [...kconfig.names()].map((symbol) => ({ symbol }));
      const { outcomes, assignments } = solver.solve(targets);
      const solution = new Evaluation(
        kconfig,
        assignments.map(({ symbol, value }): [string, string] => [symbol, value]),
      );
      for (const outcome of outcomes) {
        if (outcome.status === 'module' || outcome.status === 'builtin') {
          expect(solution.tristate(outcome.symbol!)).toBe(outcome.status === 'module' ? 1 : 2);
        }
      }
    }),
    { numRuns: 3000 },
  );
});
