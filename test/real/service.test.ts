import { describe, expect, test } from 'vitest';
import { nixBuild, nixEval } from './environment.ts';
import {
  build,
  firewall,
  generate,
  kernelOf,
  loaderSet,
  loadOrder,
  moduleName,
  nixStore,
  nixStrings,
  ours,
} from './loader.ts';
import { inStore, installedTree } from './trees.ts';

const needsKernel = 'kmod-net needs a kernel: override it with { inherit (config.system.outputs) kernel; }';
const calibration = `(pkgs.liminix.services.oneshot { name = "calibration"; up = "true"; })`;

describe('what reaches the router', () => {
  test('is the service and its loader, and nothing of the kernel they were built from', () => {
    const tree = inStore(installedTree());
    const [service] = build(ours(firewall, tree));
    expect(nixStore('-q', '--references', service!.loader)).toEqual([service!.loader]);
    expect(nixStore('-qR', service!.path).sort()).toEqual([service!.path, service!.loader].sort());
    // The tree was there to be referred to.
    expect(nixStore('-q', '--references', ...nixStore('-q', '--deriver', service!.loader))).toContain(tree);
  });
});

describe('a loader file', () => {
  test('is called as pkgs.kmodloader is: by callPackage and override', () => {
    const out = generate({ net: { targets: ['nft_ct'] } });
    const tree = installedTree();
    const kernel = kernelOf(tree);
    const targets = nixStrings(['nft_limit', 'nf_log_syslog']);
    const [plain, called, overridden, changed] = build(
      `pkgs.callPackage ${out}/net { kernel = ${kernel}; }`,
      `pkgs.callPackage ${out}/net { kernel = ${kernel}; targets = ${targets}; dependencies = [ ${calibration} ]; }`,
      `(pkgs.callPackage ${out}/net { }).override { kernel = ${kernel}; targets = ${targets}; }`,
      `(pkgs.callPackage ${out}/net { kernel = ${kernel}; }).override (arguments: {
        kernel = ${kernel} // { inherit (arguments.kernel) modulesupport; };
        name = "kmod-other";
        parameters.nf_conntrack.hashsize = 4096;
        dependencies = [ ${calibration} ];
      })`,
    );
    const modules = (service = plain!) => loadOrder(service).map(moduleName);
    expect(modules()).toContain('nft_ct');
    expect(plain).toMatchObject({ name: 'kmod-net', dependencies: [] });
    expect(modules(called)).toContain('nft_limit');
    expect(modules(called)).not.toContain('nft_ct');
    expect(called).toMatchObject({ name: 'kmod-net', dependencies: ['calibration'] });
    expect(overridden).toMatchObject({ name: 'kmod-net', dependencies: [], load: called!.load });
    expect(changed).toMatchObject({ name: 'kmod-other', dependencies: ['calibration'] });
    expect(modules(changed)).toEqual(modules());
    const set = changed!.load.filter((step) => step.arguments !== '');
    expect(set).toMatchObject([
      { file: expect.stringMatching(/nf_conntrack\.ko$/), arguments: "'hashsize=4096'" },
    ]);
  });

  test('takes another kernel by override, with what is in that', () => {
    const out = generate({ net: { targets: ['nft_ct'] } });
    const other = installedTree();
    const set = loaderSet(out, installedTree());
    const [first, second] = build(`${set}.net`, `${set}.net.override { kernel = ${kernelOf(other)}; }`);
    expect(second!.modules).toEqual(first!.modules);
    expect(nixEval(`${set}.net.override { kernel.modulesupport = "/nowhere"; }`)).toMatchObject({
      ok: true,
    });
    const { ok, log } = nixBuild(`${set}.net.override { kernel.modulesupport = "/nowhere"; }`);
    expect(ok).toBe(false);
    expect(log).toContain('/nowhere');
  });

  test.each([
    ['alone', (out: string) => `(pkgs.callPackage ${out}/net { })`],
    ['in its set', (out: string) => `(import ${out} { inherit (pkgs) callPackage; }).net`],
    ['with no kernel given', (out: string) => `(pkgs.callPackage ${out}/net { kernel = null; })`],
  ])('evaluates without a kernel, and says what to pass when it is built: %s', (_, loader) => {
    const expression = loader(generate({ net: { targets: ['nft_ct'] } }));
    expect(nixEval(`${expression}.name`)).toMatchObject({ value: 'kmod-net' });

    const forced = nixEval(`${expression}.drvPath`);
    expect(forced.ok).toBe(false);
    expect(forced.log).toContain(needsKernel);
  });
});

describe('the set of loaders', () => {
  const loaders = {
    radio: { targets: ['nft_limit'], dependencies: [{ config: 'services.calibration' }] },
    net: { targets: ['nft_ct'], dependencies: ['radio', { config: 'services."odd name".inner' }] },
    free: { targets: ['nf_log_syslog'] },
  };

  test('wires what a loader depends on, with one kernel for all', () => {
    const tree = installedTree();
    const wired = loaderSet(
      generate(loaders),
      tree,
      `config-services-calibration = ${calibration};
       config-services-odd_name-inner = pkgs.liminix.services.oneshot { name = "inner"; up = "true"; };`,
    );
    const [radio, net, free] = build(`${wired}.radio`, `${wired}.net`, `${wired}.free`);
    expect(radio!.dependencies).toEqual(['calibration']);
    expect(net!.dependencies.sort()).toEqual(['inner', 'kmod-radio']);
    expect(free!.dependencies).toEqual([]);
    expect(nixEval(`builtins.elem "${radio!.path}" (map toString ${wired}.net.dependencies)`).value).toBe(
      true,
    );
  });

  test('asks for a service of the configuration only when a loader that needs it is built', () => {
    const set = loaderSet(generate(loaders), installedTree());
    expect(nixEval(`builtins.attrNames ${set}`).value).toEqual(['free', 'net', 'radio']);
    expect(nixEval(`builtins.isString ${set}.free.drvPath`).value).toBe(true);
    expect(nixEval(`builtins.isAttrs ${set}.radio`).value).toBe(true);

    const forced = nixEval(`${set}.radio.drvPath`);
    expect(forced.ok).toBe(false);
    expect(forced.log).toContain('pass config-services-calibration = config.services.calibration;');
    const odd = nixEval(`${set}.net.drvPath`);
    expect(odd.ok).toBe(false);
    expect(odd.log).toContain('config.services');
  });

  test('has two loaders of one list depend on one another by the name of the service, with compat too', () => {
    const tree = installedTree();
    const set = loaderSet(
      generate({
        base: { targets: ['nft_limit'] },
        above: { targets: ['nft_ct'], dependencies: ['base'] },
        old: { targets: ['nft_limit', 'nft_log'], compat: true },
        older: { targets: ['nft_ct'], dependencies: ['old'], compat: true },
      }),
      tree,
    );
    const [base, above, old, older] = build(`${set}.base`, `${set}.above`, `${set}.old`, `${set}.older`);
    expect(above!.dependencies).toEqual([base!.name]);
    expect(base!.name).toBe('kmod-base');
    expect(older!.dependencies).toEqual([old!.name]);
    expect(old!.name).toBe('kmodloader-nft_limit-nft_log');
  });
});
