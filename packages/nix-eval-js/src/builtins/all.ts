/** The base environment: all builtins, in `builtins` and, those that Nix has there, outside of it. */

import type { Scope } from '../compile/scope.ts';
import { type Attrs, attrsOf, Names } from '../eval/attrs.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { derivationFile, isInternalFile, visiblePath } from '../eval/internal.ts';
import { lazyCalls } from '../eval/types.ts';
import { Builtin, type Slot, Thunk, type Value } from '../eval/values.ts';
import { Source } from '../syntax/source.ts';
import { contextBuiltins } from './context.ts';
import { controlBuiltins } from './control.ts';
import type { Definition } from './define.ts';
import { derivationBuiltins, derivationText } from './derivation.ts';
import { fetchBuiltins, flakeBuiltins } from './fetch.ts';
import { listBuiltins } from './lists.ts';
import { pathBuiltins } from './paths.ts';
import { setBuiltins } from './sets.ts';
import { stringBuiltins } from './strings.ts';
import { setOf, typeBuiltins } from './types.ts';

/** The Nix that this evaluator follows. */
export const nixVersion = '2.26.3';

export interface Builtins {
  /** Names outside of `builtins`, with their slots. */
  readonly base: ReadonlyMap<string, Slot>;
  readonly attrs: Attrs;
  /** A position as a set of file, line and column; null where it is in no file. */
  positionValue(pos: number): Value;
  /** Whether a position is in a text of the evaluator's own. */
  isInternal(pos: number): boolean;
}

const groups: readonly (readonly Definition[])[] = [
  typeBuiltins,
  listBuiltins,
  setBuiltins,
  stringBuiltins,
  controlBuiltins,
  contextBuiltins,
  pathBuiltins,
  derivationBuiltins,
  fetchBuiltins,
];

export function makeBuiltins(ev: Evaluator): Builtins {
  const base = new Map<string, Slot>();
  const inside = new Map<string, Slot>();
  const add = (name: string, slot: Slot): void => {
    base.set(name, slot);
    inside.set(name.startsWith('__') ? name.slice(2) : name, slot);
  };
  const all = ev.features.has('flakes') ? [...groups, flakeBuiltins] : groups;
  for (const group of all) {
    for (const { name, arity, run, traced } of group) {
      add(name, new Builtin(name.startsWith('__') ? name.slice(2) : name, arity, run, traced));
    }
  }
  const { host, options } = ev;
  add('true', true);
  add('false', false);
  add('null', null);
  add('__nixVersion', nixVersion);
  add('__storeDir', ev.storeDir);
  add('__langVersion', 6);
  if (options.pure !== true) {
    add('__currentTime', host.now());
    add('__currentSystem', host.system);
  }
  add(
    '__nixPath',
    (options.searchPath ?? []).map(({ path, prefix }) => setOf({ path, prefix })),
  );
  add(
    'derivation',
    new Thunk(() => ev.evaluate(new Source({ kind: 'file', path: derivationFile }, derivationText), '/'), []),
  );
  // `builtins` is in itself.
  let whole: Attrs | undefined;
  const self = new Thunk(() => whole!, []);
  inside.set('builtins', self);
  whole = attrsOf(inside);
  base.set('builtins', whole);

  const lineOf = new Builtin('lineOfPos', 1, (_ev, pos) => ev.positions.resolve(pos as number)!.line);
  const columnOf = new Builtin('columnOfPos', 1, (_ev, pos) => ev.positions.resolve(pos as number)!.column);
  return {
    base,
    attrs: whole,
    positionValue(pos) {
      const position = ev.positions.resolve(pos);
      if (position === undefined || position.source.origin.kind !== 'file') return null;
      return setOf({
        column: lazyCalls(ev, columnOf)(pos),
        file: visiblePath(position.source.origin.path),
        line: lazyCalls(ev, lineOf)(pos),
      });
    },
    isInternal(pos) {
      const source = ev.positions.resolve(pos)?.source;
      return source !== undefined && isInternalFile(source.name);
    },
  };
}

/** The outermost scope. */
export function baseScope(builtins: Builtins): Scope {
  const names = new Names([...builtins.base.keys()]);
  return { names, withPos: 0, up: null, constants: [null, ...builtins.base.values()] };
}
