/** What there is to say of a resolved list, in the order of the list. */
import { type Details, type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import type { LocatedDocument } from '../targets/document.ts';
import type { Loader, TargetList } from '../targets/target-list.ts';
import { diagnosePrompts, diagnoseSettings } from './diagnose-settings.ts';
import { Elsewhere } from './elsewhere.ts';
import type { Kernel } from './kernel.ts';
import { leadFor } from './leads.ts';
import { isValue, type Resolution, type ResolvedTarget, settingsOf } from './resolve.ts';
import { explainObstacle } from './solver/explain-obstacle.ts';
import { isPersons, patched, wayOut } from './way-out.ts';

export type Locate = LocatedDocument['locate'];

/**
 * `file` and `locate` tell where things stand; names from the command line stand nowhere. `isBuilt` says of which targets
 * a built kernel proves that they can be built.
 */
export function diagnose(
  kernel: Kernel,
  list: TargetList,
  resolution: Resolution,
  file?: string,
  locate?: Locate,
  isBuilt: (target: string) => boolean = () => false,
): Diagnostic[] {
  const places = placesIn(file, locate);
  const elsewhere = new Elsewhere(kernel);
  return list.loaders.flatMap((loader, number) => {
    const { targets, unknown } = resolution.loaders[number]!;
    return [
      ...unknown
        .filter((target) => !isBuilt(target))
        .map((target) => unknownTarget(kernel, elsewhere, target, places.target(loader, target))),
      // A place is only looked for where there is something to say.
      ...targets.flatMap((target) => {
        if (target.outcome.status === 'module') return [];
        const { outcome: found } = target;
        const setTo = found.symbol === undefined ? undefined : loader.kernelConfig.get(found.symbol);
        return outcome(kernel, target, places.target(loader, target.target), setTo, isBuilt(target.target));
      }),
      ...[...loader.kernelConfig].flatMap(([symbol, value]) =>
        setting(kernel, elsewhere, symbol, value, () => places.symbol(loader, symbol)),
      ),
      ...diagnoseSettings(kernel, resolution.loaders[number]!, (symbol) => places.symbol(loader, symbol)),
      ...diagnosePrompts(resolution.loaders[number]!, (target) =>
        loader.targets.includes(target) ? places.target(loader, target) : places.symbol(loader, target),
      ),
    ];
  });
}

/** Where the things of a list stand. */
export function placesIn(file: string | undefined, locate: Locate | undefined) {
  const at = (path: (string | number)[], part: 'key' | 'value' = 'value'): Details => ({
    ...(file !== undefined && { file }),
    ...(locate && { range: locate(path, part) }),
  });
  return {
    target: ({ name, targets }: Loader, target: string): Details =>
      at(['loaders', name, 'targets', targets.indexOf(target)]),
    symbol: ({ name }: Loader, symbol: string): Details =>
      at(['loaders', name, 'kernelConfig', symbol], 'key'),
    parameter: ({ name }: Loader, module: string, parameter?: string): Details => {
      // The list may have `-` for `_`. What is not there is placed at what is around it, which is longer.
      const [own, other] = [module, module.replaceAll('_', '-')].map((spelling) =>
        parameter === undefined
          ? at(['loaders', name, 'parameters', spelling], 'key')
          : at(['loaders', name, 'parameters', spelling, parameter]),
      );
      return lengthOf(other!) < lengthOf(own!) ? other! : own!;
    },
  };
}

function lengthOf({ range }: Details): number {
  return range === undefined ? 0 : range.end.offset - range.start.offset;
}

function unknownTarget(kernel: Kernel, elsewhere: Elsewhere, target: string, place: Details): Diagnostic {
  const lead = leadFor(kernel, elsewhere, target);
  const message = `no makefile of Linux ${kernel.version} makes a module \`${target}\` for ${kernel.arch}`;
  return diagnostic('unknown-target', lead?.message ?? message, {
    ...place,
    notes: lead?.notes ?? [],
    hint:
      lead?.hint ??
      'patches add modules: give the patched tree as `source`, and set its symbol in `kernelConfig` otherwise',
  });
}

function outcome(
  kernel: Kernel,
  { target, module, outcome: found }: ResolvedTarget,
  place: Details,
  setTo: string | undefined,
  isBuilt: boolean,
): Diagnostic[] {
  switch (found.status) {
    case 'module':
      return [];
    case 'builtin':
      return [
        diagnostic('builtin-target', `\`${target}\` is built into this kernel: there is nothing to load`, {
          ...place,
          notes: [`${found.symbol ?? 'its makefile'}=y makes ${module.path.replace(/\.ko$/, '')} part of it`],
          hint: 'leave the target out, or set its symbol to m',
        }),
      ];
    case 'unknown':
      if (isBuilt) return [];
      return [
        diagnostic(
          'unreachable-target',
          `\`${target}\` cannot be built for ${kernel.arch}: its symbol ${found.symbol} is not defined there`,
          {
            ...place,
            notes: [`${module.rules[0]?.file ?? 'a makefile'} makes ${module.path}`],
            hint: 'leave it out on this architecture',
          },
        ),
      ];
    case 'unreachable': {
      const notes = explainObstacle(found.obstacle, kernel.arch);
      if (setTo === 'm' || setTo === 'y' || isBuilt) {
        const but = isBuilt ? 'the built one has it' : `the list sets ${found.symbol} itself`;
        return [
          diagnostic(
            'unconfirmed-target',
            `\`${target}\` cannot be built for ${kernel.arch} with what is known of this kernel; ${but}`,
            { ...place, notes, hint: patched },
          ),
        ];
      }
      if (isPersons(found)) {
        return [
          diagnostic('contradicted-target', `the list itself keeps \`${target}\` from being built`, {
            ...place,
            notes,
            hint: 'take the setting out of `kernelConfig`, or the target out of the list',
          }),
        ];
      }
      return [
        diagnostic(
          'unreachable-target',
          `\`${target}\` cannot be built for ${kernel.arch} with this configuration`,
          {
            ...place,
            notes,
            hint: wayOut(kernel, found),
          },
        ),
      ];
    }
  }
}

const kinds = {
  bool: 'a bool, which is y or n',
  tristate: 'a tristate, which is y, m or n',
  int: 'a decimal number',
  hex: 'a hexadecimal number',
  string: 'a string',
  unknown: 'of no type',
};
const examples = {
  bool: 'y or n',
  tristate: 'y, m or n',
  int: 'decimal digits, without leading zeros',
  hex: 'hexadecimal digits, such as 0x10',
  string: 'a text',
  unknown: 'nothing',
};

/** A person's own setting that does nothing. */
function setting(
  kernel: Kernel,
  elsewhere: Elsewhere,
  name: string,
  value: string,
  place: () => Details,
): Diagnostic[] {
  const symbol = kernel.kconfig.symbol(name);
  if (!symbol) {
    return [
      diagnostic('unknown-symbol', `Linux ${kernel.version} has no symbol ${name} on ${kernel.arch}`, {
        ...place(),
        ...(elsewhere.symbol(name) ?? {
          hint:
            didYouMean(name, kernel.kconfig.names()) ??
            'patches add symbols: give the patched tree as `source`',
        }),
      }),
    ];
  }
  const plain = settingsOf([{ kernelConfig: new Map([[name, value]]) }]).get(name)!;
  if (!isValue(kernel, name, plain)) {
    return [
      diagnostic(
        'setting-without-effect',
        `Kconfig drops \`${name}=${value}\`: ${name} is ${kinds[symbol.type]}`,
        {
          ...place(),
          hint: `write ${examples[symbol.type]}`,
        },
      ),
    ];
  }
  if (symbol.prompts.length > 0) return [];
  const selectors = symbol.selectedBy.map((reference) => reference.symbol);
  const shown = selectors.slice(0, 5).join(', ');
  return [
    diagnostic('promptless-symbol', `${name} has no prompt: setting it to ${value} does nothing`, {
      ...place(),
      ...(selectors.length > 0 && {
        notes: [
          `it follows from ${shown}${selectors.length > 5 ? ` and ${selectors.length - 5} more` : ''}, which select it`,
        ],
      }),
      hint: 'leave it out',
    }),
  ];
}
