/** nixpkgs' `lib` and its own tests, beside the real Nix. NIXPKGS_LIB names a checkout (the folder with `lib/` in it). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runNix } from '../nix.ts';
import { type Answer, runOurs } from '../ours.ts';
import { messageOf } from './messages.ts';
import { differences, isRefused, type Recording, record, type ScriptOptions } from './recorded.ts';

const checkout = process.env.NIXPKGS_LIB ?? '';
const minutes = 60_000;

const scripts: Record<string, ScriptOptions & { least: number }> = {
  'lib/tests/modules.sh': { least: 400 },
  'lib/tests/network.sh': { least: 30 },
  'lib/tests/debug.sh': { atOnce: true, least: 2 },
  'lib/tests/filesystem.sh': { atOnce: true, least: 8 },
  'lib/tests/sources.sh': { atOnce: true, open: true, least: 4 },
  'lib/fileset/tests.sh': { atOnce: true, open: true, least: 100 },
  'lib/path/tests/prop.sh': { atOnce: true, least: 1 },
};

function summary({ calls }: Recording): string {
  const failed = calls.filter(({ theirs }) => theirs.status !== 0).length;
  const whole = calls.filter(({ ours, theirs }) => ours.err === theirs.err).length;
  const refused = calls.filter(isRefused).length;
  return `${calls.length} calls, ${failed} fail, ${refused} are refused (fetchGit); ${whole} have the same standard error`;
}

/** What the tests of maintainers take of nixpkgs. */
const pkgs = `{
  lib = import ${checkout}/lib;
  runCommand = name: attrs: text: attrs // { inherit name text; };
  writeTextDir = name: text: { inherit name text; };
  curl = "curl"; jq = "jq"; cacert = "cacert";
}`;
/** Tests that are expressions, and what they are called with. */
const expressions: Record<string, readonly string[]> = {
  'lib/tests/misc.nix': [],
  'lib/tests/fetchers.nix': [],
  'lib/tests/systems.nix': [],
  'lib/tests/maintainers.nix': ['--arg', 'pkgs', pkgs],
  'lib/tests/teams.nix': ['--arg', 'pkgs', pkgs],
  // Each by itself, for some are to fail; and against this lib, since the earlier one that it fetches is not at hand.
  'lib/tests/checkAndMergeCompat.nix': [
    '-E',
    `(import ${checkout}/lib).mapAttrsRecursiveCond (one: !one ? expr)
      (_: test: builtins.tryEval (builtins.deepSeq test.expr test.expr))
      (import ${checkout}/lib/tests/checkAndMergeCompat.nix { pkgs = ${pkgs}; prevLibPath = ${checkout}/lib; })`,
  ],
  'lib/path/tests/unit.nix': ['--arg', 'libpath', checkout === '' ? '/' : `${checkout}/lib`],
  'lib/services/test.nix': [],
};

describe.skipIf(!existsSync(join(checkout, 'lib')))("nixpkgs' lib (NIXPKGS_LIB)", () => {
  for (const [file, more] of Object.entries(expressions)) {
    it.skipIf(!existsSync(join(checkout, file)))(
      `${file} has the value that the real Nix gives`,
      () => {
        const argv = ['--eval', '--strict', '--json', ...more];
        if (!more.includes('-E')) argv.push(join(checkout, file));
        const theirs = runNix(['--store', 'dummy://', ...argv], '', {}, { seconds: 600 });
        const ours = runOurs(argv, checkout);
        expect(messageOf(ours.err)).toEqual(messageOf(theirs.stderr));
        expect(ours.status).toBe(theirs.status);
        expect(ours.out).toBe(theirs.stdout);
        console.log(
          `${file}: ${ours.out.length} bytes ${ours.out.slice(0, 60)} ${messageOf(ours.err).slice(0, 200)}`,
        );
      },
      10 * minutes,
    );
  }

  const options = `import ${join(import.meta.dirname, 'options.nix')} (import ${checkout}/lib)`;
  const both = (attr: string): { theirs: Answer; ours: Answer } => {
    const argv = ['--eval', '--strict', '--json', '-E', options, '-A', attr];
    const { status, stdout, stderr } = runNix(['--store', 'dummy://', ...argv], '');
    return { ours: runOurs(argv, checkout), theirs: { status: status ?? -1, out: stdout, err: stderr } };
  };

  it.each(['count', 'config', 'options', 'docs'])(
    'gives the same %s of a module system with 400 options',
    (attr) => {
      const { theirs, ours } = both(attr);
      expect(ours).toEqual(theirs);
      expect(ours.status).toBe(0);
      if (attr === 'count') expect(Number(ours.out)).toBeGreaterThan(400);
    },
  );

  it('finds the same wrong with modules that are wrong', () => {
    const names = runNix(
      ['--store', 'dummy://', '--eval', '--json', '-E', `builtins.attrNames (${options}).failures`],
      '',
    );
    for (const name of JSON.parse(names.stdout) as string[]) {
      const { theirs, ours } = both(`failures.${name}`);
      expect(ours.status, name).toBe(1);
      expect(theirs.status, name).toBe(1);
      expect(messageOf(ours.err)).toBe(messageOf(theirs.err));
    }
  });

  for (const [script, { least, ...options }] of Object.entries(scripts)) {
    it.skipIf(!existsSync(join(checkout, script)))(
      `answers what ${script} asks as the real Nix does`,
      () => {
        const recording = record(join(checkout, script), options);
        console.log(`${script}: ${summary(recording)}`);
        expect(differences(recording.calls)).toEqual([]);
        expect(recording.status, recording.log.slice(-3000)).toBe(0);
        expect(recording.calls.length).toBeGreaterThanOrEqual(least);
      },
      60 * minutes,
    );
  }
});
