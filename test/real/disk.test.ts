/** Disks that are full or cannot be written to, and processes that nobody buries. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command, startBelow, waiting } from '../output/child.ts';
import { differences, put, readTree, stamps, type Tree } from '../output/folder.ts';
import { argumentsIn, journalName, listOf, outIn } from '../output/scenario.ts';
import { type Run, run, scratch } from './environment.ts';

/** A mount namespace of its own, so that nothing is left mounted whatever happens. */
class Mounts {
  readonly #holder: ChildProcess;

  constructor() {
    this.#holder = spawn(
      'unshare',
      ['--mount', '--propagation', 'private', 'sh', '-c', 'echo; exec sleep 600'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    onTestFinished(() => void this.#holder.kill('SIGKILL'));
  }

  ready(): Promise<void> {
    return new Promise((done, fail) => {
      this.#holder.on('exit', () => fail(new Error('unshare --mount failed: these tests need root')));
      this.#holder.stdout!.once('data', () => done());
    });
  }

  /** Runs a command among these mounts. */
  run(...[name, ...args]: [string, ...string[]]): Run {
    return run('nsenter', [`--mount=/proc/${this.#holder.pid}/ns/mnt`, name, ...args]);
  }

  mount(...args: string[]): void {
    const { status, stderr } = this.run('mount', ...args);
    if (status !== 0) throw new Error(stderr);
  }

  /** Where this process finds what is mounted at `path`. */
  path(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  generate(folder: string, ...flags: string[]): Run {
    return this.run(process.execPath, command, ...argumentsIn(folder, flags));
  }
}

async function mounts(): Promise<Mounts> {
  const made = new Mounts();
  await made.ready();
  return made;
}

const old = listOf({ bridge: 'br_netfilter', firewall: 'nft_ct', wifi: 'ath9k' });
const next = listOf({
  firewall: 'nft_ct, nft_masq',
  modem: 'cdc_wdm',
  usb: 'usb_storage',
  wifi: 'ath10k_pci',
});

const generate = (folder: string, ...flags: string[]): Run =>
  run(process.execPath, [command, ...argumentsIn(folder, flags)]);

/** What is said of a failure, by whole lines. */
const message = (reason: string): RegExp =>
  new RegExp(
    `^error\\[write-failed\\]: cannot write here: ${reason}\n {2}--> .*\n {2}note: nothing was changed\n$`,
  );

/** What the folder holds after the update. */
function updated(): Tree {
  const folder = scratch();
  put(join(folder, 'kmod.yaml'), next);
  expect(generate(folder).status).toBe(0);
  return readTree(outIn(folder));
}

describe('a disk that is full', () => {
  const kinds = ['a first run', 'an update'] as const;

  /** A small disk in which a run of that kind is to be made. */
  async function small(
    kind: (typeof kinds)[number],
  ): Promise<{ folder: string; disk: string; space: Mounts }> {
    const space = await mounts();
    const folder = scratch();
    space.mount('-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder);
    const disk = space.path(folder);
    put(join(disk, 'kmod.yaml'), old);
    if (kind === 'an update') expect(space.generate(folder).status).toBe(0);
    put(join(disk, 'kmod.yaml'), next);
    writeFileSync(join(disk, 'filler'), '');
    return { folder, disk, space };
  }

  /** Lets out one after the other what `give` says, until a run succeeds; before that, none changes anything. */
  async function expectAllOrNothing(
    kind: (typeof kinds)[number],
    give: (free: number, space: Mounts, folder: string) => void,
  ): Promise<void> {
    const after = updated();
    const { folder, disk, space } = await small(kind);
    const before = readTree(disk);
    for (let free = 0; ; free++) {
      const when = `${kind}, room for ${free}`;
      give(free, space, folder);
      const { status, stdout, stderr } = space.generate(folder);
      if (status === 0) {
        expect(differences(readTree(outIn(disk)), after), when).toEqual([]);
        expect(free).toBeGreaterThan(10);
        return;
      }
      expect({ status, stdout }, when).toEqual({ status: 1, stdout: '' });
      expect(stderr, when).toMatch(message('the disk is full'));
      const { filler: _, ...left } = readTree(disk);
      expect(differences({ ...left, filler: '' }, before), when).toEqual([]);
    }
  }

  test.each(kinds)('is left as it was by %s, whichever block is the last', async (kind) => {
    await expectAllOrNothing(kind, (free, space, folder) => {
      const disk = space.path(folder);
      const filler = join(disk, 'filler');
      const { bavail, bsize } = statfsSync(disk);
      const room = bavail * bsize + statSync(filler).size - free * bsize;
      writeFileSync(filler, Buffer.alloc(Math.floor(room / bsize) * bsize));
      expect(statfsSync(disk).bavail).toBe(free);
    });
  });

  test.each(kinds)('is left as it was by %s, whichever file is the last', async (kind) => {
    let used: number;
    await expectAllOrNothing(kind, (free, space, folder) => {
      const { files, ffree } = statfsSync(space.path(folder));
      used ??= files - ffree;
      space.mount('-o', `remount,nr_inodes=${used + free}`, folder);
    });
  });
});

describe('a file system that is read-only', () => {
  async function readOnly(kmod: string, later = kmod): Promise<{ folder: string; space: Mounts }> {
    const folder = scratch();
    put(join(folder, 'kmod.yaml'), kmod);
    mkdirSync(outIn(folder), { recursive: true });
    if (kmod !== '') expect(generate(folder).status).toBe(0);
    put(join(folder, 'kmod.yaml'), later);
    const space = await mounts();
    space.mount('--bind', folder, folder);
    space.mount('-o', 'remount,bind,ro', folder);
    return { folder, space };
  }

  test.each([
    ['a first run', ''],
    ['an update', old],
  ])('is not changed by %s, and the message says why', async (_, kmod) => {
    const { folder, space } = await readOnly(kmod, next);
    const before = stamps(folder);
    for (const flags of [[], ['--force']]) {
      const { status, stdout, stderr } = space.generate(folder, ...flags);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(message('the file system is read-only'));
    }
    expect(space.generate(folder, '--check').stderr).toContain('error[drift]');
    expect(stamps(folder)).toEqual(before);
  });

  test('is no trouble where there is nothing to write', async () => {
    const { folder, space } = await readOnly(old);
    for (const flags of [[], ['--check'], ['--diff']]) {
      expect(space.generate(folder, ...flags)).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('keeps what a killed run left, and the message says why', async () => {
    const { folder, space } = await readOnly(old, next);
    mkdirSync(join(outIn(folder), `${journalName}1-1`));
    const before = stamps(folder);
    const { status, stderr } = space.generate(folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(message('the file system is read-only'));
    expect(stamps(folder)).toEqual(before);
  });
});

describe('a folder that belongs to somebody else', () => {
  const nobody = 65534;

  /** Root's list and output; the command, where nobody can read it. */
  function owned(): { folder: string; before: Tree } {
    const folder = scratch();
    chmodSync(folder, 0o755);
    put(join(folder, 'kmod.yaml'), old);
    expect(generate(folder).status).toBe(0);
    put(join(folder, 'kmod.yaml'), next);
    cpSync(dirname(command), join(folder, 'bin/dist'), { recursive: true });
    put(join(folder, 'bin/package.json'), '{ "type": "module" }\n');
    return { folder, before: readTree(folder) };
  }

  function generateAsNobody(folder: string, ...flags: string[]): Run {
    const user = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
    return run('setpriv', [
      ...user,
      process.execPath,
      join(folder, 'bin/dist/gen-kmod.js'),
      ...argumentsIn(folder, flags),
    ]);
  }

  function give(...files: string[]): void {
    for (const file of files) chownSync(file, nobody, nobody);
  }

  test('is not changed, and the message says that permission is denied', () => {
    const { folder, before } = owned();
    const { status, stdout, stderr } = generateAsNobody(folder);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message('permission is denied'));
    expect(differences(readTree(folder), before)).toEqual([]);
  });

  test('gets no folder where there was none', () => {
    const { folder } = owned();
    rmSync(join(folder, 'router'), { recursive: true });
    const before = readTree(folder);
    expect(generateAsNobody(folder).stderr).toMatch(message('permission is denied'));
    mkdirSync(join(folder, 'router'));
    expect(generateAsNobody(folder).stderr).toMatch(message('permission is denied'));
    expect(differences(readTree(folder), { ...before, 'router/': '' })).toEqual([]);
  });

  test.each(['wifi', 'bridge'])(
    'only in part (%s) is not changed in any part, and the message names that',
    (name) => {
      const { folder, before } = owned();
      const out = outIn(folder);
      const mine = ['', 'bridge', 'firewall', 'wifi']
        .filter((each) => each !== name)
        .map((each) => join(out, each));
      give(
        ...mine,
        ...readdirSync(out)
          .map((each) => join(out, each))
          .filter((file) => file.endsWith('.nix')),
      );
      const { status, stderr } = generateAsNobody(folder);
      expect(status).toBe(1);
      expect(stderr).toMatch(message('permission is denied'));
      expect(stderr).toContain(`router/kmod/${name}/`);
      expect(differences(readTree(folder), before)).toEqual([]);

      give(join(out, name));
      expect(generateAsNobody(folder)).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(out)).not.toContain('bridge');
    },
  );

  test('and may not be read is not taken for empty', () => {
    const { folder, before } = owned();
    for (const [path, mode] of [
      ['firewall/default.nix', 0o600],
      ['firewall', 0o700],
      ['', 0o700],
    ] as const) {
      chmodSync(join(outIn(folder), path), mode);
      for (const flags of [[], ['--force'], ['--check']]) {
        const { status, stderr } = generateAsNobody(folder, ...flags);
        expect(status).toBe(1);
        expect(stderr).toMatch(/^error\[write-failed\]: cannot be read: permission is denied\n/);
      }
    }
    expect(differences(readTree(folder), before)).toEqual([]);
  });
});

test('a killed process that its parent never asks for, as in a container, holds up nobody', async () => {
  const folder = scratch();
  put(join(folder, 'kmod.yaml'), old);
  const gate = join(scratch(), 'gate');
  const at = 40;
  // A shell that becomes `sleep` has a child it does not know of: once killed, that one stays a zombie.
  startBelow('sleep 60', argumentsIn(folder, []), { root: folder, at, act: 'wait', gate });
  await waiting(gate);
  const [journal] = readdirSync(outIn(folder)).filter((name) => name.startsWith(journalName));
  const pid = journal!.slice(journalName.length).split('-')[0]!;
  expect(generate(folder).stderr).toContain(
    `error[output-busy]: another gen-kmod (process ${pid}) is writing here`,
  );

  process.kill(Number(pid), 'SIGKILL');
  const state = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0]!;
  while (state() !== 'Z') await sleep(10);
  expect(generate(folder)).toMatchObject({ status: 0, stderr: '' });
  expect(state()).toBe('Z');
});
