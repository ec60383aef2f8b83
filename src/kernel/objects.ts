/** What a kernel's modules, and the kernel itself, are linked from: of a source tree, or of an index of one. */
import type { BuiltinObject, Composition, Condition, KbuildModule, LinkedObject } from './kbuild/kbuild.ts';
import { objectName } from './kbuild/object-name.ts';
import type { Kconfig } from './kconfig/model.ts';
import { Options } from './options.ts';

export interface Objects {
  /** What a module is linked from under some configurations only, in the order of the lists. */
  optional(module: KbuildModule): readonly LinkedObject[];
  /** The bools that are a module's own options, those that add objects first: see `options.ts`. */
  options(module: KbuildModule): readonly string[];
  /** The paths of the modules whose own option a symbol is, sorted. */
  optionOf(symbol: string): readonly string[];
  /** Where an object of this name goes, by path: `-` and `_` are the same. */
  named(name: string): readonly NamedObject[];
  /** All that is known. An index does not have names that are no help: see `index/write-objects.ts`. */
  all(): KnownObjects;
}

export type NamedObject =
  /** It is linked into a module. */
  | { readonly path: string; readonly module: string; readonly condition: Condition }
  /** It is part of the kernel where one of the symbols is `y`, or always where it asks for none. */
  | { readonly path: string; readonly module: null; readonly symbols: readonly string[] };

export interface KnownObjects {
  /** By the module's path. */
  readonly modules: readonly {
    readonly path: string;
    readonly objects: readonly LinkedObject[];
    readonly options: readonly string[];
  }[];
  readonly builtin: readonly BuiltinObject[];
}

/** A tree's objects. What is not asked for is not worked out. */
export function objectsOf(
  modules: readonly KbuildModule[],
  composition: () => Composition,
  kconfig: Kconfig,
): Objects {
  const finder = new Options(kconfig);
  const optional = ({ path }: KbuildModule): LinkedObject[] =>
    composition()
      .of(path)
      .filter(({ condition }) => !isAlways(condition));
  const options = (module: KbuildModule): string[] => finder.of(module, optional(module));
  return {
    optional,
    options,
    optionOf: (symbol) =>
      modules.filter((module) => options(module).includes(symbol)).map(({ path }) => path),
    named(name) {
      const folded = name.replaceAll('-', '_');
      const known = composition();
      const ofModules = known.ownersOf(folded).flatMap((module) =>
        known
          .of(module)
          .filter(({ path }) => objectName(path) === folded)
          .map(({ path, condition }) => ({ path, module, condition })),
      );
      if (ofModules.length > 0) return ofModules;
      return known
        .builtin()
        .filter(({ path }) => objectName(path) === folded)
        .map(({ path, symbols }) => ({ path, module: null, symbols }));
    },
    all: () => ({
      modules: modules.map((module) => ({
        path: module.path,
        objects: composition().of(module.path),
        options: options(module),
      })),
      builtin: composition().builtin(),
    }),
  };
}

/** Whether a condition holds whatever the configuration. */
export function isAlways(condition: Condition): boolean {
  return condition.some(({ architectures, requires }) => architectures === null && requires.length === 0);
}

/** A module's name, of its path. */
export function moduleOf(path: string): string {
  return objectName(path.replace(/ko$/, 'o'));
}
