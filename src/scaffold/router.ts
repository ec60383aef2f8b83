/** `gen-kmod new router NAME`: a flake that builds a Liminix device with the modules of a list. */
import type { Renderer } from '../generate/renderer.ts';
import { type Loader, makeLoader, type TargetList } from '../targets/target-list.ts';
import { listContext } from './loaders.ts';
import { familySymbols, firewallTargets, symbolsFor } from './netfilter.ts';
import { type Scaffold, scaffoldFile, scaffoldFiles } from './scaffold.ts';

export interface RouterRequest {
  name: string;
  /** One of Liminix's. */
  device: string;
  /** All of it is taken. Without one: the modules of a firewall. */
  list?: TargetList;
}

export function router({ name, device, list }: RouterRequest, renderer: Renderer): Scaffold {
  const context = { name, device, description: `The router ${name}` };
  const own = [
    scaffoldFile('flake.nix', 'flake/flake.nix', context),
    scaffoldFile('configuration.nix', 'flake/configuration.nix', context),
  ];
  const listed = listContext(
    `The kernel modules of ${name}`,
    'Only other services bring it up.',
    list?.loaders ?? [firewallLoader()],
    list ? new Map() : firewallTargets,
  );
  return {
    files: scaffoldFiles(own, listed, renderer),
    next: (folder) => [
      `Say where gen-kmod is, as it has no public address: nix registry add gen-kmod PATH`,
      `Then, in ${folder}: git init && git add . && nix build`,
      'The system is in configuration.nix, its modules in kmod.yaml; after a change of that run gen-kmod there.',
    ],
  };
}

function firewallLoader(): Loader {
  const targets = [...firewallTargets.keys()];
  return {
    ...makeLoader('firewall', targets),
    description: 'what nftables rules need for connection tracking, masquerading and a log',
    kernelConfig: new Map([
      ...familySymbols.map((symbol) => [symbol, 'y'] as const),
      ...symbolsFor(targets).symbols.map((symbol) => [symbol, 'm'] as const),
    ]),
  };
}
