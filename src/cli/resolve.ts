/** `gen-kmod resolve`: what the modules of a list need of a kernel, and why; nothing is written. */
import { Failure } from '../diagnostics/diagnostic.ts';
import { formatAssignment } from '../kernel/kconfig/config.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { explainChain, type ResolvedAssignment, type ResolvedLoader } from '../kernel/resolve.ts';
import { findSource, readSource } from '../targets/source.ts';
import { type Findings, readList } from './inputs.ts';
import type { Io } from './io.ts';
import { asking, type KernelFlags, readKernel, resolveList } from './kernel.ts';
import { exitCode, type Report } from './report.ts';
import type { Result } from './result.ts';
import { usage } from './usage.ts';
import { confirmation, type Verified, verify } from './verify.ts';

export interface ResolveOptions extends KernelFlags {
  targets?: string;
  name?: string;
  all: boolean;
  verify: boolean;
  format?: 'config';
}

/** Returns the exit code. */
export async function resolveCommand(options: ResolveOptions, io: Io, report: Report): Promise<number> {
  const findings: Findings = { sources: new Map(), diagnostics: [] };
  let found: Partial<Result> = {};
  let text = '';
  try {
    if (options.all && options.verify) throw usage('`--verify` is for a list, and `--all` is none');
    ({ found, text } = options.all ? everyModule(options, io, findings) : await aList(options, io, findings));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    findings.diagnostics.push(...error.diagnostics);
  }
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
  const source = await readSource(findSource(options.targets, io.cwd), io.readStdin);
  const list = await readList(source, options.name ?? 'modules', findings);
  if (list.kernel === undefined && options.kernel === undefined) {
    throw usage(
      'there is no kernel to resolve against',
      'add a `kernel` section to the list, or say `--kernel 6.12 --arch mips`',
    );
  }
  const resolved = resolveList(source, list, options, io.cwd, findings);
  const { kernel, resolution } = resolved;
  const verified = options.verify ? await verify(resolved, source, list, io, findings) : undefined;
  const found = {
    kernel: { version: kernel.version, arch: kernel.arch },
    loaders: Object.fromEntries(resolution.loaders.map((loader) => [loader.name, asResult(loader)])),
    ...(verified && { verification: verified }),
  };
  const text =
    options.format === 'config'
      ? confirmed(verified, '# ') + fragment(resolution.assignments)
      : [heading(kernel), ...resolution.loaders.map(table)].join('\n') + confirmed(verified, '\n');
  return { found, text };
}

/** Every module of the kernel, by path. */
function everyModule(options: ResolveOptions, io: Io, findings: Findings): Answer {
  if (options.kernel === undefined)
    throw usage('`--all` needs a kernel', 'say `--kernel 6.12 --arch mips`, or name a source tree');
  const kernel = readKernel({ loaders: [] }, options, io.cwd, io.cwd, findings);
  const modules = asking(() => kernel.modules.all()).map(({ name, path, symbols }) => ({
    module: name,
    path,
    symbols: [...symbols],
  }));
  const text = modules.map(({ path, symbols }) => `${path}  ${symbols.join(' ')}\n`).join('');
  return { found: { kernel: { version: kernel.version, arch: kernel.arch }, modules }, text };
}

function asResult({ targets, unknown, assignments }: ResolvedLoader) {
  return {
    targets: targets.map(({ target, module, outcome }) => ({
      target,
      path: module.path,
      symbols: [...module.symbols],
      status: outcome.status,
    })),
    unknown: [...unknown],
    assignments: assignments.map(({ symbol, value, target, because }) => ({
      symbol,
      value,
      target,
      because: because.map((step) => ({ ...step })),
    })),
  };
}

function heading({ version, arch }: Kernel): string {
  return `Linux ${version}, ${arch}\n`;
}

function table({ name, targets, assignments }: ResolvedLoader): string {
  const rows = assignments.map((each) => [`${each.symbol}=${each.value}`, each.target, reasonOf(each)]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]!.length), 0);
  const [first, second] = [width(0), width(1)];
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const lines = rows.map(([assignment, target, reason]) =>
    `  ${assignment!.padEnd(first)}  ${target!.padEnd(second)}  ${reason}`.trimEnd(),
  );
  return [
    `${name}: ${count(targets.length, 'module')}, ${count(assignments.length, 'assignment')}`,
    ...lines,
    '',
  ].join('\n');
}

/** Empty where the target's own symbol is meant. */
function reasonOf({ because }: ResolvedAssignment): string {
  return because.length < 2 ? '' : explainChain(because);
}

function confirmed(verified: Verified | undefined, before: string): string {
  return verified?.differences.length === 0 ? `${before}${confirmation(verified)}\n` : '';
}

function fragment(assignments: readonly ResolvedAssignment[]): string {
  return assignments.map(({ symbol, value }) => `${formatAssignment(symbol, value, false)}\n`).join('');
}
