/**
 * Packages of nixpkgs by the thousand, beside the real Nix: of each the same derivation, or the same error. NIXPKGS
 * names a checkout; NIXPKGS_SHARE=1/N takes every Nth of its attributes, by default as many as make 3,000.
 *
 * A derivation's path is a hash of its text, which has the paths of all that it needs: where the path is the same,
 * so is all of that.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtCommand } from '../build.ts';
import { runNix } from '../nix.ts';
import { messageOf } from './messages.ts';

const checkout = process.env.NIXPKGS ?? '';
const hour = 3_600_000;

const setup: Record<string, string> = {
  pkgs: `import ${checkout} { config = { }; overlays = [ ]; system = "x86_64-linux"; }`,
  path: 'it: if (it.type or null) == "derivation" then it.drvPath else "no derivation"',
};

type Answer = { readonly value: string } | { readonly error: string };

/** Asks `nix repl`, which goes on after an error. It says what it does on standard error, where errors are, too. */
function theirs(expressions: readonly string[]): Answer[] {
  const store = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
  const lines = Object.entries(setup).map(([name, text]) => `${name} = ${text}\n`);
  expressions.forEach((text, i) => {
    lines.push(
      `builtins.trace "@${i}" (let it = ${text}; in builtins.seq it (builtins.trace "=\${it}" null))\n`,
    );
  });
  try {
    const { stderr } = runNix(
      ['--extra-experimental-features', 'nix-command', 'repl', '--quiet', '--store', `local?root=${store}`],
      lines.join(''),
      {},
      { command: 'nix', seconds: 3600 },
    );
    const log = Buffer.from(stderr, 'latin1').toString('utf8');
    const parts = log.replace(/\x1b\[[0-9;]*m/g, '').split(/^trace: @\d+$/m);
    expect(parts.length, stderr.slice(-3000)).toBe(expressions.length + 1);
    return parts.slice(1).map((text) => {
      const value = /^trace: =(.*)$/m.exec(text)?.[1];
      return value === undefined ? { error: text } : { value };
    });
  } finally {
    spawnSync('chmod', ['-R', 'u+w', store]);
    rmSync(store, { recursive: true, force: true });
  }
}

function ours(expressions: readonly string[]): Answer[] {
  const library = builtCommand().replace('nix-eval-js.cjs', 'index.js');
  const bindings = Object.entries(setup).map(([name, text]) => `${name} = ${text};`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'evaluate-each.mjs'), library],
    {
      input: JSON.stringify({ setup: bindings.join('\n'), expressions }),
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      env: { PATH: process.env.PATH, HOME: '/fake-home' },
    },
  );
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Answer[];
}

/** With the errors' messages only. */
const plain = (answer: Answer): Answer => ('error' in answer ? { error: messageOf(answer.error) } : answer);

function attributes(): string[] {
  const { stdout, stderr } = runNix(
    ['--store', 'dummy://', '--eval', '--strict', '--json', '-E', `builtins.attrNames (${setup.pkgs})`],
    '',
  );
  expect(stderr).toBe('');
  const names = JSON.parse(stdout) as string[];
  const share = /^1\/(\d+)$/.exec(process.env.NIXPKGS_SHARE ?? '')?.[1];
  const step = share === undefined ? Math.max(1, Math.floor(names.length / 3000)) : Number(share);
  return names.filter((_, i) => i % step === 0);
}

describe.skipIf(!existsSync(join(checkout, 'pkgs')))('packages of nixpkgs (NIXPKGS)', () => {
  it(
    'have the derivations, and the errors, that the real Nix finds',
    () => {
      const names = ['stdenv', 'hello', ...attributes()];
      const expressions = names.map((name) => `path pkgs.${JSON.stringify(name)}`);
      const expected = theirs(expressions);
      const found = ours(expressions);
      const differences = names.flatMap((name, i) => {
        const [mine, other] = [plain(found[i]!), plain(expected[i]!)];
        return JSON.stringify(mine) === JSON.stringify(other) ? [] : [{ name, mine, other }];
      });
      expect(differences).toEqual([]);
      expect(found[0]).toMatchObject({ value: expect.stringMatching(/-stdenv(-linux)?\.drv$/) });
      const derivations = found.filter((answer) => 'value' in answer && answer.value.endsWith('.drv')).length;
      const errors = found.filter((answer) => 'error' in answer).length;
      console.log(`${names.length} attributes: ${derivations} derivations, ${errors} errors, all the same`);
      expect(derivations).toBeGreaterThan(1400);
    },
    2 * hour,
  );
});
