/** What a person can do about something that cannot be had, if anything: never what cannot help. */
import type { Kernel } from './kernel.ts';
import type { Obstacle } from './solver/obstacle.ts';
import type { Outcome, Taken } from './solver/solution.ts';

type Unreachable = Extract<Outcome, { status: 'unreachable' }>;

export const patched = "where Liminix's patches bring it, give the patched tree as `source`";

/** Symbols that are named; of the rest there is the number. */
const most = 3;

/** Whether what is in the way is a person's own setting. */
export function isPersons({ obstacle, certificate }: Unreachable): boolean {
  return certificate === undefined ? meetsPerson(obstacle) : certificate.some(({ by }) => by === 'person');
}

function meetsPerson(obstacle: Obstacle): boolean {
  switch (obstacle.kind) {
    case 'set':
    case 'choice':
      return obstacle.by === 'person';
    case 'needs':
      return meetsPerson(obstacle.of);
    case 'none':
      return obstacle.ways.some(meetsPerson);
    default:
      return false;
  }
}

/** What would have to change outside of the list. */
export function wayOut(kernel: Kernel, { certificate }: Unreachable, what = 'the target'): string {
  if (certificate === undefined) return `set what it needs in \`config\`; ${patched}`;
  const by = (kind: Taken['by']): readonly Taken[] => certificate.filter((taken) => taken.by === kind);
  const [base, machine, texts] = [by('base'), by('machine'), by('text')];
  if (base.length > 0)
    return `${settings(base)} in the base configuration ${base.length === 1 ? 'keeps' : 'keep'} it out: change that in \`config\`, or leave ${what} out`;
  const open = machine.filter(({ value, decided }) => value === 'n' && !decided);
  if (open.length > 0)
    return `if the router is such a machine, say so in \`config\`: ${some(open.map(({ symbol }) => `${symbol}=y`))}; otherwise leave it out`;
  const own = machine.filter(({ value }) => value === 'y');
  if (machine.length > 0)
    return `it is not for the machine that \`config\` describes${own.length > 0 ? ` (${settings(own)})` : ''}: leave it out; ${patched}`;
  const settable = texts.filter(({ symbol }) => (kernel.kconfig.symbol(symbol)?.prompts.length ?? 0) > 0);
  if (texts.length > 0 && settable.length === 0)
    return `${some(
      texts.map(({ symbol }) => symbol),
      'and',
    )} cannot be set: leave ${what} out; ${patched}`;
  if (texts.length > 0)
    return `set ${some(settable.map(({ symbol }) => symbol))} otherwise in \`config\`, or leave ${what} out`;
  return `no configuration of this kernel makes it for ${kernel.arch}: leave it out; ${patched}`;
}

function settings(taken: readonly Taken[]): string {
  return some(
    taken.map(({ symbol, value }) => `${symbol}=${value}`),
    'and',
  );
}

function some(names: readonly string[], joined: 'and' | 'or' = 'or'): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} ${joined} ${names.length - most} more`;
}
