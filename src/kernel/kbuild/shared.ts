/**
 * What the makefiles of one tree share: their texts, the values of symbols, what nobody can tell, the problems.
 */
import type { SourceTree } from '../tree.ts';
import { matchingFiles } from './glob.ts';
import { type Guard, type Guards, never } from './guards.ts';
import { type Makefile, type Place, parseMakefile } from './syntax.ts';
import { type Piece, Texts, unknownText, type Value, withoutMarks } from './texts.ts';

/** What a symbol can be; `none`: no Kconfig file declares it, and it is never set. */
export type SymbolType = 'bool' | 'tristate' | 'text' | 'none';

export type ProblemKind =
  | 'syntax'
  | 'missing-include'
  | 'cyclic-include'
  | 'recursive-variable'
  | 'limit'
  | 'unclear-condition'
  | 'unclear-object'
  | 'missing-makefile'
  | 'not-a-kernel'
  | 'unknown-architecture';

/** What could not be read, or could not be told. Lines and columns count from 1, columns in bytes. */
export interface KbuildProblem {
  kind: ProblemKind;
  message: string;
  file: string;
  line: number;
  column: number;
}

/** What all makefiles of a tree share: what was parsed, the symbols, the problems. */
export class Shared {
  readonly tree: SourceTree;
  readonly texts: Texts;
  readonly problems: KbuildProblem[] = [];
  readonly #typeOf: (symbol: string) => SymbolType | undefined;
  readonly #makefiles = new Map<string, Makefile | null>();
  readonly #symbols = new Map<string, Value>();
  readonly #globs = new Map<string, readonly string[]>();
  readonly #told = new Set<string>();
  /** The value of what is named for a compiler's flags. */
  readonly flags: Value;
  #unknowns = 0;

  constructor(tree: SourceTree, guards: Guards, typeOf: (symbol: string) => SymbolType | undefined) {
    this.tree = tree;
    this.texts = new Texts(guards);
    this.#typeOf = typeOf;
    this.flags = this.unknown('flags');
  }

  problem(kind: ProblemKind, message: string, { file, line, column }: Place): void {
    // A file can be read for several folders.
    const key = `${file}:${line}:${column}:${kind}:${message}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.problems.push({ kind, message, file, line, column });
  }

  makefile(path: string): Makefile | null {
    let makefile = this.#makefiles.get(path);
    if (makefile !== undefined) return makefile;
    const text = this.tree.read(path);
    makefile = text === null ? null : parseMakefile(path, withoutMarks(text));
    this.#makefiles.set(path, makefile);
    for (const { at, message } of makefile?.problems ?? []) this.problem('syntax', message, at);
    return makefile;
  }

  /** A symbol's value in a makefile. */
  symbol(name: string): Value {
    const known = this.#symbols.get(name);
    if (known) return known;
    const { guards } = this.texts;
    const type = this.#typeOf(name);
    if (type === 'bool') guards.close(name, ['y', '']);
    else if (type === 'tristate') guards.close(name, ['y', 'm', '']);
    else if (type === 'none') guards.close(name, ['']);
    const pieces: Piece[] = [];
    for (const text of ['y', 'm']) {
      const guard = guards.is(name, text);
      if (guard !== never) pieces.push({ guard, text });
    }
    if (type === undefined || type === 'text') {
      let other = guards.not(guards.is(name, ''));
      for (const { guard } of pieces) other = guards.without(other, guard);
      pieces.push({ guard: other, text: unknownText(name) });
    }
    this.#symbols.set(name, pieces);
    return pieces;
  }

  /** A condition that nobody can tell. */
  maybe(): Guard {
    return this.unknown('condition')[0]!.guard;
  }

  unknown(what: string): Value {
    const name = `${unknownPrefix}${what}#${++this.#unknowns}`;
    const { guards } = this.texts;
    return [{ guard: guards.not(guards.is(name, '')), text: unknownText(name) }];
  }

  /** Forgets the texts of files: few are read more than once. */
  forgetFiles(): void {
    this.#makefiles.clear();
  }

  /**
   * Where a statement has a word: its own place where it does not have it literally. The file has to be one that was read
   * since files were last forgotten.
   */
  wordPlace(statement: Place, word: string): { line: number; column: number } {
    const lines = this.#makefiles.get(statement.file)?.lines ?? [];
    for (let line = statement.line; line <= statement.end; line++) {
      const text = lines[line - 1] ?? '';
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
        const before = text[at - 1] ?? ' ';
        const after = text[at + word.length] ?? ' ';
        if (/[\s=]/.test(before) && /[\s\\#]/.test(after)) return { line, column: at + 1 };
      }
    }
    return { line: statement.line, column: statement.column };
  }

  files(pattern: string): readonly string[] {
    let files = this.#globs.get(pattern);
    if (files === undefined) {
      files = matchingFiles(this.tree, pattern, (steps) => this.texts.spend(steps));
      this.#globs.set(pattern, files);
    }
    return files;
  }
}

/** With this begin the names of what a condition asks for that is no symbol. */
export const unknownPrefix = '$';
