import { appendFileSync, cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelTree, nixBuild, reference, run } from './environment.ts';
import {
  build,
  expectSameModules,
  firewall,
  loadOrder,
  moduleName,
  nixStore,
  ours,
  realLists,
  referenceLoader,
  withoutStorePaths,
} from './loader.ts';
import {
  buildTree,
  builtinModule,
  indexedTree,
  inStore,
  installedTree,
  readableScratch,
  readDependencies,
  removeModule,
  runDepmod,
} from './trees.ts';

const compare = test.skipIf(reference === undefined);

describe("each list of Liminix's own", () => {
  for (const { title, targets } of realLists(kernelTree())) {
    test.skipIf(reference === undefined || targets.length === 0)(
      `loads the same files in the same order as the reference: ${title}`,
      () => {
        const [mine, other] = build(ours(targets, kernelTree()), referenceLoader(targets, kernelTree()));
        expectSameModules(mine!, other!);

        const unload = readFileSync(join(other!.loader, 'unload.sh'), 'utf8');
        const removed = [...unload.matchAll(/^rmmod \$O\/(\S+)/gm)].map(([, file]) => file);
        expect(removed).toEqual(loadOrder(mine!).reverse());
      },
    );
  }

  test('becomes a service with both scripts, and dependencies', () => {
    const [service] = build(ours(['nft_ct'], kernelTree()));
    expect(service!.name).toBe('kmod-test');
    expect(service!.up).toContain(`sh ${service!.loader}/load.sh\n`);
    expect(service!.down).toContain(`sh ${service!.loader}/unload.sh\n`);
    expect(service!.dependencies).toEqual([]);
  });
});

describe('a kernel tree', () => {
  compare('may be a build tree, which has sources, links in circles and no modules.dep', () => {
    const tree = buildTree();
    expectSameModules(...pair(firewall, tree));
  });

  compare('may be in the Nix store, for a builder that may not write there', () => {
    const tree = inStore(buildTree());
    expectSameModules(...pair(firewall, tree));
  });

  compare('may have an old modules.dep, which is not believed', () => {
    const tree = installedTree();
    const whole = installedTree();
    removeModule(tree, 'nf_conntrack');
    runDepmod(tree);
    cpSync(join(whole, 'kernel'), join(tree, 'kernel'), { recursive: true });
    expect(readFileSync(join(tree, 'modules.dep'), 'utf8')).not.toContain('/nf_conntrack.ko');

    const [mine, other] = pair(['nft_ct'], tree);
    expectSameModules(mine, other);
    expect(loadOrder(mine).map(moduleName)).toContain('nf_conntrack');
  });

  compare('may be reached by a link', () => {
    const tree = installedTree();
    const link = join(readableScratch(), 'link');
    symlinkSync(tree, link);
    expectSameModules(...pair(['nft_ct'], link));
  });

  compare('may have builtin what a module says it depends on', () => {
    const tree = installedTree();
    appendFileSync(join(tree, 'modules.builtin'), `${removeModule(tree, 'nf_conntrack')}\n`);
    const [mine, other] = pair(['nft_ct'], tree);
    expectSameModules(mine, other);
    expect(loadOrder(mine).map(moduleName)).not.toContain('nf_conntrack');
  });

  test('that lacks what a target depends on fails the build, and that is named', () => {
    const tree = installedTree();
    removeModule(tree, 'nf_conntrack');
    const { ok, log } = nixBuild(ours(['nft_ct'], tree));
    expect(ok).toBe(false);
    expect(withoutStorePaths(log)).toContain('nf_conntrack');
  });

  test('without modules fails the build, and says so', () => {
    const tree = readableScratch();
    const { ok, log } = nixBuild(ours(['nft_ct'], tree));
    expect(ok).toBe(false);
    expect(log).toContain(`there are no modules in ${tree}`);
  });

  test('that does not exist fails the build, and is named', () => {
    const tree = join(readableScratch(), 'absent');
    const { ok, log } = nixBuild(ours(['nft_ct'], tree));
    expect(ok).toBe(false);
    expect(log).toMatch(new RegExp(`${tree}/?'?: No such file`));
  });
});

describe('a target', () => {
  compare('may be an alias, for which all that go by it are loaded', () => {
    const tree = installedTree();
    const [mine, other] = pair(['crc32c'], tree);
    expectSameModules(mine, other);
    expect(mine.load.map(({ how }) => how)).toEqual(['load', 'load']);
  });

  compare('may be written with - for _', () => {
    const tree = installedTree();
    const [mine, other] = build(
      ours(['nft-ct', 'crc32c-intel'], tree),
      referenceLoader(['nft_ct', 'crc32c_intel'], tree),
    );
    expectSameModules(mine!, other!);
    expect(mine!.load.find(({ file }) => file.endsWith('/nft_ct.ko'))!.how).toBe('load');
  });

  test('that is builtin takes nothing from the others', () => {
    const tree = installedTree();
    const [alone, beside] = build(ours(['nft_ct'], tree), ours([builtinModule(tree), 'nft_ct'], tree));
    expectSameModules(alone!, beside!);
  });
});

describe('what a softdep asks for', () => {
  // The last two ask for modules that come after them.
  test.each(['nft_ct', 'btrfs', 'xt_LOG', 'ipmi_msghandler', 'vfio'])(
    'is only preferred, while what %s depends on has to load',
    (target) => {
      const tree = indexedTree(kernelTree());
      const dependencies = readDependencies(tree);
      const file = [...dependencies.keys()].find((each) => moduleName(each) === target)!;
      const [service] = build(ours([target], kernelTree()));
      const by = (kind: string) => service!.load.filter(({ how }) => how === kind).map((step) => step.file);
      expect(by('load').sort()).toEqual([file, ...dependencies.get(file)!].sort());
      expect(by('prefer')).not.toEqual([]);
    },
  );

  compare('loads where the reference loads it', () => {
    expectSameModules(...pair(['btrfs', 'xt_LOG', 'ipmi_msghandler', 'vfio'], kernelTree()));
  });

  test('has to load when another target depends on it', () => {
    const tree = installedTree();
    const [service] = build(ours(['nft_ct', 'crc32c_generic'], tree));
    const how = Object.fromEntries(service!.load.map((step) => [moduleName(step.file), step.how]));
    expect(how).toMatchObject({ crc32c_generic: 'load', crc32c_intel: 'prefer' });
  });
});

test('a loader is built the same every time', () => {
  const [service] = build(ours(['nft_ct'], installedTree()));
  const [derivation] = nixStore('-q', '--deriver', service!.loader);
  const { status, stderr } = run('nix-build', ['--check', '--no-out-link', derivation!]);
  expect(status, stderr).toBe(0);
});

function pair(targets: string[], tree: string) {
  const [mine, other] = build(ours([...new Set(targets)], tree), referenceLoader(targets, tree));
  return [mine!, other!] as const;
}
