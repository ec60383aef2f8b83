/** `gen-kmod resolve --verify` on Debian's kernels: the tree's own make says the same, and a wrong answer is seen. */
import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { genKmod, scratch } from '../environment.ts';
import { conf, full, type Series, seriesUnderTest, sources } from './kconfig-tool.ts';

const base = ['MODULES', 'NET', 'INET', 'IPV6', 'NETDEVICES'].map((name) => `CONFIG_${name}=y\n`).join('');
const firewall = 'nft_ct, nft_masq, nft_fib_ipv4, nft_fib_ipv6, nft_limit, nft_log, nft_reject_inet';

function listIn(folder: string, source: string, arch: string, targets = firewall): void {
  writeFileSync(join(folder, 'base.config'), arch === 'mips' ? `${base}CONFIG_MIPS_MALTA=y\n` : base);
  const kernel = `{ source: ${source}, arch: ${arch}, config: base.config }`;
  writeFileSync(
    join(folder, 'kmod.yaml'),
    `version: 1\nkernel: ${kernel}\nloaders:\n  firewall: { targets: [${targets}] }\n`,
  );
}

/** A tree of links to another's files, in which single files can be others. */
function treeOfLinks(of: string, into: string, changed: Record<string, string> = {}): void {
  mkdirSync(into);
  for (const name of readdirSync(of)) {
    const inside = Object.entries(changed).filter(([path]) => path === name || path.startsWith(`${name}/`));
    if (inside.length === 0) symlinkSync(join(of, name), join(into, name));
    else if (inside[0]![0] === name) writeFileSync(join(into, name), inside[0]![1]);
    else
      treeOfLinks(
        join(of, name),
        join(into, name),
        Object.fromEntries(inside.map(([path, text]) => [path.slice(name.length + 1), text])),
      );
  }
}

/** What a run could have left in a tree: its entries and when they changed, at the places that make writes to. */
const traces = (tree: string): string[] =>
  ['.', 'scripts', 'scripts/basic', 'scripts/kconfig', 'include', 'arch/mips', 'arch/mips/include'].flatMap(
    (folder) =>
      readdirSync(join(tree, folder)).map(
        (name) => `${folder}/${name} ${lstatSync(join(tree, folder, name)).mtimeMs}`,
      ),
  );

const cases: [Series, string][] = full
  ? seriesUnderTest.flatMap((series): [Series, string][] =>
      ['mips', 'arm64', 'arm', 'x86'].map((arch) => [series, arch]),
    )
  : [
      ['6.12', 'mips'],
      ['6.1', 'arm64'],
    ];

test.each(cases)(
  '%s for %s: make olddefconfig confirms the firewall, and the tree stays as it was',
  (series, arch) => {
    const folder = scratch();
    const tree = sources(series);
    listIn(folder, tree, arch);
    const before = traces(tree);
    const { status, stdout, stderr } = genKmod(['resolve', '--verify'], { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /\nconfirmed by make olddefconfig: 1?\d assignments, 7 targets \(.*\d+ bools and tristates/,
    );
    expect(traces(tree)).toEqual(before);
  },
);

describe('6.12 for mips', () => {
  test('a symbol that hangs on an option which the real compiler refuses is told, with its cause', () => {
    const folder = scratch();
    const path = 'net/netfilter/Kconfig';
    const text = readFileSync(join(sources('6.12'), path), 'latin1');
    // What is assumed of a compiler is that it has an option; none has this one.
    const changed = text.replace(
      /^config NFT_CT\n/m,
      'config CC_HAS_NONSENSE\n\tdef_bool $(cc-option,-fno-such-nonsense)\n\nconfig NFT_CT\n\tdepends on CC_HAS_NONSENSE\n',
    );
    expect(changed).not.toBe(text);
    treeOfLinks(sources('6.12'), join(folder, 'linux'), { [path]: changed });
    listIn(folder, 'linux', 'mips');
    const { status, stdout } = genKmod(['resolve', '--verify', '--json'], { cwd: folder });
    expect(status).toBe(1);
    const { verification, diagnostics } = JSON.parse(stdout);
    expect(diagnostics).toMatchObject([
      {
        code: 'olddefconfig-differs',
        message: 'make olddefconfig makes NFT_CT n, and gen-kmod says m',
        notes: ['it is for `nft_ct`', 'it depends on CC_HAS_NONSENSE: n to the tool, y to gen-kmod'],
      },
    ]);
    expect(verification).toMatchObject({
      differences: [{ symbol: 'NFT_CT', ours: 'm', theirs: 'n', target: 'nft_ct' }],
      differing: expect.arrayContaining(['CC_HAS_NONSENSE', 'NFT_CT']),
    });
  });

  test('a tree that was configured in place: its own conf answers, else the refusal of make is foretold', () => {
    const folder = scratch();
    const tree = join(folder, 'linux');
    // One file in each folder that has to be a real one, not a link.
    treeOfLinks(sources('6.12'), tree, {
      'scripts/kconfig/Makefile': readFileSync(join(sources('6.12'), 'scripts/kconfig/Makefile'), 'latin1'),
    });
    writeFileSync(join(tree, '.config'), '');
    listIn(folder, 'linux', 'mips');
    const refused = genKmod(['resolve', '--verify'], { cwd: folder });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^error\[olddefconfig-failed\]: make refuses this tree/);
    // It does.
    const make = ['-s', '-C', tree, `O=${scratch()}`, 'ARCH=mips', 'olddefconfig'];
    expect(() => execFileSync('make', make, { stdio: 'pipe' })).toThrow(/source tree is not clean/);

    cpSync(conf('6.12'), join(tree, 'scripts/kconfig/conf'));
    const { status, stdout, stderr } = genKmod(['resolve', '--verify'], { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\nconfirmed by the tree's scripts\/kconfig\/conf: 1?\d assignments, 7 targets/);
  });
});
