/**
 * Regular expressions as Nix's `match` and `split` have them: POSIX extended
 * syntax, matched as the C++ library's `std::regex` does on which Nix is built.
 * That is not quite POSIX: groups are filled in order of choice, as in Perl, but
 * a search takes the longest of the alternatives. Real Nix decided every case.
 *
 * syntax.ts reads a pattern, program.ts compiles it into an automaton, match.ts
 * runs that in bounded time; native.ts finds the patterns for which JavaScript's
 * own RegExp gives the same answer and may be used. All strings are byte strings,
 * one character per byte; positions are 0-based byte offsets.
 */

import { type Found, MatchTooLarge, matchWhole, Search } from './match.ts';
import { type Native, nativePattern } from './native.ts';
import { compileProgram, type Program } from './program.ts';
import { readSyntax, type Syntax, SyntaxProblem } from './syntax.ts';

/** A pattern that Nix refuses, or one that needs more memory than allowed. The message is Nix's. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

/** A match within a text. Groups 1..n; null for one that took no part. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: (string | null)[];
}

/** Above this estimate of steps the native way is left. */
const maxNativeCost = 5_000_000;
/** Longer patterns are not examined for the native way. */
const maxNativePattern = 1_000;

/** Compile a pattern. Throws {@link RegexError}. Compiling is not cheap: keep the result. */
export function compile(pattern: string): Regex {
  return guarded(pattern, () => new Regex(pattern, readSyntax(pattern)));
}

function guarded<T>(pattern: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SyntaxProblem && !error.tooLarge) {
      throw new RegexError(`invalid regular expression '${pattern}'`);
    }
    if (error instanceof SyntaxProblem || error instanceof MatchTooLarge || error instanceof RangeError) {
      throw new RegexError(`memory limit exceeded by regular expression '${pattern}'`);
    }
    throw error;
  }
}

/** A compiled pattern; see {@link compile}. */
export class Regex {
  readonly pattern: string;
  /** How many groups the pattern has. */
  readonly groupCount: number;
  private readonly syntax: Syntax;
  private readonly native: Native | undefined;
  private compiled: Program | undefined;
  private nativeWhole: RegExp | undefined;
  private nativeSearch: RegExp | undefined;

  /** @internal */
  constructor(pattern: string, syntax: Syntax) {
    this.pattern = pattern;
    this.syntax = syntax;
    this.groupCount = syntax.groups;
    this.native = pattern.length <= maxNativePattern ? nativePattern(syntax) : undefined;
  }

  /** Match the whole text; the groups 1..n, or null. */
  match(text: string): (string | null)[] | null {
    if (this.native !== undefined && this.native.wholeCost(text.length) <= maxNativeCost) {
      this.nativeWhole ??= new RegExp(`^(?:${this.native.source})$`);
      const found = attempt(this.nativeWhole, text);
      if (found !== undefined) return found === null ? null : nativeGroups(found);
    }
    return guarded(this.pattern, () => {
      const slots = matchWhole(this.program(), text);
      return slots === null ? null : slotGroups(slots, text);
    });
  }

  /** The first match that starts at or after `from`; `^` holds at 0 only. */
  exec(text: string, from: number): RegexMatch | null {
    if (from > text.length) return null;
    if (this.isNativeFor(text)) {
      const found = this.searchNatively(text, from);
      if (found !== undefined) return found;
    }
    return guarded(this.pattern, () => toMatch(new Search(this.program(), text).find(from, false), text));
  }

  /**
   * All matches from left to right, as `split` takes them: after an empty match
   * one that is not empty is tried at the same place, then the search goes on
   * one byte further.
   */
  *matchAll(text: string): Generator<RegexMatch, void, undefined> {
    let from = 0;
    if (this.isNativeFor(text)) {
      for (;;) {
        const found = this.searchNatively(text, from);
        if (found === undefined) break;
        if (found === null) return;
        yield found;
        from = found.end;
      }
    }
    const search = guarded(this.pattern, () => new Search(this.program(), text));
    const find = (at: number, here: boolean): RegexMatch | null =>
      guarded(this.pattern, () => toMatch(search.find(at, here), text));
    let found = find(from, false);
    while (found !== null) {
      yield found;
      from = found.end;
      if (found.start < from) {
        found = find(from, false);
        continue;
      }
      if (from === text.length) return;
      found = find(from, true) ?? find(from + 1, false);
    }
  }

  private isNativeFor(text: string): boolean {
    return this.native?.searchable === true && this.native.searchCost(text.length) <= maxNativeCost;
  }

  /** Undefined when the native way failed for want of memory. */
  private searchNatively(text: string, from: number): RegexMatch | null | undefined {
    this.nativeSearch ??= new RegExp(this.native!.source, 'g');
    this.nativeSearch.lastIndex = from;
    const found = attempt(this.nativeSearch, text);
    if (!found) return found;
    return { start: found.index, end: found.index + found[0].length, groups: nativeGroups(found) };
  }

  private program(): Program {
    this.compiled ??= compileProgram(this.syntax);
    return this.compiled;
  }
}

/** JavaScript's RegExp throws when its own stack is full. */
function attempt(regex: RegExp, text: string): RegExpExecArray | null | undefined {
  try {
    return regex.exec(text);
  } catch {
    return undefined;
  }
}

function nativeGroups(found: RegExpExecArray): (string | null)[] {
  const groups: (string | null)[] = [];
  for (let i = 1; i < found.length; i++) groups.push(found[i] ?? null);
  return groups;
}

function slotGroups(slots: Int32Array, text: string): (string | null)[] {
  const groups: (string | null)[] = [];
  for (let i = 2; i < slots.length; i += 2) {
    const end = slots[i + 1]!;
    groups.push(end < 0 ? null : text.slice(slots[i]!, end));
  }
  return groups;
}

function toMatch(found: Found | null, text: string): RegexMatch | null {
  if (found === null) return null;
  return { start: found.start, end: found.end, groups: slotGroups(found.slots, text) };
}
