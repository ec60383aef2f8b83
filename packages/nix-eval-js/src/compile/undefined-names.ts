/**
 * Names that nothing can bind are errors before anything is evaluated, in code that never runs as well. As
 * code is compiled only when it is needed, a walk over the whole tree looks for them first. Below a `with`
 * nothing is to be found.
 */
import type { AttrName, AttrsExpr, Expr } from '../syntax/ast.ts';
import type { Symbols } from '../syntax/symbols.ts';
import { resolve, type Scope } from './scope.ts';

/** Calls `report` for the first such name, in Nix's order; it has to throw. */
export function checkNames(
  expr: Expr,
  scope: Scope,
  symbols: Symbols,
  report: (name: string, pos: number) => never,
): void {
  for (let s: Scope | null = scope; s !== null; s = s.up) if (s.names === null) return;
  new NameCheck(scope, symbols, report).visit(expr);
}

class NameCheck {
  readonly #scope: Scope;
  readonly #symbols: Symbols;
  readonly #report: (name: string, pos: number) => never;
  /** How many of the scopes around here have the name. */
  readonly #bound = new Map<string, number>();

  constructor(scope: Scope, symbols: Symbols, report: (name: string, pos: number) => never) {
    this.#scope = scope;
    this.#symbols = symbols;
    this.#report = report;
  }

  #bind(names: Iterable<string>, by: 1 | -1): void {
    for (const name of names) this.#bound.set(name, (this.#bound.get(name) ?? 0) + by);
  }

  visit(expr: Expr): void {
    switch (expr.kind) {
      case 'var':
        this.#variable(expr.name, expr.pos, 0);
        return;
      case 'select':
        this.visit(expr.of);
        if (expr.or !== null) this.visit(expr.or);
        this.#path(expr.path);
        return;
      case 'has-attr':
        this.visit(expr.of);
        this.#path(expr.path);
        return;
      case 'attrs':
        this.#attrs(expr, null);
        return;
      case 'let':
        this.#attrs(expr.attrs, expr.body);
        return;
      case 'list':
        for (const item of expr.items) this.visit(item);
        return;
      case 'lambda': {
        const names = expr.formals === null ? [] : expr.formals.map((formal) => formal.name);
        if (expr.arg !== null) names.push(expr.arg);
        this.#bind(names, 1);
        if (expr.formals !== null) {
          for (const i of this.#symbols.order(expr.formals.map((formal) => formal.name))) {
            const { or } = expr.formals[i]!;
            if (or !== null) this.visit(or);
          }
        }
        this.visit(expr.body);
        this.#bind(names, -1);
        return;
      }
      case 'call':
        this.visit(expr.fn);
        for (const arg of expr.args) this.visit(arg);
        return;
      case 'with':
        this.visit(expr.attrs);
        return;
      case 'if':
        this.visit(expr.condition);
        this.visit(expr.yes);
        this.visit(expr.no);
        return;
      case 'assert':
        this.visit(expr.condition);
        this.visit(expr.body);
        return;
      case 'not':
        this.visit(expr.of);
        return;
      case 'binary':
        this.visit(expr.left);
        this.visit(expr.right);
        return;
      case 'concat':
        for (const part of expr.parts) this.visit(part.value);
        return;
    }
  }

  #path(path: readonly AttrName[]): void {
    for (const name of path) if (typeof name !== 'string') this.visit(name);
  }

  #attrs(expr: AttrsExpr, body: Expr | null): void {
    const { attrs } = expr;
    const own = expr.recursive || body !== null ? 1 : 0;
    if (own === 1) this.#bind(attrs.keys(), 1);
    for (const from of expr.inheritFrom) this.visit(from);
    for (const name of this.#symbols.sort(attrs.keys())) {
      const { from, value } = attrs.get(name)!;
      if (from === 'plain') this.visit(value);
      else if (from === 'inherit' && value.kind === 'var') this.#variable(name, value.pos, own);
    }
    for (const attr of expr.dynamic) {
      this.visit(attr.name);
      this.visit(attr.value);
    }
    if (body !== null) this.visit(body);
    if (own === 1) this.#bind(attrs.keys(), -1);
  }

  /** `hidden` is how many of the scopes that have the name are not looked at. */
  #variable(name: string, pos: number, hidden: number): void {
    const known = (this.#bound.get(name) ?? 0) > hidden || resolve(this.#scope, name) !== null;
    if (!known) this.#report(name, pos);
  }
}
