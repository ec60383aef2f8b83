/** Whether the modules of a list take the parameters that the list has for them. */
import { near } from '../../diagnostics/near.ts';
import type { Closure } from './closure.ts';
import type { ModuleGraph } from './graph.ts';
import { knownNames, type Lookup } from './lookup.ts';
import { parameters } from './modinfo.ts';
import { checkParameter, type ParameterFault } from './parameters.ts';

export type ListFault =
  /** The kernel has no such module; `near` has names like it, three at most. */
  | { module: string; kind: 'no-module'; near: string[] }
  /** It is in the kernel itself: its parameters go on the kernel's command line, as `MODULE.PARAMETER=`. */
  | { module: string; kind: 'builtin' }
  /** Nothing loads it. */
  | { module: string; kind: 'not-loaded' }
  | ({ module: string; parameter: string; value: string } & ParameterFault);

/**
 * What is wrong with `wanted`, values by module and parameter, in its order. Names are as in the list; a module's and
 * a parameter's may have `-` for `_`.
 */
export function checkParameters(
  graph: ModuleGraph,
  lookup: Lookup,
  closure: Closure,
  wanted: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ListFault[] {
  const loaded = new Set(closure.modules.map(({ module }) => module));
  const bits = graph.architecture?.bits ?? 64;
  return Object.entries(wanted).flatMap(([name, values]): ListFault[] => {
    const module = graph.find(name);
    if (module === undefined) {
      const folded = name.replaceAll('-', '_');
      if (lookup.builtin.modules.has(folded)) return [{ module: name, kind: 'builtin' }];
      return [{ module: name, kind: 'no-module', near: near(folded, knownNames(graph, lookup)) }];
    }
    if (!loaded.has(module)) return [{ module: name, kind: 'not-loaded' }];
    const known = parameters(graph.modinfo(module));
    return Object.entries(values).flatMap(([parameter, value]) => {
      const fault = checkParameter(known, parameter, value, bits);
      return fault === undefined ? [] : [{ module: name, parameter, value, ...fault }];
    });
  });
}
