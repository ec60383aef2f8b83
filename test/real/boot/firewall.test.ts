import { describe, expect, test } from 'vitest';
import { build, firewall, ours } from '../loader.ts';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';
import { down, fileOf, modulesOn, together, up } from './service.ts';

describe.each(['x86_64', 'x86_64 without SSE 4.2', 'mipsel', 'arm'] as const)('on %s', (name) => {
  const machine = findMachine(name)!;

  test.skipIf(machine === undefined)("the firewall's modules load once, and unload", async () => {
    const [service] = build(ours([...new Set(firewall)], machine.tree));
    // Neither depends on another module.
    const others = ['nf_defrag_ipv4', 'nfnetlink'];
    const guest = await boot({
      machine,
      services: [service!.path],
      steps: [
        { name: 'up', run: up(service!) },
        { name: 'up again', run: up(service!) },
        { name: 'down', run: down(service!) },
        { name: 'down again', run: down(service!) },
        { name: 'others', run: others.map((module) => `insmod ${fileOf(service!, module)}`).join('\n') },
        { name: 'up with others', run: up(service!) },
        { name: 'down with others', run: down(service!) },
      ],
    });
    const order = modulesOn(machine, service!);
    const modules = together(machine, [service!]);
    expect(modules.length).toBeGreaterThan(20);
    // crc32c has other implementations; only softdeps ask for this one.
    const goingOn = machine.lacks.map(
      (module) => `kmod-test: going on without ${module}, which only a softdep asks for`,
    );
    const notes = (output: string): string[] =>
      output.split('\n').filter((line) => line.includes('going on without'));

    expect(guest.before).toMatchObject({ modules: [], kept: {} });

    const first = guest.after('up');
    expect(first.status, first.output).toBe(0);
    expect(notes(first.output)).toEqual(goingOn);
    if (machine.lacks.length === 0) expect(first.output).toBe('');
    expect(first.modules).toEqual(modules);
    expect(first.kept).toEqual({ inserted: order, 'claims/kmod-test': order });

    const { status, modules: still, kept } = guest.after('up again');
    expect({ status, modules: still, kept }).toEqual({ status: 0, modules, kept: first.kept });

    for (const step of ['down', 'down again']) {
      const ran = guest.after(step);
      // The stand-in's own last words, which come behind ours.
      expect(ran).toMatchObject({ status: 0, output: 'cleaned up', modules: [], kept: {} });
    }

    expect(guest.after('others').modules).toEqual(others);
    expect(guest.after('up with others')).toMatchObject({
      status: 0,
      modules,
      kept: { inserted: order.filter((module) => !others.includes(module)) },
    });
    expect(guest.after('down with others')).toMatchObject({ status: 0, modules: others, kept: {} });
  });
});
