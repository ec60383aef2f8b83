/** A host without a machine: files given as an object, no environment, time standing still. */
import { encodeText } from '../eval/bytes.ts';
import { NixError } from '../eval/errors.ts';
import { canonPath } from '../text/canon-path.ts';
import type { FileInfo, FileType, Host } from './host.ts';

export type MemoryFile =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly text: string | Uint8Array; readonly executable: boolean };

export interface MemoryHostOptions {
  /** Absolute path → content; folders come by themselves. */
  readonly files?: Readonly<Record<string, MemoryFile>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly workingDirectory?: string | undefined;
  readonly home?: string | undefined;
  readonly now?: number | undefined;
  readonly system?: string | undefined;
}

interface Node {
  readonly type: FileType;
  readonly executable: boolean;
  /** A file's bytes or a link's target. */
  readonly text: string;
}

export class MemoryHost implements Host {
  readonly workingDirectory: string;
  readonly home: string | undefined;
  readonly system: string;
  readonly #nodes = new Map<string, Node>();
  readonly #folders = new Map<string, Set<string>>([['/', new Set()]]);
  readonly #env: ReadonlyMap<string, string>;
  readonly #now: number;

  constructor(options: MemoryHostOptions = {}) {
    this.workingDirectory = encodeText(options.workingDirectory ?? '/');
    this.home = options.home === undefined ? undefined : encodeText(options.home);
    this.system = options.system ?? 'x86_64-linux';
    this.#now = options.now ?? 0;
    this.#env = new Map(
      Object.entries(options.env ?? {}).map(([name, value]) => [encodeText(name), encodeText(value)]),
    );
    for (const [path, file] of Object.entries(options.files ?? {}))
      this.#add(canonPath(encodeText(path)), file);
  }

  #add(path: string, file: MemoryFile): void {
    const bytes = (text: string | Uint8Array): string =>
      typeof text === 'string' ? encodeText(text) : Buffer.from(text).toString('latin1');
    let node: Node;
    if (typeof file === 'string' || file instanceof Uint8Array) {
      node = { type: 'regular', executable: false, text: bytes(file) };
    } else if ('link' in file) node = { type: 'symlink', executable: false, text: bytes(file.link) };
    else node = { type: 'regular', executable: file.executable, text: bytes(file.text) };
    this.#nodes.set(path, node);
    for (let at = path; at !== '/'; ) {
      const slash = at.lastIndexOf('/');
      const folder = at.slice(0, slash) || '/';
      let names = this.#folders.get(folder);
      if (names === undefined) {
        names = new Set();
        this.#folders.set(folder, names);
      }
      names.add(at.slice(slash + 1));
      at = folder;
    }
  }

  #node(path: string): Node {
    const node = this.#nodes.get(path);
    if (node === undefined) {
      if (this.#folders.has(path)) throw new NixError('io', `reading from file '${path}': Is a directory`);
      throw new NixError('io', `path '${path}' does not exist`);
    }
    return node;
  }

  lstat(path: string): FileInfo | null {
    if (this.#folders.has(path)) return { type: 'directory', executable: false };
    return this.#nodes.get(path) ?? null;
  }

  readFile(path: string): string {
    let at = path;
    for (let i = 0; i < 64; i++) {
      const node = this.#node(at);
      if (node.type !== 'symlink') return node.text;
      at = canonPath(node.text, at.slice(0, at.lastIndexOf('/')) || '/');
    }
    throw new NixError('io', `opening file '${path}': Too many levels of symbolic links`);
  }

  readDir(path: string): { name: string; type: FileType }[] {
    const names = this.#folders.get(path);
    if (names === undefined) {
      if (this.#nodes.has(path)) throw new NixError('io', `'${path}' is not a directory`);
      throw new NixError('io', `path '${path}' does not exist`);
    }
    return [...names].map((name) => ({
      name,
      type: this.lstat(path === '/' ? `/${name}` : `${path}/${name}`)!.type,
    }));
  }

  readLink(path: string): string {
    return this.#node(path).text;
  }

  env(name: string): string | undefined {
    return this.#env.get(name);
  }

  now(): number {
    return this.#now;
  }
}
