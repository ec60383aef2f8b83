/** The modules of a source tree: found one by one, or all read where that is not enough. */
import type { Kbuild, KbuildModule, ModuleFinder } from './kbuild/kbuild.ts';
import type { Modules } from './kernel.ts';

/** Rounds of finding. Each reads the root's makefiles again, and some fifty others: after a few, all is cheaper. */
const mostRounds = 3;

export class TreeModules implements Modules {
  readonly #finder: ModuleFinder;
  readonly #readAll: () => Kbuild;
  /** With `_` for `-`. */
  readonly #expected: Set<string>;
  #rounds = 0;
  #found = new Map<string, Kbuild>();
  #whole: Kbuild | undefined;

  /** @param expected names that will be asked for */
  constructor(finder: ModuleFinder, readAll: () => Kbuild, expected: Iterable<string>) {
    this.#finder = finder;
    this.#readAll = readAll;
    this.#expected = new Set(Array.from(expected, folded));
  }

  all(): readonly KbuildModule[] {
    return this.whole().modules;
  }

  find(name: string): readonly KbuildModule[] {
    return this.readingOf(name).find(name);
  }

  madeBy(symbol: string): readonly KbuildModule[] {
    return this.whole().madeBy(symbol);
  }

  names(): readonly string[] {
    return [...new Set(this.all().map(({ name }) => name))].sort();
  }

  /** What was read so far: the names that were looked for, with `_` for `-`, and their modules; null: all are there. */
  found(): { readonly names: readonly string[] | null; readonly modules: readonly KbuildModule[] } {
    if (this.#whole) return { names: null, modules: this.#whole.modules };
    const modules = new Map(
      [...new Set(this.#found.values())].flatMap((kbuild) => kbuild.modules.map((each) => [each.path, each])),
    );
    return { names: [...this.#found.keys()], modules: [...modules.values()] };
  }

  /** All makefiles read. */
  whole(): Kbuild {
    this.#whole ??= this.#readAll();
    return this.#whole;
  }

  /** A reading that has the modules of a name. */
  readingOf(asIs: string): Kbuild {
    const name = folded(asIs);
    const known = this.#whole ?? this.#found.get(name);
    if (known) return known;
    const asked = new Set([...this.#expected, name]);
    this.#expected.clear();
    const found = this.#rounds++ < mostRounds ? this.#finder.find(asked) : undefined;
    if (!found) return this.whole();
    for (const each of asked) this.#found.set(each, found);
    return found;
  }
}

function folded(name: string): string {
  return name.replaceAll('-', '_');
}
