/** A tree that is remembered answers as one that is read anew, whatever happened to it. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRemembered } from '../../../src/cli/remembered/tree.ts';
import { readTree } from '../../../src/kernel/kernel.ts';
import { diskTree } from '../../../src/kernel/tree.ts';
import { scratch } from '../../output/folder.ts';
import { allAnswers, files, longAgo, memoryStore, names, plain, put, run } from './kernel.ts';

/**
 * A change of a file is told by its time, and what changed a moment ago is not remembered: so tests let time pass. The time of
 * the last change of a file itself cannot be set; the readers' clock can.
 */
function later<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => now() + 60_000;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}

function makeTree(more: Readonly<Record<string, string>> = {}): string {
  const root = join(scratch(), 'tree');
  for (const [path, text] of Object.entries({ ...files, ...more })) put(root, path, text);
  return root;
}

const remembered = (root: string, store = memoryStore(), asked = names): string =>
  later(() => run(root, store, asked));

describe('the second run', () => {
  test('answers the same and writes nothing', () => {
    const root = makeTree();
    const store = memoryStore();
    expect(remembered(root, store)).toBe(plain(root));
    expect(store.written).toEqual(['kconfig', 'makefiles']);
    // Their own times change by that, and they are read again.
    for (const path of Object.keys(files)) chmodSync(join(root, path), 0o644);
    const again = remembered(root, store);
    expect(again).toBe(plain(root));
    expect(store.written.splice(0)).toEqual(['kconfig', 'makefiles', 'kconfig', 'makefiles']);
    expect(remembered(root, store)).toBe(again);
    expect(store.written).toEqual([]);
  });

  test('has other names read all makefiles, once', () => {
    const root = makeTree();
    const store = memoryStore();
    expect(remembered(root, store, ['a'])).toBe(plain(root, ['a']));
    store.written.length = 0;
    expect(remembered(root, store, ['b', 'board'])).toBe(plain(root, ['b', 'board']));
    expect(store.written.splice(0)).toEqual(['makefiles']);
    expect(remembered(root, store, ['a', 'b', 'nowhere'])).toBe(plain(root, ['a', 'b', 'nowhere']));
    expect(store.written).toEqual([]);
    const { reading } = readRemembered(root, 'mips', [], store, 'these');
    expect(allAnswers(reading.kernel!)).toBe(allAnswers(readTree(diskTree(root), 'mips').kernel!));
  });

  test('reads makefiles that changed, with the Kconfig of before', () => {
    const root = makeTree();
    const store = memoryStore();
    remembered(root, store);
    put(root, 'd/e/Makefile', 'obj-$(CONFIG_B) += b.o c.o\n');
    store.written.length = 0;
    expect(remembered(root, store)).toBe(plain(root));
    expect(store.written).toEqual(['makefiles']);
  });

  test('takes nothing for another tree, architecture or version of the readers', () => {
    const root = makeTree();
    const store = memoryStore();
    remembered(root, store);
    const other = makeTree({ 'd/Makefile': 'obj-$(CONFIG_A) += c.o\n' });
    expect(remembered(other, store)).toBe(plain(other));
    expect(later(() => run(root, store, names, 'x86'))).toBe(plain(root, names, 'x86'));
    expect(store.files.size).toBe(6);
    later(() => readRemembered(root, 'mips', names, store, 'others').remember());
    expect(store.files.size).toBe(7);
  });

  test('by way of a link it is the same tree', () => {
    const root = makeTree();
    const store = memoryStore();
    remembered(root, store);
    store.written.length = 0;
    symlinkSync(root, `${root}-link`);
    expect(remembered(`${root}-link`, store)).toBe(plain(root));
    expect(store.written).toEqual([]);
  });
});

describe('nothing is remembered', () => {
  test('of a tree with a mistake, which is told each time', () => {
    const root = makeTree({ 'd/Kconfig': 'config\n' });
    const store = memoryStore();
    expect(remembered(root, store)).toBe(plain(root));
    expect(remembered(root, store)).toContain('broken');
    expect(store.written).toEqual([]);
  });

  test('of what was changed a moment ago, and may be again', () => {
    const root = makeTree();
    const store = memoryStore();
    run(root, store);
    expect(store.written).toEqual([]);
  });

  test('of what changes while it is read', () => {
    const root = makeTree();
    const store = memoryStore();
    later(() => {
      const { reading, remember } = readRemembered(root, 'mips', names, store, 'these');
      reading.kernel!.modules.find('a');
      put(root, 'd/e/Makefile', 'obj-m += changed.o\n');
      reading.kernel!.modules.all();
      remember();
    });
    expect(store.written).toEqual(['kconfig']);
  });
});

test.each<[what: string, change: (root: string) => void]>([
  [
    'an edited file of the same size and time',
    (root) => put(root, 'd/e/Makefile', 'obj-$(CONFIG_B) += c.o\n'),
  ],
  [
    'an edited Kconfig file of the same size and time',
    (root) => put(root, 'd/Kconfig', files['d/Kconfig']!.replace('"A"', '"X"')),
  ],
  [
    'a file in the place of another',
    (root) => {
      put(root, 'new', 'obj-$(CONFIG_B) += c.o\n');
      renameSync(join(root, 'new'), join(root, 'd/e/Makefile'));
    },
  ],
  ['a Kbuild beside a Makefile', (root) => put(root, 'd/e/Kbuild', 'obj-$(CONFIG_A) += x.o\n')],
  ['a file that a pattern finds', (root) => put(root, 'd/more.mk', 'obj-$(CONFIG_A) += x.o\n')],
  [
    'a Kconfig file that a pattern finds',
    (root) => put(root, 'extra/Kconfig.x', 'config X\n\ttristate "X"\n'),
  ],
  ['a makefile that was missing', (root) => put(root, 'arch/mips/x/Makefile', 'obj-m += x.o\n')],
  ['a folder that is gone', (root) => rmSync(join(root, 'd/e'), { recursive: true })],
  ['a folder under another name', (root) => renameSync(join(root, 'd/e'), join(root, 'd/f'))],
  [
    'a folder that is another',
    (root) => {
      put(root, 'other/Makefile', 'obj-$(CONFIG_A) += x.o\n');
      renameSync(join(root, 'd/e'), join(root, 'e'));
      symlinkSync('../other', join(root, 'd/e'));
    },
  ],
  ['an architecture that is gone', (root) => rmSync(join(root, 'arch/mips/Makefile'))],
])('%s is seen', (_, change) => {
  // What is asked for without a makefile: `arch/mips/x/`.
  const root = makeTree({ 'arch/mips/Kbuild': 'obj-$(CONFIG_A) += board.o\nobj-y += x/\n' });
  const store = memoryStore();
  const before = remembered(root, store);
  const entries = times(root);
  change(root);
  restore(root, entries);
  const after = remembered(root, store);
  expect(after).toBe(plain(root));
  expect(after).not.toBe(before);
});

/** The times of the last change of contents, which can be set. */
function times(root: string): Map<string, Date> {
  const found = new Map<string, Date>();
  for (const path of ['', ...(readdirSync(root, { recursive: true }) as string[])])
    found.set(path, lstatSync(join(root, path)).mtime);
  return found;
}

function restore(root: string, before: ReadonlyMap<string, Date>): void {
  for (const [path, time] of before) {
    const file = join(root, path);
    if (existsSync(file)) utimesSync(file, time, time);
  }
}

type Change = (root: string) => void;

const paths = [
  ...Object.keys(files),
  ...[
    'd/Kbuild',
    'd/x.mk',
    'd/e/Kbuild',
    'd/e/Kconfig',
    'extra/Kconfig',
    'arch/mips/x/Makefile',
    'c/Makefile',
    'x',
  ],
];
const folders = ['d', 'd/e', 'arch/mips', 'extra', 'c', 'arch/mips/x'];
const texts = [
  ...Object.values(files),
  'obj-$(CONFIG_A) += c.o\n',
  'obj-m += x.o\nobj-y += e/ x/ ../c/\n',
  'config X\n\ttristate "X"\n',
  '',
];
const path = fc.constantFrom(...paths);
const anywhere = fc.constantFrom(...paths, ...folders);

const ways: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(path, fc.constantFrom(...texts)).map(
    ([to, text]): Change =>
      (root) => {
        const file = join(root, to);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      },
  ),
  path.map(
    (at): Change =>
      (root) =>
        utimesSync(join(root, at), new Date(), new Date()),
  ),
  anywhere.map(
    (at): Change =>
      (root) =>
        rmSync(join(root, at), { recursive: true }),
  ),
  fc.tuple(anywhere, anywhere).map(
    ([from, to]): Change =>
      (root) =>
        renameSync(join(root, from), join(root, to)),
  ),
  fc.tuple(anywhere, anywhere).map(
    ([to, at]): Change =>
      (root) => {
        mkdirSync(dirname(join(root, at)), { recursive: true });
        symlinkSync(join(root, to), join(root, at));
      },
  ),
  anywhere.map(
    (at): Change =>
      (root) =>
        unlinkSync(join(root, at)),
  ),
  fc.constantFrom(...folders).map(
    (at): Change =>
      (root) =>
        mkdirSync(join(root, at), { recursive: true }),
  ),
);

test('any changes, with the times of all files put back', () => {
  let differing = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(ways, { maxLength: 3 }), fc.subarray(names), fc.boolean()), {
        minLength: 1,
        maxLength: 5,
      }),
      (rounds) => {
        const root = makeTree();
        const store = memoryStore();
        let last = remembered(root, store);
        for (const [changes, asked, all] of rounds) {
          const before = times(root);
          for (const change of changes) {
            try {
              change(root);
            } catch {
              // Nothing to change there.
            }
          }
          try {
            restore(root, before);
          } catch {
            // A link in a circle.
          }
          later(() => {
            const { reading, remember } = readRemembered(root, 'mips', asked, store, 'these');
            const anew = readTree(diskTree(root), 'mips');
            expect(run(root, store, asked)).toBe(plain(root, asked));
            if (all && reading.kernel) expect(allAnswers(reading.kernel)).toBe(allAnswers(anew.kernel!));
            remember();
          });
          const now = remembered(root, store);
          expect(now).toBe(plain(root));
          if (now !== last) differing++;
          last = now;
        }
        rmSync(root, { recursive: true });
      },
    ),
    { numRuns: process.env.GEN_KMOD_FULL ? 3_000 : 150, seed: 8 },
  );
  expect(differing).toBeGreaterThan(50);
});

describe('a file of the cache', () => {
  const root = (): string => {
    const made = makeTree();
    return made;
  };

  test('that is damaged anywhere, cut short or another one is made again', () => {
    const tree = root();
    const store = memoryStore();
    const right = remembered(tree, store);
    const sound = new Map(store.files);
    const damage = fc.oneof(
      fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, by]) => (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[at % changed.length]! ^= by;
        return changed;
      }),
      fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % bytes.length)),
      fc
        .uint8Array({ maxLength: 300 })
        .map((other) => (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(other), Buffer.from('x')])),
      fc.uint8Array({ maxLength: 300 }).map((other) => () => Buffer.from(other)),
      fc.constant((bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replace(/"stamps":\d+/, '"stamps":99999999'), 'latin1'),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...sound.keys()), damage, (name, change) => {
        for (const [each, bytes] of sound) store.files.set(each, bytes);
        store.files.set(name, change(sound.get(name)!));
        store.written.length = 0;
        expect(remembered(tree, store)).toBe(right);
        expect(store.written.length).toBeGreaterThan(0);
        expect(store.files.get(name)!.equals(sound.get(name)!)).toBe(true);
      }),
      { numRuns: process.env.GEN_KMOD_FULL ? 5_000 : 300, seed: 9 },
    );
  });

  test('of another tree under its name is none of it', () => {
    const store = memoryStore();
    const tree = root();
    remembered(tree, store);
    const other = makeTree({ 'd/Makefile': 'obj-$(CONFIG_A) += x.o\n' });
    const others = memoryStore();
    remembered(other, others);
    const [mine, theirs] = [store, others].map(({ files: all }) => [...all.keys()].sort());
    for (const [number, name] of mine!.entries()) others.files.set(theirs![number]!, store.files.get(name)!);
    expect(remembered(other, others)).toBe(plain(other));
  });

  test('keeps what makefiles and Kconfig say apart: makefiles of another Kconfig are read again', () => {
    const tree = root();
    const store = memoryStore();
    remembered(tree, store);
    // With A as a bool it makes no module.
    put(
      tree,
      'd/Kconfig',
      readFileSync(join(tree, 'd/Kconfig'), 'latin1').replace('tristate "A"', 'bool "A"'),
      longAgo,
    );
    const after = remembered(tree, store);
    expect(after).toBe(plain(tree));
    expect(store.written).toEqual(['kconfig', 'makefiles', 'kconfig', 'makefiles']);
  });
});
