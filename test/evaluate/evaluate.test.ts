/** Generated files evaluated in memory by nix-eval-js: no Nix, no disk. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Evaluator, MemoryHost } from 'nix-eval-js';
import { beforeAll, describe, expect, test } from 'vitest';
import { resolveList } from '../../src/cli/resolve-list.ts';
import { evaluatePlan } from '../../src/evaluate/evaluate.ts';
import { type PlannedFile, plan } from '../../src/generate/plan.ts';
import { shippedRenderer } from '../../src/generate/shipped.ts';
import { readTargetList } from '../../src/targets/read.ts';
import { writtenList } from '../arbitrary.ts';
import { runCommand } from '../cli/command.ts';
import { meaning } from './meaning.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const examples = readdirSync(join(repository, 'examples'));
const seed = Number(process.env.GEN_KMOD_SEED ?? 1);

/** The command's folder alone would do; a Nix that lies around is not to be of help. */
const withoutNix = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !existsSync(join(folder, 'nix-instantiate')) && !existsSync(join(folder, 'nix')))
  .join(delimiter);

beforeAll(() => {
  process.env.PATH = withoutNix;
});

function text(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** What test/real/values.nix finds in a folder of these files. */
function values(files: readonly PlannedFile[]): unknown {
  const host = new MemoryHost({
    files: {
      '/values.nix': text('test/real/values.nix'),
      ...Object.fromEntries(filesOf('test/real/standin').map((file) => [`/standin/${file.path}`, file.text])),
      ...Object.fromEntries(files.map((file) => [`/out/${file.path}`, file.text])),
    },
  });
  const ev = new Evaluator({ host });
  return JSON.parse(ev.toJson(ev.evaluate('builtins.head (import /values.nix [ /out ])')));
}

function filesOf(folder: string): PlannedFile[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.nix'))
    .map((path) => ({ path, text: text(join(folder, path)) }));
}

describe.each(examples)('examples/%s', async (name) => {
  const file = join(repository, 'examples', name, 'kmod.yaml');
  const source = { kind: 'file', file, text: text(`examples/${name}/kmod.yaml`) } as const;
  const { list } = readTargetList(source.text, file);
  const findings = { sources: new Map(), diagnostics: [] };
  const needed = list.kernel && (await resolveList(source, list, {}, repository, findings)).needed;

  test('means what its list says', () => {
    expect(values(filesOf(`examples/${name}/kmod`))).toEqual(meaning(list, '/out', needed));
  });

  test('evaluates with what stands in for nixpkgs and Liminix', () => {
    expect(evaluatePlan(filesOf(`examples/${name}/kmod`), list, 'kmod')).toEqual([]);
  });

  test('passes gen-kmod check where no Nix is', async () => {
    const { code, stdout, stderr } = await runCommand(['check'], {
      cwd: join(repository, 'examples', name),
      env: { PATH: withoutNix },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('up to date');
  });
});

test('what is generated of any list evaluates to what the list says', () => {
  fc.assert(
    fc.property(writtenList, (written) => {
      const { list } = readTargetList(JSON.stringify(written), 'kmod.yaml');
      const files = plan(list, shippedRenderer());
      expect(evaluatePlan(files, list, 'kmod')).toEqual([]);
      expect(values(files)).toEqual(meaning(list, '/out'));
    }),
    { numRuns: 100, seed },
  );
});

test('a kernel that is not passed is asked for when the loader is built', () => {
  const { list } = readTargetList(text('examples/minimal/kmod.yaml'), 'kmod.yaml');
  const files = plan(list, shippedRenderer()).map((file) => ({
    ...file,
    text: file.path === 'default.nix' ? file.text.replace('inherit kernel;', '') : file.text,
  }));
  expect(evaluatePlan(files, list, 'kmod')).toMatchObject([
    {
      code: 'evaluation-failed',
      file: 'kmod/wifi/default.nix',
      message: expect.stringContaining('needs a kernel: override it'),
    },
  ]);
});
