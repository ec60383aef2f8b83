/**
 * The folders of a kernel that Kbuild may visit, what each lists, and where each is visited.
 *
 * 1. The root's Makefile gives what it exports, and the folders of an architecture.
 * 2. A folder's `Kbuild`, or else its `Makefile`, lists objects and folders in `obj-y` and `obj-m`, each word under a
 *    condition. A word that ends in `/` is a folder, and read next.
 * 3. A folder is visited for modules if one above that is visited for modules lists it in either; for what is built in, if
 *    one that is visited for that lists it in `obj-y` (scripts/Makefile.build: need-modorder, need-builtin).
 *
 * All architectures are read at once: the architecture is one more symbol, whose values are the folders of `arch/`. A folder
 * is read under the condition that one that visits it was chosen, so that what is another's does not even appear; if it turns
 * out that more architectures visit it, it is read again.
 *
 * What a module is made of (`foo-objs`, `foo-y`) decides nothing here: obj-m names the module. `composites.ts` keeps it.
 */
import { type Linking, linkingOf, nothingLinked } from './composites.ts';
import { architectureSymbol } from './conditions.ts';
import { Evaluator, type Variable } from './evaluate.ts';
import { always, type Guard, type Guards, never } from './guards.ts';
import { LimitError, limits } from './limits.ts';
import type { Outline } from './outline.ts';
import type { Shared } from './shared.ts';
import type { Place } from './syntax.ts';
import { constant, empty, isUnknown, type Value } from './texts.ts';

/** A line that lists an object or a folder, and where it does. */
export interface Listing {
  guard: Guard;
  statement: Place;
  /** The word as it was listed, and where the statement has it. */
  word: string;
  at: { line: number; column: number };
}

/** What lists one thing in `obj-y`, and in `obj-m`. */
export interface Listed {
  y: Listing[];
  m: Listing[];
}

export interface Folder {
  /** Relative to the root, without a slash at the end; the root's is empty. */
  path: string;
  /** Objects by path, and folders. */
  objects: Map<string, Listed>;
  folders: Map<Folder, Listed>;
  /** What its objects are linked from, worked out when it is asked for first: most of it never is. */
  linking: () => Linking;
  /** The folders that list this one. */
  parents: { folder: Folder; listed: Listed }[];
  /** Where a build visits it for modules, and for what is built in. */
  forModules: Guard;
  forBuiltin: Guard;
  /** The architectures that may visit it, and those that it was read for. */
  architectures: Guard;
  read: Guard;
  inherited: ReadonlyMap<string, Variable>;
}

/** What the root's Makefile gives to the folders, and the folders that it visits itself, as it did up to Linux 6.0. */
export interface Top {
  readonly inherited: ReadonlyMap<string, Variable>;
  readonly roots: readonly Listing[];
}

/** Which folders are read where not all are: those that can list modules of some names, and those on the way to them. */
export interface Only {
  readonly outline: Outline;
  readonly names: readonly string[];
}

/**
 * Reads all folders, or some of them: these as they would be among all, and in the same order. What cannot be read becomes a
 * problem.
 */
export class Folders {
  readonly all = new Map<string, Folder>();
  readonly #shared: Shared;
  readonly #guards: Guards;
  /** Null where all folders are read. */
  readonly #only: Only | null;
  #needed: ReadonlySet<string> = new Set();

  constructor(shared: Shared, top: Top, only: Only | null = null) {
    this.#shared = shared;
    this.#guards = shared.texts.guards;
    this.#only = only;
    if (only) this.#needed = only.outline.needed(only.names);
    guarded(shared, 'Makefile', () => this.#readAll(top));
  }

  #readAll({ inherited, roots }: Top): void {
    const root = this.#folder('', inherited);
    root.architectures = always;
    const pending = new Set([root]);
    for (const folder of pending) {
      pending.delete(folder);
      if (folder.read !== never && this.#guards.implies(folder.architectures, folder.read)) continue;
      this.#readFolder(folder, folder === root ? roots : []);
      for (const [child, { y, m }] of folder.folders) {
        guarded(this.#shared, child.path, () => {
          const guard = onlyArchitecture(this.#guards, either(this.#guards, [...y, ...m]));
          const reached = this.#guards.and(guard, folder.architectures);
          child.architectures = this.#guards.or(child.architectures, reached);
          if (this.#isNeeded(child)) pending.add(child);
        });
      }
    }
    this.#visit(root);
  }

  /** Whether a folder that another lists has to be read. Whatever lists one that has to be is read itself. */
  #isNeeded({ path }: Folder): boolean {
    if (!this.#only) return true;
    const { outline, names } = this.#only;
    // What a makefile lists by way of a variable is not known before.
    if (outline.look(path)) this.#needed = outline.needed(names);
    return this.#needed.has(path);
  }

  #folder(path: string, inherited: ReadonlyMap<string, Variable>): Folder {
    let folder = this.all.get(path);
    if (!folder) {
      folder = {
        path,
        objects: new Map(),
        folders: new Map(),
        linking: () => nothingLinked,
        parents: [],
        forModules: never,
        forBuiltin: never,
        architectures: never,
        read: never,
        inherited,
      };
      this.all.set(path, folder);
    }
    return folder;
  }

  /** Reads a folder's makefile, for all architectures that may visit it. */
  #readFolder(folder: Folder, roots: readonly Listing[]): void {
    const shared = this.#shared;
    shared.forgetFiles();
    const within = this.#guards.or(folder.read, folder.architectures);
    folder.read = within;
    for (const child of folder.folders.keys())
      child.parents = child.parents.filter((parent) => parent.folder !== folder);
    folder.objects = new Map();
    folder.folders = new Map();
    folder.linking = () => nothingLinked;
    const file = this.#makefileOf(folder);
    if (file === undefined) return;
    const evaluator = new Evaluator(shared, folder.inherited);
    const here = folder.path === '' ? '.' : folder.path;
    evaluator.define('obj', constant(here));
    evaluator.define('src', constant(here));
    for (const name of lists) evaluator.define(name, empty);
    shared.texts.begin();
    guarded(shared, file, () => evaluator.readFile(file, within));
    shared.texts.begin();
    guarded(shared, file, () => {
      const exported = evaluator.exported(within);
      const inherited = exported.size > 0 ? new Map([...folder.inherited, ...exported]) : folder.inherited;
      for (const value of ['y', 'm'] as const) {
        for (const { guard, text, source } of evaluator.sourcedWords(`obj-${value}`, within))
          this.#list(folder, value, { guard, statement: source, word: text, at: source }, inherited);
      }
      for (const root of roots) this.#list(folder, 'y', root, inherited);
    });
    this.#findPlaces(folder);
    folder.linking = once(() => {
      let linking = nothingLinked;
      shared.texts.begin();
      guarded(shared, file, () => {
        linking = linkingOf(evaluator, folder.objects, (word) => joined(folder.path, word), within);
      });
      return linking;
    });
  }

  #list(folder: Folder, value: 'y' | 'm', listing: Listing, inherited: ReadonlyMap<string, Variable>): void {
    const { word, statement } = listing;
    const isFolder = word.endsWith('/');
    if (isUnknown(word)) {
      // What is built in may come from a string, as a firmware's file does.
      if (value === 'm' || isFolder)
        this.#shared.problem('unclear-object', 'lists what makefiles alone cannot tell', statement);
      return;
    }
    if (!isFolder && !word.endsWith('.o')) {
      if (value === 'm') this.#shared.problem('unclear-object', `\`${word}\` is no object`, statement);
      return;
    }
    const path = joined(folder.path, word);
    if (path === undefined || path.split('/').length > limits.folders) {
      this.#shared.problem('unclear-object', `\`${word}\` is not in the tree`, statement);
      return;
    }
    if (!isFolder) {
      const listed = folder.objects.get(path) ?? { y: [], m: [] };
      listed[value].push(listing);
      folder.objects.set(path, listed);
      return;
    }
    const child = this.#folder(path, inherited);
    if (child === folder) return;
    let listed = folder.folders.get(child);
    if (!listed) {
      listed = { y: [], m: [] };
      folder.folders.set(child, listed);
      child.parents.push({ folder, listed });
    }
    listed[value].push(listing);
  }

  /** Looks up where words are, while the folder's files are at hand. */
  #findPlaces(folder: Folder): void {
    const find = (listing: Listing | undefined): void => {
      if (listing && listing.at === listing.statement)
        listing.at = this.#shared.wordPlace(listing.statement, listing.word);
    };
    for (const { y, m } of folder.objects.values()) {
      if (m.length === 0) continue;
      for (const [index, listing] of m.entries()) {
        find(listing);
        // Mostly the same line lists for both.
        if (y[index]?.statement === listing.statement) y[index].at = listing.at;
      }
      y.forEach(find);
    }
    for (const { y, m } of folder.folders.values()) find(y[0] ?? m[0]);
  }

  #makefileOf(folder: Folder): string | undefined {
    const prefix = folder.path === '' ? '' : `${folder.path}/`;
    // The root's Makefile is no folder's.
    for (const name of folder.path === '' ? ['Kbuild'] : ['Kbuild', 'Makefile'])
      if (this.#shared.makefile(prefix + name)) return prefix + name;
    const listing = folder.parents[0] && (folder.parents[0].listed.y[0] ?? folder.parents[0].listed.m[0]);
    if (listing) this.#shared.problem('missing-makefile', `\`${prefix}\` has no makefile`, listing.statement);
    return undefined;
  }

  /** Where each folder is visited. A folder may be listed by one below it; then more than one round is needed. */
  #visit(root: Folder): void {
    root.forModules = always;
    root.forBuiltin = always;
    const pending = new Set([root]);
    for (const folder of pending) {
      pending.delete(folder);
      for (const [child, listed] of folder.folders) {
        guarded(this.#shared, child.path, () => {
          if (this.#visitFrom(folder, child, listed)) pending.add(child);
        });
      }
    }
  }

  /** Whether a folder is visited from another where it was not known to be. */
  #visitFrom(folder: Folder, child: Folder, { y, m }: Listed): boolean {
    const guards = this.#guards;
    const builtin = guards.and(folder.forBuiltin, either(guards, y));
    const modules = guards.and(folder.forModules, either(guards, [...y, ...m]));
    const forBuiltin = guards.or(child.forBuiltin, builtin);
    const forModules = guards.or(child.forModules, modules);
    if (forBuiltin === child.forBuiltin && forModules === child.forModules) return false;
    child.forBuiltin = forBuiltin;
    child.forModules = forModules;
    return true;
  }
}

/** Reads the root's Makefile, and what Kbuild reads before every folder's. */
export function readTop(shared: Shared, architectures: readonly string[]): Top {
  let top: Top = { inherited: new Map(), roots: [] };
  guarded(shared, 'Makefile', () => {
    top = readTopFiles(shared, architectures);
  });
  return top;
}

function readTopFiles(shared: Shared, architectures: readonly string[]): Top {
  const top = new Evaluator(shared, new Map());
  const architecture: Value = architectures.map((name) => ({
    guard: shared.texts.guards.is(architectureSymbol, name),
    text: name,
  }));
  for (const [name, value] of Object.entries(invocation)) top.define(name, constant(value));
  top.pin('ARCH', architecture);
  // User-mode Linux runs on several machines, under Linux; this is the one for PCs.
  top.pin('SUBARCH', constant('x86'));
  top.pin('OS', constant('Linux'));
  shared.texts.begin();
  guarded(shared, 'Makefile', () => top.readFile('Makefile', always));
  const roots: Listing[] = [];
  if (top.definedWhere('build-dir').defined === never || top.definedWhere('vmlinux-dirs').defined !== never) {
    for (const list of ['init', 'core', 'drivers', 'net', 'libs', 'virt']) {
      for (const value of ['y', 'm']) {
        for (const { guard, text, source } of top.sourcedWords(`${list}-${value}`, always)) {
          // Up to 5.6 the Makefile writes over the lists at its end: a folder is then the archive that comes of it.
          const word = text.replace(/\/built-in\.[ao]$/, '/');
          roots.push({ guard, statement: source, word, at: shared.wordPlace(source, text) });
        }
      }
    }
    // To 4.20, `samples` is in no list, and is visited with the others.
    const listed = new Set(roots.map(({ word }) => word));
    for (const { guard, text, source } of top.sourcedWords('vmlinux-dirs', always)) {
      const word = `${text}/`;
      if (/^[\w-]+$/.test(text) && !listed.has(word))
        roots.push({ guard, statement: source, word, at: shared.wordPlace(source, text) });
    }
  }
  const folder = new Evaluator(shared, top.exported(always));
  for (const [name, value] of Object.entries(places)) folder.define(name, constant(value));
  folder.define('SRCARCH', architecture);
  guarded(shared, 'scripts/Kbuild.include', () => {
    folder.readFile('scripts/Kbuild.include', always);
    folder.readFile('scripts/Makefile.compiler', always);
  });
  return { inherited: folder.variables(), roots };
}

/** Where any of the lines lists. */
export function either(guards: Guards, listings: readonly Listing[]): Guard {
  let guard: Guard = never;
  for (const listing of listings) guard = guards.or(guard, listing.guard);
  return guard;
}

/** The architectures for which the condition can hold, as a condition. */
export function onlyArchitecture(guards: Guards, guard: Guard): Guard {
  if (guard === never || guard === always) return guard;
  // It is asked for before all symbols.
  if (guards.question(guard).name !== architectureSymbol) return always;
  return guards.forget(guard, (symbol) => symbol !== architectureSymbol);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Does the work up to where it goes past a limit, which is a problem of the file or folder. */
export function guarded(shared: Shared, file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    shared.problem('limit', error.message, { file, line: 1, column: 1, end: 1 });
  }
}

/** What make has when a whole kernel is built in its own folder. */
const invocation: Readonly<Record<string, string>> = {
  CURDIR: '.',
  MAKE: 'make',
  MAKEFLAGS: '--no-print-directory',
  MAKE_VERSION: '4.3',
  sub_make_done: '1',
};

/** What Kbuild has in every folder. */
const places: Readonly<Record<string, string>> = {
  srctree: '.',
  objtree: '.',
  srcroot: '.',
  MAKE: 'make',
  MAKE_VERSION: '4.3',
  KBUILD_MODULES: '1',
  KBUILD_BUILTIN: '1',
};

/** The lists that scripts/Makefile.build empties before it reads a folder's makefile, and those of symbols without a value. */
const lists: readonly string[] = [
  'obj-',
  'obj-y',
  'obj-m',
  'lib-',
  'lib-y',
  'lib-m',
  'always-y',
  'always-m',
  'targets',
  'subdir-y',
  'subdir-m',
];

/** A path relative to a folder; undefined where it leaves the tree. */
export function joined(folder: string, word: string): string | undefined {
  if (!word.includes('./') && !word.includes('//') && !word.startsWith('/'))
    return (folder === '' ? '' : `${folder}/`) + (word.endsWith('/') ? word.slice(0, -1) : word);
  if (word.startsWith('/')) return undefined;
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of word.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else parts.push(part);
  }
  return parts.join('/');
}
