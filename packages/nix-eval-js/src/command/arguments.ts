/** The command line: the flags of nix-instantiate, and those of Nix's settings that make a difference here. */
import type { LintLevel } from '../syntax/parser.ts';

export interface Arguments {
  readonly files: string[];
  readonly attrs: string[];
  /** In order: name, and an expression or a string. */
  readonly autoArgs: { readonly name: string; readonly expr?: string; readonly text?: string }[];
  readonly searchPath: string[];
  readonly features: string[];
  fromArgs: boolean;
  stdin: boolean;
  evaluate: boolean;
  parse: boolean;
  strict: boolean;
  instantiate: boolean;
  findFile: boolean;
  output: 'plain' | 'json' | 'xml' | 'raw';
  location: boolean;
  showTrace: boolean;
  pure: boolean;
  restricted: boolean;
  traceVerbose: boolean;
  abortOnWarn: boolean;
  maxCallDepth: number | undefined;
  timeout: number | undefined;
  lintUrls: LintLevel;
  lintShortPaths: LintLevel;
  lintAbsolutePaths: LintLevel;
  help: boolean;
  version: boolean;
}

export class UsageError extends Error {}

const lintLevels = ['ignore', 'warn', 'fatal'];

/** Flags that are taken and make no difference, with the number of their arguments. */
const ignored: Record<string, number> = {
  '--indirect': 0,
  '--read-write-mode': 0,
  '--readonly-mode': 0,
  '--dry-run': 0,
  '--quiet': 0,
  '-q': 0,
  '--verbose': 0,
  '-v': 0,
  '--debug': 0,
  '--repair': 0,
  '--no-build-output': 0,
  '-Q': 0,
  '--keep-going': 0,
  '-k': 0,
  '--impure': 0,
  '--add-root': 1,
  '--store': 1,
  '--eval-store': 1,
  '--log-format': 1,
  '--max-jobs': 1,
  '-j': 1,
  '--cores': 1,
  // Of builds.
  '--timeout': 1,
};

export function parseArguments(argv: readonly string[]): Arguments {
  const args: Arguments = {
    files: [],
    attrs: [],
    autoArgs: [],
    searchPath: [],
    features: [],
    fromArgs: false,
    stdin: false,
    evaluate: false,
    parse: false,
    strict: false,
    instantiate: false,
    findFile: false,
    output: 'plain',
    location: true,
    showTrace: false,
    pure: false,
    restricted: false,
    traceVerbose: false,
    abortOnWarn: false,
    maxCallDepth: undefined,
    timeout: undefined,
    lintUrls: 'ignore',
    lintShortPaths: 'ignore',
    lintAbsolutePaths: 'ignore',
    help: false,
    version: false,
  };
  const rest = [...argv];
  const take = (flag: string): string => {
    const value = rest.shift();
    if (value === undefined)
      throw new UsageError(`flag '${flag}' requires 1 argument, but only 0 were given`);
    return value;
  };
  const number = (flag: string): number => {
    const value = take(flag);
    if (!/^[0-9]+$/.test(value)) throw new UsageError(`'${value}' is not an integer`);
    return Number(value);
  };
  const lint = (flag: string): LintLevel => {
    const value = take(flag);
    if (!lintLevels.includes(value))
      throw new UsageError(`'${value}' is not one of ${lintLevels.join(', ')}`);
    return value as LintLevel;
  };
  for (let flag = rest.shift(); flag !== undefined; flag = rest.shift()) {
    switch (flag) {
      case '--help':
        args.help = true;
        break;
      case '--version':
        args.version = true;
        break;
      case '-':
        args.stdin = true;
        break;
      case '--expr':
      case '-E':
        args.fromArgs = true;
        break;
      case '--eval':
      case '--eval-only':
        args.evaluate = true;
        break;
      case '--instantiate':
        args.instantiate = true;
        break;
      case '--parse':
      case '--parse-only':
        args.parse = true;
        args.evaluate = true;
        break;
      case '--find-file':
        args.findFile = true;
        break;
      case '-f':
      case '--file':
        args.files.push(take(flag));
        break;
      case '--attr':
      case '-A':
        args.attrs.push(take(flag));
        break;
      case '--arg':
        args.autoArgs.push({ name: take(flag), expr: take(flag) });
        break;
      case '--argstr':
        args.autoArgs.push({ name: take(flag), text: take(flag) });
        break;
      case '-I':
      case '--include':
        args.searchPath.push(take(flag));
        break;
      case '--raw':
        args.output = 'raw';
        break;
      case '--json':
        args.output = 'json';
        break;
      case '--xml':
        args.output = 'xml';
        break;
      case '--no-location':
        args.location = false;
        break;
      case '--strict':
        args.strict = true;
        break;
      case '--show-trace':
        args.showTrace = true;
        break;
      case '--no-show-trace':
        args.showTrace = false;
        break;
      case '--trace-verbose':
        args.traceVerbose = true;
        break;
      case '--abort-on-warn':
        args.abortOnWarn = true;
        break;
      case '--pure-eval':
        args.pure = true;
        break;
      case '--restrict-eval':
        args.restricted = true;
        break;
      case '--max-call-depth':
        args.maxCallDepth = number(flag);
        break;
      case '--eval-timeout':
        args.timeout = number(flag);
        break;
      case '--extra-experimental-features':
      case '--experimental-features':
        args.features.push(...take(flag).split(/\s+/));
        break;
      case '--lint-url-literals':
        args.lintUrls = lint(flag);
        break;
      case '--lint-short-path-literals':
        args.lintShortPaths = lint(flag);
        break;
      case '--lint-absolute-path-literals':
        args.lintAbsolutePaths = lint(flag);
        break;
      case '--option': {
        const name = take(flag);
        const value = take(flag);
        if (value === 'true') rest.unshift(`--${name}`);
        else if (value !== 'false') rest.unshift(`--${name}`, value);
        break;
      }
      default: {
        if (/^-I./.test(flag)) args.searchPath.push(flag.slice(2));
        else if (Object.hasOwn(ignored, flag)) rest.splice(0, ignored[flag]);
        else if (flag.startsWith('-')) throw new UsageError(`unrecognised flag '${flag}'`);
        else args.files.push(flag);
      }
    }
  }
  return args;
}
