/**
 * Debian's kernels: each module that is found alone, from as few makefiles as can be, is as it is when all are read. And what
 * is remembered of a tree answers as the tree does.
 */
import { describe, expect, test } from 'vitest';
import { storeIn } from '../../../src/cli/remembered/store.ts';
import { readRemembered } from '../../../src/cli/remembered/tree.ts';
import { findModules, type KbuildOptions, readKbuild } from '../../../src/kernel/kbuild/kbuild.ts';
import { readTree, readTreeKconfig } from '../../../src/kernel/kernel.ts';
import { diskTree, type SourceTree } from '../../../src/kernel/tree.ts';
import { scratch } from '../environment.ts';
import { chance, full, kernelSources } from './trees.ts';

const cases = full
  ? ['6.12', '6.1'].flatMap((series) =>
      ['mips', 'arm', 'arm64', 'x86', 'powerpc', 'um'].map((arch) => ({ series, arch, share: 1 })),
    )
  : [
      { series: '6.12', arch: 'mips', share: 0.01 },
      { series: '6.1', arch: 'x86', share: 0.005 },
    ];

describe.each(cases)('$series for $arch', ({ series, arch, share }) => {
  test('each module alone has the rules that it has among all', () => {
    const root = kernelSources(series);
    const tree = kept(diskTree(root));
    const { kconfig } = readTreeKconfig(tree, arch).known!;
    const options: KbuildOptions & { symbols: string[] } = {
      arch,
      symbols: [...kconfig.names()],
      typeOf: (symbol) => {
        const type = kconfig.symbol(symbol)?.type;
        if (type === undefined) return 'none';
        return type === 'bool' || type === 'tristate' ? type : 'text';
      },
    };
    const all = readKbuild(tree, options);
    expect(all.modules.length).toBeGreaterThan(5_000);
    const finder = findModules(tree, options);
    const names = [...new Set(all.modules.map(({ name }) => name))];
    for (const name of names.filter((each) => chance(each, 3) < share))
      expect(finder.find([name])!.modules, name).toEqual(all.find(name));
    expect(finder.find(['no_such_module'])!.modules).toEqual([]);
    const firewall = ['nft_ct', 'nf_conntrack', 'nft_masq', 'bridge', 'no_such_module'];
    const paths = new Set(firewall.flatMap((name) => all.find(name).map(({ path }) => path)));
    expect(finder.find(firewall)!.modules).toEqual(all.modules.filter(({ path }) => paths.has(path)));
  });

  test('what is remembered answers as the tree does', () => {
    const root = kernelSources(series);
    const plain = readTree(diskTree(root), arch).kernel!;
    const store = storeIn(scratch());
    const asked = ['nft_ct', 'bridge'];
    readRemembered(root, arch, asked, store, 'these').remember();
    for (let round = 0; round < 3; round++) {
      const { reading, remember } = readRemembered(root, arch, asked, store, 'these');
      const { kconfig, modules } = reading.kernel!;
      for (const name of asked)
        expect(modules.find(name).map(({ path, symbols }) => [path, symbols])).toEqual(
          plain.modules.find(name).map(({ path, symbols }) => [path, symbols]),
        );
      expect([...kconfig.names()]).toEqual([...plain.kconfig.names()]);
      // The second round leaves all modules behind, and the third finds them.
      if (round > 0) {
        expect(modules.names()).toEqual(plain.modules.names());
        expect(modules.all().map(({ path, symbols }) => [path, symbols])).toEqual(
          plain.modules.all().map(({ path, symbols }) => [path, symbols]),
        );
      }
      remember();
    }
  });
});

/** A tree whose files are read once: it is asked for thousands of times. */
function kept(tree: SourceTree): SourceTree {
  const texts = new Map<string, string | null>();
  return {
    list: (path) => tree.list(path),
    read(path) {
      let text = texts.get(path);
      if (text === undefined) {
        text = tree.read(path);
        texts.set(path, text);
      }
      return text;
    },
  };
}
