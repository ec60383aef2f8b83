/** What is known of a kernel before it is built: of one architecture, from a source tree or from an index of one. */

import { findModules, type KbuildModule, type KbuildOptions, readKbuild } from './kbuild/kbuild.ts';
import type { SymbolType as KbuildType } from './kbuild/shared.ts';
import type { Kconfig, SymbolType } from './kconfig/model.ts';
import type { MacroEvaluator } from './kconfig/preprocess.ts';
import type { KconfigProblemKind } from './kconfig/problem.ts';
import { readKconfig } from './kconfig/read.ts';
import { assumedToolchain } from './kconfig/toolchain.ts';
import type { Objects } from './objects.ts';
import type { SourceTree } from './tree.ts';
import { TreeModules } from './tree-modules.ts';
import { TreeObjects } from './tree-objects.ts';

export interface Kernel {
  /** As `make kernelversion` has it: `6.12.117`. */
  readonly version: string;
  /** `6.12`. */
  readonly series: string;
  /** A folder of the kernel's `arch/`. */
  readonly arch: string;
  /** The folder of the sources it was read from; undefined for an index. */
  readonly root?: string;
  readonly kconfig: Kconfig;
  readonly modules: Modules;
  readonly objects: Objects;
}

/** The modules a kernel could have on its architecture. */
export interface Modules {
  /** By path, sorted. */
  all(): readonly KbuildModule[];
  /** By name; `-` and `_` are the same. */
  find(name: string): readonly KbuildModule[];
  madeBy(symbol: string): readonly KbuildModule[];
  /** All names, sorted, `_` for `-`. */
  names(): readonly string[];
}

/** What is wrong with a source tree. */
export interface TreeProblem {
  readonly kind: 'not-a-kernel' | 'unknown-architecture' | 'cycle' | 'broken';
  /** One line; of a cycle several, as the kernel's own tool has them. */
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The architectures there are, where one is asked for that is not. */
  readonly known?: readonly string[];
}

export type TreeReading =
  | { readonly kernel: Kernel; readonly warnings: readonly TreeWarning[]; readonly problems?: undefined }
  | { readonly kernel?: undefined; readonly problems: readonly TreeProblem[] };

/** What the Kconfig files say that cannot be meant, in the words of the kernel's own tool. They are read all the same. */
export interface TreeWarning {
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Reads a source tree for one architecture. What its Kconfig files ask of the toolchain, `evaluator` answers.
 *
 * Makefiles are read when modules are asked for: those that can make the ones of a name, or all where that is not enough.
 *
 * @param expected names of modules that will be asked for, so that makefiles are read for all of them at once
 */
export function readTree(
  tree: SourceTree,
  arch: string,
  evaluator: MacroEvaluator = assumedToolchain(arch),
  expected: Iterable<string> = [],
): TreeReading {
  const { known, warnings, problems } = readTreeKconfig(tree, arch, evaluator);
  if (!known) return { problems };
  const modules = treeModules(tree, known, expected);
  return { kernel: { ...known, modules, objects: new TreeObjects(modules, known.kconfig) }, warnings };
}

/** What Kconfig files tell of a kernel. */
export type KnownKconfig = Pick<Kernel, 'version' | 'series' | 'arch' | 'kconfig'>;

/** Reads a tree's Kconfig files alone. */
export function readTreeKconfig(
  tree: SourceTree,
  arch: string,
  evaluator: MacroEvaluator = assumedToolchain(arch),
):
  | { readonly known: KnownKconfig; readonly warnings: readonly TreeWarning[]; readonly problems?: undefined }
  | { readonly known?: undefined; readonly warnings?: undefined; readonly problems: readonly TreeProblem[] } {
  const version = kernelVersion(tree);
  const architectures = architecturesOf(tree);
  if (version === null || architectures.length === 0) {
    const message =
      'this is no kernel source tree: it has no Makefile with a version, or no folders in arch/';
    return { problems: [{ kind: 'not-a-kernel', message, file: 'Makefile' }] };
  }
  if (!architectures.includes(arch)) {
    const message = `there is no architecture \`${arch}\` in this tree`;
    return { problems: [{ kind: 'unknown-architecture', message, known: architectures }] };
  }
  const { kconfig, problems } = readKconfig(tree, { environment: environmentOf(arch, version), evaluator });
  if (kconfig === null) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    const kindOf = (kind: KconfigProblemKind) => (kind.startsWith('recursive-') ? 'cycle' : 'broken');
    return { problems: errors.map((problem) => ({ ...problem, kind: kindOf(problem.kind) })) };
  }
  return { known: { version, series: seriesOf(version), arch, kconfig }, warnings: problems };
}

/** A tree's modules, with its Kconfig as it was read before; `expected` as in `readTree`. */
export function treeModules(
  tree: SourceTree,
  { arch, kconfig }: KnownKconfig,
  expected: Iterable<string>,
): TreeModules {
  const options: KbuildOptions & { symbols: string[] } = {
    arch,
    typeOf: (symbol) => kbuildType(kconfig.symbol(symbol)?.type),
    symbols: [...kconfig.names()],
  };
  return new TreeModules(findModules(tree, options), () => readKbuild(tree, options), expected);
}

/** A symbol's type as far as Kbuild cares. */
function kbuildType(type: SymbolType | undefined): KbuildType {
  if (type === undefined) return 'none';
  return type === 'bool' || type === 'tristate' ? type : 'text';
}

/** VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION of the top Makefile; null where there are none. */
export function kernelVersion(tree: SourceTree): string | null {
  const makefile = tree.read('Makefile');
  const field = (name: string): string =>
    new RegExp(`^${name} *=[ \\t]*(.*?)[ \\t]*$`, 'm').exec(makefile ?? '')?.[1] ?? '';
  if (!/^\d+$/.test(field('VERSION')) || !/^\d+$/.test(field('PATCHLEVEL'))) return null;
  const sublevel = field('SUBLEVEL');
  return `${field('VERSION')}.${field('PATCHLEVEL')}${sublevel === '' ? '' : `.${sublevel}`}${field('EXTRAVERSION')}`;
}

export function seriesOf(version: string): string {
  return version
    .split('.')
    .slice(0, 2)
    .join('.')
    .replace(/[^\d.].*/, '');
}

export function architecturesOf(tree: SourceTree): string[] {
  return (tree.list('arch') ?? [])
    .filter((name) => name.endsWith('/') && tree.read(`arch/${name}Makefile`) !== null)
    .map((name) => name.slice(0, -1));
}

/** What `make` tells the Kconfig tool. */
export function environmentOf(arch: string, version: string): Record<string, string> {
  return {
    ARCH: arch,
    SRCARCH: arch,
    srctree: '.',
    KERNELVERSION: version,
    CC: 'gcc',
    LD: 'ld',
    AR: 'ar',
    NM: 'nm',
    OBJCOPY: 'objcopy',
    HOSTCC: 'gcc',
    HOSTCXX: 'g++',
    RUSTC: 'rustc',
    BINDGEN: 'bindgen',
    PAHOLE: 'pahole',
    CLANG_FLAGS: '',
    CC_VERSION_TEXT: 'gcc',
  };
}
