/** Runs that are cut short in the sweeps: what is there before, what is to be there after. */
import { join } from 'node:path';
import { run } from '../../src/cli/app.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { Change } from '../../src/output/compare.ts';
import { put, readTree, scratch, type Tree, without, writeTree } from './folder.ts';

export const journalName = '.gen-kmod.journal-';

export interface Outcome {
  status: number;
  diagnostics: Diagnostic[];
  codes: string[];
  changes: Change[];
  /** What was printed: one object. */
  stdout: string;
}

/** Runs the command in this process, with `--json`. */
export async function generate(
  args: string[],
  options: { cwd?: string; input?: string; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const { status, stdout } = await print([...args, '--json'], options);
  const { diagnostics, changes = [] } = JSON.parse(stdout) as Pick<Outcome, 'diagnostics' | 'changes'>;
  return { status, diagnostics, codes: diagnostics.map(({ code }) => code), changes, stdout };
}

/** Runs the command in this process, as a person would. */
export async function print(
  args: string[],
  options: { cwd?: string; input?: string; signal?: AbortSignal } = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const status = await run(args, {
    cwd: options.cwd ?? '/',
    env: {},
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    readStdin: async () => Buffer.from(options.input ?? ''),
    signal: options.signal ?? new AbortController().signal,
  });
  return { status, stdout, stderr };
}

/** A list's text: each loader with its targets. */
export function listOf(loaders: Record<string, string>): string {
  const lines = Object.entries(loaders).map(([name, targets]) => `  ${name}: { targets: [${targets}] }\n`);
  return `version: 1\nloaders:\n${lines.join('')}`;
}

export const scenarioNames = ['a first run', 'an update', 'a forced run'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Everything is relative to a folder that holds the list, `kmod.yaml`, and the output, `router/kmod/`. */
export interface Scenario {
  flags: string[];
  before: Tree;
  after: Tree;
}

const made = new Map<ScenarioName, Promise<Scenario>>();

export function scenario(name: ScenarioName): Promise<Scenario> {
  const known = made.get(name) ?? make(name);
  made.set(name, known);
  return known;
}

async function make(name: ScenarioName): Promise<Scenario> {
  const folder = scratch();
  const list = join(folder, 'kmod.yaml');
  const out = outIn(folder);
  const flags = name === 'a forced run' ? ['--force'] : [];
  const several = name === 'an update';
  if (name !== 'a first run') {
    put(list, listOf({ bridge: 'br_netfilter', firewall: 'nft_ct', ...(several && { wifi: 'ath9k' }) }));
    await expectDone(folder, []);
  }
  if (name === 'a forced run') {
    put(join(out, 'firewall/default.nix'), 'edited\n');
    put(join(out, 'modules.nix'), 'edited as well\n');
    put(join(out, 'usb/module.nix'), 'a file of a person\n');
    put(join(out, 'bridge/module.nix'), 'an edit in a loader that goes\n');
  }
  const wifi = { wifi: 'ath9k, ath10k_pci' };
  put(list, listOf({ firewall: 'nft_ct, nft_masq', usb: 'usb_storage', ...(several && wifi) }));
  const before = readTree(folder);
  await expectDone(folder, flags);
  return { flags, before, after: readTree(folder) };
}

async function expectDone(folder: string, flags: string[]): Promise<void> {
  const { status, stdout } = await generate(argumentsIn(folder, flags));
  if (status !== 0) throw new Error(stdout);
}

/** The arguments for a run in `folder`. */
export function argumentsIn(folder: string, flags: string[]): string[] {
  return ['--targets', join(folder, 'kmod.yaml'), '--out', outIn(folder), ...flags];
}

/** The output folder in `folder`. */
export function outIn(folder: string): string {
  return join(folder, 'router/kmod');
}

/** Brings `folder`, which is new, to where the scenario begins. */
export function begin(folder: string, { before }: Scenario): string {
  writeTree(folder, before);
  return folder;
}

export function journalsIn(tree: Tree): string[] {
  return Object.keys(tree).filter((path) => path.includes(journalName));
}

/** What is wrong with a folder that a run was cut short in: every file has to be the old or the new one. */
export function damage(tree: Tree, { before, after }: Scenario): string[] {
  const found: string[] = [];
  const there = without(tree, journalName);
  for (const path of new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(there)])) {
    if (there[path] === before[path] || there[path] === after[path]) continue;
    found.push(`${path} is ${there[path] === undefined ? 'missing' : 'neither the old nor the new one'}`);
  }
  return found;
}
