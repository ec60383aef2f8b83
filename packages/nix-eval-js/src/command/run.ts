/**
 * The command: arguments and a host in, two streams of bytes and an exit code out. Nothing here touches the
 * process, so that it runs in a worker too.
 */

import { nixVersion } from '../builtins/all.ts';
import { lookUp } from '../builtins/find-file.ts';
import { compileProgram } from '../compile/compiler.ts';
import { selectPath } from '../eval/attr-path.ts';
import { type Attrs, attrsOf } from '../eval/attrs.ts';
import { encodeText } from '../eval/bytes.ts';
import { coerceToString } from '../eval/coerce.ts';
import { findDerivations } from '../eval/derivations.ts';
import { NixError } from '../eval/errors.ts';
import { Evaluator, type SearchPathEntry } from '../eval/evaluator.ts';
import { guard } from '../eval/guard.ts';
import { parentOf } from '../eval/types.ts';
import { type Slot, Thunk, type Value } from '../eval/values.ts';
import type { Host } from '../host/host.ts';
import { showError, showMessage, trimEnd } from '../print/error.ts';
import { toJson } from '../print/json.ts';
import { printResult } from '../print/value.ts';
import { writeXml } from '../print/xml.ts';
import { type Parsed, type ParseWarning, parseSource } from '../syntax/parser.ts';
import { showExpr } from '../syntax/print.ts';
import { Source } from '../syntax/source.ts';
import { logText } from '../text/terminal.ts';
import { type Arguments, parseArguments, UsageError } from './arguments.ts';
import { usage } from './usage.ts';

export interface Streams {
  out(bytes: string): void;
  /** Lines of the log, without their end. */
  log(line: string): void;
  stdin(): string;
}

/** Thrown instead of reported: the JavaScript stack was too small, not Nix's. */
export class StackTooSmall extends Error {}

function searchPath(host: Host, args: Arguments): SearchPathEntry[] {
  if (args.pure) return [];
  const given = [...args.searchPath.map(encodeText)];
  const fromEnv = host.env('NIX_PATH');
  if (fromEnv !== undefined && fromEnv !== '') {
    // A colon separates entries unless it is of a URL.
    given.push(...fromEnv.split(/:(?!\/\/)/));
  }
  return given.map((entry) => {
    const equals = entry.indexOf('=');
    return equals < 0
      ? { prefix: '', path: entry }
      : { prefix: entry.slice(0, equals), path: entry.slice(equals + 1) };
  });
}

/** Runs the command; the result is its exit code. */
export function run(argv: readonly string[], host: Host, streams: Streams, name = 'nix-eval-js'): number {
  const log = (text: string): void => streams.log(logText(text));
  const advice = `Try '${name} --help' for more information.`;
  let args: Arguments;
  try {
    args = parseArguments(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    streams.log(`error: ${encodeText(error.message)}\n${advice}`);
    return 1;
  }
  if (args.help) {
    streams.out(usage);
    return 0;
  }
  if (args.version) {
    streams.out(`nix-eval-js (as Nix) ${nixVersion}\n`);
    return 0;
  }
  const warn = ({ message, error, evaluation }: ParseWarning): void => {
    const prefix = evaluation === true ? 'evaluation warning: ' : 'warning: ';
    // A message that starts on a line of its own is left as it is.
    if (evaluation === true && message.startsWith('\n')) log(trimEnd(prefix) + trimEnd(message));
    else if (evaluation === true) log(showMessage(new NixError('eval', message), prefix, false));
    else if (error !== undefined) log(showMessage(error, prefix, args.showTrace));
    else log(prefix + message);
  };
  const ev = new Evaluator({
    host,
    searchPath: searchPath(host, args),
    showTrace: args.showTrace,
    pure: args.pure,
    traceVerbose: args.traceVerbose,
    abortOnWarn: args.abortOnWarn || /^(1|true|yes)$/i.test(host.env('NIX_ABORT_ON_WARN') ?? ''),
    features: args.features,
    limits: {
      depth: args.maxCallDepth,
      time: args.timeout === undefined ? undefined : args.timeout * 1000,
    },
    lintUrls: args.lintUrls,
    lintShortPaths: args.lintShortPaths,
    lintAbsolutePaths: args.lintAbsolutePaths,
    onTrace: log,
    onWarning: warn,
  });
  try {
    guard(ev, () => runWith(ev, args, streams));
    return 0;
  } catch (error) {
    if (!(error instanceof NixError)) throw error;
    if (error.native) throw new StackTooSmall();
    log(showError(error, args.showTrace));
    if (error.code === 'usage') log(advice);
    return 1;
  }
}

function parseFile(ev: Evaluator, file: string): Parsed {
  const path = ev.files.resolveExpression(file);
  const source = new Source({ kind: 'file', path }, ev.host.readFile(ev.files.resolve(path, true)));
  return parseSource(source, ev.parseOptions(parentOf(path)));
}

function fileArgument(ev: Evaluator, name: string): string {
  if (name.startsWith('<') && name.endsWith('>')) {
    return lookUp(ev, ev.options.searchPath ?? [], name.slice(1, -1));
  }
  if (/^(https?|channel|flake):/.test(name)) {
    ev.fail('unsupported', `unable to fetch '${name}': this evaluator does not use the network`);
  }
  return ev.files.canon(name, ev.host.workingDirectory);
}

function runWith(ev: Evaluator, args: Arguments, streams: Streams): void {
  const here = ev.host.workingDirectory;
  const parseText = (text: string, kind: 'string' | 'stdin'): Parsed =>
    parseSource(new Source({ kind }, text), ev.parseOptions(here));
  const autoArgs = attrsOf(
    args.autoArgs.map(({ name, expr, text }): readonly [string, Slot] => {
      if (expr === undefined) return [encodeText(name), encodeText(text ?? '')];
      const parsed = parseText(encodeText(expr), 'string');
      return [encodeText(name), new Thunk(compileProgram(ev, parsed, ev.scope), [])];
    }),
  );
  const files = args.files.map(encodeText);
  if (args.findFile) {
    for (const name of files) streams.out(`${lookUp(ev, ev.options.searchPath ?? [], name)}\n`);
    return;
  }
  if (args.stdin) processExpression(ev, args, autoArgs, parseText(streams.stdin(), 'stdin'), streams);
  else if (files.length === 0 && !args.fromArgs) files.push('./default.nix');
  for (const name of files) {
    const parsed = args.fromArgs ? parseText(name, 'string') : parseFile(ev, fileArgument(ev, name));
    processExpression(ev, args, autoArgs, parsed, streams);
  }
}

/** One expression: parsed, evaluated or instantiated, and printed. */
function processExpression(
  ev: Evaluator,
  args: Arguments,
  autoArgs: Attrs,
  parsed: Parsed,
  streams: Streams,
): void {
  const code = compileProgram(ev, parsed, ev.scope);
  if (args.parse) {
    streams.out(`${showExpr(parsed.expr)}\n`);
    return;
  }
  const root = code([]);
  for (const attr of args.attrs.length === 0 ? [''] : args.attrs) {
    const selected = selectPath(ev, encodeText(attr), autoArgs, root);
    if (args.evaluate) {
      const value = autoArgs.size === 0 ? selected : ev.autoCall(autoArgs, selected);
      print(ev, args, value, (bytes) => streams.out(bytes));
    } else {
      for (const { drvPath, output } of findDerivations(ev, selected, autoArgs)) {
        streams.out(`${drvPath}${output === 'out' ? '' : `!${output}`}\n`);
      }
    }
  }
}

function print(ev: Evaluator, args: Arguments, value: Value, write: (bytes: string) => void): void {
  const context = new Set<string>();
  switch (args.output) {
    case 'raw':
      write(coerceToString(ev, 0, value, context, 'while generating the nix-instantiate output'));
      break;
    case 'xml':
      writeXml(ev, value, { strict: args.strict, location: args.location, into: context }, write);
      break;
    case 'json':
      write(`${toJson(ev, value, args.strict, 0, context)}\n`);
      break;
    case 'plain':
      if (args.strict) ev.forceDeep(value);
      write(`${printResult(value)}\n`);
  }
}
