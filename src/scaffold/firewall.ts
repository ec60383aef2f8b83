/** `gen-kmod new firewall NAME`: a firewall of its own, or with `thin` Liminix's with more rules. */
import type { Context } from '../generate/contexts.ts';
import { nixKey } from '../generate/nix.ts';
import type { Renderer } from '../generate/renderer.ts';
import { fold } from '../targets/names.ts';
import { type Loader, makeLoader, type TargetList } from '../targets/target-list.ts';
import { listContext, loadersFor } from './loaders.ts';
import { firewallTargets, rulesFor, symbolsFor } from './netfilter.ts';
import { type Scaffold, scaffoldFile, scaffoldFiles } from './scaffold.ts';

export interface FirewallRequest {
  name: string;
  thin: boolean;
  /** Without one: what the rules use. */
  list?: TargetList;
}

/** What Liminix's own firewall does not load, and the rules of a thin one need. */
const thinTargets = new Map([['nft_connlimit', 'ct count']]);

/** @throws Failure with `usage` where the list does not say which loader it is about */
export function firewall({ name, thin, list }: FirewallRequest, renderer: Renderer): Scaffold {
  const uses = thin ? thinTargets : firewallTargets;
  const [given = makeLoader(name, [...uses.keys()]), ...others] = list ? loadersFor(name, list) : [];
  const { symbols, unknown } = symbolsFor(given.targets);
  const loader: Loader = {
    ...given,
    description: given.description ?? `the modules of the firewall ${name}`,
    // A list knows its kernel better than a rule of thumb.
    kernelConfig:
      given.kernelConfig.size > 0 ? given.kernelConfig : new Map(symbols.map((symbol) => [symbol, 'm'])),
    autostart: false,
  };
  const { features, missing } = rulesFor(given.targets);
  const context: Context<'firewall/default.nix'> = {
    name,
    table: `firewall-${name}`,
    missing,
    ...features,
    connlimit: given.targets.some((target) => fold(target) === 'nft_connlimit'),
  };
  const own = thin
    ? [
        scaffoldFile('default.nix', 'firewall/thin.nix', context),
        scaffoldFile('rules.nix', 'firewall/rules.nix', context),
      ]
    : [
        scaffoldFile('default.nix', 'firewall/default.nix', context),
        scaffoldFile('default-rules.nix', 'firewall/default-rules.nix', context),
        scaffoldFile('service.nix', 'firewall/service.nix', context),
      ];
  const listed = listContext(
    `The modules of the firewall ${name}`,
    'The firewall brings it up.',
    [loader, ...others],
    uses,
  );
  return {
    files: scaffoldFiles(own, listed, renderer),
    next: (folder) => [
      'In your configuration:',
      `  imports = [ ${folder} ];`,
      `  services.${thin ? 'firewall' : nixKey(name)} = config.system.service.${nixKey(name)}.build {`,
      '    zones = { lan = [ config.services.int ]; wan = [ config.services.wan ]; };',
      '  };',
      thin
        ? `The rules are in ${folder}/rules.nix; the stock ones stay in force.`
        : `The rules are in ${folder}/default-rules.nix.`,
      ...(missing.length > 0 && !thin ? missing.map((line) => `  ${line}`) : []),
      ...(unknown.length > 0 && given.kernelConfig.size === 0
        ? [`Add the kernel symbols of ${unknown.join(', ')} to ${folder}/kmod.yaml, and run gen-kmod there.`]
        : []),
    ],
  };
}
