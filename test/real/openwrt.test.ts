/** How the reference tests read OpenWrt (test/reference/openwrt.ts), on a small checkout that nobody has. make reads it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  holdsFor,
  installed,
  moduleName,
  parseDevices,
  parsePackages,
  parseTarget,
  readBoard,
  readBoardConfig,
  withDependencies,
} from '../reference/openwrt.ts';
import { scratch } from './environment.ts';

const files: Record<string, string> = {
  'include/kernel.mk': `
version_filter = $(filter-out %@old,$(1))
split_version = $(subst ., ,$(1))
kernel_version_merge = $$(( $(word 1,$(1)) * 1000 + $(word 2,$(1)) ))
kernel_version_cmp =
kernel_patchver_ge = $(call kernel_version_cmp,-ge,$(KERNEL_PATCHVER),$(1))
define KernelPackage
$(error a package is built: $(1))
endef
`,
  'package/kernel/linux/Makefile': `
include $(TOPDIR)/include/kernel.mk
define KernelPackage/bus
  FILES:=$(LINUX_DIR)/drivers/bus/the-bus.ko
endef
$(eval $(call KernelPackage,bus))
define AddBus
  DEPENDS+=+kmod-bus $(1)
endef
define KernelPackage/wheels
  FILES:=$(foreach n,1 2,$(LINUX_DIR)/drivers/bus/wheel$(n).ko) $(LINUX_DIR)/drivers/bus/gone.ko@old
  FILES+=$(if $(call kernel_patchver_ge,6.6),$(LINUX_DIR)/lib/new.ko) $(if $(call kernel_patchver_ge,7.1),$(LINUX_DIR)/lib/newer.ko)
  DEPENDS:=@BUS_SUPPORT +TARGET_toy_big:kmod-horn +TARGET_other:kmod-sail +PACKAGE_kmod-x:kmod-y
  $(call AddBus,+kmod-not-here)
endef
define KernelPackage/wheels/toy
  FILES+=$(LINUX_DIR)/drivers/toy/toy-wheel.ko
endef
$(eval $(call KernelPackage,wheels))
`,
  'package/kernel/horn/Makefile': `
include $(TOPDIR)/include/kernel.mk
define KernelPackage/horn
  FILES:=$(TOPDIR)/build_dir/horn/horn.ko
endef
$(eval $(call KernelPackage,horn))
`,
  'package/kernel/toy/horn-firmware/Makefile': '$(error no kernel package is in this file)\n',
  'target/linux/toy/Makefile': `
dumpinfo:
	@echo 'Target: toy/$(SUBTARGET)'
	@echo 'Target-Features: bus pci'
	@echo 'Linux-Kernel-Arch: mips'
	@echo 'Default-Packages: base-files kmod-wheels kmod-lamp'
`,
  'target/linux/toy/image/Makefile': `
dumpinfo:
	@echo 'Target-Profile: DEVICE_maker_small'
	@echo 'Target-Profile-Packages: -kmod-wheels'
	@echo
	@echo 'Target-Profile: DEVICE_maker_large'
	@echo 'Target-Profile-Packages: kmod-horn -kmod-lamp tool'
`,
  'target/linux/generic/config-6.12': 'CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\n',
  'target/linux/toy/config-6.12': '# CONFIG_B is not set\n',
  'target/linux/toy/big/config-6.12': 'CONFIG_C=m\n',
  'target/linux/toy/big/config-6.6': 'CONFIG_D=m\n',
};

function checkout(): string {
  const folder = scratch();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('a small checkout', () => {
  test("a board's kernel packages, with what they depend on, as make has them", () => {
    const folder = checkout();
    expect(readBoard(folder, '/linux', '6.12', { target: 'toy/big', device: 'maker_large' })).toEqual({
      arch: 'mips',
      packages: [
        {
          name: 'kmod-wheels',
          depends: [
            ...['@BUS_SUPPORT', '+TARGET_toy_big:kmod-horn', '+TARGET_other:kmod-sail'],
            ...['+PACKAGE_kmod-x:kmod-y', '+kmod-bus', '+kmod-not-here'],
          ],
          files: [
            ...['drivers/bus/wheel1.ko', 'drivers/bus/wheel2.ko', 'lib/new.ko'],
            'drivers/toy/toy-wheel.ko',
          ],
        },
        { name: 'kmod-horn', depends: [], files: [`${folder}/build_dir/horn/horn.ko`] },
        { name: 'kmod-bus', depends: [], files: ['drivers/bus/the-bus.ko'] },
      ],
      missing: ['kmod-not-here'],
    });
  });

  test('what a device takes away is not there', () => {
    const board = { target: 'toy/big', device: 'maker_small' };
    expect(readBoard(checkout(), '/linux', '6.12', board)).toEqual({
      arch: 'mips',
      packages: [],
      missing: ['kmod-lamp'],
    });
  });

  test('a device that is not there is named, with those that are', () => {
    expect(() =>
      readBoard(checkout(), '/linux', '6.12', { target: 'toy/big', device: 'maker_huge' }),
    ).toThrow('OpenWrt has no maker_huge in toy/big; it has maker_small,maker_large');
  });

  test('the configuration of a series: of all boards, the target, the subtarget', () => {
    const text = readBoardConfig(checkout(), '6.12', { target: 'toy/big', device: 'x' });
    expect(text.trim().split(/\n+/)).toEqual([
      ...['CONFIG_A=y', 'CONFIG_B=y', '# CONFIG_C is not set'],
      ...['# CONFIG_B is not set', 'CONFIG_C=m'],
    ]);
  });
});

describe('parts', () => {
  test('a target, and a text that names none', () => {
    expect(parseTarget('Linux-Kernel-Arch: arm64\nTarget-Features: usb  pci\n')).toEqual({
      arch: 'arm64',
      features: ['usb', 'pci'],
      packages: [],
    });
    expect(parseTarget('make: nothing to be done\n')).toBeUndefined();
  });

  test('devices without packages', () => {
    expect(parseDevices('Target-Profile: DEVICE_a\nTarget-Profile-Packages: \n')).toEqual(
      new Map([['a', []]]),
    );
  });

  test('lines of other kinds are no packages', () => {
    expect(parsePackages('Package: x\npackage|kmod-a|| /l/a/b.ko\n', '/l')).toEqual([
      { name: 'kmod-a', depends: [], files: ['a/b.ko'] },
    ]);
  });

  test('userland is left out', () => {
    expect(installed(['kmod-a', 'b', '-c', 'kmod-d', '-kmod-d'])).toEqual(['kmod-a']);
  });

  test('packages that depend on each other', () => {
    const a = { name: 'kmod-a', depends: ['kmod-b'], files: [] };
    const b = { name: 'kmod-b', depends: ['+kmod-a'], files: [] };
    const defined = new Map([
      [a.name, a],
      [b.name, b],
    ]);
    expect(withDependencies(['kmod-a'], defined, () => true)).toEqual({ packages: [a, b], missing: [] });
  });

  test.each([
    ['TARGET_ramips', true],
    ['TARGET_ramips_mt7621', true],
    ['TARGET_ramips_mt76', false],
    ['TARGET_ath79||TARGET_ramips', true],
    ['!TARGET_ramips', false],
    ['USB_SUPPORT', true],
    ['USB_GADGET_SUPPORT', true],
    ['PCI_SUPPORT', false],
    ['IPV6', true],
    ['!PACKAGE_kmod-x', true],
    ['PACKAGE_kmod-x', false],
  ])('%s: %s', (condition, holds) => {
    expect(holdsFor(condition, 'ramips/mt7621', ['usb', 'usbgadget'])).toBe(holds);
  });

  test('a name is as modprobe has it', () => {
    expect(moduleName('drivers/usb/storage/usb-storage.ko')).toBe('usb_storage');
  });
});
