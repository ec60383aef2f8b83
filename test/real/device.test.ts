import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import {
  build,
  type Device,
  expectClean,
  insmods,
  type Loader,
  nothing,
  plant,
  rmmods,
  standins,
  succeed,
  test,
} from './device.ts';

const tree = plant([
  'crc32c_generic',
  'libcrc32c',
  'nfnetlink',
  'nf_tables',
  'nf_defrag_ipv4',
  'nf_defrag_ipv6',
  'nf_conntrack',
  'nft_ct',
  'nft_fib',
  'nft_fib_ipv4',
  'nft_fib_ipv6',
  'nft_limit',
]);
const { ct, fib4, fib6, limit, renamed } = build(
  {
    ct: {
      targets: ['nft_ct'],
      parameters: { nf_conntrack: { hashsize: '4096' }, nf_tables: { note: 'two words, $HOME' } },
    },
    fib4: { targets: ['nft_fib_ipv4'] },
    fib6: { targets: ['nft_fib_ipv6'] },
    limit: { targets: ['nft_limit'] },
    renamed: { targets: ['nft_fib_ipv4'] },
  },
  tree,
);
// The first one again, as later versions of it could be.
const { limit: longer } = build({ limit: { targets: ['nft_limit', 'nft_fib_ipv4'] } }, tree);
const { limit: other } = build({ limit: { targets: ['nf_conntrack'] } }, tree);

describe.concurrent('one loader', () => {
  test('loads in load order, with parameters, and unloads in reverse', async ({ boot }) => {
    const device = await boot(tree);
    const up = await device.up(ct);
    expect(up).toMatchObject({ status: 0, output: '' });
    expect(up.calls).toEqual([
      'insmod nf_defrag_ipv4',
      'insmod nf_defrag_ipv6',
      'insmod crc32c_generic',
      'insmod libcrc32c',
      'insmod nf_conntrack hashsize=4096',
      'insmod nfnetlink',
      'insmod nf_tables note="two words, $HOME"',
      'insmod nft_ct',
    ]);
    expect(device.modules()).toEqual(ct.modules.toSorted());
    expect(device.kept()).toEqual({ claims: { 'kmod-ct': ct.modules }, inserted: ct.modules, lock: [] });

    const down = await device.down(ct);
    expect(down).toMatchObject({ status: 0, output: 'cleaned up\n' });
    expect(down.calls).toEqual(rmmods(ct.modules));
    expectClean(device);
  });

  test('may come up twice and goes down once', async ({ boot }) => {
    const device = await boot(tree);
    await device.up(limit);
    expect(await device.up(limit)).toMatchObject({ status: 0, calls: [] });
    expect(device.kept().claims).toEqual({ 'kmod-limit': limit.modules });
    expect(await device.down(limit)).toMatchObject({ status: 0, calls: rmmods(limit.modules) });
    expectClean(device);
  });

  test('goes down without having been up, and twice', async ({ boot }) => {
    const device = await boot(tree);
    for (const _ of ['never up', 'again']) {
      expect(await device.down(limit)).toMatchObject({ status: 0, output: 'cleaned up\n', calls: [] });
      expectClean(device);
    }
    await succeed(device, limit.up, limit.down);
    expect(await device.down(limit)).toMatchObject({ status: 0, output: 'cleaned up\n', calls: [] });
    expectClean(device);
  });

  test('uses no variable that is not set', async ({ boot }) => {
    const device = await boot(tree);
    const [load, unload] = [`${ct.folder}/load.sh`, `${ct.folder}/unload.sh`];
    const strict = async (file: string, expected: number) => {
      const { status, output } = await device.start('-u', file).done;
      expect(status, output).toBe(expected);
      expect(output).not.toContain('parameter not set');
    };
    for (const file of [load, load, unload, unload]) await strict(file, 0);
    // Waiting, taking over, failing.
    mkdirSync(device.path('/run/gen-kmod/lock'));
    await strict(load, 0);
    mkdirSync(device.path('/run/gen-kmod/lock/1.1.kmod-fib4'), { recursive: true });
    await strict(unload, 0);
    device.tell('fail', 'nft_ct', '12 Cannot allocate memory');
    await strict(load, 1);
    expectClean(device);
  });

  test("works in Debian's busybox too", async ({ boot }) => {
    const device = await boot(tree, { debian: true });
    // There, applets go before PATH.
    const source = `for it in insmod rmmod; do eval "$it() { ${standins}/$it \\"\\$@\\"; }"; done; . "$1"`;
    const up = await device.start('-c', source, 'sh', `${limit.folder}/load.sh`).done;
    expect(up).toMatchObject({ status: 0, output: '', calls: insmods(limit.modules) });
    const down = await device.start('-c', source, 'sh', `${limit.folder}/unload.sh`).done;
    expect(down).toMatchObject({ status: 0, output: '', calls: rmmods(limit.modules) });
    expectClean(device);
  });
});

/** Every order in which loaders may come up and go down, each once. */
function orders(waiting: Loader[], running: Loader[] = []): { loader: Loader; script: 'up' | 'down' }[][] {
  if (waiting.length + running.length === 0) return [[]];
  return [
    ...waiting.flatMap((loader) =>
      orders(
        waiting.filter((one) => one !== loader),
        [...running, loader],
      ).map((rest) => [{ loader, script: 'up' as const }, ...rest]),
    ),
    ...running.flatMap((loader) =>
      orders(
        waiting,
        running.filter((one) => one !== loader),
      ).map((rest) => [{ loader, script: 'down' as const }, ...rest]),
    ),
  ];
}

/** After each step exactly the modules of the loaders that are up are there. */
async function follow(device: Device, steps: ReturnType<typeof orders>[number]): Promise<void> {
  const up = new Set<Loader>();
  const title = steps.map(({ loader, script }) => `${loader.service} ${script}`).join(', ');
  for (const { loader, script } of steps) {
    const { status } = await device.start(loader[script]).done;
    if (script === 'up') up.add(loader);
    else up.delete(loader);
    const wanted = [...new Set([...up].flatMap(({ modules }) => modules))].sort();
    const kept = device.kept();
    expect(
      { status, modules: device.modules(), ...kept, inserted: kept.inserted.toSorted() },
      `${title}: at ${loader.service} ${script}`,
    ).toEqual({
      status: 0,
      modules: wanted,
      inserted: wanted,
      claims: Object.fromEntries([...up].map(({ service, modules }) => [service, modules])),
      lock: [],
    });
  }
  expect(device.refused(), title).toEqual([]);
}

describe.concurrent('loaders that share modules', () => {
  test('two of them keep what either claims, in all orders', async ({ boot }) => {
    const device = await boot(tree);
    const all = orders([ct, fib4]);
    expect(all).toHaveLength(6);
    for (const steps of all) await follow(device, steps);
  });

  test('three of them keep what any claims, in all orders', async ({ boot }) => {
    // Among them are the 6 orders of up, each with the 6 of down.
    const all = orders([fib4, fib6, limit]);
    expect(all).toHaveLength(90);
    const devices = [await boot(tree), await boot(tree)];
    await Promise.all(
      devices.map(async (device, i) => {
        for (const steps of all.filter((_, j) => j % devices.length === i)) await follow(device, steps);
      }),
    );
  });

  test('the last one removes what they share, in reverse load order', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, fib4.up, limit.up);
    expect((await device.down(fib4)).calls).toEqual(['rmmod nft_fib_ipv4', 'rmmod nft_fib']);
    expect((await device.down(limit)).calls).toEqual(rmmods(limit.modules));
    expectClean(device);
  });

  test('started at once, they insert every module once, and stopped at once, remove it once', async ({
    boot,
  }) => {
    const loaders = [fib4, fib6, limit];
    const all = [...new Set(loaders.flatMap(({ modules }) => modules))];
    const once = async () => {
      const device = await boot(tree);
      for (const script of ['up', 'down'] as const) {
        const before = device.calls().length;
        for (const { status, output, seconds } of await Promise.all(
          loaders.map((loader) => device[script](loader)),
        )) {
          expect(status, output).toBe(0);
          expect(seconds).toBeLessThan(25);
        }
        const calls = device.calls().slice(before).sort();
        expect(calls).toEqual((script === 'up' ? insmods(all) : rmmods(all)).sort());
      }
      expectClean(device);
    };
    await Promise.all(Array.from({ length: 10 }, once));
  });

  test('one may start while another stops', async ({ boot }) => {
    const once = async () => {
      const device = await boot(tree);
      await succeed(device, fib4.up);
      for (const { status, output } of await Promise.all([device.down(fib4), device.up(limit)])) {
        expect(status, output).toBe(0);
      }
      expect(device.modules()).toEqual(limit.modules.toSorted());
      await succeed(device, limit.down);
      expectClean(device);
    };
    await Promise.all(Array.from({ length: 10 }, once));
  });
});

describe.concurrent('modules that no loader inserted', () => {
  test('stay, though loaders claimed them', async ({ boot }) => {
    const device = await boot(tree);
    device.set('nfnetlink', 'live');
    device.set('libcrc32c', 'live');
    await succeed(device, fib4.up, limit.up);
    expect(device.kept().claims['kmod-limit']).toEqual(limit.modules);
    await succeed(device, fib4.down, limit.down);
    expect(device.calls().filter((call) => / (nfnetlink|libcrc32c)$/.test(call))).toEqual([]);
    expect(device.modules()).toEqual(['libcrc32c', 'nfnetlink']);
    expect(device.kept()).toEqual(nothing);
  });

  test('do not get parameters, which is said', async ({ boot }) => {
    const device = await boot(tree);
    for (const module of ['nf_defrag_ipv4', 'nf_defrag_ipv6', 'nf_conntrack']) device.set(module, 'live');
    const { status, output } = await device.up(ct);
    expect(status).toBe(0);
    expect(output).toBe('kmod-ct: nf_conntrack is loaded already; not set: hashsize=4096\n');
  });

  test('are fine when they came between our look and our insmod', async ({ boot }) => {
    const device = await boot(tree);
    device.tell('quicker', 'libcrc32c', '');
    expect((await device.up(limit)).status).toBe(0);
    expect(device.refused()).toEqual(['insmod libcrc32c: File exists']);
    expect(device.kept()).toEqual({
      claims: { 'kmod-limit': limit.modules },
      inserted: limit.modules.filter((module) => module !== 'libcrc32c'),
      lock: [],
    });
    await succeed(device, limit.down);
    expect(device.modules()).toEqual(['libcrc32c']);
    expect(device.kept()).toEqual(nothing);
  });

  test('are not ours any more once something else removed and inserted them', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, limit.up);
    for (const module of limit.modules.toReversed()) device.remove(module);
    device.tell('quicker', 'crc32c_generic', '');
    await succeed(device, limit.up);
    expect(device.modules()).toEqual(limit.modules.toSorted());
    await succeed(device, limit.down);
    expect(device.modules()).toEqual(['crc32c_generic']);
    expect(device.kept()).toEqual(nothing);
  });

  test('are skipped where they are builtin', async ({ boot }) => {
    const device = await boot(tree);
    device.set('libcrc32c');
    device.set('nf_tables');
    const ours = limit.modules.filter((module) => module !== 'libcrc32c' && module !== 'nf_tables');
    expect(await device.up(limit)).toMatchObject({ status: 0, output: '', calls: insmods(ours) });
    expect(await device.down(limit)).toMatchObject({ status: 0, calls: rmmods(ours) });
    expect(device.modules()).toEqual(['libcrc32c', 'nf_tables']);
    expect(device.kept()).toEqual(nothing);
  });

  test('are waited for while they come', async ({ boot }) => {
    const device = await boot(tree);
    device.set('libcrc32c', 'coming');
    const running = device.start(limit.up);
    await sleep(1500);
    expect(device.calls()).toEqual(['insmod crc32c_generic']);
    device.set('libcrc32c', 'live');
    expect((await running.done).status).toBe(0);
    expect(device.calls()).toEqual(insmods(limit.modules.filter((module) => module !== 'libcrc32c')));
  });

  test('are not taken for builtin before they have a state, or after', async ({ boot }) => {
    const device = await boot(tree);
    mkdirSync(device.path('/sys/module/libcrc32c/holders'), { recursive: true });
    const running = device.start(limit.up);
    await sleep(1500);
    expect(device.calls()).toEqual(['insmod crc32c_generic']);
    device.remove('libcrc32c');
    expect((await running.done).status).toBe(0);
    expect(device.calls()).toEqual(insmods(limit.modules));
  });

  test('are waited for while they go, and then inserted', async ({ boot }) => {
    const device = await boot(tree);
    device.set('libcrc32c', 'going');
    const running = device.start(limit.up);
    await sleep(1500);
    expect(device.calls()).toEqual(['insmod crc32c_generic']);
    device.remove('libcrc32c');
    expect((await running.done).status).toBe(0);
    expect(device.calls()).toEqual(insmods(limit.modules));
    await succeed(device, limit.down);
    expectClean(device);
  });
});

describe.concurrent('an upgrade', () => {
  test('stops the old version and starts the new one, with more or fewer modules', async ({ boot }) => {
    expect(longer.folder).not.toBe(limit.folder);
    for (const [old, young] of [
      [limit, longer],
      [longer, limit],
      [limit, other],
    ] as const) {
      const device = await boot(tree);
      await succeed(device, old.up, old.down, young.up);
      expect(device.modules()).toEqual(young.modules.toSorted());
      await succeed(device, young.down);
      expectClean(device);
    }
  });

  test('leaves nothing behind where the old version was never stopped', async ({ boot }) => {
    for (const [old, young] of [
      [limit, longer],
      [longer, limit],
      [limit, other],
    ] as const) {
      const device = await boot(tree);
      await succeed(device, old.up, fib6.up, young.up);
      expect(device.kept().claims).toEqual({ 'kmod-fib6': fib6.modules, 'kmod-limit': young.modules });
      await succeed(device, young.down);
      expect(device.modules()).toEqual(fib6.modules.toSorted());
      await succeed(device, fib6.down);
      expectClean(device);
    }
  });

  test("removes by the new version's script what the old one inserted", async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, longer.up, limit.down);
    expectClean(device);
  });

  test('may rename the loader: the old one stops first, or last', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, fib4.up, fib4.down, renamed.up);
    expect(device.modules()).toEqual(fib4.modules.toSorted());
    await succeed(device, fib4.up);
    expect(await device.down(renamed)).toMatchObject({ status: 0, calls: [] });
    await succeed(device, fib4.down);
    expectClean(device);
  });
});
