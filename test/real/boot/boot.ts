/**
 * Boots a machine that does steps and tells of them on its serial console. A guest knows no expectations: it prints its
 * modules and what loaders keep under /run/gen-kmod behind each step, and tests compare.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFailed } from 'vitest';
import { cache, scratch } from '../environment.ts';
import { Initramfs } from './initramfs.ts';
import type { Machine } from './machine.ts';

export interface Step {
  /** How the test finds it again: one of a kind in a boot. */
  name: string;
  /** Shell, run by /bin/sh with a device's applets, and the programs asked for, as its PATH. */
  run: string;
}

export interface Options {
  machine: Machine;
  /** Store paths to have there with their closures. */
  services: string[];
  /** More files to have there, by path. */
  files?: Record<string, Buffer>;
  /** Programs of this machine to have there; the guest's processor has to be of its kind. */
  with?: string[];
  steps: Step[];
  /** More for the kernel's command line. */
  commandLine?: string;
  /** How long it may take. */
  seconds?: number;
}

/** What is there behind a step. */
export interface State {
  /** Names of the modules in /proc/modules, sorted. */
  modules: string[];
  /** The files under /run/gen-kmod, with their lines. */
  kept: Record<string, string[]>;
}

export interface Ran extends State {
  status: number;
  /** Standard output and error; without the last line's end. */
  output: string;
  seconds: number;
}

export interface Guest {
  /** What is there before the first step. */
  before: State;
  /** What a step did. */
  after(name: string): Ran;
  /** All that came over the serial console. */
  log: string;
}

/** Boots to the end of the last step, or fails. Tests keep the log of a guest when they fail. */
export async function boot(options: Options): Promise<Guest> {
  const { machine, steps, commandLine = '', seconds = 120 } = options;
  const names = steps.map(({ name }) => name);
  expect(new Set(names).size, 'steps have names of their own').toBe(names.length);

  const initrd = join(scratch(), 'initrd');
  writeFileSync(initrd, initramfs(options).toBuffer());
  const { log, ended } = await emulate(machine, initrd, commandLine, seconds);
  const kept = keepLog(machine, log);
  onTestFailed(() => console.error(`the serial console's log is in ${kept()}`));

  const [, ...parts] = log.split(/^=== /m);
  if (!parts.at(-1)?.startsWith('end\n')) {
    const tail = log.trimEnd().split('\n').slice(-60).join('\n');
    throw new Error(`the guest ${ended} before its end; ${kept()} has:\n${tail}`);
  }
  const [before, ...ran] = parts.slice(0, -1).map(readRecord);
  expect(ran).toHaveLength(steps.length);
  return {
    before: before!,
    after(name) {
      const found = ran[names.indexOf(name)];
      if (found === undefined) throw new Error(`no step is called ${name}`);
      return found;
    },
    log,
  };
}

function initramfs({ machine, services, files = {}, with: programs = [], steps }: Options): Initramfs {
  const archive = new Initramfs();
  for (const folder of ['/proc', '/sys', '/dev', '/run', '/tmp', '/guest/out', '/var'])
    archive.folder(folder);
  archive.link('/var/run', '/run');
  archive.file('/init', readFileSync(new URL('init.sh', import.meta.url)));
  archive.file('/guest/busybox', readFileSync(machine.busybox));
  archive.file('/guest/device-busybox', readFileSync(machine.shell));
  for (const applet of machine.applets) archive.link(join('/bin', applet), '/guest/device-busybox');
  for (const [path, content] of Object.entries(files)) archive.file(path, content);
  steps.forEach(({ run }, index) => {
    archive.file(join('/guest/steps', String(index).padStart(4, '0')), `${run}\n`);
  });
  return archive.programs(programs).closure(services);
}

async function emulate(
  { qemu: [program, ...args], kernel, console: serial }: Machine,
  initrd: string,
  commandLine: string,
  seconds: number,
): Promise<{ log: string; ended: string }> {
  const child = spawn(
    program!,
    [
      ...args,
      ...['-accel', 'tcg', '-m', '256', '-nographic', '-no-reboot', '-nic', 'none', '-monitor', 'none'],
      ...['-serial', 'stdio', '-kernel', kernel, '-initrd', initrd],
      ...['-append', `console=${serial} loglevel=4 panic=-1 ${commandLine}`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  let ended = 'stopped';
  const timer = setTimeout(() => {
    ended = `was stopped after ${seconds} s`;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  // Fails where there is no such program.
  await once(child, 'close').finally(() => {
    clearTimeout(timer);
    process.off('exit', kill);
  });
  return { log: log.replaceAll('\r', ''), ended };
}

/** A function that writes the log into the cache, under the running test's name, and says where. */
function keepLog(machine: Machine, log: string): () => string {
  const test = expect.getState().currentTestName ?? 'boot';
  const folder = join(cache, 'boot/logs');
  const file = join(folder, `${machine.name} ${test}`.replaceAll(/[^\w.]+/g, '-').slice(0, 200));
  return () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.log`, log);
    return `${file}.log`;
  };
}

/** Reads what init.sh prints of a step: lines of a kind and a text. */
function readRecord(record: string): Ran {
  const texts = (kind: string): string[] =>
    [...record.matchAll(new RegExp(`^${kind}\\|(.*)$`, 'gm'))].map(([, text]) => text!);
  const number = (kind: string): number => Number(texts(kind)[0]);
  const kept: Record<string, string[]> = {};
  for (const text of texts('kept')) {
    const [file = '', line = ''] = text.split(/\|(.*)/s);
    kept[file] ??= [];
    if (line !== '') kept[file].push(line);
  }
  return {
    status: number('status'),
    output: texts('output').join('\n'),
    seconds: number('to') - number('from'),
    modules: texts('module')
      .map((line) => line.split(' ')[0]!)
      .sort(),
    kept,
  };
}
