/** The stand-in's lib answers as nixpkgs' does. NIXPKGS_LIB names a checkout of nixpkgs' `lib` (the folder with `lib/` in it). */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, run } from '../real/environment.ts';

const library = process.env.NIXPKGS_LIB;

function answers(lib: string): Record<string, Record<string, unknown>> {
  const { status, stdout, stderr } = run('nix-instantiate', [
    ...['--eval', '--strict', '--json', '-E'],
    `import ${join(repository, 'test/reference/lib-cases.nix')} (import ${lib})`,
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

test.skipIf(library === undefined)("the stand-in's lib answers as nixpkgs' does", () => {
  const ours = answers(join(repository, 'test/real/standin/lib.nix'));
  expect(ours).toEqual(answers(`${library}/lib`));
  // Both could refuse everything.
  expect(ours.modules).toMatchObject({ merged: { A: 'y', B: 'm', C: 'm', D: 'n' }, conflict: 'refused' });
});
