/**
 * Networks to run firewalls in: namespaces of this machine's own kernel, with an empty ruleset, an empty /run and a device's
 * shell, in which real s6 supervises services. A network lasts as long as its test.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test as base } from 'vitest';
import { deviceBusybox, run, scratch } from './environment.ts';

const bin = join(deviceBusybox(), 'bin');

/**
 * Shell that makes two hosts, `int` and `wan`, with this machine between them. The one outside knows no way to the network
 * inside.
 */
export const twoHosts = `
  echo 1 > /proc/sys/net/ipv4/ip_forward
  for host in int wan; do
    ip netns add $host
    ip link add $host type veth peer name eth0 netns $host
    ip link set $host up
    ip -n $host link set eth0 up
  done
  ip addr add 192.168.8.1/24 dev int
  ip -n int addr add 192.168.8.2/24 dev eth0
  ip -n int route add default via 192.168.8.1
  ip addr add 192.0.2.1/24 dev wan
  ip -n wan addr add 192.0.2.2/24 dev eth0
`;

/** Why there are none here, if so: the kernel that this machine runs may have no nftables. */
export const noNetworks: string | undefined =
  spawnSync('unshare', ['--net', 'nft', 'add table inet probe']).status === 0
    ? undefined
    : 'the kernel of this machine has no nftables';

export interface Network {
  /** Runs a script of the host's shell there. Returns what it prints; fails where it does. */
  sh(script: string): string;
  /** The names of the tables, as in `inet guard`. */
  tables(): string[];
  /** Puts a service, as built, under s6's supervision. */
  supervise(service: string, name: string): Promise<Supervised>;
  /** Writes an output of a service, as its own script would. */
  output(service: string, name: string, text: string): void;
}

export interface Supervised {
  /** The command that gives s6 an order; -1 is SIGUSR1. */
  command(...flags: string[]): string;
  control(...flags: string[]): void;
  /** Whether it has said that it is ready. */
  isReady(): boolean;
  /** All that it said. */
  log(): string;
}

async function open(): Promise<{ network: Network; close: () => Promise<void> }> {
  const holder = spawn(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--mount-proc'],
      ...[
        'sh',
        '-c',
        'mount -t tmpfs tmpfs /run && mount --bind "$1" /bin/sh && ip link set lo up && echo ready && exec cat',
      ],
      ...['sh', join(bin, 'sh')],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [ready] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])) as [unknown];
  if (String(ready) !== 'ready\n') throw new Error(`no network: ${ready}`);
  const pid = execFileSync('pgrep', ['-P', String(holder.pid)], { encoding: 'utf8' }).trim();
  const enter = ['--net', '--mount', '--pid', '--target', pid];

  const sh = (script: string): string => {
    const { status, stdout, stderr } = run('nsenter', [...enter, 'bash', '-euc', script]);
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  };
  const network: Network = {
    sh,
    tables: () =>
      sh('nft list tables')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace('table ', ''))
        .sort(),
    async supervise(service, name) {
      const folder = join(scratch(), name);
      cpSync(join(service, name), folder, { recursive: true });
      // The store's files are read-only, and s6 keeps its own beside them.
      sh(`chmod -R u+w ${folder}`);
      const log = join(folder, '..', 'log');
      writeFileSync(log, '');
      const child = spawn(
        'nsenter',
        [
          ...enter,
          'env',
          `PATH=${bin}`,
          'sh',
          '-c',
          'exec /usr/bin/s6-supervise "$1" > "$2" 2>&1',
          'sh',
          folder,
          log,
        ],
        { stdio: 'ignore' },
      );
      child.unref();
      const ask = (flag: string): string => sh(`s6-svstat -o ${flag} ${folder} 2> /dev/null || true`).trim();
      await until(`${name} is supervised`, () => ask('up') !== '');
      const command = (...flags: string[]) => `s6-svc ${flags.join(' ')} ${folder}`;
      return {
        command,
        control: (...flags) => sh(command(...flags)),
        isReady: () => ask('ready') === 'true',
        log: () => sh(`cat ${log}`),
      };
    },
    output(service, name, text) {
      const place = sh(`readlink ${service}/.outputs`).trim();
      sh(`mkdir -p ${place} && printf %s '${text}' > ${place}/${name}`);
    },
  };
  const close = async () => {
    const gone = once(holder, 'exit');
    // With the first process of its namespace, all others end.
    holder.stdin.end();
    await gone;
  };
  return { network, close };
}

/** vitest's, with `open`, which makes a network. */
export const test = base.extend<{ open: () => Promise<Network> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
  open: async ({}, use) => {
    const ends: (() => Promise<void>)[] = [];
    await use(async () => {
      const { network, close } = await open();
      ends.push(close);
      return network;
    });
    await Promise.all(ends.map((end) => end()));
  },
});

/** Waits, 10 s at most, until something holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (holds()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain until ${what}`);
}
