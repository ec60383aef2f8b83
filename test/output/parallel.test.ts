/** Several processes that write into one folder at once. */
import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Child, command, type Ended, inPairs, open, start, waiting } from './child.ts';
import { killedAt, whileComparing } from './fault.ts';
import { copyTree, differences, readTree, scratch, type Tree } from './folder.ts';
import {
  argumentsIn,
  begin,
  damage,
  generate,
  journalName,
  journalsIn,
  listOf,
  outIn,
  type Scenario,
  scenario,
} from './scenario.ts';

/** Lists that several people might have: each has a loader of its own, and one that differs between all. */
const lists = Array.from({ length: 6 }, (_, index) =>
  listOf({ [`own-${'abcdef'[index]}`]: 'nft_ct', shared: `module_${index}` }),
);

/** What the folder holds after each of the lists. */
async function results(): Promise<Tree[]> {
  const trees: Tree[] = [];
  for (const input of lists) {
    const out = join(scratch(), 'kmod');
    expect(await generate(['--targets', '-', '--out', out], { input })).toMatchObject({ status: 0 });
    trees.push(readTree(out));
  }
  return trees;
}

/** Every run is done, or says that another was at work. */
function expectOrder(ended: Ended[], when: string): void {
  for (const { status, stdout, stderr } of ended) {
    const { diagnostics } = JSON.parse(stdout || '{}') as {
      diagnostics: { code: string; message: string }[];
    };
    const said = `${when}: ${stderr}${JSON.stringify(diagnostics)}`;
    if (status === 0) expect(diagnostics, said).toEqual([]);
    else
      expect({ status, codes: diagnostics.map(({ code }) => code) }, said).toEqual({
        status: 1,
        codes: ['output-busy'],
      });
  }
}

describe('many processes with different lists', () => {
  test('that start at once never leave a mixture', async () => {
    const possible = await results();
    let done = 0;
    for (let round = 0; round < 3; round++) {
      const out = join(scratch(), 'kmod');
      const ended = await Promise.all(
        lists.map((input) => start(['--targets', '-', '--out', out, '--json'], undefined, input).ended),
      );
      expectOrder(ended, `round ${round}`);
      done += ended.filter(({ status }) => status === 0).length;
      const tree = readTree(out);
      expect(possible.map((each) => differences(tree, each).length)).toContain(0);
    }
    expect(done).toBeGreaterThan(0);
  });

  test.each(['new', 'there before'])(
    'that have all looked before any of them writes never leave a mixture (folder %s)',
    async (kind) => {
      const possible = [{}, ...(await results())];
      const root = scratch();
      const out = join(root, 'kmod');
      const args = ['--targets', '-', '--out', out, '--json'];
      if (kind === 'there before') {
        await generate(args, { input: listOf({ old: 'ath9k', shared: 'old' }) });
        possible.push(readTree(out));
      }
      const gate = join(root, 'gate');
      const children = lists.map((input) => start(args, { root: out, at: 1, act: 'wait', gate }, input));
      await waiting(gate, lists.length);
      open(gate);
      expectOrder(await Promise.all(children.map(({ ended }) => ended)), kind);
      const tree = readTree(out);
      expect(possible.map((each) => differences(tree, each).length)).toContain(0);
    },
  );
});

describe('a process that is at work', () => {
  test('is waited for at any step: nobody takes over its journal or writes beside it', async () => {
    const cut = await scenario('an update');
    const root = scratch();
    // From where its journal is there to where it takes it away.
    const held = [2, 10, 25, 38, 42, 46, 50, 58];
    await inPairs(held, async (at) => {
      const when = `held before step ${at}`;
      const folder = begin(join(root, `${at}`), cut);
      const args = argumentsIn(folder, cut.flags);
      const gate = join(root, `gate-${at}`);
      const child = start(args, { root: folder, at, act: 'wait', gate });
      await waiting(gate);
      const seen = readTree(folder);
      expect(journalsIn(seen).length, when).toBeGreaterThan(0);

      const other = await generate([...args, '--force']);
      expect(other, when).toMatchObject({ status: 1, codes: ['output-busy'] });
      expect(other.diagnostics[0]!.message, when).toContain(`(process ${child.process.pid})`);
      expect((await generate([...args, '--check'])).codes, when).toEqual(['interrupted-write']);
      expect(differences(readTree(folder), seen), when).toEqual([]);

      open(gate);
      expect(await child.ended, when).toMatchObject({ status: 0, stderr: '' });
      expect(differences(readTree(folder), cut.after), when).toEqual([]);
    });
  });

  test('is not overtaken by one that had looked before it began', async () => {
    const cut = await scenario('an update');
    const root = scratch();
    const folder = begin(join(root, 'folder'), cut);
    const args = [...argumentsIn(folder, cut.flags), '--json'];
    const hold = async (at: number) => {
      const gate = join(root, `gate-${at}`);
      const child = start(args, { root: outIn(folder), at, act: 'wait', gate });
      await waiting(gate);
      return { child, gate };
    };
    const late = await hold(1);
    const atWork = await hold(40);
    open(late.gate);
    const ended = await late.child.ended;
    expectOrder([ended], 'beside one at work');
    expect(ended.status).toBe(1);
    open(atWork.gate);
    expect(await atWork.child.ended).toMatchObject({ status: 0 });
    expect(differences(readTree(folder), cut.after)).toEqual([]);
  });

  test.each(['new', 'there before'])(
    'is not undone by one that had looked before it began, and writes after it (folder %s)',
    async (kind) => {
      const root = scratch();
      const out = join(root, 'kmod');
      const args = ['--targets', '-', '--out', out, '--json'];
      if (kind === 'there before') await generate(args, { input: listOf({ shared: 'old' }) });
      const gate = join(root, 'gate');
      const late = start(args, { root: out, at: 1, act: 'wait', gate }, lists[0]!);
      await waiting(gate);
      expect(await generate(args, { input: lists[1]! })).toMatchObject({ status: 0 });
      const tree = readTree(out);
      open(gate);
      const ended = await late.ended;
      expectOrder([ended], kind);
      expect(ended.status).toBe(1);
      expect(differences(readTree(out), tree)).toEqual([]);
    },
  );
});

describe('a run that looks while another one', () => {
  /** Without an event loop: the run that looks does not give way. */
  function block(until: () => boolean): void {
    for (let patience = 2000; !until(); patience--) {
      if (patience === 0) throw new Error('the other process did not get there');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }

  test.each([[], ['--force'], ['--check'], ['--diff']])(
    'begins takes nothing it sees for an edit of a person (%j)',
    async (...flags) => {
      const cut = await scenario('an update');
      const root = scratch();
      const folder = begin(join(root, 'folder'), cut);
      const gate = join(root, 'gate');
      let other: Child | undefined;
      const looked = await whileComparing(
        outIn(folder),
        () => generate([...argumentsIn(folder, flags)]),
        () => {
          const args = argumentsIn(folder, cut.flags);
          other = start(args, { root: folder, at: 50, act: 'wait', gate });
          block(() => readdirSync(root).length > 1);
        },
      );
      const writes = flags.length === 0 || flags[0] === '--force';
      expect(looked.codes).toEqual([writes ? 'output-busy' : 'interrupted-write']);
      open(gate);
      expect(await other!.ended).toMatchObject({ status: 0, stderr: '' });
      expect(differences(readTree(folder), cut.after)).toEqual([]);
    },
  );

  test.each([[], ['--force'], ['--check'], ['--diff']])(
    'begins and ends takes nothing it sees for an edit of a person (%j)',
    async (...flags) => {
      const out = join(scratch(), 'kmod');
      const args = ['--targets', '-', '--out', out];
      await generate(args, { input: listOf({ shared: 'old' }) });
      const looked = await whileComparing(
        out,
        () => generate([...args, ...flags], { input: lists[0]! }),
        () => expect(spawnSync(process.execPath, [command, ...args], { input: lists[1]! }).status).toBe(0),
      );
      expect(looked.codes).toEqual(['output-busy']);
      expect((await generate([...args, '--check'], { input: lists[1]! })).codes).toEqual([]);
    },
  );

  test('is killed takes back what that one left, and then looks again', async () => {
    const cut = await scenario('an update');
    const folder = begin(scratch(), cut);
    const args = argumentsIn(folder, cut.flags);
    const killed = begin(scratch(), cut);
    await killedAt(killed, 50, () => generate(argumentsIn(killed, cut.flags)));
    const looked = await whileComparing(
      outIn(folder),
      () => generate(args),
      () => {
        rmSync(outIn(folder), { recursive: true });
        copyTree(outIn(killed), outIn(folder));
      },
    );
    expect(looked).toMatchObject({ status: 0, diagnostics: [] });
    expect(differences(readTree(folder), cut.after)).toEqual([]);
  });

  test('takes a file away takes it for one that is not there', async () => {
    const cut = await scenario('an update');
    const folder = begin(scratch(), cut);
    const args = argumentsIn(folder, cut.flags);
    const looked = await whileComparing(outIn(folder), () => generate(args), rmSync, 'readFileSync');
    expect(looked).toMatchObject({ status: 0, diagnostics: [] });
    expect(differences(readTree(folder), cut.after)).toEqual([]);
  });
});

describe('what a killed process left', () => {
  /** A folder in which an update was killed among its last steps. */
  async function killed(cut: Scenario): Promise<string> {
    const folder = begin(scratch(), cut);
    expect(await killedAt(folder, 50, () => generate(argumentsIn(folder, cut.flags)))).toBe(true);
    expect(differences(readTree(folder), cut.before).length).toBeGreaterThan(5);
    return folder;
  }

  test('is taken back also where its number has been given to another process since', async () => {
    const cut = await scenario('an update');
    const folder = await killed(cut);
    const [journal] = readdirSync(outIn(folder)).filter((name) => name.startsWith(journalName));
    // This process lives, and did not start then.
    renameSync(join(outIn(folder), journal!), join(outIn(folder), `${journalName}${process.pid}-1`));
    expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
    expect(differences(readTree(folder), cut.after)).toEqual([]);
  });

  test('is taken back once, however many processes come upon it', async () => {
    const cut = await scenario('an update');
    for (let round = 0; round < 2; round++) {
      const folder = await killed(cut);
      const gate = join(scratch(), 'gate');
      const orders = { root: folder, at: 1, act: 'wait', gate } as const;
      const children = Array.from({ length: 5 }, () => start([...argumentsIn(folder, []), '--json'], orders));
      await waiting(gate, children.length);
      open(gate);
      expectOrder(await Promise.all(children.map(({ ended }) => ended)), `round ${round}`);
      expect(damage(readTree(folder), cut)).toEqual([]);
      expect(await generate(argumentsIn(folder, []))).toMatchObject({ status: 0, diagnostics: [] });
      expect(differences(readTree(folder), cut.after)).toEqual([]);
    }
  });
});
