/**
 * Signals, at moments that time chooses: whatever a command is at, it ends at once with 130, has shown nothing that it did
 * not do, and leaves nothing behind.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { command } from '../output/child.ts';
import { differences, put, readTree, scratch } from '../output/folder.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof signals)[number];

/** Far more than it takes, and less than the work that would be left: milliseconds. */
const atOnce = 2_000;

const base = mkdtempSync(join(tmpdir(), 'gen-kmod-signals-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const tree = join(base, 'linux');
/** What the command takes for temporary files. */
const temporary = join(base, 'tmp');

beforeAll(() => {
  const folders = Array.from({ length: 150 }, (_, index) => `part${index}`);
  const files: Record<string, string> = {
    Makefile: 'VERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 1\n',
    Kbuild: 'obj-y += drivers/\n',
    Kconfig: `source "arch/$(SRCARCH)/Kconfig"\nconfig MODULES\n\tbool "modules"\n\tmodules\n${folders
      .map((name) => `source "drivers/${name}/Kconfig"\n`)
      .join('')}`,
    'arch/mips/Makefile': '',
    'arch/arm/Makefile': '',
    'arch/mips/Kconfig': 'config TOP\n\tbool "top"\n',
    'arch/arm/Kconfig': 'config TOP\n\tbool "top"\n',
    'drivers/Makefile': folders.map((name) => `obj-y += ${name}/\n`).join(''),
  };
  folders.forEach((folder, number) => {
    const names = Array.from({ length: 40 }, (_, index) => `m${number}_${index}`);
    files[`drivers/${folder}/Makefile`] = names
      .map((name) => `obj-$(CONFIG_${name.toUpperCase()}) += ${name}.o\n`)
      .join('');
    files[`drivers/${folder}/Kconfig`] = names
      .map((name) => `config ${name.toUpperCase()}\n\ttristate "${name}"\n\tdepends on MODULES && TOP\n`)
      .join('\n');
  });
  for (const [path, text] of Object.entries(files)) put(join(tree, path), text);
  mkdirSync(temporary);
});

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** From the signal to the end, or of the whole run; milliseconds. */
  took: number;
}

/** Runs the command until `moment` is over, or to its end where that comes first. */
async function stopped(
  args: string[],
  cwd: string,
  moment?: () => Promise<unknown>,
  signal: Signal = 'SIGINT',
  env: Record<string, string> = {},
): Promise<Ended> {
  let start = Date.now();
  const child = spawn(process.execPath, [command, ...args], {
    cwd,
    env: { PATH: process.env.PATH, TMPDIR: temporary, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, by) => done({ code, signal: by, stdout, stderr, took: Date.now() - start }));
  });
  if (moment) {
    await Promise.race([moment(), ended]);
    start = Date.now();
    child.kill(signal);
  }
  return ended;
}

const longList = (loaders: number) =>
  `version: 1\nloaders:\n${Array.from({ length: loaders }, (_, index) => `  loader-${index}: { targets: [nft_ct, nft_masq] }\n`).join('')}`;
const ofTree = () =>
  `version: 1\nkernel: { source: ${tree}, arch: mips }\nloaders: { a: { targets: [m3_3] } }\n`;

/** Each with what is in its folder; they take a second or more. */
const cases: Record<string, { args: () => string[]; list?: () => string; writes?: boolean }> = {
  'reading a tree': { args: () => ['resolve', '--targets', 'm1_1', '--kernel', tree, '--arch', 'mips'] },
  'reading the tree of a list': { args: () => ['resolve', '--json'], list: ofTree },
  'listing every module': { args: () => ['resolve', '--all', '--json', '--kernel', tree, '--arch', 'mips'] },
  'explaining from a tree': { args: () => ['explain', 'm1_1', '--kernel', tree, '--arch', 'mips'] },
  'making an index': {
    args: () => ['index', '--kernel', tree, '--arch', 'mips', '--out', 'made.kindex'],
    writes: true,
  },
  'writing what a tree says': { args: () => ['--json'], list: ofTree, writes: true },
  'writing 1,000 loaders': { args: () => [], list: () => longList(1_000), writes: true },
  'showing what 1,000 loaders change': { args: () => ['--diff'], list: () => longList(1_000) },
  'evaluating 100 loaders': { args: () => ['check', '--json'], list: () => longList(100) },
  'a new module from a long list': {
    args: () => ['new', 'module', 'modem', '--targets', 'kmod.yaml'],
    list: () =>
      `version: 1\nloaders: { modem: { targets: [${Array.from({ length: 8_000 }, (_, index) => `m${index}`)}] } }\n`,
  },
};

describe.for(Object.entries(cases))('%s', ([name, { args, list, writes }]) => {
  test('is over at once', async () => {
    const begin = (): string => {
      const folder = scratch();
      if (list) put(join(folder, 'kmod.yaml'), list());
      return folder;
    };
    const whole = begin();
    const { took, code: usual, stdout: wholeText, stderr } = await stopped(args(), whole);
    // Of what is to be checked, nothing is written yet.
    expect(usual, (stderr + wholeText).slice(0, 300)).toBe(args()[0] === 'check' ? 1 : 0);
    const after = readTree(whole);

    let interrupted = 0;
    const shares = [0.4, 0.6, 0.8];
    for (const [number, share] of shares.entries()) {
      const signal = signals[(number + name.length) % signals.length]!;
      const folder = begin();
      const before = readTree(folder);
      const when = `${signal} after ${Math.round(took * share)} of ${took} ms`;
      const run = await stopped(args(), folder, () => wait(took * share), signal);
      expect(readTree(temporary), when).toEqual({});
      if (run.signal !== null) {
        // Node itself was still at its start.
        expect({ ...run, took: 0 }, when).toEqual({ code: null, signal, stdout: '', stderr: '', took: 0 });
        expect(differences(readTree(folder), before), when).toEqual([]);
      } else if (run.code === 130) {
        interrupted++;
        // What has been written has to be taken back first.
        expect(run.took, when).toBeLessThan(writes ? atOnce + took : atOnce);
        expect(differences(readTree(folder), before), when).toEqual([]);
        if (args().includes('--json')) {
          const { diagnostics, ...rest } = JSON.parse(run.stdout);
          expect(diagnostics, when).toMatchObject([{ code: 'interrupted' }]);
          expect(rest, when).toEqual({ version: 1 });
        } else {
          expect(run.stdout, when).toBe('');
          expect(run.stderr, when).toMatch(/^error\[interrupted\]: stopped; nothing was changed\n/);
        }
      } else {
        // It was over by then.
        expect(run.code, when).toBe(usual);
        expect(run.stdout === wholeText, `${when}: ${run.stdout.slice(0, 300)}`).toBe(true);
        if (writes) expect(differences(readTree(folder), after), when).toEqual([]);
      }
    }
    expect(interrupted, `${took} ms`).toBeGreaterThan(0);
  });
});

test.each(signals)(
  '%s while a list is watched: what was written stays, and nothing more is said',
  async (signal) => {
    const folder = scratch();
    put(join(folder, 'kmod.yaml'), ofTree());
    const manifest = join(folder, 'kmod/.gen-kmod.json');
    const written = async () => {
      while (!existsSync(manifest)) await wait(20);
      await wait(300);
    };
    const { code, stderr, stdout, took } = await stopped(['--watch'], folder, written, signal);
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout).toContain('files written');
    expect(took).toBeLessThan(atOnce);
    expect(readTree(join(folder, 'kmod'))).toHaveProperty('a/default.nix');
  },
);

test.each(signals)('%s while make is at work: it ends with us, and its folder goes', async (signal) => {
  const folder = scratch();
  put(join(folder, 'kmod.yaml'), ofTree());
  const bin = join(folder, 'bin');
  const started = join(folder, 'started');
  const programs = {
    gcc: '',
    flex: '',
    bison: '',
    make: `sleep 1000 &\necho $$ $! > ${started}.new\nmv ${started}.new ${started}\nwait`,
  };
  for (const [name, script] of Object.entries(programs)) {
    const file = join(bin, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  const atWork = async () => {
    while (!existsSync(started)) await wait(20);
  };
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const run = await stopped(['resolve', '--verify', '--json'], folder, atWork, signal, env);
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 130, stderr: '' });
  expect(JSON.parse(run.stdout).diagnostics).toMatchObject([{ code: 'interrupted' }]);
  expect(run.took).toBeLessThan(atOnce);
  expect(readTree(temporary)).toEqual({});
  for (const pid of readFileSync(started, 'utf8').trim().split(' '))
    expect(isRunning(Number(pid)), pid).toBe(false);
});

/** Neither gone nor a zombie that nobody has asked how it ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
