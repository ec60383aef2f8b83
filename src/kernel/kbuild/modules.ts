/**
 * What folders list, as modules with their rules.
 *
 * A module is an object that `obj-m` lists and `obj-y` does not, in a folder that is visited for modules: what is in both is
 * built in (scripts/Makefile.lib). Each line that lists it is a rule. The conditions of the folders on the way are kept apart
 * from the line's own: they are shared, and a person looks for each in another file.
 */
import { architectureSymbol, type Condition, Conditions } from './conditions.ts';
import {
  either,
  type Folder,
  Folders,
  guarded,
  type Listed,
  type Listing,
  type Only,
  onlyArchitecture,
  type Top,
} from './folders.ts';
import { always, type Guard, type Guards, never } from './guards.ts';
import type { KbuildFolder, KbuildModule, KbuildRule } from './kbuild.ts';
import { LimitError } from './limits.ts';
import { type Shared, unknownPrefix } from './shared.ts';
import type { Place } from './syntax.ts';

/**
 * The modules of a tree, sorted by path: all of them, or those of some names, each as it is among all; and the folders that
 * list them.
 */
export function modulesOf(
  shared: Shared,
  architectures: readonly string[],
  top: Top,
  only: Only | null = null,
): { modules: KbuildModule[]; folders: Folders } {
  const folders = new Folders(shared, top, only);
  const names = only && new Set(only.names);
  let modules: KbuildModule[] = [];
  guarded(shared, 'Makefile', () => {
    modules = new Collection(shared, architectures).modules(folders.all.values(), names);
  });
  return { modules, folders };
}

/** A module's name as modprobe compares it. */
export function moduleName(path: string): string {
  // Asked of every module there is whenever an index is read.
  const end = path.endsWith('.ko') ? -3 : path.endsWith('.o') ? -2 : path.length;
  const name = path.slice(path.lastIndexOf('/') + 1, end);
  return name.includes('-') ? name.replaceAll('-', '_') : name;
}

interface Found {
  rules: KbuildRule[];
  builtin: KbuildRule[];
  /** The architectures it can be made for. */
  where: Guard;
}

/** A folder's steps from the root, for modules and for what is built in. */
interface Steps {
  m: KbuildFolder[];
  y: KbuildFolder[];
}

/** Where a folder is visited: the symbols that this asks for, and the architectures alone. */
interface Visited {
  guard: Guard;
  symbols: ReadonlySet<string>;
  where: Guard;
}

class Collection {
  readonly #shared: Shared;
  readonly #guards: Guards;
  readonly #conditions: Conditions;
  readonly #architectures: readonly string[];
  readonly #steps = new Map<Folder, Steps>();
  readonly #visits = new Map<Guard, Visited>();
  /** Guards in which nothing is unknown. */
  readonly #clear = new Set<Guard>();

  constructor(shared: Shared, architectures: readonly string[]) {
    this.#shared = shared;
    this.#guards = shared.texts.guards;
    this.#conditions = new Conditions(this.#guards);
    this.#architectures = architectures;
  }

  modules(folders: Iterable<Folder>, names: ReadonlySet<string> | null): KbuildModule[] {
    const found = new Map<string, Found>();
    for (const folder of folders) {
      if (folder.forModules === never) continue;
      for (const [path, listed] of folder.objects) {
        if (listed.m.length === 0 || (names && !names.has(moduleName(path)))) continue;
        guarded(this.#shared, path, () => this.#add(found, folder, path, listed));
      }
    }
    return Array.from(found, ([object, { rules, builtin, where }]) => {
      const path = object.replace(/\.o$/, '.ko');
      const architectures = this.#architecturesWhere(where);
      return { name: moduleName(path), path, symbols: symbolsOf(rules), architectures, rules, builtin };
    }).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #add(found: Map<string, Found>, folder: Folder, path: string, { y, m }: Listed): void {
    const { rules, where } = this.#rules(folder, m, either(this.#guards, y), 'm');
    if (rules.length === 0) return;
    const builtin = this.#rules(folder, y, never, 'y').rules;
    const same = found.get(path);
    if (same) {
      same.rules.push(...rules);
      same.builtin.push(...builtin);
      same.where = this.#guards.or(same.where, where);
    } else found.set(path, { rules, builtin, where });
  }

  /** One rule for each line that can make something: where it lists, but not `except`. And where any does. */
  #rules(
    folder: Folder,
    listings: readonly Listing[],
    except: Guard,
    kind: 'm' | 'y',
  ): { rules: KbuildRule[]; where: Guard } {
    const guards = this.#guards;
    const visited = this.#visited(kind === 'm' ? folder.forModules : folder.forBuiltin);
    const rules: KbuildRule[] = [];
    let where: Guard = never;
    for (const listing of onePerLine(guards, listings)) {
      const guard = this.#told(guards.without(listing.guard, except), listing);
      if (guard === never) continue;
      if (guards.isQuestion(guard) && !visited.symbols.has(guards.question(guard).name)) {
        // Most lines ask for one symbol, and no folder above does.
        where = guards.or(where, visited.where);
      } else {
        const reached = guards.and(visited.guard, guard);
        if (reached === never) continue;
        where = guards.or(where, onlyArchitecture(guards, reached));
      }
      const { file } = listing.statement;
      const { line, column } = listing.at;
      const condition = this.#condition(guard, folder.read, listing.statement);
      const folders = this.#stepsTo(folder)[kind];
      rules.push({ file, line, column, folder: folder.path, condition, folders });
    }
    return { rules, where };
  }

  #visited(guard: Guard): Visited {
    let visited = this.#visits.get(guard);
    if (!visited) {
      const guards = this.#guards;
      visited = { guard, symbols: guards.symbols(guard), where: onlyArchitecture(guards, guard) };
      this.#visits.set(guard, visited);
    }
    return visited;
  }

  /** The folders on the way to one, with their conditions. */
  #stepsTo(folder: Folder): Steps {
    const known = this.#steps.get(folder);
    if (known) return known;
    const steps: Steps = { m: [], y: [] };
    // Before the parents', so that folders that list one another come to an end.
    this.#steps.set(folder, steps);
    const [parent, second] = folder.parents;
    const first = parent && (parent.listed.y[0] ?? parent.listed.m[0]);
    if (!parent || !first) return steps;
    const step = {
      path: folder.path,
      file: first.statement.file,
      line: first.at.line,
      column: first.at.column,
    };
    const add = (list: KbuildFolder[], above: readonly KbuildFolder[], guard: Guard, within: Guard): void => {
      list.push(...above);
      if (this.#guards.implies(within, guard)) return;
      list.push({ ...step, condition: this.#condition(this.#told(guard, first), within, first.statement) });
    };
    if (second) {
      // There are several ways: one condition for all of them.
      add(steps.m, [], folder.forModules, always);
      add(steps.y, [], folder.forBuiltin, always);
    } else {
      const { y, m } = parent.listed;
      const above = this.#stepsTo(parent.folder);
      add(steps.m, above.m, either(this.#guards, [...y, ...m]), parent.folder.read);
      add(steps.y, above.y, either(this.#guards, y), parent.folder.read);
    }
    return steps;
  }

  /** The guard without questions that no configuration answers; either answer may be the right one. */
  #told(guard: Guard, { statement, word }: Listing): Guard {
    const guards = this.#guards;
    if (guard <= always || this.#clear.has(guard)) return guard;
    // Most ask for one symbol.
    if (guards.isQuestion(guard) && !isOpen(guards.question(guard).name)) return guard;
    for (const symbol of guards.symbols(guard)) {
      if (!isOpen(symbol)) continue;
      const message = `whether \`${word}\` is listed depends on what makefiles alone cannot tell`;
      this.#shared.problem('unclear-condition', message, statement);
      return guards.forget(guard, isOpen);
    }
    this.#clear.add(guard);
    return guard;
  }

  /** The guard as a condition, for where the makefile that has the statement is read. */
  #condition(guard: Guard, within: Guard, statement: Place): Condition {
    try {
      return this.#conditions.of(guard, within);
    } catch (error) {
      if (!(error instanceof LimitError) || error.final) throw error;
      this.#shared.problem('limit', error.message, statement);
      return [{ architectures: null, requires: [] }];
    }
  }

  #architecturesWhere(guard: Guard): string[] | null {
    if (guard === always) return null;
    return this.#architectures.filter(
      (name) => this.#guards.and(guard, this.#guards.is(architectureSymbol, name)) !== never,
    );
  }
}

/** A word that is put together in several ways is one for each; they are one rule. */
function onePerLine(guards: Guards, listings: readonly Listing[]): readonly Listing[] {
  if (listings.length < 2) return listings;
  const lines = new Map<Place, Listing>();
  for (const listing of listings) {
    const line = lines.get(listing.statement);
    if (line) line.guard = guards.or(line.guard, listing.guard);
    else lines.set(listing.statement, { ...listing });
  }
  return [...lines.values()];
}

function isOpen(symbol: string): boolean {
  return symbol.startsWith(unknownPrefix) && symbol !== architectureSymbol;
}

/** The symbols of a module's rules; see `KbuildModule.symbols`. */
function symbolsOf(rules: readonly KbuildRule[]): string[] {
  const making = new Set<string>();
  for (const { condition, folders } of rules) {
    const before = making.size;
    for (const { requires } of condition) {
      const set = requires.filter(({ values, not }) => !not && !values.includes('n'));
      const modular = set.filter(({ values }) => values.length === 1 && values[0] === 'm');
      for (const { symbol } of modular.length > 0 ? modular : set) making.add(symbol);
    }
    if (making.size > before) continue;
    const nearest = folders.findLast(({ condition: above }) =>
      above.some(({ requires }) => requires.length > 0),
    );
    for (const { requires } of nearest?.condition ?? [])
      for (const { symbol } of requires) making.add(symbol);
  }
  return [...making];
}
