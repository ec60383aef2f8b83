import { describe, expect, it } from 'vitest';
import { formatExpression } from '../../../src/kernel/kconfig/expression.ts';
import { solve } from '../../../src/kernel/solver/solve.ts';
import { classic, evaluationOf, modelOf, read } from './model.ts';

describe('files', () => {
  it('are included by plain paths, relative ones, optional ones and patterns', () => {
    const { kconfig, files, problems } = read({
      Kconfig: 'source "net/Kconfig"\nosource "none/*"\nsource "$(srctree)/fs/*/Kconfig"\n',
      'net/Kconfig': 'config NET\n\tbool\nrsource "ipv[4-6]/Kconfig"\norsource "none"\n',
      'net/ipv4/Kconfig': 'config INET\n\tbool\n',
      'net/ipv6/Kconfig': 'config IPV6\n\ttristate\n',
      'net/ipv9/Kconfig': 'config NONE\n\tbool\n',
      'fs/b/Kconfig': 'config B\n\tbool\n',
      'fs/a/Kconfig': 'config A\n\tbool\n',
    });
    expect(problems).toEqual([]);
    expect([...kconfig!.names()]).toEqual(['NET', 'INET', 'IPV6', 'A', 'B']);
    expect(files.at(-1)).toBe('fs/b/Kconfig');
    expect(kconfig!.symbol('IPV6')!.definitions[0]).toMatchObject({ file: 'net/ipv6/Kconfig', line: 1 });
  });

  it.each([
    ['a missing one', 'source "none"\n', 'missing-file', 1],
    ['a pattern without a match', '\nsource "none/*"\n', 'missing-file', 2],
    ['the root is left', 'source "../../etc/passwd"\n', 'missing-file', 1],
    ['itself', '\n\nsource "Kconfig"\n', 'recursive-inclusion', 3],
  ])('stop the reading: %s', (_, text, kind, line) => {
    const { kconfig, problems } = read(text);
    expect(kconfig).toBeNull();
    expect(problems).toMatchObject([{ kind, severity: 'error', file: 'Kconfig', line }]);
  });

  it('stop it where there is no tree', () => {
    expect(read({}).problems).toMatchObject([{ kind: 'missing-file', file: 'Kconfig' }]);
  });
});

describe('statements', () => {
  it('build up conditions from the outside in', () => {
    const kconfig = modelOf(`
config MODULES
	bool
	modules
menu "Outer"
	depends on OUTER
	visible if SHOWN
if INNER || m
config A
	tristate "A" if PROMPT
	depends on DIRECT && \\
		CONTINUED
	default m if COUNTS
	select B if SELECTS
endif
endmenu
config B
	tristate
`);
    const { prompts, defaults, dependencies } = kconfig.symbol('A')!;
    const outer = 'OUTER && (INNER || m && MODULES) && DIRECT && CONTINUED';
    expect(formatExpression(dependencies!)).toBe(outer);
    expect(formatExpression(prompts[0]!.condition!)).toBe(`${outer} && PROMPT && SHOWN`);
    expect(formatExpression(defaults[0]!.condition!)).toBe(`${outer} && COUNTS`);
    expect(formatExpression(defaults[0]!.value)).toBe('m');
    const [by] = kconfig.symbol('B')!.selectedBy;
    expect(by).toMatchObject({ symbol: 'A', file: 'Kconfig', line: 14 });
    expect(formatExpression(by!.condition!)).toBe(`${outer} && SELECTS`);
  });

  it('keep help apart from what follows', () => {
    const { problems, kconfig } = read(
      'config A\n\tbool\n\thelp\n\t  if this\n\n\t    more\n\tdefault y\nconfig B\n\tbool\n',
    );
    expect(problems).toEqual([]);
    expect(kconfig!.symbol('A')!.definitions[0]!.help).toBe('if this\n\n  more\n');
    expect(kconfig!.symbol('A')!.defaults).toHaveLength(1);
  });

  it.each([
    ['an unknown word', 'config A\n\tbool\nfoo\n', 3, 'unknown statement "foo"'],
    ['an end too many', 'endmenu\n', 1, 'invalid statement'],
    ['the wrong end', 'menu "A"\nendif\nendmenu\n', 2, "unexpected 'if' within menu block"],
    ['no end', 'config X\n\tbool\nif X\n', 3, 'missing end statement for this entry (if)'],
    ['half a condition', 'config A\n\tbool\n\tdepends on B &&\n', 3, 'syntax error'],
    ['an option of nothing', 'depends on A\n', 1, 'invalid statement'],
    ['a keyword as a name', 'config default\n', 1, 'invalid statement'],
    [
      'a choice without a prompt',
      'choice\nconfig A\n\tbool "A"\nendchoice\n',
      1,
      'choice must have a prompt',
    ],
    [
      'a tristate member',
      'choice\n\tprompt "C"\nconfig A\n\ttristate "A"\nendchoice\n',
      3,
      'choice member must be bool',
    ],
    [
      'two modules',
      'config A\n\tbool\n\tmodules\nconfig B\n\tbool\n\tmodules\n',
      6,
      "symbol 'B' redefines option 'modules' already defined by symbol 'A'",
    ],
  ])('are refused with their place: %s', (_, text, line, message) => {
    const { kconfig, problems } = read(text);
    expect(kconfig).toBeNull();
    expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
      { file: 'Kconfig', line, message },
    ]);
  });

  it('must end in the file they began in', () => {
    const { problems } = read({ Kconfig: 'if A\nsource "b"\nendif\n', b: 'endif\n' });
    expect(problems[0]).toMatchObject({
      file: 'b',
      line: 1,
      message: "'if' in different file than 'if' (Kconfig:1)",
    });
  });

  it('are warned of, and read', () => {
    const { kconfig, problems } = read('config A\n\tbool "a"\n\ttristate\n\tprompt " b"\nconfig B\n');
    expect(kconfig).not.toBeNull();
    expect(problems.map(({ line, message }) => [line, message])).toEqual([
      [1, "ignoring type redefinition of 'A' from 'bool' to 'tristate'"],
      [4, 'prompt redefined'],
      [4, 'leading whitespace ignored'],
      [5, 'config symbol defined without type'],
    ]);
  });
});

describe('macros', () => {
  it('run commands, call each other with arguments, and see the environment', () => {
    const { printed, problems } = read(
      'twice = $(1)$(1)\nnow := $(twice,x)\ntwice = $(1)\n$(info,$(now) $(twice,y) $(ARCH) $(none) $(shell,date))\n',
    );
    expect(problems).toEqual([]);
    expect(printed).toEqual(['xx y mips  ran date']);
  });

  it('make one word, whatever comes out', () => {
    const kconfig = modelOf('name := A\nconfig $(name)_B\n\tstring\n\tdefault "$(name) and \\$(name)"\n');
    expect(kconfig.symbol('A_B')!.defaults[0]!.value).toEqual({ op: 'constant', text: 'A and $(name)' });
  });

  it.each([
    ['without an end', '$(info,a\n', "unterminated reference to 'info,a': missing ')'"],
    ['with too few arguments', '$(warning-if,y)\n', "too few function arguments passed to 'warning-if'"],
    ['with too many', '$(lineno,1)\n', "too many function arguments passed to 'lineno'"],
    ['that ask to stop', '$(error-if,y,no compiler)\n', 'no compiler'],
    [
      'that never end',
      'a = $(b)\nb = $(a)\n$(info,$(a))\n',
      "Recursive variable 'a' references itself (eventually)",
    ],
    ['that call themselves for ever', 'f = $(f,$(1))\n$(info,$(f,x))\n', 'Too deep recursive expansion'],
    [
      'that grow without bound',
      `a0 = ${'x'.repeat(1000)}\n${Array.from({ length: 40 }, (_, n) => `a${n + 1} = $(a${n})$(a${n})\n`).join('')}$(info,$(a40))\n`,
      'An expansion grows too long',
    ],
    [
      'that branch without bound',
      `a0 =\n${Array.from({ length: 40 }, (_, n) => `a${n + 1} = $(a${n})$(a${n})\n`).join('')}$(info,$(a40))\n`,
      'Too many expansions',
    ],
  ])('stop the reading: %s', (_, text, message) => {
    const { kconfig, problems } = read(text);
    expect(kconfig).toBeNull();
    expect(problems).toMatchObject([{ kind: 'macro', message }]);
  });
});

describe('what nests or goes on too far', () => {
  it.each([
    ['parentheses', `config A\n\tbool\n\tdepends on ${'('.repeat(5000)}A${')'.repeat(5000)}\n`, 'syntax'],
    ['blocks', 'if A\n'.repeat(5000), 'too-deep'],
    [
      'dependencies',
      Array.from({ length: 3000 }, (_, n) => `config A${n}\n\tbool "a"\n\tdepends on A${n + 1}\n`).join(''),
      'too-deep',
    ],
  ])('is an error: %s', (_, text, kind) => {
    const { kconfig, problems } = read(text);
    expect(kconfig).toBeNull();
    expect(problems.some((problem) => problem.kind === kind)).toBe(true);
  });

  it('is evaluated and solved up to the limit', () => {
    for (const [length, nesting] of [
      [280, 0],
      [70, 10],
      [25, 29],
    ]) {
      const text = Array.from(
        { length: length! },
        (_, n) =>
          `config A${n}\n\ttristate "a"\n\tdepends on ${'!(y && '.repeat(nesting!)}A${n + 1}${')'.repeat(nesting!)}\n`,
      ).join('');
      const kconfig = modelOf(
        `config MODULES\n\tdef_bool y\n\tmodules\n${text}config A${length}\n\ttristate "x"\n`,
      );
      expect(['y', 'n']).toContain(evaluationOf(kconfig, '').value('MODULES'));
      const solution = solve(kconfig, [{ symbol: 'A0' }]);
      expect(['module', 'unreachable']).toContain(solution.outcomes[0]!.status);
    }
  });

  it('is an error: files in files', () => {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [n === 0 ? 'Kconfig' : `f${n}`, `source "f${n + 1}"\n`]),
    );
    expect(read(files).problems).toMatchObject([{ kind: 'too-deep' }]);
  });
});

// As conf of 6.1 has them; found by its real test's seed 1901.
it.each([
  ['needs it', 'if A', '', ['A', 'C']],
  ['needs it, and asks for more', 'if A', '\tdepends on !A\n', ['A', 'C']],
  ['mentions it', 'if A = m || A', '', ['A', 'C']],
  ['compares it, a bool, with m: that is n, and mentions nothing', 'if A = m', '', ['A', 'B', 'C']],
])('in a classic choice, what follows a member and %s', (_, condition, dependencies, members) => {
  const text = `choice\n\tprompt "C"\n\tbool\nconfig A\n\tbool "a"\nconfig B\n\tbool "b" ${condition}\n${dependencies}config C\n\tbool "c"\nendchoice\n`;
  const { kconfig } = read(text, classic);
  expect([...kconfig!.choices()].map((name) => kconfig!.symbol(name)!.members)).toEqual([members]);
});

it('in a classic choice, what asks for less than the member before is a member, and must not depend on it', () => {
  const text =
    'config D\n\ttristate "d"\nchoice\n\tprompt "C"\n\tbool\nconfig A\n\tbool "a"\n\tdepends on D\nconfig B\n\tbool "b" if A = m\n\tdepends on !A\nendchoice\n';
  const { kconfig, problems } = read(text, classic);
  expect(kconfig).toBeNull();
  expect(problems).toMatchObject([{ kind: 'recursive-dependency', severity: 'error' }]);
});
