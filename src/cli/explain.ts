/**
 * `gen-kmod explain`: what a module or a symbol is, needs and is needed by; what a code of a message means.
 *
 * A word that is a code is taken for one, and needs no kernel. A module of the same name is asked for as `NAME.ko`.
 */
import { severities } from '../diagnostics/codes.ts';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { codeIn, paragraphOn } from '../diagnostics/paragraphs.ts';
import { Elsewhere } from '../kernel/elsewhere.ts';
import type { KbuildModule } from '../kernel/kbuild/kbuild.ts';
import { type Expression, formatExpression } from '../kernel/kconfig/expression.ts';
import type { ConfigSymbol, Reference } from '../kernel/kconfig/model.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { findSource, readSource } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import { type Findings, readList } from './inputs.ts';
import type { Io } from './io.ts';
import { asking, type KernelFlags, readKernel } from './kernel.ts';
import { exitCode, type Report } from './report.ts';
import type { Result } from './result.ts';
import { usage } from './usage.ts';

export interface ExplainOptions extends KernelFlags {
  what?: string[];
  targets?: string;
}

/** References that are named; of the rest there is the number. */
const most = 12;

/** Returns the exit code. */
export async function explain(options: ExplainOptions, io: Io, report: Report): Promise<number> {
  const findings: Findings = { sources: new Map(), diagnostics: [] };
  const explained: NonNullable<Result['explained']> = [];
  let kernel: Kernel | undefined;
  try {
    const words = options.what ?? [];
    if (words.length === 0)
      throw usage(
        '`explain` needs something to explain',
        'say a module, a symbol or the code of a message, such as nft_ct, NFT_CT or drift',
      );
    const others = words.filter((word) => codeIn(word) === undefined);
    const list = others.length === 0 ? { loaders: [] } : await listOf(options, others[0]!, io, findings);
    if (others.length > 0) kernel = readKernel(list, options, io.cwd, io.cwd, findings);
    for (const what of words) {
      const code = codeIn(what);
      const lines = code === undefined ? asking(() => about(what, kernel!, list)) : paragraphOn(code);
      explained.push({ what, lines });
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    findings.diagnostics.push(...error.diagnostics);
  }
  const { diagnostics, sources } = findings;
  report.result(
    {
      version: 1,
      diagnostics,
      ...(kernel && { kernel: { version: kernel.version, arch: kernel.arch } }),
      ...(explained.length > 0 && { explained }),
    },
    sources,
  );
  if (!report.manner.json) report.text(explained.map(({ lines }) => `${lines.join('\n')}\n`).join('\n'));
  return exitCode(diagnostics);
}

/** The nearest list, for its kernel and for whose target something is; without one the flags have to say all. */
async function listOf(
  options: ExplainOptions,
  word: string,
  io: Io,
  findings: Findings,
): Promise<TargetList> {
  try {
    const source = await readSource(findSource(options.targets, io.cwd), io.readStdin);
    const list = await readList(source, 'modules', findings);
    if (list.kernel !== undefined || options.kernel !== undefined) return list;
  } catch (error) {
    if (!(error instanceof Failure) || options.targets !== undefined) throw error;
    if (options.kernel !== undefined) return { loaders: [] };
    if (error.diagnostics.some(({ code }) => code !== 'list-not-found')) throw error;
  }
  const kernelNeeded = 'say `--kernel 6.12 --arch mips`, or add a `kernel` section to the list';
  const code = didYouMean(word, Object.keys(severities));
  throw usage(
    `there is no kernel to ask about \`${word}\``,
    code === undefined ? kernelNeeded : `${code} Otherwise ${kernelNeeded}`,
  );
}

function about(what: string, kernel: Kernel, list: TargetList): string[] {
  const symbol = kernel.kconfig.symbol(what.replace(/^CONFIG_/, ''));
  if (symbol && !symbol.members) return ofSymbol(symbol, kernel);
  const modules = kernel.modules.find(what.replace(/\.ko$/, ''));
  if (modules.length === 0) {
    const elsewhere = new Elsewhere(kernel);
    const found =
      elsewhere.symbol(what.replace(/^CONFIG_/, '')) ?? elsewhere.module(what.replace(/\.ko$/, ''));
    const candidates = /^[A-Z0-9_]+$/.test(what)
      ? kernel.kconfig.names()
      : [...kernel.modules.names(), ...Object.keys(severities)];
    throw new Failure(
      diagnostic(
        'unknown-target',
        `Linux ${kernel.version} has neither a module nor a symbol \`${what}\` on ${kernel.arch}`,
        found ?? {
          hint:
            didYouMean(what, candidates) ??
            'modules are written as modprobe takes them, symbols without CONFIG_',
        },
      ),
    );
  }
  return modules.flatMap((module) => ofModule(module, kernel, list));
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
    ...symbols.flatMap((symbol) => (symbol ? ofSymbol(symbol, kernel) : [])),
  ];
}

function ofSymbol(symbol: ConfigSymbol, kernel: Kernel): string[] {
  const { name, type, prompts, definitions, dependencies, defaults } = symbol;
  const made = kernel.modules.madeBy(name);
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
    ...line('depends on', own),
    ...line('selects', references(symbol.selects)),
    ...line('implies', references(symbol.implies)),
    ...line('selected by', references(symbol.selectedBy)),
    ...line('implied by', references(symbol.impliedBy)),
    ...defaults.flatMap(({ value, condition }) =>
      line('default', formatExpression(value) + (condition === null ? '' : ` if ${shown(condition)}`)),
    ),
    ...line('needed by', neededBy(name, kernel)),
  ];
}

/** A condition with what menus and files ask more than once said once. */
function shown(condition: Expression): string {
  const parts = (expression: Expression): string[] =>
    expression.op === 'and' ? expression.of.flatMap(parts) : [formatExpression(expression, 'and')];
  return [...new Set(parts(condition))].join(' && ');
}

/** Symbols of modules whose dependencies name this one. */
function neededBy(name: string, { kconfig }: Kernel): string {
  const names: string[] = [];
  const pattern = new RegExp(`(?<![\\w"])${name}(?![\\w"])`);
  for (const other of kconfig.names()) {
    const symbol = kconfig.symbol(other)!;
    if (other !== name && symbol.dependencies !== null && pattern.test(formatExpression(symbol.dependencies)))
      names.push(other);
  }
  return names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}
