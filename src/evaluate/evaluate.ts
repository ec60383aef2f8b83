/**
 * Evaluates planned files without Nix and without a disk: every loader as `callPackage` would call it, down to what
 * its builder gets, and every module with what it defines. nixpkgs and Liminix are stood in for (`stand-in.ts`).
 */
import { decodeBytes, Evaluator, MemoryHost, NixError, type Position } from 'nix-eval-js';
import { type Diagnostic, diagnostic, type Range } from '../diagnostics/diagnostic.ts';
import type { PlannedFile } from '../generate/plan.ts';
import type { TargetList } from '../targets/target-list.ts';
import { standIn } from './stand-in.ts';

const root = '/generated';

const program = `import /stand-in.nix { root = ${root}; config = builtins.fromJSON (builtins.readFile /config.json); }`;

/** Milliseconds; what is generated takes a few. */
const timeLimit = 60_000;

/**
 * Evaluates all files of a plan; gives the first failure, if there is one: `not-nix`, `evaluation-failed`, or the warning
 * `not-evaluated`. `folder` is what diagnostics call the folder they are planned for.
 */
export function evaluatePlan(files: readonly PlannedFile[], list: TargetList, folder: string): Diagnostic[] {
  const host = new MemoryHost({
    files: {
      '/stand-in.nix': standIn,
      '/config.json': JSON.stringify(configOf(list)),
      ...Object.fromEntries(files.map(({ path, text }) => [`${root}/${path}`, text])),
    },
  });
  const ev = new Evaluator({ host, limits: { time: timeLimit } });
  try {
    ev.forceDeep(ev.evaluate(program));
    return [];
  } catch (error) {
    if (!(error instanceof NixError)) throw error;
    return [explain(error, files, folder)];
  }
}

/** The paths under `config` that dependencies name, each a service. */
function configOf({ loaders }: TargetList): object {
  const config: Record<string, unknown> = {};
  for (const { dependencies } of loaders) {
    for (const dependency of dependencies) {
      if (!('config' in dependency)) continue;
      let at = config;
      const path = [...dependency.config];
      const last = path.pop()!;
      for (const name of path) {
        if (typeof at[name] !== 'object') at[name] = {};
        at = at[name] as Record<string, unknown>;
      }
      at[last] ??= `the service ${last}`;
    }
  }
  return config;
}

type Place = Position | undefined;

function explain(error: NixError, files: readonly PlannedFile[], folder: string): Diagnostic {
  const fileAt = (position: Place): PlannedFile | undefined =>
    files.find(({ path }) => position?.source.name === `${root}/${path}`);
  const frames = error.traces.map(({ pos, text }) => ({ place: error.positions?.resolve(pos), text }));
  const place = [error.position, ...frames.map((frame) => frame.place)].find(fileAt);
  const file = fileAt(place);
  const details = {
    ...(file && place && { file: `${folder}/${file.path}`, range: rangeAt(file.text, place.offset) }),
    // What is said of the stand-ins is of no use to anybody.
    notes: frames.flatMap(({ place, text }) => {
      const at = fileAt(place);
      return at ? [`${decodeBytes(text)} (${at.path}:${place!.line})`] : [];
    }),
  };
  if (error.code === 'parse') {
    return diagnostic('not-nix', `this is no Nix: ${error.message}`, {
      ...details,
      hint: 'mend the template it comes from; without one of your own it is a bug in gen-kmod',
    });
  }
  const missing = /^attribute '(.*)' missing$/.exec(error.message)?.[1];
  if (missing !== undefined && file && asksNixpkgs(file.text, missing)) {
    return diagnostic('not-evaluated', `nothing stands in for nixpkgs' \`${missing}\` here`, {
      ...details,
      hint: 'the file is Nix, but only Nix itself can tell whether it evaluates',
    });
  }
  return diagnostic('evaluation-failed', error.message, {
    ...details,
    hint: 'mend the template it comes from; without one of your own it is a bug in gen-kmod',
  });
}

/** Whether a text takes this of `lib`, `pkgs` or the build machine's packages, which are stood in for. */
function asksNixpkgs(text: string, name: string): boolean {
  const escaped = name.replace(/[$^.*+?()[\]{}|\\]/g, '\\$&');
  return new RegExp(`\\b(lib|pkgs|pkgsBuildBuild|types|liminix)(\\.[\\w'-]+)*\\.${escaped}(?![\\w'-])`).test(
    text,
  );
}

/** `offset` counts bytes. */
function rangeAt(text: string, offset: number): Range {
  const before = Buffer.from(text).subarray(0, offset).toString();
  const word = /^[\w'-]+/.exec(text.slice(before.length))?.[0] ?? ' ';
  const lines = before.split('\n');
  const start = { offset: before.length, line: lines.length, column: lines.at(-1)!.length + 1 };
  const end = { offset: start.offset + word.length, line: start.line, column: start.column + word.length };
  return { start, end };
}
