/** The target list of a scaffold: from names, or from the part of a list that is about it. */
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import type { Context } from '../generate/contexts.ts';
import { nixSelect } from '../generate/nix.ts';
import type { Loader, TargetList } from '../targets/target-list.ts';

/**
 * The loader that becomes the scaffold's, under the scaffold's name, and behind it those of the list that it waits for:
 * the one of that name, or the only one.
 *
 * @throws Failure with `usage` where it could be several
 */
export function loadersFor(name: string, { loaders }: TargetList): Loader[] {
  const chosen =
    loaders.find((loader) => loader.name === name) ?? (loaders.length === 1 ? loaders[0] : undefined);
  if (chosen === undefined) {
    const names = loaders.map((loader) => loader.name).join(', ');
    throw new Failure(
      diagnostic('usage', `the list has several loaders, and none is called \`${name}\``, {
        notes: [`there are ${names}`],
        hint: 'name the scaffold after one of them, or give modules: --targets nft_ct,nft_masq',
      }),
    );
  }
  const wanted = new Map([[chosen.name, chosen]]);
  // A map's iterator comes to what is added meanwhile.
  for (const { dependencies } of wanted.values()) {
    for (const dependency of dependencies) {
      const sibling = 'loader' in dependency && loaders.find((loader) => loader.name === dependency.loader);
      if (sibling) wanted.set(sibling.name, sibling);
    }
  }
  wanted.delete(chosen.name);
  return [{ ...chosen, name, autostart: false }, ...wanted.values()];
}

/** What the template of a `kmod.yaml` gets for `loaders`; `uses` says what a module is for. */
export function listContext(
  purpose: string,
  start: string,
  loaders: readonly Loader[],
  uses: ReadonlyMap<string, string> = new Map(),
): Context<'list/kmod.yaml'> {
  return {
    purpose,
    start,
    loaders: loaders.map((loader) => ({
      name: loader.name,
      description: loader.description ?? '',
      targets: loader.targets.map((module) => ({ module, use: uses.get(module) ?? '' })),
      dependencies: loader.dependencies.map((dependency) =>
        'loader' in dependency
          ? { loader: dependency.loader, config: '' }
          : { loader: '', config: nixSelect(...dependency.config) },
      ),
      parameters: [...loader.parameters].map(([module, values]) => ({
        module,
        values: [...values].map(([name, value]) => ({ name, value })),
      })),
      kernelConfig: [...loader.kernelConfig].map(([symbol, value]) => ({ symbol, value })),
      autostart: loader.autostart,
      compat: loader.compat,
    })),
  };
}
