/**
 * Syntax tree → closures.
 *
 * Every expression becomes a function from an environment to a value. Names are resolved here, to how many
 * environments up and which slot; only what a `with` may bring is looked up by name when it runs. Names of
 * the base environment become constants.
 *
 * `compile` gives the code that evaluates now, `delay` the code for where Nix evaluates later: it gives a
 * thunk, or the value itself where Nix has it at hand (literals, variables). What is evaluated later
 * is compiled later, and so is the body of a function: a program that imports a large library runs little of it.
 *
 * An expression's errors get a frame from the expression around it, as in Nix: hence a `try` in most closures.
 * It costs nothing until something is thrown.
 */
import type { Evaluator } from '../eval/evaluator.ts';
import {
  type Code,
  type Delayed,
  type Env,
  FloatValue,
  force,
  Lambda,
  PathValue,
  type Slot,
  Thunk,
  type Value,
} from '../eval/values.ts';
import { type Expr, type ListExpr, positionOf } from '../syntax/ast.ts';
import type { Parsed } from '../syntax/parser.ts';
import { showName } from '../syntax/quote.ts';
import { compileCall, compileLambda } from './functions.ts';
import { compileAssert, compileBinary, compileBoolean, compileConcat, compilePlus } from './operators.ts';
import { resolve, type Scope, withScope } from './scope.ts';
import { compileHasAttr, compileSelect } from './select.ts';
import { compileAttrs, compileLet } from './sets.ts';
import { checkNames } from './undefined-names.ts';
import { compileVariable, readVariable } from './variables.ts';

const emptyList: readonly Slot[] = [];

/** Compiles a program; names that nothing can bind are errors now. */
export function compileProgram(ev: Evaluator, parsed: Parsed, scope: Scope): Code {
  const { expr, base } = parsed;
  checkNames(expr, scope, ev.symbols, (name, pos) =>
    ev.fail('undefined-variable', `undefined variable '${showName(name)}'`, base + pos),
  );
  return new Compiler(ev, base).compile(expr, scope);
}

export class Compiler {
  readonly ev: Evaluator;
  readonly base: number;

  constructor(ev: Evaluator, base: number) {
    this.ev = ev;
    this.base = base;
  }

  at(offset: number): number {
    return offset < 0 ? 0 : this.base + offset;
  }

  posOf(expr: Expr): number {
    return this.at(positionOf(expr));
  }

  compile(expr: Expr, scope: Scope): Code {
    switch (expr.kind) {
      case 'int':
      case 'string': {
        const { value } = expr;
        return () => value;
      }
      case 'float': {
        const value = new FloatValue(expr.value);
        return () => value;
      }
      case 'path': {
        const value = new PathValue(expr.value);
        return () => value;
      }
      case 'var':
        return compileVariable(this, expr.name, this.at(expr.pos), scope);
      case 'inherit-from': {
        const slot = expr.index + 1;
        const pos = this.at(expr.pos);
        return (env) => force(env[slot], pos);
      }
      case 'select':
        return compileSelect(this, expr, scope);
      case 'has-attr':
        return compileHasAttr(this, expr.of, expr.path, scope);
      case 'attrs':
        return compileAttrs(this, expr, scope);
      case 'list':
        return this.#list(expr, scope);
      case 'lambda': {
        const code = compileLambda(this, expr, scope);
        return (env) => new Lambda(code, env);
      }
      case 'call':
        return compileCall(this, expr, scope);
      case 'let':
        return compileLet(this, expr.attrs, expr.body, scope);
      case 'with': {
        const attrs = this.delay(expr.attrs, scope);
        const body = this.compile(expr.body, withScope(this.at(expr.pos), scope));
        return (env) => body([env, attrs(env)]);
      }
      case 'if': {
        const condition = compileBoolean(this, expr.condition, scope, 'while evaluating a branch condition');
        const yes = this.later(expr.yes, scope);
        const no = this.later(expr.no, scope);
        return (env) => (condition(env) ? yes(env) : no(env));
      }
      case 'assert':
        return compileAssert(this, expr.condition, expr.body, this.at(expr.pos), scope);
      case 'not': {
        const of = compileBoolean(this, expr.of, scope, "in the argument of '!'");
        return (env) => !of(env);
      }
      case 'binary':
        return compileBinary(this, expr, scope);
      case 'concat':
        return expr.parts.length === 2 && !expr.isString
          ? compilePlus(this, expr.parts, this.at(expr.pos), scope)
          : compileConcat(this, expr.parts, expr.isString, this.at(expr.pos), scope);
      case 'cur-pos': {
        const pos = this.at(expr.pos);
        return () => this.ev.builtins.positionValue(pos);
      }
    }
  }

  /** Code for an expression whose value may not be needed. */
  delay(expr: Expr, scope: Scope): Delayed {
    switch (expr.kind) {
      case 'int':
      case 'string': {
        const { value } = expr;
        return () => value;
      }
      case 'float':
      case 'path':
        return this.compile(expr, scope);
      case 'list':
        if (expr.items.length === 0) return () => emptyList as Value;
        break;
      case 'var': {
        const place = resolve(scope, expr.name);
        if (place === null || place.withs !== null) break;
        return readVariable(place, this.later(expr, scope));
      }
    }
    let compiled: Code | null = null;
    const first: Code = (env) => {
      compiled ??= this.compile(expr, scope);
      return compiled(env);
    };
    return (env) => new Thunk(compiled ?? first, env);
  }

  /** Code that is compiled when it runs for the first time. */
  later(expr: Expr, scope: Scope): Code {
    let compiled: Code | null = null;
    return (env) => {
      compiled ??= this.compile(expr, scope);
      return compiled(env);
    };
  }

  #list(expr: ListExpr, scope: Scope): Code {
    const items = expr.items.map((item) => this.delay(item, scope));
    const count = items.length;
    if (count === 0) return () => emptyList as Value;
    return (env: Env) => {
      const out = new Array<Slot>(count);
      for (let i = 0; i < count; i++) out[i] = items[i]!(env);
      return out;
    };
  }
}
