/** Loaders of gen-kmod and of the reference: generated, built, read back. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type Built,
  genKmod,
  nixBuild,
  type Run,
  reference,
  repository,
  run,
  scratch,
} from './environment.ts';

/** The firewall's targets in upstream's order, with its repeats. */
export const firewall: string[] = [
  ...['nft_fib_ipv4', 'nft_fib_ipv6', 'nf_log_syslog', 'nf_conntrack', 'nf_defrag_ipv4', 'nf_defrag_ipv6'],
  ...['nf_log_syslog', 'nf_nat', 'nf_reject_ipv4', 'nf_reject_ipv6', 'nf_tables', 'nft_chain_nat', 'nft_ct'],
  ...['nft_fib', 'nft_fib_ipv4', 'nft_fib_ipv6', 'nft_limit', 'nft_log', 'nft_masq', 'nft_nat', 'nft_reject'],
  ...['nft_reject_inet', 'nft_reject_ipv4', 'nft_reject_ipv6'],
];

/** What Liminix's modules and devices load, each as upstream has it. */
const upstreamLists: string[][] = [
  firewall,
  ['ath9k', 'ath10k_pci'],
  ['mt7915e', 'rtc-pcf8563', 'nvme_core', 'nvme', 'aquantia'],
  ['air_en8811h'],
  ['mac80211_hwsim'],
  ['huawei_cdc_ncm'],
  ['mt7615e'],
  ['rt2800soc'],
  ['mt7603e', 'mt76x2e'],
];

export interface RealList {
  title: string;
  targets: string[];
}

/** Those lists with the targets that `tree` has, and a line on what that leaves out. */
export function realLists(tree: string): RealList[] {
  const names = new Set(moduleFiles(tree).map(moduleName));
  return upstreamLists.map((list) => {
    const absent = list.filter((target) => !names.has(fold(target)));
    if (absent.length > 0) console.info(`not in this kernel, and left out: ${absent.join(' ')}`);
    return {
      title: list === firewall ? 'the firewall' : list.join(' '),
      targets: list.filter((target) => !absent.includes(target)),
    };
  });
}

export function fold(module: string): string {
  return module.replaceAll('-', '_');
}

export function moduleName(file: string): string {
  return fold(file.replace(/^.*\//, '').replace(/\.ko(\.\w+)?$/, ''));
}

/** Every module of a tree, relative to it. */
export function moduleFiles(tree: string): string[] {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ko(\.\w+)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
    .sort();
}

export interface WrittenLoader {
  targets: string[];
  dependencies?: (string | { config: string })[];
  parameters?: Record<string, Record<string, string>>;
  compat?: boolean;
}

/** Generates from a kmod.yaml with these loaders. Returns the folder written to. */
export function generate(loaders: Record<string, WrittenLoader>, ...flags: string[]): string {
  const folder = scratch();
  const list = join(folder, 'kmod.yaml');
  writeFileSync(list, JSON.stringify({ version: 1, loaders }, null, 2));
  const { status, stderr } = genKmod(['--targets', list, ...flags]);
  expect(status, stderr).toBe(0);
  return join(folder, 'kmod');
}

export function nixStrings(values: string[]): string {
  return `[ ${values.map((value) => JSON.stringify(value)).join(' ')} ]`;
}

/** The Nix of a kernel whose modules are in `tree`; what is in the store is something to depend on. */
export function kernelOf(tree: string): string {
  return `{ modulesupport = ${tree.startsWith('/nix/store/') ? `builtins.storePath ${tree}` : `"${tree}"`}; }`;
}

/** The Nix of the set that `generate` wrote; `pkgs` is the stand-in. */
export function loaderSet(out: string, tree: string, more = ''): string {
  return `(import ${out} { inherit (pkgs) callPackage; kernel = ${kernelOf(tree)}; ${more} })`;
}

/** The Nix of a loader of these targets alone. */
export function ours(targets: string[], tree: string, more: Partial<WrittenLoader> = {}): string {
  return `${loaderSet(generate({ test: { targets, ...more } }), tree)}.test`;
}

/** The Nix of the reference's loader. */
export function referenceLoader(targets: string[], tree: string, file = reference!): string {
  return `(pkgs.callPackage ${file} {
    targets = ${nixStrings(targets)};
    kernel = ${kernelOf(tree)};
  })`;
}

/** The reference as upstream has it today: with `dependencies`, and deaf to builtin modules. */
export function upstreamToday(): string {
  const changes: [before: string, after: string][] = [
    [', pkgsBuildBuild\n', ', pkgsBuildBuild\n, dependencies ? [ ]\n'],
    ['--show-depends $i | sed', '--show-depends $i | grep "^insmod" | sed'],
    ['down = "sh', 'inherit dependencies;\ndown = "sh'],
  ];
  const file = join(scratch(), 'upstream.nix');
  const text = changes.reduce(
    (before, [part, whole]) => {
      expect(before.split(part)).toHaveLength(2);
      return before.replace(part, () => whole);
    },
    readFileSync(reference!, 'utf8'),
  );
  writeFileSync(file, text);
  return file;
}

/** Builds services. */
export function build(...expressions: string[]): Service[] {
  const { ok, path, log } = nixBuild(`[ ${expressions.map((one) => `(${one})`).join(' ')} ]`);
  expect(ok, log.slice(-3000)).toBe(true);
  return path.split('\n').map(readService);
}

/** A log without what Nix names by a loader's name, which may have a target in it. */
export function withoutStorePaths(log: string): string {
  return log.replaceAll(/\/nix\/store\/\S+/g, '');
}

/** Builds a service by a `nix-build` that runs under another command. */
export function nixBuildUnder(command: string[], expression: string): Built {
  const [program, ...args] = [
    ...command,
    ...['nix-build', '--no-out-link', '--option', 'substitute', 'false', '--option', 'sandbox', 'false'],
    ...['-E', `let pkgs = import ${join(repository, 'test/real/standin')} { }; in ${expression}`],
  ];
  const { status, stdout, stderr } = run(program!, args);
  return { ok: status === 0, path: stdout.trim(), log: stderr };
}

/** A command that runs another, after `setup`, with mounts of its own. */
export function inNamespace(setup: string): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  return ['unshare', ...user, '--mount', 'sh', '-euc', `${setup}\nexec "$@"`, 'sh'];
}

export function nixStore(...args: string[]): string[] {
  const { status, stdout, stderr }: Run = run('nix-store', args);
  expect(status, stderr).toBe(0);
  return stdout.trim().split('\n');
}

/** A line of load.sh; `how` is `insmod` in the reference's. */
export interface Step {
  how: string;
  file: string;
  arguments: string;
}

export interface Service {
  path: string;
  name: string;
  up: string;
  down: string;
  dependencies: string[];
  /** Where the modules and the scripts are. */
  loader: string;
  load: Step[];
  /** Module to SHA-256. */
  modules: Record<string, string>;
}

/** Reads what the stand-in's oneshot, and the loader below it, left in the store. */
export function readService(path: string): Service {
  const name = readdirSync(path).find((entry) => existsSync(join(path, entry, 'type')))!;
  const text = (file: string): string => readFileSync(join(path, name, file), 'utf8');
  const up = text('up');
  const loader = /\S+(?=\/load\.sh)/.exec(up)![0];
  const files = moduleFiles(loader);
  return {
    path,
    name,
    up,
    down: text('down'),
    dependencies: readdirSync(join(path, name, 'dependencies.d')),
    loader,
    load: readSteps(readFileSync(join(loader, 'load.sh'), 'utf8')),
    modules: Object.fromEntries(files.map((file) => [file, digest(join(loader, file))])),
  };
}

function readSteps(script: string): Step[] {
  const line = /^(?:(load|prefer) \S+ |(insmod) \$O\/)(\S+)(?: (.*))?$/gm;
  return [...script.matchAll(line)].map(([, plain, insmod, file, rest]) => ({
    how: plain ?? insmod!,
    file: file!,
    arguments: rest ?? '',
  }));
}

export function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The modules of load.sh, by file, in its order. */
export function loadOrder({ load }: Service): string[] {
  return load.map(({ file }) => file);
}

/** The same modules, byte by byte, in the same order. */
export function expectSameModules(one: Service, other: Service): void {
  expect(loadOrder(one)).not.toHaveLength(0);
  expect(loadOrder(one)).toEqual(loadOrder(other));
  expect(one.modules).toEqual(other.modules);
  expect(Object.keys(one.modules).sort()).toEqual(loadOrder(one).sort());
}
