/**
 * Make's functions on values (manual: 8 Functions for Transforming Text). Most work word by word, and a word keeps its
 * guard. A function whose effect is outside the makefile is nothing here (`info`, `error`, `file`); what a command prints is
 * unknown.
 *
 * Words that a function returns are divided by gaps: one blank between what is there, as make does it.
 */
import { always, type Guard, never } from './guards.ts';
import { LimitError, limits } from './limits.ts';
import type { Template } from './template.ts';
import { constant, empty, gap, isUnknown, type Piece, type Texts, type Value } from './texts.ts';

/** What functions need of the evaluation they are called in. */
export interface Evaluation {
  readonly texts: Texts;
  expand(template: Template, within: Guard): Value;
  /** Expands with a variable that has this value meanwhile. */
  expandWith(name: string, value: Value, template: Template, within: Guard): Value;
  read(name: string, within: Guard): Value;
  /** The variable's text as it was written. */
  rawText(name: string, within: Guard): Value;
  /** Where the variable is defined; where it is one that `:=` made. */
  definedWhere(name: string): { defined: Guard; simple: Guard };
  call(name: string, args: readonly Value[], within: Guard): Value;
  /** Reads text as lines of the makefile. */
  evaluateText(text: string, within: Guard): void;
  /** A value that nobody knows, and another one for each call. */
  unknown(what: string): Value;
  /** A condition that nobody can tell, and another one for each call. */
  maybe(): Guard;
  files(pattern: string): readonly string[];
}

type Arguments = readonly Template[];
type MakeFunction = (evaluation: Evaluation, args: Arguments, within: Guard) => Value;

export function callFunction(
  evaluation: Evaluation,
  name: string,
  args: Arguments,
  within: Guard,
): Value | undefined {
  return table[name]?.(evaluation, args, within);
}

const table: Readonly<Record<string, MakeFunction>> = {
  __proto__: null as never,
  subst: substitute,
  patsubst: (evaluation, args, within) => {
    const text = argument(evaluation, args, 2, within);
    return overTexts(evaluation, [args[0], args[1]], within, ([pattern, replacement], guard) => {
      const change = (word: string): string => substitutePattern(word, pattern!, replacement!);
      // Without a `%` make keeps the blanks, as if it were `subst`.
      if (!pattern!.includes('%'))
        return textwise(evaluation, text, guard, (old) => old.replace(/[^ \t\n\r\f\v]+/g, change), change);
      const words = evaluation.texts.words(text, guard);
      return listed(words.map((word) => ({ guard: word.guard, text: change(word.text) })));
    });
  },
  strip: wordwise((word) => word),
  findstring: (evaluation, args, within) =>
    overTexts(evaluation, [args[0], args[1]], within, ([wanted, text], guard) =>
      text!.includes(wanted!)
        ? [{ guard, text: wanted! }]
        : isUnknown(text!)
          ? evaluation.texts.where(guard, evaluation.unknown('findstring'))
          : empty,
    ),
  filter: (evaluation, args, within) => filter(evaluation, args, within, true),
  'filter-out': (evaluation, args, within) => filter(evaluation, args, within, false),
  sort: (evaluation, args, within) => {
    const { guards } = evaluation.texts;
    const found = new Map<string, Guard>();
    for (const { guard, text } of evaluation.texts.words(argument(evaluation, args, 0, within), within))
      found.set(text, guards.or(found.get(text) ?? never, guard));
    const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    return listed(sorted.map(([text, guard]) => ({ guard, text })));
  },
  word: (evaluation, args, within) =>
    overTexts(evaluation, [args[0]], within, ([number], guard) =>
      nthWords(evaluation, argument(evaluation, args, 1, guard), guard, Number(number), Number(number)),
    ),
  wordlist: (evaluation, args, within) =>
    overTexts(evaluation, [args[0], args[1]], within, ([first, last], guard) =>
      nthWords(evaluation, argument(evaluation, args, 2, guard), guard, Number(first), Number(last)),
    ),
  words: (evaluation, args, within) => {
    const counts = new Map<number, Guard>([[0, within]]);
    const { guards } = evaluation.texts;
    for (const { guard } of evaluation.texts.words(argument(evaluation, args, 0, within), within)) {
      if (counts.size > limits.texts) throw new LimitError('`words` has too many results');
      evaluation.texts.spend(counts.size);
      for (const [count, where] of [...counts].sort(([a], [b]) => b - a)) {
        const both = guards.and(where, guard);
        if (both === never) continue;
        counts.set(count + 1, guards.or(counts.get(count + 1) ?? never, both));
        counts.set(count, guards.without(where, guard));
      }
    }
    return Array.from(counts, ([count, guard]) => ({ guard, text: String(count) }));
  },
  firstword: (evaluation, args, within) =>
    nthWords(evaluation, argument(evaluation, args, 0, within), within, 1, 1),
  lastword: (evaluation, args, within) => {
    const { guards } = evaluation.texts;
    const words = evaluation.texts.words(argument(evaluation, args, 0, within), within);
    const found: Piece[] = [];
    let rest = within;
    for (const { guard, text } of words.reverse()) {
      const last = guards.and(rest, guard);
      if (last !== never) found.push({ guard: last, text });
      rest = guards.without(rest, guard);
    }
    return found;
  },
  dir: wordwise((word) => word.slice(0, word.lastIndexOf('/') + 1) || './'),
  notdir: wordwise((word) => word.slice(word.lastIndexOf('/') + 1)),
  suffix: wordwise((word) => word.slice(stem(word).length)),
  basename: wordwise(stem),
  addprefix: (evaluation, args, within) => affixed(evaluation, args, within, (affix, word) => affix + word),
  addsuffix: (evaluation, args, within) => affixed(evaluation, args, within, (affix, word) => word + affix),
  join: (evaluation, args, within) =>
    overTexts(evaluation, [args[0], args[1]], within, ([left, right], guard) => {
      const lefts = wordsOf(left!);
      const rights = wordsOf(right!);
      const joined = Array.from(
        { length: Math.max(lefts.length, rights.length) },
        (_, index) => (lefts[index] ?? '') + (rights[index] ?? ''),
      );
      return [{ guard, text: joined.join(' ') }];
    }),
  wildcard: (evaluation, args, within) => {
    const patterns = evaluation.texts.words(argument(evaluation, args, 0, within), within);
    return listed(
      patterns.flatMap(({ guard, text }) =>
        isUnknown(text) ? [] : evaluation.files(text).map((file) => ({ guard, text: file })),
      ),
    );
  },
  realpath: wordwise(normalPath),
  abspath: wordwise(normalPath),
  foreach: (evaluation, args, within) => {
    const { texts } = evaluation;
    const { guards } = texts;
    const list = texts.words(argument(evaluation, args, 1, within), within);
    const body = args[2] ?? [];
    return overTexts(evaluation, [args[0]], within, ([name], guard) => {
      const rounds: { guard: Guard; value: Value }[] = [];
      for (const word of list) {
        const both = guards.and(word.guard, guard);
        if (both === never) continue;
        const value = evaluation.expandWith(name!.trim(), constant(word.text), body, both);
        rounds.push({ guard: both, value: texts.where(both, value) });
      }
      // A blank follows each round but the last, even if it gave nothing; mostly it gives something.
      const isFilled = rounds.every((round) => guards.implies(round.guard, texts.filled(round.value)));
      const pieces: Piece[] = [];
      let before: Guard = never;
      for (const round of rounds) {
        if (isFilled) append(pieces, [gap, ...round.value]);
        else {
          const blank = { guard: guards.and(before, round.guard), text: ' ' };
          append(pieces, [...(blank.guard === never ? [] : [blank]), ...texts.exact(round.value)]);
          before = guards.or(before, round.guard);
        }
      }
      return pieces;
    });
  },
  if: (evaluation, args, within) => {
    const { texts } = evaluation;
    const met = texts.guards.and(within, texts.filled(argument(evaluation, args, 0, within)));
    const unmet = texts.guards.without(within, met);
    return [
      ...texts.where(met, argument(evaluation, args, 1, met)),
      ...texts.where(unmet, argument(evaluation, args, 2, unmet)),
    ];
  },
  or: (evaluation, args, within) => {
    const { texts } = evaluation;
    const pieces: Piece[] = [];
    let rest = within;
    for (const index of args.keys()) {
      if (rest === never) break;
      const value = texts.exact(argument(evaluation, args, index, rest));
      append(pieces, texts.where(rest, value));
      rest = texts.guards.without(rest, texts.filled(value));
    }
    return pieces;
  },
  and: (evaluation, args, within) => {
    const { texts } = evaluation;
    let rest = within;
    let value: Value = empty;
    for (const index of args.keys()) {
      if (rest === never) return empty;
      value = argument(evaluation, args, index, rest);
      rest = texts.guards.and(rest, texts.filled(value));
    }
    return texts.where(rest, value);
  },
  call: (evaluation, args, within) =>
    overTexts(evaluation, [args[0]], within, ([name], guard) => {
      const trimmed = name!.trim();
      const values = args.slice(1).map((_, index) => argument(evaluation, args, index + 1, guard));
      return evaluation.texts.where(guard, evaluation.call(trimmed, values, guard));
    }),
  value: (evaluation, args, within) =>
    overTexts(evaluation, [args[0]], within, ([name], guard) =>
      evaluation.texts.where(guard, evaluation.rawText(name!, guard)),
    ),
  origin: (evaluation, args, within) =>
    overTexts(evaluation, [args[0]], within, ([name], guard) => {
      const { defined } = evaluation.definedWhere(name!);
      return either(evaluation, guard, defined, 'file', 'undefined');
    }),
  flavor: (evaluation, args, within) =>
    overTexts(evaluation, [args[0]], within, ([name], guard) => {
      const { guards } = evaluation.texts;
      const { defined, simple } = evaluation.definedWhere(name!);
      return [
        ...either(evaluation, guards.and(guard, defined), simple, 'simple', 'recursive'),
        ...either(evaluation, guards.without(guard, defined), always, 'undefined', ''),
      ];
    }),
  eval: (evaluation, args, within) => {
    for (const { guard, text } of evaluation.texts.texts(argument(evaluation, args, 0, within), within))
      if (!isUnknown(text)) evaluation.evaluateText(text, guard);
    return empty;
  },
  shell: (evaluation) => evaluation.unknown('shell'),
  file: () => empty,
  info: () => empty,
  warning: () => empty,
  error: () => empty,
};

/** `$(patsubst …)` and `$(var:from=to)` on one word. Without a `%` the pattern is the whole word. */
export function substitutePattern(word: string, pattern: string, replacement: string): string {
  const percent = pattern.indexOf('%');
  if (percent < 0) return word === pattern ? replacement : word;
  const prefix = pattern.slice(0, percent);
  const suffix = pattern.slice(percent + 1);
  if (!matches(word, prefix, suffix)) return word;
  return replacement.replace('%', () => word.slice(prefix.length, word.length - suffix.length));
}

/** One word after another, with a gap between each two. */
export function listed(words: readonly Piece[]): Value {
  const pieces: Piece[] = [];
  for (const word of words) {
    if (word.text === '') continue;
    if (pieces.length > 0) pieces.push(gap);
    pieces.push(word);
  }
  return pieces;
}

function matches(word: string, prefix: string, suffix: string): boolean {
  return word.length >= prefix.length + suffix.length && word.startsWith(prefix) && word.endsWith(suffix);
}

function argument(evaluation: Evaluation, args: Arguments, index: number, within: Guard): Value {
  const template = args[index];
  return template === undefined ? empty : evaluation.expand(template, within);
}

/** The results for each combination of the texts that arguments can be. */
function overTexts(
  evaluation: Evaluation,
  args: readonly (Template | undefined)[],
  within: Guard,
  result: (texts: string[], guard: Guard) => Value,
): Value {
  const { texts } = evaluation;
  let combinations: { chosen: string[]; guard: Guard }[] = [{ chosen: [], guard: within }];
  for (const template of args) {
    const value = template === undefined ? empty : evaluation.expand(template, within);
    combinations = combinations.flatMap(({ chosen, guard }) =>
      texts.texts(value, guard).map((text) => ({ chosen: [...chosen, text.text], guard: text.guard })),
    );
    if (combinations.length > limits.texts) throw new LimitError('a function has too many arguments');
  }
  if (combinations.length === 1) return result(combinations[0]!.chosen, within);
  const pieces: Piece[] = [];
  // The results exclude each other, so they can stand one after another; gaps would divide them.
  for (const { chosen, guard } of combinations)
    append(pieces, texts.where(guard, texts.exact(result(chosen, guard))));
  return pieces;
}

function wordwise(change: (word: string) => string): MakeFunction {
  return (evaluation, args, within) =>
    listed(
      evaluation.texts
        .words(argument(evaluation, args, 0, within), within)
        .map(({ guard, text }) => ({ guard, text: change(text) })),
    );
}

function mapped(
  and: (a: Guard, b: Guard) => Guard,
  words: readonly Piece[],
  within: Guard,
  change: (word: string) => string,
): Value {
  const changed: Piece[] = [];
  for (const { guard, text } of words) {
    const both = and(guard, within);
    if (both !== never) changed.push({ guard: both, text: change(text) });
  }
  return listed(changed);
}

function affixed(
  evaluation: Evaluation,
  args: Arguments,
  within: Guard,
  change: (affix: string, word: string) => string,
): Value {
  const { texts } = evaluation;
  const words = texts.words(argument(evaluation, args, 1, within), within);
  return overTexts(evaluation, [args[0]], within, ([affix], guard) =>
    mapped(texts.guards.and.bind(texts.guards), words, guard, (word) => change(affix!, word)),
  );
}

function filter(evaluation: Evaluation, args: Arguments, within: Guard, keep: boolean): Value {
  const { texts } = evaluation;
  const { guards } = texts;
  const patterns = texts.words(argument(evaluation, args, 0, within), within).map(({ guard, text }) => {
    const percent = text.indexOf('%');
    return { guard, text, percent, prefix: text.slice(0, percent), suffix: text.slice(percent + 1) };
  });
  const kept: Piece[] = [];
  for (const { guard, text } of texts.words(argument(evaluation, args, 1, within), within)) {
    let matched: Guard = never;
    const open = isUnknown(text);
    for (const pattern of patterns) {
      const fits =
        pattern.percent < 0
          ? open || isUnknown(pattern.text)
            ? texts.same(text, pattern.text)
            : pattern.text === text
              ? always
              : never
          : matches(text, pattern.prefix, pattern.suffix)
            ? always
            : open
              ? evaluation.maybe()
              : never;
      matched = guards.or(matched, guards.and(fits, pattern.guard));
    }
    texts.spend(patterns.length);
    const both = keep ? guards.and(guard, matched) : guards.without(guard, matched);
    if (both !== never) kept.push({ guard: both, text });
  }
  return listed(kept);
}

/** The words from the `first` to the `last`, from 1. */
function nthWords(evaluation: Evaluation, value: Value, within: Guard, first: number, last: number): Value {
  const { texts } = evaluation;
  const { guards } = texts;
  // How many words were before, and where.
  let counts = new Map<number, Guard>([[0, within]]);
  const found: Piece[] = [];
  for (const { guard, text } of texts.words(value, within)) {
    const next = new Map<number, Guard>();
    const add = (count: number, where: Guard): void => {
      if (where !== never) next.set(count, guards.or(next.get(count) ?? never, where));
    };
    let chosen: Guard = never;
    for (const [count, where] of counts) {
      const both = guards.and(where, guard);
      if (count + 1 >= first && count + 1 <= last) chosen = guards.or(chosen, both);
      if (count + 1 < last) add(count + 1, both);
      add(count, guards.without(where, guard));
    }
    if (chosen !== never) found.push({ guard: chosen, text });
    if (next.size > limits.texts) throw new LimitError('a word can be at too many places');
    texts.spend(next.size);
    counts = next;
    if (counts.size === 0) break;
  }
  return listed(found);
}

/** `$(subst from,to,text)`. */
function substitute(evaluation: Evaluation, args: Arguments, within: Guard): Value {
  const text = argument(evaluation, args, 2, within);
  return overTexts(evaluation, [args[0], args[1]], within, ([from, to], guard) => {
    const change = (old: string): string => {
      if (from === '') return old + to;
      const changed = old.replaceAll(from!, () => to!);
      if (changed.length > limits.characters) throw new LimitError('a text is too long');
      return changed;
    };
    const wordwise = from !== '' && !/\s/.test(from!);
    return textwise(evaluation, text, guard, change, wordwise ? change : null);
  });
}

/**
 * Each text that a value can be, changed as a whole. The words of a long list are changed one by one, where that can be;
 * blanks between them are then one each.
 */
function textwise(
  evaluation: Evaluation,
  value: Value,
  within: Guard,
  change: (text: string) => string,
  changeWord: ((word: string) => string) | null,
): Value {
  const { texts } = evaluation;
  if (value.length > 12 && changeWord)
    return listed(texts.words(value, within).map(({ guard, text }) => ({ guard, text: changeWord(text) })));
  return texts.texts(value, within).map(({ guard, text }) => ({ guard, text: change(text) }));
}

function either(evaluation: Evaluation, within: Guard, met: Guard, yes: string, no: string): Value {
  const { guards } = evaluation.texts;
  const both = guards.and(within, met);
  const rest = guards.without(within, met);
  return [
    ...(both === never ? [] : [{ guard: both, text: yes }]),
    ...(rest === never ? [] : [{ guard: rest, text: no }]),
  ];
}

function append(pieces: Piece[], value: Value): void {
  if (pieces.length + value.length > limits.pieces) throw new LimitError('a value has too many pieces');
  for (const piece of value) pieces.push(piece);
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function stem(word: string): string {
  const dot = word.lastIndexOf('.');
  return dot > word.lastIndexOf('/') ? word.slice(0, dot) : word;
}

function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + (parts.join('/') || (path.startsWith('/') ? '' : '.'));
}
