/** The machines that loaders are tried on: emulated, with Debian's kernels. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache, deviceBusybox, kernelTree } from '../environment.ts';

export interface Machine {
  name: string;
  /** Its kernel's `lib/modules/VERSION`. */
  tree: string;
  /** The kernel's version, as `uname -r` has it. */
  release: string;
  /** The image to boot. */
  kernel: string;
  /** qemu, with what makes it this machine. */
  qemu: string[];
  /** The serial console, for the kernel's command line. */
  console: string;
  /** A static busybox with all that init needs. */
  busybox: string;
  /** What the scripts run in: a device's own busybox where there is one, `busybox` under a device's names elsewhere. */
  shell: string;
  /** The names of a device's applets. */
  applets: string[];
  /** Modules for what its processor lacks: they cannot be loaded. */
  lacks: string[];
}

interface Description {
  qemu: string[];
  console: string;
  lacks?: string[];
  /** Debian's architecture and kernel; this machine's own where there is none. */
  foreign?: [architecture: string, metapackage: string];
}

const descriptions = {
  x86_64: { qemu: ['qemu-system-x86_64', '-cpu', 'max'], console: 'ttyS0' },
  'x86_64 without SSE 4.2': {
    qemu: ['qemu-system-x86_64', '-cpu', 'max,-sse4.2'],
    console: 'ttyS0',
    lacks: ['crc32c_intel'],
  },
  mipsel: {
    qemu: ['qemu-system-mipsel', '-M', 'malta', '-cpu', '24Kf'],
    console: 'ttyS0',
    foreign: ['mipsel', 'linux-image-4kc-malta'],
  },
  arm: {
    qemu: ['qemu-system-arm', '-M', 'virt', '-cpu', 'cortex-a15'],
    console: 'ttyAMA0',
    lacks: ['crc32_arm_ce'],
    foreign: ['armhf', 'linux-image-armmp'],
  },
} satisfies Record<string, Description>;

export type MachineName = keyof typeof descriptions;

/** A machine, or undefined, with a word on it, where this release of Debian does not have it. */
export function findMachine(name: MachineName): Machine | undefined {
  const { foreign, ...description }: Description = descriptions[name];
  const root = foreign === undefined ? join(kernelTree(), '../../..') : unpackForeign(foreign);
  if (root === '') {
    console.info(`no ${name}: this release of Debian has no ${foreign!.join(' ')}`);
    return undefined;
  }
  const [release = ''] = readdirSync(join(root, 'lib/modules'));
  const device = deviceBusybox();
  return {
    name,
    lacks: [],
    ...description,
    release,
    tree: join(root, 'lib/modules', release),
    kernel: join(root, 'boot', `vmlinuz-${release}`),
    busybox: foreign === undefined ? '/bin/busybox' : join(root, 'bin/busybox'),
    shell: foreign === undefined ? join(device, 'busybox') : join(root, 'bin/busybox'),
    applets: readdirSync(join(device, 'bin')),
  };
}

/** The root that a foreign kernel is unpacked in; empty where this release of Debian has none. */
export function unpackForeign([architecture, metapackage]: [string, string]): string {
  const script = fileURLToPath(new URL('foreign.sh', import.meta.url));
  return execFileSync(script, [cache, architecture, metapackage], { encoding: 'utf8' }).trim();
}
