/** A firewall of `gen-kmod new` on a kernel that loads no module by itself: what its list names has to be enough. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { genKmod, scratch } from '../environment.ts';
import { buildLiminix } from '../liminix.ts';
import { build, ours, readService } from '../loader.ts';
import { twoHosts } from '../network.ts';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';
import { down, up } from './service.ts';

const ping = (from: string, to: string): string =>
  `ip netns exec ${from} /guest/busybox ping -c 1 -W 1 ${to} > /dev/null && echo "${from} to ${to}" || true`;
const pings = `
  ${ping('int', '192.0.2.2')}
  ${ping('wan', '192.0.2.1')}
  ${ping('wan', '192.168.8.2')}
`;
const until = (condition: string): string =>
  `for i in $(seq 100); do ${condition} && break; /guest/busybox sleep 0.1; done; ${condition}`;

test("a scaffold's firewall is loaded by nft, lets one packet through and another not, and goes", async () => {
  const machine = findMachine('x86_64')!;
  const folder = scratch();
  expect(genKmod(['new', 'firewall', 'guard'], { cwd: folder })).toMatchObject({ status: 0, stderr: '' });
  const built = buildLiminix({
    modules: [
      join(folder, 'guard'),
      `({ config, pkgs, ... }: {
        services = {
          int = pkgs.liminix.services.oneshot { name = "int"; up = "true"; };
          wan = pkgs.liminix.services.oneshot { name = "wan"; up = "true"; };
          guard = config.system.service.guard.build {
            zones = { lan = [ config.services.int ]; wan = [ config.services.wan ]; };
          };
        };
      })`,
    ],
    kernelModules: machine.tree,
    expression: '[ config.services.guard config.kmodloaders.guard config.services.int config.services.wan ]',
  });
  expect(built.ok, built.log.slice(-3000)).toBe(true);
  const [guard, loaderPath, int, wan] = built.path.split('\n') as [string, string, string, string];
  const loader = readService(loaderPath);
  const [veth] = build(ours(['veth'], machine.tree));

  const guest = await boot({
    machine,
    services: [guard, loaderPath, int, wan, veth!.path],
    with: ['nft', 'ip', 's6-supervise', 's6-svc', 's6-svstat'],
    steps: [
      { name: 'load', run: `${up(loader)} && ${up(veth!)}` },
      { name: 'hosts', run: `set -e\n${twoHosts}\nip -n wan route add 192.168.8.0/24 via 192.0.2.1` },
      { name: 'without', run: pings },
      {
        name: 'start',
        run: `set -e
          nft add table inet foreign
          for zone in int wan; do
            mkdir -p /run/services/outputs/$zone
            echo $zone > /run/services/outputs/$zone/ifname
          done
          cp -r ${guard}/guard /tmp/guard
          /guest/busybox setsid s6-supervise /tmp/guard > /tmp/log 2>&1 < /dev/null &
          ${until('test "$(s6-svstat -o ready /tmp/guard 2> /dev/null)" = true')} || cat /tmp/log
          nft list tables`,
      },
      { name: 'with', run: pings },
      { name: 'rules', run: 'nft list ruleset' },
      {
        name: 'flush',
        run: `nft flush ruleset; nft add table inet foreign; ${until('test "$(nft list tables | wc -l)" = 3')}`,
      },
      {
        name: 'stop',
        run: `s6-svc -d /tmp/guard
          ${until('test "$(s6-svstat -o up,wantedup /tmp/guard)" = "false false"')}
          ${until('test "$(nft list tables)" = "table inet foreign"')}
          cat /tmp/log`,
      },
      { name: 'after', run: pings },
      {
        name: 'unload',
        run: `nft delete table inet foreign
          s6-svc -x /tmp/guard
          ip netns del int; ip netns del wan
          ${until('! ip link show int 2> /dev/null')}
          ${down(veth!)} && ${down(loader)}`,
      },
    ],
  });
  const all = ['int to 192.0.2.2', 'wan to 192.0.2.1', 'wan to 192.168.8.2'];

  expect(guest.after('load'), guest.after('load').output).toMatchObject({ status: 0 });
  expect(guest.after('hosts')).toMatchObject({ status: 0, output: '' });
  expect(guest.after('without').output.split('\n')).toEqual(all);

  expect(guest.after('start')).toMatchObject({
    status: 0,
    output: 'table inet foreign\ntable inet firewall-guard\ntable ip firewall-guard',
  });
  // Nobody outside comes to the network inside, though there is a way.
  expect(guest.after('with').output.split('\n')).toEqual(all.slice(0, 2));
  for (const rule of [
    'ct state established,related accept',
    'oifname @wan masquerade',
    'fib saddr . iif oif missing drop',
  ]) {
    expect(guest.after('rules').output).toContain(rule);
  }
  expect(guest.after('flush').status).toBe(0);

  expect(guest.after('stop')).toMatchObject({ status: 0, output: '' });
  expect(guest.after('after').output.split('\n')).toEqual(all);
  expect(guest.after('unload')).toMatchObject({ status: 0, modules: [], kept: {} });
});
