/**
 * Kernels of other series than Debian's, and patched ones: the files of each are read, values come out as its own tool has
 * them, its makefiles list what make lists, and the command's solutions are confirmed by its `make olddefconfig`.
 *
 * LINUX_TREES names the trees, with colons between them; a folder that is no tree stands for those in it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { moduleState, readKbuild } from '../../src/kernel/kbuild/kbuild.ts';
import { readConfig, writeConfig } from '../../src/kernel/kconfig/config.ts';
import { dialectOf, rulesOf } from '../../src/kernel/kconfig/dialect.ts';
import { Evaluation } from '../../src/kernel/kconfig/evaluate.ts';
import type { Kconfig } from '../../src/kernel/kconfig/model.ts';
import { formatProblem } from '../../src/kernel/kconfig/problem.ts';
import { readKconfig } from '../../src/kernel/kconfig/read.ts';
import { shellEvaluator } from '../../src/kernel/kconfig/shell.ts';
import { architecturesOf, environmentOf, kernelVersion, readTree } from '../../src/kernel/kernel.ts';
import { diskTree, memoryTree } from '../../src/kernel/tree.ts';
import { genKmod, scratch } from '../real/environment.ts';
import { madeByMake } from '../real/kernel/kbuild-make.ts';
import { confOf, full, randomFragment, runTool } from '../real/kernel/kconfig-tool.ts';
import { randomFile } from '../real/kernel/random-kconfig.ts';
import { chance, symbolsOfMakefiles } from '../real/kernel/trees.ts';

// A vendor's Makefile may name a cross compiler that is not here.
process.env.CROSS_COMPILE ??= '';

const given = process.env.LINUX_TREES;
const isTree = (folder: string): boolean =>
  existsSync(join(folder, 'Kconfig')) && existsSync(join(folder, 'arch'));

function treesIn(paths: string): string[] {
  return paths
    .split(':')
    .filter((path) => path !== '' && statSync(path, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((path) =>
      isTree(path)
        ? [path]
        : readdirSync(path)
            .map((name) => join(path, name))
            .filter(isTree),
    )
    .map((path) => realpathSync(path))
    .sort();
}

const trees = treesIn(given ?? '');
const wanted = ['mips', 'arm', 'arm64', 'x86'];

/** What make hands to the tool, with the machine's compiler for every architecture. */
function environment(tree: string, arch: string): Record<string, string> {
  const tools = { OBJDUMP: 'objdump', READELF: 'readelf', STRIP: 'strip' };
  const version = kernelVersion(diskTree(tree))!;
  return { PATH: process.env.PATH!, ...environmentOf(arch, version), ...tools, srctree: tree };
}

/** The bases: nothing, defconfigs, every tristate `m` and every bool `y`, and some at random. */
function bases(tree: string, arch: string, kconfig: Kconfig): [name: string, config: string][] {
  const folder = join(tree, 'arch', arch, 'configs');
  const defconfigs = readdirSync(folder).filter((name) => name.endsWith('defconfig'));
  const step = Math.max(1, Math.floor(defconfigs.length / (full ? 10 : 2)));
  const values = { tristate: 'm', bool: 'y' } as Record<string, string>;
  const all = [...kconfig.names()].flatMap((name) => {
    const value = values[kconfig.symbol(name)!.type];
    return value === undefined ? [] : [`CONFIG_${name}=${value}\n`];
  });
  const random = Array.from({ length: full ? 12 : 3 }, (_, index): [string, string] => [
    `random ${index}`,
    randomFragment(kconfig, index + 1, [0.01, 0.5, 0.1, 0.95][index % 4]!),
  ]);
  return [
    ['nothing', ''],
    ...defconfigs
      .filter((_, index) => index % step === 0)
      .map((name): [string, string] => [name, readFileSync(join(folder, name), 'latin1')]),
    ['everything', all.join('')],
    ...random,
  ];
}

function toolOf(tree: string): string {
  return confOf(tree, `${basename(tree)}-${createHash('sha256').update(tree).digest('hex').slice(0, 12)}`);
}

/** Symbols with which an architecture's Makefile ends make, as this machine's compiler cannot do what they ask for. */
const refused = /^(CPU_\w+_WORKAROUNDS|SGI_IP28)$/;

/** Chance seldom comes upon some of these together. */
const rulesFile = `config MODULES
	def_bool y
	option modules
config BY
	bool "by"
	depends on !(OFF || A = n)
	select X
config ALSO_BY
	bool "also by"
	depends on A != n
	select ALSO_X
config A
	tristate "a"
config X
	tristate
config ALSO_X
	tristate
config MASK
	hex "mask"
	default 0xfff
	range 0x00 0x0C00
config COUNT
	int
	default 3
	range 010 20
config IMPLIES
	bool "implies"
	imply IMPLIED
config IMPLIED
	tristate "implied"
	depends on D
config D
	tristate "d"
config LESS
	def_bool E < m
config E
	tristate "e"
menu "empty"
endmenu
menu "full"
config F
	bool "f"
endmenu
`;
const rulesConfig = ['A=m', 'BY=y', 'ALSO_BY=y', 'IMPLIES=y', 'D=m', 'IMPLIED=m']
  .map((line) => `CONFIG_${line}\n`)
  .join('');

const list = `version: 1
loaders:
  firewall: { targets: [nft_ct, nft_masq, nft_limit, nft_log] }
  wwan: { targets: [usb_storage, option, cdc_ether] }
  wifi: { targets: [ath9k] }
`;

describe.skipIf(trees.length === 0)('LINUX_TREES', () => {
  describe.each(trees)('%s', (tree) => {
    const architectures = architecturesOf(diskTree(tree)).filter((arch) => wanted.includes(arch));

    it.each(architectures)('%s: values come out as its own conf --olddefconfig writes them', (arch) => {
      const settings = environment(tree, arch);
      const evaluator = shellEvaluator(scratch(), settings);
      const { kconfig, problems } = readKconfig(diskTree(tree), { environment: settings, evaluator });
      expect(problems.filter(({ severity }) => severity === 'error').map(formatProblem)).toEqual([]);
      const tool = toolOf(tree);
      for (const [base, config] of bases(tree, arch, kconfig!)) {
        const theirs = runTool(tool, '--olddefconfig', config, settings);
        expect(theirs.config, `${base}: ${theirs.stderr}`).toBeDefined();
        const evaluation = new Evaluation(kconfig!, readConfig(config, kconfig!).assignments);
        expect(writeConfig(evaluation).split('\n'), base).toEqual(theirs.config!.split('\n'));
        const unmet = [...kconfig!.names()].filter((symbol) => {
          const { dependencies, selected } = evaluation.state(symbol);
          return dependencies < selected;
        });
        const warned = [...theirs.stderr.matchAll(/unmet direct dependencies detected for (\w+)/g)];
        expect(unmet.sort(), base).toEqual([...new Set(warned.map((match) => match[1]!))].sort());
        // What it says of the files themselves; where, can be a line later with it.
        const said = (text: string): string[] =>
          [...text.matchAll(/warning: ?(.*)/g)]
            .map((match) => match[1]!)
            .filter((each) => !each.includes('symbol value'));
        const files = theirs.stderr.split('\n').filter((line) => /^[\w./-]*Kconfig[\w.-]*:\d+:/.test(line));
        const ours = problems.map(formatProblem).join('\n');
        expect(said(ours).sort(), base).toEqual(said(files.join('\n')).sort());
      }
    });

    it('each rule that changed between series is followed, and warned of alike', () => {
      const sources = diskTree(tree);
      const old = sources.read('scripts/kconfig/lexer.l')?.includes('"option"') ?? true;
      const text = old ? rulesFile : rulesFile.replace('option modules', 'modules');
      const folder = scratch();
      writeFileSync(join(folder, 'Kconfig'), text);
      const { kconfig, problems } = readKconfig(memoryTree({ Kconfig: text }), {
        environment: {},
        evaluator: { shell: () => '' },
        rules: rulesOf(sources),
        dialect: dialectOf(sources),
      });
      const settings = { PATH: process.env.PATH!, srctree: folder };
      const theirs = runTool(toolOf(tree), '--olddefconfig', rulesConfig, settings);
      const evaluation = new Evaluation(kconfig!, readConfig(rulesConfig, kconfig!).assignments);
      expect(writeConfig(evaluation).split('\n')).toEqual(theirs.config!.split('\n'));
      expect(problems.map(formatProblem)).toEqual(['Kconfig:25:warning: range is invalid']);
      expect(theirs.stderr).toContain('Kconfig:25:warning: range is invalid\n');
    });

    it('random Kconfig files come out as its own conf has them', () => {
      const sources = diskTree(tree);
      const [rules, dialect] = [rulesOf(sources), dialectOf(sources)];
      const tool = toolOf(tree);
      const old = sources.read('scripts/kconfig/lexer.l')?.includes('"option"') ?? true;
      const folder = scratch();
      let compared = 0;
      for (let seed = 0; seed < (full ? 3000 : 200); seed++) {
        const text = randomFile(seed, rules.choices === 'classic', old);
        writeFileSync(join(folder, 'Kconfig'), text);
        const { kconfig } = readKconfig(memoryTree({ Kconfig: text }), {
          environment: {},
          evaluator: { shell: () => '' },
          rules,
          dialect,
        });
        const config = kconfig ? randomFragment(kconfig, seed, 0.5) : '';
        const settings = { PATH: process.env.PATH!, srctree: folder };
        const theirs = runTool(tool, '--olddefconfig', config, settings);
        const told = `seed ${seed}\n${text}\n${config}\n${theirs.stderr}`;
        expect(theirs.config === undefined, told).toBe(kconfig === null);
        if (!kconfig) continue;
        const evaluation = new Evaluation(kconfig, readConfig(config, kconfig).assignments);
        expect(writeConfig(evaluation).split('\n'), told).toEqual(theirs.config!.split('\n'));
        compared++;
      }
      expect(compared).toBeGreaterThan(full ? 1500 : 100);
    });

    it.each(architectures)('%s: with the assumed toolchain it is read, with modules', (arch) => {
      const { kernel, problems } = readTree(diskTree(tree), arch);
      expect(problems).toBeUndefined();
      expect(kernel!.modules.all().length).toBeGreaterThan(5_000);
      for (const name of ['nft_ct', 'usb_storage', 'ath9k'])
        expect(kernel!.modules.find(name), name).toHaveLength(1);
    });

    it.each(full ? architectures : architectures.slice(0, 1))(
      '%s: the makefiles list what make lists of them, under a random configuration',
      async (arch) => {
        const seed = architectures.indexOf(arch) + 1;
        const configuration = new Map<string, string>();
        for (const symbol of symbolsOfMakefiles(tree)) {
          const number = chance(symbol, seed);
          if (number < 0.9 && !refused.test(symbol)) configuration.set(symbol, number < 0.45 ? 'y' : 'm');
        }
        const share = full ? 0.5 : 0.1;
        const visits = (folder: string): boolean => !folder.includes('/') || chance(folder, seed) < share;
        const made = await madeByMake(tree, arch, configuration, scratch(), visits);
        expect(made.failures).toEqual([]);
        const kbuild = readKbuild(diskTree(tree), { arch });
        // What the assembler can do decides in some files, and what it says of that here is another machine's.
        const unclear = new Set(
          kbuild.problems.filter(({ kind }) => kind === 'unclear-condition').map(({ file }) => file),
        );
        const asked = new Set(made.folders.map((folder) => (folder === '.' ? '' : folder)));
        const ours = { m: new Set<string>(), y: new Set<string>(), n: new Set<string>() };
        for (const module of kbuild.modules) {
          if (module.rules.some(({ file }) => unclear.has(file))) continue;
          const within = {
            ...module,
            rules: module.rules.filter(({ folder }) => asked.has(folder)),
            builtin: module.builtin.filter(({ folder }) => asked.has(folder)),
          };
          ours[moduleState(within, (symbol) => configuration.get(symbol) ?? 'n', arch)].add(module.path);
        }
        const known = new Set([...ours.m, ...ours.y, ...ours.n]);
        const unknown = new Set(
          kbuild.modules
            .filter(({ rules }) => rules.some(({ file }) => unclear.has(file)))
            .map(({ path }) => path),
        );
        const theirs = [...made.modules].filter((path) => !unknown.has(path));
        const builtin = [...made.builtin]
          .map((path) => path.replace(/\.o$/, '.ko'))
          .filter((path) => known.has(path));
        expect(theirs.length).toBeGreaterThan(200);
        expect([...ours.m].sort()).toEqual(theirs.sort());
        expect([...ours.y].sort()).toEqual(builtin.sort());
      },
    );

    it.each(full ? architectures : architectures.slice(0, 2))(
      '%s: an index is made, and what it solves is confirmed by make olddefconfig',
      (arch) => {
        const cwd = scratch();
        const index = join(cwd, 'linux.kindex');
        expect(genKmod(['index', '--kernel', tree, '--arch', arch, '--out', index]).status).toBe(0);
        const targets = ['--targets', '-', '--arch', arch];
        const input = list;
        const verified = genKmod(['resolve', ...targets, '--kernel', tree, '--verify', '--json'], {
          cwd,
          input,
        });
        const result = JSON.parse(verified.stdout);
        const codes = result.diagnostics.map(({ code }: { code: string }) => code);
        expect(
          codes.filter((code: string) => /olddefconfig|kconfig-(syntax|cycle)|unknown-target/.test(code)),
        ).toEqual([]);
        const solved = Object.values<{ targets: { status: string }[] }>(result.loaders).flatMap(
          ({ targets: all }) => all,
        );
        expect(solved.filter(({ status }) => status === 'module').length).toBeGreaterThanOrEqual(6);
        // The index says the same as its tree.
        const again = JSON.parse(
          genKmod(['resolve', ...targets, '--kernel', index, '--json'], { cwd, input }).stdout,
        );
        expect(again.loaders).toEqual(result.loaders);
      },
      900_000,
    );
  });
});

// One that is skipped is seen.
it.skipIf(given === undefined)('LINUX_TREES names kernel trees', () => {
  expect(trees).not.toEqual([]);
});
