import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Tests run the built command and compiled templates: both are to be of this source. */
export default function setup(): void {
  const sources = ['src', 'templates', 'scripts', 'packages/nix-eval-js/src'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      join(entry.parentPath, entry.name),
    ),
  );
  const newest = Math.max(...['package.json', ...sources].map((file) => statSync(file).mtimeMs));
  const built = 'dist/index.js';
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
