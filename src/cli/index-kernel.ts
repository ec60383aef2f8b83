/** `gen-kmod index`: a source tree → an index, for series that are not shipped and for patched trees. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import { writeIndex } from '../kernel/index/write.ts';
import { type Kernel, readTree, type TreeWarning } from '../kernel/kernel.ts';
import { diskTree } from '../kernel/tree.ts';
import { apart, guarded } from './apart.ts';
import type { Io } from './io.ts';
import { exitCode, type Report } from './report.ts';
import { treeFailure, treeWarnings } from './tree-failure.ts';
import { usage } from './usage.ts';

export interface IndexOptions {
  kernel?: string;
  arch?: string;
  out?: string;
  source?: string;
}

/** What Liminix's devices and the emulators they are tried on have. */
const architectures = 'arm,arm64,mips,x86';

/** Returns the exit code. */
export async function indexKernel(options: IndexOptions, io: Io, report: Report): Promise<number> {
  const sources = new Map<string, string>();
  try {
    const { file, kernels, bytes, diagnostics } = await make(options, io, sources);
    report.result({ version: 1, diagnostics }, sources);
    const [{ version }] = kernels as [Kernel];
    report.line(
      `${report.name(file)}: Linux ${version} for ${kernels.map(({ arch }) => arch).join(', ')}, ${bytes} bytes`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.result({ version: 1, diagnostics: error.diagnostics }, sources);
    return exitCode(error.diagnostics);
  }
}

async function make(
  options: IndexOptions,
  io: Io,
  sources: Map<string, string>,
): Promise<{ file: string; kernels: Kernel[]; bytes: number; diagnostics: Diagnostic[] }> {
  if (options.kernel === undefined) {
    throw usage('`index` needs `--kernel DIR`', 'DIR is the root of a kernel source tree');
  }
  apart(io);
  const root = resolve(io.cwd, options.kernel);
  const tree = diskTree(root);
  const asked = [...new Set((options.arch ?? architectures).split(',').map((arch) => arch.trim()))].sort();
  const warnings: TreeWarning[] = [];
  const kernels = asked.map((arch) => {
    const reading = readTree(tree, arch);
    if (!reading.kernel) throw treeFailure(root, arch, reading.problems, sources);
    warnings.push(...reading.warnings);
    return reading.kernel;
  });
  const [{ version, series }] = kernels as [Kernel, ...Kernel[]];
  const file = resolve(io.cwd, options.out ?? `linux-${series}.kindex`);
  const bytes = writeIndex(kernels, options.source ?? `${basename(root)}, Linux ${version}`);
  await guarded(io, async () => writeWhole(file, bytes), true);
  return { file, kernels, bytes: bytes.length, diagnostics: treeWarnings(root, warnings, sources) };
}

/** Written aside and renamed: there is the whole file, or what was there before. */
function writeWhole(file: string, bytes: Buffer): void {
  const aside = join(resolve(file, '..'), `.${basename(file)}-${process.pid}`);
  try {
    const descriptor = openSync(aside, 'wx');
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw new Failure(diagnostic('write-failed', `the index cannot be written: ${reason(error)}`, { file }));
  }
}
