/**
 * What modules and the kernel itself are linked from, under every configuration at once.
 *
 * A member's condition is for where the module is made: `ath9k-$(CONFIG_ATH9K_AHB) += ahb.o` asks for ATH9K_AHB alone, and
 * not once more for what makes the module and the folders above it.
 */

import { membersOf } from './composites.ts';
import { architectureSymbol, type Condition, Conditions } from './conditions.ts';
import { either, type Folder, guarded, type Listed } from './folders.ts';
import { always, type Guard, type Guards, never } from './guards.ts';
import { LimitError } from './limits.ts';
import { objectName } from './object-name.ts';
import { type Shared, unknownPrefix } from './shared.ts';

/** An object that a module is linked from. */
export interface LinkedObject {
  /** Relative to the root: `net/netfilter/nft_counter.o`. */
  readonly path: string;
  /** Where the module is made: when it has this object. */
  readonly condition: Condition;
}

/** An object of the kernel itself that no module has. */
export interface BuiltinObject {
  readonly path: string;
  /** What its line asks for, else what the nearest folder that asks for something does. None: it is always there. */
  readonly symbols: readonly string[];
}

export interface Composition {
  /** What a module is linked from, by its path, in the order of the lists. One that is compiled has its own object alone. */
  of(path: string): readonly LinkedObject[];
  /** The paths of modules that may be linked from an object with this name, sorted; `-` and `_` are the same. */
  ownersOf(name: string): readonly string[];
  /** By path, sorted. */
  builtin(): readonly BuiltinObject[];
}

export function compositionOf(shared: Shared, folders: Iterable<Folder>): Composition {
  const composer = new Composer(shared, [...folders]);
  let builtin: readonly BuiltinObject[] | undefined;
  return {
    of: (path) => composer.membersOf(path.replace(/\.ko$/, '.o')),
    ownersOf: (name) => composer.ownersOf(name),
    builtin: () => {
      builtin ??= composer.builtin();
      return builtin;
    },
  };
}

interface Place {
  readonly folder: Folder;
  readonly listed: Listed;
}

class Composer {
  readonly #shared: Shared;
  readonly #guards: Guards;
  readonly #conditions: Conditions;
  readonly #folders: readonly Folder[];
  /** Where objects are listed that modules could be made of. */
  readonly #places = new Map<string, Place[]>();

  constructor(shared: Shared, folders: readonly Folder[]) {
    this.#shared = shared;
    this.#guards = shared.texts.guards;
    this.#conditions = new Conditions(this.#guards);
    this.#folders = folders;
    for (const folder of folders) {
      if (folder.forModules === never) continue;
      for (const [path, listed] of folder.objects) {
        if (listed.m.length === 0) continue;
        const places = this.#places.get(path) ?? [];
        this.#places.set(path, [...places, { folder, listed }]);
      }
    }
  }

  membersOf(object: string): LinkedObject[] {
    const guards = this.#guards;
    const found = new Map<string, Condition>();
    for (const place of this.#places.get(object) ?? []) {
      guarded(this.#shared, object, () => {
        const made = this.#madeWhere(place);
        for (const { path, guard } of this.#members(object, place.folder)) {
          const reached = guards.and(guard, made);
          if (reached === never) continue;
          const condition = this.#condition(reached, made);
          // In two folders one name may be two modules; then either may have it.
          found.set(path, found.has(path) ? joined(found.get(path)!, condition) : condition);
        }
      });
    }
    return Array.from(found, ([path, condition]) => ({ path, condition }));
  }

  ownersOf(name: string): string[] {
    const owners: string[] = [];
    for (const [object, places] of this.#places) {
      const isMember = places.some(({ folder }) =>
        this.#members(object, folder).some(({ path }) => objectName(path) === name),
      );
      if (isMember) owners.push(object.replace(/\.o$/, '.ko'));
    }
    return owners.sort();
  }

  builtin(): BuiltinObject[] {
    const ofModules = new Set<string>();
    for (const [object, places] of this.#places) {
      for (const place of places) {
        guarded(this.#shared, object, () => {
          const made = this.#madeWhere(place);
          for (const { path, guard } of this.#members(object, place.folder))
            if (this.#guards.and(guard, made) !== never) ofModules.add(path);
          if (made !== never) ofModules.add(object);
        });
      }
    }
    const found = new Map<string, BuiltinObject>();
    for (const folder of this.#folders) {
      if (folder.forBuiltin === never) continue;
      const add = (path: string, guard: Guard): void => {
        guarded(this.#shared, path, () => {
          const known = ofModules.has(path) || found.has(path);
          if (known || this.#guards.and(guard, folder.forBuiltin) === never) return;
          found.set(path, { path, symbols: this.#symbols(folder, guard) });
        });
      };
      const { composites, library } = folder.linking();
      for (const [object, { y }] of folder.objects) {
        const guard = either(this.#guards, y);
        if (guard === never) continue;
        for (const member of membersOf(this.#guards, object, composites.get(object), 'y'))
          add(member.path, this.#guards.and(guard, member.guard));
        add(object, guard);
      }
      for (const { path, guard } of library) add(path, guard);
    }
    return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #members(object: string, folder: Folder): { path: string; guard: Guard }[] {
    return membersOf(this.#guards, object, folder.linking().composites.get(object), 'm');
  }

  /** Where a line makes a module of an object: what `obj-y` lists as well is built in. */
  #madeWhere({ folder, listed: { y, m } }: Place): Guard {
    const guards = this.#guards;
    const listed = guards.without(either(guards, m), either(guards, y));
    return guards.and(listed, folder.forModules);
  }

  #symbols(folder: Folder, guard: Guard): string[] {
    const own = this.#asked(guard, folder.read);
    if (own.length > 0) return own;
    const seen = new Set([folder]);
    for (let at: Folder | undefined = folder; at; ) {
      const [parent]: Folder['parents'] = at.parents;
      if (!parent || seen.has(parent.folder)) return [];
      const above = this.#asked(either(this.#guards, parent.listed.y), parent.folder.read);
      if (above.length > 0) return above;
      seen.add(parent.folder);
      at = parent.folder;
    }
    return [];
  }

  /** The symbols that must be set for a guard to hold, of each of its ways. */
  #asked(guard: Guard, within: Guard): string[] {
    const requires = this.#condition(guard, within).flatMap((clause) => clause.requires);
    const set = requires.filter(({ values, not }) => values.includes('n') === not);
    return [...new Set(set.map(({ symbol }) => symbol))];
  }

  /** As a condition, without what no configuration answers; either answer may be the right one. */
  #condition(guard: Guard, within: Guard): Condition {
    const told = this.#guards.implies(within, guard) ? always : this.#guards.forget(guard, isOpen);
    try {
      return this.#conditions.of(told, told === always ? always : within);
    } catch (error) {
      if (!(error instanceof LimitError) || error.final) throw error;
      return [{ architectures: null, requires: [] }];
    }
  }
}

function joined(a: Condition, b: Condition): Condition {
  const always = [a, b].find((each) => each.some(({ requires }) => requires.length === 0));
  return always ?? [...a, ...b];
}

function isOpen(symbol: string): boolean {
  return symbol.startsWith(unknownPrefix) && symbol !== architectureSymbol;
}
