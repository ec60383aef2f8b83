import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { build, type Device, expectClean, insmods, nothing, plant, rmmods, succeed, test } from './device.ts';

const tree = plant([
  ...['crc32c_generic', 'libcrc32c', 'nfnetlink', 'nf_tables', 'nft_limit', 'nft_fib', 'nft_fib_ipv4'],
  'nf_log_syslog',
]);
const { limit, fib, log } = build(
  {
    limit: { targets: ['nft_limit'] },
    fib: { targets: ['nft_fib_ipv4'] },
    log: { targets: ['nf_log_syslog'] },
  },
  tree,
);
// It waits for 2 s, not 25.
const { limit: hasty } = build({ limit: { targets: ['nft_limit'] } }, tree, (functions) =>
  functions.replace('within 25', 'within 2').replace('within 60', 'within 3'),
);
const only = limit.modules.filter((module) => !fib.modules.includes(module));

describe.concurrent('an insmod that fails', () => {
  for (const [what, module] of [
    ['for the target', 'nft_limit'],
    ['for what the target needs', 'nf_tables'],
    ['for what that needs in turn', 'libcrc32c'],
  ] as const) {
    test(`${what} makes up fail, which removes in reverse what it inserted`, async ({ boot }) => {
      const device = await boot(tree);
      device.tell('fail', module, '22 invalid parameters');
      const { status, output, calls } = await device.up(limit);
      const before = limit.modules.slice(0, limit.modules.indexOf(module));
      expect(status).toBe(1);
      expect(calls).toEqual([...insmods(before), `insmod ${module}`, ...rmmods(before)]);
      expect(output).toMatch(/^insmod: .*: invalid parameters$/m);
      expect(output).toMatch(new RegExp(`^kmod-limit: cannot load ${module}$`, 'm'));
      expectClean(device);

      device.untell('fail', module);
      await succeed(device, limit.up, limit.down);
      expectClean(device);
    });
  }

  test("leaves other loaders' modules", async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, fib.up);
    device.tell('fail', 'nft_limit', '12 Cannot allocate memory');
    expect(await device.up(limit)).toMatchObject({ status: 1, calls: ['insmod nft_limit'] });
    expect(device.modules()).toEqual(fib.modules.toSorted());
    expect(device.kept()).toEqual({ claims: { 'kmod-fib': fib.modules }, inserted: fib.modules, lock: [] });
    await succeed(device, fib.down);
    expectClean(device);
  });

  test('takes away what the same loader had loaded before', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, limit.up);
    device.remove('nft_limit');
    rmSync(device.path('/sys/module/nf_tables/holders/nft_limit'), { recursive: true });
    device.tell('fail', 'nft_limit', '12 Cannot allocate memory');
    expect((await device.up(limit)).status).toBe(1);
    expectClean(device);
  });

  test('for a module that something else never finishes inserting is not put off for long', async ({
    boot,
  }) => {
    const device = await boot(tree);
    device.set('nf_tables', 'coming');
    const { status, output, seconds } = await device.up(hasty);
    expect(status).toBe(1);
    expect(seconds).toBeLessThan(8);
    expect(output).toMatch(/: File exists\n(.*\n)*kmod-limit: cannot load nf_tables\n$/);
    expect(device.modules()).toEqual(['nf_tables']);
    expect(device.kept()).toEqual(nothing);
  });

  test('for what only a softdep asks for is reported, and the rest is loaded', async ({ boot }) => {
    const device = await boot(tree);
    device.tell('fail', 'crc32c_generic', '12 Cannot allocate memory');
    const { status, output } = await device.up(limit);
    const rest = limit.modules.filter((module) => module !== 'crc32c_generic');
    expect(status).toBe(0);
    expect(output).toMatch(/: Cannot allocate memory\n/);
    expect(output).toContain(
      'kmod-limit: cannot load crc32c_generic\n' +
        'kmod-limit: going on without crc32c_generic, which only a softdep asks for\n',
    );
    expect(device.modules()).toEqual(rest.toSorted());
    expect(device.kept()).toEqual({ claims: { 'kmod-limit': rest }, inserted: rest, lock: [] });
    expect(await device.down(limit)).toMatchObject({ status: 0, calls: rmmods(rest) });
    expectClean(device);
  });

  test("says what the kernel's log has on the module", async ({ boot }) => {
    const device = await boot(tree, {
      dmesg: '[1.0] nf_tables_more: no\n[2.0] nf_tables: out of luck\n[3.0] nft_limit: no\n',
    });
    device.tell('fail', 'nf_tables', '12 Cannot allocate memory');
    const { output } = await device.up(limit);
    expect(output).toMatch(/\n\[2\.0\] nf_tables: out of luck\nkmod-limit: cannot load nf_tables\n$/);
    expect(output).not.toContain('no\n');
  });

  test('because another kernel runs says so, and to reboot', async ({ boot }) => {
    const device = await boot(tree, { release: '6.6.67' });
    device.tell('fail', 'libcrc32c', '8 invalid module format');
    const { status, output } = await device.up(limit);
    expect(status).toBe(1);
    expect(output).toContain(
      `kmod-limit: cannot load libcrc32c: it was built for Linux ${tree.release}, and 6.6.67 is running; reboot`,
    );
    expectClean(device);
  });
});

describe.concurrent('a module in use', () => {
  test('stays with what it needs when its loader goes down, which names the users and succeeds', async ({
    boot,
  }) => {
    const device = await boot(tree);
    await succeed(device, limit.up);
    device.use('nft_limit', 1);
    const { status, output } = await device.down(limit);
    expect(status).toBe(0);
    for (const [module, users] of [
      ['nft_limit', ''],
      ['nf_tables', '; its users: nft_limit'],
      ['nfnetlink', '; its users: nf_tables'],
    ]) {
      const line = `kmod-limit: ${module} is in use and stays loaded${users}`;
      expect(output.split('\n').map((one) => one.trim())).toContain(line.trim());
    }
    expect(output).toMatch(/\ncleaned up\n$/);
    const stays = limit.modules.filter((module) => module !== 'crc32c_generic');
    expect(device.modules()).toEqual(stays.toSorted());
    expect(device.kept()).toEqual({ claims: {}, inserted: stays, lock: [] });
    // Nor is it Liminix's cleanup that hides a failure.
    expect((await device.start(`${limit.folder}/unload.sh`).done).status).toBe(0);
  });

  for (const [what, scripts] of [
    ['the same loader goes down again', [limit.down]],
    ['the same loader comes up and goes down', [limit.up, limit.down]],
    ['any loader goes down', [log.up, log.down]],
    ['a loader goes down that never came up', [fib.down]],
  ] as const) {
    test(`is removed once it is free and ${what}`, async ({ boot }) => {
      const device = await boot(tree);
      await succeed(device, limit.up);
      device.use('nft_limit', 1);
      await succeed(device, limit.down);
      device.use('nft_limit', 0);
      await succeed(device, ...scripts);
      expectClean(device);
    });
  }

  test('stays on when other loaders go down meanwhile', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, limit.up);
    device.use('nft_limit', 1);
    await succeed(device, limit.down, fib.up, fib.down);
    const stays = limit.modules.filter((module) => module !== 'crc32c_generic');
    expect(device.modules()).toEqual(stays.toSorted());
    expect(device.kept()).toMatchObject({ claims: {}, lock: [] });
    device.use('nft_limit', 0);
    await succeed(device, log.down);
    expectClean(device);
  });

  test('that another module uses is named with that', async ({ boot }) => {
    const device = await boot(tree);
    await succeed(device, fib.up, limit.up);
    device.set('nft_other', 'live');
    writeFileSync(device.path('/sys/module/nft_limit/holders/nft_other'), '');
    const { status, output } = await device.down(limit);
    expect(status).toBe(0);
    expect(output).toContain('kmod-limit: nft_limit is in use and stays loaded; its users: nft_other');
    expect(device.kept().inserted).toEqual([...fib.modules, ...only]);
  });
});

/** Leaves no byte free in /run. */
function fill(device: Device): void {
  const { bsize, bfree } = statfsSync(device.path('/run'));
  writeFileSync(device.path('/run/filling'), Buffer.alloc(bsize * bfree));
}

describe.concurrent('a /run', () => {
  test('that is read-only makes up fail before it inserts anything, and down succeed', async ({ boot }) => {
    const device = await boot(tree, { run: 'ro' });
    const up = await device.up(limit);
    expect(up).toMatchObject({
      status: 1,
      output: expect.stringMatching(/Read-only file system/),
      calls: [],
    });
    const down = await device.down(limit);
    expect(down).toMatchObject({ status: 0, output: expect.stringMatching(/\ncleaned up\n$/), calls: [] });
    for (const { seconds } of [up, down]) expect(seconds).toBeLessThan(5);
    expect(existsSync(device.path('/run/gen-kmod'))).toBe(false);
  });

  test('that is full makes up fail before it inserts anything', async ({ boot }) => {
    const device = await boot(tree, { run: 'size=64k' });
    fill(device);
    const up = await device.up(limit);
    expect(up).toMatchObject({ status: 1, output: expect.stringMatching(/No space left/), calls: [] });
    expectClean(device);
    expect(await device.down(limit)).toMatchObject({ status: 0, output: 'cleaned up\n', calls: [] });
    rmSync(device.path('/run/filling'));
    await succeed(device, limit.up, limit.down);
    expectClean(device);
  });

  test('that fills up after others loaded makes up fail, which removes what it inserted', async ({
    boot,
  }) => {
    const device = await boot(tree, { run: 'size=64k' });
    await succeed(device, fib.up);
    fill(device);
    const up = await device.up(limit);
    expect(up).toMatchObject({ status: 1, output: expect.stringMatching(/No space left/) });
    expect(device.modules()).toEqual(fib.modules.toSorted());
    expect(device.kept()).toMatchObject({ claims: { 'kmod-fib': fib.modules }, lock: [] });
    expect(device.kept().inserted).toEqual(expect.arrayContaining(fib.modules));
    await succeed(device, fib.down);
    expectClean(device);
  });

  test('that is full keeps down from nothing', async ({ boot }) => {
    const device = await boot(tree, { run: 'size=64k' });
    await succeed(device, fib.up, limit.up);
    fill(device);
    expect(await device.down(limit)).toMatchObject({ status: 0, calls: rmmods(only) });
    expect(device.modules()).toEqual(fib.modules.toSorted());
    await succeed(device, fib.down);
    expectClean(device);
  });

  test('that is full keeps the record when an insmod fails', async ({ boot }) => {
    const device = await boot(tree, { run: 'size=64k' });
    await succeed(device, fib.up);
    fill(device);
    device.tell('fail', 'nft_limit', '12 Cannot allocate memory');
    expect((await device.up(limit)).status).toBe(1);
    expect(device.modules()).toEqual(fib.modules.toSorted());
    await succeed(device, fib.down);
    expectClean(device);
  });

  test('without room for another file makes up fail at any of them, which leaves nothing', async ({
    boot,
  }) => {
    for (let files = 1, enough = false; !enough; files++) {
      const device = await boot(tree, { run: `nr_inodes=${files}` });
      const { status, output } = await device.up(hasty);
      enough = status === 0;
      if (enough) {
        // The folder, the claims and one of them, the lock and its entry, the record.
        expect(files).toBeGreaterThanOrEqual(6);
      } else {
        expect(output).toMatch(/No space left on device|\/run\/gen-kmod\/lock cannot be made/);
        expectClean(device, `with room for ${files}`);
      }
      expect((await device.down(hasty)).output).toMatch(/^cleaned up\n$/m);
      expectClean(device, `with room for ${files}`);
    }
  });
});
