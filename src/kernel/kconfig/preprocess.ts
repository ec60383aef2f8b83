import { type KconfigProblem, KconfigStop } from './problem.ts';

/*
 * `$(…)` is text replacement, done while a line is cut into words: `$(name)` and `$(name,a,b)` stand for a variable of
 * the Kconfig files, else a function the tool brings, else a variable of the environment, else nothing. What comes out
 * is never read again. A `$` with no parenthesis after it is itself.
 *
 * Everything is bounded, so that no file can make this run for ever: a variable may not lead back to itself, calls nest
 * at most 1000 deep, and one reference may grow to 1 MiB of text in 100,000 steps.
 */

/** Answers what the files ask of the machine that builds. */
export interface MacroEvaluator {
  /** What the shell command prints, as the kernel's tool takes it: no newlines at the end, others made spaces. */
  shell(command: string): string;
  /** The value of a call of the files' own macro, its arguments expanded; undefined to expand its definition. */
  call?(name: string, args: readonly string[]): string | undefined;
}

interface Variable {
  value: string;
  simple: boolean;
  depth: number;
}

const deepest = 1000;
const mostText = 1 << 20;
const mostSteps = 100_000;
/** A function's name and its arguments. */
const mostArguments = 16;

export class Preprocessor {
  /** Where the reader is. */
  file = '';
  line = 0;
  /** What `$(info,…)` printed, in order. */
  readonly printed: string[] = [];
  readonly #variables = new Map<string, Variable>();
  readonly #environment: Readonly<Record<string, string>>;
  readonly #evaluator: MacroEvaluator;
  readonly #report: (problem: KconfigProblem) => void;
  #depth = 0;
  #steps = 0;
  #text = 0;

  constructor(
    environment: Readonly<Record<string, string>>,
    evaluator: MacroEvaluator,
    report: (problem: KconfigProblem) => void,
  ) {
    this.#environment = environment;
    this.#evaluator = evaluator;
    this.#report = report;
  }

  /** `name = value`, `name := value` or `name += value`. */
  assign(name: string, operator: '=' | ':=' | '+=', value: string): void {
    const known = this.#variables.get(name);
    const simple = operator === '+=' ? (known?.simple ?? false) : operator === ':=';
    const text = simple ? this.#start(() => this.#expand(value, [])) : value;
    if (!known) this.#variables.set(name, { value: text, simple, depth: 0 });
    else {
      known.value = operator === '+=' ? this.#bounded(`${known.value} ${text}`) : text;
      known.simple = simple;
    }
  }

  /**
   * Expands the reference at `start`, a `$`, in a line that ends before `end`.
   *
   * @returns the text, and the offset after the reference
   */
  reference(line: string, start: number, end: number): { text: string; next: number } {
    return this.#start(() => this.#reference(line, start, end, []));
  }

  #start<T>(expand: () => T): T {
    this.#steps = 0;
    this.#text = 0;
    this.#depth = 0;
    return expand();
  }

  #reference(
    line: string,
    start: number,
    end: number,
    args: readonly string[],
  ): { text: string; next: number } {
    if (start + 1 >= end || line[start + 1] !== '(') return { text: '$', next: start + 1 };
    const first = start + 2;
    let nesting = 0;
    let offset = first;
    for (; offset < end; offset++) {
      const character = line.charCodeAt(offset);
      if (character === 0x28) nesting++;
      else if (character === 0x29 && nesting-- === 0) break;
    }
    const inside = line.slice(first, offset);
    if (offset >= end) this.#stop(`unterminated reference to '${inside}': missing ')'`);
    return { text: this.#clause(inside, args), next: offset + 1 };
  }

  #expand(text: string, args: readonly string[]): string {
    let from = text.indexOf('$');
    if (from < 0) return text;
    let expanded = '';
    let done = 0;
    while (from >= 0) {
      expanded += text.slice(done, from);
      const reference = this.#reference(text, from, text.length, args);
      expanded += reference.text;
      this.#bounded(expanded);
      done = reference.next;
      from = text.indexOf('$', done);
    }
    return expanded + text.slice(done);
  }

  /** The value of what stands between `$(` and `)`. */
  #clause(clause: string, args: readonly string[]): string {
    if (++this.#steps > mostSteps) this.#stop('Too many expansions');
    const number = /^[ \t\n\v\f\r]*\+?([0-9]+)$/.exec(clause);
    const argument = number ? Number(number[1]) : 0;
    if (argument > 0 && argument <= args.length) return this.#counted(args[argument - 1]!);
    if (++this.#depth > deepest) this.#stop('Too deep recursive expansion');
    const [head, ...rest] = this.#split(clause);
    const name = this.#expand(head!, args);
    const values = rest.map((text) => this.#expand(text, args));
    const text = this.#value(name, values);
    this.#depth--;
    return this.#counted(text);
  }

  #value(name: string, args: readonly string[]): string {
    const variable = this.#variables.get(name);
    if (variable) {
      if (args.length === 0 && variable.depth > 0) {
        this.#stop(`Recursive variable '${name}' references itself (eventually)`);
      }
      if (args.length > 0) {
        const answer = this.#evaluator.call?.(name, args);
        if (answer !== undefined) return answer;
      }
      if (variable.simple) return variable.value;
      variable.depth++;
      const text = this.#expand(variable.value, args);
      variable.depth--;
      return text;
    }
    const text = this.#function(name, args);
    if (text !== undefined) return text;
    return args.length === 0 && Object.hasOwn(this.#environment, name) ? this.#environment[name]! : '';
  }

  #function(name: string, args: readonly string[]): string | undefined {
    const count = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (count === undefined) return undefined;
    if (args.length !== count) {
      this.#stop(`too ${args.length < count ? 'few' : 'many'} function arguments passed to '${name}'`);
    }
    switch (name) {
      case 'shell':
        return this.#evaluator.shell(args[0]!);
      case 'filename':
        return this.file;
      case 'lineno':
        return String(this.line);
      case 'info':
        this.printed.push(args[0]!);
        return '';
      case 'warning-if':
        if (args[0] === 'y') {
          const { file, line } = this;
          this.#report({ severity: 'warning', kind: 'message', message: args[1]!, file, line });
        }
        return '';
      default:
        if (args[0] === 'y') this.#stop(args[1]!);
        return '';
    }
  }

  /** The parts of a clause between its outer commas. */
  #split(clause: string): string[] {
    if (!clause.includes(',')) return [clause];
    const parts: string[] = [];
    let nesting = 0;
    let start = 0;
    for (let offset = 0; offset < clause.length; offset++) {
      const character = clause.charCodeAt(offset);
      if (character === 0x28) nesting++;
      else if (character === 0x29) nesting--;
      else if (character === 0x2c && nesting === 0) {
        parts.push(clause.slice(start, offset));
        start = offset + 1;
      }
    }
    parts.push(clause.slice(start));
    if (parts.length > mostArguments) this.#stop('too many function arguments');
    return parts;
  }

  #counted(text: string): string {
    this.#text += text.length;
    if (this.#text > 16 * mostText) this.#stop('An expansion grows too long');
    return text;
  }

  #bounded(text: string): string {
    if (text.length > mostText) this.#stop('An expansion grows too long');
    return text;
  }

  #stop(message: string): never {
    const { file, line } = this;
    throw new KconfigStop({ severity: 'error', kind: 'macro', message, file, line });
  }
}

/** The functions the tool brings, and how many arguments each takes. */
const functions: Readonly<Record<string, number>> = {
  'error-if': 2,
  filename: 0,
  info: 1,
  lineno: 0,
  shell: 1,
  'warning-if': 2,
};
