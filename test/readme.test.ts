/** What README.md shows is what happens: its commands run, and their output is on the page. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from './cli/command.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(repository, 'README.md'), 'utf8');

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'gen-kmod-readme-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test('the commands under "Use" print what the page shows', async () => {
  const cwd = folder();
  for (const args of [['init'], [], ['--check']]) {
    const { stdout, code } = await runCommand(args, { cwd });
    expect(code).toBe(0);
    expect(page).toContain(`\n${stdout}`);
  }
});

test('what `nix run` prints on the page is what the command prints', async () => {
  const [, words, output] = /^\$ nix run gen-kmod -- (.*)\n((?: {2}.*\n)+)/m.exec(page)!;
  const { stdout } = await runCommand(words!.split(' '), { cwd: folder() });
  expect(output).toBe(stdout);
});

test.each(['README.md', 'docs/liminix.md'])(
  'the scaffolds in %s are written as it shows',
  async (document) => {
    const text = readFileSync(join(repository, document), 'utf8');
    const shown = [
      ...text.matchAll(/^\$ gen-kmod (new [^#\n]*?)(?: +#[^\n]*)?\n((?:(?!\$ |```)[^\n]*\n)+)/gm),
    ];
    expect(shown.length).toBeGreaterThan(0);
    for (const [, words, output] of shown) {
      const { stdout } = await runCommand(words!.trim().split(' '), { cwd: folder() });
      expect(output!.trimEnd()).toBe(stdout.trimEnd());
    }
  },
);

test('the mistake on the page is explained as on the page', async () => {
  const cwd = folder();
  const list =
    'version: 1\n\nloaders:\n  firewall:\n    tragets: [nft_ct, nft_masq]\n    targets: [nft_ct]\n';
  writeFileSync(join(cwd, 'kmod.yaml'), list);
  const { stderr } = await runCommand([], { cwd });
  expect(page).toContain(stderr);
});

test('the demo generates an example and says what to do next', () => {
  const copy = folder();
  execFileSync('cp', ['-r', 'scripts', 'examples', 'data', 'dist', 'package.json', copy], {
    cwd: repository,
  });
  const shown = execFileSync(process.execPath, ['scripts/demo.mjs'], { cwd: copy, encoding: 'utf8' });
  expect(shown).toContain('create   kmod/firewall/default.nix');
  expect(shown).toContain('What to do next:');
});
