import { describe, expect, test } from 'vitest';
import { readKbuild } from '../../../src/kernel/kbuild/kbuild.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';
import { base, problems, read, shown, states } from './trees.ts';

describe('what lists a module', () => {
  test('one line, one symbol', () => {
    const kbuild = read('obj-$(CONFIG_NFT_CT) += nft_ct.o\n');
    expect(kbuild.modules).toEqual([
      {
        name: 'nft_ct',
        path: 'd/nft_ct.ko',
        symbols: ['NFT_CT'],
        architectures: null,
        rules: [
          {
            file: 'd/Makefile',
            line: 1,
            column: 25,
            folder: 'd',
            condition: [{ architectures: null, requires: [{ symbol: 'NFT_CT', values: ['m'], not: false }] }],
            folders: [],
          },
        ],
        builtin: [
          {
            file: 'd/Makefile',
            line: 1,
            column: 25,
            folder: 'd',
            condition: [{ architectures: null, requires: [{ symbol: 'NFT_CT', values: ['y'], not: false }] }],
            folders: [],
          },
        ],
      },
    ]);
    expect(kbuild.problems).toEqual([]);
  });

  test('curly brackets, no blank, several objects, a comment', () => {
    const kbuild = read('obj-${CONFIG_A}+=a.o b-c.o # not this.o\n');
    expect(shown(kbuild)).toEqual(['d/a.ko: A=m', 'd/b-c.ko: A=m']);
  });

  test('names are found with - as with _', () => {
    const kbuild = read('obj-$(CONFIG_A) += b-c.o\nobj-$(CONFIG_B) += b_c.o\n');
    expect(kbuild.find('b-c').map(({ path }) => path)).toEqual(['d/b-c.ko', 'd/b_c.ko']);
    expect(kbuild.find('b_c')).toEqual(kbuild.find('b-c'));
    expect(kbuild.find('c')).toEqual([]);
  });

  test('modules by symbol', () => {
    const kbuild = read('obj-$(CONFIG_A) += a.o b.o\nobj-$(CONFIG_B) += b.o\n');
    expect(kbuild.madeBy('A').map(({ name }) => name)).toEqual(['a', 'b']);
    expect(kbuild.madeBy('B').map(({ name }) => name)).toEqual(['b']);
    expect(kbuild.madeBy('C')).toEqual([]);
  });

  test('a line that goes on has the place of the word', () => {
    const kbuild = read('# first\nobj-$(CONFIG_A) += \\\n\ta.o \\\n\tb.o\n');
    expect(kbuild.modules.map(({ rules: [rule] }) => `${rule!.line}:${rule!.column}`)).toEqual([
      '3:2',
      '4:2',
    ]);
  });

  test('two lines are alternatives, and what is built in is no module', () => {
    const kbuild = read('obj-$(CONFIG_A) += x.o\nobj-$(CONFIG_B) += x.o\n');
    expect(shown(kbuild)).toEqual(['d/x.ko: A=m & B!=y', 'd/x.ko: A!=y & B=m']);
    expect(kbuild.modules[0]!.symbols).toEqual(['A', 'B']);
    expect(states(kbuild, 'A=m')).toBe('x.ko=m');
    expect(states(kbuild, 'A=m B=m')).toBe('x.ko=m');
    expect(states(kbuild, 'A=m B=y')).toBe('x.ko=y');
    expect(states(kbuild, '')).toBe('');
  });

  test('composites are named by obj-m, whatever they are made of', () => {
    const kbuild = read(`obj-$(CONFIG_A) += a.o b.o c.o
a-objs := a1.o a2.o
b-y := b1.o
b-$(CONFIG_B) += b2.o
b-m += b3.o
c-objs-$(CONFIG_C) := c1.o
`);
    expect(shown(kbuild)).toEqual(['d/a.ko: A=m', 'd/b.ko: A=m', 'd/c.ko: A=m']);
  });

  test('a list that another list takes over: rdma_cm', () => {
    const kbuild = read(`infiniband-$(CONFIG_INFINIBAND_ADDR_TRANS) := rdma_cm.o
obj-$(CONFIG_INFINIBAND) += ib_core.o $(infiniband-y)
ib_core-y := packer.o
rdma_cm-y := cma.o
`);
    expect(shown(kbuild)).toEqual([
      'd/ib_core.ko: INFINIBAND=m',
      'd/rdma_cm.ko: INFINIBAND=m & INFINIBAND_ADDR_TRANS=y',
    ]);
    expect(kbuild.find('rdma_cm')[0]!.symbols).toEqual(['INFINIBAND']);
  });

  test('a list for several symbols: matroxfb', () => {
    const kbuild = read(`my-obj-$(CONFIG_FB_MATROX_G) += g450_pll.o
obj-$(CONFIG_FB_MATROX) += matroxfb_base.o $(my-obj-y)
obj-$(CONFIG_FB_MATROX_I2C) += i2c-matroxfb.o
`);
    expect(shown(kbuild)).toEqual([
      'd/g450_pll.ko: FB_MATROX=m & FB_MATROX_G=y',
      'd/i2c-matroxfb.ko: FB_MATROX_I2C=m',
      'd/matroxfb_base.ko: FB_MATROX=m',
    ]);
  });

  test('y and m of another symbol: l2tp', () => {
    const kbuild = read('obj-$(subst y,$(CONFIG_L2TP),$(CONFIG_PPPOL2TP)) += l2tp_ppp.o\n');
    expect(states(kbuild, 'L2TP=m PPPOL2TP=y')).toBe('l2tp_ppp.ko=m');
    expect(states(kbuild, 'L2TP=y PPPOL2TP=m')).toBe('l2tp_ppp.ko=m');
    expect(states(kbuild, 'L2TP=y PPPOL2TP=y')).toBe('l2tp_ppp.ko=y');
    expect(states(kbuild, 'PPPOL2TP=y')).toBe('');
    expect([...kbuild.modules[0]!.symbols].sort()).toEqual(['L2TP', 'PPPOL2TP']);
  });

  test('a symbol named for flags lists as any other', () => {
    expect(shown(read('obj-$(CONFIG_DEBUG_IRQFLAGS) += irqflag-debug.o\n'))).toEqual([
      'd/irqflag-debug.ko: DEBUG_IRQFLAGS=m',
    ]);
  });

  test('a line without a symbol', () => {
    const kbuild = read('ifdef CONFIG_A\nobj-m := a.o\nendif\nobj-m += b.o\n', {
      Kbuild: 'obj-$(CONFIG_D) += d/\n',
    });
    expect(shown(kbuild)).toEqual(['d/a.ko: A!=n if D=m|y', 'd/b.ko: always if D=m|y']);
    // What makes it is then what visits the folder.
    expect(kbuild.find('b')[0]!.symbols).toEqual(['D']);
  });

  test('other lists make no modules', () => {
    const kbuild = read(`hostprogs := gen
always-$(CONFIG_A) += a.o
extra-$(CONFIG_A) += b.o
lib-$(CONFIG_A) += c.o
targets += d.o
subdir-$(CONFIG_A) += e
gen-objs := f.o
obj-$(CONFIG_A) += data.dtb
$(obj)/gen.o: $(src)/gen.c FORCE
	obj-m += g.o
`);
    expect(shown(kbuild)).toEqual([]);
    expect(problems(kbuild)).toEqual(['d/Makefile:8:1 unclear-object']);
  });

  test('an object below, beside, or out of the tree', () => {
    const kbuild = read('obj-$(CONFIG_A) += sub/a.o ../e/b.o ../../c.o ./d.o\n');
    expect(shown(kbuild)).toEqual(['d/d.ko: A=m', 'd/sub/a.ko: A=m', 'e/b.ko: A=m']);
    expect(problems(kbuild)).toEqual(['d/Makefile:1:1 unclear-object']);
  });
});

describe('what symbols can be', () => {
  const text = 'obj-$(CONFIG_BOOL) += b.o\nobj-$(CONFIG_TRI) += t.o\nobj-$(CONFIG_NONE) += n.o\n';
  const typeOf = (symbol: string) => (({ BOOL: 'bool', TRI: 'tristate' }) as const)[symbol] ?? 'none';

  test('without their types, anything', () => {
    expect(shown(read(text))).toHaveLength(3);
  });

  test('only a tristate makes a module', () => {
    expect(shown(read(text, {}, { typeOf }))).toEqual(['d/t.ko: TRI=m']);
  });

  test('a tristate that is set is y or m', () => {
    const kbuild = read('ifdef CONFIG_TRI\nobj-m += a.o\nendif\n', {}, { typeOf });
    expect(shown(kbuild)).toEqual(['d/a.ko: TRI=m|y']);
  });

  test('a string is what it is compared with', () => {
    const kbuild = read(
      'ifeq ($(CONFIG_NAME),foo)\nobj-m += a.o\nendif\nifdef CONFIG_NAME\nobj-m += b.o\nendif\n',
    );
    expect(shown(kbuild)).toEqual(['d/a.ko: NAME=foo', 'd/b.ko: NAME!=n']);
    expect(states(kbuild, 'NAME=foo')).toBe('a.ko=m b.ko=m');
    expect(states(kbuild, 'NAME=bar')).toBe('b.ko=m');
  });
});

describe('folders', () => {
  test('conditions of all folders on the way, the outermost first', () => {
    const kbuild = read('obj-$(CONFIG_B) += e/\n', {
      Kbuild: 'obj-$(CONFIG_A) += d/\n',
      'd/e/Makefile': 'obj-y += f/\n',
      'd/e/f/Kbuild': 'obj-$(CONFIG_C) += c.o\n',
      'd/e/f/Makefile': 'obj-$(CONFIG_NOT_READ) += not.o\n',
    });
    expect(shown(kbuild)).toEqual(['d/e/f/c.ko: C=m if A=m|y if B=m|y']);
    expect(kbuild.modules[0]!.rules[0]!.folders).toMatchObject([
      { path: 'd', file: 'Kbuild', line: 1, column: 20 },
      { path: 'd/e', file: 'd/Makefile', line: 1, column: 20 },
    ]);
    expect(states(kbuild, 'A=m B=y C=m')).toBe('e/f/c.ko=m');
    expect(states(kbuild, 'A=y B=y C=y')).toBe('e/f/c.ko=y');
    expect(states(kbuild, 'B=y C=m')).toBe('');
    // Visited for modules only, what is to be built in is not built at all.
    expect(states(kbuild, 'A=m B=y C=y')).toBe('');
  });

  test('several folders at once, and a folder that is listed twice', () => {
    const kbuild = read('obj-$(CONFIG_A) += e/f/\nobj-$(CONFIG_B) += e/f/\n', {
      'd/e/f/Makefile': 'obj-m += c.o\n',
    });
    expect(shown(kbuild)).toEqual(['d/e/f/c.ko: always if A=m|y or B=m|y']);
  });

  test('a folder with two ways to it', () => {
    const kbuild = read('obj-$(CONFIG_A) += e/\nobj-$(CONFIG_B) += e/f/\n', {
      'd/e/Makefile': 'obj-$(CONFIG_E) += f/\n',
      'd/e/f/Makefile': 'obj-$(CONFIG_C) += c.o\n',
    });
    expect(shown(kbuild)).toEqual(['d/e/f/c.ko: C=m if A=m|y & E=m|y or B=m|y']);
  });

  test('folders that list one another', () => {
    const kbuild = read('obj-$(CONFIG_A) += e/\nobj-y += ./\n', {
      'd/e/Makefile': 'obj-$(CONFIG_B) += ../\nobj-$(CONFIG_C) += c.o\n',
    });
    expect(states(kbuild, 'A=y C=m')).toBe('e/c.ko=m');
    expect(states(kbuild, 'B=y C=m')).toBe('');
  });

  test('subdir-y visits without making modules', () => {
    const kbuild = read('subdir-y += e\n', { 'd/e/Makefile': 'obj-m += c.o\n' });
    expect(shown(kbuild)).toEqual([]);
  });

  test('a folder without a makefile', () => {
    const kbuild = read('obj-y += none/\nobj-$(CONFIG_A) += a.o\n');
    expect(shown(kbuild)).toEqual(['d/a.ko: A=m']);
    expect(problems(kbuild)).toEqual(['d/Makefile:1:1 missing-makefile']);
  });

  test('a module that is made in two folders', () => {
    const kbuild = read('obj-$(CONFIG_A) += e/ x.o\n', { 'd/e/Makefile': 'obj-$(CONFIG_B) += ../x.o x.o\n' });
    expect(kbuild.find('x').map(({ path }) => path)).toEqual(['d/e/x.ko', 'd/x.ko']);
    expect(shown(kbuild)).toEqual(['d/e/x.ko: B=m if A=m|y', 'd/x.ko: A=m', 'd/x.ko: B=m if A=m|y']);
  });
});

describe('architectures', () => {
  const files = {
    Kbuild: `obj-y += d/
obj-y += arch/$(SRCARCH)/
obj-y += $(ARCH_CORE)
obj-y += $(ARCH_LIB)
obj-y += $(ARCH_DRIVERS)
`,
    Makefile: `build-dir := .
srctree := .
SRCARCH := $(ARCH)
libs-y := lib/
include $(srctree)/arch/$(SRCARCH)/Makefile
export ARCH_CORE := $(core-y)
export ARCH_LIB := $(filter %/, $(libs-y))
export ARCH_DRIVERS := $(drivers-y) $(drivers-m)
export BITS SRCARCH
`,
    'lib/Makefile': 'obj-$(CONFIG_L) += l.o\n',
    'arch/mips/Makefile': 'libs-y += arch/mips/lib/\ndrivers-$(CONFIG_PCI) += arch/mips/pci/\nBITS := 32\n',
    'arch/mips/Kbuild': 'obj-$(CONFIG_K) += kvm/\n',
    'arch/mips/kvm/Makefile': 'obj-$(CONFIG_K) += kvm.o\n',
    'arch/mips/lib/Makefile': 'obj-$(CONFIG_L) += ml.o\n',
    'arch/mips/pci/Makefile': 'obj-$(CONFIG_P) += mp.o\n',
    'arch/x86/Makefile': 'core-y += arch/x86/crypto/\nBITS := 64\n',
    'arch/x86/crypto/Makefile': 'obj-$(CONFIG_C) += xc.o\n',
    'arch/um/Makefile': 'core-y += arch/x86/crypto/\nBITS := 64\n',
    'arch/um/Kbuild': '',
  };
  const text = 'obj-$(CONFIG_A) += a_$(BITS).o\nifeq ($(SRCARCH),mips)\nobj-$(CONFIG_B) += b.o\nendif\n';

  test('one', () => {
    const kbuild = read(text, files);
    expect(kbuild.architectures).toEqual(['mips']);
    expect(shown(kbuild)).toEqual([
      'arch/mips/kvm/kvm.ko: K=m if K=m|y',
      'arch/mips/lib/ml.ko: L=m',
      'arch/mips/pci/mp.ko: P=m if PCI=m|y',
      'd/a_32.ko: A=m',
      'd/b.ko: B=m',
      'lib/l.ko: L=m',
    ]);
    expect(kbuild.problems).toEqual([]);
  });

  test('all at once', () => {
    const kbuild = read(text, files, { arch: 'all' });
    expect(kbuild.architectures).toEqual(['mips', 'um', 'x86']);
    expect(shown(kbuild)).toEqual([
      'arch/mips/kvm/kvm.ko: K=m if [mips] if K=m|y on mips',
      'arch/mips/lib/ml.ko: L=m if [mips] on mips',
      'arch/mips/pci/mp.ko: P=m if [mips] & PCI=m|y on mips',
      'arch/x86/crypto/xc.ko: C=m if [um x86] on um x86',
      'd/a_32.ko: [mips] & A=m on mips',
      'd/a_64.ko: [um x86] & A=m on um x86',
      'd/b.ko: [mips] & B=m on mips',
      'lib/l.ko: L=m',
    ]);
    expect(states(kbuild, 'A=m C=m L=m', 'x86')).toBe('arch/x86/crypto/xc.ko=m a_64.ko=m lib/l.ko=m');
    expect(states(kbuild, 'A=m C=m L=m', 'mips')).toBe('arch/mips/lib/ml.ko=m a_32.ko=m lib/l.ko=m');
    expect(kbuild.problems).toEqual([]);
  });

  test('folders that the root itself visits, as up to Linux 6.0', () => {
    const kbuild = read('obj-$(CONFIG_A) += a.o\n', {
      Kbuild: '# only rules\n',
      Makefile: `srctree := .
core-y := init/ arch/$(ARCH)/
drivers-y := d/ drivers/
drivers-$(CONFIG_NET) += net/
libs-y := lib/
include $(srctree)/arch/$(ARCH)/Makefile
`,
      'arch/mips/Makefile': 'libs-y += arch/mips/lib/ -lgcc\n',
      'arch/mips/lib/Makefile': 'obj-$(CONFIG_L) += ml.o\n',
      'init/Makefile': '',
      'lib/Makefile': 'obj-$(CONFIG_L) += l.o\n',
      'net/Makefile': 'obj-$(CONFIG_N) += n.o\n',
      'drivers/Makefile': 'obj-y += x/\n',
      'drivers/x/Makefile': 'obj-$(CONFIG_X) += x.o\n',
    });
    expect(shown(kbuild)).toEqual([
      'arch/mips/lib/ml.ko: L=m',
      'd/a.ko: A=m',
      'drivers/x/x.ko: X=m',
      'lib/l.ko: L=m',
      'net/n.ko: N=m if NET=m|y',
    ]);
    expect(kbuild.find('n')[0]!.rules[0]!.folders).toMatchObject([{ file: 'Makefile', line: 4, column: 26 }]);
    expect(kbuild.problems).toEqual([]);
  });

  test('the root visits folders, and writes archives over their names (Linux 4.19 and 5.4)', () => {
    const kbuild = read('obj-$(CONFIG_A) += a.o\n', {
      Makefile: `ifeq ($(mixed-targets),1)
else
drivers-y := d/
libs-y := lib/
core-y := usr/
include arch/$(ARCH)/Makefile
core-y += kernel/
vmlinux-dirs := $(patsubst %/,%,$(filter %/, $(core-y) $(drivers-y) $(drivers-m) $(libs-y)))
drivers-y := $(patsubst %/, %/built-in.a, $(drivers-y))
core-y := $(patsubst %/, %/built-in.a, $(core-y))
libs-y1 := $(patsubst %/, %/lib.a, $(libs-y))
ifdef CONFIG_SAMPLES
vmlinux-dirs += samples
endif
build-dir = $(patsubst %/,%,$(dir $@))
endif
`,
      Kbuild: '',
      'arch/mips/Makefile': 'core-$(CONFIG_PLATFORM) += arch/mips/platform/\n',
      'arch/mips/platform/Makefile': 'obj-$(CONFIG_P) += p.o\n',
      'kernel/Makefile': 'obj-$(CONFIG_K) += k.o\n',
      'lib/Makefile': 'obj-$(CONFIG_L) += l.o\n',
      'samples/Makefile': 'obj-$(CONFIG_S) += s.o\n',
      'usr/Makefile': '',
    });
    expect(kbuild.problems).toEqual([]);
    expect(shown(kbuild)).toEqual([
      'arch/mips/platform/p.ko: P=m if PLATFORM=m|y',
      'd/a.ko: A=m',
      'kernel/k.ko: K=m',
      'lib/l.ko: L=m',
      'samples/s.ko: S=m if SAMPLES!=n',
    ]);
  });

  test('what a folder exports is for the folders below', () => {
    const kbuild = read('export PART := p\nobj-y += e/\n', {
      'd/e/Makefile': 'obj-$(CONFIG_A) += a-$(PART).o\n',
    });
    expect(shown(kbuild)).toEqual(['d/e/a-p.ko: A=m']);
  });
});

describe('not a kernel', () => {
  test.each([
    ['nothing', {}, 'Makefile:1:1 not-a-kernel'],
    ['no arch folder', { Makefile: 'obj-m += a.o\n' }, 'Makefile:1:1 not-a-kernel'],
    ['no makefile', { 'arch/mips/Makefile': '' }, 'Makefile:1:1 not-a-kernel'],
    ['another architecture', { Makefile: '', 'arch/x86/Makefile': '' }, 'arch:1:1 unknown-architecture'],
  ])('%s', (_, files, problem) => {
    const kbuild = readKbuild(memoryTree(files), { arch: 'mips' });
    expect(problems(kbuild)).toEqual([problem]);
    expect(kbuild.modules).toEqual([]);
  });

  test('a kernel without folders', () => {
    const kbuild = readKbuild(memoryTree({ ...base, Kbuild: '' }), { arch: 'mips' });
    expect(kbuild).toMatchObject({ modules: [], problems: [] });
  });
});
