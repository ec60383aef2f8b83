/**
 * Which module needs which.
 *
 * A module needs another because it uses a symbol that the other exports; that is all there is to it, and all that
 * depmod knows. Names of symbols are numbers here (`SymbolNames`), so that the graph is made of arrays of numbers, and
 * each file is read once, in a few pieces. The order of everything is depmod's, down to ties:
 *
 * - modules stand in the order of `modules.order`; where two export the same symbol, the later one counts;
 * - `rank` sorts modules so that each comes before all it needs. Users come first because that is how `modules.dep`
 *   lists what a module needs; modprobe reads its lines from the end.
 */
import { join } from 'node:path';
import type { BuiltTree } from './built-tree.ts';
import { findCycles } from './cycles.ts';
import type { Elf } from './elf.ts';
import { type Architecture, architectureOf } from './machine.ts';
import { describeParameters, type Modinfo, type Parameter, parseModinfo, value } from './modinfo.ts';
import { type Links, readLinks, withModule } from './module-file.ts';
import { parameterNames } from './param-section.ts';
import { Malformed, type Problem, problem } from './problem.ts';
import { SymbolNames } from './symbol-names.ts';

export interface Module {
  /** As the kernel and modprobe have it, with `_` for `-`. */
  name: string;
  /** Relative to the tree's root. */
  path: string;
  /** Its place in depmod's order. */
  index: number;
  /** Modules whose symbols it uses, in the order of its first use of each. */
  needs: readonly Module[];
  /** Modules that use its symbols, in depmod's order. */
  usedBy: readonly Module[];
  /** Lower than that of all it needs. In a cycle, there is no such number. */
  rank: number;
}

export class ModuleGraph {
  readonly tree: BuiltTree;
  readonly modules: readonly Module[];
  /** Of the first module that can be read; undefined where there is none. */
  readonly architecture: Architecture | undefined;
  /** `module-unreadable`, `module-malformed`, `module-compression`, `module-architecture`, `module-cycle`. */
  readonly problems: readonly Problem[];
  readonly #byName: Map<string, Module>;
  readonly #names: SymbolNames;
  /** By symbol, the module that exports it; -1 for none. */
  readonly #owners: Int32Array;
  readonly #links: readonly Links[];
  readonly #modinfo: (Modinfo | undefined)[] = [];

  constructor(
    tree: BuiltTree,
    modules: Module[],
    links: Links[],
    names: SymbolNames,
    owners: Int32Array,
    architecture: Architecture | undefined,
    problems: Problem[],
  ) {
    this.tree = tree;
    this.modules = modules;
    this.architecture = architecture;
    this.problems = problems;
    this.#byName = new Map(modules.map((module) => [module.name, module]));
    this.#names = names;
    this.#owners = owners;
    this.#links = links;
  }

  /** The module of that name; `-` and `_` are the same. */
  find(name: string): Module | undefined {
    return this.#byName.get(name.replaceAll('-', '_'));
  }

  /** The module that exports a symbol. */
  exporter(symbol: string): Module | undefined {
    const number = this.#names.find(symbol);
    return number < 0 ? undefined : this.modules[this.#owners[number]!];
  }

  /** The names of the symbols a module exports. */
  exports(module: Module): string[] {
    return this.#links[module.index]!.exports.map((number) => this.#names.text(number));
  }

  /** The names of the symbols of `other` that `module` uses. */
  symbolsBetween(module: Module, other: Module): string[] {
    return this.#links[module.index]!.uses.map((use) => use >> 1)
      .filter((number) => this.#owners[number] === other.index)
      .map((number) => this.#names.text(number));
  }

  /** The names of the symbols that a module uses and no module exports: the kernel's own, if anybody's. */
  fromElsewhere(module: Module): { name: string; weak: boolean }[] {
    return this.#links[module.index]!.uses.filter((use) => this.#owners[use >> 1] === -1).map((use) => ({
      name: this.#names.text(use >> 1),
      weak: (use & 1) === 1,
    }));
  }

  /** What the module says of itself; nothing where its file cannot be read, which is then among `problems`. */
  modinfo(module: Module): Modinfo {
    this.#modinfo[module.index] ??= readModinfo(this.file(module));
    return this.#modinfo[module.index]!;
  }

  /**
   * The parameters that the module takes, in its file's order. The file is read again for it: of most modules nobody asks.
   *
   * @throws Malformed where the file does not say, or not in a way that the kernel could read
   */
  parameters(module: Module): Parameter[] {
    return describeParameters(withModule(this.file(module), parameterNames), this.modinfo(module));
  }

  /** The module's file, as the system is asked for it. */
  file(module: Module): string {
    return join(this.tree.root, module.path);
  }

  /** As `uname -r` prints it: what the folder says, or else the first module. */
  get release(): string | undefined {
    if (this.tree.release !== undefined) return this.tree.release;
    const [first] = this.modules;
    return first && value(this.modinfo(first), 'vermagic')?.split(' ')[0];
  }
}

/** Reads every module of a tree. */
export function buildGraph(tree: BuiltTree): ModuleGraph {
  const problems: Problem[] = [];
  const names = new SymbolNames();
  let architecture: Architecture | undefined;
  const links = tree.modules.map(({ path }) => {
    const own: Links = { exports: [], uses: [] };
    const file = `${tree.root}/${path}`;
    try {
      withModule(file, (elf) => {
        const its = architectureOf(elf);
        architecture ??= its;
        if (!same(its, architecture)) problems.push(otherArchitecture(file, its, architecture));
        readLinks(elf, names, own);
      });
    } catch (error) {
      problems.push(unreadable(error, file));
    }
    return own;
  });

  const owners = new Int32Array(names.count).fill(-1);
  links.forEach(({ exports }, index) => {
    for (const number of exports) owners[number] = index;
  });
  const modules = connect(tree, links, owners);
  const cyclic = rank(modules);
  problems.push(...findCycles(cyclic).map(cycleProblem));
  return new ModuleGraph(tree, modules, links, names, owners, architecture, problems);
}

function connect(tree: BuiltTree, links: readonly Links[], owners: Int32Array): Module[] {
  const users: Module[][] = tree.modules.map(() => []);
  const modules = tree.modules.map(
    ({ name, path }, index): Module => ({ name, path, index, needs: [], usedBy: users[index]!, rank: 0 }),
  );
  // The last module that was found to need one.
  const seen = new Int32Array(modules.length).fill(-1);
  for (const module of modules) {
    const needs: Module[] = [];
    for (const use of links[module.index]!.uses) {
      const owner = owners[use >> 1]!;
      if (owner < 0 || seen[owner] === module.index) continue;
      seen[owner] = module.index;
      needs.push(modules[owner]!);
      users[owner]!.push(module);
    }
    module.needs = needs;
  }
  return modules;
}

/**
 * Gives every module its rank: of those whose users all have theirs, the last found is next. Returns the modules that this
 * never reaches, which are in cycles or needed by what is.
 */
function rank(modules: readonly Module[]): Module[] {
  const waiting = Int32Array.from(modules, ({ usedBy }) => usedBy.length);
  const ready = modules.filter(({ usedBy }) => usedBy.length === 0);
  let next = 0;
  for (let module = ready.pop(); module !== undefined; module = ready.pop()) {
    module.rank = next++;
    for (const needed of module.needs) {
      if (--waiting[needed.index]! === 0) ready.push(needed);
    }
  }
  const left = modules.filter(({ index }) => waiting[index]! > 0);
  for (const module of left) module.rank = next++;
  return left;
}

/** All that a module needs, directly or not, as its line of modules.dep has it: users before what they use. */
export function dependencies(module: Module): Module[] {
  const found = new Set(module.needs);
  // What is added on the way is visited too.
  for (const needed of found) {
    for (const next of needed.needs) found.add(next);
  }
  return [...found].sort((a, b) => a.rank - b.rank);
}

/** All that needs a module, directly or not, in depmod's order. */
export function dependents(module: Module): Module[] {
  const found = new Set(module.usedBy);
  for (const user of found) {
    for (const next of user.usedBy) found.add(next);
  }
  return [...found].sort((a, b) => a.index - b.index);
}

function readModinfo(file: string): Modinfo {
  try {
    return withModule(file, modinfoOf);
  } catch (error) {
    if (error instanceof Malformed) return { fields: [] };
    throw error;
  }
}

/** @throws Malformed */
export function modinfoOf(elf: Elf): Modinfo {
  const index = elf.find('.modinfo');
  return index < 0 ? { fields: [] } : parseModinfo(elf.content(index, 'content'));
}

function unreadable(error: unknown, file: string): Problem {
  if (!(error instanceof Malformed)) throw error;
  const { code, message, hint } = error;
  return problem(code, `this module cannot be used: ${message}`, {
    file,
    ...(hint !== undefined && { hint }),
  });
}

function same(a: Architecture, b: Architecture): boolean {
  return a.machine === b.machine && a.bits === b.bits && a.byteOrder === b.byteOrder;
}

function otherArchitecture(file: string, its: Architecture, all: Architecture): Problem {
  const words = ({ name, bits, byteOrder }: Architecture): string =>
    `${name}, ${bits} bits, ${byteOrder}-endian`;
  return problem(
    'module-architecture',
    `this module is for another machine (${words(its)}) than the first (${words(all)})`,
    {
      file,
    },
  );
}

function cycleProblem(cycle: readonly Module[]): Problem {
  const [first] = cycle;
  return problem(
    'module-cycle',
    `modules need each other: ${[...cycle, first!].map(({ name }) => name).join(' -> ')}`,
    {
      hint: 'none of them can be loaded; make modules_install fails on such a kernel too',
    },
  );
}
