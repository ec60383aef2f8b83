/** The kernel of a run: named by the flags or the list, found, and read. */
import { readFileSync, statSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { reason } from '../diagnostics/system-error.ts';
import type { BuiltKernel } from '../kernel/built.ts';
import { IndexError } from '../kernel/index/format.ts';
import { readIndex } from '../kernel/index/read.ts';
import { nearestSeries, shippedIndex, shippedSeries } from '../kernel/index/shipped.ts';
import type { Kernel, TreeReading } from '../kernel/kernel.ts';
import type { TargetList } from '../targets/target-list.ts';
import type { Findings } from './inputs.ts';
import type { Result } from './result.ts';
import { usage } from './usage.ts';

/** `--kernel`, `--build`, `--arch` and `--nearest`. */
export interface KernelFlags {
  readonly kernel?: string | undefined;
  readonly build?: string | undefined;
  readonly arch?: string | undefined;
  readonly nearest?: boolean | undefined;
  readonly 'no-cache'?: boolean | undefined;
}

/** What a run can ask: at least one of the two. */
export interface Kernels {
  /** What is known from sources or an index. */
  readonly kernel: Kernel | undefined;
  readonly built: BuiltKernel | undefined;
}

/** Whether a list or the flags name a kernel. */
export function namesKernel(list: TargetList, flags: KernelFlags): boolean {
  return list.kernel !== undefined || flags.kernel !== undefined || flags.build !== undefined;
}

/**
 * Reads the kernel that the flags or the list name. `--kernel` takes the place of all that the list names, `--build` of its
 * `build`; a built kernel's own sources are asked where nothing else is named.
 *
 * @throws Failure
 */
export async function readKernels(
  list: TargetList,
  flags: KernelFlags,
  beside: string,
  cwd: string,
  findings: Findings,
): Promise<Kernels> {
  const named = await nameKernel(list, flags, beside, cwd);
  const opening = named.build === undefined ? undefined : await import('./built.ts');
  const built = opening?.openBuilt(named.build!, findings);
  const asked = flags.arch ?? list.kernel?.arch;
  if (built) opening!.checkMatch(built, asked, named.series);
  const arch = asked ?? built?.arch;
  // None of its modules can be read, which is said already, or there is none.
  if (arch === undefined && named.series === undefined && named.path === undefined)
    return { kernel: undefined, built };
  if (arch === undefined)
    throw usage(
      '`--kernel` needs an architecture',
      "say `--arch mips`, or whatever the folder of the kernel's arch/ is",
    );
  const reading = {
    expected: list.loaders.flatMap(({ targets }) => targets),
    remembered: flags['no-cache'] !== true,
  };
  if (named.series !== undefined) return { kernel: fromSeries(named.series, arch, flags, findings), built };
  if (named.path !== undefined) {
    const kernel = await fromPath(named.path, arch, reading, findings);
    if (built) opening!.checkMatch(built, undefined, kernel.series);
    return { kernel, built };
  }
  return { kernel: await ownSources(built!, arch, reading, findings), built };
}

/** What `--json` says of the kernel. */
export function kernelResult({ kernel, built }: Kernels): Pick<Result, 'kernel'> {
  const release = built?.graph.release;
  return {
    kernel: {
      version: kernel?.version ?? release ?? 'unknown',
      arch: kernel?.arch ?? built?.arch ?? 'unknown',
      ...(release !== undefined && { release }),
    },
  };
}

/** Where a kernel's knowledge comes from: `series` or `path`, `build`, or one of those and `build`. */
interface NamedKernel {
  readonly series?: string | undefined;
  readonly path?: string | undefined;
  readonly build?: string | undefined;
}

async function nameKernel(
  { kernel }: TargetList,
  flags: KernelFlags,
  beside: string,
  cwd: string,
): Promise<NamedKernel> {
  const flagged = flags.build === undefined ? undefined : resolvePath(cwd, flags.build);
  if (flags.kernel !== undefined) {
    const path = resolvePath(cwd, flags.kernel);
    if (/^\d+\.\d+$/.test(flags.kernel) && !exists(path)) return { series: flags.kernel, build: flagged };
    if (flagged === undefined) {
      const { looksBuilt } = await import('../kernel/built.ts');
      if (looksBuilt(path)) return { build: path };
    }
    return { path, build: flagged };
  }
  const { series, source, build } = kernel ?? {};
  return {
    series,
    path: source === undefined ? undefined : resolvePath(beside, source),
    build: flagged ?? (build === undefined ? undefined : resolvePath(beside, build)),
  };
}

/** What a built kernel's own sources say; with a warning where there are none, or none that can be read. */
async function ownSources(
  built: BuiltKernel,
  arch: string,
  reading: Reading,
  findings: Findings,
): Promise<Kernel | undefined> {
  const { sourcesOf } = await import('../kernel/built.ts');
  const { withoutSources } = await import('./built.ts');
  const sources = sourcesOf(built);
  const read = sources === undefined ? undefined : await readSources(sources, arch, reading);
  if (read?.kernel) return { ...read.kernel, root: sources! };
  const why = read?.problems.slice(0, 3).map(({ message }) => `${sources}: ${message}`);
  findings.diagnostics.push(withoutSources(built, shippedSeries(), why));
  return undefined;
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

/** How a source tree is read. */
interface Reading {
  /** The modules that will be asked for. */
  readonly expected: readonly string[];
  /** What an earlier run read may serve. */
  readonly remembered: boolean;
}

/** What reads sources is more than half of the code that knows kernels, and an index does without. */
async function readSources(
  path: string,
  arch: string,
  { expected, remembered }: Reading,
): Promise<TreeReading> {
  if (remembered) {
    const { readInThisRun } = await import('./remembered/this-run.ts');
    const reading = readInThisRun(path, arch, expected);
    if (reading) return reading;
  }
  const { readTree } = await import('../kernel/kernel.ts');
  const { diskTree } = await import('../kernel/tree.ts');
  return readTree(diskTree(path), arch, undefined, expected);
}

async function fromPath(
  path: string,
  arch: string,
  reading: Reading,
  { sources, diagnostics }: Findings,
): Promise<Kernel> {
  if (!exists(path)) throw unreadable(path, 'there is no such file or folder');
  if (!statSync(path).isDirectory()) {
    try {
      return fromIndex(readFileSync(path), arch, path);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw unreadable(path, reason(error));
    }
  }
  const read = await readSources(path, arch, reading);
  if (read.kernel && read.warnings.length === 0) return { ...read.kernel, root: path };
  const { treeFailure, treeWarnings } = await import('./tree-failure.ts');
  if (!read.kernel) throw treeFailure(path, arch, read.problems, sources);
  diagnostics.push(...treeWarnings(path, read.warnings, sources));
  return { ...read.kernel, root: path };
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

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What is named as the kernel, or a part of it, is none. */
export function unreadable(file: string | undefined, message: string): Failure {
  return new Failure(
    diagnostic('kernel-unreadable', message, {
      file,
      hint: 'give a shipped series, an index made by gen-kmod index, or a source tree',
    }),
  );
}
