/** A kernel that has been built, with what the loaders of a list load of it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
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
  /** A folder of the kernel's `arch/`; undefined where nothing says which. */
  readonly arch: string | undefined;
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
  if (tree === undefined) return { built: undefined, problems };
  const graph = buildGraph(tree);
  const lookup = makeLookup(graph);
  if (tree.modules.length === 0 && lookup.builtin.modules.size === 0) return { built: undefined, problems };
  return {
    built: { folder, arch: architectureOf(graph), graph, lookup },
    problems: [...problems, ...graph.problems],
  };
}

/** As its modules say, or else the first lines of its `.config`. */
function architectureOf({ architecture, tree }: ModuleGraph): string | undefined {
  if (architecture !== undefined) return architecture.name;
  try {
    const start = readFileSync(join(tree.root, '.config'), 'latin1').slice(0, 500);
    const named = /^# Linux\/(\w+) /m.exec(start)?.[1];
    return named === undefined ? undefined : (byOtherName[named] ?? named);
  } catch {
    return undefined;
  }
}

/** What `make ARCH=` takes besides the folders' names. */
const byOtherName: Readonly<Record<string, string>> = {
  i386: 'x86',
  x86_64: 'x86',
  sparc32: 'sparc',
  sparc64: 'sparc',
  sh64: 'sh',
};

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
 * that were only configured.
 */
export function looksBuilt(folder: string): boolean {
  const has = (...entries: string[]): boolean => entries.some((entry) => existsSync(join(folder, entry)));
  const filled = (entry: string): boolean =>
    (statSync(join(folder, entry), { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (isSourceTree(folder)) return filled('modules.order') || filled('modules.builtin');
  return has(
    ...['modules.order', 'modules.dep', 'modules.builtin', 'lib/modules', 'usr/lib/modules'],
    ...['.config', 'include/config', 'kernel'],
  );
}

function isSourceTree(folder: string): boolean {
  return ['Kconfig', 'Makefile', 'arch'].every((entry) => existsSync(join(folder, entry)));
}
