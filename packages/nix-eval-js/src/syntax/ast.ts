/**
 * The syntax tree. It is Nix's own: what the parser desugars there (operators that are calls of `__sub`
 * and others, `let { }`, search paths) is desugared here too, as `--parse` shows it.
 *
 * `pos` is a 0-based offset into the source, or -1 where Nix keeps none.
 */
export type Expr =
  | IntExpr
  | FloatExpr
  | StringExpr
  | PathExpr
  | VarExpr
  | InheritFromExpr
  | SelectExpr
  | HasAttrExpr
  | AttrsExpr
  | ListExpr
  | LambdaExpr
  | CallExpr
  | LetExpr
  | WithExpr
  | IfExpr
  | AssertExpr
  | NotExpr
  | BinaryExpr
  | ConcatExpr
  | CurPosExpr;

export interface IntExpr {
  readonly kind: 'int';
  /** A bigint only beyond 2^53. */
  readonly value: number | bigint;
}
export interface FloatExpr {
  readonly kind: 'float';
  readonly value: number;
}
export interface StringExpr {
  readonly kind: 'string';
  readonly value: string;
}
export interface PathExpr {
  readonly kind: 'path';
  /** Absolute; ends in a slash only when it is the first part of an interpolated path. */
  readonly value: string;
}
export interface VarExpr {
  readonly kind: 'var';
  readonly pos: number;
  readonly name: string;
}
/** The n-th source of the `inherit (source)` in the surrounding bindings. */
export interface InheritFromExpr {
  readonly kind: 'inherit-from';
  readonly pos: number;
  index: number;
}
/** A part of an attribute path: a name, or an expression for one. */
export type AttrName = string | Expr;

export interface SelectExpr {
  readonly kind: 'select';
  readonly pos: number;
  readonly of: Expr;
  readonly path: readonly AttrName[];
  readonly or: Expr | null;
}
export interface HasAttrExpr {
  readonly kind: 'has-attr';
  /** The operand's. */
  readonly pos: number;
  readonly of: Expr;
  readonly path: readonly AttrName[];
}
export interface AttrDef {
  readonly from: 'plain' | 'inherit' | 'inherit-from';
  readonly value: Expr;
  readonly pos: number;
}
export interface DynamicAttr {
  readonly name: Expr;
  readonly value: Expr;
  readonly pos: number;
}
export interface AttrsExpr {
  readonly kind: 'attrs';
  pos: number;
  recursive: boolean;
  readonly attrs: Map<string, AttrDef>;
  readonly dynamic: DynamicAttr[];
  readonly inheritFrom: Expr[];
}
export interface ListExpr {
  readonly kind: 'list';
  /** The first item's, or -1. */
  readonly pos: number;
  readonly items: readonly Expr[];
}
export interface Formal {
  readonly name: string;
  readonly pos: number;
  readonly or: Expr | null;
}
export interface LambdaExpr {
  readonly kind: 'lambda';
  readonly pos: number;
  /** The attribute it was first bound to, for messages. */
  name: string | null;
  readonly arg: string | null;
  /** Sorted by name. */
  readonly formals: readonly Formal[] | null;
  readonly ellipsis: boolean;
  readonly body: Expr;
}
export interface CallExpr {
  readonly kind: 'call';
  readonly pos: number;
  readonly fn: Expr;
  readonly args: Expr[];
  /** Where a call made of a trailing `or` ends; it is warned of where that will change meaning. */
  oddOrEnd?: number;
}
export interface LetExpr {
  readonly kind: 'let';
  readonly attrs: AttrsExpr;
  readonly body: Expr;
}
export interface WithExpr {
  readonly kind: 'with';
  readonly pos: number;
  readonly attrs: Expr;
  readonly body: Expr;
}
export interface IfExpr {
  readonly kind: 'if';
  readonly pos: number;
  readonly condition: Expr;
  readonly yes: Expr;
  readonly no: Expr;
}
export interface AssertExpr {
  readonly kind: 'assert';
  readonly pos: number;
  readonly condition: Expr;
  readonly body: Expr;
}
export interface NotExpr {
  readonly kind: 'not';
  /** The operand's. */
  readonly pos: number;
  readonly of: Expr;
}
export type BinaryOperator = '==' | '!=' | '&&' | '||' | '->' | '//' | '++';
export interface BinaryExpr {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly pos: number;
  readonly left: Expr;
  readonly right: Expr;
}
/** `+`, string and path interpolation. */
export interface ConcatExpr {
  readonly kind: 'concat';
  readonly pos: number;
  /** An interpolated string: the result is one, whatever the parts are. */
  readonly isString: boolean;
  readonly parts: readonly { readonly pos: number; readonly value: Expr }[];
}
export interface CurPosExpr {
  readonly kind: 'cur-pos';
  readonly pos: number;
}

/** The position errors about this expression carry, or -1. */
export function positionOf(expr: Expr): number {
  switch (expr.kind) {
    case 'int':
    case 'float':
    case 'string':
    case 'path':
    case 'let':
      return -1;
    default:
      return expr.pos;
  }
}

/** Names a function after the attribute it is bound to, and those its body returns. */
export function nameFunction(expr: Expr, name: string): void {
  for (let e = expr; e.kind === 'lambda'; e = e.body) e.name = name;
}
