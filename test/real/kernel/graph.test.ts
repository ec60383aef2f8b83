/**
 * What is read of built kernels, beside kmod: Debian's images of four architectures, a big-endian one made of one of them,
 * and small kernels that chance wrote.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { modulesAlias, modulesDep, modulesSoftdep } from '../../../src/kernel/modules/depmod-files.ts';
import { buildGraph, type ModuleGraph } from '../../../src/kernel/modules/graph.ts';
import { probe, softdepsOf } from '../../../src/kernel/modules/load-order.ts';
import { type Found, type Lookup, makeLookup } from '../../../src/kernel/modules/lookup.ts';
import { type Modinfo, parameters, values } from '../../../src/kernel/modules/modinfo.ts';
import { plant, type WrittenModule } from '../../kernel/modules/elf-writer.ts';
import { run, scratch } from '../environment.ts';
import { bigEndian } from './big-endian.ts';
import { type Indexed, images, imageTree, indexOf, indexWith } from './images.ts';

function read(tree: string): { graph: ModuleGraph; lookup: Lookup } {
  const { tree: built, problems } = readBuiltTree(tree);
  expect(problems).toEqual([]);
  const graph = buildGraph(built!);
  return { graph, lookup: makeLookup(graph) };
}

const depmodFiles = (tree: string) =>
  ['modules.dep', 'modules.alias', 'modules.softdep'].map((name) => readFileSync(join(tree, name), 'latin1'));
const ourFiles = (graph: ModuleGraph) => [modulesDep(graph), modulesAlias(graph), modulesSoftdep(graph)];

/** What `modprobe --show-depends` prints, from ours: each name's lists, with what they repeat. */
function shown(names: readonly string[], graph: ModuleGraph, lookup: Lookup): string[] {
  const softdeps = softdepsOf(graph, 'first');
  const line = ({ name, module }: Found) => (module ? `insmod ${graph.file(module)} ` : `builtin ${name}`);
  return names.flatMap((name) =>
    lookup.find(name).flatMap((found) => probe(found, lookup, softdeps).map(line)),
  );
}

/** Neighbours that are the same once: modprobe names a module for each pattern that matches. */
const once = (lines: readonly string[]) => lines.filter((line, index) => line !== lines[index - 1]);

/** In pieces, as an argument list has a longest. */
function inPieces(indexed: Indexed, flags: string[], names: readonly string[]): string[] {
  const lines: string[] = [];
  for (let start = 0; start < names.length; start += 4_000) {
    lines.push(...indexed.modprobe([...flags, ...names.slice(start, start + 4_000)]));
  }
  return lines;
}

/** A name that an alias's pattern matches. */
const example = (pattern: string) =>
  pattern
    .replaceAll('*', 'x')
    .replaceAll('?', 'y')
    .replace(/\[.*?\]/g, '0');

describe.for(images)('%s', (name) => {
  const tree = imageTree(name);

  test.runIf(tree)(
    'modules.dep, modules.alias and modules.softdep are what depmod writes, byte for byte',
    () => {
      const indexed = indexOf(tree!);
      const { graph } = read(indexed.tree);
      expect(graph.problems).toEqual([]);
      expect(graph.modules.length).toBeGreaterThan(2_000);
      const theirs = depmodFiles(indexed.tree);
      ourFiles(graph).forEach((ours, index) => {
        expect(ours === theirs[index], `file ${index}`).toBe(true);
      });
    },
  );

  test.runIf(tree)('every module is loaded as modprobe --show-depends says', () => {
    const indexed = indexOf(tree!);
    const { graph, lookup } = read(indexed.tree);
    const names = graph.modules.map(({ name }) => name);
    expect(shown(names, graph, lookup)).toEqual(inPieces(indexed, ['-a', '-D'], names));
  });

  test.runIf(tree)('what is builtin, by name and alias, is what it is to modprobe', () => {
    const indexed = indexOf(tree!);
    const { graph, lookup } = read(indexed.tree);
    const names = [
      ...lookup.builtin.modules.keys(),
      ...lookup.builtin.aliases.map(({ pattern }) => example(pattern)),
    ];
    expect(names.length).toBeGreaterThan(100);
    expect(shown(names, graph, lookup)).toEqual(inPieces(indexed, ['-a', '-D'], names));
  });

  test.runIf(tree)('aliases stand for the modules that modprobe takes them for', () => {
    const indexed = indexOf(tree!);
    const { graph, lookup } = read(indexed.tree);
    const patterns = graph.modules.flatMap((module) => values(graph.modinfo(module), 'alias'));
    // Each of several thousand lookups compares thousands of patterns.
    const step = process.env.GEN_KMOD_FULL ? 1 : 23;
    const names = [...new Set(patterns.map(example))].filter((_, index) => index % step === 0);
    const symbols = graph.modules.flatMap((module) => graph.exports(module).slice(0, 1));
    names.push(...symbols.filter((symbol) => graph.exporter(symbol)).map((symbol) => `symbol:${symbol}`));
    expect(once(names.flatMap((name) => lookup.find(name).map(({ name }) => name)))).toEqual(
      once(inPieces(indexed, ['-a', '-R'], names)),
    );
  });

  test.runIf(tree)('modinfo prints what is read, of every module and field', () => {
    const indexed = indexOf(tree!);
    const { graph, lookup } = read(indexed.tree);
    const files = graph.modules.map((module) => graph.file(module));
    const fields = readModinfo(run('modinfo', ['-0', ...files]).stdout);
    const lines = parameterLines(run('modinfo', ['-0', '-F', 'parm', ...files]).stdout);
    expect([...fields.keys()]).toEqual(files);
    const ours = graph.modules.flatMap((module) => [...parameterText(graph.modinfo(module))].reverse());
    expect(ours).toEqual(lines);
    for (const module of graph.modules) {
      expect(ordinary(graph.modinfo(module)), module.path).toEqual(fields.get(graph.file(module)));
    }
    expect(lookup.builtin.modules.size).toBeGreaterThan(100);
    for (const { name, modinfo } of lookup.builtin.modules.values()) {
      // To modinfo too, a name can be another module's alias.
      if (lookup.find(name)[0]?.module !== undefined) continue;
      const { stdout } = run('modinfo', [
        '-0',
        '-k',
        graph.tree.release!,
        '-b',
        join(indexed.tree, '../../..'),
        name,
      ]);
      const [theirs = []] = readModinfo(stdout).values();
      expect(ordinary(modinfo), name).toEqual(theirs.filter((field) => !field.startsWith('name:')));
      if (!process.env.GEN_KMOD_FULL && name > 'c') break;
    }
  });
});

/** By file, each field as modinfo prints it, without those of a signature, and parameters, which it prints in its way. */
function readModinfo(text: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let own: string[] = [];
  for (const field of text.split('\0').filter(Boolean)) {
    const file = /^filename: *(.*)$/s.exec(field)?.[1];
    if (file !== undefined) {
      own = [];
      fields.set(file, own);
    } else if (!/^(?:sig_id|signer|sig_key|sig_hashalgo|signature|parm)\b/.test(field)) own.push(field);
  }
  return fields;
}

function ordinary({ fields }: Modinfo): string[] {
  return fields
    .filter(([key]) => key !== 'parm' && key !== 'parmtype')
    .map(([key, value]) => `${key}=${value}`);
}

const parameterLines = (text: string) => text.split('\0').slice(0, -1);

function parameterText(modinfo: Modinfo): string[] {
  return parameters(modinfo).map(({ name, type, description }) => {
    if (description === undefined) return `${name}: (${type})`;
    return type === undefined ? `${name}:${description}` : `${name}:${description} (${type})`;
  });
}

describe('big-endian, 32 bits', () => {
  const little = imageTree('mipsel') ?? imageTree('armhf');

  test.runIf(little)('the same files come of it, and modprobe loads in the same order', () => {
    const source = read(little!).graph;
    const indexed = indexWith('6.1-big', (tree) => {
      for (const module of source.modules) {
        mkdirSync(dirname(join(tree, module.path)), { recursive: true });
        writeFileSync(join(tree, module.path), bigEndian(readFileSync(source.file(module))));
      }
      for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
        cpSync(join(little!, list), join(tree, list));
      }
    });
    expect(indexed.depmodStatus, indexed.said).toBe(0);
    const { graph, lookup } = read(indexed.tree);
    expect(graph.architecture).toEqual({ ...source.architecture, byteOrder: 'big' });
    expect(graph.problems).toEqual([]);
    const theirs = depmodFiles(indexed.tree);
    ourFiles(graph).forEach((ours, index) => {
      expect(ours === theirs[index], `file ${index}`).toBe(true);
    });
    expect(ourFiles(graph)).toEqual(ourFiles(source));
    const names = graph.modules.map(({ name }) => name);
    expect(shown(names, graph, lookup)).toEqual(inPieces(indexed, ['-a', '-D'], names));
    // The real reader of symbols takes the turned tables for whole.
    const sample = graph.modules.filter((_, index) => index % 100 === 0).map((module) => graph.file(module));
    const { status, stderr } = run('readelf', ['-SsW', ...sample]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('modules that the GNU assembler and linker for mips made are the same to both', () => {
    const made = (name: string, uses: string[], weak: string[], modinfo: string[]): string[] => [
      '.section .modinfo,"a"',
      ...[`name=${name}`, ...modinfo].map((field) => `.asciz "${field}"`),
      '.section __ksymtab_strings,"aMS",@progbits,1',
      `.asciz "${name}_symbol"`,
      '.asciz ""',
      '.data',
      ...weak.map((symbol) => `.weak ${symbol}_symbol`),
      ...[...uses, ...weak].map((symbol) => `.word ${symbol}_symbol`),
      `.globl ${name}_symbol`,
      `${name}_symbol: .word 0`,
    ];
    const sources = {
      'top-most': made('top_most', ['middle', 'base'], [], ['alias=top-*']),
      middle: made('middle', ['base'], ['optional'], ['softdep=pre: extra post: top-x']),
      base: made('base', [], ['absent'], []),
      optional: made('optional', [], [], []),
      extra: made('extra', ['base'], [], []),
    };
    const work = scratch();
    const indexed = indexWith('1.0-mips', (tree) => {
      mkdirSync(join(tree, 'kernel'));
      for (const [name, lines] of Object.entries(sources)) {
        const object = join(work, `${name}.o`);
        const assembled = run('mips-linux-gnu-as', ['-EB', '-mabi=32', '-o', object], {
          input: `${lines.join('\n')}\n`,
        });
        expect(assembled.status, assembled.stderr).toBe(0);
        const file = join(tree, 'kernel', `${name}.ko`);
        expect(run('mips-linux-gnu-ld', ['-r', '-o', file, object]).status).toBe(0);
      }
      const order = Object.keys(sources).map((name) => `kernel/${name}.ko\n`);
      writeFileSync(join(tree, 'modules.order'), order.join(''));
      writeFileSync(join(tree, 'modules.builtin'), '');
    });
    expect(indexed.depmodStatus, indexed.said).toBe(0);
    const { graph, lookup } = read(indexed.tree);
    expect(graph.architecture).toMatchObject({ name: 'mips', bits: 32, byteOrder: 'big' });
    expect(ourFiles(graph)).toEqual(depmodFiles(indexed.tree));
    const names = graph.modules.map(({ name }) => name);
    expect(shown(names, graph, lookup)).toEqual(indexed.modprobe(['-a', '-D', ...names]));
    expect(
      graph
        .find('middle')!
        .needs.map(({ name }) => name)
        .sort(),
    ).toEqual(['base', 'optional']);
  });
});

describe('kernels that chance wrote', () => {
  const letter = fc.constantFrom(...'abcdefgh');
  const words = fc.array(fc.oneof(letter, fc.constantFrom('x-y', 'alias-a', 'in', 'none')), { maxLength: 3 });
  const softdep = fc
    .tuple(fc.constantFrom('pre', 'post'), words, words)
    .map(([first, before, after]) => `softdep=${first}: ${before.join(' ')} post: ${after.join(' ')}`);
  const module: fc.Arbitrary<WrittenModule> = fc.record({
    bits: fc.constantFrom(32 as const, 64 as const),
    byteOrder: fc.constantFrom('little' as const, 'big' as const),
    scattered: fc.boolean(),
    exports: fc.uniqueArray(
      letter.map((name) => ({ name: `s${name}` })),
      { maxLength: 2, selector: ({ name }) => name },
    ),
    uses: fc.uniqueArray(fc.record({ name: letter.map((name) => `s${name}`), weak: fc.boolean() }), {
      maxLength: 2,
      selector: ({ name }) => name,
    }),
    modinfo: fc.array(
      fc.oneof(
        softdep,
        fc.constantFrom('alias=alias-a', 'alias=ali*', 'alias=x[ab]*', 'alias=in', 'alias=a'),
      ),
      { maxLength: 3 },
    ),
  });
  const kernel = fc.record({
    modules: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x-y'), module), {
      selector: ([name]) => name,
      minLength: 1,
    }),
    updates: fc.option(module),
  });
  // Every run starts depmod and modprobe.
  const options = { numRuns: process.env.GEN_KMOD_FULL ? 2_000 : 150, seed: 30 };

  const fill =
    (modules: [name: string, WrittenModule][], more: Record<string, WrittenModule>) => (tree: string) => {
      const files = Object.fromEntries(modules.map(([name, content]) => [`kernel/${name}.ko`, content]));
      plant(tree, {
        ...files,
        ...more,
        'modules.order': Object.keys(files).join('\n').concat('\n'),
        'modules.builtin': 'kernel/in.ko\nkernel/x/e.ko\n',
        'modules.builtin.modinfo': 'in.alias=alias-b\0in.alias=xa*\0e.alias=x*\0',
      });
    };

  test('have the files, orders and aliases that kmod has', () => {
    let cyclic = 0;
    fc.assert(
      fc.property(kernel, ({ modules, updates }) => {
        const planted = fill(modules, updates ? { 'updates/a.ko': updates } : {});
        const own = scratch();
        planted(own);
        const cycles = buildGraph(readBuiltTree(own).tree!).problems.filter(
          ({ code }) => code === 'module-cycle',
        );
        const indexed = indexWith('1.0', planted, cycles.length > 0 ? 1 : undefined);
        if (cycles.length > 0) {
          cyclic++;
          expect(indexed.depmodStatus).not.toBe(0);
          return;
        }
        expect(indexed.depmodStatus, indexed.said).toBe(0);
        const graph = buildGraph(readBuiltTree(indexed.tree).tree!);
        expect(ourFiles(graph)).toEqual(depmodFiles(indexed.tree));
        const lookup = makeLookup(graph);
        const names = ['a', 'b', 'c', 'd', 'e', 'x-y', 'alias-a', 'alias-b', 'xa', 'in', 'none', 'symbol:sa'];
        expect(once(names.flatMap((name) => lookup.find(name).map(({ name }) => name)))).toEqual(
          once(indexed.modprobe(['-a', '-R', ...names])),
        );
        const plain = graph.modules.map(({ name }) => name);
        expect(shown(plain, graph, lookup)).toEqual(indexed.modprobe(['-a', '-D', ...plain]));
      }),
      options,
    );
    // Both kinds were there.
    expect(cyclic).toBeGreaterThan(0);
    expect(cyclic).toBeLessThan(options.numRuns);
  });

  test('name the modules of a cycle that depmod names', () => {
    // One ring, with modules before and behind it.
    const rings = fc.record({ size: fc.integer({ min: 2, max: 5 }), turn: fc.nat(4) });
    fc.assert(
      fc.property(rings, ({ size, turn }) => {
        const names = ['a', 'b', 'c', 'd', 'e'].slice(0, size);
        const ring = names.map((name, index): [string, WrittenModule] => [
          name,
          { exports: [{ name: `s${name}` }], uses: [`s${names[(index + 1) % size]}`, 'sbehind'] },
        ]);
        const rotated = [...ring.slice(turn % size), ...ring.slice(0, turn % size)];
        const more: [string, WrittenModule][] = [
          ['before', { uses: ['sa'] }],
          ['behind', { exports: [{ name: 'sbehind' }] }],
        ];
        const indexed = indexWith('1.0', fill([...rotated, ...more], {}));
        const graph = buildGraph(readBuiltTree(indexed.tree).tree!);
        const theirs = [...indexed.said.matchAll(/Cycle detected: (.*)/g)].map(([, cycle]) => cycle);
        expect(theirs).toHaveLength(1);
        expect(graph.problems.map(({ message }) => message)).toEqual([
          `modules need each other: ${theirs[0]}`,
        ]);
        expect(indexed.said).toContain(`Found ${size} modules in dependency cycles!`);
      }),
      { ...options, numRuns: 30 },
    );
  });
});
