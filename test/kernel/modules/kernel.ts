/** Kernels of written modules. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { buildGraph, type ModuleGraph } from '../../../src/kernel/modules/graph.ts';
import { type Lookup, makeLookup } from '../../../src/kernel/modules/lookup.ts';
import { scratch } from '../../output/folder.ts';
import { plant, type WrittenModule } from './elf-writer.ts';

/**
 * A module that exports `NAME_symbol`, for what `needs` it, and says `modinfo`.
 */
export function module(name: string, needs: string[] = [], ...modinfo: string[]): WrittenModule {
  return {
    exports: [{ name: `${name}_symbol` }],
    uses: ['printk', ...needs.map((needed) => `${needed}_symbol`)],
    modinfo: [`name=${name}`, 'vermagic=6.12.0 SMP mod_unload ', ...modinfo],
  };
}

/** The graph of an installed kernel with these files; modules stand in the order in which they are given. */
export function kernelOf(
  modules: Record<string, WrittenModule>,
  lists: Record<string, string> = {},
): { graph: ModuleGraph; lookup: Lookup; root: string } {
  const root = join(scratch(), '6.12.0');
  const files = Object.fromEntries(
    Object.entries(modules).map(([name, content]) => [`kernel/${name}.ko`, content]),
  );
  plant(root, { ...files, 'modules.order': Object.keys(files).join('\n').concat('\n'), ...lists });
  const { tree, problems } = readBuiltTree(root);
  expect(problems).toEqual([]);
  const graph = buildGraph(tree!);
  return { graph, lookup: makeLookup(graph), root };
}
