import { expect, it } from 'vitest';
import { AssumedShell, failure, success } from '../../../src/kernel/kconfig/assumed-shell.ts';
import { run } from '../environment.ts';
import { random } from './kconfig-tool.ts';

/* Commands at random, of what the assumed shell knows, each run by the machine's shell too: the same output and status. */

const ours = new AssumedShell(
  ([name, ...args], input) => {
    if (name === 'echo') return { status: 0, output: `${args.join(' ')}\n` };
    if (name === 'cat' && args.length === 0) return { status: 0, output: input };
    if (name === 'true') return success;
    return name === 'false' ? failure : undefined;
  },
  { CC: 'gcc', TWO: 'two  words' },
);

function commandAt(seed: number): string {
  const next = random(seed);
  const pick = (list: readonly string[]): string => list[Math.floor(next() * list.length)]!;
  const word = (): string =>
    pick([
      'a',
      '"b  c"',
      "'$1'",
      '"$1"',
      '$1',
      '$CC',
      '"$TWO"',
      '$TWO',
      '${CC}x',
      '\\;',
      '"\\$"',
      '$UNSET',
      '""',
      'a$2b',
    ]);
  const simple = (): string => {
    const draw = next();
    if (draw < 0.2) return 'true';
    if (draw < 0.4) return 'false';
    if (draw < 0.45) return 'cat </dev/null';
    if (draw < 0.5) return 'no-such-program 2>/dev/null';
    if (draw < 0.6) return `set -- ${word()} ${word()}`;
    return `echo ${word()} ${word()}${pick(['', '', '', ' >/dev/null', ' 2>&1', ' >/dev/null 2>&1'])}`;
  };
  const command = (depth: number): string => {
    const draw = next();
    if (depth > 3 || draw < 0.5) return simple();
    if (draw < 0.6) return `{ ${list(depth + 1)}; }${pick(['', ' >/dev/null'])}`;
    if (draw < 0.68) return `( ${list(depth + 1)} )`;
    if (draw < 0.75)
      return `echo ${pick(['$( ', '"$( '])}${list(depth + 1)})`.replace(/^(echo ".*)$/s, '$1"');
    // What a part of a pipeline sets is its own, so only what sets nothing is there.
    if (draw < 0.85) return `echo ${word()} | cat`;
    return `! ${simple()}`;
  };
  const list = (depth: number): string => {
    let text = command(depth);
    while (next() < 0.5) text += `${pick([' && ', ' || ', '; ', ' && ', ' || '])}${command(depth)}`;
    return text;
  };
  return list(0);
}

it('gives what sh gives', () => {
  for (let seed = 0; seed < 600; seed++) {
    const command = commandAt(seed);
    const theirs = run('/usr/bin/env', ['-i', 'CC=gcc', 'TWO=two  words', '/bin/sh', '-c', command]);
    const { status, output } = ours.run(command);
    expect({ output, failed: status !== 0 }, `seed ${seed}: ${command}`).toEqual({
      output: theirs.stdout,
      failed: theirs.status !== 0,
    });
  }
});
