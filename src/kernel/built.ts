/** A kernel that has been built, with what the loaders of a list load of it. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Loader } from '../targets/target-list.ts';
import { readBuiltTree } from './modules/built-tree.ts';
import { type Closure, type ClosureModule, resolveClosure } from './modules/closure.ts';
import { buildGraph, type ModuleGraph } from './modules/graph.ts';
import { type Lookup, makeLookup } from './modules/lookup.ts';
import type { Problem } from './modules/problem.ts';

export interface BuiltKernel {
  /** As it was asked for. */
  readonly folder: string;
  readonly graph: ModuleGraph;
  readonly lookup: Lookup;
}

/** What loaders load. Softdeps count as modprobe counts them. */
export interface Closures {
  /** In the order of the list. */
  readonly loaders: readonly { readonly name: string; readonly closure: Closure }[];
  /** The modules of all loaders, each once, where the first loader that has it has it. */
  readonly modules: readonly ClosureModule[];
}

/**
 * Opens the built kernel at `folder` as `readBuiltTree` finds it. It is undefined where there is none; `problems` then say
 * why, and otherwise what is wrong with some of its modules.
 */
export function openBuilt(folder: string): { built: BuiltKernel | undefined; problems: readonly Problem[] } {
  const { tree, problems } = readBuiltTree(folder);
  if (tree === undefined || tree.modules.length === 0) return { built: undefined, problems };
  const graph = buildGraph(tree);
  return {
    built: { folder, graph, lookup: makeLookup(graph) },
    problems: [...problems, ...graph.problems],
  };
}

export function closuresOf({ graph, lookup }: BuiltKernel, loaders: readonly Loader[]): Closures {
  const closures = loaders.map(({ name, targets }) => ({
    name,
    closure: resolveClosure(graph, lookup, targets),
  }));
  const modules = new Map<string, ClosureModule>();
  for (const { closure } of closures) {
    for (const each of closure.modules) {
      if (!modules.has(each.module.name)) modules.set(each.module.name, each);
    }
  }
  return { loaders: closures, modules: [...modules.values()] };
}

/** A module's path as the sources have it: an installation puts it below `kernel/`. */
export function pathInSources({ tree }: ModuleGraph, path: string): string {
  return tree.kind === 'installed' ? path.replace(/^kernel\//, '') : path;
}

/**
 * The sources that a built kernel can be asked for: the build folder itself, or what `source` (of a build with O=), and
 * `build` (of an installation) lead to. Undefined where they are not on this machine.
 */
export function sourcesOf({ graph: { tree } }: BuiltKernel): string | undefined {
  const places = tree.kind === 'build' ? ['.', 'source'] : ['source', 'build/source', 'build'];
  return places.map((place) => join(tree.root, place)).find((place) => isSourceTree(place));
}

/**
 * Whether a folder that is given as a kernel is one that was built: without looking at its modules, and not for sources
 * that were only configured, or built with no module.
 */
export function looksBuilt(folder: string): boolean {
  const has = (...entries: string[]): boolean => entries.some((entry) => existsSync(join(folder, entry)));
  if (isSourceTree(folder))
    return (statSync(join(folder, 'modules.order'), { throwIfNoEntry: false })?.size ?? 0) > 0;
  return has(
    ...['modules.order', 'modules.dep', 'lib/modules', 'usr/lib/modules'],
    ...['.config', 'include/config', 'kernel'],
  );
}

function isSourceTree(folder: string): boolean {
  return ['Kconfig', 'Makefile', 'arch'].every((entry) => existsSync(join(folder, entry)));
}
