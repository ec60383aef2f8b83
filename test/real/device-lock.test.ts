import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import {
  build,
  type Device,
  expectClean,
  insmods,
  plant,
  rmmods,
  runTo,
  startTo,
  succeed,
  test,
  until,
} from './device.ts';

const tree = plant(['libcrc32c', 'nfnetlink', 'nf_tables', 'nf_defrag_ipv4', 'nf_log_syslog']);
const { tables, netlink, log } = build(
  {
    tables: { targets: ['nf_tables'] },
    netlink: { targets: ['nfnetlink', 'nf_defrag_ipv4'] },
    log: { targets: ['nf_log_syslog'] },
  },
  tree,
);

/** Starts `tables`, which hangs at its last module. */
async function hang(device: Device) {
  device.tell('coming', 'nf_tables', 'forever');
  const running = device.start(tables.up);
  await until('nf_tables comes', () => device.state('nf_tables') === 'coming');
  return running;
}

/** Leaves the lock with `tables`, killed after its last insmod. */
async function leaveDead(device: Device): Promise<void> {
  const stop = { at: '*:insmod*/nf_tables.ko', signal: 'KILL', runs: 'yes' } as const;
  expect((await runTo(stop, device, `${tables.folder}/load.sh`)).status).toBe(-1);
  expect(device.state('nf_tables')).toBe('live');
  expect(device.kept().lock).toEqual([expect.stringMatching(/\.kmod-tables$/)]);
}

const undone = 'kmod-tables was killed at work; what it had begun is undone\n';

/** In clock ticks since boot. */
function startOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[19]!;
}

describe.concurrent('the lock', () => {
  test('is waited for 25 s at most by up, which then fails, and 60 s by down, which does not', async ({
    boot,
  }) => {
    const device = await boot(tree);
    await succeed(device, netlink.up);
    const holder = await hang(device);
    const [up, down, unload] = await Promise.all([
      device.up(log),
      device.down(netlink),
      device.start(`${netlink.folder}/unload.sh`).done,
    ]);
    // It is not Liminix's cleanup that hides a failure.
    expect(unload.status).toBe(0);
    expect(up).toMatchObject({
      status: 1,
      output: 'kmod-log: gave up waiting for kmod-tables, which is still at work\n',
    });
    expect(up.seconds).toBeGreaterThan(24);
    expect(up.seconds).toBeLessThan(28);
    expect(down).toMatchObject({
      status: 0,
      output: [
        'kmod-netlink: gave up waiting for kmod-tables, which is still at work',
        'kmod-netlink: the modules stay loaded until another loader stops',
        'cleaned up\n',
      ].join('\n'),
    });
    expect(down.seconds).toBeGreaterThan(59);
    expect(down.seconds).toBeLessThan(64);
    expect(Object.keys(device.kept().claims)).toEqual(['kmod-tables']);

    device.untell('coming', 'nf_tables');
    expect((await holder.done).status).toBe(0);
    expect(device.modules()).toEqual([...new Set([...netlink.modules, ...tables.modules])].sort());
    await succeed(device, tables.down);
    expectClean(device);
  });

  test('goes on to the next loader as soon as its holder is done', async ({ boot }) => {
    const device = await boot(tree);
    device.tell('coming', 'nf_tables', 2);
    const first = device.start(tables.up);
    await until('nf_tables comes', () => device.state('nf_tables') === 'coming');
    const second = await device.up(netlink);
    expect(second).toMatchObject({ status: 0, output: '', calls: ['insmod nf_defrag_ipv4'] });
    expect(second.seconds).toBeLessThan(5);
    expect((await first.done).status).toBe(0);
    expect(device.refused()).toEqual([]);
  });

  test('left behind without an entry is taken after a moment, by one of several that wait', async ({
    boot,
  }) => {
    const once = async () => {
      const device = await boot(tree);
      mkdirSync(device.path('/run/gen-kmod/lock'), { recursive: true });
      for (const { status, output, seconds } of await Promise.all([netlink, log, tables].map(device.up))) {
        expect({ status, output }).toEqual({ status: 0, output: '' });
        expect(seconds).toBeLessThan(10);
      }
      expect(device.refused()).toEqual([]);
      await Promise.all([netlink, log, tables].map(device.down));
      expectClean(device);
    };
    await Promise.all(Array.from({ length: 5 }, once));
  });

  test('is released, though another loader was about to sign it', async ({ boot }) => {
    const device = await boot(tree);
    const holder = await hang(device);
    mkdirSync(device.path(`/run/gen-kmod/lock/${process.pid}.${startOf(process.pid)}.kmod-log`));
    device.untell('coming', 'nf_tables');
    expect(await holder.done).toMatchObject({ status: 0, output: '' });
    expect(device.kept().lock).toEqual([expect.stringMatching(/kmod-log$/)]);
  });

  test('is not had by a loader that made it, and signs it when another one has it', async ({ boot }) => {
    const device = await boot(tree);
    const stop = { at: '*:mkdir*/lock', signal: 'STOP', runs: 'yes' } as const;
    const slow = startTo(stop, device, `${log.folder}/load.sh`);
    await until('it is made', () => existsSync(device.path('/run/gen-kmod/lock')));
    const holder = await hang(device);
    slow.kill('SIGCONT');
    await sleep(2500);
    expect(device.calls()).toEqual(insmods(tables.modules));
    expect(device.kept().lock).toEqual([expect.stringMatching(/\.kmod-tables$/)]);
    device.untell('coming', 'nf_tables');
    for (const { status, output } of await Promise.all([holder.done, slow.done])) {
      expect({ status, output }).toEqual({ status: 0, output: '' });
    }
    expect(device.kept().lock).toEqual([]);
  });

  test('is left to a process that is the holder', async ({ boot }) => {
    const device = await boot(tree);
    const entry = `${process.pid}.${startOf(process.pid)}.kmod-tables`;
    mkdirSync(device.path(`/run/gen-kmod/lock/${entry}`), { recursive: true });
    const running = device.start(log.up);
    await sleep(2500);
    expect(device.calls()).toEqual([]);
    expect(device.kept().lock).toEqual([entry]);
    running.kill('SIGKILL');
    await running.done;
  });

  test('is taken from a process that only has the number of the holder', async ({ boot }) => {
    const device = await boot(tree);
    mkdirSync(device.path(`/run/gen-kmod/lock/${process.pid}.1.kmod-tables`), { recursive: true });
    const up = await device.up(log);
    expect(up).toMatchObject({ status: 0, output: `kmod-log: ${undone}` });
    expect(up.seconds).toBeLessThan(5);
    expect(device.kept().lock).toEqual([]);
  });

  test('is taken from a holder that is dead, though nobody has reaped it', async ({ boot }) => {
    const device = await boot(tree);
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const zombie = Number((await once(parent.stdout, 'data'))[0]);
    await until('it is dead', () => readFileSync(`/proc/${zombie}/stat`, 'utf8').includes(') Z '));
    mkdirSync(device.path(`/run/gen-kmod/lock/${zombie}.${startOf(zombie)}.kmod-tables`), {
      recursive: true,
    });
    const { status, output } = await device.up(log);
    parent.kill();
    expect({ status, output }).toEqual({ status: 0, output: `kmod-log: ${undone}` });
  });
});

describe.concurrent('the lock of a killed loader', () => {
  test('is taken over, and what that had inserted is removed', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, log.up);
    await leaveDead(device);
    const up = await device.up(netlink);
    expect(up).toMatchObject({ status: 0, output: `kmod-netlink: ${undone}` });
    expect(up.seconds).toBeLessThan(5);
    expect(up.calls).toEqual([...rmmods(tables.modules), ...insmods(netlink.modules)]);
    expect(device.kept()).toEqual({
      claims: { 'kmod-log': log.modules, 'kmod-netlink': netlink.modules },
      inserted: [...log.modules, ...netlink.modules],
      lock: [],
    });
    await succeed(device, log.down, netlink.down);
    expectClean(device);
  });

  test('is taken over by a down too, and what others claim stays', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, netlink.up, log.up);
    await leaveDead(device);
    expect(await device.down(log)).toMatchObject({
      status: 0,
      output: `kmod-log: ${undone}cleaned up\n`,
      calls: ['rmmod nf_tables', 'rmmod libcrc32c', 'rmmod nf_log_syslog'],
    });
    expect(device.modules()).toEqual(netlink.modules.toSorted());
    await succeed(device, netlink.down);
    expectClean(device);
  });

  test('is taken over by that loader itself, started again', async ({ boot }) => {
    const device = await boot(tree);
    await leaveDead(device);
    expect(await device.up(tables)).toMatchObject({ status: 0, output: `kmod-tables: ${undone}` });
    expect(device.modules()).toEqual(tables.modules.toSorted());
    await succeed(device, tables.down);
    expectClean(device);
  });

  test('is taken over by one of several that wait', async ({ boot }) => {
    const once = async () => {
      const device = await boot(tree);
      await leaveDead(device);
      const ran = await Promise.all([device.up(netlink), device.up(log), device.down(tables)]);
      expect(ran.map(({ status }) => status)).toEqual([0, 0, 0]);
      const output = ran.map((one) => one.output).join('');
      expect(output.split(undone), output).toHaveLength(2);
      expect(device.calls().filter((call) => call === 'rmmod nf_tables')).toHaveLength(1);
      expect(device.refused()).toEqual([]);
      expect(device.modules()).toEqual([...netlink.modules, ...log.modules].sort());
      await succeed(device, log.down, netlink.down);
      expectClean(device);
    };
    await Promise.all(Array.from({ length: 10 }, once));
  });

  test('is taken over while its insmod still hangs; the module goes when it can', async ({ boot }) => {
    const device = await boot(tree);
    const running = await hang(device);
    running.kill('SIGKILL');
    await running.done;
    const up = await device.up(log);
    expect(up).toMatchObject({ status: 0, output: expect.stringContaining(`kmod-log: ${undone}`) });
    expect(up.seconds).toBeLessThan(5);
    expect(device.kept().inserted).toEqual([...tables.modules, ...log.modules]);
    device.untell('coming', 'nf_tables');
    await until('nf_tables is there', () => device.state('nf_tables') === 'live');
    await succeed(device, log.down);
    expectClean(device);
  });

  test('is taken over before its insmod gets to the module; that goes when it can', async ({ boot }) => {
    const [module] = tables.modules as [string];
    const device = await boot(tree);
    device.tell('reading', module, 'forever');
    const running = device.start(tables.up);
    await until('insmod reads', () => device.calls().at(-1) === `insmod ${module}`);
    running.kill('SIGKILL');
    await running.done;
    await succeed(device, log.up);
    device.untell('reading', module);
    await until('it is there', () => device.state(module) === 'live');
    await succeed(device, log.down);
    expectClean(device);
  });

  test('is taken over after a kill in the middle of down, which is completed', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, tables.up);
    device.tell('going', 'nf_tables', 'forever');
    const running = device.start(tables.down);
    await until('nf_tables goes', () => device.state('nf_tables') === 'going');
    running.kill('SIGKILL');
    process.kill(Number.parseInt(device.kept().lock[0]!, 10), 'SIGKILL');
    await running.done;
    device.untell('going', 'nf_tables');
    await until('nf_tables is gone', () => device.state('nf_tables') === undefined);
    expect(device.modules()).toEqual(['libcrc32c', 'nfnetlink']);
    expect(await device.up(log)).toMatchObject({ status: 0, output: `kmod-log: ${undone}` });
    expect(device.modules()).toEqual(log.modules);
    await succeed(device, log.down);
    expectClean(device);
  });
});
