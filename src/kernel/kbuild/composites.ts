/**
 * What objects are linked from, folder by folder (scripts/Makefile.lib: `suffix-search`, `multi-search`, `real-search`).
 *
 * An object `foo.o` is put together from others where one of the variables `foo-objs`, `foo-y`, `foo-` and, in a module,
 * `foo-m` is not empty; its members are the words of all of them but `foo-`, which only says that members were left out.
 * Elsewhere it is compiled from a source of its own name. Kbuild looks one level deep: a member is never put together.
 */
import type { Evaluator } from './evaluate.ts';
import type { Listed } from './folders.ts';
import { always, type Guard, type Guards, never } from './guards.ts';
import { isUnknown } from './texts.ts';

/** An object that is linked from others. */
export interface Composite {
  /** Where it is, as part of a module and of the kernel itself; elsewhere it is compiled. */
  readonly composed: { readonly m: Guard; readonly y: Guard };
  /** In the order of the lists; one that is listed twice is here once, where it is first. */
  readonly members: readonly Member[];
}

export interface Member {
  /** Relative to the root. */
  readonly path: string;
  /** Where a module has it, and where the kernel itself does. */
  readonly m: Guard;
  readonly y: Guard;
}

/** What a folder's objects are linked from. */
export interface Linking {
  /** Of its objects, those that are linked from others, by path. */
  readonly composites: ReadonlyMap<string, Composite>;
  /** What `lib-y` lists: objects of the kernel itself, as far as it uses them. */
  readonly library: readonly { readonly path: string; readonly guard: Guard }[];
}

export const nothingLinked: Linking = { composites: new Map(), library: [] };

/** @param pathOf a word's path relative to the root; undefined where that is not in the tree */
export function linkingOf(
  evaluator: Evaluator,
  objects: ReadonlyMap<string, Listed>,
  pathOf: (word: string) => string | undefined,
  within: Guard,
): Linking {
  const composites = new Map<string, Composite>();
  for (const [path, { y, m }] of objects) {
    const stems = new Set([...y, ...m].map(({ word }) => word.slice(0, -'.o'.length)));
    for (const stem of stems) {
      const composite = compositeOf(evaluator, stem, pathOf, within);
      if (composite) composites.set(path, composite);
    }
  }
  const library = evaluator.sourcedWords('lib-y', within).flatMap(({ guard, text }) => {
    const path = isObject(text) ? pathOf(text) : undefined;
    return path === undefined ? [] : [{ path, guard }];
  });
  return { composites, library };
}

/** Nobody can tell what an unknown word is; others that are no objects are for the linker. */
function isObject(word: string): boolean {
  return word.endsWith('.o') && !isUnknown(word);
}

function compositeOf(
  evaluator: Evaluator,
  stem: string,
  pathOf: (word: string) => string | undefined,
  within: Guard,
): Composite | undefined {
  const { guards } = evaluator.texts;
  let composed: Composite['composed'] = { m: never, y: never };
  const members = new Map<string, Member>();
  for (const suffix of ['-objs', '-y', '-m', '-']) {
    if (evaluator.definedWhere(stem + suffix).defined === never) continue;
    for (const { guard, text } of evaluator.sourcedWords(stem + suffix, within)) {
      const y = suffix === '-m' ? never : guard;
      composed = { m: guards.or(composed.m, guard), y: guards.or(composed.y, y) };
      const path = suffix === '-' || !isObject(text) ? undefined : pathOf(text);
      if (path === undefined) continue;
      const same = members.get(path);
      members.set(path, {
        path,
        m: same ? guards.or(same.m, guard) : guard,
        y: same ? guards.or(same.y, y) : y,
      });
    }
  }
  return composed.m === never ? undefined : { composed, members: [...members.values()] };
}

/** The members of an object as part of a module or of the kernel itself, itself where it is compiled. */
export function membersOf(
  guards: Guards,
  path: string,
  composite: Composite | undefined,
  kind: 'm' | 'y',
): { path: string; guard: Guard }[] {
  if (!composite || composite.composed[kind] === never) return [{ path, guard: always }];
  const members = composite.members
    .map((member) => ({ path: member.path, guard: member[kind] }))
    .filter(({ guard }) => guard !== never);
  const alone = guards.not(composite.composed[kind]);
  return alone === never ? members : [{ path, guard: alone }, ...members];
}
