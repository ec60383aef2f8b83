/**
 * A source tree that is remembered from run to run, in two parts: what its Kconfig files say, and what its makefiles do.
 *
 * Each part is used as long as every file and folder that was looked for to make it is as it was (stamps.ts); else it is read
 * again. The makefiles' part holds the modules that were asked for in the first run, whose makefiles alone were read. Who
 * asks for another one has all makefiles read, and then it holds them all: a list that grows costs that once.
 *
 * Reading answers first; what there is to remember is written at the end.
 */
import { realpathSync } from 'node:fs';
import { IndexedKconfig, readMakefiles } from '../../kernel/index/read.ts';
import { IndexedObjects } from '../../kernel/index/read-objects.ts';
import { encodeKconfigs, encodeMakefiles } from '../../kernel/index/write.ts';
import { encodeObjects } from '../../kernel/index/write-objects.ts';
import type { KbuildModule } from '../../kernel/kbuild/kbuild.ts';
import {
  type KnownKconfig,
  type Modules,
  readTreeKconfig,
  type TreeReading,
  type TreeWarning,
  treeModules,
} from '../../kernel/kernel.ts';
import type { Objects } from '../../kernel/objects.ts';
import { diskTree } from '../../kernel/tree.ts';
import type { TreeModules } from '../../kernel/tree-modules.ts';
import { TreeObjects } from '../../kernel/tree-objects.ts';
import { decodePart, encodePart, hashOf, type Part } from './part.ts';
import { isAsItWas, Noted } from './stamps.ts';
import type { Store } from './store.ts';

export interface RememberedReading {
  readonly reading: TreeReading;
  /** Writes what was read in this run and is worth remembering; to be called when everything is answered. */
  remember(): void;
}

/**
 * Reads a source tree as `readTree` does, from what is remembered of it where that still holds.
 *
 * @param readers what tells the readers of this gen-kmod from those of any other: what they made is theirs alone
 */
export function readRemembered(
  root: string,
  arch: string,
  expected: readonly string[],
  store: Store,
  readers: string,
): RememberedReading {
  let of: string;
  try {
    of = hashOf(JSON.stringify([readers, realpathSync(root), arch]));
  } catch {
    of = hashOf(JSON.stringify([readers, root, arch]));
  }
  const file = of.slice(0, 32);
  const kconfig = rememberedKconfig({ root, arch, of, file: `${file}.kconfig`, store });
  const { known, warnings, problems } = kconfig.reading;
  if (!known) return { reading: { problems }, remember: () => {} };
  const modules = new RememberedModules(
    { root, arch, of, file: `${file}.makefiles`, store },
    { known, id: kconfig.id },
    expected,
  );
  return {
    reading: { kernel: { ...known, modules, objects: modules.objects }, warnings },
    remember: () => {
      kconfig.remember();
      modules.remember();
    },
  };
}

/** Where a part is kept, and of what. */
interface Place {
  readonly root: string;
  readonly arch: string;
  readonly of: string;
  readonly file: string;
  readonly store: Store;
}

interface AboutKconfig {
  readonly version: string;
  readonly series: string;
  readonly variants: string;
  /** What is to be said of the files each time. */
  readonly warnings: readonly TreeWarning[];
  /** What the makefiles' part leans on: a hash of the section, whichever files it was made of. */
  readonly id: string;
}

interface KconfigOf {
  readonly reading: ReturnType<typeof readTreeKconfig>;
  readonly id: () => string;
  remember(): void;
}

function rememberedKconfig(place: Place): KconfigOf {
  const { root, arch, of, file, store } = place;
  const part = partOf(place);
  if (part) {
    const { version, series, variants, warnings, id } = part.about as AboutKconfig;
    const kconfig = new IndexedKconfig(part.sections.get('kconfig')!, variants);
    return {
      reading: { known: { version, series, arch, kconfig }, warnings },
      id: () => id,
      remember: () => {},
    };
  }
  const noted = new Noted();
  const reading = readTreeKconfig(diskTree(root, noted.note), arch);
  const stamps = noted.stamps();
  let made: { section: Buffer; variants: string; id: string } | undefined;
  const make = () => {
    if (made) return made;
    const { text, variants } = encodeKconfigs([reading.known!.kconfig]);
    const section = Buffer.from(text, 'latin1');
    made = { section, variants: variants[0]!, id: hashOf(section) };
    return made;
  };
  return {
    reading,
    id: () => make().id,
    remember: () => {
      if (!stamps) return;
      const { version, series } = reading.known!;
      const { section, variants, id } = make();
      const about: AboutKconfig = { version, series, variants, warnings: reading.warnings!, id };
      store.write(file, encodePart({ of, stamps, about, sections: new Map([['kconfig', section]]) }));
    },
  };
}

function partOf({ root, of, file, store }: Place): Part | undefined {
  const bytes = store.read(file);
  const part = bytes && decodePart(bytes, of);
  return part && isAsItWas(root, part.stamps) ? part : undefined;
}

interface AboutMakefiles {
  /** Of the Kconfig, which tells what symbols can be. */
  readonly kconfig: string;
  /** The names that were looked for, `_` for `-`; null where all modules are there. */
  readonly names: readonly string[] | null;
  readonly variants: string;
}

/** The modules of a tree, from what is remembered of its makefiles as far as that goes. */
class RememberedModules implements Modules {
  readonly #place: Place;
  readonly #kconfig: { readonly known: KnownKconfig; readonly id: () => string };
  readonly #expected: readonly string[];
  readonly #noted = new Noted();
  /** What is remembered, and the names it has; null: all. */
  #remembered:
    | { readonly modules: Modules; readonly objects: Objects; readonly names: ReadonlySet<string> | null }
    | undefined;
  #opened = false;
  #tree: TreeModules | undefined;
  #treeObjects: TreeObjects | undefined;
  /** What they are linked from. */
  readonly objects: Objects = {
    optional: (module) => this.#objectsOf(module).optional(module),
    options: (module) => this.#objectsOf(module).options(module),
    optionOf: (symbol) => this.#allObjects().optionOf(symbol),
    named: (name) => this.#allObjects().named(name),
    all: () => this.#allObjects().all(),
  };

  constructor(
    place: Place,
    kconfig: { readonly known: KnownKconfig; readonly id: () => string },
    expected: readonly string[],
  ) {
    this.#place = place;
    this.#kconfig = kconfig;
    this.#expected = expected;
  }

  all(): readonly KbuildModule[] {
    return this.#whole().all();
  }

  find(name: string): readonly KbuildModule[] {
    const remembered = this.#open();
    if (!remembered) return this.#read().find(name);
    const { modules, names } = remembered;
    return names === null || names.has(name.replaceAll('-', '_'))
      ? modules.find(name)
      : this.#whole().find(name);
  }

  madeBy(symbol: string): readonly KbuildModule[] {
    return this.#whole().madeBy(symbol);
  }

  names(): readonly string[] {
    return this.#whole().names();
  }

  remember(): void {
    const { of, file, store } = this.#place;
    const found = this.#tree?.found();
    const stamps = found && this.#noted.stamps();
    if (!stamps) return;
    const { modules, names } = found;
    const made = encodeMakefiles([{ modules: { ...none, all: () => modules } }]);
    // Of what was read in part, only what is each module's own can be told.
    const known = names === null ? this.#treeObjects!.all() : this.#treeObjects!.allOf(modules);
    const objects = encodeObjects([{ arch: this.#place.arch, objects: { all: () => known } }]);
    const about: AboutMakefiles = { kconfig: this.#kconfig.id(), names, variants: made.variants[0]! };
    const texts = [
      ...made.sections.map(({ name, text }) => [name, text] as const),
      ...Object.entries(objects),
    ];
    const sections = new Map(texts.map(([name, text]) => [name, Buffer.from(text, 'latin1')]));
    store.write(file, encodePart({ of, stamps, about, sections }));
  }

  /** All modules, remembered or read. */
  #whole(): Modules {
    const remembered = this.#open();
    if (remembered?.names === null) return remembered.modules;
    const tree = this.#read();
    tree.all();
    return tree;
  }

  #objectsOf({ name }: KbuildModule): Objects {
    const remembered = this.#open();
    if (remembered && (remembered.names === null || remembered.names.has(name))) return remembered.objects;
    this.#read();
    return this.#treeObjects!;
  }

  #allObjects(): Objects {
    const remembered = this.#open();
    if (remembered?.names === null) return remembered.objects;
    this.#read();
    return this.#treeObjects!;
  }

  #read(): TreeModules {
    const { root } = this.#place;
    this.#tree ??= treeModules(diskTree(root, this.#noted.note), this.#kconfig.known, this.#expected);
    this.#treeObjects ??= new TreeObjects(this.#tree, this.#kconfig.known.kconfig);
    return this.#tree;
  }

  #open() {
    if (this.#opened) return this.#remembered;
    this.#opened = true;
    const part = partOf(this.#place);
    const about = part?.about as AboutMakefiles | undefined;
    if (!part || !about || about.kconfig !== this.#kconfig.id()) return undefined;
    const { names, variants } = about;
    const sections = {
      read: (name: string) => part.sections.get(name)!,
      has: (name: string) => part.sections.has(name),
    };
    const { modules } = readMakefiles(sections, variants, this.#place.arch);
    const objects = new IndexedObjects(sections, this.#place.arch);
    this.#remembered = { modules, objects, names: names && new Set(names) };
    return this.#remembered;
  }
}

const none: Modules = { all: () => [], find: () => [], madeBy: () => [], names: () => [] };
