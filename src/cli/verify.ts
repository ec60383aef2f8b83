/** `gen-kmod resolve --verify`: the tree's own `make olddefconfig` asked about a solution. */
import { type Details, diagnostic } from '../diagnostics/diagnostic.ts';
import { settingsOf } from '../kernel/resolve.ts';
import { assignedIn, compareWith, configOf, type Difference } from '../kernel/verify/compare.ts';
import { olddefconfig } from '../kernel/verify/olddefconfig.ts';
import { locateIn } from '../targets/read.ts';
import type { Source } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import { guarded } from './apart.ts';
import type { Findings } from './inputs.ts';
import type { Io } from './io.ts';
import type { ResolvedList } from './resolve-list.ts';
import type { Result } from './result.ts';
import { count } from './table.ts';
import { usage } from './usage.ts';

export type Verified = NonNullable<Result['verification']>;

/** Names that are told; of the rest there is the number. */
const most = 5;

/**
 * What differs goes to `findings`, at the target or setting it is about; so does why the tool could not be run, and then
 * there is no answer.
 *
 * @throws Failure where there is no tree, an AbortError where the run is interrupted
 */
export async function verify(
  { kernel, resolution, base }: ResolvedList,
  source: Source,
  list: TargetList,
  io: Io,
  findings: Findings,
): Promise<Verified | undefined> {
  if (kernel?.root === undefined || resolution === undefined) {
    const known = kernel === undefined ? 'its modules alone' : 'an index';
    throw usage(
      `\`--verify\` runs a source tree's own tool, and this kernel is known by ${known}`,
      'name the tree: `--kernel DIR`, or `source: DIR` in the list',
    );
  }
  const { kconfig, root, arch, version } = kernel;
  const person = settingsOf(list.loaders);
  const values = assignedIn([...base, ...person], resolution);
  const config = configOf(kconfig, values);
  const { env, signal } = io;
  const answer = await guarded(io, () => olddefconfig({ tree: root, arch, version, config, env, signal }));
  if (answer.failure) {
    const { message, notes, hint } = answer.failure;
    findings.diagnostics.push(diagnostic('olddefconfig-failed', message, { file: root, notes, hint }));
    return undefined;
  }
  const { differences, ...counted } = compareWith(answer.config, kernel, values, person, resolution);
  for (const difference of differences) {
    findings.diagnostics.push(
      diagnostic(
        'olddefconfig-differs',
        `${answer.tool} makes ${difference.symbol} ${difference.theirs}, and gen-kmod says ${difference.ours}`,
        { ...placeOf(difference, source, list), notes: notesOn(difference), hint: wayOut(env) },
      ),
    );
  }
  return {
    tool: answer.tool,
    ...counted,
    differences: differences.map(({ causes, ...rest }) => ({ ...rest, causes: [...causes] })),
    differing: [...counted.differing],
  };
}

/** The line for a solution that stands. */
export function confirmation({ tool, assignments, targets, symbols, differing }: Verified): string {
  const rest =
    differing.length === 0
      ? `all ${symbols} bools and tristates are equal`
      : `of ${symbols} bools and tristates ${differing.length} that nothing here depends on ${differing.length === 1 ? 'differs' : 'differ'}: ${some(differing)}`;
  return `confirmed by ${tool}: ${count(assignments, 'assignment')}, ${count(targets, 'target')} (${rest})`;
}

function some(names: readonly string[]): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}

function placeOf({ symbol, target }: Difference, source: Source, list: TargetList): Details {
  if (source.kind === 'names') return {};
  const { file, text } = source;
  for (const { name, targets, kernelConfig } of list.loaders) {
    const index = target === undefined ? -1 : targets.indexOf(target);
    if (index >= 0)
      return { file, range: locateIn(text, file)(['loaders', name, 'targets', index], 'value') };
    if (target === undefined && kernelConfig.has(symbol))
      return { file, range: locateIn(text, file)(['loaders', name, 'kernelConfig', symbol], 'key') };
  }
  return { file };
}

function notesOn({ target, causes }: Difference): string[] {
  const told = causes.slice(0, most);
  return [
    ...(target === undefined ? [] : [`it is for \`${target}\``]),
    ...told.map(
      ({ symbol, ours, theirs }) => `it depends on ${symbol}: ${theirs} to the tool, ${ours} to gen-kmod`,
    ),
    ...(causes.length > told.length ? [`and on ${causes.length - told.length} more that differ`] : []),
  ];
}

function wayOut({ CROSS_COMPILE }: Io['env']): string {
  return CROSS_COMPILE
    ? 'set what it depends on in `config`; if the compiler is not the cause, this is a bug in gen-kmod: please report it'
    : "the compiler asked was this machine's own: set CROSS_COMPILE to the target's and try again; if that is not it, please report a bug in gen-kmod";
}
