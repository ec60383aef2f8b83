/**
 * A host whose store has what evaluation adds to it: texts, derivations, copies of files. Nothing is written;
 * a copy is read where its original is, so what the original's host forbids stays forbidden.
 */
import { NixError } from '../eval/errors.ts';
import type { FileInfo, FileType, Host } from './host.ts';

type References = ReadonlySet<string> | ((text: string) => ReadonlySet<string>);

interface Text {
  readonly kind: 'text';
  readonly text: string;
  /** The store paths it was made with, or how they are read from it. */
  readonly references: References;
}

interface Copy {
  readonly kind: 'copy';
  /** The file or folder that is copied, without links in its folders. */
  readonly from: string;
  /** The paths below `from` that a filter let through; null without one. */
  readonly included: ReadonlySet<string> | null;
  /** Only a file's bytes. */
  readonly flat: boolean;
}

/** A path in something that was added: below its root, `rest` is empty or starts with a slash. */
interface Place {
  readonly added: Text | Copy;
  readonly rest: string;
}

const plainFile: FileInfo = { type: 'regular', executable: false };

export class StoreHost implements Host {
  readonly #host: Host;
  readonly #storeDir: string;
  readonly #added = new Map<string, Text | Copy>();

  constructor(host: Host, storeDir: string) {
    this.#host = host;
    this.#storeDir = storeDir;
  }

  // What is there stays: a path of the store tells its content. So a copy's original, if it is a copy itself,
  // is always an older one.

  addText(path: string, text: string, references: References): void {
    if (!this.#added.has(path)) this.#added.set(path, { kind: 'text', text, references });
  }

  addCopy(path: string, from: string, included: ReadonlySet<string> | null, flat: boolean): void {
    if (from !== path && !this.#added.has(path)) {
      this.#added.set(path, { kind: 'copy', from, included, flat });
    }
  }

  /** The references of the store path that a path is in, as far as they are known. */
  referencesOf(path: string): ReadonlySet<string> {
    const added = this.#find(path)?.added;
    if (added?.kind !== 'text') return new Set();
    const { references, text } = added;
    return typeof references === 'function' ? references(text) : references;
  }

  get workingDirectory(): string {
    return this.#host.workingDirectory;
  }

  get home(): string | undefined {
    return this.#host.home;
  }

  get system(): string {
    return this.#host.system;
  }

  #find(path: string): Place | undefined {
    const start = this.#storeDir.length + 1;
    if (this.#added.size === 0 || !path.startsWith(`${this.#storeDir}/`)) return undefined;
    const slash = path.indexOf('/', start);
    const root = slash < 0 ? path : path.slice(0, slash);
    const added = this.#added.get(root);
    return added === undefined ? undefined : { added, rest: path.slice(root.length) };
  }

  /** Where a path of a copy is read; null where the copy has nothing. */
  #original({ added, rest }: Place): string | null {
    if (added.kind === 'text') return null;
    const path = added.from + rest;
    if (rest === '') return path;
    return added.flat || added.included?.has(path) === false ? null : path;
  }

  #missing(path: string): never {
    throw new NixError('io', `path '${path}' does not exist`);
  }

  lstat(path: string): FileInfo | null {
    // The way to the store is there as soon as something is in it.
    if (this.#added.size > 0 && `${this.#storeDir}/`.startsWith(`${path}/`)) {
      return { type: 'directory', executable: false };
    }
    const place = this.#find(path);
    if (place === undefined) return this.#host.lstat(path);
    const { added, rest } = place;
    if (added.kind === 'text' || added.flat) return rest === '' ? plainFile : null;
    const original = this.#original(place);
    return original === null ? null : this.lstat(original);
  }

  readFile(path: string): string {
    const place = this.#find(path);
    if (place === undefined) return this.#host.readFile(path);
    if (place.added.kind === 'text' && place.rest === '') return place.added.text;
    return this.readFile(this.#original(place) ?? this.#missing(path));
  }

  readDir(path: string): readonly { readonly name: string; readonly type: FileType }[] {
    const place = this.#find(path);
    if (place === undefined) return this.#host.readDir(path);
    const original = this.#original(place) ?? this.#missing(path);
    const { added } = place;
    const entries = this.readDir(original);
    if (added.kind === 'text' || added.included === null) return entries;
    const { included } = added;
    return entries.filter(({ name }) => included.has(`${original}/${name}`));
  }

  readLink(path: string): string {
    const place = this.#find(path);
    if (place === undefined) return this.#host.readLink(path);
    return this.readLink(this.#original(place) ?? this.#missing(path));
  }

  env(name: string): string | undefined {
    return this.#host.env(name);
  }

  now(): number {
    return this.#host.now();
  }
}
