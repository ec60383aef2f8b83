/** What users of the reference meet: that it is so, and that it is not so with a generated loader. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { plant, test } from './device.ts';
import { kernelTree, nixBuild, nixEval, reference, run } from './environment.ts';
import {
  build,
  expectSameModules,
  firewall,
  inNamespace,
  loadOrder,
  moduleName,
  nixBuildUnder,
  ours,
  readService,
  referenceLoader,
  type Service,
  upstreamToday,
  withoutStorePaths,
} from './loader.ts';
import { builtinModule, compress, inStore, installedTree, readableScratch } from './trees.ts';

const theReference = test.skipIf(reference === undefined);
/** What a file's name can have, in bytes. */
const longestName = 255;

const up = (service: Service) => join(service.path, service.name, 'up');
const down = (service: Service) => join(service.path, service.name, 'down');
const net = ['nfnetlink', 'nf_tables', 'libcrc32c', 'nft_limit', 'nf_log_syslog'];

describe('defect 1: a service is named after all of its targets', () => {
  theReference('the reference asks for a name that no file can have, and gets another', () => {
    const asked = `kmodloader-${firewall.join('-')}`;
    const oneshot = '{ services.oneshot = service: service; }';
    const loader = `${referenceLoader(firewall, '/nowhere')}.override { liminix = ${oneshot}; }`;
    expect(nixEval(`(${loader}).name`).value).toBe(asked);
    expect(asked.length).toBeGreaterThan(longestName);
    const [service] = build(referenceLoader(firewall, installedTree()));
    expect(service!.name).not.toBe(asked);
    expect(asked.endsWith(service!.name)).toBe(true);
  });

  test('a generated loader has a short name of its own, and keeps it', () => {
    const loader = ours(firewall, installedTree());
    const [service] = build(loader);
    expect(service!.name).toBe('kmod-test');
    expect(nixEval(`${loader}.name`).value).toBe('kmod-test');
  });
});

describe('defect 2: load.sh goes on after an error and forgets it', () => {
  const targets = ['nft_limit', 'nf_log_syslog'];
  const refusal = ['fail', 'nft_limit', '1 Invalid argument'] as const;

  theReference('the reference is up although a target is not loaded', async ({ boot }) => {
    const tree = plant(net);
    const [service] = build(referenceLoader(targets, inStore(tree.path)));
    const device = await boot(tree);
    device.tell(...refusal);
    const { status } = await device.start(up(service!)).done;
    expect(status).toBe(0);
    expect(device.modules()).not.toContain('nft_limit');
  });

  test('a generated loader fails, names the module and leaves nothing behind', async ({ boot }) => {
    const tree = plant(net);
    const [service] = build(ours(targets, inStore(tree.path)));
    const device = await boot(tree);
    device.tell(...refusal);
    const { status, output } = await device.start(up(service!)).done;
    expect(status).not.toBe(0);
    expect(output).toContain('cannot load nft_limit');
    expect(device.modules()).toEqual([]);
  });
});

describe('defect 3: two loaders share a module', () => {
  const lists = { first: ['nf_log_syslog'], second: ['nft_limit', 'nf_log_syslog'] };

  theReference(
    'of the reference, the second fails, and takes the module from the first',
    async ({ boot }) => {
      const tree = plant(net);
      const path = inStore(tree.path);
      const [first, second] = build(referenceLoader(lists.first, path), referenceLoader(lists.second, path));
      const device = await boot(tree);
      await device.start(up(first!)).done;
      const { status, output } = await device.start(up(second!)).done;
      expect(status).not.toBe(0);
      expect(output).toContain('File exists');
      await device.start(down(second!)).done;
      expect(device.modules()).toEqual([]);
    },
  );

  test('of generated loaders, both are up, and the last one down removes it', async ({ boot }) => {
    const tree = plant(net);
    const path = inStore(tree.path);
    const [one, other] = build(
      ours(lists.first, path),
      `${ours(lists.second, path)}.override { name = "kmod-other"; }`,
    );
    const device = await boot(tree);
    for (const service of [one!, other!]) {
      const { status, output } = await device.start(up(service)).done;
      expect({ status, output }).toEqual({ status: 0, output: '' });
    }
    expect(device.modules()).toEqual([...net].sort());
    await device.start(down(other!)).done;
    expect(device.modules()).toEqual(['nf_log_syslog']);
    await device.start(down(one!)).done;
    expect(device.modules()).toEqual([]);
  });
});

describe('defect 4: a target is builtin', () => {
  theReference('the reference and its current form fail without a word on it', () => {
    const tree = installedTree();
    const builtin = builtinModule(tree);
    for (const file of [reference!, upstreamToday()]) {
      const { ok, log } = nixBuild(referenceLoader([builtin, 'nft_ct'], tree, file));
      expect(ok).toBe(false);
      expect(withoutStorePaths(log)).not.toMatch(new RegExp(`${builtin}.*builtin|builtin ${builtin}`));
    }
  });

  test('a generated loader is built, and says so', () => {
    const tree = installedTree();
    const builtin = builtinModule(tree);
    const { ok, log } = nixBuild(ours([builtin, 'nft_ct'], tree));
    expect(ok, log).toBe(true);
    expect(log).toContain(`kmod-test: ${builtin} is builtin: nothing to load`);
  });
});

describe('defect 5: there is no such target', () => {
  theReference('the reference is built without it, in a shell without pipefail', () => {
    const older = `.override {
      runCommand = name: environment: script: pkgs.runCommand name environment ("set +o pipefail\\n" + script);
    }`;
    const [service] = build(`${referenceLoader(['no_such_module', 'nft_limit'], installedTree())}${older}`);
    expect(loadOrder(service!).map(moduleName)).toContain('nft_limit');
  });

  test('a generated loader is not built, and every such target is named with those near it', () => {
    const tree = installedTree();
    const { ok, log } = nixBuild(ours(['nft_cct', 'nft_limit', 'nf-conntrak', 'zzzzzzzzzz'], tree));
    expect(ok).toBe(false);
    expect(log).toMatch(/\bnft_cct\b.*; near it: .*\bnft_ct\b/);
    expect(log).toMatch(/\bnf[-_]conntrak\b.*; near it: nf_conntrack\b/);
    expect(log).toMatch(new RegExp(`\\bzzzzzzzzzz in ${tree}$`, 'm'));
    expect(log).not.toContain('nft_limit');
  });

  test('a generated loader is not built in a shell without pipefail either', () => {
    const { ok } = nixBuild(`${ours(['no_such_module', 'nft_limit'], installedTree())}.override {
      runCommand = name: environment: script: pkgs.runCommand name environment ("set +o pipefail\\n" + script);
    }`);
    expect(ok).toBe(false);
  });
});

describe('defect 6: modules are compressed', () => {
  for (const tool of ['xz', 'zstd'] as const) {
    theReference(`the reference does not find them: ${tool}`, () => {
      const tree = installedTree();
      compress(tree, tool);
      const { ok, log } = nixBuild(referenceLoader(['nft_ct'], tree));
      expect(ok).toBe(false);
      expect(log).toContain('Module nft_ct not found');
    });

    test(`a generated loader has them as they were before: ${tool}`, () => {
      const plain = installedTree();
      const compressed = installedTree();
      compress(compressed, tool);
      const [expected, service] = build(ours(['nft_ct'], plain), ours(['nft_ct'], compressed));
      expectSameModules(service!, expected!);
      // Read from a module, once it is decompressed.
      const release = basename(kernelTree());
      expect(readFileSync(join(service!.loader, 'load.sh'), 'utf8')).toContain(`\nrelease=${release}\n`);
    });
  }

  // Not every kmod reads each compression; Debian's does not read gzip's.
  const readsGzip = run('modprobe', ['--version']).stdout.includes('+ZLIB');

  test('what kmod cannot read fails the build, and is named', () => {
    const plain = installedTree();
    const tree = installedTree();
    compress(tree, 'gzip');
    const loader = ours(['nft_ct'], tree);
    if (readsGzip)
      return expectSameModules(...(build(loader, ours(['nft_ct'], plain)) as [Service, Service]));
    const { ok, log } = nixBuild(loader);
    expect(ok).toBe(false);
    expect(withoutStorePaths(log)).toMatch(/\.ko\.gz\b/);
  });

  test('what kmod cannot read fails the build also where only a dependency is so', () => {
    const plain = installedTree();
    const tree = installedTree();
    compress(tree, 'gzip', (file) => moduleName(file) === 'nf_conntrack');
    const loader = ours(['nft_ct'], tree);
    if (readsGzip)
      return expectSameModules(...(build(loader, ours(['nft_ct'], plain)) as [Service, Service]));
    const { ok, log } = nixBuild(loader);
    expect(ok).toBe(false);
    expect(withoutStorePaths(log)).toMatch(/\.ko\.gz\b/);
  });
});

describe('defect 7: unload.sh loses its first line', () => {
  theReference('the reference uses a variable that it never sets', async ({ boot }) => {
    const tree = plant(net);
    const [service] = build(referenceLoader(['nft_limit'], inStore(tree.path)));
    const unload = join(service!.loader, 'unload.sh');
    expect(readFileSync(unload, 'utf8')).not.toMatch(/^O=/m);
    const device = await boot(tree);
    await device.start(up(service!)).done;
    const { status, output } = await device.start('-u', unload).done;
    expect(status).not.toBe(0);
    expect(output).toContain('parameter not set');
  });

  test('a generated loader sets all that it uses', async ({ boot }) => {
    const tree = plant(net);
    const [service] = build(ours(['nft_limit'], inStore(tree.path)));
    const device = await boot(tree);
    for (const script of ['load.sh', 'unload.sh']) {
      const { status, output } = await device.start('-u', join(service!.loader, script)).done;
      expect({ status, output }, script).toEqual({ status: 0, output: '' });
    }
    expect(device.modules()).toEqual([]);
  });
});

describe("defect 8: the build host's own settings count", () => {
  const targets = ['nft_masq', 'crc32c'];

  /** Has a host where these are lines of modprobe.d, of depmod.d and of the kernel's command line. */
  const host = (modprobe: string[], depmod: string[] = [], line: string[] = []) => {
    const folder = readableScratch();
    const files = { 'modprobe.conf': modprobe, 'depmod.conf': depmod, cmdline: [line.join(' ')] };
    for (const [name, lines] of Object.entries(files)) {
      writeFileSync(join(folder, name), lines.map((each) => `${each}\n`).join(''));
    }
    return inNamespace(`
      mount -t tmpfs -o mode=755 tmpfs /run
      mkdir /run/modprobe.d /run/depmod.d
      cp ${folder}/modprobe.conf /run/modprobe.d
      cp ${folder}/depmod.conf /run/depmod.d
      mount --bind ${folder}/cmdline /proc/cmdline`);
  };

  theReference('the reference takes an option for a module', () => {
    const on = host(['options nf_conntrack hashsize=1']);
    const { ok, log } = nixBuildUnder(on, referenceLoader(targets, installedTree()));
    expect(ok).toBe(false);
    expect(log).toMatch(/cannot stat '.*\/hashsize=1'/);
  });

  theReference('the reference leaves out what a command loads', () => {
    const on = host(['install nf_nat /bin/true']);
    const { path, log } = nixBuildUnder(on, referenceLoader(targets, installedTree(), upstreamToday()));
    expect(path, log).not.toBe('');
    expect(loadOrder(readService(path)).map(moduleName)).not.toContain('nf_nat');
  });

  theReference('the reference does not find what depmod has to exclude', () => {
    const { log } = nixBuildUnder(host([], ['exclude net']), referenceLoader(targets, installedTree()));
    expect(log).toContain('Module nft_masq not found');
  });

  test('a generated loader is the same as on any other host', () => {
    const on = host(
      [
        'options nf_conntrack hashsize=1',
        'install nf_nat /bin/true',
        'softdep nft_masq pre: nft_limit',
        'alias crc32c nft_log',
      ],
      ['exclude net', 'search built-in'],
      ['nf_conntrack.hashsize=2', 'modprobe.blacklist=crc32c_intel,nft_masq'],
    );
    const [expected] = build(ours(targets, installedTree()));
    const { path, log } = nixBuildUnder(on, ours(targets, installedTree()));
    expect(path, log).not.toBe('');
    expectSameModules(readService(path), expected!);
    expect(readService(path).load).toEqual(expected!.load);
  });
});

describe('defect 9: the whole tree is copied', () => {
  /** What a build may write, in MiB: a small part of the tree, and many links. */
  const room = 32;
  const small = () => {
    const folder = readableScratch();
    return inNamespace(`
      mount -t tmpfs -o size=${room}m,mode=1777 tmpfs ${folder}
      export TMPDIR=${folder}`);
  };
  /** The kernel's, at a place where nothing was built from yet. */
  const tree = () => {
    const link = join(readableScratch(), 'tree');
    symlinkSync(kernelTree(), link);
    return link;
  };

  theReference('the reference needs as much room as the tree', () => {
    const { ok, log } = nixBuildUnder(small(), referenceLoader(['nft_ct'], tree()));
    expect(ok).toBe(false);
    expect(log).toContain('No space left on device');
  });

  test('a generated loader needs next to none', () => {
    const size = run('du', ['-sm', kernelTree()]).stdout.split('\t')[0];
    expect(Number(size)).toBeGreaterThan(5 * room);
    const { ok, log } = nixBuildUnder(small(), ours(['nft_ct'], tree()));
    expect(ok, log).toBe(true);
  });
});
