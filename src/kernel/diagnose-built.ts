/** What there is to say of a list's loaders with a built kernel, in the order of the list. */
import { type Details, type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import type { Loader, TargetList } from '../targets/target-list.ts';
import type { BuiltKernel, Closures } from './built.ts';
import { type Locate, placesIn } from './diagnose.ts';
import { checkParameters, type ListFault } from './modules/check-parameters.ts';
import type { Closure, Target } from './modules/closure.ts';
import { knownNames } from './modules/lookup.ts';
import type { Resolution, ResolvedLoader } from './resolve.ts';

/** `resolution` is undefined where nothing is known of the kernel's sources. */
export function diagnoseBuilt(
  built: BuiltKernel,
  closures: Closures,
  list: TargetList,
  resolution: Resolution | undefined,
  file?: string,
  locate?: Locate,
): Diagnostic[] {
  const places = placesIn(file ?? built.folder, locate);
  return list.loaders.flatMap((loader, number) => {
    const { closure } = closures.loaders[number]!;
    const resolved = resolution?.loaders[number];
    return [
      ...closure.targets.flatMap((target) =>
        ofTarget(built, target, resolved, places.target(loader, target.target)),
      ),
      ...ofParameters(built, loader, closure, places.parameter),
    ];
  });
}

function ofTarget(
  { graph, lookup }: BuiltKernel,
  { target, modules, builtin, impliedBy }: Target,
  resolved: ResolvedLoader | undefined,
  place: Details,
): Diagnostic[] {
  if (impliedBy !== undefined) {
    return [
      diagnostic('redundant-target', `\`${target}\` comes with \`${impliedBy}\`, which needs it`, {
        ...place,
        hint: 'it can be left out: it is loaded all the same',
      }),
    ];
  }
  if (modules.length > 0) return [];
  const own = resolved?.targets.find((each) => each.target === target);
  if (builtin.length > 0) {
    // The configuration has said so already.
    if (own?.outcome.status === 'builtin') return [];
    return [
      diagnostic('builtin-target', `\`${target}\` is built into this kernel: there is nothing to load`, {
        ...place,
        notes: [`modules.builtin of the built kernel has ${builtin.join(', ')}`],
        hint: 'leave the target out, or build the kernel with its symbol set to m',
      }),
    ];
  }
  const message = `the built kernel has no module \`${target}\``;
  if (resolved === undefined) {
    return [
      diagnostic('unbuilt-target', message, {
        ...place,
        hint:
          didYouMean(target.replaceAll('-', '_'), knownNames(graph, lookup)) ?? 'build it first, as a module',
      }),
    ];
  }
  // Of any other target there is something to say without a built kernel.
  if (own?.outcome.status !== 'module') return [];
  return [
    diagnostic('unbuilt-target', message, {
      ...place,
      notes: own.outcome.symbol === undefined ? [] : [`it is made where ${own.outcome.symbol} is m`],
      hint: 'build the kernel again with what is worked out here: gen-kmod resolve --format config',
    }),
  ];
}

function ofParameters(
  built: BuiltKernel,
  loader: Loader,
  closure: Closure,
  place: (loader: Loader, module: string, parameter?: string) => Details,
): Diagnostic[] {
  // A target that is still to be built may bring what is missing.
  const incomplete = closure.targets.some(({ modules, builtin }) => modules.length + builtin.length === 0);
  return checkParameters(built.graph, built.lookup, closure, parametersOf(loader)).flatMap((fault) => {
    if (incomplete && (fault.kind === 'no-module' || fault.kind === 'not-loaded')) return [];
    return [
      'parameter' in fault
        ? valueFault(fault, place(loader, fault.module, fault.parameter))
        : moduleFault(loader, fault, place(loader, fault.module)),
    ];
  });
}

/** Values by module and parameter, as the list has them. */
export function parametersOf({ parameters }: Loader): Record<string, Record<string, string>> {
  return Object.fromEntries([...parameters].map(([module, values]) => [module, Object.fromEntries(values)]));
}

function moduleFault(
  { name }: Loader,
  fault: Exclude<ListFault, { parameter: string }>,
  place: Details,
): Diagnostic {
  const { module } = fault;
  switch (fault.kind) {
    case 'builtin':
      return diagnostic(
        'parameter-without-module',
        `\`${module}\` is built into this kernel: no loader can give it parameters`,
        { ...place, hint: `give them on the kernel's command line: ${module}.PARAMETER=VALUE` },
      );
    case 'not-loaded':
      return diagnostic('parameter-without-module', `loader \`${name}\` does not load \`${module}\``, {
        ...place,
        hint: 'make it a target, or give its parameters where it is loaded',
      });
    case 'no-module':
      return diagnostic('parameter-without-module', `the built kernel has no module \`${module}\``, {
        ...place,
        hint: didYouMean(module, fault.near) ?? 'remove its parameters',
      });
    case 'unreadable':
      return diagnostic('module-malformed', `the parameters of \`${module}\` cannot be read: ${fault.why}`, {
        file: fault.file,
        hint: 'the file is damaged, or was cut short: build or copy it again',
      });
  }
}

function valueFault(fault: Extract<ListFault, { parameter: string }>, place: Details): Diagnostic {
  const { module, parameter, value } = fault;
  if (fault.kind === 'value') {
    return diagnostic('invalid-parameter-value', `\`${parameter}\` of \`${module}\` cannot be \`${value}\``, {
      ...place,
      notes: [`its type is ${fault.type}; the kernel refuses the module for such a value`],
      hint: `it takes ${fault.takes}`,
    });
  }
  const { known } = fault;
  const shown = known.slice(0, 12).join(', ');
  return diagnostic('unknown-parameter', `\`${module}\` has no parameter \`${parameter}\``, {
    ...place,
    notes: ['the kernel ignores it, with a warning in its log'],
    hint:
      didYouMean(parameter, fault.near) ??
      (known.length === 0
        ? 'it has none'
        : `it has ${shown}${known.length > 12 ? ` and ${known.length - 12} more` : ''}`),
  });
}
