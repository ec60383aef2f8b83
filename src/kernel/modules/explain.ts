/** All that a built kernel says of one module, for a person. */

import type { BuiltinModule } from './builtin.ts';
import { dependencies, dependents, type Module, type ModuleGraph } from './graph.ts';
import type { Lookup } from './lookup.ts';
import { type Description, describe, type Parameter, values } from './modinfo.ts';
import { type Export, exportsOf, withModule } from './module-file.ts';
import { Malformed } from './problem.ts';
import { moduleBytes } from './sizes.ts';
import { parseSoftdep } from './softdeps.ts';

export type Explanation =
  | { kind: 'module'; module: ModuleFacts }
  | { kind: 'builtin'; name: string; path: string; description: Description }
  /** An alias, or `symbol:NAME`: explain what it stands for. */
  | { kind: 'alias'; alias: string; names: string[] };

export interface ModuleFacts {
  name: string;
  path: string;
  bytes: number;
  description: Description;
  exports: Export[];
  /** What it needs directly, with the symbols it uses of each. */
  needs: { name: string; symbols: string[] }[];
  /** What it needs through those. */
  needsIndirectly: string[];
  /** What needs it directly, with the symbols each uses. */
  neededBy: { name: string; symbols: string[] }[];
  neededByIndirectly: string[];
  /** Modules that have it as a softdep, by name or by one of its aliases. */
  softdepOf: { name: string; when: 'pre' | 'post'; as: string }[];
}

/** Undefined where the kernel has nothing of that name. */
export function explainModule(graph: ModuleGraph, lookup: Lookup, name: string): Explanation | undefined {
  const found = lookup.find(name);
  const [first] = found;
  if (first === undefined) return undefined;
  if (first.alias !== undefined) {
    return { kind: 'alias', alias: first.alias, names: found.map((each) => each.name) };
  }
  if (first.module) return { kind: 'module', module: factsOf(first.module, graph, lookup) };
  const { path, modinfo }: BuiltinModule = lookup.builtin.modules.get(first.name)!;
  return { kind: 'builtin', name: first.name, path, description: describe(modinfo) };
}

function factsOf(module: Module, graph: ModuleGraph, lookup: Lookup): ModuleFacts {
  const names = (modules: readonly Module[], without: readonly Module[]): string[] =>
    modules.filter((each) => !without.includes(each)).map((each) => each.name);
  return {
    name: module.name,
    path: module.path,
    bytes: moduleBytes(graph.file(module)),
    description: describe(graph.modinfo(module), readParameters(module, graph)),
    exports: readExports(graph.file(module)),
    needs: module.needs.map((needed) => ({
      name: needed.name,
      symbols: graph.symbolsBetween(module, needed),
    })),
    needsIndirectly: names(dependencies(module), module.needs),
    neededBy: module.usedBy.map((user) => ({ name: user.name, symbols: graph.symbolsBetween(user, module) })),
    neededByIndirectly: names(dependents(module), module.usedBy),
    softdepOf: graph.modules.flatMap((other) => softdepsOn(other, module, graph, lookup)),
  };
}

function softdepsOn(
  other: Module,
  module: Module,
  graph: ModuleGraph,
  lookup: Lookup,
): ModuleFacts['softdepOf'] {
  return values(graph.modinfo(other), 'softdep').flatMap((line) => {
    const { pre, post } = parseSoftdep(line);
    const of = (when: 'pre' | 'post', list: string[]): ModuleFacts['softdepOf'] =>
      list
        .filter((name) => lookup.find(name).some((found) => found.module === module))
        .map((as) => ({ name: other.name, when, as }));
    return [...of('pre', pre), ...of('post', post)];
  });
}

function readExports(file: string): Export[] {
  try {
    return withModule(file, exportsOf);
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

/** Of a file that does not say, what is described in it. */
function readParameters(module: Module, graph: ModuleGraph): Parameter[] | undefined {
  try {
    return graph.parameters(module);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
