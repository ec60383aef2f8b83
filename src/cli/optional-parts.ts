/** The optional parts of modules: as data for `--json`, and as text. */
import type { KbuildModule } from '../kernel/kbuild/kbuild.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { optionalParts, PartsOff, type PartThatIsOff } from '../kernel/optional-parts.ts';
import { type ResolvedLoader, settingsOf } from '../kernel/resolve.ts';
import type { TargetList } from '../targets/target-list.ts';
import { asking } from './kernel.ts';
import type { ResolvedList } from './resolve-list.ts';
import type { ResolvedTarget } from './result.ts';
import { columns, count } from './table.ts';

/** Parts that are named for one target; of the rest there is the number. */
const most = 8;

/** By target as it is written; those that miss none are not in it. */
export type Missing = ReadonlyMap<string, readonly PartThatIsOff[]>;

/** The optional parts that a list's targets are made without. */
export function missingParts({ kernel, resolution, base }: ResolvedList, list: TargetList): Missing {
  if (!kernel || !resolution) return new Map();
  const off = new PartsOff(kernel, resolution, base, settingsOf(list.loaders));
  const targets = resolution.loaders.flatMap((loader) => loader.targets);
  return new Map(
    asking(() =>
      targets.flatMap(({ target, module, outcome }): [string, PartThatIsOff[]][] => {
        // What cannot be had has no parts.
        const parts = outcome.status === 'module' || outcome.status === 'builtin' ? off.of(module) : [];
        return parts.length === 0 ? [] : [[target, parts]];
      }),
    ),
  );
}

/** As `--json` has them. */
export function partsResult(parts: readonly PartThatIsOff[]): NonNullable<ResolvedTarget['optional']> {
  return parts.map(({ symbol, prompt, objects, debugging, needs }) => ({
    ...{ symbol, prompt, objects: [...objects] },
    ...(debugging && { debugging }),
    ...(needs.length > 0 && { needs: [...needs] }),
  }));
}

/** A line for each target of a loader that misses some, below one that says how to ask for them. */
export function missingLines({ targets }: ResolvedLoader, missing: Missing): string[] {
  const rows = targets.flatMap(({ target }) => {
    const parts = missing.get(target) ?? [];
    const useful = parts.filter(({ debugging }) => !debugging);
    return useful.length === 0 ? [] : [{ target, useful, others: parts.length - useful.length }];
  });
  const example = rows[0]?.useful.find(({ needs }) => needs.length === 0) ?? rows[0]?.useful[0];
  if (!example) return [];
  return [
    `  optional parts that are off; ask for one with kernelConfig: { ${example.symbol}: y }`,
    ...columns(
      rows.map(({ target, useful, others }) => {
        const more = useful.length > most ? ` and ${useful.length - most} more` : '';
        const debugging = others === 0 ? '' : `; ${others} for debugging`;
        return [target, useful.slice(0, most).map(named).join(', ') + more + debugging];
      }),
    ).map((line) => `    ${line}`),
  ];
}

function named({ symbol, needs }: PartThatIsOff): string {
  return needs.length === 0 ? symbol : `${symbol} (needs ${needs.join(' and ')})`;
}

/** What `explain` says of a module's parts: each with its prompt, and what it adds. */
export function partLines(kernel: Kernel, module: KbuildModule): string[] {
  const parts = optionalParts(kernel, module);
  const [first] = parts;
  if (!first) return [];
  return [
    `  ${count(parts.length, 'optional part')}, asked for with kernelConfig: { ${first.symbol}: y }`,
    ...columns(
      parts.map(({ symbol, prompt, objects, debugging }) => [
        symbol,
        JSON.stringify(prompt),
        [
          objects.length === 0 ? 'in its code' : `adds ${shortened(objects)}`,
          debugging ? ', for debugging' : '',
        ].join(''),
      ]),
    ).map((line) => `    ${line}`),
  ];
}

function shortened(objects: readonly string[]): string {
  const shown = objects.slice(0, 4).join(', ');
  return objects.length > 4 ? `${shown} and ${objects.length - 4} more` : shown;
}
