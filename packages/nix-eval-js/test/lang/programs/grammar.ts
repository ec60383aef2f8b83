/**
 * Expressions of a wanted type, at random. A grammar has a rate of mistakes: how often an expression is not
 * what is wanted. Sizes are how many expressions there may be, roughly.
 */

import { quote } from '../../nix.ts';
import { setOf } from './bindings.ts';
import { control, recursion } from './control.ts';
import { derivation } from './derivations.ts';
import type { Choice, Draw } from './draw.ts';
import { call, lambda } from './functions.ts';
import { floatLiteral, intLiteral, missingPaths, paths, textOf } from './literals.ts';
import { mistake } from './mistakes.ts';
import { operators } from './operators.ts';
import type { Scope } from './scope.ts';
import { builtinCall } from './signatures.ts';
import { special } from './special.ts';
import { indentedString, stringLiteral } from './strings.ts';
import { code, part, type Tree } from './tree.ts';
import { atom, int, randomType, string, type Type } from './types.ts';

const comments = ['/* c */ ', '# c\n', '/** d */', '\n  ', '/**/'];

export class Grammar {
  readonly draw: Draw;
  readonly mistakes: number;
  #labels = 0;

  constructor(draw: Draw, mistakes: number) {
    this.draw = draw;
    this.mistakes = mistakes;
  }

  /** A text that is used once, for `trace` and `throw`. */
  label(): string {
    return `t${++this.#labels}`;
  }

  /** Some sizes that are together no more than one. */
  split(size: number, count: number): number[] {
    const weights = Array.from({ length: count }, () => 1 + this.draw.below(4));
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => Math.floor(((size - 1) * weight) / sum));
  }

  expression(want: Type, scope: Scope, size: number): Tree {
    const { draw } = this;
    if (draw.chance(this.mistakes)) return mistake(this, want, scope, size);
    const type = this.concrete(want);
    const known = scope.find(type);
    const usesKnown = known.length > 0 && draw.chance(size <= 1 ? 0.75 : 0.25);
    if (usesKnown) return code`${draw.pick(known)}`;
    if (size <= 1) return this.leaf(type, scope);
    const made = draw.choose<Tree | null>([
      ...this.#typed(type, scope, size),
      ...control(this, type, scope, size),
      [2, () => call(this, type, scope, size)],
      [1, () => recursion(this, type, scope, size)],
      [9, () => builtinCall(this, type, scope, size)],
      [8, () => special(this, type, scope, size)],
    ]);
    const out = made ?? this.literal(type, scope, size);
    return draw.chance(0.01) ? code`${draw.pick(comments)}${out}` : out;
  }

  /** One of the types that a collective name stands for. */
  concrete(type: Type): Type {
    if (type.kind !== 'atom') return type;
    const { draw } = this;
    switch (type.name) {
      case 'any':
        return randomType(draw, 2, true);
      case 'data':
        return randomType(draw, 2);
      case 'printable':
        return draw.choose([
          [8, () => randomType(draw, 0)],
          [2, () => ({ kind: 'list', of: randomType(draw, 0), filled: false })],
          [1, () => atom('stringlike')],
        ]);
      default:
        return type;
    }
  }

  #typed(type: Type, scope: Scope, size: number): readonly Choice<Tree>[] {
    return [
      ...operators(this, type, scope, size),
      [type.kind === 'atom' ? 3 : 12, () => this.literal(type, scope, size)],
    ];
  }

  literal(type: Type, scope: Scope, size: number): Tree {
    const { draw } = this;
    switch (type.kind) {
      case 'list': {
        const count = draw.between(type.filled ? 1 : 0, 4);
        const sizes = this.split(size, count);
        const items = sizes.map((each) => part`${this.expression(type.of, scope, each)}`);
        return code`[ ${items} ]`;
      }
      case 'dict':
      case 'record':
        return setOf(this, type, scope, size);
      case 'function':
        return lambda(this, type, scope, size);
      case 'variable':
        return this.leaf(int, scope);
      case 'atom':
        return this.#atom(type.name, scope, size);
    }
  }

  leaf(type: Type, scope: Scope): Tree {
    return this.literal(type, scope, 1);
  }

  #atom(name: string, scope: Scope, size: number): Tree {
    const { draw } = this;
    switch (name) {
      case 'int':
        return code`${intLiteral(draw)}`;
      case 'index':
        return code`${String(draw.below(4))}`;
      case 'zero':
        return code`0`;
      case 'divisor':
        return code`${draw.pick(['1', '2', '3', '7', '(-1)', '(-2)', '10'])}`;
      case 'float':
        return code`${floatLiteral(draw)}`;
      case 'bool':
        return code`${draw.pick(['true', 'false'])}`;
      case 'null':
        return code`null`;
      case 'string':
        return draw.chance(0.2) ? indentedString(this, scope, size) : stringLiteral(this, scope, size);
      case 'path':
        return code`${draw.pick(draw.chance(0.5) ? paths : missingPaths)}`;
      case 'file':
        return code`${draw.pick(paths)}`;
      case 'derivation':
        return derivation(this, scope, size);
      case 'stringlike':
        return draw.choose([
          [2, () => code`{ outPath = ${this.expression(string, scope, size - 1)}; }`],
          [
            2,
            () =>
              code`{ __toString = ${draw.pick(['self', 'x', '_'])}: ${this.expression(string, scope, size - 1)}; }`,
          ],
          [1, () => derivation(this, scope, size)],
        ]);
      default:
        return code`${quote(textOf(draw, name, this.mistakes))}`;
    }
  }
}
