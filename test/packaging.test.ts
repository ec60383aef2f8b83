/** What nix/package.nix relies on: production dependencies are the same files on every platform, and Nix can carry them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const repository = fileURLToPath(new URL('..', import.meta.url));
const lock: { packages: Record<string, Package> } = JSON.parse(
  readFileSync(join(repository, 'package-lock.json'), 'utf8'),
);

/** The workspace that is bundled from its source. */
const evaluator = 'packages/nix-eval-js';

interface Package {
  resolved?: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  integrity?: string;
}

/** What `npm ci --omit=dev --omit=optional --workspaces=false` installs. */
const installed = Object.entries(lock.packages).filter(
  ([path, { dev, optional, devOptional, resolved }]) =>
    /(^|\/)node_modules\//.test(path) && !dev && !optional && !devOptional && resolved !== evaluator,
);

test('the evaluator depends on nothing, so that the bundle is made of its source alone', () => {
  const { dependencies, peerDependencies, optionalDependencies } = lock.packages[evaluator]!;
  expect({ ...dependencies, ...peerDependencies, ...optionalDependencies }).toEqual({});
});

test('no production dependency depends on the platform, runs a script or links to a folder', () => {
  expect(installed.map(([path]) => path)).toContain('node_modules/yargs');
  const unfit = installed.filter(
    ([, { os, cpu, libc, hasInstallScript, link, integrity }]) =>
      os || cpu || libc || hasInstallScript || link || integrity === undefined,
  );
  expect(unfit).toEqual([]);
});

test('nothing in the repository says where packages are fetched from', () => {
  const ignored = /^(\.git|node_modules|dist|build|coverage|demo|\.test-cache)(\/|$)/;
  const files = readdirSync(repository, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length))
    .filter((file) => !ignored.test(file));
  expect(files).toContain('nix/package.nix');
  const naming = files.filter((file) =>
    /https?:\/\/(registry|deb|security|snapshot)\./.test(readFileSync(join(repository, file), 'utf8')),
  );
  expect(naming).toEqual([]);
});
