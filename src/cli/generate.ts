/** `gen-kmod --targets SRC`: arguments → target list → plan → changes → written or shown. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { plan, renderLoader } from '../generate/plan.ts';
import type { Renderer } from '../generate/renderer.ts';
import { type Change, type Comparison, compare } from '../output/compare.ts';
import { isInterrupted, recover, write } from '../output/write.ts';
import { fold, loaderPattern, reservedLoaderNames } from '../targets/names.ts';
import { findSource, type ListText, readSource, type Source } from '../targets/source.ts';
import { makeLoader, type TargetList } from '../targets/target-list.ts';
import type { Io } from './io.ts';
import { exitCode, type Report } from './report.ts';
import type { ReportedChange } from './result.ts';

export interface GenerateOptions {
  targets?: string;
  out?: string;
  name?: string;
  templates?: string;
  compat?: 'upstream';
  check: boolean;
  diff: boolean;
  dryRun: boolean;
  stdout: boolean;
  force: boolean;
  watch: boolean;
}

/** Runs once, or with `watch` at every change of the list. Returns the exit code. */
export async function generate(options: GenerateOptions, io: Io, report: Report): Promise<number> {
  if (!options.watch) return generateOnce(options, io, report);
  const { watch } = await import('./watch.ts');
  return watch(options, io, report);
}

/** One run. Returns the exit code. */
export async function generateOnce(options: GenerateOptions, io: Io, report: Report): Promise<number> {
  const sources = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  let changes: ReportedChange[] | undefined;
  let show = (): void => {};
  try {
    const source = await readSource(findSource(options.targets, io.cwd), io.readStdin);
    if (source.kind !== 'names') sources.set(source.file, source.text);
    const list = await readList(source, options, diagnostics);
    const renderer = await chooseRenderer(options, io, sources, diagnostics);

    if (options.stdout && !report.manner.json) {
      const [only, ...others] = list.loaders;
      if (!only || others.length > 0) throw usage('`--stdout` prints one loader; with several, add `--json`');
      const text = renderLoader(only, renderer);
      show = () => report.text(text);
    } else {
      const out = outFolder(source, options, io.cwd);
      const comparison = prepare(out, source, list, renderer, options);
      diagnostics.push(...comparison.conflicts);
      changes = comparison.changes.map(({ path, change, text }) => ({
        path,
        change,
        ...(options.stdout && text !== undefined && { text }),
      }));
      show = await carryOut(out, comparison, options, io, report, diagnostics);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    for (const [file, text] of (error as { sources?: Map<string, string> }).sources ?? [])
      sources.set(file, text);
    diagnostics.push(...error.diagnostics);
  }
  report.result({ version: 1, diagnostics, ...(changes && { changes }) }, sources, options.watch);
  show();
  return exitCode(diagnostics);
}

async function readList(
  source: Source,
  options: GenerateOptions,
  warnings: Diagnostic[],
): Promise<TargetList> {
  const list =
    source.kind === 'names'
      ? listOfNames(source.names, options, warnings)
      : await listOfText(source, options, warnings);
  if (options.compat === 'upstream') {
    for (const loader of list.loaders) {
      if (loader.parameters.size > 0) {
        throw new Failure(
          diagnostic(
            'parameters-with-compat',
            `loader \`${loader.name}\` has \`parameters\`, which --compat upstream cannot pass on`,
            {
              hint: "upstream's loader gives insmod no parameters: remove one of the two",
            },
          ),
        );
      }
      loader.compat = true;
    }
  }
  return list;
}

async function listOfText(
  source: ListText,
  options: GenerateOptions,
  warnings: Diagnostic[],
): Promise<TargetList> {
  if (options.name !== undefined)
    throw usage('`--name` names a loader of names; a target list has its own names');
  const { readTargetList } = await import('../targets/read.ts');
  const read = readTargetList(source.text, source.file);
  warnings.push(...read.warnings);
  return read.list;
}

function listOfNames(names: string[], options: GenerateOptions, warnings: Diagnostic[]): TargetList {
  const name = options.name ?? 'modules';
  if (!loaderPattern.test(name)) {
    throw new Failure(
      diagnostic('invalid-loader-name', `${JSON.stringify(name.slice(0, 80))} is no loader name`, {
        hint: 'a name is a lower-case letter, then up to 62 lower-case letters, digits and dashes',
      }),
    );
  }
  if (reservedLoaderNames.has(name)) {
    throw new Failure(
      diagnostic('reserved-name', `a loader cannot be called \`${name}\``, { hint: 'choose another name' }),
    );
  }
  const seen = new Map<string, string>();
  for (const module of names) {
    const first = seen.get(fold(module));
    if (first === undefined) seen.set(fold(module), module);
    else if (first === module)
      warnings.push(diagnostic('duplicate-target', `\`${module}\` is there twice; it is loaded once`));
    else
      throw new Failure(
        diagnostic('duplicate-after-folding', `\`${module}\` is the same module as \`${first}\``),
      );
  }
  return { loaders: [makeLoader(name, [...seen.values()])] };
}

async function chooseRenderer(
  options: GenerateOptions,
  io: Io,
  sources: Map<string, string>,
  warnings: Diagnostic[],
): Promise<Renderer> {
  if (options.templates === undefined) return (await import('../generate/shipped.ts')).shippedRenderer();
  const { customRenderer } = await import('../generate/custom.ts');
  const custom = customRenderer(resolve(io.cwd, options.templates));
  for (const [file, text] of custom.sources) sources.set(file, text);
  warnings.push(...custom.warnings);
  return custom.renderer;
}

/** `--out`, or `kmod/` beside the list or in the working directory. */
function outFolder(source: Source, options: GenerateOptions, cwd: string): string {
  if (options.out !== undefined) return resolve(cwd, options.out);
  return join(source.kind === 'file' ? dirname(source.file) : cwd, 'kmod');
}

function prepare(
  out: string,
  source: Source,
  list: TargetList,
  renderer: Renderer,
  options: GenerateOptions,
): Comparison {
  const writes = willWrite(options);
  if (writes) recover(out);
  else if (isInterrupted(out) && !options.stdout) {
    throw new Failure(
      diagnostic('interrupted-write', 'a run was cut short here, or is still at work', {
        file: out,
        hint: 'generate again: that takes back what was half done first',
      }),
    );
  }
  const name =
    source.kind === 'file'
      ? relative(out, source.file).replaceAll('\\', '/')
      : source.kind === 'stdin'
        ? '-'
        : 'arguments';
  return compare(out, name, plan(list, renderer), options.force);
}

function willWrite({ check, diff, dryRun, stdout }: GenerateOptions): boolean {
  return !(check || diff || dryRun || stdout);
}

/** The last step. Returns what is left to print, as diagnostics come first. */
async function carryOut(
  out: string,
  { changes, conflicts }: Comparison,
  options: GenerateOptions,
  io: Io,
  report: Report,
  diagnostics: Diagnostic[],
): Promise<() => void> {
  const changed = changes.filter(({ change }) => change !== 'keep');
  if (options.check && changed.length > 0) diagnostics.push(drift(out, changed, report));
  if (options.diff) {
    const { unifiedDiff } = await import('./diff.ts');
    const text = changed.map((change) => unifiedDiff(out, change, report.name(out))).join('');
    return () => report.diff(text);
  }
  if (!willWrite(options) || conflicts.length > 0) {
    return () => {
      if (!options.check) report.changes(changes, out);
      if (changed.length === 0) report.line(`${report.name(out)} is up to date`);
    };
  }
  await write(out, changes, io.signal);
  return () => {
    report.changes(changes, out);
    report.line(summary(changed, out, report));
  };
}

function drift(out: string, changed: Change[], report: Report): Diagnostic {
  const shown = changed.slice(0, 20).map(({ path, change }) => `${change} ${report.name(join(out, path))}`);
  if (changed.length > shown.length) shown.push(`and ${changed.length - shown.length} more`);
  return diagnostic(
    'drift',
    `${changed.length} file${changed.length === 1 ? ' is' : 's are'} not as the target list says`,
    {
      file: out,
      notes: shown,
      hint: 'run `gen-kmod` and commit the result; `--diff` shows the difference',
    },
  );
}

function summary(changed: Change[], out: string, report: Report): string {
  if (changed.length === 0) return `${report.name(out)} is up to date`;
  const folder = basename(out) === '' ? '.' : report.name(out);
  const created = changed.some(({ path, change }) => path === 'modules.nix' && change === 'create');
  const done = `${folder}: ${changed.length} file${changed.length === 1 ? '' : 's'} written`;
  return created ? `${done}. Next, in your configuration: imports = [ ./${folder}/modules.nix ];` : done;
}

function usage(message: string): Failure {
  return new Failure(diagnostic('usage', message, { hint: '`gen-kmod --help` shows how it is used' }));
}
