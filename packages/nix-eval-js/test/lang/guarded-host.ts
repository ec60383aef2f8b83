/**
 * What a program must never get at, and a host that notices when it does: a folder with links that lead out of
 * it, in all ways, and a secret beside it.
 */
import { realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskHost } from '../../src/host/disk.ts';
import type { FileInfo, FileType } from '../../src/host/host.ts';

export const secret = 'what nobody may read';

/** Puts the secret beside the folder, and links to it into the folder. */
export async function addWaysOut(folder: string, outside: string): Promise<void> {
  await mkdir(join(outside, 'below'), { recursive: true });
  writeFileSync(join(outside, 'secret'), secret);
  writeFileSync(join(outside, 'secret.nix'), `"${secret}"`);
  writeFileSync(join(outside, 'default.nix'), `"${secret}"`);
  writeFileSync(join(outside, 'below/secret'), secret);
  const links: Record<string, string> = {
    'out-file': join(outside, 'secret'),
    'out-nix': join(outside, 'secret.nix'),
    'out-dir': outside,
    'out-relative': join('..', outside.slice(outside.lastIndexOf('/') + 1)),
    'out-by-two': 'out-dir',
    'out-chain': 'out-by-two/below',
    'dir/out': '../out-dir',
    'dir/b/up': '../../..',
    'to-root': '/',
    'to-self': '.',
    'to-parent': '..',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
}

/** Programs that try, to be mutated with the rest. */
export const attempts = (folder: string, outside: string): string[] => {
  const ways = [
    './out-file',
    './out-nix',
    './out-dir',
    './out-dir/secret',
    './out-relative/secret',
    './out-by-two/secret.nix',
    './out-chain/secret',
    './dir/out/secret',
    './dir/b/up',
    './to-root',
    `./to-root${outside}/secret`,
    './to-self/to-self/out-file',
    './to-parent',
    `./dir/../../${outside.slice(outside.lastIndexOf('/') + 1)}/secret`,
    `${outside}/secret`,
    `${outside}/secret.nix`,
    outside,
    `${folder}/../${outside.slice(outside.lastIndexOf('/') + 1)}/secret.nix`,
    '/etc/passwd',
    '/.',
    '~/secret',
    '<secret>',
    '<outside/secret.nix>',
    '<out/secret>',
    '<inside/out-file>',
  ];
  return ways.flatMap((way) => [
    `import ${way}`,
    `builtins.readFile ${way}`,
    `builtins.readDir ${way}`,
    `builtins.readFileType ${way}`,
    `builtins.pathExists ${way}`,
    `"\${${way}}"`,
    `builtins.path { path = ${way}; name = "x"; }`,
    `builtins.filterSource (path: type: true) ${way}`,
    `builtins.hashFile "sha256" ${way}`,
    `builtins.scopedImport { x = 1; } ${way}`,
    `builtins.readFile "\${builtins.path { path = ./.; name = "x"; filter = path: type: type == "symlink"; }}/out-file"`,
    `map builtins.readFile [ "\${${way}}" (toString ${way}) (${way} + "/secret") ]`,
    `builtins.findFile [ { prefix = "p"; path = ${way}; } ] "p/secret"`,
    `(derivation { name = "x"; system = "s"; builder = ${way}; }).drvPath`,
  ]);
};

/** The disk, as long as only the folder is read and only types are seen on the way to it. */
export class GuardedHost extends DiskHost {
  override readonly workingDirectory: string;
  override readonly home: string | undefined;
  readonly violations: string[] = [];
  readonly #folder: string;
  readonly #known = new Map<string, string>();

  constructor(folder: string) {
    super();
    this.#folder = folder;
    this.workingDirectory = folder;
    this.home = dirname(folder);
  }

  #inside = (path: string): boolean => path === this.#folder || path.startsWith(`${this.#folder}/`);

  /** Where the system would end up; the parts that are not there stay as they are. Nothing changes meanwhile. */
  #real(path: string): string {
    let real = this.#known.get(path);
    if (real === undefined) {
      try {
        real = realpathSync.native(Buffer.from(path, 'latin1'), 'buffer').toString('latin1');
      } catch {
        real = path === '/' ? path : join(this.#real(dirname(path)), path.slice(path.lastIndexOf('/') + 1));
      }
      this.#known.set(path, real);
    }
    return real;
  }

  #check(what: string, path: string, reached: string): void {
    if (!this.#inside(reached)) this.violations.push(`${what} ${path}, which is ${reached}`);
  }

  override lstat(path: string): FileInfo | null {
    if (path !== '/' && !this.#folder.startsWith(`${path}/`)) {
      this.#check('lstat', path, join(this.#real(dirname(path)), path.slice(path.lastIndexOf('/') + 1)));
    }
    return super.lstat(path);
  }

  override readFile(path: string): string {
    this.#check('readFile', path, this.#real(path));
    return super.readFile(path);
  }

  override readDir(path: string): { name: string; type: FileType }[] {
    this.#check('readDir', path, this.#real(path));
    return super.readDir(path);
  }

  override readLink(path: string): string {
    this.#check('readLink', path, join(this.#real(dirname(path)), path.slice(path.lastIndexOf('/') + 1)));
    return super.readLink(path);
  }

  override env(name: string): string | undefined {
    this.violations.push(`env ${name}`);
    return undefined;
  }
}
