/**
 * What OpenWrt puts on nine boards, asked for on Debian's kernel of the same series.
 *
 * OPENWRT names a checkout of OpenWrt, LINUX_SRC a kernel's sources of a series that its targets have a configuration for.
 * Debian's sources lack OpenWrt's patches, and with them some symbols of the boards: what depends on those has to be refused,
 * for a reason that is so.
 */
import { resolve as resolvePath } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/kernel/kconfig/config.ts';
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
  unproved,
  untouchable,
} from '../kernel/solutions.ts';
import { type Board, moduleName, readBoard, readBoardConfig } from './openwrt.ts';

const [openwrt, linux] = [process.env.OPENWRT, process.env.LINUX_SRC].map(
  (folder) => folder && resolvePath(folder),
) as [string?, string?];

/** Of different targets, the most crowded or best known board of each. */
const boards: Board[] = [
  { target: 'ath79/generic', device: 'glinet_gl-ar750' },
  { target: 'bcm27xx/bcm2711', device: 'rpi-4' },
  { target: 'ipq40xx/generic', device: 'linksys_whw03' },
  { target: 'lantiq/xrx200', device: 'arcadyan_vrv9510kwac23' },
  { target: 'mediatek/filogic', device: 'openwrt_one' },
  { target: 'mvebu/cortexa9', device: 'cznic_turris-omnia' },
  { target: 'ramips/mt7621', device: 'huasifei_ws1208v2' },
  { target: 'rockchip/armv8', device: 'radxa_rock-5t' },
  { target: 'x86/64', device: 'generic' },
];

describe.skipIf(openwrt === undefined || linux === undefined)(
  "OpenWrt's module lists on Debian's kernel (OPENWRT, LINUX_SRC)",
  () => {
    test.each(boards)('$target $device', async (board) => {
      const { series } = kernelOf(linux!, 'mips');
      const { arch, packages, missing } = readBoard(openwrt!, linux!, series, board);
      const kernel = kernelOf(linux!, arch);
      const { kconfig } = kernel;
      const { assignments: base, unknown } = readConfig(readBoardConfig(openwrt!, series, board), kconfig);
      const names = new Set(packages.flatMap(({ files }) => files.map(moduleName)));
      const resolution = resolve(kernel, [makeLoader('board', [...names])], base);

      const [loader] = resolution.loaders;
      const targets = targetsOf(resolution);
      const refused = refusals(kernel, resolution);
      console.log(
        [
          `${board.target} ${board.device} (${arch}): ${packages.length} packages, ${missing.length} from elsewhere; ` +
            `${names.size} modules, ${loader!.unknown.length} not of this tree; ` +
            `base ${base.size} symbols, ${unknown.length} not of this tree`,
          `${targets.length - refused.length} solved by ${resolution.assignments.length} assignments, ${refused.length} refused`,
          `not of this tree: ${loader!.unknown.join(' ')}`,
          ...refused.map((line) => `refused ${line}`),
        ].join('\n'),
      );
      expect(targets.length).toBeGreaterThan(10);

      const verification = await confirm(kernel, linux!, base, resolution);
      expect.soft(verification.differences).toEqual([]);
      expect.soft(verification.assignments).toBe(resolution.assignments.length);
      expect.soft(misjudged(kernel, base, resolution)).toEqual([]);
      expect.soft(needless(kernel, base, resolution)).toEqual([]);
      expect.soft(gates(base, resolution)).toEqual([]);
      expect.soft(repicked(kernel, base, resolution)).toEqual([]);
      // Whether a target can be had is known without the solver too.
      const possible = new Possible(kconfig, base, untouchable(kernel));
      expect.soft(strayed(kernel, base, resolution, possible)).toEqual([]);
      for (const { target, module, outcome } of targets) {
        const had = outcome.status === 'module' || outcome.status === 'builtin';
        expect.soft(possible.makes(module, arch), `${target} can be had`).toBe(had);
        if (outcome.status === 'unreachable')
          expect.soft(unproved(kernel, base, { module }, outcome.certificate), target).toEqual([]);
      }
    });

    test('nine boards of nine targets', () => {
      expect(new Set(boards.map(({ target }) => target.split('/')[0])).size).toBe(9);
    });
  },
);
