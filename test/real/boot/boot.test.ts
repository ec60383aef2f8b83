import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { boot } from './boot.ts';
import { findMachine } from './machine.ts';

test.each([
  ['hangs', 'was stopped after 20 s', 'sleep 1000'],
  ['panics', 'stopped', 'echo c > /proc/sysrq-trigger'],
])('a guest that %s fails, and its log is kept', async (_, how, last) => {
  const steps = [
    { name: 'first', run: 'echo hello; exit 3' },
    { name: 'last', run: last },
  ];
  const failure: Error = await boot({
    machine: findMachine('x86_64')!,
    services: [],
    steps,
    seconds: 20,
  }).then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );
  expect(failure.message).toContain(`the guest ${how} before its end`);
  const [, file = ''] = /; (\S+\.log) has:/.exec(failure.message) ?? [];
  expect(existsSync(file)).toBe(true);
  const log = readFileSync(file, 'utf8');
  expect(log).toMatch(/^status\|3\nto\|.*\noutput\|hello\n=== step 0001$/m);
  expect(log.includes('Kernel panic')).toBe(how === 'stopped');
});
