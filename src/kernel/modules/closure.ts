/** What has to be loaded for a list of targets, in which order, and who asked for it. */
import { dependencies, type Module, type ModuleGraph } from './graph.ts';
import { probe, softdepsOf } from './load-order.ts';
import type { Found, Lookup } from './lookup.ts';
import { type Modinfo, values } from './modinfo.ts';
import { moduleBytes } from './sizes.ts';
import { parseSoftdep, type SoftdepRule } from './softdeps.ts';

export interface Closure {
  targets: Target[];
  /** In load order. Unloading is the exact reverse. */
  modules: ClosureModule[];
  /** What is in the kernel itself, of the targets and their softdeps. */
  builtin: { name: string; targets: string[] }[];
  softdeps: SoftdepLine[];
  firmware: FirmwareFile[];
  /** What the modules' files take together, unpacked. */
  bytes: number;
}

export interface Target {
  /** As it was asked for. */
  target: string;
  /** Names; more than one only for an alias that several modules have. */
  modules: string[];
  builtin: string[];
  /** Another target that needs all of its modules, so that it could be left out. */
  impliedBy: string | undefined;
}

export interface ClosureModule {
  module: Module;
  bytes: number;
  /** False for what only softdeps ask for: its failure is no failure. */
  required: boolean;
  /** The targets it comes with, in their order. */
  targets: string[];
  /** The shortest way from a target to it, the target's module first. */
  chain: Step[];
}

export interface Step {
  name: string;
  /** How it came in: `needs` for a symbol that the step before uses, `pre` and `post` for a softdep of it. */
  how: 'target' | 'needs' | 'pre' | 'post';
}

/** One `softdep` line of a module in the closure. */
export interface SoftdepLine {
  module: string;
  line: string;
  /** Whether the rule lets it count; modprobe reads the first only. */
  counts: boolean;
  /** `found` has names of modules and of what is builtin; it is empty where the kernel has no such. */
  names: { name: string; when: 'pre' | 'post'; found: string[] }[];
}

export interface FirmwareFile {
  /** Below /lib/firmware; with `*` where the module tries several. */
  file: string;
  modules: string[];
}

/**
 * The closure of `targets`: names of modules or aliases. `softdeps` says which lines count; modprobe's rule is `first`.
 * Targets that the kernel does not have stay without modules and builtin; nothing else is an error here.
 *
 * Modules stand where modprobe would first insert them if it were given one target after the other.
 */
export function resolveClosure(
  graph: ModuleGraph,
  lookup: Lookup,
  targets: readonly string[],
  softdeps: SoftdepRule = 'first',
): Closure {
  const softdepsFor = softdepsOf(graph, softdeps);
  const found = targets.map((target) => ({ target, found: lookup.find(target) }));
  const comesWith = new Map<Module, Set<string>>();
  const builtin = new Map<string, Set<string>>();
  for (const { target, found: starts } of found) {
    for (const start of starts) {
      for (const { name, module } of probe(start, lookup, softdepsFor)) {
        if (module) add(comesWith, module, target);
        else add(builtin, name, target);
      }
    }
  }

  const order = [...comesWith.keys()];
  const starts = found.flatMap(({ found }) => found.flatMap(({ module }) => module ?? []));
  const ways = findWays(starts, (module) => {
    const { pre, post } = softdepsFor(module);
    const step = (how: 'pre' | 'post') => (name: string) =>
      lookup.find(name).flatMap(({ module }) => (module ? [{ module, how }] : []));
    return [...pre.flatMap(step('pre')), ...post.flatMap(step('post'))];
  });
  const modules = order.map((module) => ({
    module,
    bytes: moduleBytes(graph.file(module)),
    required: ways.get(module)!.required,
    targets: [...comesWith.get(module)!],
    chain: chainTo(module, ways),
  }));
  const builtinNames = [...builtin.keys()];
  return {
    targets: describeTargets(found),
    modules,
    builtin: builtinNames.map((name) => ({ name, targets: [...builtin.get(name)!] })),
    softdeps: order.flatMap((module) => softdepLines(module, graph, lookup, softdeps)),
    firmware: firmwareOf([
      ...order.map((module): [string, Modinfo] => [module.name, graph.modinfo(module)]),
      ...builtinNames.map((name): [string, Modinfo] => [
        name,
        lookup.builtin.modules.get(name)?.modinfo ?? { fields: [] },
      ]),
    ]),
    bytes: modules.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

interface Way {
  from: Module | undefined;
  how: Step['how'];
  required: boolean;
}

/**
 * How every module first comes in: from the targets along what modules need, which is required, and only then along
 * softdeps, and what is needed behind them.
 */
function findWays(
  starts: readonly Module[],
  softdeps: (module: Module) => { module: Module; how: 'pre' | 'post' }[],
): Map<Module, Way> {
  const ways = new Map<Module, Way>();
  for (const module of starts) ways.set(module, { from: undefined, how: 'target', required: true });
  const follow = (required: boolean): void => {
    // A map goes on to what is added on the way.
    for (const module of ways.keys()) {
      for (const needed of module.needs) {
        if (!ways.has(needed)) ways.set(needed, { from: module, how: 'needs', required });
      }
      if (required) continue;
      for (const { module: wanted, how } of softdeps(module)) {
        if (!ways.has(wanted)) ways.set(wanted, { from: module, how, required });
      }
    }
  };
  follow(true);
  follow(false);
  return ways;
}

function chainTo(module: Module, ways: ReadonlyMap<Module, Way>): Step[] {
  const chain: Step[] = [];
  for (let at: Module | undefined = module; at !== undefined; ) {
    const way: Way = ways.get(at)!;
    chain.push({ name: at.name, how: way.how });
    at = way.from;
  }
  return chain.reverse();
}

function describeTargets(found: readonly { target: string; found: Found[] }[]): Target[] {
  const needs = found.map(
    ({ found }) => new Set(found.flatMap(({ module }) => (module ? dependencies(module) : []))),
  );
  return found.map(({ target, found: own }, index) => {
    const modules = own.flatMap(({ module }) => module ?? []);
    const implying = found.find(
      (_, other) => other !== index && modules.length > 0 && modules.every((each) => needs[other]!.has(each)),
    );
    return {
      target,
      modules: modules.map(({ name }) => name),
      builtin: own.filter(({ module }) => module === undefined).map(({ name }) => name),
      impliedBy: implying?.target,
    };
  });
}

function softdepLines(module: Module, graph: ModuleGraph, lookup: Lookup, rule: SoftdepRule): SoftdepLine[] {
  return values(graph.modinfo(module), 'softdep').map((line, index) => {
    const { pre, post } = parseSoftdep(line);
    const names = (when: 'pre' | 'post', list: string[]): SoftdepLine['names'] =>
      list.map((name) => ({ name, when, found: lookup.find(name).map((each) => each.name) }));
    return {
      module: module.name,
      line,
      counts: rule === 'all' || (rule === 'first' && index === 0),
      names: [...names('pre', pre), ...names('post', post)],
    };
  });
}

function firmwareOf(modules: readonly [name: string, modinfo: Modinfo][]): FirmwareFile[] {
  const files = new Map<string, Set<string>>();
  for (const [name, modinfo] of modules) {
    for (const file of values(modinfo, 'firmware')) add(files, file, name);
  }
  return [...files].map(([file, names]) => ({ file, modules: [...names] }));
}

function add<K>(sets: Map<K, Set<string>>, key: K, value: string): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}
