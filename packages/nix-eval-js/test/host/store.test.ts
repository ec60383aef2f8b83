import { describe, expect, it } from 'vitest';
import { evaluate, MemoryHost, NixError, RestrictedHost } from '../../src/index.ts';

const inner = new MemoryHost({
  files: {
    '/ok/a': 'a',
    '/ok/b/c': 'c',
    '/ok/secret': { link: '/secret' },
    '/ok/up': { link: '../secret' },
    '/ok/default.nix': '{ here = ./b/c; }',
    '/secret': 'secret',
  },
});
const host = new RestrictedHost(inner, { roots: ['/ok'] });

function codeOf(text: string): string {
  try {
    evaluate(text, { host });
  } catch (error) {
    if (error instanceof NixError) return error.code;
    throw error;
  }
  return 'none';
}

describe('the store as evaluation sees it', () => {
  it.each([
    ['builtins.readFile (builtins.toFile "t" "hello")', 'hello'],
    ['import (builtins.toFile "t" "1 + 1")', 2],
    ['builtins.readFile "${/ok}/b/c"', 'c'],
    ['builtins.attrNames (builtins.readDir "${/ok/b}")', ['c']],
    ['map builtins.pathExists [ "${/ok}/a" "${/ok}/x" "${/ok/a}/x" ]', [true, false, false]],
    ['builtins.readFile (import "${/ok}").here', 'c'],
    ['builtins.attrNames (builtins.readDir (builtins.filterSource (p: t: t == "directory") /ok))', ['b']],
    ['builtins.pathExists "${builtins.filterSource (p: t: baseNameOf p != "c") /ok}/b/c"', false],
    ['(import (derivation { name = "x"; system = "s"; builder = "b"; }).drvPath).name', 'x'],
    [
      'builtins.substring 0 7 (builtins.readFile (derivation { name = "x"; system = "s"; builder = "b"; }).drvPath)',
      'Derive(',
    ],
    ['builtins.readFileType "${/ok}/secret"', 'symlink'],
  ])('%s', (text, value) => {
    expect(evaluate(text, { host })).toEqual(value);
  });

  it.each([
    ['builtins.readFile "${/ok}/secret"', 'restricted'],
    ['builtins.readFile "${/secret}"', 'restricted'],
    ['builtins.readFile "${/ok}/up"', 'restricted'],
    ['builtins.readFile "/nix/store/00000000000000000000000000000000-x"', 'restricted'],
    ['builtins.readDir (builtins.toFile "t" "x")', 'io'],
    ['builtins.readFile (builtins.toFile "t" "x" + "/y")', 'io'],
    ['builtins.readFile "${/ok}"', 'io'],
  ])('%s is refused: %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});
