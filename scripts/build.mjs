// src/ and build/ → dist/: one file to run, one to import.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
await import('./compile-templates.mjs');

// Bundled CommonJS asks for Node's own modules by `require`.
const banner =
  "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);";
const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  banner: { js: banner },
  // Costs 20 ms at every start; see there.
  alias: { 'string-width': './src/cli/string-width.ts' },
  logLevel: 'warning',
};
await build({
  ...shared,
  entryPoints: { 'gen-kmod': 'src/main.ts' },
  outdir: 'dist',
  minify: true,
});
await build({ ...shared, entryPoints: ['src/index.ts'], outdir: 'dist', packages: 'external' });
chmodSync('dist/gen-kmod.js', 0o755);

// The API's types; a build without the compiler at hand makes do without them.
const compiler = join(root, 'node_modules/typescript/bin/tsc');
if (existsSync(compiler)) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', '.'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
