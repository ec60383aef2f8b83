/** Whether the modules of a list take the parameters that the list has for them. */
import { near } from '../../diagnostics/near.ts';
import type { Closure } from './closure.ts';
import type { Module, ModuleGraph } from './graph.ts';
import { knownNames, type Lookup } from './lookup.ts';
import type { Parameter } from './modinfo.ts';
import { checkParameter, findParameter, type ParameterFault } from './parameters.ts';
import { Malformed } from './problem.ts';

type Wanted = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type ListFault =
  /** The kernel has no such module; `near` has names like it, three at most. */
  | { module: string; kind: 'no-module'; near: string[] }
  /** It is in the kernel itself: its parameters go on the kernel's command line, as `MODULE.PARAMETER=`. */
  | { module: string; kind: 'builtin' }
  /** Nothing loads it. */
  | { module: string; kind: 'not-loaded' }
  /** Its file does not say which parameters it has; `why` in words. */
  | { module: string; kind: 'unreadable'; file: string; why: string }
  | ({ module: string; parameter: string; value: string } & ParameterFault);

export interface GivenParameter {
  module: string;
  name: string;
  value: string;
  /** As `Parameter` has it: undefined where any value is taken, as far as can be seen from outside. */
  type: string | undefined;
}

/** Those of `wanted` that modules of the closure have, in its order, spelled as modules spell them. */
export function givenParameters(graph: ModuleGraph, closure: Closure, wanted: Wanted): GivenParameter[] {
  const loaded = new Set(closure.modules.map(({ module }) => module));
  return Object.entries(wanted).flatMap(([own, values]) => {
    const module = graph.find(own);
    if (module === undefined || !loaded.has(module)) return [];
    const known = knownParameters(graph, module);
    if (!Array.isArray(known)) return [];
    return Object.entries(values).flatMap(([written, value]): GivenParameter[] => {
      const found = findParameter(known, written);
      return found === undefined ? [] : [{ module: module.name, name: found.name, value, type: found.type }];
    });
  });
}

/**
 * What is wrong with `wanted`, values by module and parameter, in its order. Names are as in the list; a module's and
 * a parameter's may have `-` for `_`.
 */
export function checkParameters(
  graph: ModuleGraph,
  lookup: Lookup,
  closure: Closure,
  wanted: Wanted,
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
    const known = knownParameters(graph, module);
    if (!Array.isArray(known))
      return [{ module: name, kind: 'unreadable', file: graph.file(module), why: known.why }];
    return Object.entries(values).flatMap(([parameter, value]) => {
      const fault = checkParameter(known, parameter, value, bits);
      return fault === undefined ? [] : [{ module: name, parameter, value, ...fault }];
    });
  });
}

function knownParameters(graph: ModuleGraph, module: Module): Parameter[] | { why: string } {
  try {
    return graph.parameters(module);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { why: error.message };
  }
}
