/**
 * `gen-kmod explain`: what a module or a symbol is, needs and is needed by; what a code of a message means.
 *
 * A word that is a code is taken for one, and needs no kernel. A module of the same name is asked for as `NAME.ko`.
 */
import { dirname } from 'node:path';
import { severities } from '../diagnostics/codes.ts';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { codeIn, paragraphOn } from '../diagnostics/paragraphs.ts';
import { type Closures, closuresOf } from '../kernel/built.ts';
import { Elsewhere } from '../kernel/elsewhere.ts';
import type { KbuildModule } from '../kernel/kbuild/kbuild.ts';
import { type Expression, formatExpression } from '../kernel/kconfig/expression.ts';
import type { ConfigSymbol, Reference } from '../kernel/kconfig/model.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Lead, leadFor } from '../kernel/leads.ts';
import { knownNames } from '../kernel/modules/lookup.ts';
import { moduleIn } from '../targets/names.ts';
import { findSource, readSource } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import { apartForKernel, apartForList, hear } from './apart.ts';
import { explainBuilt } from './explain-built.ts';
import { type Findings, readList } from './inputs.ts';
import type { Io } from './io.ts';
import { asking, type KernelFlags, type Kernels, kernelResult, namesKernel, readKernels } from './kernel.ts';
import { partLines } from './optional-parts.ts';
import { exitCode, type Report } from './report.ts';
import type { Result } from './result.ts';
import { usage } from './usage.ts';

export interface ExplainOptions extends KernelFlags {
  what?: string[];
  targets?: string;
}

type Explained = NonNullable<Result['explained']>[number];

/** References that are named; of the rest there is the number. */
const most = 12;

/** Returns the exit code. */
export async function explain(options: ExplainOptions, io: Io, report: Report): Promise<number> {
  const findings: Findings = { sources: new Map(), diagnostics: [] };
  const explained: Explained[] = [];
  let kernels: Kernels | undefined;
  try {
    const words = options.what ?? [];
    if (words.length === 0)
      throw usage(
        '`explain` needs something to explain',
        'say a module, a symbol or the code of a message, such as nft_ct, NFT_CT or drift',
      );
    const [other] = words.filter((word) => codeIn(word) === undefined);
    const ask = other === undefined ? undefined : await asker(options, other, io, findings);
    kernels = ask?.kernels;
    for (const what of words) {
      const code = codeIn(what);
      explained.push({ what, ...(code === undefined ? ask!.about(what) : { lines: paragraphOn(code) }) });
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    findings.diagnostics.push(...error.diagnostics);
  }
  await hear(io);
  const { diagnostics, sources } = findings;
  report.result(
    {
      version: 1,
      diagnostics,
      ...(kernels && kernelResult(kernels)),
      ...(explained.length > 0 && { explained }),
    },
    sources,
  );
  if (!report.manner.json) report.text(explained.map(({ lines }) => `${lines.join('\n')}\n`).join('\n'));
  return exitCode(diagnostics);
}

/** Reads the kernel that is named, to be asked about words; `word` is the first of them. */
async function asker(options: ExplainOptions, word: string, io: Io, findings: Findings) {
  const { list, beside } = await listOf(options, word, io, findings);
  apartForKernel(list, options, io);
  const kernels = await readKernels(list, options, beside, io.cwd, findings);
  const closures = kernels.built && closuresOf(kernels.built, list.loaders);
  return { kernels, about: (what: string) => asking(() => about(what, kernels, list, closures)) };
}

/**
 * The nearest list, for its kernel and for whose target something is, with the folder its paths are relative to; without one
 * the flags have to say all.
 */
async function listOf(
  options: ExplainOptions,
  word: string,
  io: Io,
  findings: Findings,
): Promise<{ list: TargetList; beside: string }> {
  const flagged = namesKernel({ loaders: [] }, options);
  try {
    const source = await readSource(findSource(options.targets, io.cwd), io.readStdin);
    apartForList(source, io);
    const list = await readList(source, 'modules', findings);
    const beside = source.kind === 'file' ? dirname(source.file) : io.cwd;
    if (list.kernel !== undefined || flagged) return { list, beside };
  } catch (error) {
    if (!(error instanceof Failure) || options.targets !== undefined) throw error;
    if (flagged) return { list: { loaders: [] }, beside: io.cwd };
    if (error.diagnostics.some(({ code }) => code !== 'list-not-found')) throw error;
  }
  const kernelNeeded = 'say `--kernel 6.12 --arch mips`, or add a `kernel` section to the list';
  const code = didYouMean(word, Object.keys(severities));
  throw usage(
    `there is no kernel to ask about \`${word}\``,
    code === undefined ? kernelNeeded : `${code} Otherwise ${kernelNeeded}`,
  );
}

function about(
  what: string,
  { kernel, built }: Kernels,
  list: TargetList,
  closures: Closures | undefined,
): Omit<Explained, 'what'> {
  const symbol = kernel?.kconfig.symbol(what.replace(/^CONFIG_/, ''));
  if (symbol && !symbol.members) return { lines: ofSymbol(symbol, kernel!) };
  const name = moduleIn(what);
  const modules = kernel?.modules.find(name) ?? [];
  const { modules: facts, lines } = built ? explainBuilt(built, name, closures) : { modules: [], lines: [] };
  if (modules.length === 0 && facts.length === 0) throw unknown(what, { kernel, built });
  return {
    lines: [...modules.flatMap((module) => ofModule(module, kernel!, list)), ...lines],
    ...(facts.length > 0 && { built: facts }),
  };
}

function unknown(what: string, { kernel, built }: Kernels): Failure {
  const elsewhere = kernel && new Elsewhere(kernel);
  const looksLikeSymbol = /^[A-Z0-9_]+$/.test(what);
  const found: Lead | undefined =
    elsewhere?.symbol(what.replace(/^CONFIG_/, '')) ??
    // What a built kernel knows besides is found below.
    (kernel && !built && !looksLikeSymbol
      ? leadFor(kernel, elsewhere!, moduleIn(what))
      : elsewhere?.module(moduleIn(what)));
  const candidates = looksLikeSymbol
    ? (kernel?.kconfig.names() ?? [])
    : [
        ...(kernel?.modules.names() ?? []),
        ...(built ? knownNames(built.graph, built.lookup) : []),
        ...Object.keys(severities),
      ];
  const message = kernel
    ? `Linux ${kernel.version} has neither a module nor a symbol \`${what}\` on ${kernel.arch}`
    : `the built kernel has no module \`${what}\`; of symbols it says nothing`;
  return new Failure(
    diagnostic(
      'unknown-name',
      found?.message ?? message,
      (found && { notes: found.notes, hint: found.hint }) ?? {
        hint:
          didYouMean(what, candidates) ??
          'modules are written as modprobe takes them, symbols without CONFIG_',
      },
    ),
  );
}

function ofModule(module: KbuildModule, kernel: Kernel, list: TargetList): string[] {
  const loaders = list.loaders.filter(({ targets }) =>
    targets.some((target) => target.replaceAll('-', '_') === module.name),
  );
  const symbols = module.symbols.map((name) => kernel.kconfig.symbol(name));
  return [
    `module ${module.name}: ${module.path}`,
    ...module.rules.map(({ file, line }) => `  listed in ${file}:${line}`),
    ...(loaders.length > 0 ? [`  a target of ${loaders.map(({ name }) => name).join(', ')}`] : []),
    ...partLines(kernel, module),
    ...symbols.flatMap((symbol) => (symbol ? ofSymbol(symbol, kernel) : [])),
  ];
}

function ofSymbol(symbol: ConfigSymbol, kernel: Kernel): string[] {
  const { name, type, prompts, definitions, dependencies, defaults } = symbol;
  const made = kernel.modules.madeBy(name);
  const partOf = type === 'bool' && prompts.length > 0 ? kernel.objects.optionOf(name) : [];
  const parts = new Set(made.flatMap((module) => kernel.objects.options(module)));
  const own = dependencies === null ? '' : shown(dependencies);
  const line = (label: string, text: string): string[] =>
    text === '' ? [] : [`  ${label.padEnd(12)} ${text}`];
  const references = (all: readonly Reference[]): string => {
    const names = all
      .slice(0, most)
      .map(({ symbol: other, condition }) =>
        condition === null || shown(condition) === own ? other : `${other} (if ${shown(condition)})`,
      );
    return names.join(', ') + (all.length > most ? ` and ${all.length - most} more` : '');
  };
  return [
    `symbol ${name}: ${type}${prompts[0] ? `, "${prompts[0].text}"` : ', without a prompt'}`,
    ...definitions.map(({ file, line: number }) => `  defined in ${file}:${number}`),
    ...line('makes', made.map(({ path }) => path).join(', ')),
    ...line('part of', partOf.join(', ')),
    ...line('depends on', own),
    ...line('selects', references(symbol.selects)),
    ...line('implies', references(symbol.implies)),
    ...line('selected by', references(symbol.selectedBy)),
    ...line('implied by', references(symbol.impliedBy)),
    ...defaults.flatMap(({ value, condition }) =>
      line('default', formatExpression(value) + (condition === null ? '' : ` if ${shown(condition)}`)),
    ),
    ...line('needed by', neededBy(name, parts, kernel)),
  ];
}

/** A condition with what menus and files ask more than once said once. */
function shown(condition: Expression): string {
  const parts = (expression: Expression): string[] =>
    expression.op === 'and' ? expression.of.flatMap(parts) : [formatExpression(expression, 'and')];
  return [...new Set(parts(condition))].join(' && ');
}

/** Symbols whose dependencies name this one, but for the optional parts of what it makes. */
function neededBy(name: string, parts: ReadonlySet<string>, { kconfig }: Kernel): string {
  const names: string[] = [];
  const pattern = new RegExp(`(?<![\\w"])${name}(?![\\w"])`);
  for (const other of kconfig.names()) {
    const symbol = kconfig.symbol(other)!;
    if (other === name || parts.has(other)) continue;
    if (symbol.dependencies !== null && pattern.test(formatExpression(symbol.dependencies)))
      names.push(other);
  }
  return names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}
