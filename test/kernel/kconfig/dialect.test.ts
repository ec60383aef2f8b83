import { describe, expect, it } from 'vitest';
import { readConfig, writeConfig } from '../../../src/kernel/kconfig/config.ts';
import { type Dialect, dialectOf, rulesOf } from '../../../src/kernel/kconfig/dialect.ts';
import { formatExpression } from '../../../src/kernel/kconfig/expression.ts';
import type { KconfigRules } from '../../../src/kernel/kconfig/model.ts';
import { formatProblem } from '../../../src/kernel/kconfig/problem.ts';
import { readKconfig } from '../../../src/kernel/kconfig/read.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';
import { classic, evaluationOf } from './model.ts';

/* Each construct in a small tree of its own. That the trees' tools see them so, test/reference/kernel-trees.test.ts says. */

const plain: Dialect = {
  bare: 'no',
  dashedHelp: false,
  looseChoices: false,
  transitional: false,
  strict: false,
};
const linux419: Dialect = { ...plain, bare: 'path', dashedHelp: true, looseChoices: true };
const linux54: Dialect = { ...linux419, bare: 'word' };
const linux618: Dialect = { ...plain, transitional: true, strict: true };
const newer: KconfigRules = { choices: 'bool', numbersAreZero: true };

function read(
  files: string | Record<string, string>,
  dialect: Dialect,
  rules = classic,
  shell: (command: string) => string = () => '',
) {
  return readKconfig(memoryTree(typeof files === 'string' ? { Kconfig: files } : files), {
    environment: { SRCARCH: 'mips' },
    evaluator: { shell },
    rules,
    dialect,
  });
}

function modelOf(files: string | Record<string, string>, dialect: Dialect, rules = classic) {
  const { kconfig, problems } = read(files, dialect, rules);
  if (!kconfig) throw new Error(problems.map(formatProblem).join('\n'));
  return kconfig;
}

const modules = 'config MODULES\n\tdef_bool y\n\toption modules\n';
const errors = (text: string, dialect: Dialect, rules = classic) =>
  read(text, dialect, rules).problems.flatMap(({ severity, message }) =>
    severity === 'error' ? message : [],
  );

describe('the language of 4.19', () => {
  it('takes paths, prompts and outcomes of macros without quotes', () => {
    const { kconfig, problems } = read(
      {
        Kconfig: `mainmenu Small
source net/core.d/Kconfig
source arch/$(SRCARCH)/Kconfig
config VERSION
	int
	default $(shell,./scripts/gcc-version.sh)
config PROMPTED
	bool Prompted if NET # as it is
`,
        'net/core.d/Kconfig': 'config NET\n\tbool\n',
        'arch/mips/Kconfig': 'config MIPS\n\tbool',
      },
      linux419,
      classic,
      () => '130200',
    );
    // Not even the missing newline at the end of a file.
    expect(problems).toEqual([]);
    expect([...kconfig!.names()]).toEqual(['NET', 'MIPS', 'VERSION', 'PROMPTED']);
    expect(kconfig!.title).toBe('Small');
    expect(evaluationOf(kconfig!).value('VERSION')).toBe('130200');
    const [prompt] = kconfig!.symbol('PROMPTED')!.prompts;
    expect([prompt!.text, formatExpression(prompt!.condition!)]).toEqual(['Prompted', 'NET']);
  });

  it('has names that are keywords elsewhere, and such as have dots', () => {
    const kconfig = modelOf('config menu\n\tbool\n\tdepends on range && select/x.y\n', linux419);
    expect(formatExpression(kconfig.symbol('menu')!.dependencies!)).toBe('range && select/x.y');
    expect(errors('config menu\n\tbool\n', linux54)).toContain('invalid statement');
  });

  it('has `visible` before `depends`', () => {
    const menu = (...options: string[]) => `menu "m"\n\t${options.join('\n\t')}\nendmenu\n`;
    expect(errors(menu('visible if A', 'depends on B'), linux419)).toEqual([]);
    expect(errors(menu('depends on B', 'visible if A'), linux419)).toEqual(['invalid option']);
    expect(errors(menu('depends on B', 'visible if A'), linux54)).toEqual([]);
  });

  it('is no other', () => {
    expect(errors('source net/Kconfig\n', linux54)).not.toEqual([]);
    expect(errors('config A\n\tbool Prompted\n', plain)).toEqual(['syntax error']);
    expect(errors('config A\n\tbool Prompted\n', linux54)).toEqual([]);
    expect(errors('config A\n\tbool config\n', linux54)).toEqual(['syntax error']);
  });
});

describe('the language of 4.19 and 5.4', () => {
  it.each([linux419, linux54])('has ---help---, in choices too', (dialect) => {
    const text = `choice
	prompt "way"
	---help---
	  Of the choice.
config A
	bool "a"
	---help---
	  config B
endchoice
`;
    const kconfig = modelOf(text, dialect);
    expect([...kconfig.names()]).toEqual(['A']);
    expect(kconfig.symbol('A')!.definitions[0]!.help).toBe('config B');
    expect(errors(text, plain)).toContain('invalid statement');
  });

  it.each([linux419, linux54])('takes source and menuconfig in a choice', (dialect) => {
    const files = {
      Kconfig: 'choice\n\tprompt "way"\n\toptional\nmenuconfig A\n\tbool "a"\nsource "more"\nendchoice\n',
      more: 'config B\n\tbool "b"\n',
    };
    const kconfig = modelOf(files, dialect);
    expect(kconfig.symbol([...kconfig.choices()][0]!)!.members).toEqual(['A', 'B']);
    expect(read(files, plain).problems.map(({ message }) => message)).toContain('invalid statement');
    expect(errors('choice\n\tprompt "a"\nmenu "b"\nendmenu\nendchoice\n', dialect)).toContain(
      'invalid statement',
    );
  });

  it('has options; what is marked defconfig_list is in no .config', () => {
    const text = `${modules}config LIST
	string
	option defconfig_list
	default "/boot/config"
config SURE
	bool "sure"
	option allnoconfig_y
config VENDOR
	string
	option env="SRCARCH"
`;
    const kconfig = modelOf(text, linux54);
    expect(kconfig.modules).toBe('MODULES');
    const evaluation = evaluationOf(kconfig);
    expect(evaluation.value('LIST')).toBe('/boot/config');
    expect(writeConfig(evaluation).split('\n').slice(4)).toEqual([
      'CONFIG_MODULES=y',
      '# CONFIG_SURE is not set',
      'CONFIG_VENDOR="mips"',
      '',
    ]);
  });
});

describe('the language of 6.18', () => {
  const text = `config OLD
	bool
	transitional
	help
	  The name until 6.17.
config NEW
	bool "new"
	default OLD
`;

  it('keeps an old name for what a .config has, and writes it no more', () => {
    const kconfig = modelOf(text, linux618, newer);
    const written = (config: string) => writeConfig(evaluationOf(kconfig, config)).split('\n').slice(4, -1);
    expect(written('')).toEqual(['# CONFIG_NEW is not set']);
    expect(written('CONFIG_OLD=y\n')).toEqual(['CONFIG_NEW=y']);
    expect(written('CONFIG_OLD=y\n# CONFIG_NEW is not set\n')).toEqual(['# CONFIG_NEW is not set']);
    expect(errors(text, plain, newer)).toEqual(['unknown statement "transitional"']);
  });

  it.each([
    [
      'transitional symbols can only have help sections',
      text.replace('transitional', 'transitional\n\tdefault y'),
    ],
    [
      'transitional symbols can only have help sections',
      text.replace('transitional', 'transitional\n\tdepends on NEW'),
    ],
    ['menuconfig statement without prompt', 'menuconfig A\n\tbool\n'],
    ["'A' defined with blank help text", 'config A\n\tbool\n\thelp\n\nconfig B\n\tbool\n'],
    ["'A' defined with more than one help text", 'config A\n\tbool\n\thelp\n\t  a\n\thelp\n\t  b\n'],
  ])('is strict: %s', (message, wrong) => {
    expect(errors(wrong, linux618, newer)).toContain(message);
  });
});

describe('what values come to', () => {
  const value = (text: string, rules: Partial<KconfigRules>, config: string, name: string) =>
    evaluationOf(modelOf(modules + text, linux54, { ...classic, ...rules }), config).value(name);

  it('an implied `y` makes `y` of `m` in 5.4', () => {
    const text =
      'config BY\n\tbool "by"\n\timply X\nconfig X\n\ttristate "x"\n\tdepends on D\nconfig D\n\ttristate "d"\n';
    const config = 'CONFIG_BY=y\nCONFIG_D=m\nCONFIG_X=m\n';
    expect(value(text, {}, config, 'X')).toBe('m');
    expect(value(text, { implies: 'whole' }, config, 'X')).toBe('y');
    // Without an assignment, the dependencies bound it only later.
    expect(value(text, {}, 'CONFIG_BY=y\nCONFIG_D=m\n', 'X')).toBe('m');
    expect(value(text, { implies: 'whole' }, 'CONFIG_BY=y\nCONFIG_D=m\n', 'X')).toBe('y');
    expect(value(text, { implies: 'whole' }, 'CONFIG_BY=y\n', 'X')).toBe('n');
  });

  it('a bool selects by the value of `A` in `A != n`', () => {
    const text = `config BY
	bool "by"
	depends on !(OFF || A = n)
	select X
config A
	tristate "a"
config X
	tristate
`;
    expect(value(text, {}, 'CONFIG_A=m\nCONFIG_BY=y\n', 'X')).toBe('y');
    expect(value(text, { selectsBy: 'values' }, 'CONFIG_A=m\nCONFIG_BY=y\n', 'X')).toBe('m');
    expect(value(text, { selectsBy: 'values' }, 'CONFIG_A=y\nCONFIG_BY=y\n', 'X')).toBe('y');
  });

  it('the end of a range is a number, or as it is written', () => {
    const hex = 'config X\n\thex "x"\n\trange 0x00 0x0C00\n';
    const int = 'config X\n\tint "x"\n\trange 010 20\n';
    // Of two ends out of range the tool takes the default again: none is 0 here.
    const rules = { choices: 'bool', numbersAreZero: true } as const;
    expect(value(hex, rules, 'CONFIG_X=0xfff\n', 'X')).toBe('0x0C00');
    expect(value(hex, { ...rules, rangeEnds: 'numbers' }, 'CONFIG_X=0xfff\n', 'X')).toBe('0xc00');
    expect(value(int, rules, 'CONFIG_X=3\n', 'X')).toBe('010');
    expect(value(int, { ...rules, rangeEnds: 'numbers' }, 'CONFIG_X=3\n', 'X')).toBe('10');
  });

  it('y, m and n in the order of their values, or as letters', () => {
    const text = 'config A\n\ttristate "a"\nconfig X\n\tdef_bool A < m\n';
    expect(value(text, {}, '', 'X')).toBe('y');
    expect(value(text, { lettersAreTexts: true }, '', 'X')).toBe('n');
  });

  it('a .config ends the menus with a comment, those with something in them, or none', () => {
    const text = 'menu "Empty"\nendmenu\nmenu "Full"\nconfig A\n\tbool "a"\nendmenu\nconfig B\n\tbool "b"\n';
    const written = (rules: Partial<KconfigRules>) => {
      const kconfig = modelOf(text, linux54, { ...classic, ...rules });
      return writeConfig(evaluationOf(kconfig)).split('\n').slice(4, -1);
    };
    const start = ['', '#', '# Empty', '#'];
    const full = ['', '#', '# Full', '#', '# CONFIG_A is not set'];
    const end = ['# CONFIG_B is not set'];
    expect(written({})).toEqual([...start, '# end of Empty', ...full, '# end of Full', '', ...end]);
    expect(written({ ends: 'filled' })).toEqual([...start, ...full, '# end of Full', '', ...end]);
    expect(written({ ends: 'none' })).toEqual([...start, ...full, ...end]);
  });
});

it('members of a classic choice in a row, each of which depends on the one before, are no circle', () => {
  const text = `${modules}choice
	prompt "gadget"
	optional
config AUDIO
	tristate "audio"
config UAC1
	bool "uac1"
	depends on AUDIO
config LEGACY
	bool "legacy"
	depends on UAC1
config OTHER
	tristate "other"
endchoice
`;
  const kconfig = modelOf(text, linux419);
  const [choice] = kconfig.choices();
  expect(kconfig.symbol(choice!)!.members).toEqual(['AUDIO', 'OTHER']);
  const evaluation = evaluationOf(kconfig, 'CONFIG_AUDIO=y\nCONFIG_UAC1=y\nCONFIG_LEGACY=y\n');
  expect(['AUDIO', 'UAC1', 'LEGACY', 'OTHER'].map((name) => evaluation.value(name))).toEqual([
    'y',
    'y',
    'y',
    'n',
  ]);
  // However many there are.
  const chain = Array.from(
    { length: 5_000 },
    (_, index) => `config C${index}\n\tbool "c"\n\tdepends on C${index - 1}\n`,
  );
  expect(
    errors(`choice\n\tprompt "long"\nconfig C-1\n\tbool "c"\n${chain.join('')}endchoice\n`, linux419),
  ).toEqual([expect.stringContaining('too long a chain')]);
});

it('warns in the words of the tool', () => {
  const text = `config ORDER
	int "order"
	range 1 MOST
	default WORD
config MASK
	hex "mask"
	range 0x1 ORDER
	default "zz"
config FLAG
	bool "flag"
	range 1 2
choice
	prompt "way"
	default ORDER
config WAY
	bool "way"
endchoice
menuconfig HIDDEN
	bool
`;
  expect(read(text, plain).problems.map(formatProblem)).toEqual([
    'Kconfig:18:warning: menuconfig statement without prompt',
    'Kconfig:3:warning: range is invalid',
    "Kconfig:4:warning: 'ORDER': number is invalid",
    "Kconfig:8:warning: 'MASK': number is invalid",
    'Kconfig:11:warning: range is only allowed for int or hex symbols',
    'Kconfig:11:warning: range is invalid',
    "Kconfig:14:warning: choice default symbol 'ORDER' is not contained in the choice",
  ]);
});

describe("a tree's own tool", () => {
  const tool = (files: Record<string, string>) =>
    memoryTree(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`scripts/kconfig/${name}`, text])),
    );

  it('tells the dialect', () => {
    expect(dialectOf(tool({ 'zconf.l': '', 'zconf.y': '' }))).toEqual(linux419);
    const looser = { 'lexer.l': '"help"|"---help---"', 'parser.y': 'choice_block:\nprompt:\t  T_WORD\n' };
    expect(dialectOf(tool(looser))).toEqual(linux54);
    expect(dialectOf(tool({ 'lexer.l': '', 'parser.y': '' }))).toEqual(plain);
    const strict = {
      'lexer.l': '"transitional"',
      'parser.y': 'zconf_error("menuconfig statement without prompt");',
    };
    expect(dialectOf(tool(strict))).toEqual(linux618);
    // Without a tool nothing is refused that some series takes on.
    expect(dialectOf(memoryTree({}))).toEqual({ ...linux618, strict: false });
  });

  it('tells the rules', () => {
    expect(rulesOf(memoryTree({}))).toEqual(newer);
    const newest = {
      'symbol.c': 'newval.val = "0x0"; .name = "y",\n\t.type = S_TRISTATE,',
      'confdata.c': 'end_check:',
    };
    expect(rulesOf(tool(newest))).toEqual(newer);
    const oldest = {
      'symbol.c':
        'sym_get_choice_prop sprintf(str, "%lld", v) sym->implied.tri == yes .name = "y",\n\t.curr = { "y" }',
      'menu.c': 'dep = expr_trans_bool(dep);',
      'confdata.c': '',
    };
    expect(rulesOf(tool(oldest))).toEqual({
      ...classic,
      rangeEnds: 'numbers',
      implies: 'whole',
      lettersAreTexts: true,
      selectsBy: 'values',
      ends: 'none',
    });
    expect(rulesOf(tool({ ...newest, 'confdata.c': '"# end of %s"' })).ends).toBe('filled');
  });
});

it('what is wrong in a .config of an old tool is wrong here', () => {
  const kconfig = modelOf('config A\n\tint "a"\n', linux419);
  expect(readConfig('CONFIG_A=x\n# CONFIG_A is not set\n', kconfig).assignments.size).toBe(0);
});
