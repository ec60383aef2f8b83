/**
 * Whatever the bytes of a program are, evaluation ends within its limits, with a value or a NixError, and has
 * seen nothing outside of the host's roots. The command, which has no roots, ends with 0 or 1.
 *
 * NIX_EVAL_JS_MUTATIONS gives more programs, NIX_EVAL_JS_SEED others.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { emptyAttrs } from '../../src/eval/attrs.ts';
import { findDerivations } from '../../src/eval/derivations.ts';
import type { Evaluator as Core } from '../../src/eval/evaluator.ts';
import { guard } from '../../src/eval/guard.ts';
import { Evaluator, NixError, RestrictedHost } from '../../src/index.ts';
import { showError } from '../../src/print/error.ts';
import { toJson } from '../../src/print/json.ts';
import { printResult } from '../../src/print/value.ts';
import { toXml } from '../../src/print/xml.ts';
import { parseSource } from '../../src/syntax/parser.ts';
import { showExpr } from '../../src/syntax/print.ts';
import { Source } from '../../src/syntax/source.ts';
import { builtCommand } from '../build.ts';
import { readCases, readTexts } from './corpus.ts';
import { makeFixtures, removeFixtures } from './fixtures.ts';
import { addWaysOut, attempts, GuardedHost, secret } from './guarded-host.ts';
import { combine, mutateBytes, mutateTokens, type Random, random, randomBytes, readsRoot } from './mutate.ts';

const count = Number(process.env.NIX_EVAL_JS_MUTATIONS ?? 3000);
const seed = Number(process.env.NIX_EVAL_JS_SEED ?? 1);
/** Milliseconds that only what does not heed its limits (2000) takes, on whatever machine. */
const hang = 30_000;
/** A process takes as long as a hundred programs here. */
const commands = Math.ceil(count / 200);

/** Nobody writes to it: whoever opens it to read waits. */
const pipes = ['import', 'builtins.readFile', 'builtins.hashFile "md5"', 'builtins.readDir'].map(
  (read) => `${read} ./with-pipe/pipe`,
);

let folder = '';
let outside = '';
let programs: string[] = [];
/** Without those that try to get out: they would get far. */
let harmless: string[] = [];

beforeAll(async () => {
  folder = realpathSync(makeFixtures());
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'nix-eval-js-outside-')));
  await addWaysOut(folder, outside);
  harmless = [
    ...readCases().map(({ text }) => text),
    ...readTexts(new URL('derivations/', import.meta.url)).map(({ text }) => text),
  ];
  programs = [...harmless, ...attempts(folder, outside), ...pipes];
});
afterAll(() => {
  removeFixtures(folder);
  rmSync(outside, { recursive: true, force: true });
});

function mutated(from: readonly string[], numbers: Random): string {
  const text = from[numbers.below(from.length)]!;
  const other = from[numbers.below(from.length)]!;
  switch (numbers.below(40)) {
    case 0:
      return randomBytes(numbers.below(200), numbers);
    case 1:
    case 2:
      return text;
    case 3:
    case 4:
      return mutateBytes(combine(text, other, numbers), other, numbers);
    default:
  }
  switch (numbers.below(3)) {
    case 0:
      return mutateTokens(text, numbers);
    case 1:
      return combine(text, other, numbers);
    default:
      return mutateBytes(text, other, numbers);
  }
}

const quoted = (text: string): string => JSON.stringify(text).slice(0, 2000);

/** What the command does with a program, and some of what it may print. */
function evaluate(core: Core, text: string, how: number): string {
  const source = new Source({ kind: 'string' }, text);
  if (how === 0) return showExpr(parseSource(source, core.parseOptions(folder)).expr);
  const value = core.evaluate(source, folder);
  if (how === 1) return toJson(core, value, true, 0, new Set());
  if (how === 2) return toXml(core, value, new Set());
  if (how === 3)
    return [...findDerivations(core, value, emptyAttrs)].map(({ drvPath }) => drvPath).join('\n');
  core.forceDeep(value);
  return printResult(value);
}

it(`${count} mutated programs give values or errors, and see nothing outside`, {
  timeout: 60_000 + count * 50,
}, async () => {
  const numbers = random(seed);
  const host = new GuardedHost(folder);
  const codes = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const text = mutated(programs, numbers);
    const { core } = new Evaluator({
      host: new RestrictedHost(host, { roots: [folder] }),
      searchPath: [
        { prefix: '', path: folder },
        { prefix: 'outside', path: outside },
        { prefix: 'out', path: `${folder}/out-dir` },
        { prefix: 'inside', path: folder },
      ],
      features:
        numbers.below(2) === 0 ? [] : ['pipe-operators', 'flakes', 'ca-derivations', 'impure-derivations'],
      limits: { calls: 20_000, depth: 1000, time: 2000, memory: 2 ** 30 },
      onTrace: (line) => expect(line).not.toContain(secret),
      onWarning: () => {},
    });
    const how = numbers.below(8);
    let code = 'value';
    let shown: string;
    const started = performance.now();
    try {
      shown = guard(core, () => evaluate(core, text, how));
    } catch (error) {
      if (!(error instanceof NixError)) {
        throw new Error(`${String(error)} for ${quoted(text)}`, { cause: error });
      }
      code = error.code;
      shown = showError(error, true);
    }
    codes.set(code, (codes.get(code) ?? 0) + 1);
    const problems = [...host.violations];
    if (shown.includes(secret) && !text.includes(secret)) problems.push('the secret is out');
    const elapsed = performance.now() - started;
    if (elapsed > hang) problems.push(`it took ${elapsed} ms`);
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\nfor ${quoted(text)}`);
    if (i % 500 === 499) await new Promise(setImmediate);
  }
  // All kinds of endings are there: the mutations are neither too mild nor too wild.
  for (const code of [
    'value',
    'parse',
    'type',
    'eval',
    'restricted',
    'io',
    'undefined-variable',
    'stack-overflow',
    'throw',
  ]) {
    expect(codes.get(code), code).toBeGreaterThan(count / 2000);
  }
});

it('a restricted host shows nothing outside, whatever links a path goes by', () => {
  const host = new GuardedHost(folder);
  const restricted = new RestrictedHost(host, { roots: [folder] });
  const names = [
    ...[
      'dir',
      'b',
      'c',
      'up',
      'out',
      'out-file',
      'out-nix',
      'out-dir',
      'out-relative',
      'out-by-two',
      'out-chain',
    ],
    ...[
      'to-root',
      'to-self',
      'to-parent',
      'secret',
      'below',
      'link-to-dir',
      'circle',
      'tmp',
      folder.split('/').at(-1)!,
    ],
  ];
  let paths = ['', folder, `${folder}/dir`, `${folder}/to-parent`, outside];
  let seen = 0;
  for (let depth = 0; depth < 3; depth++) {
    paths = paths.flatMap((path) => names.map((name) => `${path}/${name}`));
    for (const path of paths) {
      for (const look of ['lstat', 'readFile', 'readDir', 'readLink'] as const) {
        try {
          restricted[look](path);
          seen++;
        } catch (error) {
          if (!(error instanceof NixError)) throw error;
        }
      }
    }
    // Most of what is below what is not there teaches nothing.
    paths = paths.filter((path) => existsSync(path));
  }
  expect(host.violations).toEqual([]);
  expect(seen).toBeGreaterThan(300);
});

it(`the command ends with 0 or 1 for ${commands} mutated files`, {
  timeout: 60_000 + commands * 2000,
}, () => {
  const numbers = random(seed);
  const command = builtCommand();
  const file = join(folder, 'mutated.nix');
  for (let i = 0; i < commands; ) {
    const text = mutated(harmless, numbers);
    if (readsRoot(text)) continue;
    i++;
    writeFileSync(file, text, 'latin1');
    const flags = [
      '--eval',
      '--parse',
      '--eval --strict',
      '--eval --strict --json',
      '--eval --xml',
      '--instantiate',
    ];
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        command,
        ...flags[numbers.below(flags.length)]!.split(' '),
        '--show-trace',
        '--eval-timeout',
        '5',
        file,
      ],
      {
        cwd: folder,
        env: { HOME: folder, PATH: process.env.PATH },
        encoding: 'latin1',
        timeout: 60_000,
        killSignal: 'SIGKILL',
        maxBuffer: 2 ** 30,
      },
    );
    if ((status !== 0 && status !== 1) || /internal error|nix-eval-js\.cjs:\d|node:internal/.test(stderr)) {
      throw new Error(`status ${status} for ${quoted(text)}\n${stderr.slice(0, 2000)}`);
    }
  }
});
