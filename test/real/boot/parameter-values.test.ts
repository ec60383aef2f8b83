/**
 * Which values of parameters the kernel takes: real modules of every type are inserted on real kernels, with each value and
 * then one that cannot be, so that nothing is ever loaded, and the kernel's log says which of the two it minded first.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { buildGraph } from '../../../src/kernel/modules/graph.ts';
import { parameters } from '../../../src/kernel/modules/modinfo.ts';
import { checkParameter } from '../../../src/kernel/modules/parameters.ts';
import { moduleBytes } from '../../../src/kernel/modules/sizes.ts';
import { parameterValues } from '../../kernel/modules/parameter-values.ts';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';

interface Subject {
  name: string;
  file: string;
  parameter: string;
  /** A parameter that does not take `!`. */
  stop: string;
}

/** The smallest module without needs that has a parameter of the type. */
function subjects(tree: string): Map<string, Subject> {
  const found = new Map<string, Subject & { bytes: number }>();
  const graph = buildGraph(readBuiltTree(tree).tree!);
  for (const module of graph.modules.filter(({ needs }) => needs.length === 0)) {
    const all = parameters(graph.modinfo(module));
    const file = graph.file(module);
    for (const { name, type = '' } of all) {
      // `!` is text too, so another parameter has to stop it.
      const stop = all.find((other) => /^u?int$/.test(other.type ?? '') && other.name !== name);
      // What modules define themselves is not known here.
      if (!(type in parameterValues) || /timeout|axis/.test(type)) continue;
      if (/charp|string/.test(type) && stop === undefined) continue;
      const bytes = moduleBytes(file);
      if ((found.get(type)?.bytes ?? Number.POSITIVE_INFINITY) <= bytes) continue;
      found.set(type, { name: module.name, file, parameter: name, stop: stop?.name ?? name, bytes });
    }
  }
  return found;
}

test.for(['x86_64', 'arm'] as const)('%s takes the values that are taken here', async (name) => {
  const machine = findMachine(name);
  if (machine === undefined) return;
  const bits = name === 'arm' ? 32 : 64;
  const found = subjects(machine.tree);
  const longs = ['2147483648', '-2147483649', '4294967296', '9223372036854775808', '18446744073709551616'];
  const cases = [...found].flatMap(([type, subject]) =>
    parameterValues[type]!.flat()
      .concat(/long/.test(type) ? longs : [])
      // A terminal's lines are no place for more.
      .filter((value) => value === undefined || /^[ -~]*$/.test(value))
      .map((value) => ({ type, subject, value })),
  );
  expect(new Set(cases.map(({ type }) => type)).size).toBeGreaterThan(12);

  // The kernel reads words, or what is in double quotes, as loaders write it.
  const asWord = (value: string): string => (/^[!-~]*$/.test(value) ? value : `"${value}"`);
  const quoted = (text: string): string => `'${text}'`;
  const lines = cases.map(({ subject: { name, parameter, stop }, value }) =>
    [
      'dmesg -c > /dev/null',
      `insmod /${name}.ko ${quoted(value === undefined ? parameter : `${parameter}=${asWord(value)}`)} ${stop}=! 2> /dev/null`,
      `echo "$(dmesg | grep -e 'for parameter' -e 'parameter too long' | head -n 1 | tail -c 60)"`,
    ].join('; '),
  );
  const files = Object.fromEntries(
    [...found.values()].map(({ name, file }) => [`/${name}.ko`, readFileSync(file)]),
  );
  const guest = await boot({
    machine,
    services: [],
    files,
    steps: [{ name: 'insert', run: lines.join('\n') }],
    seconds: 250,
  });
  const { output, modules } = guest.after('insert');
  expect(modules).toEqual([]);
  const said = output.split('\n');
  expect(said).toHaveLength(cases.length);
  cases.forEach(({ type, subject: { name, parameter, stop }, value }, index) => {
    const taken = said[index]!.endsWith(`\`!' invalid for parameter \`${stop}'`);
    if (!taken)
      expect(said[index], `${name} ${parameter}`).toMatch(/too long$|(?:invalid|too large) for parameter/);
    const fault = checkParameter([{ name: parameter, type, description: undefined }], parameter, value, bits);
    expect(fault === undefined, `${type} ${value}: ${said[index]}`).toBe(taken);
  });
});
