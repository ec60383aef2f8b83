/**
 * What each template is given. A sample stands for the type, so that one text tells TypeScript what to fill in and
 * the check of a user's template which names there are. Every name is always present: an absent one is ''.
 */

interface ServiceArgument {
  name: string;
  missing: string;
}

const loader = {
  /** The loader's description as comment lines. */
  comment: [''],
  /** The service's name, as in `kmod-firewall`. */
  service: '',
  targets: [''],
  parameters: [{ module: '', values: [{ name: '', value: '' }] }],
};

const module = {
  name: '',
  service: '',
  description: '',
  /** Loaders whose modules this one imports. */
  imports: [''],
  /** Nix expressions of services. */
  dependencies: [''],
  /** What was found to be needed, by the target it came to be needed for; without a kernel there is none. */
  needed: [{ target: '', assignments: [{ symbol: '', value: '' }] }],
  /** What is said where `kernel.config` lacks some of it, up to the list. */
  lackingText: '',
  /** Whether the list has some for the loader's modules. */
  parameters: true,
  /** What the list sets itself. */
  kernelConfig: [{ symbol: '', value: '' }],
  autostart: true,
  /** Whether the line that starts the service is broken. */
  wide: true,
  defaultText: '',
};

const set = {
  /** Services of the system that loaders depend on, as arguments of the set. */
  arguments: [{ name: '', missing: '' }] as ServiceArgument[],
  /** `wide`: whether the line that calls the loader is broken. */
  loaders: [{ name: '', dependencies: [''], wide: true }],
};

const modules = { loaders: [{ name: '' }] };

const list = {
  /** What the list is for, as a sentence without its full stop. */
  purpose: '',
  /** Why the loaders that do not start by themselves do not. */
  start: '',
  loaders: [
    {
      name: '',
      description: '',
      /** `use`: what the module is for, or ''. */
      targets: [{ module: '', use: '' }],
      /** One of the two is ''. */
      dependencies: [{ loader: '', config: '' }],
      parameters: [{ module: '', values: [{ name: '', value: '' }] }],
      kernelConfig: [{ symbol: '', value: '' }],
      autostart: true,
      compat: false,
    },
  ],
};

const service = { name: '' };

const flake = { name: '', device: '', description: '' };

const firewall = {
  name: '',
  /** The name of its nftables tables. */
  table: '',
  /** A line on each kind of rule that is left out for want of modules. */
  missing: [''],
  // Whether the modules for such rules are there.
  conntrack: true,
  masquerade: true,
  spoofing: true,
  limit: true,
  log: true,
  connlimit: true,
};

/** The templates, by their files under `templates/` less `.hbs`, each with a sample of its context. */
export const samples = {
  'loader/default.nix': loader,
  'loader/compat.nix': loader,
  'module/module.nix': module,
  'set/default.nix': set,
  'set/modules.nix': modules,
  'list/kmod.yaml': list,
  'firewall/default.nix': firewall,
  'firewall/service.nix': firewall,
  'firewall/default-rules.nix': firewall,
  'firewall/thin.nix': firewall,
  'firewall/rules.nix': firewall,
  'service/default.nix': service,
  'service/service.nix': service,
  'flake/flake.nix': flake,
  'flake/configuration.nix': flake,
} as const;

export type TemplateName = keyof typeof samples;
export type Context<Name extends TemplateName> = (typeof samples)[Name];

/** Texts that templates include, by `{{> name}}`. */
export const partials = ['marker'] as const;

/** Shell that templates include, by `{{script name indent}}`. */
export const scripts = ['loader/build.sh', 'loader/device.sh', 'loader/compat.sh'] as const;

export type PartialName = (typeof partials)[number];
export type ScriptName = (typeof scripts)[number];
