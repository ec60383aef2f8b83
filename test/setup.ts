import { execFileSync } from 'node:child_process';

/** Tests run the built command and compiled templates: both are of this source. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}
