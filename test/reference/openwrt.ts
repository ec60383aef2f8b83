/**
 * What OpenWrt puts on a board: the modules of its packages, and the configuration of its kernel.
 *
 * OpenWrt's makefiles say it, and make reads them, as OpenWrt's own tools have it do: `dumpinfo` prints a target and its
 * devices; openwrt.mk prints kernel packages. Nothing is built, and nothing is written into the checkout.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, scratch } from '../real/environment.ts';

export interface Board {
  /** `ath79/generic`; `octeon` for a target without subtargets. */
  readonly target: string;
  /** `glinet_gl-ar750` */
  readonly device: string;
}

export interface BoardPackages {
  /** A folder of the kernel's `arch/`. */
  readonly arch: string;
  /** The kernel packages that are asked for, and those that they depend on, in this order; each once. */
  readonly packages: readonly KernelPackage[];
  /** Those that no makefile here defines: they come from OpenWrt's feeds, or under another name. */
  readonly missing: readonly string[];
}

export interface KernelPackage {
  /** `kmod-usb2` */
  readonly name: string;
  /** As its makefile has it: `+kmod-usb-core`, `+IPV6:kmod-x`, `@PCI_SUPPORT`. */
  readonly depends: readonly string[];
  /** The paths of its modules, those of the kernel's tree from the root of it on. */
  readonly files: readonly string[];
}

export interface Target {
  readonly arch: string;
  readonly features: readonly string[];
  readonly packages: readonly string[];
}

const printsPackages = fileURLToPath(new URL('openwrt.mk', import.meta.url));

/** @param linux the kernel's sources, of the series that the configuration is taken of */
export function readBoard(openwrt: string, linux: string, series: string, board: Board): BoardPackages {
  const [name, subtarget = 'default'] = board.target.split('/') as [string, string?];
  const folder = join('target/linux', name);
  const given = ['TARGET_BUILD=1', `SUBTARGET=${subtarget}`];
  const target = parseTarget(make(openwrt, folder, ['dumpinfo', ...given]));
  const devices = parseDevices(make(openwrt, join(folder, 'image'), ['dumpinfo', ...given]));
  const own = devices.get(board.device);
  if (target === undefined || own === undefined)
    throw new Error(`OpenWrt has no ${board.device} in ${board.target}; it has ${[...devices.keys()]}`);
  const defined = readPackages(openwrt, [
    ...[`BOARD=${name}`, `SUBTARGET=${subtarget}`],
    ...[`LINUX_DIR=${linux}`, `KERNEL_PATCHVER=${series}`],
  ]);
  const holds = (condition: string): boolean => holdsFor(condition, board.target, target.features);
  return { arch: target.arch, ...withDependencies(installed([...target.packages, ...own]), defined, holds) };
}

/** The kernel's configuration: what all boards have, the target's, the subtarget's; a later line counts. */
export function readBoardConfig(openwrt: string, series: string, { target }: Board): string {
  const folders = ['generic', target.split('/')[0]!, target];
  return [...new Set(folders)]
    .map((folder) => join(openwrt, 'target/linux', folder, `config-${series}`))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
}

/** All kernel packages by name. */
function readPackages(openwrt: string, given: readonly string[]): Map<string, KernelPackage> {
  const below = (folder: string): string[] =>
    readdirSync(join(openwrt, folder)).map((name) => join(folder, name, 'Makefile'));
  const folders = below('package/kernel').map(dirname);
  const makefiles = [...folders.map((folder) => join(folder, 'Makefile')), ...folders.flatMap(below)];
  const linux = given.find((each) => each.startsWith('LINUX_DIR='))!.slice('LINUX_DIR='.length);
  const packages = makefiles
    .filter((file) => existsSync(join(openwrt, file)))
    .filter((file) => readFileSync(join(openwrt, file), 'utf8').includes('KernelPackage'))
    .flatMap((file) => {
      const first = ['-f', printsPackages, '-f', 'Makefile', 'gen-kmod-packages'];
      return parsePackages(make(openwrt, dirname(file), [...first, ...given]), linux);
    });
  return new Map(packages.map((each) => [each.name, each]));
}

function make(openwrt: string, folder: string, args: readonly string[]): string {
  const { status, stdout, stderr } = run('make', [
    ...['-s', '-r', '--no-print-directory', '-C', join(openwrt, folder)],
    ...['DUMP=1', `TOPDIR=${openwrt}`, `TMP_DIR=${scratch()}`, ...args],
  ]);
  if (status !== 0) throw new Error(`make in ${folder} failed: ${stderr.slice(-2000)}`);
  return stdout;
}

/** What `dumpinfo` says of a target; undefined where it names none. */
export function parseTarget(text: string): Target | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const arch = field('Linux-Kernel-Arch');
  if (arch === undefined) return undefined;
  return {
    arch,
    features: words(field('Target-Features')),
    packages: words(field('Default-Packages')),
  };
}

/** By device, what it adds to the packages of its target; a name after `-` is taken away. */
export function parseDevices(text: string): Map<string, string[]> {
  const devices = new Map<string, string[]>();
  let device: string | undefined;
  for (const line of text.split('\n')) {
    device = /^Target-Profile: (?:DEVICE_)?(.*)$/.exec(line)?.[1] ?? device;
    const packages = /^Target-Profile-Packages:(.*)$/.exec(line)?.[1];
    if (device !== undefined && packages !== undefined) devices.set(device, words(packages));
  }
  return devices;
}

/** The lines of openwrt.mk. */
export function parsePackages(text: string, linux: string): KernelPackage[] {
  return [...text.matchAll(/^package\|(.*)\|(.*)\|(.*)$/gm)].map(([, name, depends, files]) => ({
    name: name!,
    depends: words(depends),
    files: words(files).map((file) => (file.startsWith(`${linux}/`) ? relative(linux, file) : file)),
  }));
}

/** The kernel packages of a list that are installed. */
export function installed(packages: readonly string[]): string[] {
  const gone = new Set(packages.filter((name) => name.startsWith('-')).map((name) => name.slice(1)));
  return packages.filter((name) => name.startsWith('kmod-') && !gone.has(name));
}

/** With all that is depended on where the condition before it holds. */
export function withDependencies(
  asked: readonly string[],
  defined: ReadonlyMap<string, KernelPackage>,
  holds: (condition: string) => boolean,
): { packages: KernelPackage[]; missing: string[] } {
  const names = new Set(asked);
  // A set is walked to its end, what is added on the way included.
  for (const name of names) {
    for (const each of defined.get(name)?.depends ?? []) {
      const [, condition, other] = /^\+?(?:(.*):)?(kmod-.*)$/.exec(each) ?? [];
      if (other !== undefined && (condition === undefined || holds(condition))) names.add(other);
    }
  }
  return {
    packages: [...names].flatMap((name) => defined.get(name) ?? []),
    missing: [...names].filter((name) => !defined.has(name)),
  };
}

/** A condition of a dependency: about the target, what it has, IPv6. What only a person's choice decides does not hold. */
export function holdsFor(condition: string, target: string, features: readonly string[]): boolean {
  return condition.split('||').some((part) => {
    const [, not, name] = /^(!?)(.*)$/.exec(part.trim())!;
    const [, board] = /^TARGET_(.*)$/.exec(name!) ?? [];
    const [, feature] = /^(.*)_SUPPORT$/.exec(name!) ?? [];
    const holds =
      name === 'IPV6' ||
      (board !== undefined && `${target.replaceAll(/[/-]/g, '_')}_`.startsWith(`${board}_`)) ||
      (feature !== undefined && features.includes(feature.toLowerCase().replaceAll('_', '')));
    return holds !== (not === '!');
  });
}

/** As modprobe has it. */
export function moduleName(file: string): string {
  return basename(file, '.ko').replaceAll('-', '_');
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
