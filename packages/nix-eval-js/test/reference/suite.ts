/**
 * Runs the language suite of the Nix repository (`tests/functional/lang`), as `lang.sh` beside it does. The
 * command runs in this process, one call a test; where that needs more stack, as a program of its own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOurs } from '../ours.ts';

export type Kind = 'eval-okay' | 'eval-fail' | 'parse-okay' | 'parse-fail';

export interface Outcome {
  readonly kind: Kind;
  readonly name: string;
  /** The exit code is as it has to be. */
  readonly code: boolean;
  /** Standard output is, where it is compared. */
  readonly out: boolean;
  readonly err: boolean;
  readonly got: { readonly out: string; readonly err: string };
  readonly expected: { readonly out: string; readonly err: string };
}

/** Arguments as the shell splits them: quotes are not interpreted. */
const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** What the suite's configuration says of every run. */
const settings = ['--show-trace', '--extra-experimental-features', 'nix-command flakes fetch-tree'];

export function runSuite(source: string, only?: RegExp): Outcome[] {
  const folder = join(source, 'tests/functional');
  const lang = join(folder, 'lang');
  const read = (file: string): string => {
    const path = join(lang, file);
    return existsSync(path) ? readFileSync(path, 'latin1') : '';
  };
  const outcomes: Outcome[] = [];
  for (const file of readdirSync(lang).sort()) {
    const match = /^((eval|parse)-(okay|fail)-.*)\.nix$/.exec(file);
    if (match === null) continue;
    const name = match[1]!;
    const kind = `${match[2]}-${match[3]}` as Kind;
    if (only !== undefined && !only.test(name)) continue;
    if (existsSync(join(lang, `${name}.exp-disabled`))) continue;
    const env: Record<string, string> = { TEST_VAR: 'foo', HOME: '/fake-home' };
    const flags = read(`${name}.flags`).replace(/#.*/g, '');
    let argv: string[];
    let stdin = '';
    let expectedOut = read(`${name}.exp`);
    if (kind.startsWith('parse')) {
      argv = [...settings, '--parse', '-'];
      stdin = read(file);
    } else if (kind === 'eval-fail') {
      argv = [
        ...settings,
        ...(flags === '' ? ['--eval', '--strict', '--show-trace'] : words(flags)),
        `lang/${file}`,
      ];
    } else if (existsSync(join(lang, `${name}.exp.xml`))) {
      argv = [...settings, '--eval', '--xml', '--no-location', '--strict', `lang/${file}`];
      expectedOut = read(`${name}.exp.xml`);
    } else {
      env.NIX_PATH = 'lang/dir3:lang/dir4';
      argv = [...settings, ...flagsOf(flags), '--eval', '--strict', `lang/${file}`];
    }
    const result = runOurs(argv, folder, env, stdin);
    const tidy = (text: string): string => postprocess(lang, name, text.replaceAll(folder, '/pwd'));
    const out = tidy(result.out);
    const err = tidy(result.err);
    const expectedErr = read(`${name}.err.exp`);
    outcomes.push({
      kind,
      name,
      code: result.status === (match[3] === 'okay' ? 0 : 1),
      out: match[3] === 'fail' || out === expectedOut,
      err: err === expectedErr,
      got: { out, err },
      expected: { out: expectedOut, err: expectedErr },
    });
  }
  return outcomes;
}

/** Flags of a test that is to succeed are read as an array: one line, split at spaces. */
function flagsOf(text: string): string[] {
  return words(text.split('\n')[0] ?? '');
}

/** A few tests have a script that replaces what differs from run to run. */
function postprocess(lang: string, name: string, text: string): string {
  const script = join(lang, `${name}.postprocess`);
  if (!existsSync(script)) return text;
  return execFileSync('bash', [join(import.meta.dirname, 'postprocess.sh'), script], {
    input: Buffer.from(text, 'latin1'),
  }).toString('latin1');
}
