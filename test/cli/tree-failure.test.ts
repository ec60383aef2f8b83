import { expect, it } from 'vitest';
import { treeFailure } from '../../src/cli/tree-failure.ts';
import { readTree } from '../../src/kernel/kernel.ts';
import { memoryTree } from '../../src/kernel/tree.ts';

const makefiles = {
  Makefile: 'VERSION = 7\nPATCHLEVEL = 9\nSUBLEVEL = 0\n',
  'arch/mips/Makefile': '',
};

it.each([
  ['a statement', 'config NET\n\tbool "net"\n\nfuture NET\n', 'kconfig-syntax', 4],
  ['an option', 'config NET\n\tbool "net"\n\timagined NET_OLD\n', 'kconfig-syntax', 3],
  ['an operator', 'config NET\n\tbool "net"\n\tdepends on INET ^ IPV6\n', 'kconfig-syntax', 3],
  ['a circle', 'config A\n\tbool\n\tdepends on B\n\nconfig B\n\tdef_bool A\n', 'kconfig-cycle', undefined],
  ['a circle of files', 'source "Kconfig"\n', 'kconfig-cycle', 1],
])('does not say what make does, which was not tried: %s that is not known', (_, text, code, line) => {
  const { problems } = readTree(memoryTree({ ...makefiles, Kconfig: text }), 'mips');
  const { diagnostics } = treeFailure('/linux', 'mips', problems!, new Map([['/linux/Kconfig', text]]));
  expect(diagnostics).not.toEqual([]);
  for (const diagnostic of diagnostics) {
    expect(diagnostic).toMatchObject({ code, file: '/linux/Kconfig' });
    const said = [diagnostic.message, ...(diagnostic.notes ?? []), diagnostic.hint].join('\n');
    expect(said).not.toMatch(/\b(make|tool|kernel)\b.*\b(stops|refuses|fails|cannot|too)\b/i);
    // What is said instead is how to find out.
    expect(diagnostic.hint).toContain('if `make ARCH=mips olddefconfig` takes this tree');
  }
  if (line !== undefined) expect(diagnostics[0]!.range!.start.line).toBe(line);
});
