/** Paths on a host: links followed, folders turned into the expression they hold. */
import type { FileInfo, Host } from '../host/host.ts';
import { canonPath } from '../text/canon-path.ts';
import { NixError } from './errors.ts';

const join = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`);

class EndlessLinks extends Error {}

export class Files {
  readonly #host: Host;
  readonly #folders = new Map<string, string>([['/', '/']]);
  /** What was found once is taken to stay. */
  readonly #found = new Map<string, FileInfo>();

  constructor(host: Host) {
    this.#host = host;
  }

  canon(path: string, base = '/'): string {
    return canonPath(path, base);
  }

  /** A path without links in its folders, and with `last` none at its end either. */
  resolve(path: string, last: boolean): string {
    if (path === '/') return path;
    const slash = path.lastIndexOf('/');
    try {
      const folder = this.#folder(path.slice(0, slash) || '/', 0);
      const full = join(folder, path.slice(slash + 1));
      return last ? this.#follow(full, 0) : full;
    } catch (error) {
      if (!(error instanceof EndlessLinks)) throw error;
      throw new NixError('io', `infinite symlink recursion in path '${path}'`);
    }
  }

  #lstat(path: string): FileInfo | null {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const info = this.#host.lstat(path);
    if (info !== null) this.#found.set(path, info);
    return info;
  }

  #folder(path: string, depth: number): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const parent = this.#folder(path.slice(0, slash) || '/', depth);
    const resolved = this.#follow(join(parent, path.slice(slash + 1)), depth);
    this.#folders.set(path, resolved);
    return resolved;
  }

  #follow(path: string, depth: number): string {
    if (path === '/' || this.#lstat(path)?.type !== 'symlink') return path;
    if (depth >= 1024) throw new EndlessLinks();
    const slash = path.lastIndexOf('/');
    const target = canonPath(this.#host.readLink(path), path.slice(0, slash) || '/');
    return this.#folder(target, depth + 1);
  }

  /** The file an import of a path reads: links followed at its end, `default.nix` in folders. */
  resolveExpression(path: string): string {
    let at = path;
    for (let links = 0; at !== '/'; links++) {
      if (links >= 1024) {
        throw new NixError('io', `too many symbolic links encountered while traversing the path '${path}'`);
      }
      const real = this.resolve(at, false);
      const info = this.#lstat(real);
      if (info === null) throw new NixError('io', `path '${real}' does not exist`);
      if (info.type !== 'symlink') break;
      at = canonPath(this.#host.readLink(real), at.slice(0, at.lastIndexOf('/')) || '/');
    }
    const info = this.#lstat(this.resolve(at, true));
    return info?.type === 'directory' ? join(at, 'default.nix') : at;
  }
}
