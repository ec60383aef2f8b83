/** What generated files have to mean, without any Nix. */
import type { Needed } from '../../src/generate/plan.ts';
import type { TargetList } from '../../src/targets/target-list.ts';

/** What values.nix finds in the folder of a list, from the list itself. */
export function meaning(list: TargetList, folder: string, needed: Needed = new Map()): unknown {
  const names = new Map<string, string>();
  const argument = (path: string[]): string => {
    const key = JSON.stringify(path);
    const base = ['config', ...path.map((part) => part.replace(/[^A-Za-z0-9_'-]/g, '_'))].join('-');
    let name = base;
    for (let count = 2; !names.has(key) && [...names.values()].includes(name); count++)
      name = `${base}-${count}`;
    if (!names.has(key)) names.set(key, name);
    return names.get(key)!;
  };
  const serviceOf = (name: string): string => {
    const { compat, targets } = list.loaders.find((loader) => loader.name === name)!;
    return compat ? `kmodloader-${targets.join('-')}` : `kmod-${name}`;
  };
  const loaders = list.loaders.map((loader) => {
    const { name, targets, parameters, compat, dependencies, kernelConfig, autostart, description } = loader;
    const siblings = dependencies.flatMap((one) => ('loader' in one ? [one.loader] : []));
    return [
      name,
      {
        name: serviceOf(name),
        environment: `${compat ? 'sh' : 'exec sh'} ${JSON.stringify({
          parameters: [...parameters]
            .map(([module, values]) => line(module, values))
            .sort()
            .join(''),
          targets: targets.join(' '),
        })}/load.sh`,
        dependencies: dependencies.map((one) =>
          'loader' in one ? `loader ${serviceOf(one.loader)}` : `argument ${argument(one.config)}`,
        ),
        module: {
          options: [name],
          description: description ?? `Service that loads ${targets.join(', ')}.`,
          defaultText: `the loader of ${targets.join(', ')}`,
          imports: [...new Set(siblings)].map((other) => `${folder}/${other}/module.nix`),
          kernelConfig: {
            ...Object.fromEntries((needed.get(name) ?? []).map(({ symbol, value }) => [symbol, value])),
            ...Object.fromEntries(kernelConfig),
          },
          services: autostart ? { [`kmod-${name}`]: `loader ${name}` } : {},
        },
      },
    ];
  });
  return {
    imports: list.loaders.map(({ name }) => `${folder}/${name}/module.nix`),
    loaders: Object.fromEntries(loaders),
    arguments: [...names.values()].sort(),
  };
}

/** A module's arguments as the build gets them: words for a shell, by the name of the parameter. */
function line(module: string, values: ReadonlyMap<string, string>): string {
  const words = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${/^[!-~]*$/.test(value) ? value : `"${value}"`}`)
    .map((word) => (/^[A-Za-z0-9,._+:@%/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return `${[module, ...words].join(' ')}\n`;
}
