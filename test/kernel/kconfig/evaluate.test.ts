import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig, writeConfig } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import { classic, evaluationOf, modelOf } from './model.ts';

const modules = 'config MODULES\n\tdef_bool y\n\tmodules\n';

describe('values', () => {
  it('are bounded by visibility from above and selectors from below', () => {
    const kconfig = modelOf(`${modules}
config A
	tristate "A"
config B
	tristate "B"
	depends on A
	select C
config C
	tristate
config D
	bool "D"
	depends on A
`);
    const evaluation = evaluationOf(kconfig, 'CONFIG_A=m\nCONFIG_B=y\nCONFIG_D=y\n');
    expect(['A', 'B', 'C', 'D'].map((name) => evaluation.value(name))).toEqual(['m', 'm', 'm', 'y']);
    evaluation.assign('A', 'y');
    expect(['A', 'B', 'C', 'D'].map((name) => evaluation.value(name))).toEqual(['y', 'y', 'y', 'y']);
    evaluation.assign('MODULES', undefined);
    evaluation.assign('A', undefined);
    expect(['A', 'B', 'C', 'D'].map((name) => evaluation.value(name))).toEqual(['n', 'n', 'n', 'n']);
  });

  it('without modules are never `m`', () => {
    const kconfig = modelOf(
      'config MODULES\n\tbool "M"\n\tmodules\nconfig A\n\ttristate "A"\nconfig B\n\ttristate "B"\n\tdepends on m\n',
    );
    const evaluation = evaluationOf(kconfig, 'CONFIG_A=m\nCONFIG_B=m\n');
    expect([evaluation.value('A'), evaluation.value('B')]).toEqual(['y', 'n']);
    evaluation.assign('MODULES', 'y');
    expect([evaluation.value('A'), evaluation.value('B')]).toEqual(['m', 'm']);
  });

  it('of numbers stay in their range', () => {
    const text =
      'config A\n\tint "A"\n\trange 2 MAX\n\tdefault 3\nconfig MAX\n\tint\n\tdefault 8\nconfig H\n\thex "H"\n\trange 0x10 0x7fffffff80000000\n';
    const evaluation = evaluationOf(modelOf(text), 'CONFIG_A=9\nCONFIG_H=0x7fffffff80000001\n');
    expect([evaluation.value('A'), evaluation.value('H')]).toEqual(['8', '0x7fffffff80000000']);
    expect(evaluation.assign('A', '07')).toBe(false);
    expect(evaluation.assign('A', '7')).toBe(true);
    expect(evaluation.value('A')).toBe('7');
    // Classic rules go back to the default.
    expect(evaluationOf(modelOf(text, classic), 'CONFIG_A=9\n').value('A')).toBe('3');
  });
});

describe('a .config', () => {
  const kconfig = modelOf(`mainmenu "Title"
config A
	bool "A"
config S
	string "S"
config I
	int "I"
	default 5
menu "Menu"
comment "Comment"
config B
	tristate "B"
endmenu
config C
	bool "C"
`);

  it('is read with the warnings of the kernel tool, and unknown names apart', () => {
    const text =
      'CONFIG_A=y\r\n# CONFIG_B is not set\nCONFIG_S="a \\"b\\" \\\\"\nCONFIG_I=x\nCONFIG_A=n\nCONFIG_X=y\nrubbish\n# CONFIG_A is set\nCONFIG_S="\n';
    const { assignments, warnings, unknown } = readConfig(text, kconfig);
    expect([...assignments]).toEqual([
      ['B', 'n'],
      ['S', 'a "b" \\'],
      ['A', 'n'],
    ]);
    expect(warnings).toEqual([
      { line: 4, message: "symbol value 'x' invalid for I" },
      { line: 5, message: 'override: reassigning to symbol A' },
      { line: 7, message: 'unexpected data: rubbish' },
      { line: 9, message: 'override: reassigning to symbol S' },
      { line: 9, message: 'invalid string found' },
    ]);
    expect(unknown).toEqual([{ line: 6, name: 'X', value: 'y' }]);
  });

  it('is written with its comments, and reads back', () => {
    const evaluation = evaluationOf(kconfig, 'CONFIG_A=y\nCONFIG_S="\\"\\\\"\n');
    const text = writeConfig(evaluation);
    expect(text).toBe(
      '#\n# Automatically generated file; DO NOT EDIT.\n# Title\n#\nCONFIG_A=y\nCONFIG_S="\\"\\\\"\nCONFIG_I=5\n' +
        '\n#\n# Menu\n#\n\n#\n# Comment\n#\n# CONFIG_B is not set\n# end of Menu\n\n# CONFIG_C is not set\n',
    );
    expect(writeConfig(evaluationOf(kconfig, text))).toBe(text);
  });
});

describe('asked lazily', () => {
  const lines = [modules];
  for (let n = 0; n < 24; n++) {
    lines.push(`config A${n}\n\ttristate "a"\n`);
    if (n > 0) lines.push(`\tdepends on A${Math.floor(n / 2)} || !A${Math.floor(n / 3)}\n`);
    if (n > 1 && n % 5 === 0) lines.push(`\tdefault A${n - 2}\n`);
    if (n < 20 && n % 4 === 0) lines.push(`\tselect A${n + 3} if A${n > 1 ? n - 1 : 0}\n`);
  }
  lines.push(
    'choice\n\tprompt "C"\n\tdefault C1\nconfig C0\n\tbool "c"\n\tdepends on A4\nconfig C1\n\tbool "c"\n\tdepends on A5\nconfig C2\n\tbool "c"\nendchoice\n',
  );
  const kconfig = modelOf(lines.join(''));
  const names = [...kconfig.names()];

  it('after any changes, values are those of a fresh evaluation', () => {
    const change = fc.record({
      name: fc.constantFrom(...names),
      value: fc.constantFrom('y', 'm', 'n', undefined),
      asked: fc.subarray(names, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const evaluation = new Evaluation(kconfig);
        for (const { name, value, asked } of changes) {
          evaluation.assign(name, value);
          for (const other of asked) evaluation.value(other);
        }
        const fresh = new Evaluation(kconfig, evaluation.assignments);
        expect(names.map((name) => evaluation.value(name))).toEqual(names.map((name) => fresh.value(name)));
      }),
      { numRuns: 300 },
    );
  });
});
