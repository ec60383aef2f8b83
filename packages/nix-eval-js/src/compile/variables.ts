/** Variables: read from an environment, or looked up in the sets of `with`. */
import type { Shape } from '../eval/attrs.ts';
import { type Code, type Delayed, force, type Slot, Thunk, type Value } from '../eval/values.ts';
import { showName } from '../syntax/quote.ts';
import type { Compiler } from './compiler.ts';
import { type Place, resolve, type Scope } from './scope.ts';

/** A variable's value. */
export function compileVariable(c: Compiler, name: string, pos: number, scope: Scope): Code {
  const { ev } = c;
  const place = resolve(scope, name);
  if (place === null) return ev.fail('undefined-variable', `undefined variable '${showName(name)}'`, pos);
  if (place.withs !== null) return compileWithVariable(c, name, pos, place.withs);
  const { constant } = place;
  if (constant !== undefined) return constant instanceof Thunk ? () => force(constant, pos) : () => constant;
  const { depth, slot } = place;
  switch (depth) {
    case 0:
      return (env) => {
        const value = env[slot];
        return value instanceof Thunk ? force(value, pos) : value;
      };
    case 1:
      return (env) => {
        const value = env[0][slot];
        return value instanceof Thunk ? force(value, pos) : value;
      };
    case 2:
      return (env) => {
        const value = env[0][0][slot];
        return value instanceof Thunk ? force(value, pos) : value;
      };
    default:
      return (env) => {
        let e = env[0][0][0];
        for (let i = depth - 3; i > 0; i--) e = e[0];
        const value = e[slot];
        return value instanceof Thunk ? force(value, pos) : value;
      };
  }
}

function compileWithVariable(
  c: Compiler,
  name: string,
  pos: number,
  withs: NonNullable<Place['withs']>,
): Code {
  const { ev } = c;
  // Where the name was last, by `with`.
  const shapes = new Array<Shape | null>(withs.length).fill(null);
  const indices = new Array<number>(withs.length).fill(-1);
  return (env): Value => {
    for (let w = 0; w < withs.length; w++) {
      const { depth, pos: withPos } = withs[w]!;
      let e = env;
      for (let i = depth; i > 0; i--) e = e[0];
      const attrs = ev.forceAttrs(
        e[1],
        withPos,
        'while evaluating the first subexpression of a with expression',
      );
      const { shape } = attrs;
      let index: number;
      if (shape === shapes[w]) index = indices[w]!;
      else {
        index = shape.find(name);
        shapes[w] = shape;
        indices[w] = index;
      }
      if (index >= 0) return force(attrs.values[index]!, pos);
    }
    return ev.fail('undefined-variable', `undefined variable '${showName(name)}'`, pos);
  };
}

/**
 * A variable's slot as it is. A slot that is not filled yet belongs to a set or `let` under construction: it
 * gets a thunk for the variable, whose code is `code`.
 */
export function readVariable(place: Place, code: Code): Delayed {
  if (place.constant !== undefined) {
    const { constant } = place;
    return () => constant;
  }
  const { depth, slot } = place;
  if (depth === 0) {
    return (env) => {
      const value: Slot | undefined = env[slot];
      return value === undefined ? new Thunk(code, env) : value;
    };
  }
  if (depth === 1) {
    return (env) => {
      const value: Slot | undefined = env[0][slot];
      return value === undefined ? new Thunk(code, env) : value;
    };
  }
  return (env) => {
    let e = env;
    for (let i = depth; i > 0; i--) e = e[0];
    const value: Slot | undefined = e[slot];
    return value === undefined ? new Thunk(code, env) : value;
  };
}
