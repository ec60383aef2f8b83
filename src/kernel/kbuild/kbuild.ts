/**
 * Which modules a kernel's makefiles can make, and when.
 *
 * The makefiles are read as Kbuild would read them (Documentation/kbuild/makefiles.rst, scripts/Makefile.build and
 * Makefile.lib), but for all configurations at once, and nothing is built:
 *
 *     limits      what a makefile may cost
 *     guards      conditions on symbols, as decision diagrams
 *     texts       values of variables, under every configuration at once
 *     template    text with references        syntax      lines as statements
 *     functions   make's functions            glob        of which `wildcard`
 *     shared      what the makefiles of a tree share
 *     evaluate    reads a makefile
 *     folders     which folders there are, what each lists, and where it is visited
 *     composites  what a folder's objects are linked from
 *     conditions  guards as data
 *     modules     what folders list, as modules with their rules
 *     composition what modules, and the kernel itself, are linked from
 *     outline     which makefiles can list a module, told from their texts
 */
import type { SourceTree } from '../tree.ts';
import { type Composition, compositionOf } from './composition.ts';
import { architectureSymbol, type Condition, holds } from './conditions.ts';
import { type Folders, readTop } from './folders.ts';
import { Guards } from './guards.ts';
import { modulesOf } from './modules.ts';
import { isPlainName, Outline } from './outline.ts';
import { type KbuildProblem, Shared, type SymbolType } from './shared.ts';

export type { BuiltinObject, Composition, LinkedObject } from './composition.ts';
export { type Clause, type Condition, holds, meets, type Requirement } from './conditions.ts';
export { moduleName } from './modules.ts';
export type { KbuildProblem, ProblemKind, SymbolType } from './shared.ts';

export interface KbuildOptions {
  /** A folder of `arch/`, or all of them. */
  arch: string;
  /**
   * What a symbol can be, from Kconfig. A bool symbol makes no modules; without this every symbol might, and what only bool
   * symbols put into `obj-m` is listed as well. Undefined: not known.
   */
  typeOf?: (symbol: string) => SymbolType | undefined;
  /**
   * All symbols, in the order in which conditions name them: then this is the same whatever is read, and in whatever order.
   * By default the order in which makefiles ask for them.
   */
  symbols?: Iterable<string>;
}

/** A kernel's modules, as its makefiles have them. */
export interface Kbuild {
  /** The architectures that were read, sorted. */
  architectures: readonly string[];
  /** By path, sorted. */
  modules: readonly KbuildModule[];
  /** The modules of a name; `-` and `_` are the same. Several where one name is made in several folders. */
  find(name: string): readonly KbuildModule[];
  /** The modules that a symbol makes, sorted by path: it is one of their `symbols`. */
  madeBy(symbol: string): readonly KbuildModule[];
  /** What they are linked from, and the kernel itself; worked out when it is asked for. */
  composition(): Composition;
  /** What could not be read or told, in the order of reading. */
  problems: readonly KbuildProblem[];
}

export interface KbuildModule {
  /** As modprobe compares names: with `_` for `-`, without `.ko`. */
  name: string;
  /** Relative to the kernel's root, and in an installed tree to `kernel/`: `net/netfilter/nft_ct.ko`. */
  path: string;
  /**
   * The symbols that make it: with the value `m` where any has to be, else those that the rules ask for, else those that the
   * nearest folder asks for. In the order of the rules.
   */
  symbols: readonly string[];
  /** Those it can be made for; null: for all that were read. */
  architectures: readonly string[] | null;
  /** Each makes the module where its condition and all its folders' hold. */
  rules: readonly KbuildRule[];
  /** Each builds it into the kernel instead. */
  builtin: readonly KbuildRule[];
}

/** A line that lists an object. */
export interface KbuildRule {
  file: string;
  line: number;
  column: number;
  /** The folder that is read; the file is its makefile, or one that this includes. The root's is empty. */
  folder: string;
  condition: Condition;
  /** The folders on the way to that one, the outermost first; those that are always visited are left out. */
  folders: readonly KbuildFolder[];
}

/** A line that lists a folder. */
export interface KbuildFolder {
  /** Relative to the root, without a slash at the end. */
  path: string;
  file: string;
  line: number;
  column: number;
  /** Where the folder is visited by the one above, for modules (a module's `rules`) or for what is built in (`builtin`). */
  condition: Condition;
}

/**
 * Reads the makefiles of a kernel's source tree. Never throws for what a tree holds; what is wrong with it is in `problems`.
 */
export function readKbuild(tree: SourceTree, options: KbuildOptions): Kbuild {
  const { architectures, problems, reading } = begin(tree, options);
  if (!reading) return made(architectures, [], () => nothing, problems);
  const { shared, top } = reading();
  const { modules, folders } = modulesOf(shared, architectures, top);
  return made(architectures, modules, composing(shared, folders), shared.problems);
}

/** What is linked into what, worked out once it is asked for. */
function composing(shared: Shared, folders: Folders): () => Composition {
  let composition: Composition | undefined;
  return () => {
    composition ??= compositionOf(shared, folders.all.values());
    return composition;
  };
}

/** Finds modules by name, and reads as few makefiles for it as it can. */
export interface ModuleFinder {
  /**
   * The modules of these names, and no others; `-` and `_` are the same. Each is as `readKbuild` has it with the same
   * options. Undefined where only reading everything can tell.
   */
  find(names: Iterable<string>): Kbuild | undefined;
  /** That this is no kernel, or not of the architecture; then nothing is found. */
  readonly problems: readonly KbuildProblem[];
}

/** Nothing is read before something is to be found. The options have to say all `symbols`: what is not read orders nothing. */
export function findModules(
  tree: SourceTree,
  options: KbuildOptions & { readonly symbols: Iterable<string> },
): ModuleFinder {
  const { architectures, problems, reading } = begin(tree, options);
  let opened: ReturnType<NonNullable<typeof reading>> | undefined;
  const outline = new Outline(tree);
  return {
    problems,
    find(asked) {
      const names = [...new Set(Array.from(asked, (name) => name.replaceAll('-', '_')))];
      if (!names.every(isPlainName)) return undefined;
      if (!reading) return made(architectures, [], () => nothing, problems);
      opened ??= reading();
      const { shared, top } = opened;
      const { modules, folders } = modulesOf(shared, architectures, top, { outline, names });
      // What could not be read may have listed one of them.
      return shared.problems.some(({ kind }) => kind === 'limit')
        ? undefined
        : made(architectures, modules, composing(shared, folders), shared.problems);
    },
  };
}

/** What is done before makefiles are read; without `reading` there are none to read. */
function begin(tree: SourceTree, options: KbuildOptions) {
  const known = architecturesOf(tree);
  const problems: KbuildProblem[] = [];
  const architectures = options.arch === 'all' ? known : known.filter((arch) => arch === options.arch);
  if (tree.read('Makefile') === null || known.length === 0) {
    const message = 'this is not a kernel source tree: it has no Makefile, or no folders in arch/';
    problems.push({ kind: 'not-a-kernel', message, file: 'Makefile', line: 1, column: 1 });
  } else if (architectures.length === 0) {
    const message = `there is no architecture \`${options.arch}\`: this tree has ${known.join(', ')}`;
    problems.push({ kind: 'unknown-architecture', message, file: 'arch', line: 1, column: 1 });
  }
  if (problems.length > 0) return { architectures, problems };
  const reading = () => {
    const guards = new Guards();
    // Asked for first, so that it divides every condition before all symbols do.
    guards.close(architectureSymbol, architectures);
    for (const symbol of options.symbols ?? []) guards.mention(symbol);
    const shared = new Shared(tree, guards, options.typeOf ?? (() => undefined));
    return { shared, top: readTop(shared, architectures) };
  };
  return { architectures, problems, reading };
}

const nothing: Composition = { of: () => [], ownersOf: () => [], builtin: () => [] };

/**
 * What becomes of a module: `m` where it is made, `y` where it is built in, else `n`.
 *
 * @param value a symbol's value: `y`, `m`, `n` (or `''`), or a text
 * @param architecture a folder of `arch/`; may be left out where only one was read
 */
export function moduleState(
  module: KbuildModule,
  value: (symbol: string) => string,
  architecture: string | null = null,
): 'y' | 'm' | 'n' {
  const met = ({ condition, folders }: KbuildRule): boolean =>
    holds(condition, value, architecture) &&
    folders.every((folder) => holds(folder.condition, value, architecture));
  if (module.rules.some(met)) return 'm';
  return module.builtin.some(met) ? 'y' : 'n';
}

/** The folders of `arch/` that have makefiles. */
function architecturesOf(tree: SourceTree): string[] {
  return (tree.list('arch') ?? [])
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1))
    .filter((name) => tree.list(`arch/${name}`)?.includes('Makefile'));
}

function made(
  architectures: readonly string[],
  modules: readonly KbuildModule[],
  composition: () => Composition,
  problems: readonly KbuildProblem[],
): Kbuild {
  const names = new Map<string, KbuildModule[]>();
  const symbols = new Map<string, KbuildModule[]>();
  for (const module of modules) {
    group(names, module.name, module);
    for (const symbol of module.symbols) group(symbols, symbol, module);
  }
  return {
    architectures,
    modules,
    composition,
    problems,
    find: (name) => names.get(name.replaceAll('-', '_')) ?? [],
    madeBy: (symbol) => symbols.get(symbol) ?? [],
  };
}

function group<T>(groups: Map<string, T[]>, key: string, value: T): void {
  const members = groups.get(key);
  if (members) members.push(value);
  else groups.set(key, [value]);
}
