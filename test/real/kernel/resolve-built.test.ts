/** The command on Debian's kernels, beside what kmod says of them. */
import { cpSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { type Result, resultSchema } from '../../../src/cli/result.ts';
import { genKmod, run, scratch } from '../environment.ts';
import { type ImageName, type Indexed, images, imageTree, indexOf } from './images.ts';

const firewall = [
  'nft_ct',
  'nft_masq',
  'nft_fib_ipv4',
  'nft_fib_ipv6',
  'nft_limit',
  'nft_log',
  'nft_reject_inet',
];
const lists: Record<string, string[]> = {
  firewall: [...firewall, 'nft_chain_nat', 'nf_log_syslog'],
  drivers: ['ath9k', 'ath10k_pci', 'usb_storage'],
  disks: ['btrfs', 'dm_crypt'],
  tunnels: ['wireguard', 'l2tp_eth', 'sch_cake'],
};
/** A mainframe has neither radios nor sticks; the rest is in all of these kernels. */
const listsOf = (image: ImageName) =>
  Object.entries(lists).filter(([name]) => !(image === 's390x' && name === 'drivers'));

function json(args: string[], cwd?: string): Result {
  const { stdout } = genKmod([...args, '--json'], cwd === undefined ? {} : { cwd });
  return v.parse(resultSchema, JSON.parse(stdout));
}

/** What modprobe would insert, each once, relative to `kernel/`. */
function shownBy({ tree, modprobe }: Indexed, targets: string[]): string[] {
  const lines = modprobe(['-a', '-D', ...targets]);
  const paths = lines.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []);
  return [...new Set(paths.map((path) => path.slice(join(tree, 'kernel').length + 1)))];
}

const modinfo = (field: string, files: string[]): string[] =>
  run('modinfo', ['-0', '-F', field, ...files])
    .stdout.split('\0')
    .filter(Boolean);

describe.for(images)('%s', (image) => {
  const tree = imageTree(image);

  test.runIf(tree)('loads what modprobe --show-depends says, in its order, with its firmware', () => {
    for (const [name, targets] of listsOf(image)) {
      const indexed = indexOf(tree!);
      const result = json(['resolve', '--targets', targets.join(), '--build', tree!]);
      const { closure, firmware, sizes } = result.loaders!.modules!;
      const theirs = shownBy(indexed, targets);
      expect(theirs.length, name).toBeGreaterThan(targets.length / 2);
      expect(
        closure!.map(({ path }) => path),
        name,
      ).toEqual(theirs);
      const files = theirs.map((path) => join(indexed.tree, 'kernel', path));
      expect(firmware!.map(({ file }) => file).sort(), name).toEqual(
        [...new Set(modinfo('firmware', files))].sort(),
      );
      expect(closure!.map(({ bytes }) => bytes)).toEqual(files.map((file) => statSync(file).size));
      expect(sizes!.raw).toBe(files.reduce((sum, file) => sum + statSync(file).size, 0));
      // All of the targets were built, or are in the kernel itself.
      for (const { code } of result.diagnostics)
        expect(['kernel-without-sources', 'builtin-target', 'redundant-target']).toContain(code);
    }
  });

  test.runIf(tree)('finds redundant just what modules.dep has behind another target', () => {
    const indexed = indexOf(tree!);
    const targets = shownBy(indexed, lists.firewall!).map((path) => path.replace(/^.*\/|\.ko$/g, ''));
    const result = json(['resolve', '--targets', targets.join(), '--build', tree!]);
    const said = result.diagnostics.flatMap(({ code, message }) =>
      code === 'redundant-target' ? [/`(.*?)`/.exec(message)![1]] : [],
    );
    const needed = new Set(
      readFileSync(join(indexed.tree, 'modules.dep'), 'latin1')
        .split('\n')
        .map((line) => line.split(/:? /).map((path) => path.replace(/^.*\/|\.ko:?$/g, '')))
        .filter(([module]) => targets.includes(module!))
        .flatMap(([, ...rest]) => rest),
    );
    expect(said).toEqual(targets.filter((target) => needed.has(target)));
    expect(said.length).toBeGreaterThan(3);
    expect(said.length).toBeLessThan(targets.length);
  });

  test.runIf(tree)('finds builtin what modprobe does, and says so', () => {
    const indexed = indexOf(tree!);
    const listed = readFileSync(join(indexed.tree, 'modules.builtin'), 'latin1').trim().split('\n');
    const names = listed.map((path) => path.replace(/^.*\/|\.ko$/g, '').replaceAll('-', '_'));
    const some = [...new Set(names)].filter((_, index) => index % 9 === 0);
    // To modprobe a module with an alias comes before what is builtin by that name.
    const inside = some.filter((name) => indexed.modprobe(['-D', name]).join() === `builtin ${name}`);
    expect(inside.length).toBeGreaterThan(0.8 * some.length);
    const result = json(['resolve', '--targets', some.join(), '--build', tree!]);
    const { targets, builtin } = result.loaders!.modules!;
    expect(targets.filter(({ status }) => status === 'builtin').map(({ target }) => target)).toEqual(inside);
    expect(targets).toHaveLength(some.length);
    expect(builtin!.map(({ name }) => name)).toEqual(inside);
    const said = result.diagnostics.filter(({ code }) => code === 'builtin-target');
    expect(said.map(({ message }) => /`(.*?)`/.exec(message)![1])).toEqual(inside);
  });

  // Of the largest image, packing is slow.
  if (image === 'amd64') return;
  test.runIf(tree)('loads for several loaders what each alone loads, and counts what they share once', () => {
    const folder = scratch();
    const own = listsOf(image);
    const loaders = own.map(([name, targets]) => `  ${name}: { targets: [${targets.join(', ')}] }\n`);
    const build = tree!.split('/lib/modules/')[0];
    writeFileSync(
      join(folder, 'kmod.yaml'),
      `version: 1\nkernel: { build: ${build} }\nloaders:\n${loaders.join('')}`,
    );
    const result = json(['resolve', '--flash', '64M'], folder);
    const sizes = new Map<string, number>();
    for (const [name, targets] of own) {
      const { closure } = result.loaders![name]!;
      expect(closure!.map(({ path }) => path)).toEqual(shownBy(indexOf(tree!), targets));
      for (const { module, bytes } of closure!) sizes.set(module, bytes);
    }
    expect(result.sizes!.raw).toBe([...sizes.values()].reduce((a, b) => a + b, 0));
    expect(result.flash).toEqual({ bytes: 64 * 1024 * 1024, taken: result.sizes!.xz });
    const { xz, zstd, gzip, raw } = result.sizes!;
    expect([xz, zstd, gzip, raw]).toEqual([xz, zstd, gzip, raw].sort((a, b) => a - b));
    const tight = genKmod(['resolve', '--flash', `${xz - 1}`], { cwd: folder });
    expect(tight.status).toBe(1);
    expect(tight.stderr).toContain(`error[flash-exceeded]: these modules need about ${xz} bytes`);
    expect(genKmod(['resolve', '--flash', `${xz}`], { cwd: folder }).status).toBe(0);
  });
});

const tree = imageTree('amd64')!;
const file = (path: string) => join(tree, 'kernel', path);

test('explain says what modinfo says', () => {
  for (const path of ['net/netfilter/nf_conntrack.ko', 'drivers/net/wireless/ath/ath10k/ath10k_core.ko']) {
    const [name] = modinfo('name', [file(path)]);
    const built = json(['explain', name!, '--build', tree]).explained![0]!.built![0]!;
    expect(built.path).toBe(path);
    expect(built.bytes).toBe(statSync(file(path)).size);
    expect(built.firmware).toEqual(modinfo('firmware', [file(path)]));
    expect(built.aliases).toEqual(modinfo('alias', [file(path)]));
    expect(built.needs!.map(({ module }) => module).sort()).toEqual(
      modinfo('depends', [file(path)])
        .flatMap((line) => line.split(','))
        .sort(),
    );
    expect(
      built.parameters
        // `hashsize` is in none of these lines.
        .filter(({ type, description }) => type !== undefined || description !== undefined)
        .map(({ name, type, description }) =>
          description === undefined ? `${name}: (${type})` : `${name}:${description} (${type})`,
        )
        .sort(),
    ).toEqual(modinfo('parm', [file(path)]).sort());
    // The symbols that it uses of others are undefined in it.
    const undefinedNames = new Set(
      run('nm', ['-u', file(path)])
        .stdout.split('\n')
        .map((line) => line.trim().split(/\s+/)[1]),
    );
    for (const { symbols } of built.needs!) {
      expect(symbols.length).toBeGreaterThan(0);
      for (const symbol of symbols) expect(undefinedNames).toContain(symbol);
    }
  }
});

describe('parameters', () => {
  const check = (parameters: string) => {
    const folder = scratch();
    writeFileSync(
      join(folder, 'kmod.yaml'),
      `version: 1\nkernel: { build: ${tree} }\nloaders:\n  firewall:\n    targets: [nft_ct]\n    parameters: ${parameters}\n`,
    );
    const { diagnostics } = json(['resolve'], folder);
    return diagnostics
      .filter(({ code }) => code !== 'kernel-without-sources')
      .map(({ code, hint, range }) => [code, range?.start.line, hint]);
  };

  test('that the modules have are taken', () => {
    const known = modinfo('parm', [file('net/netfilter/nf_conntrack.ko')]).map((line) => line.split(':')[0]);
    expect(known).toEqual(expect.arrayContaining(['expect_hashsize', 'acct', 'tstamp']));
    expect(check('{ nf_conntrack: { expect_hashsize: 0x400, acct: 1, tstamp: on } }')).toEqual([]);
  });

  test('that they do not have or would not take, or that nothing loads, are errors', () => {
    expect(check('{ nf-conntrack: { expect_hashsiz: 1 } }')).toEqual([
      ['unknown-parameter', 6, 'did you mean `expect_hashsize`?'],
    ]);
    expect(check('{ nf_conntrack: { expect_hashsize: 4k, acct: maybe } }').map(([code]) => code)).toEqual([
      'invalid-parameter-value',
      'invalid-parameter-value',
    ]);
    expect(check('{ dummy: { numdummies: 2 } }').map(([code]) => code)).toEqual(['parameter-without-module']);
    expect(check('{ nf_contrack: { acct: 1 } }')).toEqual([
      ['parameter-without-module', 6, 'did you mean `nf_conntrack` or `xt_conntrack`?'],
    ]);
  });
});

describe('a copy of some modules', () => {
  /** With only what `targets` need, as `change` leaves it. */
  function copy(targets: string[], change: (file: string) => void): string {
    const folder = join(scratch(), 'lib/modules/6.1.0-copy');
    for (const path of shownBy(indexOf(tree), targets)) {
      const own = join(folder, 'kernel', path);
      mkdirSync(dirname(own), { recursive: true });
      cpSync(file(path), own);
      change(own);
    }
    return folder;
  }
  const modules = (build: string) =>
    json(['resolve', '--targets', 'nft_masq', '--build', build]).loaders?.modules?.closure?.map(
      ({ module, bytes }) => [module, bytes],
    );

  test('that is packed with gzip is the same, sizes included', () => {
    const plain = modules(copy(['nft_masq'], () => {}));
    expect(plain!.length).toBeGreaterThan(5);
    expect(modules(copy(['nft_masq'], (each) => run('gzip', [each])))).toEqual(plain);
  });

  test('that is packed with xz is refused, with a way out that works', () => {
    const packed = copy(['nft_masq'], (each) => expect(run('xz', ['--check=crc32', each]).status).toBe(0));
    const { status, stderr } = genKmod(['resolve', '--targets', 'nft_masq', '--build', packed]);
    expect(status).toBe(1);
    const [, hint] = /error\[module-unreadable\][\s\S]*?help: unpack a copy of the kernel: (.*)\n/.exec(
      stderr,
    )!;
    expect(run('sh', ['-c', hint!.replace('COPY', packed)]).status).toBe(0);
    expect(modules(packed)).toEqual(modules(copy(['nft_masq'], () => {})));
  });

  test('that was cut short anywhere is refused', () => {
    const bytes = readFileSync(file('net/netfilter/nft_masq.ko'));
    // Behind the section headers there is a signature, which ours is as good without.
    const end = Number(bytes.readBigUInt64LE(40)) + 64 * bytes.readUInt16LE(60);
    for (const length of [0, 3, 63, 64, Math.floor(end / 2), end - 1]) {
      const short = copy(['nft_masq'], (each) => {
        if (each.endsWith('nft_masq.ko')) truncateSync(each, length);
      });
      const { status, stderr } = genKmod(['resolve', '--targets', 'nft_masq', '--build', short]);
      expect({ length, status }).toEqual({ length, status: 1 });
      expect(stderr).toContain('error[module-malformed]');
    }
  });

  test('of which one is for another machine is refused', () => {
    const mixed = copy(['nft_masq'], (each) => {
      if (!each.endsWith('nft_masq.ko')) return;
      const bytes = readFileSync(each);
      bytes.writeUInt16LE(183, 18);
      writeFileSync(each, bytes);
    });
    const { stderr } = genKmod(['resolve', '--targets', 'nft_masq', '--build', mixed]);
    expect(stderr).toMatch(/error\[kernel-mismatch\]: this module is for another machine \(arm64, .*x86/);
  });
});

test('beside an index, a built kernel is held against it', () => {
  const targets = ['--targets', 'nft_ct,nft_masq,8021q,sch_htb', '--build', tree];
  const result = json(['resolve', '--kernel', '6.1', ...targets]);
  expect(result.kernel).toMatchObject({ arch: 'x86', version: expect.stringMatching(/^6\.1\./) });
  expect(result.diagnostics).toEqual([]);
  const { assignments, targets: found, closure } = result.loaders!.modules!;
  expect(assignments.map(({ symbol }) => symbol)).toContain('NFT_MASQ');
  // What is asked for lies where it was built.
  for (const { path } of found) expect(closure!.map((each) => each.path)).toContain(path);
  expect(json(['resolve', '--kernel', '6.12', ...targets]).diagnostics.map(({ code }) => code)).toEqual([
    'kernel-mismatch',
  ]);
});
