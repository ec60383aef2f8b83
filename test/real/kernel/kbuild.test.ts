/**
 * Debian's kernels: from the sources' makefiles and an image's configuration come exactly the modules of the image. And the
 * kernel's own makefiles, read by make under random configurations: the same objects are listed.
 */
import { describe, expect, test } from 'vitest';
import { holds, type Kbuild, moduleState, readKbuild } from '../../../src/kernel/kbuild/kbuild.ts';
import { diskTree } from '../../../src/kernel/tree.ts';
import { scratch } from '../environment.ts';
import { madeByMake } from './kbuild-make.ts';
import { chance, full, kernelImage, kernelSources, symbolsOfMakefiles, symbolTypes } from './trees.ts';

interface Case {
  series: string;
  architecture: string;
  metapackage: string;
  /** The kernel's name for the architecture. */
  arch: string;
}

const images: Case[] = [
  { series: '6.12', architecture: 'amd64', metapackage: 'linux-image-6.12-amd64', arch: 'x86' },
  { series: '6.1', architecture: 'amd64', metapackage: 'linux-image-amd64', arch: 'x86' },
];
const moreImages: Case[] = [
  { series: '6.12', architecture: 'arm64', metapackage: 'linux-image-6.12-arm64', arch: 'arm64' },
  { series: '6.1', architecture: 'arm64', metapackage: 'linux-image-arm64', arch: 'arm64' },
  { series: '6.1', architecture: 'armhf', metapackage: 'linux-image-armmp', arch: 'arm' },
  { series: '6.1', architecture: 'mipsel', metapackage: 'linux-image-4kc-malta', arch: 'mips' },
  { series: '6.1', architecture: 's390x', metapackage: 'linux-image-s390x', arch: 's390' },
];

describe.each(full ? [...images, ...moreImages] : images)(
  '$metapackage for $architecture',
  ({ series, architecture, metapackage, arch }) => {
    test('its modules, from its configuration, and no other', (context) => {
      const image = kernelImage(architecture, metapackage);
      if (!image) return context.skip(`the release has no ${metapackage} for ${architecture}`);
      const tree = sourcesOf(series, image.version);
      const typeOf = symbolTypes(tree);
      const value = (symbol: string): string => image.configuration.get(symbol) ?? 'n';
      const readings: Record<string, Kbuild> = {
        'this architecture': readKbuild(diskTree(tree), { arch, typeOf }),
        'all architectures': readKbuild(diskTree(tree), { arch: 'all', typeOf }),
        'without types': readKbuild(diskTree(tree), { arch }),
      };
      expect(image.modules.size).toBeGreaterThan(2_000);
      for (const [reading, kbuild] of Object.entries(readings)) {
        expect(kbuild.problems, reading).toEqual([]);
        const made = kbuild.modules.filter((module) => moduleState(module, value, arch) === 'm');
        expect(difference(new Set(made.map(({ path }) => path)), image.modules), reading).toEqual({
          missing: [],
          extra: [],
        });
        for (const module of made) {
          // What makes it is `m`, and it is found by its name and by its symbol.
          expect(module.symbols.map(value), module.path).toContain('m');
          expect(kbuild.find(module.name)).toContain(module);
          for (const symbol of module.symbols) expect(kbuild.madeBy(symbol)).toContain(module);
        }
      }
    });
  },
);

/** Where make reads the whole tree takes half a minute and more; by default a part of its folders is compared. */
const walks: { series: string; arch: string; seed: number; share: number }[] = full
  ? ['6.12', '6.1'].flatMap((series) =>
      ['mips', 'arm', 'arm64', 'x86', 'um', 'powerpc', 's390', 'riscv'].map((arch, index) => ({
        series,
        arch,
        seed: index + 1,
        share: 1,
      })),
    )
  : [
      { series: '6.12', arch: 'mips', seed: 11, share: 0.45 },
      { series: '6.1', arch: 'arm64', seed: 12, share: 0.45 },
    ];

/** Symbols with which an architecture's Makefile ends make, as none of its compilers can do what they ask for. */
const refused = new Set(['CPU_DADDI_WORKAROUNDS']);

describe.each(walks)('make reads $series for $arch, seed $seed', ({ series, arch, seed, share }) => {
  test('the same modules, linked from the same, and the same that is built in, under a random configuration', async () => {
    const tree = kernelSources(series);
    const configuration = new Map<string, string>();
    for (const symbol of symbolsOfMakefiles(tree)) {
      if (refused.has(symbol)) continue;
      const number = chance(symbol, seed);
      if (number < 0.9) configuration.set(symbol, number < 0.45 ? 'y' : 'm');
    }
    const visits = (folder: string): boolean => !folder.includes('/') || chance(folder, seed) < share;
    const made = await madeByMake(tree, arch, configuration, scratch(), visits);
    const kbuild = readKbuild(diskTree(tree), { arch });
    expect(made.failures).toEqual([]);

    const value = (symbol: string): string => configuration.get(symbol) ?? 'n';
    const asked = new Set(made.folders.map((folder) => (folder === '.' ? '' : folder)));
    const ours = { m: new Set<string>(), y: new Set<string>(), n: new Set<string>() };
    for (const module of kbuild.modules) {
      // Lines of folders that make was not asked about do not count.
      const state = moduleState(
        {
          ...module,
          rules: module.rules.filter(({ folder }) => asked.has(folder)),
          builtin: module.builtin.filter(({ folder }) => asked.has(folder)),
        },
        value,
        arch,
      );
      ours[state].add(module.path);
    }
    const known = new Set(kbuild.modules.map(({ path }) => path));
    const builtin = new Set([...made.builtin].map((path) => path.replace(/\.o$/, '.ko')));
    expect(made.modules.size).toBeGreaterThan(1_000);
    expect(builtin.size).toBeGreaterThan(500);
    expect({
      modules: difference(ours.m, made.modules),
      builtin: difference(ours.y, new Set([...builtin].filter((path) => known.has(path)))),
    }).toEqual({ modules: { missing: [], extra: [] }, builtin: { missing: [], extra: [] } });

    // What each module is linked from.
    const composition = kbuild.composition();
    const wrong = [...made.modules].flatMap((path) => {
      const linked = composition.of(path).filter(({ condition }) => holds(condition, value, arch));
      const theirs = made.members.get(path) ?? new Set([path.replace(/ko$/, 'o')]);
      const { missing, extra } = difference(new Set(linked.map((object) => object.path)), theirs);
      return missing!.length + extra!.length === 0 ? [] : [{ path, missing, extra }];
    });
    expect(made.members.size).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
    expect(kbuild.problems).toEqual([]);
  }, 600_000);
});

/** The sources of an image: the newest, or else those of just its version. */
function sourcesOf(series: string, version: string): string {
  const newest = kernelSources(series);
  return diskTree(newest)
    .read('Makefile')!
    .includes(`\nSUBLEVEL = ${sublevel(version)}\n`)
    ? newest
    : kernelSources(series, version);
}

function sublevel(version: string): string {
  return /^\d+\.\d+\.(\d+)/.exec(version)![1]!;
}

function difference(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): Record<string, string[]> {
  return {
    missing: [...theirs].filter((path) => !ours.has(path)).sort(),
    extra: [...ours].filter((path) => !theirs.has(path)).sort(),
  };
}
