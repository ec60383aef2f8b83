/** The stand-in for nixpkgs as a folder of its own, which says in itself what it takes from this machine. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository, run } from './environment.ts';

export interface Host {
  /** A checkout with nixpkgs' `lib`, which is then used in place of the stand-in's, and copied. */
  lib?: string;
  /** Whether there are stubs in the places of packages, which a real Liminix needs; with `lib` only. */
  packages?: boolean;
  /** What a kernel has for modules: a folder as lib/modules/VERSION. */
  modules?: string;
}

/** Makes the folder, which works as `import FOLDER { … }` and as a flake, in pure evaluation too. */
export function nixpkgsFolder(folder: string, { lib, packages = false, modules }: Host = {}): string {
  cpSync(join(repository, 'test/real/standin'), folder, { recursive: true });
  if (lib !== undefined) cpSync(join(lib, 'lib'), join(folder, 'real-lib'), { recursive: true });
  const values = {
    path: '"/usr/sbin:/usr/bin:/sbin:/bin"',
    node: JSON.stringify(process.execPath),
    npm: JSON.stringify(run('sh', ['-c', 'command -v npm']).stdout.trim()),
    esbuild: JSON.stringify(join(repository, 'node_modules/.bin/esbuild')),
    certificates: JSON.stringify(process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt'),
    lib: lib === undefined ? 'null' : './real-lib',
    packages: String(packages),
    modules: modules === undefined ? 'null' : JSON.stringify(modules),
  };
  const lines = Object.entries(values).map(([name, value]) => `  ${name} = ${value};\n`);
  writeFileSync(join(folder, 'host.nix'), `{\n${lines.join('')}}\n`);
  return folder;
}
