/** What a target list says is what Nix reads, whatever characters it is made of: 10,000 lists against real Nix. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customRenderer, readTemplates } from '../../src/generate/custom.ts';
import { plan } from '../../src/generate/plan.ts';
import { readTargetList } from '../../src/targets/read.ts';
import { writtenList } from '../arbitrary.ts';
import { meaning } from '../evaluate/meaning.ts';
import { repository, run, scratch } from './environment.ts';

const lists = Number(process.env.GEN_KMOD_LISTS ?? 10_000);
const batch = 500;
const seed = Number(process.env.GEN_KMOD_SEED ?? Date.now() % 1_000_000);

test(`${lists} lists parse, mean what they say and are the same when generated again (seed ${seed})`, () => {
  const folder = scratch();
  // The shell in a loader is the same in all of them, and most of the text.
  const short = join(folder, 'templates/loader');
  mkdirSync(short, { recursive: true });
  for (const script of ['build.sh', 'device.sh', 'compat.sh'])
    writeFileSync(join(short, script), "echo ''${x} ''\n");
  const written = fc.sample(writtenList, { numRuns: lists, seed });

  for (let start = 0; start < written.length; start += batch) {
    const read = written
      .slice(start, start + batch)
      .map((list) => readTargetList(JSON.stringify(list), 'x').list);
    const files: string[] = [];
    const folders = read.map((list, index) => {
      const { renderer } = customRenderer(readTemplates(join(folder, 'templates')));
      const planned = plan(list, renderer);
      expect(plan(list, renderer)).toEqual(planned);
      for (const { path, text } of planned) {
        const file = join(folder, `${start}`, `${index}`, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        files.push(file);
      }
      return join(folder, `${start}`, `${index}`);
    });

    const parsed = run('nix-instantiate', ['--parse', ...files]);
    expect(parsed.stderr).toBe('');
    expect(parsed.status).toBe(0);

    const values = evaluate(folders);
    for (const [index, list] of read.entries()) expect(values[index]).toEqual(meaning(list, folders[index]!));
  }
});

function evaluate(folders: string[]): unknown[] {
  const expression = `import ${join(repository, 'test/real/values.nix')} [ ${folders.map((path) => path).join(' ')} ]`;
  const { status, stdout, stderr } = run('nix-instantiate', [
    '--eval',
    '--strict',
    '--json',
    '-E',
    expression,
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}
