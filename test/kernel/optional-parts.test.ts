/** A module's optional parts: which bools are such, and which of them are off. */
import { describe, expect, test } from 'vitest';
import { readIndex } from '../../src/kernel/index/read.ts';
import { writeIndex } from '../../src/kernel/index/write.ts';
import { type Kernel, readTree } from '../../src/kernel/kernel.ts';
import { optionalParts, PartsOff } from '../../src/kernel/optional-parts.ts';
import { resolve, settingsOf } from '../../src/kernel/resolve.ts';
import { memoryTree } from '../../src/kernel/tree.ts';
import { makeLoader } from '../../src/targets/target-list.ts';

const tree = memoryTree({
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\n',
  Kbuild: 'obj-y += radio/ other/\n',
  Kconfig: [
    'config MODULES\n\tbool "modules"\n\tmodules',
    'config PROC\n\tbool "files"',
    'config DEBUG_FS\n\tbool "debug files"',
    'config COMPILE_TEST\n\tbool "compile it all"',
    'config BIG\n\tdef_bool y',
    'source "arch/$(SRCARCH)/Kconfig"',
    'source "radio/Kconfig"',
    'source "other/Kconfig"',
  ].join('\n'),
  'arch/mips/Makefile': '',
  'arch/mips/Kconfig':
    'choice\n\tprompt "board"\nconfig BOARD_A\n\tbool "a"\nconfig BOARD_B\n\tbool "b"\nendchoice\n',
  'arch/arm/Makefile': '',
  'arch/arm/Kconfig': '',
  'radio/Kconfig': [
    'config RADIO\n\ttristate "radio"\n\tselect RADIO_CORE',
    'config RADIO_CORE\n\ttristate',
    'config RADIO_AHB\n\tbool "on-chip radios"\n\tdepends on RADIO',
    'config RADIO_PCI\n\tbool "cards"\n\tdefault y\n\tdepends on RADIO',
    'config RADIO_HIDDEN\n\tbool\n\tdepends on RADIO',
    'config RADIO_LED\n\tbool "lights"\n\tdepends on RADIO && PROC',
    'config RADIO_WAKE\n\tbool "wakes the device"',
    'config RADIO_DEBUG\n\tbool "messages"\n\tdepends on RADIO',
    'config RADIO_STATS\n\tbool "statistics"\n\tdepends on RADIO && DEBUG_FS',
    'config RADIO_BOARD\n\tbool "for board b"\n\tdepends on RADIO && BOARD_B',
    'config RADIO_ODD\n\tbool "only compiled"\n\tdepends on RADIO && COMPILE_TEST',
    'config RADIO_SMALL\n\tbool "for small machines"\n\tdepends on RADIO && !BIG',
    'choice\n\tprompt "speed"\n\tdepends on RADIO\nconfig RADIO_FAST\n\tbool "fast"\nconfig RADIO_SLOW\n\tbool "slow"\nendchoice',
    'config RADIO_DRIVERS\n\tbool "drivers"\n\tdepends on RADIO',
    ...[1, 2, 3, 4, 5, 6].map(
      (number) => `config DRIVER_${number}\n\ttristate "driver"\n\tdepends on RADIO_DRIVERS`,
    ),
    'config CHIP\n\ttristate "chip"\n\tdepends on RADIO',
    'config CHIP_FAN\n\tbool "fan"\n\tdepends on RADIO && CHIP',
  ].join('\n'),
  'radio/Makefile': [
    'obj-$(CONFIG_RADIO) += radio.o',
    'obj-$(CONFIG_RADIO_CORE) += radio_core.o',
    'obj-$(CONFIG_CHIP) += chip.o',
    'radio-y := main.o',
    'radio-$(CONFIG_RADIO_WAKE) += wake.o',
    'radio-$(CONFIG_RADIO_AHB) += ahb.o soc/ahb-two.o',
    'radio-$(CONFIG_RADIO_HIDDEN) += hidden.o',
    'radio-$(CONFIG_PROC) += proc.o',
    'radio_core-y := core.o',
    'radio_core-$(CONFIG_RADIO_WAKE) += wake-core.o',
  ].join('\n'),
  'other/Kconfig':
    'config OTHER\n\ttristate "other"\n\tdepends on RADIO\nconfig RADIO_ELSEWHERE\n\tbool "elsewhere"\n\tdepends on RADIO\n',
  'other/Makefile': 'obj-$(CONFIG_OTHER) += other.o\n',
});

function kernelOf(arch: string): Kernel {
  const { kernel, problems } = readTree(tree, arch);
  if (!kernel) throw new Error(JSON.stringify(problems));
  return kernel;
}

const mips = kernelOf('mips');
const kernels = {
  'a tree': mips,
  'an index': readIndex(writeIndex([kernelOf('arm'), mips], 'a test'), 'mips'),
};

describe.each(Object.entries(kernels))('of %s', (_, kernel) => {
  const radio = kernel.modules.find('radio')[0]!;

  test('those that add objects come first, those for debugging last', () => {
    const parts = optionalParts(kernel, radio);
    expect(parts.map(({ symbol, objects }) => [symbol, ...objects].join(' '))).toEqual([
      'RADIO_WAKE wake.o',
      'RADIO_AHB ahb.o soc/ahb-two.o',
      'RADIO_PCI',
      'RADIO_LED',
      'RADIO_BOARD',
      'RADIO_ODD',
      'RADIO_SMALL',
      'RADIO_DEBUG',
      'RADIO_STATS',
    ]);
    expect(parts.filter(({ debugging }) => debugging).map(({ symbol }) => symbol)).toEqual([
      'RADIO_DEBUG',
      'RADIO_STATS',
    ]);
    expect(parts[1]!.prompt).toBe('on-chip radios');
  });

  test('each belongs to one module, but for objects of several', () => {
    const of = (name: string) =>
      optionalParts(kernel, kernel.modules.find(name)[0]!).map(({ symbol }) => symbol);
    expect(of('chip')).toEqual(['CHIP_FAN']);
    expect(of('radio_core')).toEqual(['RADIO_WAKE']);
    expect(of('other')).toEqual([]);
    expect(kernel.objects.optionOf('RADIO_WAKE')).toEqual(['radio/radio.ko', 'radio/radio_core.ko']);
    expect(kernel.objects.optionOf('RADIO_FAST')).toEqual([]);
  });

  /** The parts of `radio` that are off, with what they lack. */
  function off(base: Record<string, string> = {}, kernelConfig: Record<string, string> = {}): string[] {
    const given = new Map(Object.entries(base));
    const loaders = [{ ...makeLoader('a', ['radio']), kernelConfig: new Map(Object.entries(kernelConfig)) }];
    const parts = new PartsOff(kernel, resolve(kernel, loaders, given), given, settingsOf(loaders));
    return parts.of(radio).map(({ symbol, needs }) => [symbol, ...needs].join(' - '));
  }

  test('what is on is not told, nor what cannot be had', () => {
    // RADIO_PCI is on by default; RADIO_ODD and RADIO_SMALL cannot be had here.
    expect(off()).toEqual([
      'RADIO_WAKE',
      'RADIO_AHB',
      'RADIO_LED - PROC',
      'RADIO_BOARD - BOARD_B',
      'RADIO_DEBUG',
      'RADIO_STATS - DEBUG_FS',
    ]);
  });

  test('what the base has, or its board excludes, is not told', () => {
    expect(off({ BOARD_A: 'y', RADIO_AHB: 'y', DEBUG_FS: 'y', COMPILE_TEST: 'y' })).toEqual([
      'RADIO_WAKE',
      'RADIO_LED - PROC',
      'RADIO_ODD',
      'RADIO_DEBUG',
      'RADIO_STATS',
    ]);
  });

  test('what the list has decided is not told', () => {
    expect(off({}, { RADIO_WAKE: 'n', RADIO_AHB: 'y', RADIO_DEBUG: 'n', PROC: 'y' })).toEqual([
      'RADIO_LED',
      'RADIO_BOARD - BOARD_B',
      'RADIO_STATS - DEBUG_FS',
    ]);
  });
});
