/** The kernel's own configuration tool, built from each series' sources, and models read by ours with the same compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kconfig } from '../../../src/kernel/kconfig/model.ts';
import { readKconfig } from '../../../src/kernel/kconfig/read.ts';
import { shellEvaluator } from '../../../src/kernel/kconfig/shell.ts';
import { diskTree } from '../../../src/kernel/tree.ts';
import { cache, scratch } from '../environment.ts';

export const seriesUnderTest = ['6.12', '6.1'] as const;
export type Series = (typeof seriesUnderTest)[number];
export const architectures = ['mips', 'arm64', 'arm', 'x86'] as const;
export type Architecture = (typeof architectures)[number];
/** The full counts, which take half an hour and more. */
export const full: boolean = process.env.GEN_KMOD_FULL === '1';

const here = fileURLToPath(new URL('.', import.meta.url));
const folders = new Map<Series, string>();

/** The sources of a series, without the code. */
export function sources(series: Series): string {
  let folder = folders.get(series);
  if (folder === undefined) {
    folder = execFileSync(join(here, 'sources.sh'), [cache, series], { encoding: 'utf8' }).trim();
    folders.set(series, folder);
  }
  return folder;
}

/** The version of the package that a folder of sources is from. */
export function versionOf(folder: string): string {
  return readFileSync(`${folder}.version`, 'utf8').trim();
}

/** `scripts/kconfig/conf` of a series. */
export function conf(series: Series): string {
  return confOf(sources(series), series);
}

/** The same of any tree from 4.19 on, kept under a name. */
export function confOf(tree: string, name: string): string {
  const tool = join(cache, `conf-${name}`, 'conf');
  if (existsSync(tool)) return tool;
  const scripts = join(tree, 'scripts');
  const kconfig = join(scripts, 'kconfig');
  mkdirSync(cache, { recursive: true });
  const build = mkdtempSync(join(cache, 'conf-build-'));
  const quiet = { cwd: build, stdio: 'ignore' } as const;
  // To 4.19, under another name.
  const old = existsSync(join(kconfig, 'zconf.y'));
  const [lexer, parser] = old ? ['zconf', 'zconf'] : ['lexer', 'parser'];
  const grammar = join(kconfig, `${parser}.y`);
  execFileSync('flex', ['-L', '-o', `${lexer}.lex.c`, join(kconfig, `${lexer}.l`)], quiet);
  const header = `--defines=${parser}.tab.h`;
  execFileSync('bison', ['-l', '-t', '-o', `${parser}.tab.c`, header, grammar], quiet);
  // What the grammar includes is compiled with it: all in 4.19, two of them in 5.4.
  const text = readFileSync(grammar, 'latin1');
  const apart = (file: string): boolean => !text.includes(`#include "${file}"`);
  const parts = ['conf.c', 'confdata.c', 'expr.c', 'menu.c', 'preprocess.c', 'symbol.c', 'util.c'];
  const files = parts.filter(apart).map((file) => join(kconfig, file));
  const made = [...(apart(`${lexer}.lex.c`) ? [`${lexer}.lex.c`] : []), `${parser}.tab.c`];
  const includes = [`-I${join(scripts, 'include')}`, `-I${kconfig}`, '-I.'];
  execFileSync('gcc', ['-O2', '-w', ...includes, '-o', 'conf', ...files, ...made], quiet);
  if (existsSync(tool)) rmSync(build, { recursive: true });
  else renameSync(build, join(cache, `conf-${name}`));
  return tool;
}

/** What make hands to the tool; PATH and the compiler are the machine's, for every architecture. */
export function environment(
  series: Series,
  architecture: Architecture,
  tree = sources(series),
): Record<string, string> {
  return {
    PATH: process.env.PATH!,
    ARCH: architecture,
    SRCARCH: architecture,
    srctree: tree,
    KERNELVERSION: series,
    CC: 'gcc',
    LD: 'ld',
    AR: 'ar',
    NM: 'nm',
    OBJCOPY: 'objcopy',
    OBJDUMP: 'objdump',
    READELF: 'readelf',
    STRIP: 'strip',
    HOSTCC: 'gcc',
    RUSTC: 'rustc',
    BINDGEN: 'bindgen',
    PAHOLE: 'pahole',
    CC_VERSION_TEXT: 'gcc',
  };
}

const models = new Map<string, Kconfig>();

/** The model of a tree for one architecture, its macros really run. */
export function model(series: Series, architecture: Architecture): Kconfig {
  const key = `${series} ${architecture}`;
  let kconfig = models.get(key);
  if (!kconfig) {
    const settings = environment(series, architecture);
    const folder = mkdtempSync(join(cache, 'macros-'));
    const evaluator = shellEvaluator(folder, settings);
    const reading = readKconfig(diskTree(sources(series)), { environment: settings, evaluator });
    rmSync(folder, { recursive: true, force: true });
    if (!reading.kconfig) throw new Error(JSON.stringify(reading.problems.slice(0, 5)));
    kconfig = reading.kconfig;
    models.set(key, kconfig);
  }
  return kconfig;
}

export interface ToolRun {
  /** The `.config` after the run, or undefined where the tool failed. */
  config: string | undefined;
  stderr: string;
  status: number;
}

/** Runs the tool on a kernel's files, in a folder of its own with the given `.config`. */
export function runConf(
  series: Series,
  architecture: Architecture,
  config: string | null,
  mode = '--olddefconfig',
  tree = sources(series),
): ToolRun {
  return runTool(conf(series), mode, config, environment(series, architecture, tree));
}

export function runTool(
  tool: string,
  mode: string,
  config: string | null,
  settings: Record<string, string>,
): ToolRun {
  const folder = scratch();
  const file = join(folder, '.config');
  if (config !== null) writeFileSync(file, config, 'latin1');
  const { status, stderr } = spawnSync(tool, [mode, 'Kconfig'], {
    cwd: folder,
    env: settings,
    encoding: 'latin1',
    timeout: 120_000,
    maxBuffer: 1 << 28,
  });
  return { config: status === 0 ? readFileSync(file, 'latin1') : undefined, stderr, status: status ?? -1 };
}

/** The values in a `.config`, `n` for those that are not set. */
export function valuesOf(config: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of config.split('\n')) {
    const match = /^(?:# )?CONFIG_(\w+)(?:=(.*)| is not set)$/.exec(line);
    if (match) values.set(match[1]!, match[2] ?? 'n');
  }
  return values;
}

/** Numbers from 0 up to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A fragment that sets each symbol with the given probability, to a value at random, in random order. */
export function randomFragment(kconfig: Kconfig, seed: number, probability: number): string {
  const next = random(seed);
  const lines: string[] = [];
  for (const name of kconfig.names()) {
    if (next() > probability) continue;
    const draw = next();
    switch (kconfig.symbol(name)!.type) {
      case 'bool':
        lines.push(draw < 0.6 ? `CONFIG_${name}=y` : `# CONFIG_${name} is not set`);
        break;
      case 'tristate':
        lines.push(
          draw < 0.3 ? `CONFIG_${name}=y` : draw < 0.7 ? `CONFIG_${name}=m` : `# CONFIG_${name} is not set`,
        );
        break;
      case 'int':
        lines.push(`CONFIG_${name}=${Math.floor(next() * 10 ** Math.floor(draw * 8))}`);
        break;
      case 'hex':
        lines.push(`CONFIG_${name}=0x${Math.floor(draw * 2 ** 32).toString(16)}`);
        break;
      case 'string':
        lines.push(`CONFIG_${name}="text ${Math.floor(draw * 100)}"`);
        break;
      default:
    }
  }
  for (let last = lines.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [lines[last], lines[other]] = [lines[other]!, lines[last]!];
  }
  return `${lines.join('\n')}\n`;
}
