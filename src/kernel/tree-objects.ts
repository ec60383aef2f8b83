/** What the modules of a source tree are linked from, as far as its makefiles were read for them. */
import type { Kbuild, KbuildModule, LinkedObject } from './kbuild/kbuild.ts';
import type { Kconfig } from './kconfig/model.ts';
import { type KnownObjects, type NamedObject, type Objects, objectsOf } from './objects.ts';
import type { TreeModules } from './tree-modules.ts';

export class TreeObjects implements Objects {
  readonly #modules: TreeModules;
  readonly #kconfig: Kconfig;
  readonly #known = new Map<Kbuild, Objects>();

  constructor(modules: TreeModules, kconfig: Kconfig) {
    this.#modules = modules;
    this.#kconfig = kconfig;
  }

  optional(module: KbuildModule): readonly LinkedObject[] {
    return this.#of(this.#modules.readingOf(module.name)).optional(module);
  }

  options(module: KbuildModule): readonly string[] {
    return this.#of(this.#modules.readingOf(module.name)).options(module);
  }

  optionOf(symbol: string): readonly string[] {
    return this.#of(this.#modules.whole()).optionOf(symbol);
  }

  named(name: string): readonly NamedObject[] {
    return this.#of(this.#modules.whole()).named(name);
  }

  all(): KnownObjects {
    return this.#of(this.#modules.whole()).all();
  }

  /** Of these modules alone, whatever else was read. */
  allOf(modules: readonly KbuildModule[]): KnownObjects {
    return {
      modules: modules.map((module) => ({
        path: module.path,
        objects: this.optional(module),
        options: this.options(module),
      })),
      builtin: [],
    };
  }

  #of(kbuild: Kbuild): Objects {
    const known = this.#known.get(kbuild);
    if (known) return known;
    const objects = objectsOf(kbuild.modules, () => kbuild.composition(), this.#kconfig);
    this.#known.set(kbuild, objects);
    return objects;
  }
}
