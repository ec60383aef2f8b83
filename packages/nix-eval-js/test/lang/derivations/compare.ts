/**
 * Cases about derivations and store paths. Each is a derivation, or anything that contains some; both
 * evaluators show it as JSON, derivations as the paths of the file and of all outputs, strings with their
 * context. Then the text of each derivation named is compared with the file that Nix wrote, and so on through
 * all its inputs.
 *
 * Nix evaluates all that this evaluator finds a value for in one process. What fails is run alone, and fails
 * with the same message.
 *
 * Comments in a case: `# features: NAME…` turns on experimental features, `# message differs: WHY`.
 */

import { existsSync, readFileSync } from 'node:fs';
import { guard } from '../../../src/eval/guard.ts';
import { DiskHost } from '../../../src/host/disk.ts';
import { Evaluator, NixError } from '../../../src/index.ts';
import { showError } from '../../../src/print/error.ts';
import { toJson } from '../../../src/print/json.ts';
import { parseATerm } from '../../../src/store/derivation.ts';
import { Source } from '../../../src/syntax/source.ts';
import { runNix } from '../../nix.ts';
import { messageOf, readTexts, runOurs as runOurCommand } from '../corpus.ts';

export interface DerivationCase {
  readonly file: string;
  readonly text: string;
  readonly features: string;
  readonly messageDiffers: boolean;
}

/** Where Nix keeps its store, and where the files are that cases name. */
export interface Place {
  readonly folder: string;
  readonly storeDir: string;
  /** What comes before a store path to find its file. */
  readonly root: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A value, or the message's first line. */
type Result = { readonly value: unknown } | { readonly error: string };

interface OurResult {
  readonly result: Result;
  readonly warnings: readonly string[];
  /** The text of a derivation; null for none that was made. */
  read(drvPath: string): string | null;
}

export interface Difference {
  readonly case: string;
  readonly what: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Cases that have a value. */
  readonly succeeded: readonly DerivationCase[];
  /** Paths of the derivations whose texts were compared. */
  readonly derivations: ReadonlySet<string>;
}

/** Cases of what the command makes without --eval: the derivations that it finds in a value. */
export function readInstantiatedCases(): string[] {
  return readTexts(new URL('instantiated/', import.meta.url)).map(({ text }) => text);
}

/** Standard output and message of both, where they differ. */
export function compareInstantiated(texts: readonly string[], { flags, env, folder }: Place): Difference[] {
  return texts.flatMap((text) => {
    const our = runOurCommand({ flags: [], text });
    const real = runNix([...flags, '-'], text, env, { cwd: folder });
    const ours = [our.out, our.error];
    const theirs = [real.stdout, messageOf(real.stderr)];
    return ours.join('\n') === theirs.join('\n') ? [] : [{ case: text, what: 'output', ours, theirs }];
  });
}

export function readDerivationCases(): DerivationCase[] {
  return readTexts(new URL('.', import.meta.url)).map(({ file, text }) => ({
    file,
    text,
    features: /^# features: (.*)$/m.exec(text)?.[1] ?? '',
    messageDiffers: /^# message differs:/m.test(text),
  }));
}

const show = `(let
  show = value:
    if builtins.isAttrs value then
      if value.type or null == "derivation" && value ? all then {
        inherit (value) drvPath outputName;
        outputs = map (output: { name = output.outputName; path = output.outPath; }) value.all;
      } else builtins.mapAttrs (name: show) value
    else if builtins.isList value then map show value
    else if builtins.isString value && builtins.hasContext value then { string = value; context = builtins.getContext value; }
    else value;
in show)`;

const shown = (text: string): string => `${show} (\n${text}\n)`;

function runOurs({ text, features }: DerivationCase, { folder, storeDir }: Place): OurResult {
  const warnings: string[] = [];
  class FixtureHost extends DiskHost {
    override readonly workingDirectory = folder;
  }
  const ev = new Evaluator({
    host: new FixtureHost(),
    features: features.split(' '),
    storeDir,
    onWarning: ({ message }) => {
      // 2.26 does not mind it yet.
      if (!message.includes("via '__json' is deprecated")) warnings.push(`warning: ${message}`);
    },
  });
  const read = (path: string): string | null => {
    const known = core.derivations.get(path);
    return known?.text ?? null;
  };
  const { core } = ev;
  try {
    const json = guard(core, () => {
      const value = core.evaluate(new Source({ kind: 'stdin' }, shown(text)), folder);
      return toJson(core, value, true, 0, new Set());
    });
    return { result: { value: JSON.parse(json) }, warnings, read };
  } catch (error) {
    if (!(error instanceof NixError)) throw error;
    return { result: { error: messageOf(showError(error, false)) }, warnings, read };
  }
}

/** Warnings as later versions have them. */
function warningsOf(log: string): string[] {
  return log
    .replace(/\x1b\[[0-9;]*m/g, '')
    .split('\n')
    .filter((line) => line.startsWith('warning: '))
    .map((line) => line.replace(/In a derivation named '.*', (?='structuredAttrs' disables)/, ''));
}

function runTheirs(
  text: string,
  features: string,
  { folder, flags, env }: Place,
): { result: Result; warnings: string[] } {
  const settings = ['--option', 'substituters', '', '--extra-experimental-features', features];
  const { status, stdout, stderr } = runNix(
    ['--eval', '--strict', '--json', '--read-write-mode', ...flags, ...settings, '-'],
    text,
    env,
    { cwd: folder },
  );
  const warnings = warningsOf(stderr);
  return status === 0
    ? { result: { value: JSON.parse(stdout) }, warnings }
    : { result: { error: messageOf(stderr) }, warnings };
}

/** The real Nix's results; a batch that fails is halved. */
function runBatch(
  cases: readonly DerivationCase[],
  features: string,
  place: Place,
): { results: Result[]; warnings: string[] } {
  if (cases.length === 1) {
    const { result, warnings } = runTheirs(shown(cases[0]!.text), features, place);
    return { results: [result], warnings };
  }
  const list = `[\n${cases.map(({ text }) => `(${shown(text)})`).join('\n')}\n]`;
  const { result, warnings } = runTheirs(list, features, place);
  if ('value' in result) {
    return { results: (result.value as unknown[]).map((value) => ({ value })), warnings };
  }
  const middle = cases.length >> 1;
  const first = runBatch(cases.slice(0, middle), features, place);
  const second = runBatch(cases.slice(middle), features, place);
  return {
    results: [...first.results, ...second.results],
    warnings: [...first.warnings, ...second.warnings],
  };
}

const inStore = /\/[^" ]*\/[0-9a-df-np-sv-z]{32}-[-+._?=0-9a-zA-Z]*\.drv(?![-+._?=0-9a-zA-Z])/g;

/** The paths of derivations that a result names. */
function derivationsIn(result: Result, { storeDir }: Place): string[] {
  const found = JSON.stringify(result).match(inStore) ?? [];
  return [...new Set(found)].filter((path) => path.startsWith(storeDir));
}

/** Compares the texts of derivations and of all that they need; gives their paths. */
function compareTexts(
  item: DerivationCase,
  { result, read }: OurResult,
  place: Place,
  into: Difference[],
): string[] {
  const seen = new Set<string>();
  const queue = derivationsIn(result, place);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    const file = place.root + path;
    const theirs = existsSync(file) ? readFileSync(file, 'latin1') : null;
    const ours = read(path);
    if (ours !== theirs) into.push({ case: item.text, what: path, ours, theirs });
    if (theirs === null) continue;
    seen.add(path);
    const drv = parseATerm(theirs, path.slice(place.storeDir.length + 34, -'.drv'.length));
    queue.push(...drv.inputDrvs.keys(), ...[...drv.inputSrcs].filter((source) => source.endsWith('.drv')));
  }
  return [...seen];
}

export function compareDerivations(cases: readonly DerivationCase[], place: Place): Comparison {
  const differences: Difference[] = [];
  const derivations = new Set<string>();
  const differ = (text: string, what: string, ours: unknown, theirs: unknown): void => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      differences.push({ case: text, what, ours, theirs });
    }
  };
  const all = cases.map((item) => ({ item, ours: runOurs(item, place) }));
  const good = all.filter(({ ours }) => 'value' in ours.result);
  for (const features of new Set(good.map(({ item }) => item.features))) {
    const group = good.filter(({ item }) => item.features === features);
    const batch = runBatch(
      group.map(({ item }) => item),
      features,
      place,
    );
    group.forEach(({ item, ours }, i) => {
      differ(item.text, 'result', ours.result, batch.results[i]);
      for (const path of compareTexts(item, ours, place, differences)) derivations.add(path);
    });
    const ourWarnings = group.flatMap(({ ours }) => ours.warnings);
    differ(`all with the features '${features}'`, 'warnings', ourWarnings, batch.warnings);
  }
  for (const { item, ours } of all) {
    if ('value' in ours.result) continue;
    const { result, warnings } = runTheirs(shown(item.text), item.features, place);
    if (!item.messageDiffers || 'value' in result) differ(item.text, 'result', ours.result, result);
    differ(item.text, 'warnings', ours.warnings, warnings);
  }
  return { differences, succeeded: good.map(({ item }) => item), derivations };
}
