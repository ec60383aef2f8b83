import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, run, scratch } from './environment.ts';

test('nix/package.nix has the hash of what npm installs', () => {
  const folder = scratch();
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(repository, file), join(folder, file));
  const expression = readFileSync(join(repository, 'nix/package.nix'), 'utf8');
  const [command, ...args] = /^ *(npm ci .*)$/m.exec(expression)![1]!.split(' ');
  const { status, stderr } = run(command!, args, { cwd: folder });
  expect(status, stderr).toBe(0);
  rmSync(join(folder, 'node_modules/.package-lock.json'));
  const hash = run('nix', [
    ...['--extra-experimental-features', 'nix-command', 'hash', 'path'],
    join(folder, 'node_modules'),
  ]).stdout.trim();
  // When this fails: the line to put into nix/package.nix is the one that was expected.
  const line = /^ *(outputHash = .*)$/m.exec(expression)![1];
  expect(line).toBe(`outputHash = "${hash}";`);
});
