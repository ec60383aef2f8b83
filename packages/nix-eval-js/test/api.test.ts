import { describe, expect, it } from 'vitest';
import {
  Attrs,
  Evaluator,
  evaluate,
  formatError,
  instantiate,
  MemoryHost,
  NixError,
  parse,
  RestrictedHost,
} from '../src/index.ts';

function errorOf(run: () => unknown): NixError {
  try {
    run();
  } catch (error) {
    if (error instanceof NixError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('evaluate', () => {
  it('gives plain JavaScript', () => {
    expect(evaluate('{ a = [ 1 2.5 "é" null true ]; b.c = 9007199254740993; p = /x; }')).toEqual({
      a: [1, 2.5, 'é', null, true],
      b: { c: 9007199254740993n },
      p: '/x',
    });
  });

  it('reads files of a host, each once', () => {
    const lines: string[] = [];
    const host = new MemoryHost({
      files: {
        '/lib/default.nix': 'builtins.trace "read" { x = import ./y.nix; }',
        '/lib/y.nix': '5',
        '/link': { link: 'lib' },
      },
    });
    const text = '(import /lib).x + (import ./lib).x + (import /link/y.nix)';
    expect(evaluate(text, { host, onTrace: (line) => lines.push(line) })).toBe(15);
    expect(lines).toEqual(['trace: read']);
  });

  it('refuses functions, and sets that contain themselves', () => {
    expect(errorOf(() => evaluate('x: x')).code).toBe('type');
    expect(errorOf(() => evaluate('let a = { b = a; }; in a')).code).toBe('stack-overflow');
  });
});

describe('errors', () => {
  it('are data, with a place and a trace', () => {
    const error = errorOf(() => evaluate('let\n  a = { };\nin a.b', { file: '/x.nix' }));
    expect(error).toMatchObject({ code: 'missing-attribute', message: "attribute 'b' missing" });
    const undefinedName = errorOf(() => evaluate('{ a = 1;\n b = c; }', { file: '/x.nix' }));
    expect(undefinedName).toMatchObject({ code: 'undefined-variable' });
    expect(undefinedName.position).toMatchObject({ line: 2, column: 6, offset: 14 });
    expect(formatError(undefinedName)).toBe(
      "error: undefined variable 'c'\n       at /x.nix:2:6:\n            1| { a = 1;\n            2|  b = c; }\n             |      ^",
    );
  });

  it('suggest close names', () => {
    const error = errorOf(() => evaluate('{ abc = 1; abd = 2; }.abe'));
    expect(error.suggestions).toEqual(['abc', 'abd']);
    expect(formatError(error)).toContain('Did you mean one of abc or abd?');
  });

  it.each([
    ['1 +', 'parse'],
    ['throw "x"', 'throw'],
    ['assert false; 1', 'assert'],
    ['abort "x"', 'abort'],
    ['let a = a; in a', 'infinite-recursion'],
    ['import /nowhere', 'io'],
    ['builtins.fetchGit "https://example.invalid"', 'unsupported'],
    ['builtins.fetchurl "https://example.invalid/a"', 'unsupported'],
    ['1 + "a"', 'eval'],
    ['1 { }', 'type'],
    ['let f = x: f x; in f 1', 'stack-overflow'],
  ])('%s: %s', (text, code) => {
    expect(errorOf(() => evaluate(text)).code).toBe(code);
  });
});

describe('limits', () => {
  const long = "builtins.foldl' (a: x: a + x) 0 (builtins.genList (x: x) 200000)";

  it('on calls', () => {
    expect(errorOf(() => evaluate(long, { limits: { calls: 100_000 } })).code).toBe('limit');
  });

  it('on time', () => {
    const text = `let a = ${long}; again = n: builtins.seq (f n) (again n); f = n: ${long}; in again 1`;
    expect(errorOf(() => evaluate(text, { limits: { time: 50 } })).code).toBe('limit');
  });

  it('on depth', () => {
    const text = 'let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 100';
    expect(evaluate(text, { limits: { depth: 300 } })).toBe(100);
    expect(errorOf(() => evaluate(text, { limits: { depth: 50 } })).code).toBe('stack-overflow');
  });

  it('on text that is nested too deeply', () => {
    const deep = `${'('.repeat(200_000)}1${')'.repeat(200_000)}`;
    expect(errorOf(() => evaluate(deep)).code).toBe('stack-overflow');
    expect(errorOf(() => parse(deep)).code).toBe('stack-overflow');
    expect(errorOf(() => evaluate(`${'['.repeat(100_000)}`)).code).toBe('stack-overflow');
  });

  it('on lists and strings that no memory holds', () => {
    const limits = { memory: 2 ** 30 };
    expect(errorOf(() => evaluate('builtins.genList (x: x) 1000000000000')).code).toBe('limit');
    expect(errorOf(() => evaluate('builtins.genList (x: x) 50000000', { limits })).code).toBe('limit');
    const lists = 'let d = l: n: if n == 0 then l else d (l ++ l) (n - 1); in builtins.length (d [ 1 ] 60)';
    expect(errorOf(() => evaluate(lists, { limits })).code).toBe('limit');
    const huge =
      'let d = s: n: if n == 0 then s else d (s + s) (n - 1); in builtins.stringLength (d "0123456789" 40)';
    expect(errorOf(() => evaluate(huge)).code).toBe('limit');
  });
});

describe('Evaluator', () => {
  it('forces, calls and prints', () => {
    const ev = new Evaluator();
    const value = ev.evaluate('{ f = a: b: a + b; lazy = throw "no"; list = [ (1 + 1) ]; }');
    expect(value).toBeInstanceOf(Attrs);
    const attrs = value as Attrs;
    expect(attrs.names).toEqual(['f', 'lazy', 'list']);
    expect(ev.call(attrs.get('f')!, 1, 2)).toBe(3);
    expect(ev.print(ev.force(attrs.get('list')!))).toBe('[ <CODE> ]');
    expect(ev.toJs(attrs.get('list')!)).toEqual([2]);
    expect(errorOf(() => ev.forceDeep(value)).message).toBe('no');
    expect(ev.toJson(ev.fromJs({ a: [1, 1.5, 'é', null, 2n ** 60n] }))).toBe(
      '{"a":[1,1.5,"é",null,1152921504606846976]}',
    );
  });

  it('goes on after an error', () => {
    const ev = new Evaluator();
    expect(errorOf(() => ev.evaluate('let f = x: f x; in f 1')).code).toBe('stack-overflow');
    expect(ev.evaluate('let f = n: if n == 0 then 0 else f (n - 1); in f 500')).toBe(0);
  });
});

describe('instantiate', () => {
  it('gives paths and texts', () => {
    const found = instantiate('derivation { name = "x"; system = "s"; builder = "/b"; }');
    expect(found).toHaveLength(1);
    expect(found[0]!.drvPath).toMatch(/^\/nix\/store\/[0-9a-z]{32}-x\.drv$/);
    expect(found[0]!.text).toMatch(/^Derive\(\[\("out","\/nix\/store\/[0-9a-z]{32}-x","",""\)\]/);
  });
});

describe('parse', () => {
  it('prints as Nix does', () => {
    expect(String(parse('{ a, b ? 1 }: a.b or ./c'))).toBe('({ a, b ? 1 }: (a).b or (/c))');
  });
});

describe('RestrictedHost', () => {
  const inner = new MemoryHost({
    files: {
      '/ok/a.nix': 'import ./b.nix',
      '/ok/b.nix': '1',
      '/secret': '"secret"',
      '/ok/out.nix': { link: '../secret' },
      '/outside': { link: '/ok' },
    },
    env: { A: 'a', B: 'b' },
  });
  const host = new RestrictedHost(inner, { roots: ['/ok'], env: ['A'] });

  it('shows its roots only', () => {
    expect(evaluate('import /ok/a.nix', { host })).toBe(1);
    expect(evaluate('map builtins.getEnv [ "A" "B" ]', { host })).toEqual(['a', '']);
    expect(evaluate('builtins.pathExists /secret', { host })).toBe(false);
  });

  it.each([
    'import /secret',
    'builtins.readFile /secret',
    'import /ok/out.nix',
    'builtins.readDir /.',
    '"${/secret}"',
    'builtins.readFile /ok/../secret',
  ])('%s', (text) => {
    expect(errorOf(() => evaluate(text, { host })).code).toBe('restricted');
  });
});
