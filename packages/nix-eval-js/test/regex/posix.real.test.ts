import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, RegexError } from '../../src/regex/posix.ts';
import { evaluate, evaluateAll, quote, runNix } from '../nix.ts';
import { noise, pattern, text } from './patterns.ts';

const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] =>
  fc.sample(arbitrary, { seed, numRuns: count });

/** What `builtins.split` makes of the matches. */
function split(source: string, subject: string): unknown[] {
  const parts: unknown[] = [];
  let from = 0;
  for (const found of compile(source).matchAll(subject)) {
    parts.push(subject.slice(from, found.start), found.groups);
    from = found.end;
  }
  return [...parts, subject.slice(from)];
}

function isValid(source: string): boolean {
  try {
    compile(source);
    return true;
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return false;
  }
}

/** Compare; answers for how many pairs the real Nix had an answer in time. */
function compare(pairs: readonly (readonly [string, string])[]): number {
  const batch = 20;
  let compared = 0;
  for (let at = 0; at < pairs.length; at += batch) {
    const some = pairs.slice(at, at + batch);
    const both = (p: string, t: string): string =>
      `[ (builtins.match ${quote(p)} ${quote(t)}) (builtins.split ${quote(p)} ${quote(t)}) ]`;
    const { status, stdout } = runNix(
      ['--eval', '--strict', '--json', '--store', 'dummy://', '-'],
      `[ ${some.map(([p, t]) => both(p, t)).join('\n')} ]`,
      {},
      { seconds: 1 },
    );
    // Its backtracking may be exponential.
    if (status === null) continue;
    const theirs = JSON.parse(stdout) as unknown[];
    compared += some.length;
    for (const [index, [p, t]] of some.entries()) {
      const ours = [compile(p).match(t), split(p, t)];
      expect({ p, t, value: ours }).toEqual({ p, t, value: theirs[index] });
    }
  }
  return compared;
}

describe('match and split as the real Nix', () => {
  it('agree on generated patterns and texts', () => {
    const pairs = sample(fc.tuple(pattern, text), 12000).filter(([p]) => isValid(p));
    expect(pairs.length).toBeGreaterThan(7000);
    expect(compare(pairs)).toBeGreaterThan(pairs.length * 0.8);
  });

  it('agree on which generated patterns are invalid', () => {
    const invalid = [...new Set(sample(fc.oneof(pattern, noise), 1200))]
      // Nix prints other control characters in its own way.
      .filter((p) => !/[\0-\x1f\x7f]/.test(p) && !isValid(p))
      .slice(0, 150);
    for (const p of invalid) {
      expect({ p, ...evaluate(`builtins.match ${quote(p)} "a"`) }).toEqual({
        p,
        error: `invalid regular expression '${p}'`,
      });
    }
  });

  it('agree on which noise is valid', () => {
    const valid = [...new Set(sample(noise, 4000))].filter((p) => !p.includes('\0') && isValid(p));
    expect(valid.length).toBeGreaterThan(300);
    const outcomes = evaluateAll(valid.map((p) => `builtins.match ${quote(p)} "ab" != 1`));
    for (const [index, p] of valid.entries()) expect({ p, ...outcomes[index] }).toEqual({ p, value: true });
  });

  it('agree on bytes and classes', () => {
    const bytes = Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1));
    const classes = [
      'alnum',
      'alpha',
      'blank',
      'cntrl',
      'digit',
      'graph',
      'lower',
      'print',
      'punct',
      'space',
      'upper',
      'xdigit',
      'd',
      'w',
      's',
      'ALPHA',
      'Digit',
    ];
    const atoms = [
      ...classes.flatMap((name) => [`[[:${name}:]]`, `[^[:${name}:]]`]),
      '.',
      '[[=a=]]',
      '[[=A=]]',
      '[[.space.]]',
      '[[.NUL.]]',
      '[[.a.]-c]',
      '[!-~]',
      '[]-a]',
      '[^]-a]',
      '[a\\]',
      '[+--]',
      '[--/]',
      '[%--]',
      '[[.tilde.]]',
      '[[.DEL.]]',
      '[[.comma.][.slash.]]',
      '[[=left-curly-bracket=]]',
    ];
    const expressions = atoms.map(
      (atom) => `builtins.map (c: builtins.match ${quote(atom)} c != null) [ ${bytes.map(quote).join(' ')} ]`,
    );
    const outcomes = evaluateAll(expressions);
    for (const [index, atom] of atoms.entries()) {
      const ours = bytes.map((byte) => compile(atom).match(byte) !== null);
      expect({ atom, value: ours }).toEqual({ atom, ...outcomes[index] });
    }
  });

  it('agree on bytes above 127', () => {
    const bytes = Array.from({ length: 128 }, (_, i) => String.fromCharCode(i + 128));
    const atoms = [
      '.',
      '[^a]',
      '[[:alpha:]]',
      '[^[:alpha:]]',
      '[\x80-\x90]',
      '[\xf0-a]',
      '[\x80-~]',
      '[[:print:]]',
      '[^\x80-\xff]',
    ];
    const outcomes = evaluateAll(
      atoms.map(
        (atom) =>
          `builtins.map (c: builtins.match ${quote(atom)} c != null) [ ${bytes.map(quote).join(' ')} ]`,
      ),
    );
    for (const [index, atom] of atoms.entries()) {
      const ours = bytes.map((byte) => compile(atom).match(byte) !== null);
      expect({ atom, value: ours }).toEqual({ atom, ...outcomes[index] });
    }
    for (const atom of ['[a-\xff]', '[\x90-\x80]']) {
      expect(isValid(atom)).toBe(false);
      expect(evaluate(`builtins.match ${quote(atom)} "a"`)).toEqual({
        error: `invalid regular expression '${atom}'`,
      });
    }
  });

  it('agree on names of collating elements', () => {
    const names =
      'NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab form-feed carriage-return SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 IS3 IS2 IS1 BEL BS HT LF VT FF CR US RS GS FS SP space exclamation-mark hyphen hyphen-minus period full-stop slash solidus zero nine colon semicolon A Z underscore low-line a z DEL é 1 1-'.split(
        ' ',
      );
    for (const name of names) {
      const p = `[[.${name}.]]`;
      const bytes = Buffer.from(p, 'utf8').toString('latin1');
      const theirs = evaluate(`builtins.match ${quote(bytes)} "a" != 1`);
      expect({ name, valid: isValid(bytes) }).toEqual({ name, valid: 'value' in theirs });
    }
  });

  it('agree on what is too large', () => {
    for (const p of [
      'a{99990}',
      'a{99993}',
      'a{99994}',
      'a{99995}',
      'a{99996}',
      'a{99997}',
      'a{100000}',
      '(a{300}){300}',
      '(a{300}){330}',
      '(a{300}){331}',
      '(a{300}){332}',
      '(ab|c){0,9990}',
      '(ab|c){0,11000}',
      '(a?b+){12000}',
      '(a?b+){14000}',
      '(a?b+){15000}',
      '(a|b|c{3,}){6000,}',
      '(a|b|c{3,}){6500,}',
      'a{2147483648}',
      'a{2147483647}',
      'a{1,2147483647}',
    ]) {
      const theirs = evaluate(`builtins.match ${quote(p)} "a" != 1`);
      let ours: unknown = { value: true };
      try {
        compile(p);
      } catch (error) {
        ours = { error: (error as Error).message };
      }
      expect({ p, outcome: ours }).toEqual({ p, outcome: theirs });
    }
  });
});
