/**
 * Each folder of test/golden/errors is one mistake: files, `arguments` (shell words), in `kernel.json` modules to write, a
 * `setup.sh` to run first, and in `expected.txt` what gen-kmod says to it. `npm run golden` rewrites that.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { expect, type TestContext, test } from 'vitest';
import { resultSchema } from '../../src/cli/result.ts';
import { severities } from '../../src/diagnostics/codes.ts';
import { plant } from '../kernel/modules/elf-writer.ts';
import { runCommand } from './command.ts';

const golden = fileURLToPath(new URL('../golden/errors', import.meta.url));
const cases = readdirSync(golden);
const codes = Object.keys(severities);

/** A case's name is its code, with a number behind it where the code has several. */
const codeOf = (name: string): string => name.replace(/-\d+$/, '');

/**
 * What a case does: its files in a folder of their own, its set-up done. Tests that run at once have to say which of
 * them it is for.
 */
function prepare(name: string, onTestFinished: TestContext['onTestFinished']): string {
  const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-case-'));
  onTestFinished(() => {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  });
  cpSync(join(golden, name), folder, { recursive: true });
  if (existsSync(join(folder, 'kernel.json')))
    plant(folder, JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')));
  if (existsSync(join(folder, 'setup.sh'))) {
    execFileSync('sh', ['setup.sh'], {
      cwd: folder,
      env: { ...process.env, NODE: process.execPath, COMMAND: commandFile },
    });
  }
  return folder;
}

const commandFile = fileURLToPath(new URL('../../dist/gen-kmod.js', import.meta.url));

function execute(name: string, folder: string, more: string[] = []) {
  const file = join(golden, name, 'arguments');
  const words = existsSync(file) ? readFileSync(file, 'utf8').trim().split(/\s+/) : [];
  const preload = existsSync(join(folder, 'preload.mjs')) ? ['--import', join(folder, 'preload.mjs')] : [];
  const input = existsSync(join(folder, 'stdin')) ? readFileSync(join(folder, 'stdin')) : undefined;
  return runCommand([...words, ...more], { cwd: folder, preload, ...(input && { input }) });
}

/** Names that differ from run to run. */
function steady(text: string, folder: string): string {
  return (
    text
      .replaceAll(folder, 'DIR')
      .replace(/journal-[0-9]+-[0-9]+/g, 'journal-PID-START')
      .replace(/process [0-9]+/g, 'process PID')
      .replace(/this Node \(v[0-9.]+\)/g, 'this Node (VERSION)')
      // Estimates by what Node packs with, which differs between its versions.
      .replace(
        /about \d+ with xz, \d+ with zstd, \d+ with gzip/g,
        'about XZ with xz, ZSTD with zstd, GZIP with gzip',
      )
      .replace(
        /about \d+ bytes of flash packed with xz, \d+ more/g,
        'about XZ bytes of flash packed with xz, N more',
      )
      .replace(/[0-9.]+ % of/g, 'SHARE % of')
      .replace(/gen-kmod [0-9.]+, node .*/g, 'gen-kmod VERSION, node VERSION, PLATFORM')
      .replace(/(note: TypeError: [^\n]*\n)(?: {2}note: at [^\n]*\n)+/g, '$1  note: at …\n')
  );
}

test.concurrent.for(cases)('%s is explained', async (name, { expect, onTestFinished }) => {
  const folder = prepare(name, onTestFinished);
  const { code, stdout, stderr } = await execute(name, folder);
  const expected = `exit ${code}\n${steady(stderr + stdout, folder)}`;
  await expect(expected).toMatchFileSnapshot(join(golden, name, 'expected.txt'));
  expect(code).toBe(exitCodeOf(codeOf(name)));
});

test.concurrent.for(cases)(
  '%s is in the object that --json prints',
  async (name, { expect, onTestFinished }) => {
    const { code, stdout, stderr } = await execute(name, prepare(name, onTestFinished), ['--json']);
    const result = v.parse(resultSchema, JSON.parse(stdout));
    expect(stderr).toBe('');
    expect(result.diagnostics.map((diagnostic) => diagnostic.code)).toContain(codeOf(name));
    expect(code).toBe(exitCodeOf(codeOf(name)));
  },
);

test.concurrent.for(cases.filter((name) => exitCodeOf(codeOf(name)) !== 0))(
  '%s writes nothing',
  async (name, { expect, onTestFinished }) => {
    const folder = prepare(name, onTestFinished);
    const before = snapshot(folder);
    await execute(name, folder);
    expect(snapshot(folder)).toEqual(before);
  },
);

test('every code has a case', () => {
  expect(new Set(cases.map(codeOf))).toEqual(new Set(codes));
});

test('every code has a paragraph in docs/errors.md, and every paragraph a code', () => {
  const text = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
  const headings = [...text.matchAll(/^### `(.*)`/gm)].map(([, code]) => code);
  expect(headings.toSorted()).toEqual(codes.toSorted());
  for (const part of text.split(/^### /m).slice(1)) expect(part.length, part).toBeGreaterThan(120);
});

function exitCodeOf(code: string): number {
  const special: Record<string, number> = { usage: 2, internal: 70, interrupted: 130 };
  return special[code] ?? (severities[code as keyof typeof severities] === 'error' ? 1 : 0);
}

function snapshot(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'utf8')]),
  );
}
