/**
 * Devices to run generated scripts on: namespaces in which sh and PATH are a device's, /run and /sys/module are empty,
 * and insmod and rmmod are device/kernel.sh. A device lasts as long as its test.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, test as base, expect } from 'vitest';
import { deviceBusybox, genKmod, kernelTree, nixBuild, repository } from './environment.ts';

/** As a PATH it has exactly a device's applets. */
export const applets: string = join(deviceBusybox(), 'bin');

const files = mkdtempSync(join(tmpdir(), 'gen-kmod-device-'));
afterAll(() => rmSync(files, { recursive: true, force: true }));
let count = 0;

/** A new folder that goes with the test file: environment's scratch goes with a test, of which only one runs then. */
function folder(): string {
  const path = join(files, String(++count));
  mkdirSync(path);
  return path;
}

function link(script: string, names: string[]): string {
  const path = folder();
  for (const name of names) symlinkSync(join(repository, 'test/real/device', script), join(path, name));
  return path;
}
export const standins: string = link('kernel.sh', ['insmod', 'rmmod', 'uname', 'dmesg']);
/** All commands, as steps. */
const steps: string = link(
  'step.sh',
  readdirSync(applets).filter((name) => name !== 'sh' && name !== 'ash'),
);

export interface Tree {
  path: string;
  release: string;
  /** What each module needs itself. */
  depends: Record<string, string[]>;
}

/** A module tree of some of the Debian kernel's modules. */
export function plant(modules: string[]): Tree {
  const path = folder();
  const depends: Tree['depends'] = {};
  const root = kernelTree();
  const every = readdirSync(root, { recursive: true, encoding: 'utf8' });
  for (const module of modules) {
    const file = every.find((name) => basename(name).replaceAll('-', '_') === `${module}.ko`);
    if (!file) throw new Error(`the kernel has no ${module}`);
    mkdirSync(join(path, dirname(file)), { recursive: true });
    copyFileSync(join(root, file), join(path, file));
    depends[module] = modinfo('depends', join(path, file)).split(',').filter(Boolean);
  }
  copyFileSync(join(root, 'modules.order'), join(path, 'modules.order'));
  return { path, depends, release: basename(root) };
}

function modinfo(field: string, file: string): string {
  return execFileSync('modinfo', ['-F', field, file], { encoding: 'utf8' }).trim();
}

export interface Loader {
  service: string;
  /** s6-rc's scripts. */
  up: string;
  down: string;
  /** Of load.sh, unload.sh, functions.sh and the modules. */
  folder: string;
  /** In load order. */
  modules: string[];
}

/** Builds the loaders of a list; `replace` makes another of templates/loader/device.sh. */
export function build<Name extends string>(
  loaders: Record<Name, { targets: string[]; parameters?: Record<string, Record<string, string>> }>,
  { path }: Tree,
  replace?: (functions: string) => string,
): Record<Name, Loader> {
  const work = folder();
  writeFileSync(join(work, 'kmod.yaml'), JSON.stringify({ version: 1, loaders }));
  const templates = join(work, 'templates');
  if (replace) {
    const original = readFileSync(join(repository, 'templates/loader/device.sh'), 'utf8');
    const replaced = replace(original);
    if (replaced === original) throw new Error('nothing to replace in device.sh');
    mkdirSync(join(templates, 'loader'), { recursive: true });
    writeFileSync(join(templates, 'loader/device.sh'), replaced);
  }
  const generated = genKmod(
    ['--quiet', '--targets', 'kmod.yaml', ...(replace ? ['--templates', templates] : [])],
    { cwd: work },
  );
  if (generated.status !== 0) throw new Error(generated.stderr);
  const names = Object.keys(loaders) as Name[];
  const built = nixBuild(
    `let all = pkgs.callPackage ${join(work, 'kmod')} { kernel.modulesupport = ${path}; };
     in map (name: all.\${name}) ${JSON.stringify(names).replaceAll(',', ' ')}`,
  );
  if (!built.ok) throw new Error(built.log);
  const paths = built.path.split('\n');
  return Object.fromEntries(names.map((name, i) => [name, describe(`kmod-${name}`, paths[i]!)])) as Record<
    Name,
    Loader
  >;
}

function describe(service: string, path: string): Loader {
  const up = join(path, service, 'up');
  const script = /^exec sh (.*)\/load\.sh$/m.exec(readFileSync(up, 'utf8'))?.[1];
  if (!script) throw new Error(`no load.sh in ${up}`);
  const lines = readFileSync(join(script, 'load.sh'), 'utf8').matchAll(/^(?:load|prefer) (\w+) /gm);
  return {
    service,
    up,
    down: join(path, service, 'down'),
    folder: script,
    modules: Array.from(lines, ([, module]) => module!),
  };
}

export interface Ran {
  /** -1 for one that a signal ended. */
  status: number;
  /** Both streams, as s6-rc logs them. */
  output: string;
  seconds: number;
  /** Of insmod and rmmod in that time: `insmod nf_conntrack hashsize=4096`. */
  calls: string[];
}

export interface Running {
  pid: number;
  done: Promise<Ran>;
  kill(signal: NodeJS.Signals): void;
}

/** What loaders keep under /run/gen-kmod. */
export interface Kept {
  claims: Record<string, string[]>;
  inserted: string[];
  lock: string[];
}

export const nothing: Kept = { claims: {}, inserted: [], lock: [] };

export interface Device {
  /** The folder of the files that device/ obeys. */
  model: string;
  up(loader: Loader): Promise<Ran>;
  down(loader: Loader): Promise<Ran>;
  /** Arguments are the shell's: a script and what goes before. */
  start(...args: string[]): Running;
  /** Tells the model kernel something of a module, in a file that device/kernel.sh names. */
  tell(kind: string, module: string, text: string | number): void;
  untell(kind: string, module: string): void;
  /** Makes a module that no loader inserted, or changes its state; without one it is builtin. */
  set(module: string, state?: 'live' | 'coming' | 'going'): void;
  /** Takes a module away, as something that is no loader does. */
  remove(module: string): void;
  /** Gives a live module so many users other than modules. */
  use(module: string, users: number): void;
  /** What is in /sys/module, sorted. */
  modules(): string[];
  state(module: string): string | undefined;
  calls(): string[];
  /** The calls that the model kernel refused. */
  refused(): string[];
  kept(): Kept;
  /** A path of the device, as this process finds it. */
  path(absolute: string): string;
}

export interface Options {
  /** Of the tmpfs at /run. */
  run?: string;
  /** Of the kernel that runs, if not the tree's. */
  release?: string;
  /** What dmesg prints. */
  dmesg?: string;
  /** Whether it is Debian's busybox, with its own applets. */
  debian?: boolean;
  /** Folders before all others in PATH. */
  before?: string[];
}

async function boot(
  tree: Tree,
  options: Options,
): Promise<{ device: Device; shutDown: () => Promise<void> }> {
  const model = folder();
  for (const kind of ['depends', 'fail', 'reading', 'coming', 'going', 'quicker']) {
    mkdirSync(join(model, kind));
  }
  for (const [module, needs] of Object.entries(tree.depends)) {
    writeFileSync(join(model, 'depends', module), `${needs.join(' ')}\n`);
  }
  writeFileSync(join(model, 'release'), `${options.release ?? tree.release}\n`);
  writeFileSync(join(model, 'dmesg'), options.dmesg ?? '');
  for (const file of ['calls', 'refused']) writeFileSync(join(model, file), '');

  // It holds the namespace until its standard input ends, at the latest when this process does.
  const script = `mount -t tmpfs tmpfs /sys/module && mount --bind "$2" /bin/sh &&
    mount -t tmpfs -o "$1" tmpfs /run && echo ready && exec cat`;
  const shell = options.debian ? '/bin/busybox' : join(applets, 'sh');
  const isRoot = process.getuid?.() === 0;
  const holder = spawn(
    'unshare',
    [
      ...(isRoot ? [] : ['--map-root-user']),
      ...['--mount', '--propagation', 'private'],
      ...['sh', '-c', script, 'sh', options.run ?? 'size=1m', shell],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [ready] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])) as [unknown];
  if (String(ready) !== 'ready\n') throw new Error(`no namespace: ${ready}`);

  const root = join('/proc', String(holder.pid), 'root');
  const sys = (...parts: string[]) => join(root, 'sys/module', ...parts);
  const run = (...parts: string[]) => join(root, 'run/gen-kmod', ...parts);
  const lines = (file: string) =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const list = (path: string) => (existsSync(path) ? readdirSync(path).sort() : []);
  const path = [...(options.before ?? []), standins, ...(options.debian ? [] : [applets])].join(':');

  const groups = new Set<number>();
  const device: Device = {
    model,
    up: (loader) => device.start(loader.up).done,
    down: (loader) => device.start(loader.down).done,
    start(...args) {
      const before = device.calls().length;
      const begin = performance.now();
      const child = spawn(
        'nsenter',
        [
          ...(isRoot ? [] : [`--user=/proc/${holder.pid}/ns/user`, '--preserve-credentials']),
          `--mount=/proc/${holder.pid}/ns/mnt`,
          ...['env', '-i', `PATH=${path}`, `STANDINS=${standins}`, `APPLETS=${applets}`, `MODEL=${model}`],
          ...['/bin/sh', ...args],
        ],
        { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
      );
      groups.add(child.pid!);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          output += text;
        });
      }
      const closed = once(child, 'close').then(() => groups.delete(child.pid!));
      const done = once(child, 'exit').then(async ([status]) => {
        // An insmod that outlives its script holds the streams.
        await Promise.race([closed, sleep(200)]);
        return {
          status: (status as number | null) ?? -1,
          output,
          seconds: (performance.now() - begin) / 1000,
          calls: device.calls().slice(before),
        };
      });
      return { pid: child.pid!, done, kill: (signal) => child.kill(signal) };
    },
    tell: (kind, module, text) => writeFileSync(join(model, kind, module), `${text}\n`),
    untell: (kind, module) => rmSync(join(model, kind, module)),
    set(module, state) {
      mkdirSync(sys(module), { recursive: true });
      if (!state) return;
      mkdirSync(sys(module, 'holders'), { recursive: true });
      writeFileSync(sys(module, 'refcnt'), '0\n');
      writeFileSync(sys(module, 'initstate'), `${state}\n`);
    },
    remove: (module) => rmSync(sys(module), { recursive: true }),
    use: (module, users) => writeFileSync(sys(module, 'refcnt'), `${users}\n`),
    modules: () => list(sys()),
    state: (module) => lines(sys(module, 'initstate'))[0],
    calls: () => lines(join(model, 'calls')),
    refused: () => lines(join(model, 'refused')),
    kept: () => ({
      claims: Object.fromEntries(list(run('claims')).map((name) => [name, lines(run('claims', name))])),
      inserted: lines(run('inserted')),
      lock: list(run('lock')),
    }),
    path: (absolute) => join(root, absolute),
  };
  const shutDown = async () => {
    // What a script left running, such as an insmod that hangs.
    for (const group of groups) killGroup(group);
    const gone = once(holder, 'exit');
    holder.stdin.end();
    await gone;
  };
  return { device, shutDown };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** vitest's, with `boot`, which makes a device whose kernel is that of a tree. */
export const test = base.extend<{ boot: (tree: Tree, options?: Options) => Promise<Device> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
  boot: async ({}, use) => {
    const ends: (() => Promise<void>)[] = [];
    await use(async (tree, options = {}) => {
      const { device, shutDown } = await boot(tree, options);
      ends.push(shutDown);
      return device;
    });
    await Promise.all(ends.map((end) => end()));
  },
});

/** Runs scripts one after the other, and expects each to succeed. */
export async function succeed(device: Device, ...scripts: string[]): Promise<void> {
  for (const script of scripts) {
    const { status, output } = await device.start(script).done;
    expect(status, output).toBe(0);
  }
}

/** Expects no module, and nothing kept. */
export function expectClean(device: Device, message?: string): void {
  expect({ modules: device.modules(), ...device.kept() }, message).toEqual({ modules: [], ...nothing });
}

export interface Stop {
  /** A pattern of the shell, for a step such as `7:mkdir -p /run/gen-kmod/claims`; it has no spaces. */
  at: string;
  signal: 'KILL' | 'TERM' | 'STOP';
  /** Whether the command of that step runs, before the signal; otherwise it never does. */
  runs: 'yes' | 'no';
}

/** Starts a file that gets a signal at a step. */
export function startTo(stop: Stop, device: Device, file: string): Running {
  writeFileSync(join(device.model, 'stop'), `${stop.at} ${stop.signal} ${stop.runs}\n`);
  for (const name of ['order', 'steps']) writeFileSync(join(device.model, name), '');
  const source = `export SCRIPT=$$ PATH=${steps}:$PATH; exec /bin/sh "$1"`;
  return device.start('-c', source, 'sh', file);
}

/** The same, to its end. Returns its steps, too. */
export async function runTo(stop: Stop, device: Device, file: string): Promise<Ran & { steps: string[] }> {
  const ran = await startTo(stop, device, file).done;
  return { ...ran, steps: readFileSync(join(device.model, 'steps'), 'utf8').trim().split('\n') };
}

/** Waits, 20 s at most, until something holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (holds()) return;
    await sleep(25);
  }
  throw new Error(`waited in vain until ${what}`);
}

export const insmods = (modules: string[]): string[] => modules.map((module) => `insmod ${module}`);
/** In reverse. */
export const rmmods = (modules: string[]): string[] => modules.map((module) => `rmmod ${module}`).reverse();
