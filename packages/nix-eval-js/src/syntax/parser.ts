/**
 * Text → syntax tree, by recursive descent; operators by precedence climbing.
 *
 * Nix's parser is an LALR one, and its messages list what that automaton could have shifted where it stopped.
 * It names at most four tokens, so only the states with few ways on matter: they are the `expect` calls here.
 * One token is looked at ahead; where Nix's automaton keeps two readings open (`{ a` starts a function or a
 * set, `x` may be followed by `:`), the next character decides.
 */
import { NixError } from '../eval/errors.ts';
import { canonPath } from '../text/canon-path.ts';
import {
  type AttrName,
  type AttrsExpr,
  type CallExpr,
  type Expr,
  type Formal,
  type LambdaExpr,
  positionOf,
} from './ast.ts';
import { bind, type Duplicate, newAttrs } from './attributes.ts';
import { stripIndentation } from './indentation.ts';
import { Lexer, nameToken, T } from './lexer.ts';
import { binary, builtin, combine, NEGATE, NOT } from './operators.ts';
import { locate, Positions, type Source, showPosition } from './source.ts';
import { Symbols } from './symbols.ts';

export type LintLevel = 'ignore' | 'warn' | 'fatal';

export interface ParseOptions {
  /** What relative paths are relative to; absolute. */
  readonly basePath: string;
  /** What `~` stands for. */
  readonly home?: string | undefined;
  readonly positions?: Positions | undefined;
  readonly symbols?: Symbols | undefined;
  /** The pipe operators `|>` and `<|`. */
  readonly pipes?: boolean | undefined;
  readonly lintUrls?: LintLevel | undefined;
  readonly lintShortPaths?: LintLevel | undefined;
  readonly lintAbsolutePaths?: LintLevel | undefined;
  readonly onWarning?: ((warning: ParseWarning) => void) | undefined;
}

export interface ParseWarning {
  readonly message: string;
  /** From `builtins.warn`. */
  readonly evaluation?: boolean;
  /** Set where the place is not part of the message. */
  readonly error?: NixError;
}

export interface Parsed {
  readonly expr: Expr;
  readonly source: Source;
  /** What to add to an offset of this tree to get a position. */
  readonly base: number;
}

/** Parses a whole text; throws a NixError with code `parse`. */
export function parseSource(source: Source, options: ParseOptions): Parsed {
  const positions = options.positions ?? new Positions();
  const base = positions.add(source);
  const parser = new Parser(source, positions, base, options);
  return { expr: parser.whole(), source, base };
}

const attrExpected = "identifier or 'or' or '${' or '\"'";

class Parser extends Lexer {
  readonly #options: ParseOptions;

  constructor(source: Source, positions: Positions, base: number, options: ParseOptions) {
    super(source, positions, base, options.pipes ?? false, options.symbols ?? new Symbols());
    this.#options = options;
  }

  whole(): Expr {
    this.next();
    const expr = this.#expr();
    if (!this.#is(T.end)) this.#unexpected('end of file');
    return expr;
  }

  /** Whether the current token is of this kind; not narrowed, for the token changes. */
  #is(kind: number): boolean {
    return this.kind === kind;
  }

  #unexpected(expected?: string): never {
    const offset = this.#is(T.end) ? this.text.length : this.start;
    const tail = expected === undefined ? '' : `, expecting ${expected}`;
    this.fail(`syntax error, unexpected ${nameToken(this.kind)}${tail}`, offset);
  }

  #expect(kind: number, expected: string): void {
    if (!this.#is(kind)) this.#unexpected(expected);
    this.next();
  }

  /** The first character after the current token, spaces and comments. */
  #peek(): number {
    const { text } = this;
    let at = this.at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 32 || c === 10 || c === 9 || c === 13) at++;
      else if (c === 35) {
        while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at++;
      } else if (c === 47 && text.charCodeAt(at + 1) === 42) {
        const close = text.indexOf('*/', at + 2);
        if (close < 0) return c;
        at = close + 2;
      } else return c;
    }
  }

  #expr(): Expr {
    const pos = this.start;
    switch (this.kind) {
      case T.identifier: {
        const c = this.#peek();
        if (c === 58) {
          const arg = this.token();
          this.next();
          this.next();
          return this.#lambda(pos, arg, null, false);
        }
        if (c === 64) {
          const arg = this.token();
          this.next();
          this.next();
          if (!this.#is(123)) this.#unexpected("'{'");
          this.next();
          const { formals, ellipsis } = this.#formals();
          if (!this.#is(58)) this.#unexpected("':'");
          this.next();
          return this.#lambda(pos, arg, formals, ellipsis);
        }
        return this.#pipe();
      }
      case 123:
        return this.#braces(pos);
      case T.assert: {
        this.next();
        const condition = this.#expr();
        this.#expect(59, "';'");
        return { kind: 'assert', pos, condition, body: this.#expr() };
      }
      case T.with: {
        this.next();
        const attrs = this.#expr();
        this.#expect(59, "';'");
        return { kind: 'with', pos, attrs, body: this.#expr() };
      }
      case T.let: {
        if (this.#peek() === 123) return this.#pipe();
        this.next();
        const attrs = this.#bindings(-1, T.in, "'in' or 'inherit'");
        if (attrs.dynamic.length > 0) this.fail('dynamic attributes not allowed in let', pos);
        return { kind: 'let', attrs, body: this.#expr() };
      }
      case T.if: {
        this.next();
        const condition = this.#expr();
        this.#expect(T.thenKeyword, "'then'");
        const yes = this.#expr();
        this.#expect(T.else, "'else'");
        return { kind: 'if', pos, condition, yes, no: this.#expr() };
      }
      default:
        return this.#pipe();
    }
  }

  #lambda(
    pos: number,
    name: string | null,
    formals: readonly Formal[] | null,
    ellipsis: boolean,
  ): LambdaExpr {
    const body = this.#expr();
    // Nix takes note of the name, and looks at the formals, when it has read the whole function.
    const arg = name === null ? null : this.intern(name);
    if (formals !== null) this.#validateFormals(formals, pos, arg);
    return { kind: 'lambda', pos, name: null, arg, formals, ellipsis, body };
  }

  /** At a `{` that may start a function's formals. */
  #braces(pos: number): Expr {
    const save = { at: this.at, end: this.end };
    this.next();
    let isFormals = this.#is(T.ellipsis);
    if (this.#is(125)) {
      const c = this.#peek();
      isFormals = c === 58 || c === 64;
    } else if (this.#is(T.identifier)) {
      const c = this.#peek();
      isFormals = c === 44 || c === 63 || c === 125;
    }
    if (!isFormals) {
      this.at = save.at;
      this.end = save.end;
      this.start = pos;
      this.kind = 123;
      return this.#pipe();
    }
    const { formals, ellipsis } = this.#formals();
    if (this.#is(58)) {
      this.next();
      return this.#lambda(pos, null, formals, ellipsis);
    }
    if (!this.#is(64)) this.#unexpected("':' or '@'");
    this.next();
    if (!this.#is(T.identifier)) this.#unexpected('identifier');
    const arg = this.token();
    this.next();
    if (!this.#is(58)) this.#unexpected("':'");
    this.next();
    return this.#lambda(pos, arg, formals, ellipsis);
  }

  /** After the `{`; steps over the `}`. */
  #formals(): { formals: Formal[]; ellipsis: boolean } {
    const formals: Formal[] = [];
    let ellipsis = false;
    if (!this.#is(125)) {
      for (;;) {
        if (this.#is(T.ellipsis)) {
          ellipsis = true;
          this.next();
          if (!this.#is(125)) this.#unexpected("'}'");
          break;
        }
        if (formals.length > 0 && this.#is(125)) break;
        if (!this.#is(T.identifier)) {
          this.#unexpected("identifier or '...' or '}'");
        }
        const pos = this.start;
        const name = this.token();
        this.next();
        let or: Expr | null = null;
        if (this.#is(63)) {
          this.next();
          or = this.#expr();
        }
        formals.push({ name: this.intern(name), pos, or });
        if (this.#is(125)) break;
        if (!this.#is(44)) this.#unexpected("'}' or ','");
        this.next();
      }
    }
    this.next();
    formals.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.pos - b.pos));
    return { formals, ellipsis };
  }

  #validateFormals(formals: readonly Formal[], pos: number, arg: string | null): void {
    let duplicate: Formal | undefined;
    for (let i = 1; i < formals.length; i++) {
      const formal = formals[i]!;
      if (formal.name !== formals[i - 1]!.name) continue;
      if (duplicate === undefined || formal.pos < duplicate.pos) duplicate = formal;
    }
    if (duplicate !== undefined) {
      this.fail(`duplicate formal function argument '${duplicate.name}'`, duplicate.pos);
    }
    if (arg !== null && formals.some((formal) => formal.name === arg)) {
      this.fail(`duplicate formal function argument '${arg}'`, pos);
    }
  }

  #pipe(): Expr {
    const first = this.#operation(0);
    if (this.#is(T.pipeInto)) {
      let value = first;
      while (this.#is(T.pipeInto)) {
        const pos = this.start;
        this.next();
        value = this.#call(pos, this.#operation(0), value);
      }
      return value;
    }
    if (!this.#is(T.pipeFrom)) return first;
    const pos = this.start;
    this.next();
    return this.#call(pos, first, this.#pipeFrom());
  }

  #pipeFrom(): Expr {
    const first = this.#operation(0);
    if (!this.#is(T.pipeFrom)) return first;
    const pos = this.start;
    this.next();
    return this.#call(pos, first, this.#pipeFrom());
  }

  #call(pos: number, fn: Expr, arg: Expr): Expr {
    if (fn.kind === 'call') {
      fn.args.push(arg);
      return fn;
    }
    return { kind: 'call', pos, fn, args: [arg] };
  }

  #operation(level: number): Expr {
    const pos = this.start;
    let expr: Expr;
    if (this.#is(33)) {
      this.next();
      const of = this.#operation(NOT);
      expr = { kind: 'not', pos: positionOf(of), of };
    } else if (this.#is(45)) {
      this.next();
      expr = builtin(pos, '__sub', { kind: 'int', value: 0 }, this.#operation(NEGATE));
    } else expr = this.#application();
    let closed = -1;
    for (;;) {
      const { kind } = this;
      const operator = binary[kind];
      if (operator === undefined || operator.level < level) return expr;
      if (operator.single) {
        if (operator.level === closed) this.#unexpected();
        closed = operator.level;
      } else if (operator.level < closed) closed = -1;
      const at = this.start;
      this.next();
      if (kind === 63) {
        expr = { kind: 'has-attr', pos: positionOf(expr), of: expr, path: this.#attrPath() };
        continue;
      }
      const rightPos = this.start;
      const operand = this.#operation(operator.right);
      expr = combine(kind, at, pos, expr, rightPos, operand);
    }
  }

  #startsSimple(): boolean {
    switch (this.kind) {
      case T.identifier:
      case T.integer:
      case T.float:
      case 34:
      case T.indentedOpen:
      case T.path:
      case T.homePath:
      case T.searchPath:
      case T.uri:
      case 40:
      case 123:
      case 91:
      case T.rec:
      case T.let:
        return true;
      default:
        return false;
    }
  }

  #application(): Expr {
    const pos = this.start;
    let expr = this.#select();
    if (expr.kind === 'call') delete expr.oddOrEnd;
    while (this.#startsSimple()) {
      const arg = this.#select();
      this.#warnOddOr(arg);
      expr = this.#call(pos, expr, arg);
    }
    return expr;
  }

  #select(): Expr {
    const pos = this.start;
    const of = this.#simple();
    if (this.#is(46)) {
      this.next();
      const path = this.#attrPath();
      if (!this.#is(T.orKeyword)) return { kind: 'select', pos, of, path, or: null };
      this.next();
      const or = this.#select();
      this.#warnOddOr(or);
      return { kind: 'select', pos, of, path, or };
    }
    if (this.#is(T.orKeyword)) {
      const oddOrEnd = this.end;
      this.next();
      const call: CallExpr = {
        kind: 'call',
        pos,
        fn: of,
        args: [{ kind: 'var', pos, name: 'or' }],
        oddOrEnd,
      };
      return call;
    }
    return of;
  }

  #warnOddOr(expr: Expr): void {
    if (expr.kind !== 'call' || expr.oddOrEnd === undefined) return;
    const place = showPosition(locate(this.source, expr.pos));
    const snippet = this.text.slice(expr.pos, expr.oddOrEnd);
    this.#options.onWarning?.({
      message:
        `at ${place}: This expression uses \`or\` as an identifier in a way that will change in a future Nix release.\n` +
        `Wrap this entire expression in parentheses to preserve its current meaning:\n    (${snippet})\n` +
        'Give feedback at https://github.com/NixOS/nix/pull/11121',
    });
  }

  #attrPath(): AttrName[] {
    const path = [this.#attrName()];
    while (this.#is(46)) {
      this.next();
      path.push(this.#attrName());
    }
    return path;
  }

  #attrName(): AttrName {
    switch (this.kind) {
      case T.identifier:
      case T.orKeyword: {
        const name = this.name();
        this.next();
        return name;
      }
      case 34: {
        const expr = this.#string();
        return expr.kind === 'string' ? this.intern(expr.value) : expr;
      }
      case T.interpolation: {
        const expr = this.#interpolation();
        this.next();
        return expr.kind === 'string' ? this.intern(expr.value) : expr;
      }
      default:
        return this.#unexpected(attrExpected);
    }
  }

  /** At a `${`; stops at its `}`, with the lexer right behind it. */
  #interpolation(): Expr {
    this.next();
    const expr = this.#expr();
    if (!this.#is(125)) this.#unexpected("'}'");
    return expr;
  }

  /** In a string or path, before a `${`. */
  #interpolated(): Expr {
    this.at += 2;
    this.next();
    const expr = this.#expr();
    if (!this.#is(125)) this.#unexpected("'}'");
    this.at = this.end;
    return expr;
  }

  #simple(): Expr {
    const pos = this.start;
    switch (this.kind) {
      case T.identifier: {
        const name = this.name();
        this.next();
        return name === '__curPos' ? { kind: 'cur-pos', pos } : { kind: 'var', pos, name };
      }
      case T.integer: {
        const text = this.text.slice(pos, this.end);
        let value: number | bigint = Number(text);
        if (!Number.isSafeInteger(value)) value = BigInt(text);
        this.next();
        return { kind: 'int', value };
      }
      case T.float: {
        const text = this.text.slice(pos, this.end);
        const value = Number(text);
        if (
          !Number.isFinite(value) ||
          (Math.abs(value) < 2.2250738585072014e-308 && /[1-9].*e|[1-9]/i.test(text.split(/e/i)[0]!))
        ) {
          this.fail(`invalid float '${text}'`, pos);
        }
        this.next();
        return { kind: 'float', value };
      }
      case 34:
        return this.#string();
      case T.indentedOpen:
        return this.#indentedString(pos);
      case T.path:
      case T.homePath:
        return this.#path(pos);
      case T.searchPath: {
        const path = this.text.slice(pos + 1, this.end - 1);
        this.next();
        return {
          kind: 'call',
          pos,
          fn: { kind: 'var', pos: -1, name: '__findFile' },
          args: [
            { kind: 'var', pos: -1, name: '__nixPath' },
            { kind: 'string', value: path },
          ],
        };
      }
      case T.uri: {
        const value = this.text.slice(pos, this.end);
        this.#lint('url-literals', this.#options.lintUrls, pos, (fatal) => {
          const state = fatal ? 'disallowed' : 'discouraged';
          return `URL literals are ${state}. Consider using a string literal "${value}" instead`;
        });
        this.next();
        return { kind: 'string', value };
      }
      case 40: {
        this.next();
        const expr = this.#expr();
        this.#expect(41, "')'");
        return expr;
      }
      case T.let: {
        this.next();
        this.#expect(123, "'{'");
        const attrs = this.#bindings(pos, 125, "'inherit' or '}'");
        attrs.recursive = true;
        return { kind: 'select', pos, of: attrs, path: ['body'], or: null };
      }
      case T.rec: {
        this.next();
        this.#expect(123, "'{'");
        const attrs = this.#bindings(pos, 125, "'inherit' or '}'");
        attrs.recursive = true;
        return attrs;
      }
      case 123:
        this.next();
        return this.#bindings(pos, 125, "'inherit'");
      case 91: {
        this.next();
        const items: Expr[] = [];
        while (!this.#is(93)) {
          if (!this.#startsSimple()) this.#unexpected();
          const item = this.#select();
          this.#warnOddOr(item);
          items.push(item);
        }
        this.next();
        return { kind: 'list', pos: items.length === 0 ? -1 : positionOf(items[0]!), items };
      }
      default:
        return this.#unexpected();
    }
  }

  #lint(name: string, level: LintLevel | undefined, pos: number, message: (fatal: boolean) => string): void {
    if (level === undefined || level === 'ignore') return;
    const text = `${message(level === 'fatal')} (lint-${name})`;
    const error = new NixError('parse', text, this.base + pos, this.positions);
    if (level === 'fatal') throw error;
    this.#options.onWarning?.({ message: text, error });
  }

  /** At the opening quote; steps over the closing one. */
  #string(): Expr {
    const pos = this.start;
    const parts: { pos: number; value: Expr }[] = [];
    this.at = this.end;
    for (;;) {
      const partPos = this.at;
      const text = this.stringPart();
      const interpolated = this.atInterpolation();
      if (!interpolated && parts.length === 0) {
        this.at++;
        this.next();
        return { kind: 'string', value: text };
      }
      if (text !== '' || partPos !== this.at)
        parts.push({ pos: partPos, value: { kind: 'string', value: text } });
      if (!interpolated) break;
      const at = this.at;
      parts.push({ pos: at, value: this.#interpolated() });
    }
    this.at++;
    this.next();
    return { kind: 'concat', pos, isString: true, parts };
  }

  #indentedString(pos: number): Expr {
    const parts: Parameters<typeof stripIndentation>[1] = [];
    this.at = this.end;
    for (;;) {
      const part = this.indentedPart();
      if (part !== null) parts.push(part);
      else if (this.atInterpolation()) {
        const at = this.at;
        parts.push({ pos: at, value: this.#interpolated() });
      } else break;
    }
    this.at += 2;
    this.next();
    return stripIndentation(pos, parts);
  }

  #path(pos: number): Expr {
    const literal = this.text.slice(pos, this.end);
    const isHome = this.#is(T.homePath);
    let value: string;
    if (isHome) {
      this.#lint('absolute-path-literals', this.#options.lintAbsolutePaths, pos, () => {
        const advice = `Consider replacing path literal '${literal}' by a string, relative path, or parameter`;
        return `home path literals are not portable. ${advice}`;
      });
      const home = this.#options.home;
      if (home === undefined) this.fail(`the path '${literal}' can not be resolved in pure mode`, pos);
      value = home + literal.slice(1);
    } else {
      if (literal.startsWith('/')) {
        this.#lint('absolute-path-literals', this.#options.lintAbsolutePaths, pos, () => {
          const advice = `Consider replacing path literal '${literal}' by a string, relative path, or parameter`;
          return `absolute path literals are not portable. ${advice}`;
        });
      } else if (!literal.startsWith('.')) {
        const advice = `relative path literal '${literal}' should be prefixed with '.' for clarity: './${literal}'`;
        this.#lint('short-path-literals', this.#options.lintShortPaths, pos, () => advice);
      }
      value = canonPath(literal, this.#options.basePath);
      if (literal.length > 1 && literal.endsWith('/')) value += '/';
    }
    this.at = this.end;
    const parts: { pos: number; value: Expr }[] = [{ pos, value: { kind: 'path', value } }];
    let slash = literal.endsWith('/');
    for (;;) {
      const at = this.at;
      if (this.atInterpolation()) {
        parts.push({ pos: at, value: this.#interpolated() });
        slash = false;
        continue;
      }
      const text = this.pathPart();
      if (text === '') break;
      if (parts.length === 1 && !this.atInterpolation() && !text.endsWith('/')) {
        this.fail("syntax error, unexpected end of path, expecting '${'", this.at);
      }
      parts.push({ pos: at, value: { kind: 'string', value: text } });
      slash = text.endsWith('/');
    }
    if (slash) this.fail('path has a trailing slash', this.at);
    this.next();
    if (parts.length === 1) return parts[0]!.value;
    return { kind: 'concat', pos, isString: false, parts };
  }

  /** Bindings up to a closing token, which is stepped over. */
  #bindings(pos: number, close: number, expected: string): AttrsExpr {
    const attrs = newAttrs(pos);
    for (;;) {
      switch (this.kind) {
        case close:
          this.next();
          return attrs;
        case T.inherit:
          this.#inherit(attrs);
          break;
        case T.identifier:
        case T.orKeyword:
        case 34:
        case T.interpolation: {
          const at = this.start;
          const path = this.#attrPath();
          if (!this.#is(61)) this.#unexpected("'.' or '='");
          this.next();
          const value = this.#expr();
          if (!this.#is(59)) this.#unexpected("';'");
          bind(attrs, path, at, value, this.#duplicate);
          this.next();
          break;
        }
        default:
          return this.#unexpected(expected);
      }
    }
  }

  #inherit(attrs: AttrsExpr): void {
    this.next();
    let index = -1;
    let fromPos = 0;
    if (this.#is(40)) {
      this.next();
      fromPos = this.start;
      const from = this.#expr();
      if (!this.#is(41)) this.#unexpected("')'");
      this.next();
      index = attrs.inheritFrom.length;
      attrs.inheritFrom.push(from);
    }
    const names: { name: string; pos: number }[] = [];
    while (!this.#is(59)) {
      if (!this.#is(T.identifier) && !this.#is(T.orKeyword) && !this.#is(34) && !this.#is(T.interpolation)) {
        this.#unexpected();
      }
      const pos = this.start;
      const name = this.#attrName();
      if (typeof name !== 'string') this.fail('dynamic attributes not allowed in inherit', pos);
      names.push({ name, pos });
    }
    this.next();
    for (const { name, pos } of names) {
      const previous = attrs.attrs.get(name);
      if (previous !== undefined) this.#duplicate(name, pos, previous.pos);
      if (index < 0) {
        attrs.attrs.set(name, { from: 'inherit', value: { kind: 'var', pos, name }, pos });
        continue;
      }
      const of: Expr = { kind: 'inherit-from', pos: fromPos, index };
      attrs.attrs.set(name, {
        from: 'inherit-from',
        value: { kind: 'select', pos, of, path: [name], or: null },
        pos,
      });
    }
  }

  readonly #duplicate: Duplicate = (path, pos, previous) =>
    this.fail(`attribute '${path}' already defined at ${showPosition(locate(this.source, previous))}`, pos);
}
