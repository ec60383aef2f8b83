import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelTree, nixBuild, reference } from './environment.ts';
import {
  build,
  expectSameModules,
  firewall,
  generate,
  loaderSet,
  nixStrings,
  realLists,
  referenceLoader,
  type Service,
  upstreamToday,
  withoutStorePaths,
} from './loader.ts';
import { buildTree, builtinModule, installedTree } from './trees.ts';

const compare = test.skipIf(reference === undefined);

describe("each list of Liminix's own, with compat", () => {
  for (const { title, targets } of realLists(kernelTree())) {
    test.skipIf(reference === undefined || targets.length === 0)(
      `becomes upstream's service to the byte: ${title}`,
      () => expectIdentical(...pair([...new Set(targets)], kernelTree())),
    );
  }
});

describe('compat', () => {
  compare('keeps repeated targets in the name and out of the scripts, as upstream does', () => {
    const tree = installedTree();
    const set = loaderSet(generate({ test: { targets: firewall, compat: true } }), tree);
    const [mine, other] = build(
      `${set}.test.override { targets = ${nixStrings(firewall)}; }`,
      referenceLoader(firewall, tree, upstreamToday()),
    );
    expectIdentical(mine!, other!);
  });

  compare.each([
    ['an alias', ['crc32c']],
    ['names with -', ['nft-ct', 'crc32c-intel']],
    ['what softdeps ask for', ['libcrc32c', 'nf_log_syslog']],
  ])("becomes upstream's service to the byte: %s", (_, targets) => {
    expectIdentical(...pair(targets, installedTree()));
  });

  compare("becomes upstream's service to the byte: of a build tree", () => {
    expectIdentical(...pair(['nft_ct', 'nft_masq'], buildTree()));
  });

  compare("becomes upstream's service to the byte: overridden to no targets", () => {
    const tree = installedTree();
    const set = loaderSet(generate({ test: { targets: ['nft_ct'], compat: true } }), tree);
    const [mine, other] = build(
      `${set}.test.override { targets = [ ]; }`,
      referenceLoader([], tree, upstreamToday()),
    );
    for (const { loader } of [mine!, other!])
      expect(existsSync(join(loader, 'unload.sh')), loader).toBe(true);
    expectIdentical(mine!, other!);
  });

  compare('fails where upstream fails: for builtin and for missing targets', () => {
    const tree = installedTree();
    for (const targets of [
      [builtinModule(tree)],
      ['nft_ct', builtinModule(tree)],
      ['no_such_module'],
      ['no_such_module', 'nft_ct'],
    ]) {
      const set = loaderSet(generate({ test: { targets, compat: true } }), tree);
      const mine = nixBuild(`${set}.test`);
      const other = nixBuild(referenceLoader(targets, tree, upstreamToday()));
      expect({ mine: mine.ok, other: other.ok }, targets.join()).toEqual({ mine: false, other: false });
      const culprit = targets.find((target) => target !== 'nft_ct')!;
      expect(withoutStorePaths(mine.log)).toContain(culprit);
    }
  });

  compare('hands on dependencies as upstream does', () => {
    const tree = installedTree();
    const first = `(pkgs.liminix.services.oneshot { name = "first"; up = "true"; })`;
    const set = loaderSet(generate({ test: { targets: ['nft_ct'], compat: true } }), tree);
    const [mine, other] = build(
      `${set}.test.override { dependencies = [ ${first} ]; }`,
      `${referenceLoader(['nft_ct'], tree, upstreamToday())}.override { dependencies = [ ${first} ]; }`,
    );
    expect(mine!.dependencies).toEqual(['first']);
    expectIdentical(mine!, other!);
  });

  test('is the same from the list and from the command line', () => {
    const targets = ['nft_ct', 'nft_masq'];
    const listed = generate({ test: { targets, compat: true } });
    const asked = generate({ test: { targets } }, '--compat', 'upstream');
    const plain = generate({ test: { targets } });
    const text = (out: string) => readFileSync(join(out, 'test/default.nix'), 'utf8');
    expect(text(asked)).toBe(text(listed));
    expect(text(asked)).not.toBe(text(plain));
  });
});

function pair(targets: string[], tree: string): [Service, Service] {
  const set = loaderSet(generate({ test: { targets, compat: true } }), tree);
  const [mine, other] = build(`${set}.test`, referenceLoader(targets, tree, upstreamToday()));
  expectSameModules(mine!, other!);
  return [mine!, other!];
}

/** The same files with the same bytes, but for the store paths. */
function expectIdentical(mine: Service, other: Service): void {
  const text = (service: Service) => {
    const plain = (file: string) => readFileSync(file, 'utf8').replaceAll(service.loader, 'LOADER');
    const { name, dependencies, modules, path } = service;
    return {
      ...{ name, dependencies, modules },
      up: plain(join(path, name, 'up')),
      down: plain(join(path, name, 'down')),
      load: plain(join(service.loader, 'load.sh')),
      unload: plain(join(service.loader, 'unload.sh')),
    };
  };
  expect(text(mine)).toEqual(text(other));
}
