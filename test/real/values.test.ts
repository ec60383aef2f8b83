/** What a target list says is what Nix reads, whatever characters it is made of: 10,000 lists against real Nix. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customRenderer, readTemplates } from '../../src/generate/custom.ts';
import { plan } from '../../src/generate/plan.ts';
import { readTargetList } from '../../src/targets/read.ts';
import type { TargetList } from '../../src/targets/target-list.ts';
import { writtenList } from '../arbitrary.ts';
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

/** The same from the list itself, without any Nix. */
function meaning(list: TargetList, folder: string): unknown {
  const names = new Map<string, string>();
  const argument = (path: string[]): string => {
    const key = JSON.stringify(path);
    const base = ['config', ...path.map((part) => part.replace(/[^A-Za-z0-9_'-]/g, '_'))].join('-');
    let name = base;
    for (let count = 2; !names.has(key) && [...names.values()].includes(name); count++)
      name = `${base}-${count}`;
    if (!names.has(key)) names.set(key, name);
    return names.get(key)!;
  };
  const serviceOf = (name: string): string => {
    const { compat, targets } = list.loaders.find((loader) => loader.name === name)!;
    return compat ? `kmodloader-${targets.join('-')}` : `kmod-${name}`;
  };
  const loaders = list.loaders.map((loader) => {
    const { name, targets, parameters, compat, dependencies, kernelConfig, autostart, description } = loader;
    const siblings = dependencies.flatMap((one) => ('loader' in one ? [one.loader] : []));
    return [
      name,
      {
        name: serviceOf(name),
        environment: `${compat ? 'sh' : 'exec sh'} ${JSON.stringify({
          parameters: [...parameters]
            .map(([module, values]) => line(module, values))
            .sort()
            .join(''),
          targets: targets.join(' '),
        })}/load.sh`,
        dependencies: dependencies.map((one) =>
          'loader' in one ? `loader ${serviceOf(one.loader)}` : `argument ${argument(one.config)}`,
        ),
        module: {
          options: [name],
          description: description ?? `Service that loads ${targets.join(', ')}.`,
          defaultText: `the loader of ${targets.join(', ')}`,
          imports: [...new Set(siblings)].map((other) => `${folder}/${other}/module.nix`),
          kernelConfig: Object.fromEntries(kernelConfig),
          services: autostart ? { [`kmod-${name}`]: `loader ${name}` } : {},
        },
      },
    ];
  });
  return {
    imports: list.loaders.map(({ name }) => `${folder}/${name}/module.nix`),
    loaders: Object.fromEntries(loaders),
    arguments: [...names.values()].sort(),
  };
}

/** A module's arguments as the build gets them: words for a shell, by the name of the parameter. */
function line(module: string, values: ReadonlyMap<string, string>): string {
  const words = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${/^[!-~]*$/.test(value) ? value : `"${value}"`}`)
    .map((word) => (/^[A-Za-z0-9,._+:@%/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return `${[module, ...words].join(' ')}\n`;
}
