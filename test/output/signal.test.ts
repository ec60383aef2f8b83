/** A process that is told to stop leaves all old or all new, and its exit code says which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inPairs, start } from './child.ts';
import { watched } from './fault.ts';
import { differences, put, readTree, scratch } from './folder.ts';
import { argumentsIn, begin, generate, listOf, scenario } from './scenario.ts';
import type { Step } from './steps.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

test('a process that gets a signal stops with 130 and takes all back, or finishes with 0', async () => {
  const cut = await scenario('an update');
  const root = scratch();
  const log = join(root, 'steps');
  const whole = begin(join(root, 'whole'), cut);
  await start(argumentsIn(whole, cut.flags), { root: whole, log }).ended;
  const steps = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);
  const lastInPlace = steps.findLast(({ call, path }) => call === 'rename' && path.endsWith('.json'))!.number;

  const ends = new Map<number, number | null>();
  await inPairs(steps, async ({ number, call, path }) => {
    const act = signals[number % signals.length]!;
    const when = `${act} before step ${number}, ${call} ${path}`;
    const folder = begin(join(root, `${number}`), cut);
    const child = start([...argumentsIn(folder, cut.flags), '--json'], { root: folder, at: number, act });
    const { status, signal, stdout, stderr } = await child.ended;
    ends.set(number, status);
    expect({ signal, stderr }, when).toEqual({ signal: null, stderr: '' });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; message: string }[] };
    if (status === 0) {
      expect(diagnostics, when).toEqual([]);
      expect(differences(readTree(folder), cut.after), when).toEqual([]);
      return;
    }
    expect(status, when).toBe(130);
    expect(diagnostics, when).toMatchObject([
      { code: 'interrupted', message: 'stopped; nothing was changed' },
    ]);
    expect(differences(readTree(folder), cut.before), when).toEqual([]);
  });
  // Nobody waits for a run that could still be taken back.
  expect(steps.filter(({ number }) => number <= lastInPlace && ends.get(number) !== 130)).toEqual([]);
  expect(ends.get(steps.length)).toBe(0);
});

test.each(['a first run', 'a forced run'] as const)(
  '%s that is stopped at any step is taken back, or finished',
  async (name) => {
    const cut = await scenario(name);
    const root = scratch();
    const ends = { 0: 0, 130: 0 };
    for (let at = 1; ; at++) {
      const folder = begin(join(root, `${at}`), cut);
      const stop = new AbortController();
      const { steps, result } = await watched(
        folder,
        () => generate(argumentsIn(folder, cut.flags), { signal: stop.signal }),
        (step) => {
          if (step.number === at) stop.abort();
        },
      );
      if (steps.length < at) break;
      const when = `before step ${at}, ${steps[at - 1]!.call} ${steps[at - 1]!.path}`;
      expect([0, 130], when).toContain(result.status);
      ends[result.status as 0 | 130]++;
      expect(result.codes, when).toEqual(result.status === 0 ? [] : ['interrupted']);
      const end = result.status === 0 ? cut.after : cut.before;
      expect(differences(readTree(folder), end), when).toEqual([]);
    }
    expect(ends[0]).toBeGreaterThan(2);
    expect(ends[130]).toBeGreaterThan(30);
  },
);

test('a long run that is stopped in the middle does not go on to its end first', async () => {
  const folder = scratch();
  const names = Array.from({ length: 100 }, (_, index) => [`loader-${index}`, 'nft_ct'] as const);
  put(join(folder, 'kmod.yaml'), listOf(Object.fromEntries(names)));
  const before = readTree(folder);
  for (const call of ['open', 'rename'] as const) {
    const stop = new AbortController();
    let seen = 0;
    let after = 0;
    const { result } = await watched(
      folder,
      () => generate(argumentsIn(folder, []), { signal: stop.signal }),
      (step) => {
        if (stop.signal.aborted && step.call === call) after++;
        if (step.call === call && ++seen === 20) setImmediate(() => stop.abort());
      },
    );
    expect(result).toMatchObject({ status: 130, codes: ['interrupted'] });
    expect(seen).toBeLessThan(150);
    expect(after).toBe(0);
    expect(differences(readTree(folder), before)).toEqual([]);
  }
});
