import { describe, expect, test } from 'vitest';
import { reference } from '../environment.ts';
import { build, generate, loaderSet, ours, referenceLoader, type Service } from '../loader.ts';
import { boot, type Step } from './boot.ts';
import { findMachine } from './machine.ts';
import { down, modulesOn, together, up } from './service.ts';

/** `+` starts a loader and `-` stops it. */
type Move = `${'+' | '-'}${string}`;

const lists = {
  conntrack: ['nf_conntrack'],
  fib4: ['nft_fib_ipv4'],
  fib6: ['nft_fib_ipv6'],
};

/** The machine that does all: the fastest, where it is to be had. */
const thorough = findMachine('mipsel') === undefined ? 'x86_64' : 'mipsel';

/** Whatever was left behind goes, newest first. */
const clear = `for module in $(cut -d ' ' -f 1 /proc/modules); do rmmod $module; done; rm -rf /run/gen-kmod`;

describe.each(['x86_64', 'mipsel', 'arm'] as const)('on %s', (name) => {
  const machine = findMachine(name)!;

  test.skipIf(machine === undefined)('loaders that share modules start and stop in every order', async () => {
    const names = Object.keys(lists);
    const set = loaderSet(
      generate(Object.fromEntries(Object.entries(lists).map(([loader, targets]) => [loader, { targets }]))),
      machine.tree,
    );
    const services = build(...names.map((loader) => `${set}.${loader}`));
    const byName = Object.fromEntries(services.map((service, index) => [names[index], service]));
    const shared = modulesOn(machine, services[0]!).filter((module) =>
      services.every((service) => modulesOn(machine, service).includes(module)),
    );
    expect(shared).toContain('libcrc32c');

    const orders = permutations(names);
    const walks = [
      ...orders.flatMap((starts, index) =>
        // Others do each order of starting and each of stopping, but not each with each.
        (name === thorough ? orders : [orders[(index + 2) % orders.length]!]).map((stops) => [
          ...starts.map((loader): Move => `+${loader}`),
          ...stops.map((loader): Move => `-${loader}`),
        ]),
      ),
      ...orders.map(([a, b, c]): Move[] => [
        ...([`+${a}`, `+${b}`, `-${a}`, `+${c}`, `-${b}`, `+${a}`, `-${c}`, `-${a}`] as Move[]),
      ]),
    ];
    const moves = walks.flatMap((walk, index) =>
      walk.map((move, at) => ({ move, name: `${index}: ${walk.slice(0, at + 1).join(' ')}` })),
    );
    const guest = await boot({
      machine,
      services: services.map(({ path }) => path),
      steps: moves.map(({ move, name }) => ({ name, run: script(byName, move) })),
      // Each rmmod would wait for grace periods, which most of the time would go into.
      commandLine: 'rcupdate.rcu_expedited=1',
      seconds: 240,
    });

    const running = new Set<string>();
    for (const { move, name } of moves) {
      if (move.startsWith('+')) running.add(move.slice(1));
      else running.delete(move.slice(1));
      const ran = guest.after(name);
      expect(ran.status, `${name}\n${ran.output}`).toBe(0);
      const wanted = names.filter((loader) => running.has(loader)).map((loader) => byName[loader]!);
      expect(ran.modules, name).toEqual(together(machine, wanted));
      expect(Object.keys(ran.kept).sort(), name).toEqual(
        wanted.length === 0
          ? []
          : [...[...running].map((loader) => `claims/kmod-${loader}`), 'inserted'].sort(),
      );
    }
    expect(running.size).toBe(0);
  });

  test.skipIf(machine === undefined || reference === undefined)(
    "what Liminix's own loaders inserted is not ours to remove",
    async () => {
      const [mine, upstream, same] = build(
        ours(['nft_masq', 'nft_log'], machine.tree),
        referenceLoader(['nft_ct', 'nft_limit'], machine.tree),
        referenceLoader(['nft_masq', 'nft_log'], machine.tree),
      );
      const scripts = { mine: mine!, upstream: upstream!, same: same! };
      const walks: Record<string, Move[]> = {
        // With everything of ours loaded already.
        all: ['+same', '+mine', '-mine', '-same'],
        inside: ['+upstream', '+mine', '-mine', '-upstream'],
        across: ['+upstream', '+mine', '-upstream', '-mine'],
        late: ['+mine', '+upstream'],
      };
      const steps = Object.entries(walks).flatMap(([walk, moves]): Step[] => [
        ...moves.map((move) => ({ name: `${walk} ${move}`, run: script(scripts, move) })),
        { name: `${walk} clear`, run: clear },
      ]);
      const guest = await boot({
        machine,
        services: Object.values(scripts).map(({ path }) => path),
        steps,
      });
      for (const walk of Object.keys(walks)) {
        expect(guest.after(`${walk} clear`)).toMatchObject({ modules: [], kept: {} });
      }
      const theirs = together(machine, [upstream!]);
      const both = together(machine, [mine!, upstream!]);
      const own = both.filter((module) => !theirs.includes(module));
      expect(own).not.toEqual([]);
      const all = together(machine, [mine!]);

      expect(guest.after('all +same').modules).toEqual(all);
      expect(guest.after('all +mine')).toMatchObject({ status: 0, modules: all });
      expect(guest.after('all +mine').kept).not.toHaveProperty('inserted');
      expect(guest.after('all -mine')).toMatchObject({ status: 0, modules: all, kept: {} });
      expect(guest.after('all -same').modules).toEqual([]);

      expect(guest.after('inside +upstream').modules).toEqual(theirs);
      expect(guest.after('inside +mine')).toMatchObject({ status: 0, modules: both });
      expect(guest.after('inside -mine')).toMatchObject({ status: 0, modules: theirs, kept: {} });
      expect(guest.after('inside -upstream').modules).toEqual([]);

      expect(guest.after('across +mine')).toMatchObject({ status: 0, modules: both });
      // Upstream's removes what it can; the kernel keeps what ours needs.
      expect(guest.after('across -upstream').modules).toEqual(expect.arrayContaining(own));
      const left = guest.after('across -mine');
      expect(left).toMatchObject({ status: 0, kept: {} });
      expect(left.modules).toEqual(
        guest.after('across -upstream').modules.filter((module) => !own.includes(module)),
      );

      expect(guest.after('late +mine')).toMatchObject({ status: 0, modules: all });
      expect(guest.after('late +upstream').modules).toEqual(expect.arrayContaining(all));
    },
  );
});

function script(services: Record<string, Service>, move: Move): string {
  const service = services[move.slice(1)]!;
  return move.startsWith('+') ? up(service) : down(service);
}

function permutations<T>(items: T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
