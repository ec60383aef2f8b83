/** Modules by their makefiles: any line and any way to its folder will do. */
import { describe, expect, test } from 'vitest';
import { type KbuildModule, moduleState } from '../../../src/kernel/kbuild/kbuild.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import { type Kernel, readTree } from '../../../src/kernel/kernel.ts';
import { refutes } from '../../../src/kernel/solver/certificate.ts';
import { explainObstacle } from '../../../src/kernel/solver/explain-obstacle.ts';
import { solve } from '../../../src/kernel/solver/solve.ts';
import { makefileValue } from '../../../src/kernel/solver/wanted.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';

const top = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n',
  'arch/mips/Makefile': '',
  'arch/arm/Makefile': '',
};

function kernelOf(kconfig: string, kbuild: string, files: Record<string, string> = {}): Kernel {
  const text = `config MODULES\n\tbool "modules"\n\tmodules\n${kconfig}`;
  const tree = memoryTree({ ...top, Kconfig: text, Kbuild: kbuild, ...files });
  const { kernel, problems } = readTree(tree, 'mips');
  if (!kernel) throw new Error(JSON.stringify(problems));
  return kernel;
}

const bool = (name: string, more = ''): string => `config ${name}\n\tbool "${name}"\n${more}`;
const tristate = (name: string, more = ''): string => `config ${name}\n\ttristate "${name}"\n${more}`;
const on: [string, string][] = [['MODULES', 'y']];

function solved(kernel: Kernel, names: string[], base = on, person: [string, string][] = []) {
  const modules = names.map((name): KbuildModule => kernel.modules.find(name)[0]!);
  const wanted = modules.map((module) => ({ module }));
  const { assignments, outcomes } = solve(kernel.kconfig, wanted, { base, person }, kernel.arch);
  const given = [...base, ...person, ...assignments.map(({ symbol, value }) => [symbol, value] as const)];
  const evaluation = new Evaluation(kernel.kconfig, given);
  for (const [number, module] of modules.entries()) {
    const outcome = outcomes[number]!;
    const state = moduleState(module, (name) => makefileValue(evaluation, name), kernel.arch);
    if (outcome.status === 'module') expect(state, module.name).toBe('m');
    if (outcome.status === 'unreachable' && outcome.certificate)
      expect(refutes(kernel.kconfig, kernel.arch, wanted[number]!, outcome.certificate)).toBe(true);
  }
  return {
    assignments: assignments.map(({ symbol, value }) => `${symbol}=${value}`),
    because: Object.fromEntries(
      assignments.map(({ symbol, because }) => [
        symbol,
        because.map((step) => `${step.relation} ${step.symbol}`).join(', '),
      ]),
    ),
    alternatives: assignments.flatMap(({ because }) =>
      because.flatMap(({ alternatives = [] }) => alternatives),
    ),
    outcomes: outcomes.map((outcome) =>
      outcome.status === 'unreachable' ? explainObstacle(outcome.obstacle, 'mips') : outcome.status,
    ),
    taken: outcomes.flatMap((outcome) =>
      outcome.status === 'unreachable'
        ? (outcome.certificate ?? []).map(({ symbol, by }) => `${symbol} ${by}`)
        : [],
    ),
  };
}

describe('any way is a way', () => {
  const usb = kernelOf(
    bool('PHY') + tristate('USB') + tristate('STORAGE', '\tdepends on USB\n') + bool('PCI') + bool('GADGET'),
    'obj-$(CONFIG_PHY) += usb/\nobj-$(CONFIG_PCI) += usb/\nobj-$(CONFIG_USB) += usb/\nobj-$(CONFIG_GADGET) += usb/\n',
    { 'usb/Makefile': 'obj-$(CONFIG_STORAGE) += storage.o\nobj-$(CONFIG_USB) += core.o\n' },
  );

  test('to a folder: what the module itself needs opens it', () => {
    expect(solved(usb, ['storage'])).toMatchObject({
      assignments: ['USB=m', 'STORAGE=m'],
      because: { USB: 'target STORAGE, dependency USB', STORAGE: 'target STORAGE' },
      outcomes: ['module'],
    });
  });

  test('to a folder: a person may have closed some of them', () => {
    const person: [string, string][] = [
      ['PCI', 'n'],
      ['PHY', 'n'],
    ];
    expect(solved(usb, ['storage', 'core'], on, person)).toMatchObject({
      assignments: ['USB=m', 'STORAGE=m'],
      outcomes: ['module', 'module'],
    });
  });

  test('to an object: any line that this architecture can have', () => {
    const kernel = kernelOf(
      tristate('AMIGA', '\tdepends on ZORRO\n') + tristate('NE2K'),
      'obj-$(CONFIG_AMIGA) += amiga.o lib.o\nobj-$(CONFIG_NOWHERE) += lib.o\nobj-$(CONFIG_NE2K) += ne2k.o lib.o\n',
    );
    expect(solved(kernel, ['lib'])).toMatchObject({
      assignments: ['NE2K=m'],
      because: { NE2K: 'target NE2K' },
    });
  });

  test('to an object: no symbol at all', () => {
    const kernel = kernelOf('', 'obj-m += always.o\n');
    expect(solved(kernel, ['always'], [])).toMatchObject({
      assignments: ['MODULES=y'],
      outcomes: ['module'],
    });
    expect(solved(kernel, ['always'])).toMatchObject({ assignments: [], outcomes: ['module'] });
  });

  test('to an object: what has to be y beside it', () => {
    const kernel = kernelOf(
      tristate('L2TP') + bool('V3'),
      'obj-$(subst y,$(CONFIG_L2TP),$(CONFIG_V3)) += l2tp_v3.o\n',
    );
    expect(solved(kernel, ['l2tp_v3'])).toMatchObject({
      assignments: ['L2TP=m', 'V3=y'],
      outcomes: ['module'],
    });
  });

  test('a default that would build it in is answered with m', () => {
    const kernel = kernelOf(
      bool('W') + tristate('DOG', '\tdepends on W\n\tdefault y\n'),
      'obj-$(CONFIG_DOG) += dog.o\n',
    );
    expect(solved(kernel, ['dog'])).toMatchObject({ assignments: ['W=y', 'DOG=m'], outcomes: ['module'] });
  });
});

describe('reasons', () => {
  test('name nothing but what is in the solution', () => {
    const kernel = kernelOf(
      tristate('CFG') +
        tristate('MAC', '\tdepends on CFG\n') +
        tristate('USB') +
        tristate('VIA_USB', '\tdepends on MAC && USB\n\tselect LIB\n') +
        tristate('VIA_PCI', '\tdepends on MAC\n\tselect LIB\n') +
        'config LIB\n\ttristate\n',
      'obj-$(CONFIG_LIB) += lib.o\nobj-$(CONFIG_VIA_PCI) += pci.o\nobj-$(CONFIG_VIA_USB) += usb.o\n',
    );
    expect(solved(kernel, ['lib', 'pci'])).toMatchObject({
      assignments: ['CFG=m', 'MAC=m', 'VIA_PCI=m'],
      because: {
        CFG: 'target LIB, selector VIA_PCI, dependency MAC, dependency CFG',
        MAC: 'target LIB, selector VIA_PCI, dependency MAC',
      },
    });
  });

  test('list other selectors that would do alone; a switch comes before a driver', () => {
    const kernel = kernelOf(
      'source "drivers/Kconfig"\n' + tristate('SWITCH', '\tselect LIB\n') + 'config LIB\n\ttristate\n',
      'obj-$(CONFIG_LIB) += lib.o\n',
      {
        'drivers/Kconfig':
          tristate('CARD', '\tselect LIB\n') +
          tristate('DEEP', '\tdepends on FAR\n\tselect LIB\n') +
          bool('FAR'),
      },
    );
    expect(solved(kernel, ['lib'])).toMatchObject({ assignments: ['SWITCH=m'], alternatives: ['CARD'] });
  });
});

describe('what is never done', () => {
  const compileTest = bool('COMPILE_TEST') + bool('BROKEN');

  test('COMPILE_TEST and BROKEN are never set', () => {
    const kernel = kernelOf(
      `${compileTest}${tristate('SOC', '\tdepends on ARCH_OTHER || COMPILE_TEST\n')}${tristate('OLD', '\tdepends on BROKEN\n')}`,
      'obj-$(CONFIG_SOC) += soc.o\nobj-$(CONFIG_OLD) += old.o\n',
    );
    expect(solved(kernel, ['soc', 'old'])).toEqual({
      assignments: [],
      because: {},
      alternatives: [],
      outcomes: [
        [
          'SOC depends on ARCH_OTHER || COMPILE_TEST',
          'SOC cannot be had: ARCH_OTHER is not defined for mips',
        ],
        [
          'OLD depends on BROKEN',
          'BROKEN would do, and is never turned on: what only builds with it need not run',
        ],
      ],
      taken: ['COMPILE_TEST barred', 'BROKEN barred'],
    });
    expect(solved(kernel, ['soc'], [...on, ['COMPILE_TEST', 'y']])).toMatchObject({ assignments: ['SOC=m'] });
    expect(solved(kernel, ['old'], on, [['BROKEN', 'y']])).toMatchObject({ assignments: ['OLD=m'] });
  });

  const boards = kernelOf(
    'source "arch/mips/Kconfig"\n' +
      tristate('FLOPPY', '\tdepends on MAY_HAVE_FLOPPY\n') +
      tristate('THERMAL', '\tdepends on MACH_CORE\n'),
    'obj-$(CONFIG_FLOPPY) += floppy.o\nobj-$(CONFIG_THERMAL) += thermal.o\n',
    {
      'arch/mips/Kconfig':
        'choice\n\tprompt "System type"\n' +
        bool('GENERIC') +
        bool('JAZZ', '\tselect MAY_HAVE_FLOPPY\n') +
        bool('SNI', '\tselect MAY_HAVE_FLOPPY\n') +
        'endchoice\nconfig MAY_HAVE_FLOPPY\n\tbool\nsource "arch/mips/mach-x/Kconfig"\n',
      'arch/mips/mach-x/Kconfig': bool('MACH_CORE'),
    },
  );

  test('the machine is left to the base: an open one is said to be open', () => {
    expect(solved(boards, ['floppy', 'thermal'])).toMatchObject({
      assignments: [],
      outcomes: [
        [
          'FLOPPY depends on MAY_HAVE_FLOPPY',
          'MAY_HAVE_FLOPPY cannot be had: JAZZ and SNI are for another kind of machine than GENERIC, the default: the configuration names none',
        ],
        [
          'THERMAL depends on MACH_CORE',
          'MACH_CORE says what machine the kernel is for, and the configuration does not set it',
        ],
      ],
      taken: ['JAZZ machine', 'SNI machine', 'MACH_CORE machine'],
    });
  });

  test('the machine is left to the base: the one it has stays', () => {
    expect(solved(boards, ['floppy'], [...on, ['GENERIC', 'y']]).outcomes).toEqual([
      [
        'FLOPPY depends on MAY_HAVE_FLOPPY',
        'MAY_HAVE_FLOPPY cannot be had: JAZZ and SNI are for another machine than GENERIC, which the configuration sets',
      ],
    ]);
    const own: [string, string][] = [...on, ['SNI', 'y'], ['MACH_CORE', 'y']];
    expect(solved(boards, ['floppy', 'thermal'], own)).toMatchObject({
      assignments: ['FLOPPY=m', 'THERMAL=m'],
    });
  });

  test('what only shows a prompt comes last, and is told apart', () => {
    const kernel = kernelOf(
      bool('EXPERT') +
        bool('A') +
        bool('B', '\tdepends on A\n') +
        bool('C', '\tdepends on B\n') +
        bool('D', '\tdepends on C\n') +
        'config T\n\ttristate "T" if EXPERT\nconfig BRINGS\n\ttristate "b"\n\tdepends on D\n\tselect T\nconfig ONLY\n\ttristate "o" if EXPERT\n',
      'obj-$(CONFIG_T) += t.o\nobj-$(CONFIG_ONLY) += only.o\n',
    );
    expect(solved(kernel, ['t']).assignments).toEqual(['A=y', 'B=y', 'C=y', 'D=y', 'BRINGS=m']);
    expect(solved(kernel, ['only'])).toMatchObject({
      assignments: ['EXPERT=y', 'ONLY=m'],
      because: { EXPERT: 'target ONLY, prompt EXPERT' },
    });
  });

  test('what the base denies is raised only where there is no other way', () => {
    const kernel = kernelOf(
      bool('NO') +
        bool('A') +
        bool('B', '\tdepends on A\n') +
        tristate('T', '\tdepends on NO || B\n') +
        tristate('U', '\tdepends on NO\n'),
      'obj-$(CONFIG_T) += t.o\nobj-$(CONFIG_U) += u.o\n',
    );
    const base: [string, string][] = [...on, ['NO', 'n']];
    expect(solved(kernel, ['t'], base).assignments).toEqual(['A=y', 'B=y', 'T=m']);
    expect(solved(kernel, ['u'], base).assignments).toEqual(['NO=y', 'U=m']);
  });
});

test('a bool that has to be below y is turned off', () => {
  const kernel = kernelOf(
    bool('EXTRA', '\tdefault y\n') +
      'config HIDE\n\tbool\n\tdepends on X\n\tdefault y if EXTRA\n' +
      tristate('X') +
      tristate('T', '\tdepends on X && !HIDE\n'),
    'obj-$(CONFIG_T) += t.o\n',
  );
  expect(solved(kernel, ['t'], [...on, ['X', 'm']])).toMatchObject({
    assignments: ['EXTRA=n', 'T=m'],
    outcomes: ['module'],
  });
});

describe('what the base says where nobody is asked', () => {
  test('is not what keeps a target out', () => {
    const kernel = kernelOf(
      `${bool('SW', '\tdepends on NOWHERE\n')}${tristate('X', '\tdepends on !SW && NEVER\n')}config NEVER\n\tbool\n`,
      'obj-$(CONFIG_X) += x.o\n',
    );
    const { outcomes, taken } = solved(kernel, ['x'], [...on, ['SW', 'y']]);
    expect(outcomes).toEqual([['X depends on NEVER', 'NEVER is n on mips and has no prompt to change it']]);
    expect(taken).toEqual([]);
  });

  test('counts once they are: what it builds in stays so', () => {
    const kernel = kernelOf(`${bool('D')}${tristate('X', '\tdepends on D\n')}`, 'obj-$(CONFIG_X) += x.o\n');
    expect(solved(kernel, ['x'], [...on, ['X', 'y']])).toMatchObject({
      assignments: ['D=y'],
      outcomes: ['builtin'],
    });
  });

  test('of two members of a choice the one that counts is given', () => {
    const kernel = kernelOf(
      `choice\n\tprompt "C"\n${bool('A')}${bool('B')}endchoice\n${tristate('T', '\tdepends on A\n')}`,
      'obj-$(CONFIG_T) += t.o\n',
    );
    expect(solved(kernel, ['t'], [...on, ['A', 'y'], ['B', 'y']])).toMatchObject({ taken: ['B base'] });
  });
});

test('a choice of one member, hidden, has a cause too', () => {
  const kernel = kernelOf(
    `choice\n\tprompt "C" if NOWHERE\n${bool('A')}endchoice\n${tristate('T', '\tdepends on !Z\n')}config Z\n\tbool\n\tdefault y\n`,
    'obj-$(CONFIG_T) += t.o\n',
  );
  const [told] = solved(kernel, ['t']).outcomes;
  expect(told).not.toContain(expect.stringContaining('undefined'));
});

test('a wish that another wish breaks is none that holds', () => {
  const kernel = kernelOf(bool('FOO') + bool('BAZ') + bool('BAR', '\tdepends on BAZ\n\tselect FOO\n'), '');
  const person: [string, string][] = [
    ['FOO', 'n'],
    ['BAR', 'y'],
  ];
  const wanted = person.map(([symbol, value]) => ({ symbol, value }));
  const { outcomes, assignments } = solve(kernel.kconfig, wanted, { base: on, person }, 'mips');
  expect(outcomes.map(({ status }) => status)).toEqual(['held', 'unreachable']);
  expect(assignments.map(({ symbol, value }) => `${symbol}=${value}`)).toEqual(['FOO=n']);
});

describe('found by trying to break it', () => {
  test('the base denies a symbol: its own prompt comes before a driver that selects it', () => {
    const kernel = kernelOf(
      `source "drivers/Kconfig"\n${tristate('USB')}${tristate('STORAGE', '\tdepends on USB\n')}`,
      'obj-$(CONFIG_STORAGE) += storage.o\n',
      { 'drivers/Kconfig': tristate('TOUCHPAD', '\tselect USB\n') },
    );
    expect(solved(kernel, ['storage'], [...on, ['USB', 'n']]).assignments).toEqual(['USB=m', 'STORAGE=m']);
  });

  test('what the base has is not turned off to bring out a default', () => {
    const kernel = kernelOf(
      bool('ADVANCED', '\tdefault y\n') +
        tristate('OWNER', '\tdepends on ADVANCED\n') +
        'config NAT\n\ttristate "NAT" if ADVANCED\n\tdefault m\n' +
        tristate('MASQ', '\tdepends on NAT\n'),
      'obj-$(CONFIG_MASQ) += masq.o\nobj-$(CONFIG_OWNER) += owner.o\n',
    );
    const denied: [string, string][] = [...on, ['NAT', 'n']];
    for (const targets of [
      ['masq', 'owner'],
      ['owner', 'masq'],
    ])
      expect(solved(kernel, targets, denied)).toMatchObject({ outcomes: ['module', 'module'] });
    expect(solved(kernel, ['masq'], [...denied, ['OWNER', 'm']]).assignments).toEqual(['NAT=m', 'MASQ=m']);
  });

  test('what a person turns off behind a prompt is shown first, in any order', () => {
    const kernel = kernelOf(
      bool('ADVANCED') +
        'config PARTITION\n\tbool "p" if ADVANCED\n\tdefault y\n' +
        bool('OTHER', '\tdepends on ADVANCED\n'),
      '',
    );
    const ask = (...person: [string, string][]) =>
      solve(
        kernel.kconfig,
        person.map(([symbol, value]) => ({ symbol, value })),
        { base: on, person },
        'mips',
      );
    for (const person of [
      [['PARTITION', 'n']],
      [
        ['PARTITION', 'n'],
        ['OTHER', 'y'],
      ],
      [
        ['OTHER', 'y'],
        ['PARTITION', 'n'],
      ],
    ] as [string, string][][]) {
      const { outcomes, assignments } = ask(...person);
      expect(outcomes.map(({ status }) => status)).toEqual(person.map(() => 'held'));
      expect(assignments[0]).toMatchObject({ symbol: 'ADVANCED', value: 'y' });
    }
  });
});
