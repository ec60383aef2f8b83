/** How builtins are listed: by name, with their arity; a leading `__` is the name outside of `builtins`. */
import type { BuiltinFunction } from '../eval/values.ts';

export interface Definition {
  readonly name: string;
  readonly arity: number;
  readonly run: BuiltinFunction;
  readonly traced?: boolean;
}

export const define = (name: string, arity: number, run: BuiltinFunction): Definition => ({
  name,
  arity,
  run,
});
