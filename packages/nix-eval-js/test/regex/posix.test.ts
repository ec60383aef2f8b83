import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchWhole, Search } from '../../src/regex/match.ts';
import { nativePattern } from '../../src/regex/native.ts';
import { compile, RegexError } from '../../src/regex/posix.ts';
import { compileProgram } from '../../src/regex/program.ts';
import { readSyntax, SyntaxProblem } from '../../src/regex/syntax.ts';
import { noise, pattern, text } from './patterns.ts';

function seconds(run: () => unknown): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

describe('match', () => {
  it.each([
    ['(a|ab)(c|bcd)(d*)', 'abcd', ['a', 'bcd', '']],
    ['((a)|b)*', 'ab', ['b', 'a']],
    ['(a*)*', '', ['']],
    ['a||b', '', []],
    ['[]-a]+', ']_a', []],
    ['[^]]', ']', null],
    ['.', '\n', []],
    ['(x)?y', 'y', [null]],
  ])('%s on %j', (source, subject, groups) => {
    expect(compile(source).match(subject)).toEqual(groups);
  });

  it.each(['(', ')', '*', 'a{', 'a{,2}', 'a{2,1}', '[', '[z-a]', '[[:no:]]', '\\d', '\\', '^*', '[a-\xff]'])(
    'refuses %s in the words of Nix',
    (source) => {
      expect(() => compile(source)).toThrow(new RegexError(`invalid regular expression '${source}'`));
    },
  );

  it('refuses what is too large', () => {
    expect(() => compile('(a{1000}){1000}')).toThrow(
      "memory limit exceeded by regular expression '(a{1000}){1000}'",
    );
    expect(() => compile('('.repeat(100_000))).toThrow(RegexError);
    expect(() => compile(`a${'*'.repeat(90_000)}`)).toThrow(RegexError);
  });
});

describe('exec', () => {
  it('takes the longest alternative, the first start', () => {
    expect(compile('a|ab').exec('xab', 0)).toEqual({ start: 1, end: 3, groups: [] });
    expect(compile('(a|ab)(c|bcd)?').exec('abcd', 0)).toEqual({ start: 0, end: 4, groups: ['a', 'bcd'] });
  });

  it('anchors at the text, not at the place', () => {
    expect(compile('^a').exec('aa', 1)).toBeNull();
    expect(compile('a$').exec('aa', 0)).toEqual({ start: 1, end: 2, groups: [] });
    expect(compile('a').exec('a', 2)).toBeNull();
  });

  it('goes on after empty matches', () => {
    expect([...compile('b*').matchAll('abba')].map(({ start, end }) => [start, end])).toEqual([
      [0, 0],
      [1, 3],
      [3, 3],
      [4, 4],
    ]);
  });
});

describe('the native way', () => {
  it('gives what the automaton gives', () => {
    let native = 0;
    let searched = 0;
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        let syntax: ReturnType<typeof readSyntax>;
        try {
          syntax = readSyntax(source);
        } catch {
          return;
        }
        const way = nativePattern(syntax);
        if (way === undefined) return;
        native++;
        const program = compileProgram(syntax);
        const slots = matchWhole(program, subject);
        const found = new RegExp(`^(?:${way.source})$`).exec(subject);
        expect(found === null).toBe(slots === null);
        for (let i = 1; found !== null && i < found.length; i++) {
          expect(found[i]).toBe(
            slots![2 * i + 1]! < 0 ? undefined : subject.slice(slots![2 * i], slots![2 * i + 1]),
          );
        }
        if (!way.searchable) return;
        searched++;
        const first = new Search(program, subject).find(0, false);
        const theirs = new RegExp(way.source).exec(subject);
        expect(theirs === null ? null : [theirs.index, theirs.index + theirs[0].length]).toEqual(
          first === null ? null : [first.start, first.end],
        );
      }),
      { numRuns: 4000, seed: 3 },
    );
    expect(native).toBeGreaterThan(1000);
    expect(searched).toBeGreaterThan(300);
  });
});

describe('robustness', () => {
  it('any bytes compile and run, or are refused', () => {
    fc.assert(
      fc.property(noise, noise, (source, subject) => {
        try {
          const regex = compile(source);
          regex.match(subject);
          for (const found of regex.matchAll(subject)) expect(found.end).toBeGreaterThanOrEqual(found.start);
        } catch (error) {
          expect(error).toBeInstanceOf(RegexError);
        }
      }),
      { numRuns: 5000, seed: 5 },
    );
  });

  it.each([
    ['(a+)+b', 20_000],
    ['(a|aa)*b', 20_000],
    ['(a*)*b', 20_000],
    ['(.*)(.*)(.*)(.*)b', 5_000],
    ['((a?)+|(a|aa)+)*b', 5_000],
    ['(((a?)*(a?)*)*(a?)*)*b', 500],
    ['(a?){200}a{200}', 300],
    ['(x+x+)+y|a*a*a*a*c', 20_000],
  ])('%s takes no exponential time', (source, length) => {
    const subject = 'a'.repeat(length);
    expect(
      seconds(() => {
        const regex = compile(source);
        regex.match(subject);
        expect(regex.exec(`${subject}`, 0)?.end ?? 0).toBeLessThanOrEqual(length);
      }),
    ).toBeLessThan(8);
  });

  it('long texts need no deep stack', () => {
    const subject = 'ab'.repeat(200_000);
    expect(compile('(a|b)*').match(subject)).toEqual(['b']);
    expect([...compile('(ab|ba)+').matchAll(subject)]).toHaveLength(1);
    expect([...compile('a(b|c)').matchAll(subject)]).toHaveLength(200_000);
    expect(() => readSyntax('a{99999}')).toThrow(SyntaxProblem);
  });
});
