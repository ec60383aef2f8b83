import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import {
  build,
  type Device,
  expectClean,
  nothing,
  plant,
  runTo,
  type Stop,
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

describe.concurrent('up that is told to stop', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`by ${signal} during insmod, removes what it inserted and releases the lock`, async ({ boot }) => {
      const device = await boot(tree);
      await succeed(device, netlink.up);
      const before = device.calls().length;
      device.tell('coming', 'nf_tables', 1);
      const running = device.start(tables.up);
      await until('nf_tables comes', () => device.state('nf_tables') === 'coming');
      running.kill(signal);
      const { status, output } = await running.done;
      expect({ status, output }).toEqual({ status: 1, output: 'kmod-tables: stopped\n' });
      expect(device.calls().slice(before)).toEqual([
        'insmod libcrc32c',
        'insmod nf_tables',
        'rmmod nf_tables',
        'rmmod libcrc32c',
      ]);
      expect(device.kept()).toEqual({
        claims: { 'kmod-netlink': netlink.modules },
        inserted: netlink.modules,
        lock: [],
      });
    });
  }

  test('as it releases the lock, does nothing without that', async ({ boot }) => {
    const device = await boot(tree);
    const stop = { at: '*:rmdir*/lock', signal: 'TERM', runs: 'yes' } as const;
    const { status, output } = await runTo(stop, device, `${tables.folder}/load.sh`);
    expect({ status, output }).toEqual({ status: 0, output: '' });
    expect(device.kept()).toMatchObject({ claims: { 'kmod-tables': tables.modules }, lock: [] });
  });

  test('while it waits for a module that something else inserts, leaves that', async ({ boot }) => {
    const device = await boot(tree);
    device.set('nf_tables', 'coming');
    const running = device.start(tables.up);
    await until('the others are in', () => device.kept().claims['kmod-tables']?.length === 2);
    await sleep(200);
    running.kill('SIGTERM');
    expect(await running.done).toMatchObject({ status: 1, output: 'kmod-tables: stopped\n' });
    expect(device.modules()).toEqual(['nf_tables']);
    expect(device.kept()).toEqual(nothing);
  });

  test('while it waits for the lock, leaves everything as it was', async ({ boot }) => {
    const device = await boot(tree);
    device.tell('coming', 'nf_tables', 'forever');
    const holder = device.start(tables.up);
    await until('nf_tables comes', () => device.state('nf_tables') === 'coming');
    const running = device.start(log.up);
    await sleep(1500);
    running.kill('SIGTERM');
    expect((await running.done).status).not.toBe(0);
    expect(device.kept().lock).toEqual([expect.stringMatching(/\.kmod-tables$/)]);
    expect(Object.keys(device.kept().claims)).toEqual(['kmod-tables']);
    device.untell('coming', 'nf_tables');
    expect((await holder.done).status).toBe(0);
    await succeed(device, tables.down);
    expectClean(device);
  });
});

const modules = { none: [] as string[], all: tables.modules.toSorted() };

/** What a script that was stopped left: the lock with its entry, or none or all of its modules. */
function readOutcome(device: Device, title: string): 'held' | 'none' | 'all' {
  const kept = device.kept();
  if (kept.lock.length > 0) return 'held';
  const outcome = device.modules().length === 0 ? 'none' : 'all';
  expect({ modules: device.modules(), ...kept, inserted: kept.inserted.toSorted() }, title).toEqual({
    modules: modules[outcome],
    inserted: modules[outcome],
    claims: outcome === 'all' ? { 'kmod-tables': tables.modules } : {},
    lock: [],
  });
  return outcome;
}

/** Stops a script at each of its steps in turn, and lets another loader come after. Returns the outcomes. */
async function stopEverywhere(device: Device, script: string, stop: Omit<Stop, 'at'>): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (let step = 1, reached = true; reached; step++) {
    if (script === 'unload.sh') await succeed(device, tables.up);
    const stopped = await runTo({ at: `${step}:*`, ...stop }, device, `${tables.folder}/${script}`);
    const title = `at ${stopped.steps[step - 1]}`;
    reached = stopped.steps.length >= step;

    const outcome = readOutcome(device, title);
    outcomes.add(outcome);
    if (stop.signal === 'TERM' && outcome !== 'held') {
      expect(outcome, title).toBe(stopped.status === 0 ? 'all' : 'none');
    }
    const left = modules[outcome === 'all' ? 'all' : 'none'];
    const next = await device.up(netlink);
    const told =
      outcome === 'held' ? `kmod-netlink: kmod-tables was killed at work; what it had begun is undone\n` : '';
    expect(next, title).toMatchObject({ status: 0, output: told });
    expect(next.seconds, title).toBeLessThan(5);
    expect(device.modules(), title).toEqual([...new Set([...left, ...netlink.modules])].sort());
    await succeed(device, netlink.down);
    expect(device.modules(), title).toEqual(left);
    await succeed(device, tables.down);
    expectClean(device, title);
  }
  return outcomes;
}

/** The same, as it takes over the lock of `tables`. */
async function stopTakingOver(device: Device): Promise<void> {
  for (let step = 1, reached = true; reached; step++) {
    await runTo(
      { at: '*:insmod*/nf_tables.ko', signal: 'KILL', runs: 'yes' },
      device,
      `${tables.folder}/load.sh`,
    );
    expect(device.kept().lock).toHaveLength(1);
    const stop = { at: `${step}:*`, signal: 'KILL', runs: 'yes' } as const;
    const stopped = await runTo(stop, device, `${log.folder}/load.sh`);
    reached = stopped.steps.length >= step;
    const title = `at ${stopped.steps[step - 1]}`;
    const done = device.kept().lock.length === 0;

    await succeed(device, netlink.up);
    expect(device.modules(), title).toEqual([...netlink.modules, ...(done ? log.modules : [])].sort());
    await succeed(device, netlink.down, log.down);
    expectClean(device, title);
  }
}

describe.concurrent('wherever it is stopped, the next loader puts right', () => {
  for (const [script, signal, runs] of [
    ['load.sh', 'KILL', 'yes'],
    ['load.sh', 'KILL', 'no'],
    ['load.sh', 'TERM', 'yes'],
    ['unload.sh', 'KILL', 'yes'],
    ['unload.sh', 'KILL', 'no'],
  ] as const) {
    test(`${script}, by ${signal} ${runs === 'yes' ? 'after' : 'instead of'} a command`, async ({ boot }) => {
      const outcomes = await stopEverywhere(await boot(tree), script, { signal, runs });
      expect(outcomes).toEqual(new Set(['none', 'held', 'all']));
    });
  }

  test('load.sh that takes over, by KILL after a command', async ({ boot }) => {
    await stopTakingOver(await boot(tree));
  });
});
