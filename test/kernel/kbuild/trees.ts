/** Small kernels for tests. */
import type { Condition, Requirement } from '../../../src/kernel/kbuild/conditions.ts';
import {
  type Kbuild,
  type KbuildOptions,
  type KbuildRule,
  moduleState,
  readKbuild,
} from '../../../src/kernel/kbuild/kbuild.ts';
import { memoryTree } from '../../../src/kernel/tree.ts';

/** What every kernel has: a root that visits `d/`, and two architectures. */
export const base: Readonly<Record<string, string>> = {
  Makefile: 'build-dir := .\n',
  Kbuild: 'obj-y += d/\nobj-y += arch/$(SRCARCH)/\n',
  'arch/mips/Makefile': '',
  'arch/mips/Kbuild': '',
  'arch/x86/Makefile': '',
  'arch/x86/Kbuild': '',
};

/** Reads a kernel whose `d/Makefile` is `text`, with more files, or other ones than the base's. */
export function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<KbuildOptions> = {},
): Kbuild {
  return readKbuild(memoryTree({ ...base, 'd/Makefile': text, ...files }), { arch: 'mips', ...options });
}

/** Every module with what makes it, one line for each rule: `d/a.ko: A=m if D=y|m`. */
export function shown(kbuild: Kbuild): string[] {
  return kbuild.modules.flatMap(({ path, rules, architectures }) =>
    rules.map((rule) => {
      const where = architectures ? ` on ${architectures.join(' ')}` : '';
      return `${path}: ${showRule(rule)}${where}`;
    }),
  );
}

export function showRule({ condition, folders }: KbuildRule): string {
  const above = folders.map((folder) => showCondition(folder.condition));
  return [showCondition(condition), ...above].join(' if ');
}

export function showCondition(condition: Condition): string {
  if (condition.length === 0) return 'never';
  return condition
    .map(({ architectures, requires }) =>
      [
        ...(architectures ? [`[${architectures.join(' ')}]`] : []),
        ...requires.map(showRequirement).sort(),
      ].join(' & '),
    )
    .map((clause) => clause || 'always')
    .sort()
    .join(' or ');
}

function showRequirement({ symbol, values, not }: Requirement): string {
  return `${symbol}${not ? '!=' : '='}${values.join('|')}`;
}

/** The paths in each state, under a configuration like `A=m B=y`. */
export function states(kbuild: Kbuild, configuration: string, architecture: string | null = null): string {
  const values = new Map(
    configuration
      .split(' ')
      .filter(Boolean)
      .map((word): [string, string] => [word.split('=')[0]!, word.split('=')[1]!]),
  );
  return kbuild.modules
    .map((module): [string, string] => [
      module.path.replace(/^d\//, ''),
      moduleState(module, (symbol) => values.get(symbol) ?? 'n', architecture),
    ])
    .filter(([, state]) => state !== 'n')
    .map(([path, state]) => `${path}=${state}`)
    .join(' ');
}

/** Problems as `file:line:column kind`. */
export function problems(kbuild: Kbuild): string[] {
  return kbuild.problems.map(({ file, line, column, kind }) => `${file}:${line}:${column} ${kind}`);
}
