/**
 * Optional parts beside the kernel's own tool: what we say is off is off in the `.config` that it completes, and those that
 * lack nothing are on once they are asked for.
 */
import { expect, test } from 'vitest';
import { type Kernel, readTree } from '../../../src/kernel/kernel.ts';
import { PartsOff } from '../../../src/kernel/optional-parts.ts';
import { resolve } from '../../../src/kernel/resolve.ts';
import { diskTree } from '../../../src/kernel/tree.ts';
import { makeLoader } from '../../../src/targets/target-list.ts';
import { type Architecture, full, runConf, seriesUnderTest, sources, valuesOf } from './kconfig-tool.ts';
import { base, fragment } from './solver-cases.ts';
import { chance } from './trees.ts';

/** Modules for each series and architecture. */
const count = full ? 150 : 4;
const cases = seriesUnderTest.flatMap((series) =>
  (full ? (['mips', 'arm64', 'x86'] as const) : (['mips'] as const)).map((arch) => ({ series, arch })),
);

test.each(cases)(
  'of random modules of $series for $arch, as conf has them',
  ({ series, arch }) => {
    const kernel = readTree(diskTree(sources(series)), arch).kernel as Kernel;
    const given = new Map(base(arch as Architecture));
    const modules = kernel.modules
      .all()
      .filter((module) => kernel.objects.options(module).length > 0)
      .sort((a, b) => chance(a.path, 7) - chance(b.path, 7));
    let tried = 0;
    let parts = 0;
    for (const module of modules) {
      if (tried === count) break;
      const resolution = resolve(kernel, [makeLoader('a', [module.name])], given);
      const [target] = resolution.loaders[0]!.targets;
      if (target?.outcome.status !== 'module' || target.module !== module) continue;
      tried++;
      const off = new PartsOff(kernel, resolution, given, new Map()).of(module);
      const solved = [
        ...given,
        ...resolution.assignments.map(({ symbol, value }) => [symbol, value] as [string, string]),
      ];
      const without = valuesOf(runConf(series, arch, fragment(kernel.kconfig, solved)).config!);
      const isOn = (values: ReadonlyMap<string, string>, symbol: string) => values.get(symbol) === 'y';
      expect(
        off.filter(({ symbol }) => isOn(without, symbol)),
        module.path,
      ).toEqual([]);
      const ready = off.filter(({ needs }) => needs.length === 0).map(({ symbol }) => symbol);
      parts += ready.length;
      const asked = [...solved, ...ready.map((symbol) => [symbol, 'y'] as [string, string])];
      const values = valuesOf(runConf(series, arch, fragment(kernel.kconfig, asked)).config!);
      expect(
        ready.filter((symbol) => !isOn(values, symbol)),
        module.path,
      ).toEqual([]);
    }
    expect(tried).toBe(count);
    expect(parts).toBeGreaterThan(count / 2);
  },
  600_000,
);
