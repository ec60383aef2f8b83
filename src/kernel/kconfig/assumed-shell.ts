/*
 * A shell that starts no program: enough of the language for what Kconfig files ask, with the answers of programs given
 * from outside. `A && B || C`, `A; B`, `A | B`, `! A`, `{ A; }`, `( A )`, redirections, quotes, `$1`, `$NAME` and
 * `$(…)` are evaluated.
 *
 * What it does not know (a loop, a here-document, a program nobody answers for) fails and prints nothing, as a
 * program would that is not installed. So a probe in the form `A && echo y || echo n` ends with `n`.
 */

/** What a command came to: its exit status, and what it wrote to its output. */
export interface Outcome {
  readonly status: number;
  readonly output: string;
}

/** Answers for a program: its name and arguments, and what it reads. Undefined where there is no such program. */
export type Programs = (words: readonly string[], input: string) => Outcome | undefined;

export const success: Outcome = { status: 0, output: '' };
export const failure: Outcome = { status: 1, output: '' };
const notFound: Outcome = { status: 127, output: '' };

/** Groups in groups, and commands in commands. */
const deepest = 50;
const longest = 1 << 16;

/** Of a text that is no command, or one beyond what is known here. */
class Unknown extends Error {}

/** A word is in pieces, as what is in quotes stays one word and is no keyword. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}
type Token =
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'word'; pieces: Piece[] };

export class AssumedShell {
  readonly #programs: Programs;
  readonly #variables: Readonly<Record<string, string>>;

  constructor(programs: Programs, variables: Readonly<Record<string, string>>) {
    this.#programs = programs;
    this.#variables = variables;
  }

  run(command: string): Outcome {
    return this.#run(command, [], 0);
  }

  #run(command: string, parameters: readonly string[], depth: number): Outcome {
    if (depth > deepest || command.length > longest) return notFound;
    const substitute = (inner: string, given: readonly string[]): string =>
      this.#run(inner, given, depth + 1).output.replace(/\n+$/, '');
    try {
      return new Run(command, this.#programs, this.#variables, parameters, substitute).all();
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      return notFound;
    }
  }
}

/** One command line. It is evaluated while it is read: a part that must not run is read with `live` false. */
class Run {
  readonly #text: string;
  readonly #programs: Programs;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #substitute: (command: string, parameters: readonly string[]) => string;
  #parameters: readonly string[];
  #offset = 0;
  #token: Token | null = null;
  #depth = 0;

  constructor(
    text: string,
    programs: Programs,
    variables: Readonly<Record<string, string>>,
    parameters: readonly string[],
    substitute: (command: string, parameters: readonly string[]) => string,
  ) {
    this.#text = text;
    this.#programs = programs;
    this.#variables = variables;
    this.#parameters = parameters;
    this.#substitute = substitute;
  }

  all(): Outcome {
    this.#next();
    const outcome = this.#list(true, '');
    if (this.#token !== null) throw new Unknown();
    return outcome;
  }

  #list(live: boolean, input: string): Outcome {
    let output = '';
    let status = 0;
    for (let runs = live; ; ) {
      if (this.#token === null || this.#is(')') || this.#isWord('}')) break;
      const outcome = this.#pipeline(runs, input);
      if (runs) {
        output += outcome.output;
        status = outcome.status;
      }
      if (this.#take('&&')) runs = live && status === 0;
      else if (this.#take('||')) runs = live && status !== 0;
      else if (this.#take(';')) runs = live;
      else break;
    }
    return { status, output };
  }

  #pipeline(live: boolean, input: string): Outcome {
    const negated = this.#isWord('!');
    if (negated) this.#next();
    let outcome = this.#command(live, input);
    while (this.#take('|')) outcome = this.#command(live, outcome.output);
    return negated ? { ...outcome, status: outcome.status === 0 ? 1 : 0 } : outcome;
  }

  #command(live: boolean, input: string): Outcome {
    const braces = this.#isWord('{');
    if (!braces && !this.#is('(')) return this.#simple(live, input);
    if (++this.#depth > deepest) throw new Unknown();
    this.#next();
    const parameters = this.#parameters;
    const outcome = this.#list(live, input);
    // What a subshell sets is gone after it.
    if (!braces) this.#parameters = parameters;
    if (braces ? !this.#isWord('}') : !this.#is(')')) throw new Unknown();
    this.#next();
    this.#depth--;
    let shown = true;
    while (this.#token?.kind === 'operator' && isRedirection(this.#token.text)) {
      if (this.#redirection()) shown = false;
    }
    return shown ? outcome : { ...outcome, output: '' };
  }

  #simple(live: boolean, input: string): Outcome {
    const words: string[] = [];
    let shown = true;
    let any = false;
    for (; this.#token !== null; ) {
      if (this.#token.kind === 'word') {
        const { pieces } = this.#token;
        this.#next();
        any = true;
        if (live) words.push(...split(pieces));
      } else if (isRedirection(this.#token.text)) {
        any = true;
        if (this.#redirection()) shown = false;
      } else break;
    }
    if (!any) throw new Unknown();
    if (!live) return success;
    while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) words.shift();
    const outcome = words.length === 0 ? success : this.#call(words, input);
    return shown ? outcome : { ...outcome, output: '' };
  }

  #call(words: readonly string[], input: string): Outcome {
    if (words[0] !== 'set') return this.#programs(words, input) ?? notFound;
    if (words[1] !== '--') return notFound;
    this.#parameters = words.slice(2);
    return success;
  }

  /** @returns whether it takes away the output */
  #redirection(): boolean {
    const { text } = this.#token as { text: string };
    this.#next();
    if (this.#token?.kind !== 'word') throw new Unknown();
    this.#next();
    return /^1?>/.test(text);
  }

  // Words

  #is(operator: string): boolean {
    return this.#token?.kind === 'operator' && this.#token.text === operator;
  }

  #isWord(text: string): boolean {
    if (this.#token?.kind !== 'word' || this.#token.pieces.length !== 1) return false;
    const [piece] = this.#token.pieces;
    return !piece!.quoted && piece!.text === text;
  }

  #take(operator: string): boolean {
    if (!this.#is(operator)) return false;
    this.#next();
    return true;
  }

  #next(): void {
    const text = this.#text;
    while (/[ \t]/.test(text[this.#offset] ?? '')) this.#offset++;
    const start = this.#offset;
    if (start >= text.length) {
      this.#token = null;
      return;
    }
    operators.lastIndex = start;
    const operator = operators.exec(text)?.[0];
    if (operator !== undefined) {
      if (operator === '&' || operator.includes('<<')) throw new Unknown();
      this.#offset += operator.length;
      this.#token = { kind: 'operator', text: operator === '\n' ? ';' : operator };
      return;
    }
    const pieces: Piece[] = [];
    while (this.#offset < text.length && !/[ \t\n;|&()<>]/.test(text[this.#offset]!)) this.#piece(pieces);
    const [first] = pieces;
    if (first && !first.quoted && compound.has(first.text)) throw new Unknown();
    this.#token = { kind: 'word', pieces };
  }

  #piece(pieces: Piece[]): void {
    const text = this.#text;
    const character = text[this.#offset]!;
    if (character === "'") {
      const end = text.indexOf("'", this.#offset + 1);
      if (end < 0) throw new Unknown();
      pieces.push({ text: text.slice(this.#offset + 1, end), quoted: true });
      this.#offset = end + 1;
    } else if (character === '"') {
      this.#offset++;
      let inside = '';
      for (;;) {
        const next = text[this.#offset];
        if (next === undefined) throw new Unknown();
        if (next === '"') break;
        const escaped = text[this.#offset + 1];
        if (next === '\\' && escaped !== undefined && '$`"\\\n'.includes(escaped)) {
          inside += escaped === '\n' ? '' : escaped;
          this.#offset += 2;
        } else if (next === '$' || next === '`') inside += this.#expansion();
        else {
          inside += next;
          this.#offset++;
        }
      }
      this.#offset++;
      pieces.push({ text: inside, quoted: true });
    } else if (character === '\\') {
      pieces.push({ text: text[this.#offset + 1] ?? '', quoted: true });
      this.#offset += 2;
    } else if (character === '$' || character === '`')
      pieces.push({ text: this.#expansion(), quoted: false });
    else {
      plain.lastIndex = this.#offset;
      const word = plain.exec(text)![0];
      pieces.push({ text: word, quoted: false });
      this.#offset += word.length;
    }
  }

  #expansion(): string {
    const text = this.#text;
    if (text.startsWith('$(', this.#offset) || text[this.#offset] === '`') {
      const end =
        text[this.#offset] === '`' ? text.indexOf('`', this.#offset + 1) : closing(text, this.#offset + 2);
      if (end < 0 || text.startsWith('$((', this.#offset)) throw new Unknown();
      const inner = text.slice(this.#offset + (text[this.#offset] === '`' ? 1 : 2), end);
      this.#offset = end + 1;
      return this.#substitute(inner, this.#parameters);
    }
    variable.lastIndex = this.#offset;
    const match = variable.exec(text);
    if (!match) {
      if (text.startsWith('${', this.#offset)) throw new Unknown();
      this.#offset++;
      return '$';
    }
    this.#offset += match[0].length;
    const name = match[1] ?? match[2]!;
    if (/^[1-9]$/.test(name)) return this.#parameters[Number(name) - 1] ?? '';
    if (name === '@' || name === '*') return this.#parameters.join(' ');
    if (name === '#') return String(this.#parameters.length);
    if (!/^[A-Za-z_]/.test(name)) return '1';
    return Object.hasOwn(this.#variables, name) ? this.#variables[name]! : '';
  }
}

const operators = /&&|\|\||;;|[0-9]*(?:<<-?|<&|>&|>>|<|>)|[;|&()\n]/y;
const plain = /[^ \t\n;|&()<>"'\\$`]+/y;
const variable = /\$(?:([A-Za-z_]\w*|[0-9@*#?$!-])|\{([A-Za-z_]\w*|[0-9@*#])\})/y;
const compound: ReadonlySet<string> = new Set(
  'if then else elif fi for while until do done case esac function'.split(' '),
);

function isRedirection(operator: string): boolean {
  return /[<>]/.test(operator);
}

/** Where the `)` is that ends a command in a command; -1 where there is none. */
function closing(text: string, start: number): number {
  let nesting = 0;
  let quote = '';
  for (let offset = start; offset < text.length; offset++) {
    const character = text[offset]!;
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"') offset++;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '\\') offset++;
    else if (character === '(') nesting++;
    else if (character === ')' && nesting-- === 0) return offset;
  }
  return -1;
}

/** What comes out of `$NAME` outside of quotes is cut at its spaces. */
function split(pieces: readonly Piece[]): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const { text, quoted } of pieces) {
    if (quoted) {
      word = (word ?? '') + text;
      continue;
    }
    const parts = text.split(/[ \t\n]+/);
    for (const [index, part] of parts.entries()) {
      if (index > 0 && word !== null) {
        words.push(word);
        word = null;
      }
      if (part !== '') word = (word ?? '') + part;
    }
  }
  if (word !== null) words.push(word);
  return words;
}
