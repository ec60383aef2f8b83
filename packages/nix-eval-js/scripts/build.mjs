// src/ → dist/: nix-eval-js.cjs to run, index.js and types/ to import.
//
// esbuild is called as a command: the one that npm installed here or above, or ESBUILD.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

/** A file of an installed package, here or in a folder above. */
function installed(path) {
  for (let at = root; ; at = dirname(at)) {
    const file = join(at, 'node_modules', path);
    if (existsSync(file) || dirname(at) === at) return file;
  }
}

const aside = `build/dist-${process.pid}`;
function bundle(...args) {
  const { status, error } = spawnSync(
    process.env.ESBUILD ?? installed('.bin/esbuild'),
    [
      ...args,
      ...['--bundle', '--platform=node', '--target=node20.19'],
      ...[`--outdir=${aside}`, '--log-level=warning'],
    ],
    { stdio: 'inherit' },
  );
  if (error) throw error;
  if (status !== 0) process.exit(1);
}

// The command is CommonJS, which Node starts faster.
bundle('nix-eval-js=src/command/main.ts', '--minify', '--format=cjs', '--out-extension:.js=.cjs');
bundle('src/index.ts', '--format=esm');
// A larger stack, as far as the usual limit of 8 MB allows, spares most programs a worker. The sizes spare short
// programs most of the work of a garbage collector that starts small.
const command = `${aside}/nix-eval-js.cjs`;
writeFileSync(
  command,
  `#!/usr/bin/env -S node --stack-size=6500 --min-semi-space-size=16 --max-semi-space-size=64 --initial-old-space-size=1024\n${readFileSync(command, 'utf8').replace(/^#!.*\n/, '')}`,
);
chmodSync(command, 0o755);
mkdirSync('dist', { recursive: true });
for (const file of ['nix-eval-js.cjs', 'index.js']) renameSync(`${aside}/${file}`, `dist/${file}`);
rmSync(aside, { recursive: true });

// The API's types; a build without the compiler at hand makes do without them.
const compiler = installed('typescript/bin/tsc');
if (existsSync(compiler)) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'scripts/types.json'], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
