/** What there is to say of what a list sets itself, and of what only shows prompts. */
import { type Details, type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import { formatExpression } from './kconfig/expression.ts';
import type { Kernel } from './kernel.ts';
import { isWish, type ResolvedLoader, type ResolvedSetting } from './resolve.ts';
import { explainObstacle } from './solver/explain-obstacle.ts';
import type { Obstacle } from './solver/obstacle.ts';
import { isPersons, wayOut } from './way-out.ts';

/** Settings that Kconfig drops or changes, whatever else is set. */
export function diagnoseSettings(
  kernel: Kernel,
  { settings, targets }: ResolvedLoader,
  place: (symbol: string) => Details,
): Diagnostic[] {
  return settings.flatMap((setting) => {
    const { symbol, value, becomes, outcome } = setting;
    if (outcome.status !== 'unreachable' || becomes === value) return [];
    // It is told of the target that it would make.
    if (targets.some(({ outcome: { status, symbol: own } }) => status === 'unreachable' && own === symbol))
      return [];
    return [
      diagnostic(
        'setting-without-effect',
        becomes === 'n' && value !== 'n'
          ? `Kconfig drops \`${symbol}=${value}\``
          : `Kconfig makes ${symbol} \`${becomes}\`, not \`${value}\``,
        { ...place(symbol), notes: why(kernel, setting), hint: hintFor(kernel, setting) },
      ),
    ];
  });
}

function why(kernel: Kernel, { symbol, selectedBy, outcome }: ResolvedSetting): string[] {
  if (outcome.status !== 'unreachable') return [];
  const ranges = kernel.kconfig.symbol(symbol)!.ranges;
  if (!isOwn(outcome.obstacle, symbol)) return explainObstacle(outcome.obstacle, kernel.arch);
  if (selectedBy.length > 0)
    return [`${selectedBy.slice(0, 3).join(', ')} ${selectedBy.length === 1 ? 'selects' : 'select'} it`];
  return ranges.map(({ low, high, condition }) => {
    const where = condition === null ? '' : ` if ${formatExpression(condition)}`;
    return `it takes ${formatExpression(low)} to ${formatExpression(high)}${where}`;
  });
}

function hintFor(kernel: Kernel, { symbol, value, outcome }: ResolvedSetting): string {
  if (outcome.status !== 'unreachable') return '';
  if (isOwn(outcome.obstacle, symbol))
    return `leave it out, or see what keeps it from being ${value}: gen-kmod explain ${symbol}`;
  if (isPersons(outcome) || outcome.obstacle.kind === 'needed')
    return 'change one of the two in `kernelConfig`';
  return outcome.certificate === undefined
    ? 'leave it out, or set in `config` what it depends on'
    : wayOut(kernel, outcome, 'the setting');
}

/** Whether nothing but the symbol itself is in the way: what selects it, or its range. */
function isOwn(obstacle: Obstacle, symbol: string): boolean {
  return (obstacle.kind === 'given' || obstacle.kind === 'set') && obstacle.symbol === symbol;
}

/** EXPERT and its like, where there was nothing better. */
export function diagnosePrompts(
  { assignments }: ResolvedLoader,
  place: (target: string) => Details,
): Diagnostic[] {
  return assignments.flatMap((assignment) => {
    const { symbol, value, target, because } = assignment;
    if (isWish(assignment)) return [];
    if (symbol !== 'EXPERT' && !because.some(({ relation }) => relation === 'prompt')) return [];
    const shown = because.at(-2)?.symbol ?? target;
    return [
      diagnostic('prompt-only-symbol', `\`${target}\` needs ${symbol}=${value}, which only shows prompts`, {
        ...place(target),
        notes: [
          `without it, nothing can be set for ${shown}`,
          ...(symbol === 'EXPERT' ? ['EXPERT=y changes defaults elsewhere in the configuration too'] : []),
        ],
        hint: `set ${symbol} in \`config\` or in \`kernelConfig\` if you mean it; otherwise leave it out`,
      }),
    ];
  });
}
