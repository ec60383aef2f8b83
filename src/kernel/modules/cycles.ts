/** Modules that need each other. The kernel's build forbids it, so where it is found, files were mixed. */
import type { Module } from './graph.ts';

/**
 * For every group of modules that all need each other, one shortest cycle through its first module, in depmod's order of
 * these; each module of it needs the next, the last the first.
 *
 * Groups are found as the strongly connected parts of the graph: what a module reaches, and is reached by.
 */
export function findCycles(modules: readonly Module[]): Module[][] {
  const done = new Set<Module>();
  const cycles: Module[][] = [];
  for (const module of modules) {
    if (done.has(module)) continue;
    const cycle = shortestCycle(module);
    if (cycle === undefined) continue;
    const reached = reach(module, ({ needs }) => needs);
    for (const other of reach(module, ({ usedBy }) => usedBy)) if (reached.has(other)) done.add(other);
    cycles.push(cycle);
  }
  return cycles;
}

function reach(from: Module, step: (module: Module) => readonly Module[]): Set<Module> {
  const found = new Set(step(from));
  for (const module of found) for (const next of step(module)) found.add(next);
  return found;
}

function shortestCycle(start: Module): Module[] | undefined {
  const cameFrom = new Map<Module, Module>();
  const queue = [start];
  for (const module of queue) {
    for (const next of module.needs) {
      if (next === start) {
        const cycle = [module];
        while (cycle[0] !== start) cycle.unshift(cameFrom.get(cycle[0]!)!);
        return cycle;
      }
      if (!cameFrom.has(next)) {
        cameFrom.set(next, module);
        queue.push(next);
      }
    }
  }
  return undefined;
}
