/**
 * The real Nix that tests compare with: expressions in, values out, many in one
 * process. Strings are byte strings on both ways.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = process.env.NIX_ORACLE_CACHE ?? fileURLToPath(new URL('../../../.test-cache', import.meta.url));

let prepared: string | undefined;

/** The path of nix-instantiate, prepared when it is first asked for. */
export function nixInstantiate(): string {
  prepared ??= execFileSync(`${here}oracle.sh`, [cache], { encoding: 'utf8' }).trim();
  return prepared;
}

/** What one expression gave: its value through JSON, or Nix's message. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** JSON is UTF-8; its strings become byte strings. */
function toBytes(value: unknown): unknown {
  if (typeof value === 'string') return latin1(value);
  if (Array.isArray(value)) return value.map(toBytes);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [latin1(name), toBytes(item)]));
  }
  return value;
}

/** Run a program of the real Nix on standard input; output and errors as byte strings. */
export function runNix(
  arguments_: readonly string[],
  input: string,
  environment: Readonly<Record<string, string>> = {},
  {
    command = 'nix-instantiate',
    seconds = 60,
    cwd,
  }: { command?: string; seconds?: number; cwd?: string } = {},
): { status: number | null; stdout: string; stderr: string } {
  // Its own backtracking can take for ever: a run that does is killed and has no status.
  const program = nixInstantiate().replace(/nix-instantiate$/, command);
  const result = spawnSync(program, [...arguments_], {
    input: Buffer.from(input, 'latin1'),
    cwd,
    maxBuffer: 1 << 30,
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    env: { PATH: process.env.PATH, HOME: '/fake-home', LC_ALL: 'C', ...environment },
  });
  return {
    status: result.status,
    stdout: result.stdout.toString('latin1'),
    stderr: result.stderr.toString('latin1'),
  };
}

/** The message of Nix's final error, without colour, trace or place. */
export function finalMessage(stderr: string): string {
  const plain = stderr.replace(/\x1b\[[0-9;]*m/g, '');
  const at = plain.lastIndexOf('error: ');
  return (at < 0 ? plain : plain.slice(at + 7)).trimEnd().replace(/\n\s+at «[\s\S]*$/, '');
}

/** Evaluate one expression. */
export function evaluate(expression: string, options: readonly string[] = ['--store', 'dummy://']): Outcome {
  const { status, stdout, stderr } = runNix(['--eval', '--strict', '--json', ...options, '-'], expression);
  if (status === 0) return { value: toBytes(JSON.parse(Buffer.from(stdout, 'latin1').toString('utf8'))) };
  return { error: finalMessage(stderr) };
}

/**
 * Evaluate expressions, as many as possible in one process: a batch that fails
 * is halved until the failing ones stand alone.
 */
export function evaluateAll(expressions: readonly string[], options?: readonly string[]): Outcome[] {
  if (expressions.length === 0) return [];
  if (expressions.length === 1) return [evaluate(expressions[0]!, options)];
  const whole = evaluate(`[\n${expressions.map((text) => `(${text}\n)`).join('\n')}\n]`, options);
  if ('value' in whole) return (whole.value as unknown[]).map((value) => ({ value }));
  const middle = expressions.length >> 1;
  return [
    ...evaluateAll(expressions.slice(0, middle), options),
    ...evaluateAll(expressions.slice(middle), options),
  ];
}

/** A Nix string literal of these bytes. */
export function quote(bytes: string): string {
  const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return `"${bytes.replace(/["\\]|\$(?=\{)|[\n\r\t]/g, (c) => escapes[c] ?? `\\${c}`)}"`;
}
