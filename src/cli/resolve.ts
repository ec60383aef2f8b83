/** `gen-kmod resolve`: what the modules of a list need of a kernel, and why; nothing is written. */
import { Failure } from '../diagnostics/diagnostic.ts';
import { parametersOf } from '../kernel/diagnose-built.ts';
import { formatAssignment } from '../kernel/kconfig/config.ts';
import type { Kconfig } from '../kernel/kconfig/model.ts';
import { givenParameters } from '../kernel/modules/check-parameters.ts';
import { explainChain, isWish, type ResolvedAssignment, type ResolvedLoader } from '../kernel/resolve.ts';
import { findSource, readSource } from '../targets/source.ts';
import type { Loader } from '../targets/target-list.ts';
import { apart, apartForKernel, apartForList, hear } from './apart.ts';
import { builtTargets, closureLines, closureResult, everyBuilt, measure, totalLine } from './closure.ts';
import { checkFlash, parseFlash, shareOf } from './flash.ts';
import { type Findings, readList } from './inputs.ts';
import type { Io } from './io.ts';
import { asking, type KernelFlags, type Kernels, kernelResult, namesKernel, readKernels } from './kernel.ts';
import { type Missing, missingLines, missingParts, partsResult } from './optional-parts.ts';
import { exitCode, type Report } from './report.ts';
import { type ResolvedList, resolveList } from './resolve-list.ts';
import type { Result } from './result.ts';
import { columns, count } from './table.ts';
import { usage } from './usage.ts';

export interface ResolveOptions extends KernelFlags {
  targets?: string;
  name?: string;
  all: boolean;
  verify: boolean;
  format?: 'config';
  flash?: string;
}

/** Returns the exit code. */
export async function resolveCommand(options: ResolveOptions, io: Io, report: Report): Promise<number> {
  const findings: Findings = { sources: new Map(), diagnostics: [] };
  let found: Partial<Result> = {};
  let text = '';
  try {
    for (const flag of ['verify', 'flash'] as const)
      if (options.all && options[flag]) throw usage(`\`--${flag}\` is for a list, and \`--all\` is none`);
    ({ found, text } = await (options.all
      ? everyModule(options, io, findings)
      : aList(options, io, findings)));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    findings.diagnostics.push(...error.diagnostics);
  }
  await hear(io);
  const { diagnostics, sources } = findings;
  report.result({ version: 1, diagnostics, ...found }, sources);
  if (!report.manner.json) report.text(text);
  return exitCode(diagnostics);
}

interface Answer {
  readonly found: Partial<Result>;
  readonly text: string;
}

async function aList(options: ResolveOptions, io: Io, findings: Findings): Promise<Answer> {
  const flash = options.flash === undefined ? undefined : parseFlash(options.flash);
  const source = await readSource(findSource(options.targets, io.cwd), io.readStdin);
  apartForList(source, io);
  const list = await readList(source, options.name ?? 'modules', findings);
  if (!namesKernel(list, options)) {
    throw usage(
      'there is no kernel to resolve against',
      'add a `kernel` section to the list, or say `--kernel 6.12 --arch mips`',
    );
  }
  apartForKernel(list, options, io);
  const resolved = await resolveList(source, list, options, io.cwd, findings);
  refuseWhatIsLacking(options, resolved);
  const verifying = options.verify ? await import('./verify.ts') : undefined;
  const verified = verifying && (await verifying.verify(resolved, source, list, io, findings));
  const confirmed = verified?.differences.length === 0 ? `${verifying!.confirmation(verified)}\n` : '';
  const loads = whatLoads(resolved, list.loaders, flash, findings);
  const missing = missingParts(resolved, list);
  const loaders = list.loaders.map(({ name }, number) => {
    const found = resolved.resolution?.loaders[number];
    const off = found ? missingLines(found, missing) : [];
    return { name, found, ...loads?.loaders[number], off };
  });
  const text =
    options.format === 'config'
      ? (confirmed === '' ? '' : `# ${confirmed}`) +
        fragment(resolved.resolution!.assignments, resolved.kernel!.kconfig)
      : [heading(resolved), ...loaders.map(table), ...(loads?.total ?? [])].join('\n') +
        (confirmed === '' ? '' : `\n${confirmed}`);
  return {
    found: {
      ...kernelResult(resolved),
      loaders: Object.fromEntries(
        loaders.map(({ name, found, result, targets }) => [
          name,
          { ...(found ? asResult(found, missing) : targets!), ...result },
        ]),
      ),
      ...loads?.found,
      ...(verified && { verification: verified }),
    },
    text,
  };
}

/** @throws Failure where the flags ask for more than the kernel that is named can say */
function refuseWhatIsLacking({ flash, format }: ResolveOptions, { built, resolution }: ResolvedList): void {
  if (flash !== undefined && built === undefined)
    throw usage(
      '`--flash` needs a built kernel',
      'say `--build DIR`, or add `build` to the `kernel` section of the list',
    );
  if (format === 'config' && resolution === undefined)
    throw usage(
      '`--format config` needs more than a built kernel',
      'name what it was built from too: `--kernel 6.12 --build DIR`, or `source` in the list',
    );
}

/** What a built kernel adds, by loader, and of all of them. */
function whatLoads(
  { built, closures }: ResolvedList,
  loaders: readonly Loader[],
  flash: number | undefined,
  findings: Findings,
) {
  if (!built || !closures) return undefined;
  const sizesOf = measure(built);
  const sizes = sizesOf(closures.modules);
  const use = flash === undefined ? undefined : { bytes: flash, taken: sizes.xz };
  if (use) findings.diagnostics.push(...checkFlash(use, sizes.raw, closures.modules, built.folder));
  return {
    loaders: closures.loaders.map(({ closure }, number) => {
      const own = sizesOf(closure.modules);
      const given = givenParameters(built.graph, closure, parametersOf(loaders[number]!));
      return {
        targets: builtTargets(built, closure),
        result: closureResult(built, closure, own, given),
        lines: closureLines(closure, own, flash, given),
      };
    }),
    found: { sizes, ...(use && { flash: use }) },
    total: [
      ...(closures.loaders.length > 1 ? [`${totalLine(closures, sizes)}\n`] : []),
      ...(use ? [`flash: ${shareOf(use)} of ${use.bytes} bytes, packed with xz\n`] : []),
    ],
  };
}

/** Every module of the kernel, by path. */
async function everyModule(options: ResolveOptions, io: Io, findings: Findings): Promise<Answer> {
  if (options.kernel === undefined && options.build === undefined)
    throw usage('`--all` needs a kernel', 'say `--kernel 6.12 --arch mips`, or name a source tree');
  apart(io);
  const kernels = await readKernels({ loaders: [] }, options, io.cwd, io.cwd, findings);
  const { kernel, built } = kernels;
  const modules = kernel
    ? asking(() => kernel.modules.all()).map(({ name, path, symbols }) => ({
        module: name,
        path,
        symbols: [...symbols],
      }))
    : everyBuilt(built!);
  const text = modules
    .map(({ path, symbols }) => `${path}  ${symbols.join(' ')}`.trimEnd().concat('\n'))
    .join('');
  return { found: { ...kernelResult(kernels), modules }, text };
}

function asResult({ targets, unknown, assignments }: ResolvedLoader, missing: Missing) {
  return {
    targets: targets.map(({ target, module, outcome }) => ({
      target,
      path: module.path,
      symbols: [...module.symbols],
      status: outcome.status,
      ...(missing.has(target) && { optional: partsResult(missing.get(target)!) }),
    })),
    unknown: [...unknown],
    assignments: assignments.map(({ symbol, value, target, because }) => ({
      symbol,
      value,
      target,
      because: because.map(({ symbol: name, relation, alternatives }) => ({
        symbol: name,
        relation,
        ...(alternatives && { alternatives: [...alternatives] }),
      })),
    })),
  };
}

function heading(kernels: Kernels): string {
  const { version, arch, release } = kernelResult(kernels).kernel!;
  return `Linux ${version}, ${arch}${release === undefined || release === version ? '' : `, built as ${release}`}\n`;
}

interface Rows {
  readonly name: string;
  readonly found?: ResolvedLoader | undefined;
  readonly lines?: readonly string[] | undefined;
  /** Of its targets' optional parts. */
  readonly off: readonly string[];
}

function table({ name, found, lines = [], off }: Rows): string {
  const rows = found?.assignments.map((each) => [
    `${each.symbol}=${/^([ymn]|-?[0-9a-fA-Fx]+)$/.test(each.value) ? each.value : JSON.stringify(each.value)}`,
    each.target,
    reasonOf(each),
  ]);
  const title = found
    ? `${name}: ${count(found.targets.length, 'module')}, ${count(found.assignments.length, 'assignment')}`
    : `${name}:`;
  return [title, ...columns(rows ?? []).map((line) => `  ${line}`), ...off, ...lines, ''].join('\n');
}

/** Empty where the target's own symbol is meant. */
function reasonOf(assignment: ResolvedAssignment): string {
  if (isWish(assignment)) return 'asked for';
  return assignment.because.length < 2 ? '' : explainChain(assignment.because);
}

function fragment(assignments: readonly ResolvedAssignment[], kconfig: Kconfig): string {
  const isString = (symbol: string): boolean => kconfig.symbol(symbol)?.type === 'string';
  return assignments
    .map(({ symbol, value }) => `${formatAssignment(symbol, value, isString(symbol))}\n`)
    .join('');
}
