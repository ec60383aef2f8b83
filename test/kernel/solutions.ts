/** What has to hold of a resolution against a real kernel: its own tool confirms it, nothing is needless, no machine changes. */
import { moduleState } from '../../src/kernel/kbuild/kbuild.ts';
import { Evaluation } from '../../src/kernel/kconfig/evaluate.ts';
import { type Kernel, readTree } from '../../src/kernel/kernel.ts';
import type { Resolution, ResolvedTarget } from '../../src/kernel/resolve.ts';
import { refutes } from '../../src/kernel/solver/certificate.ts';
import { explainObstacle } from '../../src/kernel/solver/explain-obstacle.ts';
import { isMachine } from '../../src/kernel/solver/machine.ts';
import type { Taken, Wanted } from '../../src/kernel/solver/solution.ts';
import { makefileValue } from '../../src/kernel/solver/wanted.ts';
import { diskTree } from '../../src/kernel/tree.ts';
import { assignedIn, compareWith, configOf, type Verification } from '../../src/kernel/verify/compare.ts';
import { olddefconfig } from '../../src/kernel/verify/olddefconfig.ts';
import type { Possible } from './possible.ts';

export type Values = ReadonlyMap<string, string>;

const kernels = new Map<string, Kernel>();

/** The kernel of a source tree, for one architecture; read once. */
export function kernelOf(tree: string, arch: string): Kernel {
  const key = `${tree} ${arch}`;
  const known = kernels.get(key);
  if (known) return known;
  const { kernel, problems } = readTree(diskTree(tree), arch);
  if (kernel === undefined) {
    const told = problems.slice(0, 3).map(({ file, line, message }) => `${file}:${line}: ${message}`);
    throw new Error([tree, ...told].join('\n'));
  }
  kernels.set(key, kernel);
  return kernel;
}

/** What the tree's own tool says of a solution. */
export async function confirm(
  kernel: Kernel,
  tree: string,
  base: Values,
  resolution: Resolution,
): Promise<Verification> {
  const { kconfig, arch, version } = kernel;
  const values = assignedIn(base, resolution);
  const config = configOf(kconfig, values);
  const { signal } = new AbortController();
  const answer = await olddefconfig({ tree, arch, version, config, env: process.env, signal });
  if (answer.failure) throw new Error([answer.failure.message, ...answer.failure.notes].join('\n'));
  return compareWith(answer.config, kernel, values, new Map(), resolution);
}

/** The targets of all loaders, each module once. */
export function targetsOf({ loaders }: Resolution): ResolvedTarget[] {
  const targets = loaders.flatMap((loader) => loader.targets);
  return [...new Map(targets.map((target) => [target.module.path, target])).values()];
}

/** The assignments without which every target's file is made all the same. */
export function needless({ kconfig, arch }: Kernel, base: Values, resolution: Resolution): string[] {
  const evaluation = new Evaluation(kconfig, assignedIn(base, resolution));
  const value = (symbol: string): string => makefileValue(evaluation, symbol);
  const made = targetsOf(resolution).map(({ module }) => ({
    module,
    state: moduleState(module, value, arch),
  }));
  const all = new Map(evaluation.assignments);
  return resolution.assignments.flatMap(({ symbol, value: assigned }) => {
    evaluation.assign(symbol, base.get(symbol));
    const lost = made.some(
      ({ module, state }) => state !== 'n' && moduleState(module, value, arch) !== state,
    );
    evaluation.restore(all);
    return lost ? [] : [`${symbol}=${assigned}`];
  });
}

/** The targets that count as had and whose files the makefiles do not make, or count as not had and whose files they make. */
export function misjudged({ kconfig, arch }: Kernel, base: Values, resolution: Resolution): string[] {
  const evaluation = new Evaluation(kconfig, assignedIn(base, resolution));
  return targetsOf(resolution).flatMap(({ target, module, outcome }) => {
    const state = moduleState(module, (symbol) => makefileValue(evaluation, symbol), arch);
    const said = outcome.status === 'module' ? 'm' : outcome.status === 'builtin' ? 'y' : 'n';
    return state === said ? [] : [`${target}: ${said} is said, and ${state} is made`];
  });
}

/** What no solution may assign unless the base has it: these gates say that a combination is untried, or not for everyone. */
export function gates(base: Values, { assignments }: Resolution): string[] {
  return assignments
    .map(({ symbol }) => symbol)
    .filter((symbol) => ['COMPILE_TEST', 'BROKEN', 'EXPERT'].includes(symbol) && base.get(symbol) !== 'y');
}

/** The members that the base picks of choices, such as its machine, and the solution does not leave picked. */
export function repicked({ kconfig }: Kernel, base: Values, resolution: Resolution): string[] {
  const before = new Evaluation(kconfig, base);
  const after = new Evaluation(kconfig, assignedIn(base, resolution));
  return [...base.keys()].filter(
    (name) =>
      kconfig.symbol(name)?.choice !== undefined && before.value(name) === 'y' && after.value(name) !== 'y',
  );
}

/** The symbols whose values under a solution are none of those held possible: a proof by these would be worth nothing. */
export function strayed(
  { kconfig }: Kernel,
  base: Values,
  resolution: Resolution,
  possible: Possible,
): string[] {
  const evaluation = new Evaluation(kconfig, assignedIn(base, resolution));
  return [...kconfig.names()].filter((name) => !possible.has(name, evaluation.value(name)));
}

/** What is wrong with the proof of a refusal: that it is none, or takes as given what is not so. */
export function unproved(
  { kconfig, arch }: Kernel,
  base: Values,
  wanted: Wanted,
  certificate: readonly Taken[] | undefined,
): string[] {
  if (certificate === undefined) return ['no proof'];
  const evaluation = new Evaluation(kconfig, base);
  const isSo = ({ symbol, value, by }: Taken): boolean => {
    if (by === 'base') return base.get(symbol) === value;
    if (by === 'barred' && !['COMPILE_TEST', 'BROKEN'].includes(symbol)) return false;
    return evaluation.value(symbol) === value;
  };
  const untrue = certificate.filter((taken) => !isSo(taken)).map(({ symbol, by }) => `${by} ${symbol}`);
  return refutes(kconfig, arch, wanted, certificate) ? untrue : ['the proof proves nothing', ...untrue];
}

/** What is not to be assigned: what is for builds that nobody runs, and the machine. */
export function untouchable({ kconfig }: Kernel): string[] {
  return [
    'COMPILE_TEST',
    'BROKEN',
    ...[...kconfig.names()].filter((name) => isMachine(kconfig, kconfig.symbol(name)!)),
  ];
}

/** Refusals in words. */
export function refusals({ arch }: Kernel, resolution: Resolution): string[] {
  return targetsOf(resolution).flatMap(({ target, outcome }) =>
    outcome.status === 'unreachable'
      ? [`${target}: ${explainObstacle(outcome.obstacle, arch).join('; ')}`]
      : outcome.status === 'unknown'
        ? [`${target}: no file defines ${outcome.symbol}`]
        : [],
  );
}
