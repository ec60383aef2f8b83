/** Debian's kernel images of several architectures, and what kmod says of them. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { unpackForeign } from '../boot/machine.ts';
import { kernelTree, run } from '../environment.ts';

const foreign = {
  /** 32 bits, little-endian. */
  armhf: 'linux-image-armmp',
  mipsel: 'linux-image-4kc-malta',
  /** 64 bits, big-endian. */
  s390x: 'linux-image-s390x',
};

export const images = ['amd64', ...(Object.keys(foreign) as (keyof typeof foreign)[])] as const;
export type ImageName = (typeof images)[number];

/** The `lib/modules/RELEASE` of an image; undefined, with a word on it, where this release of Debian has none. */
export function imageTree(name: ImageName): string | undefined {
  if (name === 'amd64') return kernelTree();
  const root = unpackForeign([name, foreign[name]]);
  if (root === '') {
    console.info(`no ${name}: this release of Debian has no ${foreign[name]}`);
    return undefined;
  }
  const [release = ''] = readdirSync(join(root, 'lib/modules'));
  return join(root, 'lib/modules', release);
}

export interface Indexed {
  /** The `lib/modules/RELEASE` that kmod is shown. */
  tree: string;
  /** What depmod says on standard error. */
  said: string;
  depmodStatus: number;
  /** Runs modprobe on the tree, with no configuration but the modules' own. */
  modprobe(args: string[]): string[];
}

/**
 * A tree with the files of depmod beside what `fill` puts there. It goes with the test file. depmod ends after some seconds:
 * on some cycles it never does by itself.
 */
export function indexWith(release: string, fill: (tree: string) => void, seconds = 60): Indexed {
  const base = mkdtempSync(join(realpathSync(tmpdir()), 'gen-kmod-'));
  folders.push(base);
  const tree = join(base, 'lib/modules', release);
  mkdirSync(tree, { recursive: true });
  mkdirSync(join(base, 'config'));
  fill(tree);
  const common = ['-C', join(base, 'config')];
  const { status, stderr } = run('timeout', [
    ...['-s', 'KILL', `${seconds}`, 'depmod', '-b', base, ...common, release],
  ]);
  return {
    tree,
    said: stderr,
    depmodStatus: status,
    modprobe(args) {
      const { stdout } = run('modprobe', [...common, '-d', base, '-S', release, ...args]);
      return stdout.split('\n').slice(0, -1);
    },
  };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const indexed = new Map<string, Indexed>();

/** An image's tree, indexed once for a test file; the image itself stays as it is. */
export function indexOf(tree: string): Indexed {
  let result = indexed.get(tree);
  if (result === undefined) {
    result = indexWith(tree.slice(tree.lastIndexOf('/') + 1), (folder) => {
      symlinkSync(join(tree, 'kernel'), join(folder, 'kernel'));
      for (const list of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
        cpSync(join(tree, list), join(folder, list));
      }
    });
    expect(result.depmodStatus, result.said).toBe(0);
    indexed.set(tree, result);
  }
  return result;
}
