// The graph of a Debian kernel's modules, some 4,000, against depmod: whole processes, from files to a modules.dep.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { compare, ms, report } from './measure.mjs';

const cache = resolve(process.env.GEN_KMOD_CACHE ?? '.test-cache');
const image = execFileSync('test/real/prepare.sh', [cache], { encoding: 'utf8' }).trim();
const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-bench-'));
const release = basename(image);
const tree = join(folder, 'lib/modules', release);
mkdirSync(tree, { recursive: true });
mkdirSync(join(folder, 'config'));
symlinkSync(join(image, 'kernel'), join(tree, 'kernel'));
for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
  cpSync(join(image, list), join(tree, list));
}

const program = join(folder, 'graph.mjs');
const source = resolve('src/kernel/modules');
await build({
  stdin: {
    contents: `
      import { writeFileSync } from 'node:fs';
      import { readBuiltTree } from '${source}/built-tree.ts';
      import { modulesDep } from '${source}/depmod-files.ts';
      import { buildGraph } from '${source}/graph.ts';
      writeFileSync(process.argv[3], modulesDep(buildGraph(readBuiltTree(process.argv[2]).tree)));`,
    resolveDir: resolve('.'),
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  outfile: program,
});

const run = (command, args) => {
  const { status, stderr } = spawnSync(command, args, { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr.toString());
};
const ours = join(folder, 'modules.dep');
const depmod = ['-b', folder, '-C', join(folder, 'config'), release];
const times = compare(
  {
    graph: () => run(process.execPath, [program, tree, ours]),
    depmod: () => run('depmod', depmod),
    printing: () => run('depmod', ['-n', ...depmod]),
    node: () => run(process.execPath, ['-e', '0']),
  },
  11,
);
const text = readFileSync(ours, 'latin1');
if (text !== readFileSync(join(tree, 'modules.dep'), 'latin1')) throw new Error('modules.dep differs');
const count = text.split('\n').length - 1;
rmSync(folder, { recursive: true });
const started = `of which Node starts in ${ms(times.node)}`;
report(
  `graph of ${count} modules / depmod`,
  times.graph / times.depmod,
  2.5,
  `${ms(times.graph)} / ${ms(times.depmod)}, ${started}`,
);
report(
  `graph of ${count} modules / depmod -n, which writes no index`,
  times.graph / times.printing,
  2.5,
  `${ms(times.graph)} / ${ms(times.printing)}`,
);
