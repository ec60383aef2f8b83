/** A list resolved against the kernel of a run, and what there is to say of it. */
import { readFileSync } from 'node:fs';
import { dirname, resolve as resolvePath } from 'node:path';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { reason } from '../diagnostics/system-error.ts';
import type { Needed } from '../generate/plan.ts';
import type { Closures } from '../kernel/built.ts';
import { readBaseConfig } from '../kernel/config-file.ts';
import { diagnose, type Locate } from '../kernel/diagnose.ts';
import { Elsewhere } from '../kernel/elsewhere.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { explainChain, isWish, type Resolution, resolve } from '../kernel/resolve.ts';
import { locateIn } from '../targets/read.ts';
import type { Source } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import type { Findings } from './inputs.ts';
import { asking, type KernelFlags, type Kernels, readKernels, unreadable } from './kernel.ts';
import { placeIn } from './place-in.ts';

export interface ResolvedList extends Kernels {
  readonly resolution: Resolution | undefined;
  readonly closures: Closures | undefined;
  /** Undefined without `kernel`: nothing is known then of what modules need. */
  readonly needed: Needed | undefined;
  /** What the rest of the system sets. */
  readonly base: ReadonlyMap<string, string>;
}

/**
 * Resolves a list against the kernel that the flags or the list name. What is found goes to `findings`.
 *
 * @throws Failure where the kernel cannot be read
 */
export async function resolveList(
  source: Source,
  list: TargetList,
  flags: KernelFlags,
  cwd: string,
  findings: Findings,
): Promise<ResolvedList> {
  const beside = source.kind === 'file' ? dirname(source.file) : cwd;
  const { kernel, built } = await readKernels(list, flags, beside, cwd, findings);
  const locate: Locate | undefined =
    source.kind === 'names' ? undefined : locatesIn(source.text, source.file);
  const file = source.kind === 'names' ? undefined : source.file;
  let resolution: Resolution | undefined;
  let base: ReadonlyMap<string, string> = new Map();
  if (kernel) {
    const { config } = list.kernel ?? {};
    const baseFile = config === undefined ? undefined : resolvePath(beside, config);
    const read = baseFile === undefined ? undefined : readBase(baseFile, kernel, findings);
    if (read) base = read.values;
    const found = asking(() => resolve(kernel, list.loaders, base));
    resolution = found;
    if (read) findings.diagnostics.push(...overruled(found, base, kernel, baseFile!, read.text, findings));
    const isBuilt = (target: string): boolean => built !== undefined && built.lookup.find(target).length > 0;
    findings.diagnostics.push(...asking(() => diagnose(kernel, list, found, file, locate, isBuilt)));
  }
  let closures: Closures | undefined;
  if (built) {
    const { closuresOf } = await import('../kernel/built.ts');
    const { diagnoseBuilt } = await import('../kernel/diagnose-built.ts');
    closures = closuresOf(built, list.loaders);
    findings.diagnostics.push(...diagnoseBuilt(built, closures, list, resolution, file, locate));
  }
  return { kernel, built, resolution, closures, needed: resolution && neededBy(list, resolution), base };
}

/** Where things stand in a list; its text is read again when that is asked for first, and mostly it never is. */
function locatesIn(text: string, file: string): Locate {
  let locate: Locate | undefined;
  return (...asked) => {
    locate ??= locateIn(text, file);
    return locate(...asked);
  };
}

function neededBy(list: TargetList, resolution: Resolution): Needed {
  return new Map(
    resolution.loaders.map(({ name, assignments }) => {
      const own = list.loaders.find((loader) => loader.name === name)!.kernelConfig;
      return [name, assignments.filter(({ symbol }) => !own.has(symbol))];
    }),
  );
}

function readBase(
  file: string,
  kernel: Kernel,
  { diagnostics, sources }: Findings,
): { values: ReadonlyMap<string, string>; text: string } {
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
        diagnostic('invalid-config', message, {
          ...placeIn(file, sources, line),
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
  return { values, text };
}

/** What is needed or set otherwise than the base says. Its definitions are plain: they win over a default, and conflict with another. */
function overruled(
  { assignments }: Resolution,
  base: ReadonlyMap<string, string>,
  { kconfig }: Kernel,
  file: string,
  text: string,
  { sources }: Findings,
): Diagnostic[] {
  const lines = text.split('\n');
  const placed = (symbol: string) => {
    const line = new RegExp(`^\\s*(CONFIG_${symbol}=|# CONFIG_${symbol} is not set|"${symbol}"\\s*:)`);
    const at = lines.findLastIndex((each) => line.test(each));
    return placeIn(file, sources, at < 0 ? undefined : at + 1);
  };
  return assignments.flatMap((assignment) => {
    const { symbol, value, target, instead } = assignment;
    if (!isWish(assignment)) {
      if (instead === undefined || instead === value || !base.has(symbol)) return [];
      return [
        diagnostic(
          'overruled-by-base',
          `\`${target}\` needs ${symbol}=${value}, and the base configuration says ${symbol}=${instead}`,
          {
            ...placed(symbol),
            notes: [explainChain(assignment.because)],
            hint: `set ${symbol}=${value} there: what it says is a plain definition, and wins over the default in a loader's module`,
          },
        ),
      ];
    }
    const members = kconfig.symbol(kconfig.symbol(symbol)?.choice ?? '')?.members ?? [];
    const other =
      value === 'y' ? members.find((each) => each !== symbol && base.get(each) === 'y') : undefined;
    const said = base.get(symbol);
    if (other === undefined && (said === undefined || said === value)) return [];
    return [
      diagnostic(
        'overruled-by-base',
        other === undefined
          ? `the list sets ${symbol}=${value}, and the base configuration says ${symbol}=${said}`
          : `the list sets ${symbol}=${value}, and the base configuration picks ${other} of the same choice`,
        {
          ...placed(other ?? symbol),
          notes: [
            other === undefined
              ? 'both are plain definitions, and Nix refuses two that differ'
              : 'of several members that are set, the last one by name counts in the kernel that Liminix configures',
          ],
          hint: `change it there, or take ${symbol} out of \`kernelConfig\``,
        },
      ),
    ];
  });
}
