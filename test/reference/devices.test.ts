/**
 * The loaders of Liminix's devices, each resolved on the device's own kernel: its sources, patched as Liminix patches them,
 * with what the rest of its system sets as the base.
 *
 * LIMINIX and NIXPKGS_LIB are as in the other tests of Liminix; LIMINIX_KERNELS names the folder with the patched trees, which
 * are called as `treeOf` calls them. A tree that is missing is a visible skip.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { resolve } from '../../src/kernel/resolve.ts';
import { makeLoader } from '../../src/targets/target-list.ts';
import { Possible } from '../kernel/possible.ts';
import {
  confirm,
  gates,
  kernelOf,
  misjudged,
  needless,
  refusals,
  repicked,
  strayed,
  targetsOf,
} from '../kernel/solutions.ts';
import { devices, liminix } from '../real/liminix.ts';
import { readDevice, treeOf } from './device-loaders.ts';

const { LIMINIX_KERNELS } = process.env;

describe.skipIf(liminix === undefined || LIMINIX_KERNELS === undefined)(
  "the devices' loaders on their own kernels (LIMINIX, NIXPKGS_LIB, LIMINIX_KERNELS)",
  () => {
    const rows: string[] = [];
    afterAll(() => {
      console.log(['device | kernel | base | loaders | targets | assignments', ...rows].join('\n'));
    });

    test.for(devices)('%s', async (device, { skip }) => {
      const { arch, version, tree, base: all, loaders } = readDevice(device);
      // The firewall's, the modem's, and what the device itself has.
      expect(loaders.length).toBeGreaterThanOrEqual(3);
      expect(loaders.flat()).toEqual(expect.arrayContaining(['nft_ct', 'huawei_cdc_ncm']));
      const folder = join(LIMINIX_KERNELS!, tree);
      skip(!existsSync(join(folder, 'Makefile')), `${LIMINIX_KERNELS} has no ${tree}`);
      const kernel = kernelOf(folder, arch);
      expect(kernel.series).toBe(version.split('.').slice(0, 2).join('.'));

      // What a person wrote for these very loaders is what is asked for here.
      const own = loaders.flat().flatMap((target) => kernel.modules.find(target));
      const written = new Set(own.flatMap(({ symbols }) => symbols));
      const base = new Map([...all].filter(([symbol]) => !written.has(symbol)));
      const asked = loaders.map((targets, number) => makeLoader(`loader-${number}`, [...new Set(targets)]));
      const resolution = resolve(kernel, asked, base);
      const targets = targetsOf(resolution);
      const { assignments } = resolution;
      const shares = resolution.loaders.map((loader) => loader.assignments.length).join(' + ');
      rows.push(
        `${device} | ${tree} (${kernel.version}, ${arch}) | ${base.size} of ${all.size} | ${loaders.length} | ${targets.length} | ` +
          `${assignments.length} (${shares})`,
      );

      expect.soft(resolution.loaders.flatMap(({ unknown }) => unknown)).toEqual([]);
      expect.soft(refusals(kernel, resolution)).toEqual([]);
      const verification = await confirm(kernel, folder, base, resolution);
      expect.soft(verification.differences).toEqual([]);
      expect.soft(verification.targets).toBe(resolution.loaders.flatMap((loader) => loader.targets).length);
      expect.soft(misjudged(kernel, base, resolution)).toEqual([]);
      expect.soft(needless(kernel, base, resolution)).toEqual([]);
      expect.soft(gates(base, resolution)).toEqual([]);
      expect.soft(repicked(kernel, base, resolution)).toEqual([]);
      expect.soft(strayed(kernel, base, resolution, new Possible(kernel.kconfig, base))).toEqual([]);
    });
  },
);

test('a tree is called by what its device does to the sources', () => {
  const openwrt = (family: string): string =>
    `cp -r x/target/linux/generic/files/. .\ncp -r x/target/linux/${family}/files/. .\n`;
  expect(treeOf(openwrt('ath79'), '6.12.85')).toBe('ath79-6.12');
  expect(treeOf(`${openwrt('ramips')}for i in x/patches/rt2x00/6*; do`, '5.15.137')).toBe(
    'ramips-rt2x00-5.15',
  );
  expect(treeOf('true', '6.7.4')).toBe('plain-6.7');
});
