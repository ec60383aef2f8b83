/**
 * The order in which modprobe inserts what a name stands for.
 *
 * Before a module come all it needs, what is needed by the others first, and each of these, as the module itself, between
 * its softdeps. A softdep is a name to look up, and is loaded as if it had been asked for, but only once: kmod keeps
 * what it has visited by module and alias, so that a module can turn up again by another name, and what is
 * needed is listed again for each who needs it. `modprobe --show-depends` prints all that; for the kernel only the
 * first time counts.
 */
import { dependencies, type Module, type ModuleGraph } from './graph.ts';
import type { Found, Lookup } from './lookup.ts';
import { values } from './modinfo.ts';
import { mergeSoftdeps, type Softdep, type SoftdepRule } from './softdeps.ts';

/** A module's softdeps by a rule. */
export type SoftdepsOf = (module: Module) => Softdep;

export function softdepsOf(graph: ModuleGraph, rule: SoftdepRule): SoftdepsOf {
  return (module) => mergeSoftdeps(values(graph.modinfo(module), 'softdep'), rule);
}

/**
 * Everything that `modprobe --show-depends` prints for one module, in order and with what it repeats; what is builtin is
 * without a module.
 */
export function probe(start: Found, lookup: Lookup, softdeps: SoftdepsOf): Found[] {
  const listed: Found[] = [];
  const visited = new Set<string>();
  // What is still to be done, the next last: chains of softdeps are no depth of calls.
  const work: { what: 'load' | 'surround' | 'list'; found: Found }[] = [{ what: 'load', found: start }];
  for (let step = work.pop(); step !== undefined; step = work.pop()) {
    const { what, found } = step;
    const next: typeof work = [];
    if (what === 'list') listed.push(found);
    else if (what === 'load') {
      const key = `${found.name}\\${found.alias ?? ''}`;
      if (visited.has(key)) continue;
      visited.add(key);
      const needed = found.module ? dependencies(found.module).reverse() : [];
      for (const module of needed) next.push({ what: 'surround', found: known(module) });
      next.push({ what: 'surround', found });
    } else {
      const { pre, post } = found.module ? softdeps(found.module) : { pre: [], post: [] };
      for (const name of pre)
        next.push(...lookup.find(name).map((each) => ({ what: 'load' as const, found: each })));
      next.push({ what: 'list', found });
      for (const name of post)
        next.push(...lookup.find(name).map((each) => ({ what: 'load' as const, found: each })));
    }
    work.push(...next.reverse());
  }
  return listed;
}

function known(module: Module): Found {
  return { name: module.name, module, alias: undefined };
}
