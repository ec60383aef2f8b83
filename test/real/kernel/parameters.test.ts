/**
 * Which parameters modules have, beside binutils and kmod: every module of Debian's images. Symbols of the section `__param`
 * name them as the source does, types are `.modinfo`'s.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { buildGraph, type Module, type ModuleGraph } from '../../../src/kernel/modules/graph.ts';
import { withModule } from '../../../src/kernel/modules/module-file.ts';
import { parameterNames } from '../../../src/kernel/modules/param-section.ts';
import { genKmod, repository, run, scratch } from '../environment.ts';
import { images, imageTree } from './images.ts';

/** By file, the names of the symbols that lie in `__param`, in its order. */
function symbolsOfSection(files: readonly string[]): Map<string, string[]> {
  const found = new Map<string, [number, string][]>();
  let file = '';
  for (const line of inPieces('objdump', ['-t', '-w'], files).split('\n')) {
    file = /^(\/.*\.ko): +file format /.exec(line)?.[1] ?? file;
    const [, at, name] = /^([0-9a-f]+) .{7} __param\t[0-9a-f]+ (?:\.hidden )?__param_(\S+)$/.exec(line) ?? [];
    if (at !== undefined) found.set(file, [...(found.get(file) ?? []), [Number.parseInt(at, 16), name!]]);
  }
  return new Map(
    [...found].map(([file, all]) => [file, all.sort(([a], [b]) => a - b).map(([, name]) => name)]),
  );
}

function inPieces(command: string, flags: string[], files: readonly string[]): string {
  let output = '';
  for (let start = 0; start < files.length; start += 500) {
    const { status, stdout } = run(command, [...flags, ...files.slice(start, start + 500)]);
    expect(status, command).toBe(0);
    output += stdout;
  }
  return output;
}

/** MODULE_PARAM_PREFIX is in neither a symbol's name nor `.modinfo`, but in what the kernel compares. */
const withoutPrefix = (name: string) => name.replace(/^.*\./, '');

/** `MODULE NAME` of each parameter of which nothing says the type. */
const withoutType = (graph: ModuleGraph, modules: readonly Module[]): string[] =>
  modules.flatMap((module) =>
    graph
      .parameters(module)
      .flatMap(({ name, type }) => (type === undefined ? `${module.name} ${name}` : [])),
  );

describe.for(images)('%s', (image) => {
  const tree = imageTree(image);

  test.runIf(tree)('each module has the parameters that binutils finds, and types that kmod finds', () => {
    const graph = buildGraph(readBuiltTree(tree!).tree!);
    const files = graph.modules.map((module) => graph.file(module));
    const theirs = symbolsOfSection(files);
    expect(theirs.size).toBeGreaterThan(image === 's390x' ? 150 : 500);
    for (const module of graph.modules) {
      const names = graph.parameters(module).map(({ name }) => withoutPrefix(name));
      // Two of a module's sources can each have a `debug`: the kernel sets both.
      expect(names, module.path).toEqual([...new Set(theirs.get(graph.file(module)))]);
    }
    const typed = graph.modules.flatMap((module) =>
      graph
        .parameters(module)
        .flatMap(({ name, type }) => (type === undefined ? [] : `${withoutPrefix(name)}:${type}`)),
    );
    const types = inPieces('modinfo', ['-0', '-F', 'parmtype'], files).split('\0').filter(Boolean);
    expect([...new Set(typed)].sort()).toEqual([...new Set(types)].sort());
    expect(withoutType(graph, graph.modules)).toEqual(
      expect.arrayContaining([
        'nf_conntrack hashsize',
        'batman_adv routing_algo',
        'sunrpc pool_mode',
        'lockd nlm_udpport',
        'lockd nlm_tcpport',
      ]),
    );
  });
});

const amd64 = imageTree('amd64')!;
const conntrack = join(amd64, 'kernel/net/netfilter/nf_conntrack.ko');

test("a source's prefix belongs to the name", () => {
  const graph = buildGraph(readBuiltTree(amd64).tree!);
  const [block] = graph.parameters(graph.find('mmc_block')!).filter(({ name }) => name.includes('.'));
  expect(block).toMatchObject({ name: 'mmcblk.perdev_minors', type: 'int' });
});

test('a module that was stripped has the same', () => {
  const known = withModule(conntrack, parameterNames);
  expect(known).toContain('hashsize');
  const own = join(scratch(), 'nf_conntrack.ko');
  for (const how of ['--strip-debug', '--strip-unneeded']) {
    copyFileSync(conntrack, own);
    expect(run('strip', [how, own]).status).toBe(0);
    expect(withModule(own, parameterNames), how).toEqual(known);
  }
  // Nothing else says so any more.
  expect(run('nm', [own]).stdout).not.toContain('__param_');
});

/** In 64 bits, `r_info` of MIPS has parts in an order of its own; Debian's images are 32 bits wide there. */
test.for([
  ['-EB', '-mabi=32', 'elf32btsmip', '.word', 4],
  ['-EL', '-mabi=32', 'elf32ltsmip', '.word', 4],
  ['-EB', '-mabi=64', 'elf64btsmip', '.dword', 8],
  ['-EL', '-mabi=64', 'elf64ltsmip', '.dword', 8],
] as const)(
  "of what GNU's assembler and linker made for MIPS: %s %s",
  ([order, abi, emulation, pointer, size]) => {
    const names = ['first', 'second', 'third'];
    const assembly = (own: readonly string[]) =>
      [
        '.section .rodata,"a"',
        '.space 24',
        ...own.map((name) => `__param_str_${name}: .asciz "${name}"`),
        '.section __param,"a"',
        // Beyond a section, and at a symbol that other files see.
        ...own.map((name, index) =>
          [
            ...(index === 1 ? [`.globl __param_str_${name}`] : []),
            `${pointer} __param_str_${name}, __this_module, ops`,
            '.half 0644',
            '.byte -1, 0',
            `.space ${size - 4}`,
            `${pointer} data`,
          ].join('\n'),
        ),
        '.data',
        'data: .word 0',
      ].join('\n');
    const work = scratch();
    const objects = [names, ['fourth']].map((own, index) => {
      const object = join(work, `${index}.o`);
      const assembled = run('mips-linux-gnu-as', [order, abi, '-o', object], { input: `${assembly(own)}\n` });
      expect(assembled.status, assembled.stderr).toBe(0);
      return object;
    });
    const file = join(work, 'made.ko');
    const linked = run('mips-linux-gnu-ld', [order, '-m', emulation, '-r', '-o', file, ...objects]);
    expect(linked.status, linked.stderr).toBe(0);
    expect(run('readelf', ['-SW', file]).stdout).toContain(size === 8 ? '.rela__param' : '.rel__param');
    expect(withModule(file, parameterNames)).toEqual([...names, 'fourth']);
  },
);

test("the README's list, parameters included, holds for a real kernel", () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const [, list = ''] = /```yaml\n(# kmod\.yaml\n[\s\S]*?)```/.exec(readme) ?? [];
  expect(list).toContain('parameters: { nf_conntrack: { hashsize: 4096 } }');
  const folder = scratch();
  const resolve = (text: string) => {
    writeFileSync(join(folder, 'kmod.yaml'), text);
    return genKmod(['resolve', '--kernel', '6.1', '--build', amd64], { cwd: folder });
  };
  const { status, stdout, stderr } = resolve(list);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^ {4}nf_conntrack {2}hashsize=4096 .*any value/m);
  const wrong = resolve(list.replace('hashsize:', 'hash_size:'));
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toContain('did you mean `hashsize`');
});

test('explain names a parameter that only the section has, without a type', () => {
  const { stdout } = genKmod(['explain', 'nf_conntrack', '--build', amd64]);
  expect(stdout).toMatch(/^ {2}parameter {5}hashsize: .*any value/m);
  const [built] = JSON.parse(genKmod(['explain', 'nf_conntrack', '--build', amd64, '--json']).stdout)
    .explained[0].built;
  expect(built.parameters).toContainEqual({ name: 'hashsize' });
});
