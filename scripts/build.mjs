// src/ and templates/ → dist/: gen-kmod.js to run, index.js and types/ to import.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
await import('./compile-templates.mjs');

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Bundled CommonJS asks for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);",
  },
  // Costly at every start; see there.
  alias: { 'string-width': './src/cli/string-width.ts' },
  logLevel: 'warning',
};

// Built aside and renamed: a command that runs meanwhile has the old file or the new one.
const aside = `build/dist-${process.pid}`;
await build({ ...shared, entryPoints: { 'gen-kmod': 'src/main.ts' }, outdir: aside, minify: true });
await build({ ...shared, entryPoints: ['src/index.ts'], outdir: aside, packages: 'external' });
chmodSync(`${aside}/gen-kmod.js`, 0o755);
mkdirSync('dist', { recursive: true });
for (const file of ['gen-kmod.js', 'index.js']) renameSync(`${aside}/${file}`, `dist/${file}`);
rmSync(aside, { recursive: true });

// The API's types; a build without the compiler at hand makes do without them.
const compiler = join(root, 'node_modules/typescript/bin/tsc');
if (existsSync(compiler)) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', '.'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
