/** The sets that prove refusals: never too small, and small enough to prove something. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readKbuild } from '../../src/kernel/kbuild/kbuild.ts';
import { Evaluation, letters } from '../../src/kernel/kconfig/evaluate.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { classic, modelOf } from './kconfig/model.ts';
import { Possible } from './possible.ts';

function valuesOf(possible: Possible, symbol: string): string {
  return letters.filter((value) => possible.has(symbol, value)).join('');
}

const machines = `
config MODULES
	bool "modules"
	modules
choice
	prompt "Machine"
config BIG
	bool "big"
	select HAVE_BUS
config SMALL
	bool "small"
endchoice
config HAVE_BUS
	bool
config BUS
	bool "bus"
	depends on HAVE_BUS
config CARD
	tristate "card"
	depends on BUS || COMPILE_TEST
config COMPILE_TEST
	bool "compile test"
config WHEEL
	tristate "wheel"
	depends on !SLOW
config SLOW
	bool "slow"
config EITHER
	tristate
	default m if CARD=n
	default y if CARD=y
config GONE
	tristate "gone"
	depends on NOWHERE
config NUMBER
	int "number"
config MANY
	bool "many"
	depends on NUMBER > 4
`;

describe('small enough', () => {
  const possible = (base: Record<string, string>, never: string[] = ['COMPILE_TEST']): Possible =>
    new Possible(modelOf(machines), new Map(Object.entries({ MODULES: 'y', ...base })), never);

  test('another machine is not picked', () => {
    const sets = possible({ SMALL: 'y' });
    expect(['SMALL', 'BIG', 'HAVE_BUS', 'BUS', 'CARD'].map((name) => valuesOf(sets, name))).toEqual([
      ...['y', 'n', 'n', 'n', 'n'],
    ]);
    expect(valuesOf(sets, 'EITHER')).toBe('m');
  });

  test('an open machine is open', () => {
    const sets = possible({});
    expect(['BIG', 'BUS', 'CARD'].map((name) => valuesOf(sets, name))).toEqual(['ny', 'ny', 'nmy']);
  });

  test('what must not be assigned is assigned only by the base', () => {
    expect(valuesOf(possible({ SMALL: 'y' }, []), 'CARD')).toBe('nmy');
    expect(valuesOf(possible({ SMALL: 'y', COMPILE_TEST: 'y' }), 'CARD')).toBe('nmy');
  });

  test('the base is not lowered', () => {
    expect(valuesOf(possible({ SLOW: 'y' }), 'WHEEL')).toBe('n');
    expect(valuesOf(possible({ SLOW: 'n' }), 'WHEEL')).toBe('nmy');
    expect(valuesOf(possible({ WHEEL: 'm' }), 'WHEEL')).toBe('nmy');
  });

  test('what nobody defines is n, and numbers may be anything', () => {
    const sets = possible({});
    expect(valuesOf(sets, 'GONE')).toBe('n');
    expect(valuesOf(sets, 'NOWHERE')).toBe('n');
    expect(valuesOf(sets, 'MANY')).toBe('ny');
  });

  test('makefiles make what their symbols may bring', () => {
    const tree = memoryTree({
      Makefile: '',
      Kbuild: 'obj-y += bus/\nobj-$(CONFIG_WHEEL) += wheel.o\n',
      'bus/Makefile': 'obj-$(CONFIG_CARD) += card.o\n',
      'arch/mips/Makefile': '',
    });
    const modules = readKbuild(tree, { arch: 'mips' }).modules;
    const made = (sets: Possible): string[] =>
      modules.filter((module) => sets.makes(module, 'mips')).map(({ name }) => name);
    expect(made(possible({ SMALL: 'y' }))).toEqual(['wheel']);
    expect(made(possible({ BIG: 'y' }))).toEqual(['card', 'wheel']);
  });
});

const names = Array.from({ length: 8 }, (_, index) => `S${index}`);
/** `@5`: one of the symbols before, by its number modulo theirs; `^5`: one of those after. So nothing depends on itself. */
const before = fc.oneof(
  { weight: 8, arbitrary: fc.nat(7).map((n) => `@${n}`) },
  fc.constantFrom('MODULES', 'NOWHERE'),
);
const condition = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    before,
    fc.constantFrom('y', 'm', 'n'),
    fc
      .tuple(before, fc.constantFrom('=', '!=', '<', '>='), fc.oneof(before, fc.constantFrom('y', 'm', 'n')))
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    tie('any').map((one) => `!(${one})`),
    fc
      .tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any'))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  ),
})).any;
const line = fc.oneof(
  condition.map((of) => `depends on ${of}`),
  fc.tuple(condition, condition).map(([value, when]) => `default ${value} if ${when}`),
  condition.map((value) => `default ${value}`),
  fc
    .tuple(fc.constantFrom('select', 'imply'), fc.nat(7), condition)
    .map(([how, n, when]) => `${how} ^${n} if ${when}`),
);
const symbol = fc.record({
  type: fc.constantFrom('bool', 'tristate'),
  prompt: fc.option(condition),
  lines: fc.array(line, { maxLength: 3 }),
});

/** The third and the fourth are of a choice. */
const isMember = (index: number): boolean => index === 2 || index === 3;

function definition(
  { type, prompt, lines }: { type: string; prompt: string | null; lines: string[] },
  index: number,
) {
  const earlier = names.slice(0, isMember(index) ? 2 : index);
  const later = names.slice(index + 1).filter((_, after) => !isMember(index + 1 + after));
  const shown =
    prompt === null && !isMember(index) ? type : `${type} "p"${prompt === null ? '' : ` if ${prompt}`}`;
  return [isMember(index) ? shown.replace('tristate', 'bool') : shown, ...lines]
    .filter((each) => !isMember(index) || !/^default|^select|^imply/.test(each))
    .filter((each) => !each.includes('^') || later.length > 0)
    .map((each) => each.replaceAll(/@(\d)/g, (_, n) => earlier[n % earlier.length] ?? 'MODULES'))
    .map((each) => each.replaceAll(/\^(\d)/g, (_, n) => later[n % later.length]!))
    .reduce((text, each) => `${text}\t${each}\n`, `config S${index}\n`);
}

const text = fc.array(symbol, { minLength: names.length, maxLength: names.length }).map((symbols) => {
  const definitions = symbols.map(definition);
  return [
    'config MODULES\n\tbool "modules"\n\tmodules\n',
    ...definitions.slice(0, 2),
    'choice\n\tprompt "choice"\n\tbool\n',
    ...definitions.slice(2, 4),
    'endchoice\n',
    ...definitions.slice(4),
  ].join('');
});
const levels = fc.array(fc.constantFrom(undefined, 'n', 'm', 'y'), {
  minLength: names.length,
  maxLength: names.length,
});

describe.each([undefined, classic])('never too small, choices as %o', (rules) => {
  test('what a configuration raised from a base comes to is in the sets', () => {
    let held = 0;
    fc.assert(
      fc.property(text, levels, fc.array(levels, { minLength: 8, maxLength: 8 }), (file, base, raises) => {
        const kconfig = modelOf(file, rules);
        const given = assigned(base);
        const picked = new Evaluation(kconfig, given);
        const possible = new Possible(kconfig, given);
        for (const raise of raises) {
          const values = new Map(given);
          for (const [symbol, value] of assigned(raise)) {
            const before = letters.indexOf((given.get(symbol) ?? 'n') as 'n');
            if (letters.indexOf(value as 'n') >= before) values.set(symbol, value);
          }
          const evaluation = new Evaluation(kconfig, values);
          // What the base picks stays picked, or it is another question.
          const members = ['S2', 'S3'].filter(
            (member) => given.get(member) === 'y' && picked.value(member) === 'y',
          );
          if (members.some((member) => evaluation.value(member) !== 'y')) continue;
          for (const symbol of names) {
            const value = evaluation.value(symbol);
            expect(possible.has(symbol, value), `${symbol}=${value} of ${[...values]}\n${file}`).toBe(true);
          }
          held++;
        }
      }),
      { numRuns: 300 },
    );
    expect(held).toBeGreaterThan(1_000);
  });
});

function assigned(values: readonly (string | undefined)[]): Map<string, string> {
  const all: [string, string][] = values[0] === 'n' ? [] : [['MODULES', 'y']];
  for (const [index, value] of values.entries()) if (value !== undefined) all.push([`S${index}`, value]);
  return new Map(all);
}
