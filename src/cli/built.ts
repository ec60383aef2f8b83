/** The built kernel of a run: opened, and what is wrong with it in words. */
import type { Code } from '../diagnostics/codes.ts';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { type BuiltKernel, openBuilt as open } from '../kernel/built.ts';
import { seriesOf } from '../kernel/kernel.ts';
import type { Problem, ProblemCode } from '../kernel/modules/problem.ts';
import type { Findings } from './inputs.ts';

/** To a person, some of the readers' problems are one. */
const codes: Record<ProblemCode, Code> = {
  'kernel-not-found': 'kernel-unreadable',
  'kernel-not-built': 'kernel-not-built',
  'kernel-ambiguous': 'kernel-not-built',
  'kernel-unreadable': 'kernel-unreadable',
  'module-unreadable': 'module-unreadable',
  'module-malformed': 'module-malformed',
  'module-compression': 'module-unreadable',
  'module-missing': 'module-missing',
  'module-duplicate': 'module-duplicate',
  'module-architecture': 'kernel-mismatch',
  'module-cycle': 'module-cycle',
};

/** Files that are named; of the rest there is the number. */
const most = 5;

/**
 * Opens the built kernel at `folder`. What is wrong with modules goes to `findings`.
 *
 * @throws Failure where there is no built kernel
 */
export function openBuilt(folder: string, findings: Findings): BuiltKernel {
  const { built, problems } = open(folder);
  const diagnostics = inWords(problems, folder);
  if (built === undefined) throw new Failure(...diagnostics);
  findings.diagnostics.push(...diagnostics);
  return built;
}

/** One diagnostic for each code and way out: a kernel that is packed has thousands of modules that cannot be read. */
function inWords(problems: readonly Problem[], folder: string): Diagnostic[] {
  const near = (text: string): string => text.replaceAll(`${folder}/`, '');
  const groups = new Map<string, Problem[]>();
  for (const each of problems) {
    const key = each.code === 'module-cycle' ? each.message : `${each.code} ${each.hint}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()].map((group) => {
    const { code, message, file, notes, hint = ways[code] } = group[0]!;
    if (group.length === 1) return diagnostic(codes[code], message, { file, notes: notes.map(near), hint });
    const others = group.slice(1, most).map((each) => near(each.file ?? each.message));
    if (group.length > most) others.push(`and ${group.length - most} more`);
    const all = `${message} (and ${group.length - 1} more such)`;
    return diagnostic(codes[code], all, { file, notes: others, hint });
  });
}

/** What to do where the reader of the file cannot know. */
const ways: Partial<Record<ProblemCode, string>> = {
  'kernel-not-found': 'give a folder after `make modules`, or a lib/modules/RELEASE',
  'module-malformed': 'it is damaged, or was cut short: build or copy it again',
  'module-unreadable': 'make it readable for whoever runs gen-kmod',
  'module-architecture': 'two builds were mixed here: build in a clean folder',
  'module-duplicate': 'remove the one that is not meant',
};

/**
 * Holds what was asked for against what was built.
 *
 * @throws Failure with `kernel-mismatch`
 */
export function checkMatch(built: BuiltKernel, arch: string | undefined, series: string | undefined): void {
  const { architecture, release } = built.graph;
  const failures: Diagnostic[] = [];
  const fail = (message: string, hint: string): void => {
    failures.push(diagnostic('kernel-mismatch', message, { file: built.folder, hint }));
  };
  // User-mode Linux has the modules of the machine it runs on.
  const name = built.arch;
  if (arch !== undefined && arch !== 'um' && name !== undefined && name !== arch) {
    const width = architecture ? ` (${architecture.bits} bits, ${architecture.byteOrder}-endian)` : '';
    fail(
      `this kernel was built for ${name}${width}, not for ${arch}`,
      `say \`arch: ${name}\`, or give the kernel that was built for ${arch}`,
    );
  }
  if (series !== undefined && release !== undefined && seriesOf(release) !== series) {
    fail(
      `this is Linux ${release}, and what the modules need is asked of ${series}`,
      'give one kernel both ways: symbols and modules differ between series',
    );
  }
  if (failures.length > 0) throw new Failure(...failures);
}

/** What a built kernel without sources cannot say. */
export function withoutSources(
  built: BuiltKernel,
  shipped: readonly string[],
  why: readonly string[] = [],
): Diagnostic {
  const series = seriesOf(built.graph.release ?? '');
  return diagnostic(
    'kernel-without-sources',
    'the sources of this built kernel are not here: what modules need of the configuration is not worked out',
    {
      file: built.folder,
      notes: [...why],
      hint: shipped.includes(series)
        ? `add \`series: "${series}"\` beside \`build\` (--kernel ${series} --build DIR), or \`source\` with the patched tree`
        : 'add `source` beside `build`, with the tree it was built from or an index of it (--kernel TREE --build DIR)',
    },
  );
}
