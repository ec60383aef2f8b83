/** The kernel of a run: found, read, resolved against, and what there is to say of it. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { reason } from '../diagnostics/system-error.ts';
import type { Needed } from '../generate/plan.ts';
import { readBaseConfig } from '../kernel/config-file.ts';
import { diagnose, type Locate } from '../kernel/diagnose.ts';
import { Elsewhere } from '../kernel/elsewhere.ts';
import { IndexError } from '../kernel/index/format.ts';
import { readIndex } from '../kernel/index/read.ts';
import { nearestSeries, shippedIndex, shippedSeries } from '../kernel/index/shipped.ts';
import { type Kernel, readTree, type TreeProblem } from '../kernel/kernel.ts';
import { type Resolution, resolve } from '../kernel/resolve.ts';
import { diskTree } from '../kernel/tree.ts';
import { locateIn } from '../targets/read.ts';
import type { Source } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import type { Findings } from './inputs.ts';
import { usage } from './usage.ts';

/** `--kernel`, `--arch` and `--nearest`. */
export interface KernelFlags {
  readonly kernel?: string | undefined;
  readonly arch?: string | undefined;
  readonly nearest?: boolean | undefined;
}

export interface ResolvedList {
  readonly kernel: Kernel;
  readonly resolution: Resolution;
  readonly needed: Needed;
  /** What the rest of the system sets. */
  readonly base: ReadonlyMap<string, string>;
}

/**
 * Resolves a list against the kernel that the flags or the list name. What is found goes to `findings`.
 *
 * @throws Failure where the kernel cannot be read
 */
export function resolveList(
  source: Source,
  list: TargetList,
  flags: KernelFlags,
  cwd: string,
  findings: Findings,
): ResolvedList {
  const beside = source.kind === 'file' ? dirname(source.file) : cwd;
  const kernel = readKernel(list, flags, beside, cwd, findings);
  const base =
    list.kernel?.config === undefined
      ? new Map<string, string>()
      : readBase(resolvePath(beside, list.kernel.config), kernel, findings);
  const resolution = asking(() => resolve(kernel, list.loaders, base));
  const locate: Locate | undefined = source.kind === 'names' ? undefined : locateIn(source.text, source.file);
  const file = source.kind === 'names' ? undefined : source.file;
  findings.diagnostics.push(...diagnose(kernel, list, resolution, file, locate));
  const needed = new Map(
    resolution.loaders.map(({ name, assignments }) => {
      const own = list.loaders.find((loader) => loader.name === name)!.kernelConfig;
      return [name, assignments.filter(({ symbol }) => !own.has(symbol))];
    }),
  );
  return { kernel, resolution, needed, base };
}

/** A warning goes to `findings`. @throws Failure */
export function readKernel(
  list: TargetList,
  flags: KernelFlags,
  beside: string,
  cwd: string,
  findings: Findings,
): Kernel {
  const arch = flags.arch ?? list.kernel?.arch;
  if (arch === undefined)
    throw usage(
      '`--kernel` needs an architecture',
      "say `--arch mips`, or whatever the folder of the kernel's arch/ is",
    );
  if (flags.kernel !== undefined) {
    const path = resolvePath(cwd, flags.kernel);
    return /^\d+\.\d+$/.test(flags.kernel) && !exists(path)
      ? fromSeries(flags.kernel, arch, flags, findings)
      : fromPath(path, arch);
  }
  const { series, source, build } = list.kernel!;
  if (series !== undefined) return fromSeries(series, arch, flags, findings);
  return fromPath(resolvePath(beside, source ?? build!), arch);
}

function fromSeries(
  series: string,
  arch: string,
  { nearest: mayBeNear }: KernelFlags,
  findings: Findings,
): Kernel {
  const bytes = shippedIndex(series);
  if (bytes !== undefined) return fromIndex(bytes, arch, `the index of ${series}`);
  const nearest = nearestSeries(series);
  if (mayBeNear && nearest !== undefined) {
    const { series: near, releases } = nearest;
    findings.diagnostics.push(
      diagnostic(
        'nearest-series',
        `there is no index for the kernel series ${series}: ${near} is taken, the nearest that is shipped`,
        {
          notes: [
            `${releases === 1 ? 'one release lies' : `${releases} releases lie`} between them: modules and symbols may have come, gone or changed`,
          ],
          hint: makeOne,
        },
      ),
    );
    return fromIndex(shippedIndex(near)!, arch, `the index of ${near}`);
  }
  const shipped = shippedSeries().join(' and ');
  throw new Failure(
    diagnostic(
      'unknown-series',
      `there is no index for the kernel series ${series}; ${shipped} are shipped`,
      {
        hint:
          makeOne +
          (nearest === undefined ? '' : `; or take ${nearest.series}, which is nearest, with --nearest`),
      },
    ),
  );
}

const makeOne =
  'make one of a source tree: gen-kmod index --kernel DIR, then say --kernel FILE; or give the tree itself as `source`';

function fromPath(path: string, arch: string): Kernel {
  if (!exists(path)) throw unreadable(path, 'there is no such file or folder');
  if (!statSync(path).isDirectory()) {
    try {
      return fromIndex(readFileSync(path), arch, path);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw unreadable(path, reason(error));
    }
  }
  const { kernel, problems } = readTree(diskTree(path), arch);
  if (kernel) return { ...kernel, root: path };
  throw treeFailure(path, arch, problems);
}

/** What is wrong with a source tree, for a person. */
export function treeFailure(path: string, arch: string, problems: readonly TreeProblem[]): Failure {
  return new Failure(
    ...problems.map(({ kind, message, file, line, known }) =>
      diagnostic(kind === 'unknown-architecture' ? kind : 'kernel-unreadable', message, {
        file: file === undefined ? path : `${join(path, file)}${line === undefined ? '' : `:${line}`}`,
        hint:
          known === undefined
            ? 'give the root of a kernel source tree, patched as it will be built'
            : (didYouMean(arch, known) ?? `it has ${known.join(', ')}`),
      }),
    ),
  );
}

function fromIndex(bytes: Buffer, arch: string, file: string): Kernel {
  return asking(() => readIndex(bytes, arch), arch, file);
}

/** Asks a kernel, which may come from an index that turns out to be none of ours. @throws Failure */
export function asking<T>(ask: () => T, arch = '', file?: string): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    const { kind, message, known } = error;
    switch (kind) {
      case 'unknown-architecture':
        throw new Failure(
          diagnostic(kind, message, { file, hint: didYouMean(arch, known) ?? `it has ${known.join(', ')}` }),
        );
      case 'newer':
        throw new Failure(
          diagnostic('index-newer', message, { file, hint: 'update gen-kmod, or make the index again' }),
        );
      case 'damaged':
        throw new Failure(
          diagnostic('index-damaged', message, { file, hint: 'make it again: gen-kmod index' }),
        );
      default:
        throw unreadable(file, message);
    }
  }
}

function readBase(file: string, kernel: Kernel, { diagnostics }: Findings): ReadonlyMap<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    throw unreadable(file, reason(error));
  }
  const { values, problems, unknown } = readBaseConfig(text, kernel.kconfig);
  const serious = problems.filter(({ message }) => !message.startsWith('override'));
  if (serious.length > 0) {
    throw new Failure(
      ...serious.slice(0, 20).map(({ message, line }) =>
        diagnostic('kernel-unreadable', message, {
          file: line === undefined ? file : `${file}:${line}`,
          hint: 'a fragment has lines such as CONFIG_NET=y; JSON has attributes such as { "NET": "y" }',
        }),
      ),
    );
  }
  if (unknown.length > 0) {
    const names = unknown.slice(0, 10).map(({ name }) => name);
    const more = unknown.length > names.length ? ` and ${unknown.length - names.length} more` : '';
    diagnostics.push(
      diagnostic('unknown-symbol', `${kernel.version} has no ${names.join(', ')}${more}`, {
        file,
        notes: new Elsewhere(kernel).symbols(unknown.map(({ name }) => name)),
        hint: 'patches add symbols: give the patched tree as `source`, where these matter',
      }),
    );
  }
  return values;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function unreadable(file: string | undefined, message: string): Failure {
  return new Failure(
    diagnostic('kernel-unreadable', message, {
      file,
      hint: 'give a shipped series, an index made by gen-kmod index, or a source tree',
    }),
  );
}
