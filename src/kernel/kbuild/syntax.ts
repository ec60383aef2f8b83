/**
 * A makefile's lines as statements, as GNU make divides them (manual: 3.1.1 Splitting Long Lines, 3.7 How make Reads a
 * Makefile, 7.2 Syntax of Conditionals). Recipes are left out: nothing here is ever run. Rules are left out too, but for
 * their place: a line that starts with a tab is a recipe's only after a rule.
 *
 * Conditionals nest, so the statements of a file are a tree. Both branches are kept; which is read is for later.
 */
import { closing } from './template.ts';

export type Operator = '=' | ':=' | '+=' | '?=' | '!=';

/** Where a statement is. */
export interface Place {
  file: string;
  /** Its first line, from 1. */
  line: number;
  /** Column of its first character, in bytes from 1. */
  column: number;
  /** Its last line. */
  end: number;
}

export type Statement =
  | { kind: 'assign'; at: Place; name: string; operator: Operator; value: string; export: boolean }
  | { kind: 'if'; at: Place; branches: readonly Branch[] }
  | { kind: 'include'; at: Place; files: string; optional: boolean }
  | { kind: 'export'; at: Place; names: string; exported: boolean }
  | { kind: 'undefine'; at: Place; name: string }
  /** A line that is only references: functions may be called for what they do. */
  | { kind: 'expand'; at: Place; text: string };

/** Statements that are read where `test` holds and no branch before has been; null is `else`. */
export interface Branch {
  test: Test | null;
  body: readonly Statement[];
}

export type Test =
  | { kind: 'equal'; negated: boolean; left: string; right: string; at: Place }
  | { kind: 'defined'; negated: boolean; name: string; at: Place };

export interface SyntaxProblem {
  at: Place;
  message: string;
}

export interface Makefile {
  statements: readonly Statement[];
  problems: readonly SyntaxProblem[];
  /** The file's lines; a statement's first is `lines[at.line - 1]`, its last `lines[at.end - 1]`. */
  lines: readonly string[];
}

const tab = 0x09;
const carriageReturn = 0x0d;
const space = 0x20;
const dollar = 0x24;
const colon = 0x3a;

/** Conditionals inside one another. */
const deepest = 100;

interface OpenIf {
  at: Place;
  branches: { test: Test | null; body: Statement[] }[];
  hasElse: boolean;
}

/** What a line assigns, if it is an assignment: a whole one, with those that go on in the next joined. */
export function assignmentIn(line: string): { name: string; value: string } | undefined {
  const text = stripComment(line);
  return parseAssignment(text, firstNonBlank(text, 0));
}

/** Reads a whole makefile. What is not understood becomes a problem, and is left out. */
export function parseMakefile(file: string, text: string): Makefile {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const problems: SyntaxProblem[] = [];
  const statements: Statement[] = [];
  const open: OpenIf[] = [];
  /** Conditionals past `deepest`: their lines are left out. */
  let tooDeep = 0;
  let inRule = false;
  let index = 0;

  const body = (): Statement[] => open.at(-1)?.branches.at(-1)?.body ?? statements;
  const problem = (at: Place, message: string): void => {
    problems.push({ at, message });
  };

  while (index < lines.length) {
    const first = index;
    // Lines that end in a backslash go on in the next.
    let logical = lines[index++]!;
    if (endsInBackslash(logical)) {
      const parts: string[] = [];
      while (endsInBackslash(logical) && index < lines.length) {
        parts.push(logical.slice(0, -1));
        logical = lines[index++]!;
      }
      parts.push(endsInBackslash(logical) ? logical.slice(0, -1) : logical);
      if (inRule && parts[0]!.startsWith('\t')) continue;
      logical = joinContinued(parts);
    } else if (inRule && logical.startsWith('\t')) continue;

    const line = stripComment(logical);
    const start = firstNonBlank(line, 0);
    if (start === line.length) continue;
    const at: Place = { file, line: first + 1, column: firstNonBlank(lines[first]!, 0) + 1, end: index };

    const assignment = parseAssignment(line, start);
    if (assignment) {
      inRule = false;
      let value = assignment.value;
      if (assignment.define) {
        const collected = collectDefine(lines, index);
        index = collected.next;
        value = collected.value;
        if (!collected.closed) problem(at, '`define` without `endef`');
      }
      if (tooDeep === 0) {
        const { name, operator, export: exported } = assignment;
        body().push({ kind: 'assign', at, name, operator, value, export: exported });
      }
      continue;
    }

    const [word, rest] = firstWord(line, start);
    switch (word) {
      case 'ifeq':
      case 'ifneq':
      case 'ifdef':
      case 'ifndef': {
        if (open.length >= deepest || tooDeep > 0) {
          if (tooDeep++ === 0) problem(at, 'conditionals are too deep');
          continue;
        }
        open.push({ at, branches: [{ test: parseTest(word, rest, at, problem), body: [] }], hasElse: false });
        continue;
      }
      case 'else': {
        if (tooDeep > 0) continue;
        const inner = open.at(-1);
        if (!inner || inner.hasElse) {
          problem(at, inner ? 'a second `else`' : '`else` without `if`');
          continue;
        }
        const [keyword, condition] = firstWord(rest, 0);
        const isTest = /^if(n?eq|n?def)$/.test(keyword);
        if (!isTest && keyword !== '') problem(at, 'text after `else`');
        inner.hasElse = !isTest;
        inner.branches.push({ test: isTest ? parseTest(keyword, condition, at, problem) : null, body: [] });
        continue;
      }
      case 'endif': {
        if (tooDeep > 0) {
          tooDeep--;
          continue;
        }
        const closed = open.pop();
        if (closed) body().push({ kind: 'if', at: closed.at, branches: closed.branches });
        else problem(at, '`endif` without `if`');
        continue;
      }
    }
    if (tooDeep > 0) continue;
    switch (word) {
      case 'include':
      case '-include':
      case 'sinclude':
        inRule = false;
        body().push({ kind: 'include', at, files: rest, optional: word !== 'include' });
        continue;
      case 'export':
      case 'unexport':
        inRule = false;
        body().push({ kind: 'export', at, names: rest, exported: word === 'export' });
        continue;
      case 'undefine':
        inRule = false;
        body().push({ kind: 'undefine', at, name: rest });
        continue;
      case 'vpath':
      case 'load':
      case '-load':
        inRule = false;
        continue;
      case 'endef':
        problem(at, '`endef` without `define`');
        continue;
    }
    if (hasColon(line, start)) {
      inRule = true;
      continue;
    }
    inRule = false;
    if (line.includes('$', start)) body().push({ kind: 'expand', at, text: line.slice(start).trimEnd() });
    else problem(at, 'neither an assignment nor a rule');
  }
  // What an unclosed conditional holds still counts.
  for (let closed = open.pop(); closed; closed = open.pop()) {
    problem(closed.at, 'a conditional without `endif`');
    body().push({ kind: 'if', at: closed.at, branches: closed.branches });
  }
  return { statements, problems, lines };
}

/** An odd number of backslashes: the last is no other's second. */
function endsInBackslash(line: string): boolean {
  let count = 0;
  while (count < line.length && line.charCodeAt(line.length - 1 - count) === 0x5c) count++;
  return count % 2 === 1;
}

/** The blanks around a line's end become one. */
function joinContinued(parts: readonly string[]): string {
  let joined = parts[0]!.trimEnd();
  for (const part of parts.slice(1)) joined += ` ${part.trim()}`;
  // Blanks at the very end are part of a value.
  return parts.at(-1)!.trim() === '' ? joined : joined + trailingBlanks(parts.at(-1)!);
}

function trailingBlanks(text: string): string {
  return text.slice(text.trimEnd().length);
}

/** The line up to a `#` that is not escaped and not inside a reference; `\#` becomes `#`. */
function stripComment(line: string): string {
  if (!line.includes('#')) return line;
  let kept = '';
  let from = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '$' && (line[at + 1] === '(' || line[at + 1] === '{')) {
      const end = closing(line, at + 2, line.length);
      // What never closes ends with the line.
      if (end < 0) break;
      at = end;
    } else if (character === '#') {
      let backslashes = 0;
      while (backslashes < at && line[at - 1 - backslashes] === '\\') backslashes++;
      // Half of the backslashes before a `#` are there to escape the others.
      kept += line.slice(from, at - Math.ceil(backslashes / 2));
      if (backslashes % 2 === 0) return kept;
      from = at;
    }
  }
  return kept + line.slice(from);
}

interface Assignment {
  name: string;
  operator: Operator;
  value: string;
  export: boolean;
  define: boolean;
}

/** `[export|override|private…] name op value`, or `define name [op]`. */
function parseAssignment(line: string, start: number): Assignment | undefined {
  let exported = false;
  let from = start;
  for (;;) {
    const direct = parseDefinition(line, from);
    if (direct) return { ...direct, export: exported, define: false };
    const [word, rest] = firstWord(line, from);
    if (rest === '') return undefined;
    const after = line.length - rest.length;
    if (word === 'export') exported = true;
    else if (word === 'define') {
      const [name, operator] = divideDefine(rest.trimEnd());
      return { name, operator, value: '', export: exported, define: true };
    } else if (word !== 'override' && word !== 'private') return undefined;
    from = after;
  }
}

/** The name and the operator of a `define`. */
function divideDefine(text: string): [string, Operator] {
  const operator = ['::=', ':=', '+=', '?=', '!=', '='].find((end) => text.endsWith(end));
  if (operator === undefined) return [text, '='];
  return [text.slice(0, -operator.length).trimEnd(), simplified(operator)];
}

function parseDefinition(
  line: string,
  start: number,
): { name: string; operator: Operator; value: string } | undefined {
  let at = start;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === dollar) {
      const next = line[at + 1];
      if (next === '(' || next === '{') {
        const end = closing(line, at + 2, line.length);
        if (end < 0) return undefined;
        at = end + 1;
      } else at += 2;
      continue;
    }
    const isBlank = code === space || code === tab;
    if (isBlank || mayOperate(code)) {
      const operatorStart = isBlank ? firstNonBlank(line, at) : at;
      const operator = operatorAt(line, operatorStart);
      if (operator) {
        if (at === start) return undefined;
        const value = line.slice(firstNonBlank(line, operatorStart + operator.length));
        return { name: line.slice(start, at), operator: simplified(operator), value };
      }
      // A name has no blank in it, and a colon makes a rule.
      if (isBlank || code === colon) return undefined;
    }
    at++;
  }
  return undefined;
}

/** Whether an operator can begin with it: one of `=:+?!`. */
function mayOperate(code: number): boolean {
  return code === 0x3d || code === colon || code === 0x2b || code === 0x3f || code === 0x21;
}

function operatorAt(line: string, at: number): string | undefined {
  const character = line[at];
  if (character === '=') return '=';
  if (character === ':') {
    if (line[at + 1] === '=') return ':=';
    if (line.startsWith('::=', at)) return '::=';
    return undefined;
  }
  if ((character === '+' || character === '?' || character === '!') && line[at + 1] === '=')
    return `${character}=`;
  return undefined;
}

function simplified(operator: string): Operator {
  return operator === '::=' ? ':=' : (operator as Operator);
}

/** The lines up to the `endef` of a `define`; definitions may hold definitions. */
function collectDefine(
  lines: readonly string[],
  from: number,
): { value: string; next: number; closed: boolean } {
  let depth = 1;
  let index = from;
  while (index < lines.length) {
    const line = lines[index]!;
    if (!line.startsWith('\t')) {
      if (/^ *endef(\s|#|$)/.test(line)) depth--;
      else if (/^ *(override +|export +)*define\s/.test(line)) depth++;
      if (depth === 0) {
        return { value: unfold(lines.slice(from, index)), next: index + 1, closed: true };
      }
    }
    index++;
  }
  return { value: unfold(lines.slice(from)), next: lines.length, closed: false };
}

/** The text of a definition; lines that go on are joined. */
function unfold(lines: readonly string[]): string {
  let text = '';
  let continued = false;
  for (const [number, line] of lines.entries()) {
    const goesOn = endsInBackslash(line) && number < lines.length - 1;
    const content = goesOn ? line.slice(0, -1).trimEnd() : line;
    if (number > 0) text += continued ? ' ' : '\n';
    text += continued ? content.trimStart() : content;
    continued = goesOn;
  }
  return text;
}

function parseTest(
  keyword: string,
  rest: string,
  at: Place,
  problem: (at: Place, message: string) => void,
): Test {
  const negated = keyword === 'ifneq' || keyword === 'ifndef';
  if (keyword.endsWith('def')) {
    const name = rest.trim();
    if (name === '') problem(at, `\`${keyword}\` without a name`);
    return { kind: 'defined', negated, name, at };
  }
  const sides = parseSides(rest.trim());
  if (!sides) {
    problem(at, `\`${keyword}\` without two texts to compare`);
    return { kind: 'equal', negated, left: '', right: '', at };
  }
  return { kind: 'equal', negated, ...sides, at };
}

/** `(a,b)`, `"a" "b"` or `'a' 'b'`. */
function parseSides(text: string): { left: string; right: string } | undefined {
  if (text[0] === '(') {
    const comma = delimiter(text, 1, ',');
    if (comma < 0) return undefined;
    const right = firstNonBlank(text, comma + 1);
    const end = delimiter(text, right, ')');
    if (end < 0) return undefined;
    return { left: text.slice(1, comma).trimEnd(), right: text.slice(right, end) };
  }
  const match = /^(?:"([^"]*)"|'([^']*)')\s*(?:"([^"]*)"|'([^']*)')/.exec(text);
  return match ? { left: (match[1] ?? match[2])!, right: (match[3] ?? match[4])! } : undefined;
}

/** Where `wanted` is, outside all round brackets that open from `from` on. */
function delimiter(text: string, from: number, wanted: string): number {
  let count = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === wanted && count <= 0) return at;
    if (character === '(') count++;
    else if (character === ')') count--;
  }
  return -1;
}

/** Whether a colon is outside all references: the line is a rule. */
function hasColon(line: string, start: number): boolean {
  for (let at = start; at < line.length; at++) {
    const character = line[at];
    if (character === ':') return true;
    if (character === '$' && (line[at + 1] === '(' || line[at + 1] === '{')) {
      const end = closing(line, at + 2, line.length);
      if (end < 0) return false;
      at = end;
    }
  }
  return false;
}

/** The first word from `start` on, and what follows it without the blanks between. */
function firstWord(line: string, start: number): [string, string] {
  let begin = start;
  begin = firstNonBlank(line, begin);
  let end = begin;
  while (end < line.length && line[end] !== ' ' && line[end] !== '\t') end++;
  return [line.slice(begin, end), line.slice(firstNonBlank(line, end))];
}

function firstNonBlank(line: string, from: number): number {
  let at = from;
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code !== space && code !== tab && code !== carriageReturn) break;
  }
  return at;
}
