/** `gen-kmod new module NAME`: a service with a loader, and nothing said of what it does. */
import { nixKey } from '../generate/nix.ts';
import type { Renderer } from '../generate/renderer.ts';
import type { TargetList } from '../targets/target-list.ts';
import { listContext, loadersFor } from './loaders.ts';
import { type Scaffold, scaffoldFile, scaffoldFiles } from './scaffold.ts';

export interface ModuleRequest {
  name: string;
  list: TargetList;
}

/** @throws Failure with `usage` where the list does not say which loader it is about */
export function module({ name, list }: ModuleRequest, renderer: Renderer): Scaffold {
  const loaders = loadersFor(name, list);
  const own = [
    scaffoldFile('default.nix', 'service/default.nix', { name }),
    scaffoldFile('service.nix', 'service/service.nix', { name }),
  ];
  const listed = listContext(`The modules of the service ${name}`, 'The service brings it up.', loaders);
  return {
    files: scaffoldFiles(own, listed, renderer),
    next: (folder) => [
      'In your configuration:',
      `  imports = [ ${folder} ];`,
      `  services.${nixKey(name)} = config.system.service.${nixKey(name)}.build { };`,
      `What it runs is for you to say, in ${folder}/service.nix or as build { run = ''…''; }.`,
      ...(loaders[0]!.kernelConfig.size === 0
        ? [`Add the kernel symbols of the modules to ${folder}/kmod.yaml, and run gen-kmod there.`]
        : []),
    ],
  };
}
