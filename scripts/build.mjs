// src/ and templates/ → dist/: gen-kmod.js to run, with what it loads when it is used in chunks/; index.js and types/ to import.
//
// The flake runs this too, with production dependencies alone and nixpkgs' esbuild: so esbuild is called as a command, by
// default the one that npm installed, or ESBUILD.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
await import('./compile-templates.mjs');

// Built aside and renamed: a command that runs meanwhile has the old file or the new one.
const aside = `build/dist-${process.pid}`;
// Bundled CommonJS asks for Node's own modules by `require`.
const banner =
  "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);";

function bundle(...args) {
  const esbuild = process.env.ESBUILD ?? join(root, 'node_modules/.bin/esbuild');
  const { status, error } = spawnSync(
    esbuild,
    [
      ...args,
      ...['--bundle', '--platform=node', '--format=esm', '--target=node20.19', `--banner:js=${banner}`],
      // Costly at every start; see there.
      '--alias:string-width=./src/cli/string-width.ts',
      // From its source, so that nothing has to be built before.
      '--alias:nix-eval-js=./packages/nix-eval-js/src/index.ts',
      ...[`--outdir=${aside}`, '--log-level=warning'],
    ],
    { stdio: 'inherit' },
  );
  if (error) throw error;
  if (status !== 0) process.exit(1);
}

/** A hash of the files that reading a tree and remembering it is made of: what another version has read is not this one's. */
function readersHash() {
  const hash = createHash('sha256');
  for (const folder of ['src/kernel', 'src/cli/remembered'])
    for (const file of readdirSync(folder, { recursive: true }).sort())
      if (file.endsWith('.ts')) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 32);
}

// In parts, as every byte costs at every start. Their names are hashes of what they hold.
const readers = `--define:GEN_KMOD_READERS=${JSON.stringify(readersHash())}`;
bundle('gen-kmod=src/main.ts', readers, '--minify', '--splitting', '--chunk-names=chunks/[name]-[hash]');
bundle('src/index.ts', '--packages=external');
chmodSync(`${aside}/gen-kmod.js`, 0o755);
mkdirSync('dist/chunks', { recursive: true });
const chunks = readdirSync(`${aside}/chunks`);
for (const file of [...chunks.map((chunk) => `chunks/${chunk}`), 'gen-kmod.js', 'index.js'])
  renameSync(`${aside}/${file}`, `dist/${file}`);
for (const chunk of readdirSync('dist/chunks')) if (!chunks.includes(chunk)) rmSync(`dist/chunks/${chunk}`);
rmSync(aside, { recursive: true });

// The API's types; a build without the compiler at hand makes do without them.
const compiler = join(root, 'node_modules/typescript/bin/tsc');
if (existsSync(compiler)) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', '.'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
