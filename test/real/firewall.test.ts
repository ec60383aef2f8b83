/** What a firewall of `gen-kmod new firewall` does on a machine: real nft, real s6, a device's shell. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { genKmod } from './environment.ts';
import { buildLiminix } from './liminix.ts';
import { type Network, noNetworks, test, twoHosts, until } from './network.ts';

const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-firewall-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['guard', 'second']) {
  const { status, stderr } = genKmod(['new', 'firewall', name], { cwd: folder });
  expect(status, stderr).toBe(0);
}

/** Builds firewalls without their loaders: the modules are this machine's. Returns them and two interfaces' services. */
function build(parameters: Record<string, string>): Record<string, string> & { int: string; wan: string } {
  const names = Object.keys(parameters);
  const { ok, path, log } = buildLiminix({
    modules: [
      ...names.map((name) => join(folder, name)),
      '({ lib, pkgs, ... }: { system.outputs.kernel = lib.mkForce { modulesupport = "/none"; }; })',
      ...names.map(
        (name) => `({ config, lib, pkgs, ... }: {
          kmodloaders.${name} = lib.mkForce (pkgs.liminix.services.oneshot { name = "kmod-${name}"; up = "true"; });
          services.${name} = config.system.service.${name}.build (${parameters[name]});
        })`,
      ),
      `({ pkgs, ... }: {
        services = builtins.mapAttrs (name: _: pkgs.liminix.services.oneshot { inherit name; up = "true"; }) { int = 0; wan = 0; };
      })`,
    ],
    expression: `map (name: config.services.\${name}) [ ${[...names, 'int', 'wan'].map((name) => `"${name}"`).join(' ')} ]`,
  });
  expect(ok, log.slice(-3000)).toBe(true);
  const paths = path.split('\n');
  return Object.fromEntries([...names, 'int', 'wan'].map((name, index) => [name, paths[index]])) as never;
}

const zones = 'zones = { lan = [ config.services.int ]; wan = [ config.services.wan ]; };';
const foreign = 'nft add table inet foreign';
const zone = (network: Network, name: string): string =>
  /elements = \{ (.*) \}/.exec(network.sh(`nft list set inet firewall-guard ${name}`))?.[1] ?? '';

describe.skipIf(noNetworks !== undefined)(`a firewall${noNetworks ? ` (${noNetworks})` : ''}`, () => {
  const built = noNetworks === undefined ? build({ guard: `{ ${zones} }`, second: '{ }' }) : ({} as never);

  test('is ready when its rules are loaded, in tables of its own, with the interfaces that are up', async ({
    open,
  }) => {
    const network = await open();
    network.sh(foreign);
    network.output(built.int, 'ifname', 'int');
    const guard = await network.supervise(built.guard!, 'guard');
    await until('the firewall is ready', guard.isReady);
    expect(network.tables()).toEqual(['inet firewall-guard', 'inet foreign', 'ip firewall-guard']);
    expect(zone(network, 'lan')).toBe('"int"');
    expect(zone(network, 'wan')).toBe('');
    expect(guard.log()).toBe('');
  });

  test('learns of an interface by SIGUSR1, and forgets one that is gone', async ({ open }) => {
    const network = await open();
    network.output(built.int, 'ifname', 'int');
    const guard = await network.supervise(built.guard!, 'guard');
    await until('the firewall is ready', guard.isReady);
    network.output(built.wan, 'ifname', 'ppp0');
    network.output(built.int, 'ifname', '');
    guard.control('-1');
    await until('the interface is there', () => zone(network, 'wan') === '"ppp0"');
    expect(zone(network, 'lan')).toBe('');
  });

  test('is back at once when something flushes the whole ruleset, now and later', async ({ open }) => {
    const network = await open();
    const guard = await network.supervise(built.guard!, 'guard');
    const second = await network.supervise(built.second!, 'second');
    await until('both are ready', () => guard.isReady() && second.isReady());
    for (let time = 0; time < 5; time++) {
      network.sh('nft flush ruleset');
      await until('all tables are back', () => network.tables().length === 4);
    }
    expect(network.tables()).toEqual(
      ['inet firewall-guard', 'inet firewall-second', 'ip firewall-guard', 'ip firewall-second'].sort(),
    );
    expect(guard.log()).toBe('');
  });

  test('is back when what tells of that is killed as well', async ({ open }) => {
    const network = await open();
    const guard = await network.supervise(built.guard!, 'guard');
    await until('the firewall is ready', guard.isReady);
    network.sh('sleep 1.5; pkill -x nft && nft flush ruleset');
    await until('all tables are back', () => network.tables().length === 2);
    network.sh('sleep 2.5; nft flush ruleset');
    await until('all tables are back again', () => network.tables().length === 2);
  });

  test('is there or not there, never in between, while it loads its rules again', async ({ open }) => {
    const network = await open();
    const guard = await network.supervise(built.guard!, 'guard');
    await until('the firewall is ready', guard.isReady);
    const seen = network.sh(`
      for i in $(seq 60); do
        ${guard.command('-1')}
        nft list chain inet firewall-guard forward | grep -o 'policy [a-z]*' || echo missing
      done | sort | uniq -c`);
    expect(seen.trim()).toBe('60 policy drop');
  });

  test('takes its own tables with it when it stops, and leaves nothing running', async ({ open }) => {
    const network = await open();
    network.sh(foreign);
    const guard = await network.supervise(built.guard!, 'guard');
    const second = await network.supervise(built.second!, 'second');
    await until('both are ready', () => guard.isReady() && second.isReady());
    guard.control('-wD', '-T', '5000', '-d');
    expect(network.tables()).toEqual(['inet firewall-second', 'inet foreign', 'ip firewall-second']);
    expect(network.sh('pgrep -xc nft').trim()).toBe('1');
    second.control('-wD', '-T', '5000', '-d');
    expect(network.tables()).toEqual(['inet foreign']);
    expect(network.sh('pgrep -xc nft || true').trim()).toBe('0');
  });

  test('stays away when it is stopped while something flushes the ruleset', async ({ open }) => {
    const network = await open();
    const guard = await network.supervise(built.guard!, 'guard');
    for (let time = 0; time < 8; time++) {
      guard.control('-uwU', '-T', '5000');
      network.sh(`sleep 0.${time}; nft flush ruleset; ${guard.command('-wD', '-T', '5000', '-d')}`);
      expect(network.tables()).toEqual([]);
      expect(network.sh('sleep 0.2; pgrep -xc nft || true').trim()).toBe('0');
    }
  });

  test('lets out what is inside, and lets in what was asked for and nothing else', async ({ open }) => {
    const network = await open();
    network.sh(twoHosts);
    network.output(built.int, 'ifname', 'int');
    network.output(built.wan, 'ifname', 'wan');
    const passes = (from: string, to: string): boolean =>
      network
        .sh(`ip netns exec ${from} /bin/busybox ping -c 1 -W 1 ${to} > /dev/null && echo yes || echo no`)
        .trim() === 'yes';
    const connects = (from: string, port: number): boolean =>
      network
        .sh(
          `ip netns exec ${from} timeout 1 bash -c 'echo > /dev/tcp/192.0.2.1/${port}' 2>&1 | grep -q refused && echo yes || echo no`,
        )
        .trim() === 'yes';
    // Without it nothing is masqueraded, and a port that nobody listens at says so to all.
    expect([passes('int', '192.0.2.2'), connects('wan', 22)]).toEqual([false, true]);

    const guard = await network.supervise(built.guard!, 'guard');
    await until('the firewall is ready', guard.isReady);
    expect([passes('int', '192.0.2.2'), passes('wan', '192.0.2.1')]).toEqual([true, true]);
    expect([connects('int', 22), connects('int', 23), connects('wan', 22)]).toEqual([true, false, false]);
    network.sh('ip -n wan route add 192.168.8.0/24 via 192.0.2.1');
    expect(passes('wan', '192.168.8.2')).toBe(false);

    guard.control('-wD', '-T', '5000', '-d');
    expect([passes('wan', '192.168.8.2'), connects('wan', 22)]).toEqual([true, true]);
  });

  test('that nft refuses is never ready, says why, and leaves what there is', async ({ open }) => {
    const network = await open();
    network.sh(foreign);
    const { guard } = build({ guard: '{ extraRules.input.rules = [ "no such rule" ]; }' });
    const wrong = await network.supervise(guard!, 'guard');
    await until('it has tried twice', () => (wrong.log().match(/no such rule/g)?.length ?? 0) >= 2);
    expect(wrong.isReady()).toBe(false);
    expect(network.tables()).toEqual(['inet foreign']);
  });

  test('whose rules a person writes has sets, maps and chains as they say', async ({ open }) => {
    const network = await open();
    const { guard } = build({
      guard: `{
        extraRules = {
          ports = { kind = "set"; family = "inet"; type = "inet_service"; elements = [ 80 443 "8000-8010" ]; extraText = "flags interval"; };
          verdicts = { kind = "map"; family = "inet"; type = { ipv4_addr = "verdict"; }; elements = { "192.0.2.1" = "drop"; "192.0.2.2" = "accept"; }; };
          forward-wan.rules = [ "tcp dport @ports accept" "ip saddr vmap @verdicts" ];
          nat-out.priority = 90;
          early = { family = "ip6"; type = "filter"; hook = "prerouting"; priority = "raw"; rules = [ "@nh,0,4 6 accept" ]; };
        };
      }`,
    });
    const service = await network.supervise(guard!, 'guard');
    await until('it is ready', service.isReady);
    const rules = network.sh('nft list ruleset');
    for (const part of [
      'elements = { 80, 443, 8000-8010 }',
      '192.0.2.1 : drop, 192.0.2.2 : accept',
      'ip saddr vmap @verdicts',
      'type nat hook postrouting priority srcnat - 10; policy accept;',
      'table ip6 firewall-guard {',
      'type filter hook prerouting priority raw; policy accept;',
    ]) {
      expect(rules).toContain(part);
    }
    // What was not given stays.
    expect(rules).toContain('oifname @wan masquerade');
  });

  test('without some modules has only rules that nft takes', async ({ open }) => {
    const network = await open();
    const features = [
      'nft_ct',
      'nft_chain_nat,nft_masq',
      'nft_fib_inet',
      'nft_limit',
      'nft_log,nf_log_syslog',
    ];
    const rules = features.flatMap((_, without) => {
      const targets = features.filter((_, index) => index !== without).join(',');
      const only = features[without]!;
      return [targets, only].map((list, index) => {
        const name = `few-${without}${index}`;
        expect(genKmod(['new', 'firewall', name, '--targets', list], { cwd: folder }).status).toBe(0);
        return name;
      });
    });
    const services = build(Object.fromEntries(rules.map((name) => [name, '{ }'])));
    for (const name of rules) {
      const service = await network.supervise(services[name]!, name);
      await until(`${name} is ready`, service.isReady);
    }
    expect(network.tables().filter((table) => table.startsWith('inet'))).toHaveLength(rules.length);
  });
});
