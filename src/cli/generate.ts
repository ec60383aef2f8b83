/** `gen-kmod --targets SRC`: arguments → target list → plan → changes → written or shown. */
import { dirname, join, relative, resolve } from 'node:path';
import { diagnostic, Failure, hasError } from '../diagnostics/diagnostic.ts';
import { type Needed, type PlannedFile, plan, renderLoader } from '../generate/plan.ts';
import type { Renderer } from '../generate/renderer.ts';
import { type Comparison, compare } from '../output/compare.ts';
import { refuseStore } from '../output/store.ts';
import { isInterrupted, recover } from '../output/write.ts';
import { findSource, readSource, type Source } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import { asUpstream } from '../targets/upstream.ts';
import { apartForKernel, apartForList, guarded, hear } from './apart.ts';
import { judge, showChanges, showDiff, writeChanges } from './carry-out.ts';
import { chooseRenderer, type Findings, readList } from './inputs.ts';
import type { Io } from './io.ts';
import { exitCode, type Report } from './report.ts';
import type { ReportedChange } from './result.ts';
import { usage } from './usage.ts';

export interface GenerateOptions {
  targets?: string;
  out?: string;
  name?: string;
  templates?: string;
  compat?: 'upstream';
  kernel?: string;
  build?: string;
  arch?: string;
  nearest?: boolean;
  'no-cache'?: boolean;
  check: boolean;
  diff: boolean;
  dryRun: boolean;
  stdout: boolean;
  force: boolean;
  watch: boolean;
  /** `gen-kmod check`: besides `check`, what is generated has to evaluate. */
  evaluate?: boolean;
}

/** Runs once, or with `watch` at every change of the list. Returns the exit code. */
export async function generate(options: GenerateOptions, io: Io, report: Report): Promise<number> {
  if (!options.watch) return generateOnce(options, io, report);
  const { watch } = await import('./watch.ts');
  return watch(options, io, report);
}

/** One run. Returns the exit code. */
export async function generateOnce(options: GenerateOptions, io: Io, report: Report): Promise<number> {
  const run: Run = { options, io, report, sources: new Map(), diagnostics: [] };
  let show = (): void => {};
  try {
    show = await stages(run);
    if (isReading(options)) await hear(io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    run.diagnostics.push(...error.diagnostics);
  }
  const { diagnostics, changes, sources } = run;
  report.result({ version: 1, diagnostics, ...(changes && { changes }) }, sources, options.watch);
  show();
  return exitCode(diagnostics);
}

/** A run with what it has come to so far: when a stage fails, the rest is still reported. */
interface Run extends Findings {
  options: GenerateOptions;
  io: Io;
  report: Report;
  changes?: ReportedChange[];
}

/** Returns what prints the rest. */
async function stages(run: Run): Promise<() => void> {
  const { options, io, report } = run;
  const source = await readSource(findSource(options.targets, io.cwd), io.readStdin);
  apartForList(source, io, options.evaluate);
  const list = await chooseList(source, run);
  const renderer = await chooseRenderer(options.templates, io.cwd, run);
  if (options.stdout && !report.manner.json) return showLoader(list, renderer, report);

  const needed = await resolveNeeded(source, list, run);
  const out = outFolder(source, options, io.cwd);
  if (!isReading(options)) refuseStore(out);
  const files = plan(list, renderer, needed);
  const look = (): Comparison => compare(out, sourceName(source, out), files, options.force);
  settle(out, options);
  const seen = look();
  // A run that was killed meanwhile has shown us half of its work.
  const { changes, conflicts } = settle(out, options) ? look() : seen;
  run.diagnostics.push(...conflicts);
  run.changes = changes.map(({ path, change, text }) => ({
    path,
    change,
    ...(options.stdout && text !== undefined && { text }),
  }));
  if (options.evaluate) await evaluate(files, list, out, run);
  const drift = options.check ? judge(out, changes, report) : [];
  run.diagnostics.push(...drift);
  if (options.diff) return showDiff(out, changes, report);
  if (!isReading(options) && conflicts.length === 0)
    return guarded(io, () => writeChanges(out, changes, report, io.signal), !options.watch);
  return drift.length > 0 ? () => {} : showChanges(out, changes, report);
}

/** What the loaders need of the kernel that is named, if one is. */
async function resolveNeeded(source: Source, list: TargetList, run: Run): Promise<Needed | undefined> {
  const { kernel, build, arch, nearest, 'no-cache': noCache } = run.options;
  // What knows kernels is only loaded where one is named.
  if (list.kernel === undefined && kernel === undefined && build === undefined) return undefined;
  apartForKernel(list, { kernel, build }, run.io);
  const { resolveList } = await import('./resolve-list.ts');
  const flags = { kernel, build, arch, nearest, 'no-cache': noCache };
  const { needed } = await resolveList(source, list, flags, run.io.cwd, run);
  // All of it is said already.
  if (hasError(run.diagnostics)) throw new Failure();
  return needed;
}

async function evaluate(
  files: PlannedFile[],
  list: TargetList,
  out: string,
  { diagnostics, sources }: Findings,
): Promise<void> {
  const { evaluatePlan } = await import('../evaluate/evaluate.ts');
  for (const { path, text } of files) sources.set(join(out, path), text);
  diagnostics.push(...evaluatePlan(files, list, out));
}

async function chooseList(source: Source, run: Run): Promise<TargetList> {
  const { name, compat } = run.options;
  if (source.kind !== 'names' && name !== undefined)
    throw usage('`--name` names a loader of names; a target list has its own names');
  const read = await readList(source, name ?? 'modules', run);
  if (compat === undefined) return read;
  const { list, warnings } = asUpstream(read);
  run.diagnostics.push(...warnings);
  return list;
}

function showLoader({ loaders }: TargetList, renderer: Renderer, report: Report): () => void {
  const [only, ...others] = loaders;
  if (!only || others.length > 0) throw usage('`--stdout` prints one loader; with several, add `--json`');
  const text = renderLoader(only, renderer);
  return () => report.text(text);
}

/** `--out`, or `kmod/` beside the list or in the working directory. */
function outFolder(source: Source, { out }: GenerateOptions, cwd: string): string {
  if (out !== undefined) return resolve(cwd, out);
  return join(source.kind === 'file' ? dirname(source.file) : cwd, 'kmod');
}

/** What the manifest calls the source. */
function sourceName(source: Source, out: string): string {
  if (source.kind === 'file') return relative(out, source.file).replaceAll('\\', '/');
  return source.kind === 'stdin' ? '-' : 'arguments';
}

/** Takes back what a killed run left half done, and tells whether there was any; a run that only reads refuses. */
function settle(out: string, options: GenerateOptions): boolean {
  if (!isReading(options)) return recover(out);
  if (!isInterrupted(out) || options.stdout) return false;
  throw new Failure(
    diagnostic('interrupted-write', 'a run was cut short here, or is still at work', {
      file: out,
      hint: 'generate again: that takes back what was half done first',
    }),
  );
}

function isReading({ check, diff, dryRun, stdout }: GenerateOptions): boolean {
  return check || diff || dryRun || stdout;
}
