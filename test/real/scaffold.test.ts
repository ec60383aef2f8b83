/** Scaffolds in Liminix's own module system: on every device, beside the stock firewall and one another, and built. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { deviceNames, takenNames } from '../../src/liminix/names.ts';
import { genKmod, kernelTree, repository } from './environment.ts';
import { buildLiminix, devices, evaluateLiminix, instantiateByPath, liminix } from './liminix.ts';

const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-scaffolds-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'list.yaml'),
  'version: 1\nloaders: { listed: { targets: [nft_ct], dependencies: [{ config: services.int }] } }\n',
);
for (const args of [
  ['firewall', 'guard'],
  ['firewall', 'listed', '--targets', 'list.yaml'],
  ['firewall', 'second'],
  ['firewall', 'extra', '--thin'],
  ['module', 'modem', '--targets', 'huawei_cdc_ncm,qmi_wwan'],
  ['router', 'home', '--device', 'qemu'],
]) {
  const { status, stderr } = genKmod(['new', ...args], { cwd: folder });
  expect(status, stderr).toBe(0);
}

const at = (name: string): string => join(folder, name);
const stock = '"${modulesPath}/firewall"';
/** A service of a definition, with parameters in Nix. */
const service = (name: string, parameters = '{ }', definition = name): string =>
  `({ config, pkgs, ... }: { services.${name} = config.system.service.${definition}.build ${parameters}; })`;
const interfaces = `({ pkgs, ... }: {
  services = builtins.mapAttrs (name: _: pkgs.liminix.services.oneshot { inherit name; up = "true"; }) { int = 0; wan = 0; };
})`;
const zones = '{ zones = { lan = [ config.services.int ]; wan = [ config.services.wan ]; }; }';
const names = (expression: string): string => `map (one: one.name) (${expression})`;

describe(liminix === undefined ? 'in a stand-in for Liminix' : "in Liminix's module system", () => {
  test.each(devices)('all scaffolds evaluate on %s, with a kernel for them', (device) => {
    const { log, value } = evaluateLiminix({
      device,
      modules: [
        ...['guard', 'second', 'modem', 'extra'].map(at),
        ...[interfaces, service('guard', zones), service('second'), service('modem')],
        service('firewall', zones, 'extra'),
      ],
      expression: `{
        kernel = outputs.kernel.drvPath;
        services = map (one: one.drvPath) (builtins.attrValues config.services);
        inherit (config.kernel.config) NF_TABLES NF_TABLES_INET NFT_FIB_INET NFT_CONNLIMIT;
      }`,
    });
    expect(log).toBe('');
    expect(value).toMatchObject({
      kernel: expect.stringMatching(/-kernel\.drv$/),
      NF_TABLES: 'm',
      NF_TABLES_INET: 'y',
      NFT_FIB_INET: 'm',
      NFT_CONNLIMIT: 'm',
    });
  });

  test.each(devices)("a router's system evaluates on %s", (device) => {
    const { log, value } = evaluateLiminix({
      device,
      modules: [join(at('home'), 'configuration.nix')],
      expression: `{
        kernel = outputs.kernel.drvPath;
        image = outputs.default.drvPath;
        services = map (one: one.drvPath) (builtins.attrValues config.services);
        inherit (config) hostname;
      }`,
    });
    expect(log).toBe('');
    expect(value).toMatchObject({
      hostname: 'home',
      services: expect.arrayContaining([expect.stringMatching(/-kmod-firewall\.drv$/)]),
    });
  });

  test('a system is instantiated without flakes, too', () => {
    const configuration = join(folder, 'configuration.nix');
    const nix = (name: string) => join(repository, 'nix', name);
    writeFileSync(
      configuration,
      `{ imports = [ ./home/configuration.nix ${nix('base-config.nix')} ${nix('kernel-source.nix')} ]; }`,
    );
    for (const output of ['default', 'kmod-base-config', 'kmod-kernel-source']) {
      const { status, stdout, stderr } = instantiateByPath(configuration, 'gl-ar750', output);
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^\/nix\/store\/\S+\.drv\n$/);
    }
  });

  test('by itself a firewall waits for its loader, and the loader for nothing', () => {
    const { log, value } = evaluateLiminix({
      modules: [at('guard'), service('guard')],
      expression: `{
        firewall = ${names('config.services.guard.dependencies')};
        loader = ${names('config.kmodloaders.guard.dependencies')};
        services = builtins.attrNames config.services;
      }`,
    });
    expect(log).toBe('');
    expect(value).toMatchObject({ firewall: ['kmod-guard'], loader: [] });
    expect((value as { services: string[] }).services).not.toContain('kmod-guard');
  });

  test("where Liminix's firewall is there too, each loader waits for its loader", () => {
    const { log, value } = evaluateLiminix({
      modules: [at('guard'), at('second'), stock, service('guard'), service('firewall')],
      expression: `{
        guard = ${names('config.kmodloaders.guard.dependencies')};
        second = ${names('config.kmodloaders.second.dependencies')};
        stock = ${names('config.services.firewall.dependencies')};
      }`,
    });
    expect(log).toBe('');
    const { guard, second, stock: loader } = value as Record<string, string[]>;
    expect(loader).toHaveLength(1);
    expect(loader![0]).toMatch(/(nft_reject_ipv6|nft_masq)$/);
    expect(guard).toEqual(loader);
    expect(second).toEqual(loader);
  });

  test("what a person's list waits for is waited for as well", () => {
    const { log, value } = evaluateLiminix({
      modules: [at('listed'), stock, interfaces],
      expression: names('config.kmodloaders.listed.dependencies'),
    });
    expect(log).toBe('');
    expect(value).toEqual(['int', expect.stringMatching(/(nft_reject_ipv6|nft_masq)$/)]);
  });

  test("thin, it is Liminix's firewall with more rules: stock loader, ours, firewall", () => {
    const { log, value } = evaluateLiminix({
      modules: [at('extra'), interfaces, service('firewall', zones, 'extra')],
      expression: `{
        firewall = ${names('config.services.firewall.dependencies')};
        ours = ${names('config.kmodloaders.extra.dependencies')};
        inherit (config.services.firewall) name;
      }`,
    });
    expect(log).toBe('');
    const { firewall, ours, name } = value as { firewall: string[]; ours: string[]; name: string };
    expect(name).toBe('firewall');
    expect(firewall).toEqual(expect.arrayContaining(['kmod-extra', 'restart-firewall', ...ours]));
    expect(ours).toHaveLength(1);
  });

  test.each([
    ['an unknown parameter', '{ zone = { }; }', 'The option `zone.* does not exist'],
    [
      'an unknown field of a chain',
      '{ extraRules.input.rule = [ ]; }',
      'option `extraRules.input.rule.* does not exist',
    ],
    ['an unknown policy', '{ extraRules.input.policy = "reject"; }', 'is not of type'],
    ['an unknown family', '{ extraRules.input.family = "ip4"; }', 'is not of type'],
    ['a chain without a family', '{ extraRules.mine.rules = [ ]; }', 'guard: `mine` has no family'],
    [
      'a set without a type',
      '{ extraRules.mine = { kind = "set"; family = "ip"; }; }',
      'guard: `mine` has no type',
    ],
    [
      'a zone that is not there',
      '{ extraRules.forward.rules = [ "iifname @dmz accept" ]; }',
      'there is no zone or set `dmz` in the family inet',
    ],
    [
      'a chain that is not there',
      '{ extraRules.forward.rules = [ "jump nowhere" ]; }',
      'there is no chain `nowhere` in the family inet',
    ],
    ['a zone of what is no service', '{ zones.lan = [ "eth0" ]; }', 'is not of type'],
  ])('%s is refused', (_, parameters, message) => {
    const { ok, log } = evaluateLiminix({
      modules: [at('guard'), service('guard', parameters)],
      expression: 'config.services.guard.drvPath',
    });
    expect(ok).toBe(false);
    expect(log.replaceAll('\n', ' ')).toMatch(new RegExp(message));
  });

  test('its service is really built, behind its loader, which is behind that of Liminix', () => {
    const { ok, path, log } = buildLiminix({
      modules: [at('guard'), stock, service('guard')],
      kernelModules: kernelTree(),
      expression: '[ config.services.guard config.kmodloaders.guard ]',
    });
    expect(ok, log.slice(-3000)).toBe(true);
    const [guard, loader] = path.split('\n') as [string, string];
    expect(readdirSync(join(guard, 'guard/dependencies.d'))).toEqual(['kmod-guard']);
    expect(readFileSync(join(guard, 'guard/notification-fd'), 'utf8')).toBe('3\n');
    execFileSync('sh', ['-n', join(guard, 'guard/run')]);
    execFileSync('sh', ['-n', join(guard, 'guard/finish')]);
    expect(readdirSync(join(loader, 'kmod-guard/dependencies.d'))).toHaveLength(1);
  });

  test('it asks the services of its zones for their interfaces, and is told when they change', () => {
    const { log, value } = evaluateLiminix({
      modules: [at('guard'), interfaces, service('guard', zones)],
      expression: `{
        inherit (config.services.guard) run;
        int = "${'$'}{config.services.int}";
        dependencies = ${names('config.services.guard.dependencies')};
        watcher = map (one: one.run or "") config.services.guard.dependencies;
      }`,
    });
    expect(log).toBe('');
    const { run, int, dependencies, watcher } = value as Record<'run' | 'int', string> &
      Record<'dependencies' | 'watcher', string[]>;
    expect(run).toContain(`zone lan ${int}\n`);
    expect(dependencies).toEqual(expect.arrayContaining(['kmod-guard', 'restart-guard']));
    expect(watcher.join('\n')).toContain('usr1 guard ');
    expect(watcher.join('\n')).toContain(`${int}:ifname`);
  });

  test.skipIf(liminix === undefined)('the names that scaffolds cannot have are those of Liminix', () => {
    const folder = join(liminix!, 'modules');
    const isService = (file: string) =>
      existsSync(file) && readFileSync(file, 'utf8').includes('system.service');
    const { log, value } = evaluateLiminix({
      modules: readdirSync(folder)
        .filter((name) => isService(join(folder, name, 'default.nix')))
        .map((name) => `"\${modulesPath}/${name}"`),
      expression: 'builtins.attrNames config.system.service',
    });
    expect(log).toBe('');
    expect((value as string[]).length).toBeGreaterThan(15);
    expect((value as string[]).filter((name) => !takenNames.has(name))).toEqual([]);
    expect(devices.toSorted()).toEqual([...deviceNames]);
  });
});
