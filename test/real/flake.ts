/**
 * The repository as a flake, offline: a copy of what git would track, with stand-ins for its inputs. LIMINIX and NIXPKGS_LIB
 * put a real Liminix checkout, and nixpkgs' real lib, in the places of theirs.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { kernelTree, type Run, repository, run } from './environment.ts';
import { nixpkgsFolder } from './nixpkgs.ts';

const { LIMINIX, NIXPKGS_LIB } = process.env;

/** Whether systems are those of a real checkout. They evaluate; their images, made of stubs, are not to be built. */
export const isReal: boolean = LIMINIX !== undefined && NIXPKGS_LIB !== undefined;

/** Where the folders are; they go with the test file. */
export const place: string = mkdtempSync(join(tmpdir(), 'gen-kmod-flake-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

export const flake: string = copyRepository(join(place, 'gen-kmod'));
const nixpkgs = nixpkgsFolder(join(place, 'nixpkgs'), {
  modules: kernelTree(),
  ...(isReal ? { lib: NIXPKGS_LIB!, packages: true } : {}),
});
export const liminix: string = isReal ? LIMINIX! : join(nixpkgs, 'liminix');

export function copyRepository(folder: string): string {
  const { stdout } = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
  });
  for (const file of stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(repository, file), join(folder, file));
  }
  return folder;
}

/** Runs nix with flakes on, where nothing is fetched. */
export function nix(args: string[], options: { cwd?: string; input?: string } = {}): Run {
  const features = ['--extra-experimental-features', 'nix-command flakes'];
  const settings = ['--option', 'substitute', 'false', '--option', 'sandbox', 'false'];
  return run('nix', [...features, ...settings, ...args], options);
}

// npm runs as another user there, who has not this one's settings.
for (const name of ['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy']) {
  const value = run('npm', ['config', 'get', name], { cwd: place }).stdout.trim();
  if (value !== 'null' && value !== '') process.env[`npm_config_${name.replace('-', '_')}`] ??= value;
}

/** Flags for a command on this flake. */
export const inputs: string[] = [
  '--no-write-lock-file',
  ...['--override-input', 'nixpkgs', `path:${nixpkgs}`],
  ...['--override-input', 'liminix', `path:${liminix}`],
];

/** Flags for a command on a flake that has this one as its input gen-kmod. */
export const inputsOfUser: string[] = [
  '--no-write-lock-file',
  ...['--override-input', 'gen-kmod', `path:${flake}`],
  ...['--override-input', 'gen-kmod/nixpkgs', `path:${nixpkgs}`],
  ...['--override-input', 'gen-kmod/liminix', `path:${liminix}`],
];
