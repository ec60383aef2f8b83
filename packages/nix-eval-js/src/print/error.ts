/** Errors as Nix prints them: the trace, outermost first, then the message; code frames around positions. */
import type { NixError, Trace } from '../eval/errors.ts';
import { type Position, type Positions, showPosition } from '../syntax/source.ts';

/** The lines around a position, with a caret; each starts with a newline. */
export function codeFrame(position: Position): string {
  const { source, line, column } = position;
  const numbered = (number: number): string => {
    const text = source.line(number);
    return text === undefined ? '' : `\n ${String(number).padStart(5)}| ${text}`;
  };
  let out = line > 1 ? numbered(line - 1) : '';
  if (source.line(line) !== undefined) out += `${numbered(line)}\n      |${' '.repeat(column)}^`;
  return out + numbered(line + 1);
}

function showPlace(position: Position | undefined, indent: string): string {
  if (position === undefined) return '';
  return `${indent}at ${showPosition(position)}:${codeFrame(position)}\n`;
}

const ellipsis = '\xe2\x80\xa6';

/** Drops what ends lines without being seen, and indents all but the first. */
function indentRest(first: string, text: string): string {
  const rest = ' '.repeat(first.length);
  const lines = trimEnd(text).split('\n');
  return lines.map((line, i) => trimEnd((i === 0 ? first : rest) + line)).join('\n');
}

/** Without the white space of ASCII at its end: a byte above may be a part of a character. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[ \t\n\v\f\r]/.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** The whole message as bytes, without a final newline. */
export function showError(error: NixError, showTrace: boolean): string {
  return showMessage(error, 'error: ', showTrace);
}

export function showMessage(error: NixError, prefix: string, showTrace: boolean): string {
  let out = '';
  if (error.traces.length > 0) out = `${showTraces(error.traces, error.positions, showTrace)}\n${prefix}`;
  out += `${error.bytes}\n${showPlace(error.position, '')}`;
  const { suggestions } = error;
  if (suggestions.length > 0) out += `Did you mean ${list(suggestions)}?\n`;
  return indentRest(prefix, out);
}

function list(names: readonly string[]): string {
  if (names.length === 1) return names[0]!;
  return `one of ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Longer traces are cut short, whatever was asked for: lines may be long, and frames many. */
const longest = 2 ** 26;

/** More frames than this that were printed before are only counted. */
const repeatedShown = 5;

function showTraces(traces: readonly Trace[], positions: Positions | undefined, showTrace: boolean): string {
  let out = '';
  let count = 0;
  let truncated = false;
  const seen = new Set<string>();
  let repeated: Trace[] = [];
  const show = (trace: Trace): void => {
    const place = showPlace(positions?.resolve(trace.pos), '  ');
    out += `\n${ellipsis} ${trace.text}\n${place}`;
    if (place !== '') count++;
  };
  const flush = (): void => {
    if (repeated.length <= repeatedShown) repeated.forEach(show);
    else out += `\n(${repeated.length} duplicate frames omitted)\n`;
    repeated = [];
  };
  for (let i = traces.length - 1; i >= 0; i--) {
    const trace = traces[i]!;
    if ((!showTrace && count > 3) || out.length > longest) truncated = true;
    if (truncated && !trace.always) continue;
    const key = `${trace.pos} ${trace.text}`;
    if (seen.has(key)) {
      repeated.push(trace);
      continue;
    }
    seen.add(key);
    flush();
    count++;
    show(trace);
  }
  flush();
  if (truncated) {
    out += "\n(stack trace truncated; use '--show-trace' to show the full, detailed trace)\n";
  }
  return out;
}
