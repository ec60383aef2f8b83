import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Kernel } from './schema.ts';

/** What a run is asked for: loaders in the order of the list, and the kernel to resolve them against. */
export interface TargetList {
  kernel?: Kernel;
  loaders: Loader[];
}

/** A list that can be used, and what is to be said of it. */
export interface ReadResult {
  list: TargetList;
  warnings: Diagnostic[];
}

/** One named set of targets, with its defaults filled in. */
export interface Loader {
  name: string;
  description?: string;
  /** As written, without repeats, in the order of the list. */
  targets: string[];
  dependencies: Dependency[];
  /** Module, folded, to parameter to value. */
  parameters: Map<string, Map<string, string>>;
  /** Symbol to value. */
  kernelConfig: Map<string, string>;
  autostart: boolean;
  compat: boolean;
}

/** Another loader of the list, or the parts of an attribute path under Liminix's `config`. */
export type Dependency = { loader: string } | { config: string[] };

/** A loader of `targets` with every other field at its default. */
export function makeLoader(name: string, targets: string[]): Loader {
  return {
    name,
    targets,
    dependencies: [],
    parameters: new Map(),
    kernelConfig: new Map(),
    autostart: true,
    compat: false,
  };
}
