/** A host that lets only some folders of another be seen, wherever links lead. */
import { NixError } from '../eval/errors.ts';
import { canonPath } from '../text/canon-path.ts';
import type { FileInfo, FileType, Host } from './host.ts';

export interface RestrictedHostOptions {
  /** Folders and files, absolute. */
  readonly roots: readonly string[];
  /** Names of the environment that may be read; none by default. */
  readonly env?: readonly string[] | undefined;
}

export class RestrictedHost implements Host {
  readonly #host: Host;
  readonly #roots: readonly string[];
  readonly #env: ReadonlySet<string>;

  constructor(host: Host, options: RestrictedHostOptions) {
    this.#host = host;
    this.#roots = options.roots.map((root) => canonPath(root));
    this.#env = new Set(options.env);
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

  #allows(path: string): boolean {
    return this.#roots.some((root) => root === '/' || path === root || path.startsWith(`${root}/`));
  }

  /** Whether a path is on the way to a root: its type may be seen, its content not. */
  #leads(path: string): boolean {
    return path === '/' || this.#roots.some((root) => root.startsWith(`${path}/`));
  }

  /** Follows links above the path (and at its end) one by one, each of them allowed. */
  #resolve(path: string, last: boolean): string {
    let rest = path.split('/').filter((part) => part !== '');
    let at = '/';
    for (let links = 0; rest.length > 0; ) {
      const part = rest.shift()!;
      const next = at === '/' ? `/${part}` : `${at}/${part}`;
      if (!this.#allows(next) && !this.#leads(next)) this.#refuse(path);
      if (rest.length === 0 && !last) {
        at = next;
        break;
      }
      const info = this.#host.lstat(next);
      if (info === null) {
        // Nothing is there, so nothing below it is a link.
        at = [next, ...rest].join('/');
        break;
      }
      if (info.type !== 'symlink') {
        at = next;
        continue;
      }
      if (++links > 64) throw new NixError('io', `'${path}': Too many levels of symbolic links`);
      rest = [
        ...canonPath(this.#host.readLink(next), at)
          .split('/')
          .filter((p) => p !== ''),
        ...rest,
      ];
      at = '/';
    }
    if (!this.#allows(at)) this.#refuse(path);
    return at;
  }

  #refuse(path: string): never {
    throw new NixError('restricted', `access to absolute path '${path}' is forbidden in restricted mode`);
  }

  lstat(path: string): FileInfo | null {
    if (this.#leads(path)) return this.#host.lstat(path);
    return this.#host.lstat(this.#resolve(path, false));
  }

  readFile(path: string): string {
    return this.#host.readFile(this.#resolve(path, true));
  }

  readDir(path: string): readonly { readonly name: string; readonly type: FileType }[] {
    return this.#host.readDir(this.#resolve(path, true));
  }

  readLink(path: string): string {
    return this.#host.readLink(this.#resolve(path, false));
  }

  env(name: string): string | undefined {
    return this.#env.has(name) ? this.#host.env(name) : undefined;
  }

  now(): number {
    return this.#host.now();
  }
}
