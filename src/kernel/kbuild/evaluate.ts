/**
 * Reads makefiles for every configuration at once.
 *
 * Statements are read in order, each under a guard: where the conditionals around it hold. A conditional's branches are
 * both read, each under its own guard. An assignment under guard G to a name that is several (`obj-$(CONFIG_X)`) is one
 * for each name, under G and what makes the name. A variable is the list of what was assigned to it:
 *
 *     x := a          always: a
 *     ifdef CONFIG_X
 *     x := b          where X is not set: a; where X is set: b
 *     x += c          … and where X is set: c
 *     endif
 *
 * `:=` expands its text at once, `=` when the variable is read; which of both a `+=` does can depend on the configuration
 * as well (`simple`). A symbol that no makefile defines has a value for each configuration, and so has what a command
 * prints; see texts.ts.
 *
 * A compiler's flags choose no objects, but are long, and full of commands whose output nobody knows: variables named
 * for flags are unknown, and what is assigned to them is not even expanded. If something did depend on one, that would be
 * said.
 *
 * Nothing is run and nothing but the tree is read. What goes past a limit, or makes no sense, is a problem and counts as
 * nothing; a conditional that cannot be told is read as if both were possible.
 */
import { normalPath } from '../tree.ts';
import { callFunction, type Evaluation, substitutePattern } from './functions.ts';
import { always, type Guard, type Guards, never } from './guards.ts';
import { LimitError, limits } from './limits.ts';
import type { ProblemKind, Shared } from './shared.ts';
import { type Operator, type Place, parseMakefile, type Statement, type Test } from './syntax.ts';
import { parseTemplate, type Template } from './template.ts';
import { constant, empty, gap, isUnknown, type Piece, type Texts, type Value } from './texts.ts';

interface Assigned {
  guard: Guard;
  /** Null where it is expanded when it is read. */
  value: Value | null;
  template: Template;
  text: string;
  added: boolean;
  source: Place;
}

export interface Variable {
  /**
   * In order, each where it was assigned; it is defined where any of these is. What is not added takes the place of all
   * before it.
   */
  written: readonly Assigned[];
  /** Each where it still counts; null until somebody reads the variable, which most are never. */
  counting: readonly Assigned[] | null;
  /** Where it is one that `:=` made. */
  simple: Guard;
}

/** A variable of the environment. There are a hundred, and few that any makefile asks for: it is expanded then. */
class Inherited implements Variable {
  readonly simple = never;
  readonly #expand: () => Value;
  #written: readonly Assigned[] | null = null;

  constructor(expand: () => Value) {
    this.#expand = expand;
  }

  get written(): readonly Assigned[] {
    this.#written ??= [
      { guard: always, value: this.#expand(), template: noTemplate, text: '', added: false, source: nowhere },
    ];
    return this.#written;
  }

  get counting(): readonly Assigned[] {
    return this.written;
  }
}

/** What an assignment assigns: expanded at most once for all the names on its left. */
interface RightSide {
  text: string;
  template: Template | null;
  value: Value | null;
  /** Where the statement is read. */
  within: Guard;
}

/** Words that were assigned, with where they were. */
export interface SourcedWord extends Piece {
  source: Place;
}

const configPrefix = 'CONFIG_';
const flagsPattern = /flags/i;
const suffixPattern = /^([\w-]*)\$[({](CONFIG_\w+)[)}]$/;
const nowhere: Place = { file: '', line: 1, column: 1, end: 1 };
const noTemplate: Template = [];

export class Evaluator implements Evaluation {
  readonly texts: Texts;
  readonly #shared: Shared;
  readonly #guards: Guards;
  readonly #inherited: ReadonlyMap<string, Variable>;
  readonly #variables = new Map<string, Variable>();
  /** Variables that assignments do not change, as those of make's command line. */
  readonly #pinned = new Set<string>();
  readonly #exported = new Set<string>();
  readonly #expanding = new Set<string>();
  /** The arguments of the call that is being expanded. */
  #bound: Map<string, Value> | null = null;
  readonly #including: string[] = [];
  /** Where `eval` was called for the statements that are being read. */
  #evaluating: Place | null = null;
  #depth = 0;
  #source: Place = nowhere;

  constructor(shared: Shared, inherited: ReadonlyMap<string, Variable>) {
    this.#shared = shared;
    this.texts = shared.texts;
    this.#guards = shared.texts.guards;
    this.#inherited = inherited;
  }

  /** Defines a variable as make's command line or Kbuild's own makefile would. */
  define(name: string, value: Value): void {
    const source = this.#source;
    const only = [{ guard: always, value, template: noTemplate, text: '', added: false, source }];
    this.#variables.set(name, { written: only, counting: only, simple: always });
  }

  /** Defines a variable for good: assignments to it count as nothing. */
  pin(name: string, value: Value): void {
    this.define(name, value);
    this.#pinned.add(name);
  }

  /** Reads a file where `within` holds. False where there is none. */
  readFile(path: string, within: Guard): boolean {
    const makefile = this.#shared.makefile(path);
    if (!makefile) return false;
    const outer = this.#source;
    this.#including.push(path);
    this.define('MAKEFILE_LIST', constant(this.#including.join(' ')));
    try {
      this.#deeper(() => {
        for (const statement of makefile.statements) this.#statement(statement, within);
      });
    } finally {
      this.#including.pop();
      this.#source = outer;
    }
    return true;
  }

  /** The variables as they are now, those of before included. */
  variables(): ReadonlyMap<string, Variable> {
    return this.#variables.size === 0 ? this.#inherited : new Map([...this.#inherited, ...this.#variables]);
  }

  /** What was exported, expanded: what a makefile below inherits. Nothing more may be read here. */
  exported(within: Guard): Map<string, Variable> {
    const exported = new Map<string, Variable>();
    for (const name of this.#exported) {
      const variable = this.#lookup(name);
      if (variable) exported.set(name, new Inherited(() => this.#bounded(() => this.read(name, within))));
    }
    return exported;
  }

  /** The words of a variable, each with the statement that put it there. */
  sourcedWords(name: string, within: Guard): SourcedWord[] {
    const words: SourcedWord[] = [];
    for (const assigned of this.#counting(this.#lookup(name))) {
      const guard = this.#guards.and(within, assigned.guard);
      if (guard === never) continue;
      this.#source = assigned.source;
      const found = this.#attempt(() =>
        this.texts.words(assigned.value ?? this.expand(assigned.template, guard), guard),
      );
      for (const { guard: where, text } of found ?? [])
        words.push({ guard: where, text, source: assigned.source });
    }
    return words;
  }

  problem(kind: ProblemKind, message: string): void {
    this.#shared.problem(kind, message, this.#source);
  }

  expand(template: Template, within: Guard): Value {
    if (template.length === 0) return empty;
    if (template.length === 1) return this.#part(template[0]!, within);
    const pieces: Piece[] = [];
    let glued = false;
    for (const [index, part] of template.entries()) {
      if (typeof part === 'string') {
        pieces.push({ guard: always, text: part });
        glued = !/\s$/.test(part);
        continue;
      }
      let value = this.#part(part, within);
      const next = template[index + 1];
      // Next to other text, whether a gap is a blank matters.
      if (glued || (next !== undefined && (typeof next !== 'string' || !/^\s/.test(next))))
        value = this.texts.exact(value);
      if (pieces.length + value.length > limits.pieces) throw new LimitError('a value has too many pieces');
      for (const piece of value) pieces.push(piece);
      glued = true;
    }
    return pieces;
  }

  read(name: string, within: Guard): Value {
    const bound = this.#bound?.get(name);
    if (bound) return bound;
    const variable = this.#lookup(name);
    if (!variable) return this.#undefinedValue(name);
    const assigned = this.#counting(variable);
    const isSymbol = name.startsWith(configPrefix);
    const value: Piece[] = [];
    const isWritten = assigned.some((entry) => entry.added && entry.value === null);
    // Where the variable's text, as it was written, is not empty so far.
    let written: Guard = never;
    for (const entry of assigned) {
      const here = this.#guards.and(within, entry.guard);
      if (here === never) continue;
      let part = entry.value;
      if (part === null) {
        if (this.#expanding.has(name)) {
          this.problem('recursive-variable', `\`${name}\` refers to itself`);
          return empty;
        }
        this.#expanding.add(name);
        try {
          part = this.#deeper(() => this.expand(entry.template, here));
        } finally {
          this.#expanding.delete(name);
        }
      }
      if (here !== within) part = this.texts.where(entry.guard, part);
      if (assigned.length === 1 && !isSymbol) return part;
      this.texts.spend(part.length);
      if (entry.added && entry.value !== null && value.length > 0) value.push(gap);
      if (isWritten) {
        // Added to a text that is expanded now, the blank is part of the text, whatever that becomes.
        const both = this.#guards.and(written, here);
        if (entry.added && entry.value === null && entry.text !== '' && both !== never)
          value.push({ guard: both, text: ' ' });
        written = this.#guards.or(written, this.#guards.and(here, this.#filledAs(entry)));
      }
      if (value.length + part.length > limits.pieces) throw new LimitError('a value has too many pieces');
      for (const piece of part) value.push(piece);
    }
    if (isSymbol) {
      const rest = this.#guards.without(within, this.#definedWhere(variable));
      value.push(...this.texts.where(rest, this.#undefinedValue(name)));
    }
    return value;
  }

  expandWith(name: string, value: Value, template: Template, within: Guard): Value {
    const outer = this.#bound;
    this.#bound = new Map(outer ?? []).set(name, value);
    try {
      return this.#deeper(() => this.expand(template, within));
    } finally {
      this.#bound = outer;
    }
  }

  call(name: string, args: readonly Value[], within: Guard): Value {
    const outer = this.#bound;
    const bound = new Map(outer ?? []);
    bound.set('0', constant(name));
    for (let index = 1; index <= Math.max(9, args.length); index++)
      bound.set(String(index), args[index - 1] ?? empty);
    const templates = args.map(
      (_, index): Template => [{ kind: 'variable', inside: [String(index + 1)], name: String(index + 1) }],
    );
    // A function that is called may call itself.
    const again = this.#expanding.delete(name);
    this.#bound = bound;
    try {
      return this.#deeper(() => callFunction(this, name, templates, within) ?? this.read(name, within));
    } finally {
      this.#bound = outer;
      if (again) this.#expanding.add(name);
    }
  }

  rawText(name: string, within: Guard): Value {
    const pieces: Piece[] = [];
    for (const { guard, value, text, added } of this.#counting(this.#lookup(name))) {
      const here = this.#guards.and(within, guard);
      if (here === never) continue;
      if (added && pieces.length > 0) pieces.push(gap);
      pieces.push(...this.texts.where(here, value ?? constant(text)));
    }
    return pieces;
  }

  definedWhere(name: string): { defined: Guard; simple: Guard } {
    const variable = this.#lookup(name);
    if (variable) return { defined: this.#definedWhere(variable), simple: variable.simple };
    const symbol = this.#undefinedValue(name);
    return { defined: symbol.length > 0 ? this.texts.filled(symbol) : never, simple: never };
  }

  evaluateText(text: string, within: Guard): void {
    const { statements, problems } = parseMakefile(this.#source.file, text);
    for (const { message } of problems) this.problem('syntax', `in \`eval\`: ${message}`);
    const source = this.#source;
    const outer = this.#evaluating;
    this.#evaluating ??= source;
    this.#deeper(() => {
      for (const statement of statements) this.#statement(statement, within);
    });
    this.#evaluating = outer;
    this.#source = source;
  }

  unknown(what: string): Value {
    return this.#shared.unknown(what);
  }

  maybe(): Guard {
    return this.#shared.maybe();
  }

  files(pattern: string): readonly string[] {
    return this.#shared.files(pattern);
  }

  #definedWhere(variable: Variable): Guard {
    let defined: Guard = never;
    for (const { guard } of variable.written) {
      defined = this.#guards.or(defined, guard);
      if (defined === always) break;
    }
    return defined;
  }

  #lookup(name: string): Variable | undefined {
    return this.#variables.get(name) ?? this.#inherited.get(name);
  }

  #undefinedValue(name: string): Value {
    if (name.startsWith(configPrefix) && name.length > configPrefix.length)
      return this.#shared.symbol(name.slice(configPrefix.length));
    return flagsPattern.test(name) ? this.#shared.flags : empty;
  }

  #template(text: string): Template {
    if (text === '') return noTemplate;
    if (!text.includes('$')) return [text];
    const { template, unclosed } = parseTemplate(text);
    if (unclosed !== undefined) this.problem('syntax', 'a reference that nothing closes');
    return template;
  }

  #part(part: Template[number], within: Guard): Value {
    if (typeof part === 'string') return [{ guard: always, text: part }];
    this.texts.spend(1);
    if (part.kind === 'function')
      return this.#deeper(() => callFunction(this, part.name, part.args, within) ?? empty);
    if (part.name !== null) return this.read(part.name, within);
    const names = this.texts.texts(
      this.#deeper(() => this.expand(part.inside, within)),
      within,
    );
    if (names.length === 1 && names[0]!.guard === within) return this.#named(names[0]!.text, within);
    const pieces: Piece[] = [];
    for (const { guard, text } of names) {
      const value = this.texts.where(guard, this.texts.exact(this.#named(text, guard)));
      if (pieces.length + value.length > limits.pieces) throw new LimitError('a value has too many pieces');
      for (const piece of value) pieces.push(piece);
    }
    return pieces;
  }

  /** A variable's value, or `name:from=to`. */
  #named(name: string, within: Guard): Value {
    if (isUnknown(name)) return empty;
    const colon = name.indexOf(':');
    const equals = name.indexOf('=', colon);
    if (colon < 0 || equals < 0) return this.read(name, within);
    const from = name.slice(colon + 1, equals);
    const to = name.slice(equals + 1);
    const hasPercent = from.includes('%');
    const pattern = hasPercent ? from : `%${from}`;
    const replacement = hasPercent ? to : `%${to}`;
    const changed: Piece[] = [];
    for (const { guard, text } of this.texts.words(this.read(name.slice(0, colon), within), within)) {
      if (changed.length > 0) changed.push(gap);
      changed.push({ guard, text: substitutePattern(text, pattern, replacement) });
    }
    return changed;
  }

  #deeper<T>(work: () => T): T {
    if (this.#depth >= limits.depth) throw new LimitError('references are too deep');
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  /** What `work` returns; undefined, with a problem, where a value is too large. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof LimitError) || error.final) throw error;
      this.problem('limit', error.message);
      return undefined;
    }
  }

  /** A value; one that is too large is unknown, which matters only where something depends on it. */
  #bounded(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof LimitError) || error.final) throw error;
      return this.unknown('limit');
    }
  }

  #statement(statement: Statement, within: Guard): void {
    if (within === never) return;
    this.#source = this.#evaluating ?? statement.at;
    this.texts.spend(1);
    switch (statement.kind) {
      case 'assign':
        this.#attempt(() => this.#assign(statement, within));
        break;
      case 'if':
        this.#attempt(() =>
          this.#deeper(() => {
            let rest = within;
            for (const { test, body } of statement.branches) {
              const met = test === null ? rest : this.#testGuard(test, rest);
              for (const inner of body) this.#statement(inner, met);
              rest = this.#guards.without(rest, met);
            }
          }),
        );
        break;
      case 'include':
        this.#include(statement.files, statement.optional, within);
        break;
      case 'export':
        this.#attempt(() => {
          for (const { text } of this.texts.words(
            this.expand(this.#template(statement.names), within),
            within,
          ))
            if (statement.exported) this.#exported.add(text);
            else this.#exported.delete(text);
        });
        break;
      case 'undefine':
        this.#attempt(() => {
          const names = this.texts.texts(this.expand(this.#template(statement.name.trim()), within), within);
          for (const { guard, text } of names) {
            const variable = this.#lookup(text);
            if (variable) this.#variables.set(text, this.#removed(variable, guard));
          }
        });
        break;
      case 'expand':
        this.#attempt(() => this.expand(this.#template(statement.text), within));
        break;
    }
  }

  #testGuard(test: Test, within: Guard): Guard {
    if (within === never) return never;
    this.#source = this.#evaluating ?? test.at;
    let met: Guard;
    try {
      met = test.kind === 'equal' ? this.#equalWhere(test, within) : this.#definedWhereSet(test.name, within);
    } catch (error) {
      if (!(error instanceof LimitError) || error.final) throw error;
      // Both branches are possible.
      return this.#guards.and(within, this.maybe());
    }
    return test.negated ? this.#guards.without(within, met) : met;
  }

  #equalWhere(test: Test & { kind: 'equal' }, within: Guard): Guard {
    const left = this.expand(this.#template(test.left), within);
    return this.texts.equal(left, this.expand(this.#template(test.right), within), within);
  }

  #definedWhereSet(name: string, within: Guard): Guard {
    let filled: Guard = never;
    for (const { guard, text } of this.texts.texts(this.expand(this.#template(name), within), within))
      filled = this.#guards.or(filled, this.#guards.and(guard, this.#filledWhere(text.trim())));
    return filled;
  }

  /** Where a variable's text, as it was written, is not empty. */
  #filledWhere(name: string): Guard {
    const variable = this.#lookup(name);
    if (!variable) return this.texts.filled(this.#undefinedValue(name));
    let filled: Guard = never;
    for (const entry of this.#counting(variable))
      filled = this.#guards.or(filled, this.#guards.and(entry.guard, this.#filledAs(entry)));
    return filled;
  }

  #filledAs({ value, text }: Assigned): Guard {
    if (value !== null) return this.texts.filled(value);
    return text === '' ? never : always;
  }

  #include(files: string, optional: boolean, within: Guard): void {
    const source = this.#source;
    const words = this.#attempt(() => this.texts.words(this.expand(this.#template(files), within), within));
    for (const { guard, text } of words ?? []) {
      this.#source = source;
      const paths = /[*?[]/.test(text) ? this.files(text) : [text];
      for (const path of paths) {
        const inside = isUnknown(path) ? null : normalPath(path);
        if (inside === null) {
          if (!optional)
            this.problem('missing-include', 'includes what cannot be told, or is not in the tree');
        } else if (this.#including.includes(inside)) {
          this.problem('cyclic-include', `\`${inside}\` includes itself`);
        } else if (this.#including.length >= limits.includes) {
          this.problem('limit', 'files include one another too deeply');
        } else if (!this.readFile(inside, guard) && !optional && !isGenerated(inside)) {
          this.problem('missing-include', `there is no \`${inside}\``);
        }
      }
    }
    this.#source = source;
  }

  #assign(statement: Statement & { kind: 'assign' }, within: Guard): void {
    const right: RightSide = { text: statement.value, template: null, value: null, within };
    const names = this.#names(statement.name, within);
    for (const { guard, text } of names) {
      const name = text.trim();
      if (guard === never || name === '' || isUnknown(name)) continue;
      if (statement.export) this.#exported.add(name);
      // The name may be the symbol's, as in `obj-$(CONFIG_IRQFLAGS)`; what counts is what becomes of it.
      if (!this.#pinned.has(name) && !flagsPattern.test(name))
        this.#assignTo(name, statement.operator, right, guard);
    }
  }

  /** The names that the left side of an assignment can be. */
  #names(text: string, within: Guard): readonly Piece[] {
    if (!text.includes('$')) return [{ guard: within, text }];
    // Most end in a symbol.
    const [, prefix, variable] = suffixPattern.exec(text) ?? [];
    if (variable !== undefined && !this.#lookup(variable)) {
      const { guards } = this.texts;
      const symbol = variable.slice(configPrefix.length);
      const names: Piece[] = this.#shared
        .symbol(symbol)
        .map((piece) => ({ guard: guards.and(within, piece.guard), text: prefix + piece.text }));
      names.push({ guard: guards.and(within, guards.is(symbol, '')), text: prefix! });
      return names;
    }
    return this.texts.texts(this.expand(this.#template(text), within), within);
  }

  #assignTo(name: string, operator: Operator, right: RightSide, within: Guard): void {
    const guards = this.#guards;
    const old = this.#lookup(name);
    if (operator === '+=') {
      const simple = old ? guards.and(within, old.simple) : never;
      const added: Assigned[] = [];
      if (simple !== never) added.push(this.#assigned(simple, right, this.#valueOf(right), true));
      const later = guards.without(within, simple);
      if (later !== never) added.push(this.#assigned(later, right, null, true));
      this.#append(name, old, added);
      return;
    }
    let guard = within;
    if (operator === '?=') {
      guard = guards.without(within, this.definedWhere(name).defined);
      if (guard === never) return;
    }
    let value: Value | null = null;
    if (operator === ':=') value = this.#valueOf(right);
    else if (operator === '!=') value = this.unknown('shell');
    const assigned = this.#assigned(guard, right, value, false);
    const simple = old?.simple ?? never;
    this.#variables.set(name, {
      written: guard === always || !old ? [assigned] : this.#after(name, old, assigned),
      counting: null,
      simple: value === null ? guards.without(simple, guard) : guards.or(simple, guard),
    });
  }

  /** What was written, and one more; that of this makefile's own variable grows in place. */
  #after(name: string, old: Variable, assigned: Assigned): readonly Assigned[] {
    if (this.#variables.get(name) !== old) return [...old.written, assigned];
    (old.written as Assigned[]).push(assigned);
    return old.written;
  }

  /** A variable's assignments where they still count. */
  #counting(variable: Variable | undefined): readonly Assigned[] {
    if (!variable) return [];
    if (variable.counting) return variable.counting;
    const guards = this.#guards;
    const counting: Assigned[] = [];
    this.texts.spend(variable.written.length);
    let over: Guard = never;
    for (let at = variable.written.length - 1; at >= 0 && over !== always; at--) {
      const entry = variable.written[at]!;
      const rest = guards.without(entry.guard, over);
      if (rest !== never) counting.push(rest === entry.guard ? entry : { ...entry, guard: rest });
      if (!entry.added) over = guards.or(over, entry.guard);
    }
    variable.counting = counting.reverse();
    return variable.counting;
  }

  #assigned(guard: Guard, right: RightSide, value: Value | null, added: boolean): Assigned {
    if (value === null) right.template ??= this.#template(right.text);
    const template = value === null ? right.template! : noTemplate;
    return { guard, value, template, text: right.text, added, source: this.#source };
  }

  #valueOf(right: RightSide): Value {
    if (right.value === null) {
      right.template ??= this.#template(right.text);
      const { template, within } = right;
      right.value = this.#bounded(() => this.expand(template, within));
    }
    return right.value;
  }

  /** Adds to a variable. A variable of this makefile grows in place: a list may get thousands of additions. */
  #append(name: string, old: Variable | undefined, added: readonly Assigned[]): void {
    const own = this.#variables.get(name);
    if (own && own === old) {
      (own.written as Assigned[]).push(...added);
      // They take nothing's place.
      if (own.counting && own.counting !== own.written) (own.counting as Assigned[]).push(...added);
      return;
    }
    this.#variables.set(name, {
      written: [...(old?.written ?? []), ...added],
      counting: null,
      simple: old?.simple ?? never,
    });
  }

  /** What is left of a variable that is removed where `guard` holds. */
  #removed(variable: Variable, guard: Guard): Variable {
    const guards = this.#guards;
    const left: Assigned[] = [];
    for (const entry of guard === always ? [] : this.#counting(variable)) {
      const rest = guards.without(entry.guard, guard);
      if (rest !== never) left.push(rest === entry.guard ? entry : { ...entry, guard: rest });
    }
    this.texts.spend(variable.written.length);
    return { written: left, counting: left, simple: guards.without(variable.simple, guard) };
  }
}

/** Files that a build makes: no source tree has them. */
function isGenerated(path: string): boolean {
  return path.startsWith('include/config/') || path.startsWith('include/generated/');
}
