/** The objects of an index. Its sections are unpacked when somebody asks. */
import { join } from 'node:path';
import type { KbuildModule, LinkedObject } from '../kbuild/kbuild.ts';
import { objectName } from '../kbuild/object-name.ts';
import type { KnownObjects, NamedObject, Objects } from '../objects.ts';
import type { EncodedOptions } from './format.ts';
import { decodeCondition } from './read-modules.ts';
import { damaged, decoded, type Unpacked } from './sections.ts';

export class IndexedObjects implements Objects {
  readonly #sections: Unpacked;
  readonly #arch: string;
  readonly #texts = new Map<string, Lines>();

  constructor(sections: Unpacked, arch: string) {
    this.#sections = sections;
    this.#arch = arch;
  }

  optional({ path }: KbuildModule): readonly LinkedObject[] {
    const key = path.replace(/\.ko$/, '');
    const encoded = this.#lines('options').get(key);
    return encoded === undefined ? [] : decodeOptional(key, encoded);
  }

  options({ path }: KbuildModule): readonly string[] {
    const encoded = this.#lines('options').get(path.replace(/\.ko$/, ''));
    return encoded === undefined ? [] : decodeOptions(encoded);
  }

  optionOf(symbol: string): readonly string[] {
    return this.#lines('options')
      .all()
      .filter(([, encoded]) => encoded.includes(symbol) && decodeOptions(encoded).includes(symbol))
      .map(([key]) => `${key}.ko`);
  }

  named(name: string): readonly NamedObject[] {
    const folded = name.replaceAll('-', '_');
    const isNamed = ({ path }: { path: string }): boolean => objectName(path) === folded;
    // Few lines have the name at all, whatever it is part of there.
    const options = this.#lines('options').holding(folded);
    const optional = options.flatMap(([key, encoded]) =>
      decodeOptional(key, encoded)
        .filter(isNamed)
        .map(({ path, condition }) => ({ path, module: `${key}.ko`, condition })),
    );
    const objects = this.#lines('objects')
      .holding(folded)
      .flatMap(([key, names]) => decodeObjects(key, names))
      .filter(isNamed);
    const ofModules = [...optional, ...objects.filter(({ module }) => module !== null)];
    return ofModules.length > 0 ? ofModules : objects;
  }

  all(): KnownObjects {
    const modules = new Map<string, LinkedObject[]>();
    const options = new Map<string, string[]>();
    const builtin: { path: string; symbols: readonly string[] }[] = [];
    for (const [key, names] of this.#lines('objects').all()) {
      for (const object of decodeObjects(key, names)) {
        if (object.module === null) builtin.push({ path: object.path, symbols: object.symbols });
        else modules.set(object.module, [...(modules.get(object.module) ?? []), object]);
      }
    }
    for (const [key, encoded] of this.#lines('options').all()) {
      const path = `${key}.ko`;
      modules.set(path, [...(modules.get(path) ?? []), ...decodeOptional(key, encoded)]);
      options.set(path, decodeOptions(encoded));
    }
    return {
      modules: Array.from(modules, ([path, objects]) => ({
        path,
        objects,
        options: options.get(path) ?? [],
      })),
      builtin: builtin.sort((a, b) => (a.path < b.path ? -1 : 1)),
    };
  }

  #lines(section: 'options' | 'objects'): Lines {
    const known = this.#texts.get(section);
    if (known) return known;
    // An index of before has none.
    const text = this.#sections.has(section) ? this.#sections.read(section).toString('latin1') : '{}';
    const lines = decoded(() => new Lines(text, this.#arch));
    this.#texts.set(section, lines);
    return lines;
  }
}

/** Lines by key, of one architecture. */
class Lines {
  readonly #lines: readonly string[];
  readonly #variants: string;
  #numbers: Map<string, number> | undefined;

  constructor(text: string, arch: string) {
    const [head = '', ...lines] = text.split('\n');
    const variants = (JSON.parse(head) as Record<string, unknown>)[arch] ?? '';
    if (typeof variants !== 'string') throw damaged('it has no variants of objects');
    if (variants !== '' && variants.length !== lines.length) throw damaged('objects are missing');
    this.#lines = lines;
    this.#variants = variants;
  }

  get(key: string): string | undefined {
    this.#numbers ??= new Map(this.#lines.map((line, number) => [line.slice(0, line.indexOf('\t')), number]));
    const number = this.#numbers.get(key);
    return number === undefined ? undefined : this.#own(number);
  }

  all(): [key: string, text: string][] {
    return this.#lines.flatMap((line, number): [string, string][] => {
      const text = this.#own(number);
      return text === undefined ? [] : [[line.slice(0, line.indexOf('\t')), text]];
    });
  }

  /** Those with a text in them, `-` taken for `_`. */
  holding(folded: string): [key: string, text: string][] {
    return this.all().filter(([, text]) => text.replaceAll('-', '_').includes(folded));
  }

  #own(number: number): string | undefined {
    const variant = this.#variants[number];
    if (variant === undefined || variant === '-') return undefined;
    const text = this.#lines[number]!.split('\t')[Number(variant) + 1];
    if (text === undefined) throw damaged('objects are missing');
    return text;
  }
}

function decodeOptions(encoded: string): string[] {
  return decoded(() => (JSON.parse(encoded) as EncodedOptions)[0].split(' ').filter(Boolean));
}

function decodeOptional(module: string, encoded: string): LinkedObject[] {
  return decoded(() => {
    const [, ...groups] = JSON.parse(encoded) as EncodedOptions;
    return groups.flatMap(([names, ...condition]) => {
      const when = decodeCondition(condition);
      return names.split(' ').map((name) => ({ path: join(folderOf(module), `${name}.o`), condition: when }));
    });
  });
}

/** A line's key is a module's path without `.ko`, or a folder with a slash and the symbols that its objects are for. */
function decodeObjects(key: string, names: string): NamedObject[] {
  const [place = '', ...symbols] = key.split(' ');
  const folder = folderOf(place);
  return names.split(' ').map((name) => {
    const path = join(folder, `${name}.o`);
    return place.endsWith('/')
      ? { path, module: null, symbols }
      : { path, module: `${place}.ko`, condition: [{ architectures: null, requires: [] }] };
  });
}

function folderOf(place: string): string {
  return place.includes('/') ? place.slice(0, place.lastIndexOf('/')) : '';
}
