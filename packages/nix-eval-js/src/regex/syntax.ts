/**
 * Reads the pattern language of Nix: POSIX extended regular expressions as
 * the C++ library's `std::regex` takes them in its "extended" grammar, on
 * which Nix is built. Where the two differ the C++ library wins:
 *
 * - An escape is only allowed before one of `.[\()*+?{|^$`.
 * - An alternative may be empty (`a||b`, `()`).
 * - `^` and `$` are anchors everywhere and take no quantifier.
 * - Quantifiers may follow one another (`a*{2}`).
 * - Ranges in brackets compare signed bytes: `[a-\xff]` is invalid.
 * - Class names ignore case, and `d`, `w`, `s` are classes too.
 * - An equivalence class (`[[=a=]]`) takes in the other case of its letter.
 *
 * A pattern is counted in the states that the C++ library would make of it:
 * above 100,000 it is "too large", there and here.
 */

/** A set of bytes: 256 entries, 1 for a member. */
export type ByteSet = Uint8Array;

/** The syntax tree. `rep` repeats from `min` to `max` times (`max` may be Infinity). */
export type Node =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'group'; readonly index: number; readonly body: Node }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'repeat';
      readonly body: Node;
      readonly min: number;
      readonly max: number;
      /** `+` goes round its one body; `{1,}` has a copy before the loop. */
      readonly plus: boolean;
    };

export interface Syntax {
  readonly root: Node;
  /** How many groups; they are numbered from 1. */
  readonly groups: number;
}

/** Why a pattern was refused; the caller words it. */
export class SyntaxProblem extends Error {
  readonly tooLarge: boolean;
  constructor(tooLarge: boolean) {
    super(tooLarge ? 'pattern too large' : 'invalid pattern');
    this.tooLarge = tooLarge;
  }
}

/** The C++ library's limit on automaton states. */
export const maxStates = 100_000;
/** Groups nest this deep: the C++ library recurses and would end the process. */
const maxDepth = 500;

const escapable = '.[\\()*+?{|^$';
const invalid = (): SyntaxProblem => new SyntaxProblem(false);

const classMembers: Readonly<Record<string, (byte: number) => boolean>> = {
  alnum: (c) => isAlpha(c) || isDigit(c),
  alpha: (c) => isAlpha(c),
  blank: (c) => c === 32 || c === 9,
  cntrl: (c) => c < 32 || c === 127,
  digit: (c) => isDigit(c),
  graph: (c) => c > 32 && c < 127,
  lower: (c) => c >= 97 && c <= 122,
  print: (c) => c >= 32 && c < 127,
  punct: (c) => c > 32 && c < 127 && !isAlpha(c) && !isDigit(c),
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  upper: (c) => c >= 65 && c <= 90,
  xdigit: (c) => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
  d: (c) => isDigit(c),
  w: (c) => isAlpha(c) || isDigit(c) || c === 95,
  s: (c) => c === 32 || (c >= 9 && c <= 13),
};

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

function isAlpha(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

/** POSIX's names of the ASCII characters, in order; letters are named by themselves. */
const collatingNames =
  `NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab form-feed carriage-return SO SI DLE DC1
DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 IS3 IS2 IS1 space exclamation-mark quotation-mark number-sign
dollar-sign percent-sign ampersand apostrophe left-parenthesis right-parenthesis asterisk plus-sign comma hyphen
period slash zero one two three four five six seven eight nine colon semicolon less-than-sign equals-sign
greater-than-sign question-mark commercial-at A B C D E F G H I J K L M N O P Q R S T U V W X Y Z
left-square-bracket backslash right-square-bracket circumflex underscore grave-accent a b c d e f g h i j k l m n
o p q r s t u v w x y z left-curly-bracket vertical-line right-curly-bracket tilde DEL`.split(/\s+/);

/** What `.` takes, a newline among it. */
const anyByte: ByteSet = new Uint8Array(256).fill(1, 1);

/** Read a pattern (a byte string). Throws {@link SyntaxProblem}. */
export function readSyntax(pattern: string): Syntax {
  return new Reader(pattern).read();
}

/** What a part weighs: `copied` is what one more copy of it would add. */
interface Weighed {
  readonly node: Node;
  readonly copied: number;
}

class Reader {
  private readonly text: string;
  private at = 0;
  private groups = 0;
  private states = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  read(): Syntax {
    this.spend(1);
    const { node } = this.choice();
    if (this.at < this.text.length) throw invalid();
    this.spend(2);
    return { root: node, groups: this.groups };
  }

  private spend(states: number): number {
    this.states += states;
    if (this.states > maxStates) throw new SyntaxProblem(true);
    return states;
  }

  private choice(): Weighed {
    const first = this.sequence();
    if (this.text[this.at] !== '|') return first;
    const options = [first.node];
    let copied = first.copied;
    while (this.text[this.at] === '|') {
      this.at++;
      const option = this.sequence();
      options.push(option.node);
      copied += option.copied + this.spend(2);
    }
    return { node: { kind: 'choice', options }, copied };
  }

  private sequence(): Weighed {
    const items: Node[] = [];
    let copied = 0;
    for (;;) {
      const term = this.term();
      if (term === undefined) break;
      items.push(term.node);
      copied += term.copied;
    }
    copied += this.spend(1);
    return { node: items.length === 1 ? items[0]! : { kind: 'sequence', items }, copied };
  }

  private term(): Weighed | undefined {
    const c = this.text[this.at];
    if (c === '^' || c === '$') {
      this.at++;
      return { node: { kind: c === '^' ? 'start' : 'end' }, copied: this.spend(1) };
    }
    let part = this.atom();
    if (part === undefined) return undefined;
    for (;;) {
      const quantified = this.quantifier(part);
      if (quantified === undefined) return part;
      part = quantified;
    }
  }

  private atom(): Weighed | undefined {
    const c = this.text[this.at];
    switch (c) {
      case undefined:
      case '|':
      case ')':
      case '*':
      case '+':
      case '?':
      case '{':
        return undefined;
      case '(':
        return this.group();
      case '[':
        this.at++;
        return { node: { kind: 'set', set: this.bracket() }, copied: this.spend(1) };
      case '.':
        this.at++;
        return { node: { kind: 'set', set: anyByte }, copied: this.spend(1) };
      case '\\': {
        const escaped = this.text[this.at + 1];
        if (escaped === undefined || !escapable.includes(escaped)) throw invalid();
        this.at += 2;
        return this.literal(escaped);
      }
      case '\0':
        throw invalid();
      default:
        this.at++;
        return this.literal(c);
    }
  }

  private literal(c: string): Weighed {
    const set = new Uint8Array(256);
    set[c.charCodeAt(0)] = 1;
    return { node: { kind: 'set', set }, copied: this.spend(1) };
  }

  private group(): Weighed {
    this.at++;
    const index = ++this.groups;
    this.spend(1);
    if (++this.depth > maxDepth) throw new SyntaxProblem(true);
    const body = this.choice();
    this.depth--;
    if (this.text[this.at] !== ')') throw invalid();
    this.at++;
    this.spend(1);
    return { node: { kind: 'group', index, body: body.node }, copied: body.copied + 2 };
  }

  private quantifier({ node: body, copied }: Weighed): Weighed | undefined {
    const repeat = (min: number, max: number, plus: boolean): Node => ({
      kind: 'repeat',
      body,
      min,
      max,
      plus,
    });
    switch (this.text[this.at]) {
      case '*':
        this.at++;
        this.nest(body);
        return { node: repeat(0, Number.POSITIVE_INFINITY, false), copied: copied + this.spend(1) };
      case '+':
        this.at++;
        this.nest(body);
        return { node: repeat(1, Number.POSITIVE_INFINITY, true), copied: copied + this.spend(1) };
      case '?':
        this.at++;
        this.nest(body);
        return { node: repeat(0, 1, false), copied: copied + this.spend(2) };
      case '{': {
        this.at++;
        this.nest(body);
        const min = this.count();
        if (min === undefined) throw invalid();
        let max: number = min;
        if (this.text[this.at] === ',') {
          this.at++;
          max = this.count() ?? Number.POSITIVE_INFINITY;
        }
        if (this.text[this.at] !== '}' || max < min) throw invalid();
        this.at++;
        const optional = max === Number.POSITIVE_INFINITY ? copied + 1 : (max - min) * (copied + 1) + 1;
        return { node: repeat(min, max, false), copied: this.spend(1 + min * copied + optional) };
      }
      default:
        return undefined;
    }
  }

  private readonly nesting = new Map<Node, number>();

  /** Keep the depth of stacked quantifiers within what recursion over the tree can take. */
  private nest(body: Node): void {
    if (body.kind !== 'repeat') return;
    let depth = 0;
    for (let node: Node = body; node.kind === 'repeat'; node = node.body) {
      const known = this.nesting.get(node);
      if (known !== undefined) {
        depth += known;
        break;
      }
      depth++;
    }
    this.nesting.set(body, depth);
    if (depth > maxDepth) throw new SyntaxProblem(true);
  }

  private count(): number | undefined {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    if (start === this.at) return undefined;
    const value = Number(this.text.slice(start, this.at));
    if (value > 0x7fffffff) throw invalid();
    return value;
  }

  /** The inside of a bracket expression, after its `[`. */
  private bracket(): ByteSet {
    const negated = this.text[this.at] === '^';
    if (negated) this.at++;
    const set = new Uint8Array(256);
    // What came last, as a range may start with it: a byte, a class, or nothing.
    let last: number | 'class' | undefined;
    let first = true;
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined) throw invalid();
      if (c === ']' && !first) {
        this.at++;
        break;
      }
      if (c === '-') {
        this.at++;
        if (first) {
          last = 45;
          set[45] = 1;
        } else if (this.text[this.at] === ']') {
          set[45] = 1;
          this.at++;
          break;
        } else if (typeof last === 'number') {
          fillRange(set, last, this.rangeEnd());
          last = undefined;
        } else {
          throw invalid();
        }
      } else {
        const named = c === '[' ? this.bracketName() : undefined;
        if (named === undefined) {
          if (c === '[' && this.at + 1 >= this.text.length) throw invalid();
          this.at++;
          last = c.charCodeAt(0);
          if (last > 255) throw invalid();
          set[last] = 1;
        } else if (typeof named === 'number') {
          last = named;
          set[named] = 1;
        } else {
          for (let byte = 0; byte < 256; byte++) if (named[byte] === 1) set[byte] = 1;
          last = 'class';
        }
      }
      first = false;
    }
    if (negated) for (let byte = 0; byte < 256; byte++) set[byte] = set[byte] === 1 ? 0 : 1;
    return set;
  }

  /** The end of a range is one character, `-` among them, never a name. */
  private rangeEnd(): number {
    const c = this.text[this.at];
    if (c === undefined) throw invalid();
    if (c === '[' && /^[.:=]?$/.test(this.text[this.at + 1] ?? '')) throw invalid();
    this.at++;
    return c.charCodeAt(0);
  }

  /** `[:class:]`, `[.element.]` or `[=equivalents=]`; undefined for a plain `[`. */
  private bracketName(): ByteSet | number | undefined {
    const mark = this.text[this.at + 1];
    if (mark !== ':' && mark !== '.' && mark !== '=') return undefined;
    const end = this.text.indexOf(mark, this.at + 2);
    if (end < 0 || this.text[end + 1] !== ']') throw invalid();
    const name = this.text.slice(this.at + 2, end);
    this.at = end + 2;
    if (mark === ':') {
      const key = name.toLowerCase();
      if (!Object.hasOwn(classMembers, key)) throw invalid();
      return setOf(classMembers[key]!);
    }
    const element = collatingNames.indexOf(name);
    if (element < 0) throw invalid();
    if (mark === '.') return element;
    const folded = String.fromCharCode(element).toLowerCase();
    return setOf((byte) => byte < 128 && String.fromCharCode(byte).toLowerCase() === folded);
  }
}

function setOf(has: (byte: number) => boolean): ByteSet {
  const set = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) if (has(byte)) set[byte] = 1;
  return set;
}

function fillRange(set: ByteSet, from: number, to: number): void {
  const low = (from << 24) >> 24;
  const high = (to << 24) >> 24;
  if (low > high) throw invalid();
  for (let value = low; value <= high; value++) set[value & 255] = 1;
}
