/** Initial RAM disks: a cpio archive in the `newc` format (the kernel's Documentation/driver-api/early-userspace/buffer-format.rst). */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const directory = 0o040755;
const executable = 0o100755;
const link = 0o120777;

/** What is in an archive, by absolute path. */
export class Initramfs {
  readonly #entries = new Map<string, { mode: number; data: Buffer }>();

  folder(path: string): this {
    if (path === '/' || this.#entries.has(path)) return this;
    this.folder(dirname(path));
    this.#entries.set(path, { mode: directory, data: Buffer.alloc(0) });
    return this;
  }

  /** Adds a file, which can be run. */
  file(path: string, data: Buffer | string): this {
    return this.#add(path, executable, Buffer.from(data));
  }

  link(path: string, target: string): this {
    return this.#add(path, link, Buffer.from(target));
  }

  /** Adds a file, a link or a folder of this machine under the path it has here. */
  copy(path: string): this {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return this.link(path, readlinkSync(path));
    if (!stat.isDirectory()) return this.file(path, readFileSync(path));
    this.folder(path);
    for (const name of readdirSync(path)) this.copy(join(path, name));
    return this;
  }

  /** Adds store paths with all that they refer to. */
  closure(paths: string[]): this {
    if (paths.length === 0) return this;
    const all = execFileSync('nix-store', ['-qR', ...paths], { encoding: 'utf8' });
    for (const path of all.trim().split('\n')) this.copy(path);
    return this;
  }

  /** Adds programs of this machine to /usr/sbin, with the shared libraries they need. */
  programs(names: string[]): this {
    for (const name of names) {
      const program = execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`], {
        encoding: 'utf8',
      }).trim();
      this.file(join('/usr/sbin', name), readFileSync(program));
      const libraries = execFileSync('ldd', [program], { encoding: 'utf8' });
      for (const [library] of libraries.matchAll(/\/\S+(?= \(0x)/g)) {
        this.file(library, readFileSync(library));
      }
    }
    return this;
  }

  toBuffer(): Buffer {
    const parts: Buffer[] = [];
    let inode = 1;
    for (const [path, { mode, data }] of this.#entries) {
      parts.push(...record(inode++, path.slice(1), mode, data));
    }
    parts.push(...record(0, 'TRAILER!!!', 0, Buffer.alloc(0)));
    return Buffer.concat(parts);
  }

  #add(path: string, mode: number, data: Buffer): this {
    this.folder(dirname(path));
    this.#entries.set(path, { mode, data });
    return this;
  }
}

function record(inode: number, name: string, mode: number, data: Buffer): Buffer[] {
  const size = Buffer.byteLength(name) + 1;
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, size, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [Buffer.from(header), padding(110 + size), data, padding(data.length)];
}

/** What is missing to a multiple of four bytes. */
function padding(length: number): Buffer {
  return Buffer.alloc(-length & 3);
}
