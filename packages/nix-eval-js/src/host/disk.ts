/** The host that reads this machine's files. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { encodeText } from '../eval/bytes.ts';
import { NixError } from '../eval/errors.ts';
import type { FileInfo, FileType, Host } from './host.ts';

const systems: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i686', riscv64: 'riscv64' };

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function typeOf(entry: Kind): FileType {
  if (entry.isFile()) return 'regular';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'unknown';
}

/** A path as the file system takes it: raw bytes where they are no text. */
function native(path: string): string | Buffer {
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) > 127) return Buffer.from(path, 'latin1');
  return path;
}

const reasons: Record<string, string> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
};

function attempt<T>(what: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof NixError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new NixError('io', `path '${path}' does not exist`);
    // A folder can be opened, but not be read as a file.
    if (code === 'EISDIR') throw new NixError('io', `reading from file '${path}': Is a directory`);
    throw new NixError('io', `${what} '${path}': ${reasons[code ?? ''] ?? code ?? String(error)}`);
  }
}

export class DiskHost implements Host {
  readonly workingDirectory = encodeText(process.cwd());
  readonly home: string | undefined = encodeText(process.env.HOME ?? homedir());
  readonly system = `${systems[process.arch] ?? process.arch}-${process.platform}`;

  lstat(path: string): FileInfo | null {
    const info = attempt('getting status of', path, () => {
      try {
        return lstatSync(native(path), { throwIfNoEntry: false });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
        throw error;
      }
    });
    if (info === undefined) return null;
    return { type: typeOf(info), executable: info.isFile() && (info.mode & 0o100) !== 0 };
  }

  readFile(path: string): string {
    return attempt('opening file', path, () => {
      // A pipe would be waited for, a device might never end.
      const file = openSync(native(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        const info = fstatSync(file);
        if (!info.isFile() && !info.isDirectory()) {
          throw new NixError('io', `file '${path}' is not a regular file`);
        }
        return readFileSync(file, 'latin1');
      } finally {
        closeSync(file);
      }
    });
  }

  readDir(path: string): { name: string; type: FileType }[] {
    return attempt('opening directory', path, () =>
      readdirSync(native(path), { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
        name: (entry.name as unknown as Buffer).toString('latin1'),
        type: typeOf(entry),
      })),
    );
  }

  readLink(path: string): string {
    return attempt('reading symbolic link', path, () =>
      readlinkSync(native(path), { encoding: 'buffer' }).toString('latin1'),
    );
  }

  env(name: string): string | undefined {
    const value = process.env[name];
    return value === undefined ? undefined : encodeText(value);
  }

  now(): number {
    return Math.floor(Date.now() / 1000);
  }
}
