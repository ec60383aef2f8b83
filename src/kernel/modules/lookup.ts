/**
 * What a name stands for, as modprobe finds it: a module, the exporter of `symbol:NAME`, modules with an alias that
 * matches, what is builtin by name, and by alias, whichever of these comes first.
 */
import { type Builtin, readBuiltin } from './builtin.ts';
import { matches } from './glob.ts';
import type { Module, ModuleGraph } from './graph.ts';
import { values } from './modinfo.ts';

/** What a name can stand for: a module, or one that is in the kernel itself. */
export interface Found {
  name: string;
  /** Undefined for what is builtin. */
  module: Module | undefined;
  /** The name that was asked for, where that is no module's. */
  alias: string | undefined;
}

export interface Lookup {
  /** In modprobe's order; empty where nothing has the name. Names of modules may have `-` for `_`. */
  find(name: string): Found[];
  readonly builtin: Builtin;
}

/** The modules that are named where a name stands for none, for suggestions. */
export function knownNames(graph: ModuleGraph, { builtin }: Lookup): string[] {
  return [...graph.modules.map(({ name }) => name), ...builtin.modules.keys()];
}

/** Aliases are read from every module when the first name comes that is no module's. */
export function makeLookup(graph: ModuleGraph): Lookup {
  let builtin: Builtin | undefined;
  let aliases: Aliases<Module> | undefined;
  let builtinAliases: Aliases<string> | undefined;
  const lookup: Lookup = {
    get builtin() {
      builtin ??= readBuiltin(graph.tree);
      return builtin;
    },
    find(asked) {
      const name = normalize(asked);
      if (name === undefined) return [];
      const module = graph.find(name);
      if (module) return [{ name, module, alias: undefined }];
      const exporter = name.startsWith('symbol:') ? graph.exporter(name.slice('symbol:'.length)) : undefined;
      if (exporter) return [{ name: exporter.name, module: exporter, alias: name }];
      aliases ??= makeAliases(graph.modules, (each) => values(graph.modinfo(each), 'alias'));
      const aliased = aliases(name);
      if (aliased.length > 0) return aliased.map((each) => ({ name: each.name, module: each, alias: name }));
      const own = lookup.builtin.modules.get(name);
      if (own) return [{ name: own.name, module: undefined, alias: undefined }];
      builtinAliases ??= patternsOf(lookup.builtin.aliases.map(({ pattern, name }) => [pattern, name]));
      return builtinAliases(name).map((each) => ({ name: each, module: graph.find(each), alias: name }));
    },
  };
  return lookup;
}

/** Everything with a pattern that matches, once each, in the order in which patterns were given. */
type Aliases<T> = (name: string) => T[];

function makeAliases(modules: readonly Module[], aliasesOf: (module: Module) => string[]): Aliases<Module> {
  return patternsOf(
    modules.flatMap((module) => aliasesOf(module).map((pattern): [string, Module] => [pattern, module])),
  );
}

interface Wild<T> {
  /** What the pattern begins with, as far as it means itself. */
  start: string;
  pattern: string;
  place: number;
  target: T;
}

function patternsOf<T>(given: readonly [pattern: string, target: T][]): Aliases<T> {
  const plain = new Map<string, { place: number; target: T }[]>();
  const wild: Wild<T>[] = [];
  given.forEach(([given, target], place) => {
    const pattern = normalize(given);
    if (pattern === undefined) return;
    const special = pattern.search(/[*?[]/);
    if (special >= 0) wild.push({ start: pattern.slice(0, special), pattern, place, target });
    else if (plain.has(pattern)) plain.get(pattern)!.push({ place, target });
    else plain.set(pattern, [{ place, target }]);
  });
  return (name) => {
    const found = [
      ...(plain.get(name) ?? []),
      ...wild.filter(({ start, pattern }) => name.startsWith(start) && matches(pattern, name)),
    ];
    return [...new Set(found.sort((a, b) => a.place - b.place).map(({ target }) => target))];
  };
}

/** With `_` for every `-` outside of brackets; undefined where brackets do not match, which kmod refuses. */
export function normalize(alias: string): string | undefined {
  let text = '';
  for (let at = 0; at < alias.length; at++) {
    const character = alias[at]!;
    if (character === ']') return undefined;
    if (character === '[') {
      const end = alias.indexOf(']', at);
      if (end < 0) return undefined;
      text += alias.slice(at, end + 1);
      at = end;
    } else text += character === '-' ? '_' : character;
  }
  return text;
}
