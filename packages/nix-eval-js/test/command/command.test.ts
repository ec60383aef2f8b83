import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtCommand } from '../build.ts';

let folder = '';
let command = '';

beforeAll(() => {
  command = builtCommand();
  folder = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function call(
  args: string[],
  { input = '', flags = [] as string[], env = {} as Record<string, string> } = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, command, ...args], {
    input,
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('nix-eval-js', () => {
  it('evaluates expressions, files and standard input', () => {
    expect(call(['--eval', '-E', '1 + 1', '"é"'])).toEqual({ status: 0, stdout: '2\n"é"\n', stderr: '' });
    writeFileSync(join(folder, 'a.nix'), '{ x ? 1 }: { y = x; }');
    expect(call(['--eval', '--strict', 'a.nix', '--arg', 'x', '2 + 3', '-A', 'y']).stdout).toBe('5\n');
    expect(call(['--eval', '--json', '--strict', '-'], { input: '[ 1 "a" ]' }).stdout).toBe('[1,"a"]\n');
    expect(call(['--parse', '-E', 'x: x+1']).stdout).toBe('(x: (x + 1))\n');
  });

  it('ends an evaluation when asked to, but not with the time that builds may take', () => {
    const long = "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 3000000)";
    expect(call(['--eval', '--eval-timeout', '0', '-E', long])).toMatchObject({ status: 1, stdout: '' });
    expect(call(['--eval', '--timeout', '0', '-E', long])).toMatchObject({ status: 0, stderr: '' });
  });

  it('finds files along the search path', () => {
    writeFileSync(join(folder, 'b.nix'), '7');
    expect(call(['--eval', '-I', `here=${folder}`, '-E', 'import <here/b.nix>']).stdout).toBe('7\n');
    expect(call(['--eval', '-E', 'import <b.nix>'], { env: { NIX_PATH: folder } }).stdout).toBe('7\n');
    expect(call(['--find-file', 'b.nix', '-I', folder]).stdout).toBe(`${join(folder, 'b.nix')}\n`);
  });

  it('prints the paths of derivations', () => {
    const text =
      '{ a = derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; }; }';
    const drv = '/nix/store/[a-z0-9]{32}-a\\.drv';
    expect(call(['-E', text]).stdout).toMatch(new RegExp(`^${drv}\\n$`));
    expect(call(['-E', text, '-A', 'a.dev']).stdout).toMatch(new RegExp(`^${drv}!dev\\n$`));
  });

  it('reports errors with code frames, and traces on request', () => {
    const { status, stderr, stdout } = call(['--eval', '-E', 'let f = x: throw "no"; in f 1']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain("while calling the 'throw' builtin\n         at «string»:1:12:");
    expect(stderr).toMatch(/\n {7}error: no\n$/);
    expect(stderr).not.toContain("while calling 'f'");
    expect(call(['--eval', '--show-trace', '-E', 'let f = x: throw "no"; in f 1']).stderr).toContain(
      "while calling 'f'",
    );
  });

  it('tells wrong usage apart', () => {
    expect(call(['--nonsense'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("unrecognised flag '--nonsense'"),
    });
  });

  // What takes quadratic time would take minutes.
  it.each([
    ['attribute paths', `{ x${'.a'.repeat(40_000)} = 1; }.y`, "attribute 'y' missing"],
    ['rows of operators', `${'!'.repeat(60_000)}{ }`, 'expected a Boolean but found a set'],
    ['lines', `[ ${'true '.repeat(40_000)}] ++ 1`, 'expected a list but found an integer'],
    ['names', `{ ${'a'.repeat(100_000)} = 1; }.${'a'.repeat(100_000)}b`, 'Did you mean'],
  ])('ends for long %s', (_what, text, message) => {
    writeFileSync(join(folder, 'long.nix'), text);
    const result = spawnSync(process.execPath, [command, '--eval', 'long.nix'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(message);
  });

  it('does not wait for a pipe', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const options = { cwd: folder, encoding: 'utf8' as const, timeout: 30_000 };
    const { stderr } = spawnSync(process.execPath, [command, '--eval', 'pipe'], options);
    expect(stderr).toContain('is not a regular file');
  });

  const count = 'let f = n: if n == 0 then 0 else 1 + f (n - 1); in f';

  it("goes as deep as Nix's own limit on whatever stack it is started with", () => {
    for (const flags of [[], ['--stack-size=6500']]) {
      expect(call(['--eval', '-E', `builtins.trace "once" (${count} 4900)`], { flags })).toEqual({
        status: 0,
        stdout: '4900\n',
        stderr: 'trace: once\n',
      });
      const { status, stderr } = call(['--eval', '-E', `${count} 20000`], { flags });
      expect(status).toBe(1);
      expect(stderr).toContain('error: stack overflow; max-call-depth exceeded');
    }
  });
});
