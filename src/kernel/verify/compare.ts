/** What is to be verified as a `.config`, and the kernel's own tool's answer against ours. */

import { type KbuildModule, moduleState } from '../kbuild/kbuild.ts';
import { formatAssignment, readConfig } from '../kconfig/config.ts';
import { Evaluation, isLogical } from '../kconfig/evaluate.ts';
import { symbolsOf } from '../kconfig/expression.ts';
import type { Kconfig } from '../kconfig/model.ts';
import type { Kernel } from '../kernel.ts';
import type { Resolution } from '../resolve.ts';

export interface Difference {
  readonly symbol: string;
  /** What we say, and what the tool says. */
  readonly ours: string;
  readonly theirs: string;
  /** The target that the symbol is for; undefined for what a person sets. */
  readonly target?: string;
  /** What the symbol depends on and is another value to the tool. */
  readonly causes: readonly { readonly symbol: string; readonly ours: string; readonly theirs: string }[];
}

export interface Verification {
  /** How many were compared: of the solution, of the targets that can be had, and of all bools and tristates. */
  readonly assignments: number;
  readonly targets: number;
  readonly symbols: number;
  /** Among assignments, targets and what a person sets, in this order. */
  readonly differences: readonly Difference[];
  /** Of all bools and tristates, those that differ, in the order of the files. */
  readonly differing: readonly string[];
}

/** By symbol, in the order in which they were assigned: what is given, then what was found. */
export function assignedIn(
  given: Iterable<readonly [string, string]>,
  { assignments }: Resolution,
): Map<string, string> {
  const values = new Map(given);
  for (const { symbol, value } of assignments) {
    // Of a choice's members the last may count.
    values.delete(symbol);
    values.set(symbol, value);
  }
  return values;
}

/** The lines of a `.config`. What this kernel does not have is left out. */
export function configOf(kconfig: Kconfig, values: ReadonlyMap<string, string>): string {
  return [...values]
    .flatMap(([name, value]) => {
      const symbol = kconfig.symbol(name);
      return symbol && !symbol.members
        ? [`${formatAssignment(name, value, symbol.type === 'string')}\n`]
        : [];
    })
    .join('');
}

/** @param config what the tool made of `configOf(kconfig, values)` */
export function compareWith(
  config: string,
  { kconfig, arch }: Kernel,
  values: ReadonlyMap<string, string>,
  person: ReadonlyMap<string, string>,
  { assignments, loaders }: Resolution,
): Verification {
  const evaluation = new Evaluation(kconfig, values);
  const answered = readConfig(config, kconfig).assignments;
  const ours = (symbol: string): string => {
    const { written } = evaluation.state(symbol);
    return written ? evaluation.value(symbol) : 'n';
  };
  const theirs = (symbol: string): string => answered.get(symbol) ?? 'n';

  const targets = loaders.flatMap(({ targets: all }) =>
    all.flatMap(({ target, module, outcome: { status, symbol } }) =>
      status === 'module' || status === 'builtin'
        ? [{ symbol: symbol ?? module.name, target, ours: status === 'module' ? 'm' : 'y', module }]
        : [],
    ),
  );
  const own = [...person.keys()]
    .filter((symbol) => isLogical(kconfig.symbol(symbol)?.type))
    .map((symbol) => ({ symbol, ours: ours(symbol) }));
  const asked = new Map<string, { symbol: string; ours: string; target?: string; module?: KbuildModule }>();
  for (const each of [
    ...assignments.map(({ symbol, value, target }) => ({ symbol, ours: value as string, target })),
    ...own,
  ])
    if (!asked.has(each.symbol)) asked.set(each.symbol, each);
  // A module's file is a question of its own, beside that of its symbol.
  for (const each of targets) if (!asked.has(each.module.path)) asked.set(each.module.path, each);

  const logical = [...kconfig.names()].filter((name) => isLogical(kconfig.symbol(name)!.type));
  const differing = logical.filter((symbol) => ours(symbol) !== theirs(symbol));
  const differ = new Set(differing);
  const answer = ({ symbol, module }: { symbol: string; module?: KbuildModule }): string =>
    module === undefined ? theirs(symbol) : moduleState(module, theirs, arch);
  const differences = [...asked.values()]
    .filter((each) => each.ours !== answer(each))
    // A symbol that differs has told of its module.
    .filter(({ symbol }, number, all) => all.findIndex((other) => other.symbol === symbol) === number)
    .map(({ module, ...each }) => ({
      ...each,
      theirs: answer({ symbol: each.symbol, ...(module && { module }) }),
      causes: dependsOn(kconfig, each.symbol)
        .filter((symbol) => differ.has(symbol))
        .map((symbol) => ({ symbol, ours: ours(symbol), theirs: theirs(symbol) })),
    }));
  return {
    assignments: assignments.length,
    targets: targets.length,
    symbols: logical.length,
    differences,
    differing,
  };
}

/** The symbols in a symbol's own conditions. */
function dependsOn(kconfig: Kconfig, name: string): string[] {
  const symbol = kconfig.symbol(name);
  if (!symbol) return [];
  const conditions = [
    symbol.dependencies,
    ...[...symbol.prompts, ...symbol.defaults].map((each) => each.condition),
  ];
  const found = new Set(
    conditions.flatMap((condition) => (condition === null ? [] : [...symbolsOf(condition)])),
  );
  for (const { symbol: other } of symbol.selectedBy) found.add(other);
  found.delete(name);
  return [...found];
}
