/** A target list → the files a run would write, with their text. Pure. */
import type { Dependency, Loader, TargetList } from '../targets/target-list.ts';
import type { Context } from './contexts.ts';
import { commentLines, nixKey, nixSelect } from './nix.ts';
import type { Renderer } from './renderer.ts';

/** `path` is relative to the output folder, with `/` on every system. */
export interface PlannedFile {
  path: string;
  text: string;
}

/**
 * Every file of a list but the manifest, ordered by path. `needed` is what each loader's modules were found to need of
 * the kernel's configuration, by the loader's name.
 */
export function plan(list: TargetList, renderer: Renderer, needed: Needed = new Map()): PlannedFile[] {
  const files = [
    { path: 'default.nix', text: renderer.render('set/default.nix', setContext(list.loaders)) },
    { path: 'modules.nix', text: renderer.render('set/modules.nix', { loaders: list.loaders }) },
    ...list.loaders.flatMap((loader) => [
      { path: `${loader.name}/default.nix`, text: renderLoader(loader, renderer) },
      {
        path: `${loader.name}/module.nix`,
        text: renderer.render('module/module.nix', moduleContext(loader, needed.get(loader.name) ?? [])),
      },
    ]),
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One loader's `default.nix`, which needs no other file. */
export function renderLoader(loader: Loader, renderer: Renderer): string {
  return renderer.render(loader.compat ? 'loader/compat.nix' : 'loader/default.nix', loaderContext(loader));
}

/** The name of a loader's service. */
export function serviceName(loader: Loader): string {
  return `kmod-${loader.name}`;
}

function loaderContext(loader: Loader): Context<'loader/default.nix'> {
  return {
    comment: loader.description === undefined ? [] : commentLines(loader.description),
    service: serviceName(loader),
    targets: loader.targets,
    parameters: [...loader.parameters].map(([module, values]) => ({
      module,
      values: [...values].map(([name, value]) => ({ name, value })),
    })),
  };
}

/** Symbols with their values, for which of a loader's targets. */
export interface NeededAssignment {
  readonly symbol: string;
  readonly value: string;
  readonly target: string;
}

export type Needed = ReadonlyMap<string, readonly NeededAssignment[]>;

function moduleContext(loader: Loader, needed: readonly NeededAssignment[]): Context<'module/module.nix'> {
  const siblings = loader.dependencies.flatMap((dependency) =>
    'loader' in dependency ? [dependency.loader] : [],
  );
  return {
    name: loader.name,
    service: serviceName(loader),
    description: loader.description ?? `Service that loads ${loader.targets.join(', ')}.`,
    imports: [...new Set(siblings)],
    dependencies: loader.dependencies.map((dependency) =>
      'loader' in dependency
        ? nixSelect('config', 'kmodloaders', dependency.loader)
        : nixSelect('config', ...dependency.config),
    ),
    needed: [...new Set(needed.map(({ target }) => target))].map((target) => ({
      target,
      assignments: needed.filter((each) => each.target === target),
    })),
    lackingText: `${serviceName(loader)} cannot load its modules; kernel.config needs `,
    parameters: loader.parameters.size > 0,
    kernelConfig: [...loader.kernelConfig].map(([symbol, value]) => ({ symbol, value })),
    autostart: loader.autostart,
    wide: isWide(
      `    ${nixSelect('services', serviceName(loader))} = ${nixSelect('config', 'kmodloaders', loader.name)};`,
    ),
    defaultText: `the loader of ${loader.targets.join(', ')}`,
  };
}

function setContext(loaders: Loader[]): Context<'set/default.nix'> {
  const services = new Map<string, string>();
  const expression = (dependency: Dependency): string => {
    if ('loader' in dependency) return nixSelect('loaders', dependency.loader);
    const service = nixSelect('config', ...dependency.config);
    const name = services.get(service) ?? argumentName(dependency.config, new Set(services.values()));
    services.set(service, name);
    return name;
  };
  const contexts = loaders.map(({ name, dependencies }) => ({
    name,
    dependencies: dependencies.map(expression),
    wide: isWide(`    ${nixKey(name)} = callPackage ./${name} {`),
  }));
  return {
    arguments: [...services].map(([service, name]) => ({ name, missing: `pass ${name} = ${service};` })),
    loaders: contexts,
  };
}

/** Whether nixfmt breaks this line: it knows 100 columns. */
function isWide(line: string): boolean {
  return line.length > 100;
}

/** The argument by which `config.PATH` reaches the set, as in `config-services-calibration`, and none of `taken`. */
function argumentName(path: string[], taken: ReadonlySet<string>): string {
  const name = ['config', ...path.map((part) => part.replace(/[^A-Za-z0-9_'-]/g, '_'))].join('-');
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}
