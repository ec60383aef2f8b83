/** The command line: yargs knows the commands and flags; what they do is one file each. */
import yargs, { type Argv, type Options } from 'yargs';
import package_ from '../../package.json' with { type: 'json' };
import { severities } from '../diagnostics/codes.ts';
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { deviceNames } from '../liminix/names.ts';
import { Apart } from './apart.ts';
import { generate } from './generate.ts';
import type { Io } from './io.ts';
import { exitCode, Report } from './report.ts';
import { usage } from './usage.ts';

const text = (describe: string, more: Options = {}) =>
  ({ type: 'string', requiresArg: true, describe, ...more }) as const;
const flag = (describe: string) => ({ type: 'boolean', default: false, describe }) as const;

const outputFlags = {
  json: flag('print one JSON object instead of text'),
  quiet: flag('print errors only'),
};

const generateFlags = {
  targets: text('a target list, - for standard input, or modules: a,b [nearest kmod.yaml]'),
  out: text('folder to write to [kmod/ beside the list]'),
  name: text('name of the loader for modules given by name [modules]'),
  'dry-run': flag('say what would be written'),
  diff: flag('show what would change'),
  check: flag('fail if the folder is not as the list says'),
  stdout: flag("print one loader's default.nix"),
  force: flag('overwrite and delete what was edited by hand'),
  watch: flag('generate again whenever the list changes'),
  kernel: text('a shipped kernel series, an index, or a source or built tree, to resolve against'),
  build: text('a built kernel, for what is loaded: after make modules, or lib/modules/RELEASE'),
  arch: text("the architecture, as in the kernel's arch/"),
  nearest: flag('take the nearest kernel series that is shipped where the one named is not'),
  'no-cache': flag('read a source tree anew, and remember nothing of it'),
  templates: text('folder of templates that replace shipped ones'),
  compat: { ...text("upstream: behave as Liminix's own loader"), choices: ['upstream'] },
  ...outputFlags,
};

const newFlags = {
  targets: text('a target list, - for standard input, or modules: a,b [what the rules use]'),
  out: text('folder to make the new one in [the working directory]'),
  device: text("router: which of Liminix's devices it is"),
  thin: flag("firewall: Liminix's own with more rules, instead of one of its own"),
  'dry-run': flag('say what would be written'),
  diff: flag('show what would be written, or how what is there differs'),
  templates: text('folder of templates that replace shipped ones'),
  ...outputFlags,
};

const { targets, out, name, kernel, build, arch, nearest, templates, compat } = generateFlags;
const cache = { 'no-cache': generateFlags['no-cache'] };
const checkFlags = {
  ...{ targets, out, name, kernel, build, arch, nearest, ...cache, templates, compat },
  ...outputFlags,
};

const resolveFlags = {
  targets,
  name,
  kernel,
  build,
  arch,
  nearest,
  ...cache,
  all: flag('every module the kernel could have, instead of a list'),
  verify: flag("have the source tree's own make olddefconfig confirm the result; runs the tree's makefiles"),
  flash: text('how large the flash is (16M): fail where the modules of a built kernel do not fit'),
  format: { ...text('config: the assignments of all loaders as a Kconfig fragment'), choices: ['config'] },
  ...outputFlags,
};
const explainFlags = { targets, kernel, build, arch, nearest, ...cache, ...outputFlags };
const indexFlags = {
  kernel: text('the root of a kernel source tree'),
  arch: text('architectures, with commas between them [arm,arm64,mips,x86]'),
  out: text('the index to write [linux-SERIES.kindex]'),
  source: text('where the tree is from, for the record'),
  ...outputFlags,
};

const commands = ['generate', 'check', 'resolve', 'explain', 'index', 'init', 'new', 'completion'];
const flagsOf = {
  check: checkFlags,
  resolve: resolveFlags,
  explain: explainFlags,
  index: indexFlags,
  init: outputFlags,
  new: newFlags,
  completion: {},
};
const kinds = ['firewall', 'module', 'router'];
const everywhere = ['help', 'version', '_', '$0'];

/** Runs gen-kmod with `args`. Returns the exit code, whatever happens. */
export async function run(args: string[], io: Io): Promise<number> {
  const fallback = new Report(io, { json: args.includes('--json'), quiet: false });
  try {
    return await begin(args, io, fallback);
  } catch (error) {
    // Who watches a list leaves by a signal.
    if (isAbort(error) && args.includes('--watch')) return 130;
    const diagnostics = error instanceof Failure ? error.diagnostics : [unexpected(error, args)];
    fallback.result({ version: 1, diagnostics }, new Map());
    return exitCode(diagnostics);
  }
}

async function begin(args: string[], io: Io, fallback: Report): Promise<number> {
  try {
    return await dispatch(args, io, fallback);
  } catch (error) {
    if (!(error instanceof Apart)) throw error;
    return io.apart!(args);
  }
}

function isAbort(error: unknown): boolean {
  return (error as Error).name === 'AbortError';
}

function unexpected(error: unknown, args: string[]): Diagnostic {
  if (isAbort(error)) return diagnostic('interrupted', 'stopped; nothing was changed');
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return diagnostic('internal', 'this is a bug in gen-kmod, not in what you gave it', {
    notes: [
      `gen-kmod ${package_.version}, node ${process.version}, ${process.platform} ${process.arch}`,
      `arguments: ${JSON.stringify(args)}`,
      ...trace.split('\n').map((line) => line.trim()),
    ],
    hint: 'please open an issue where you got gen-kmod from, with these lines and your target list',
  });
}

async function dispatch(args: string[], io: Io, fallback: Report): Promise<number> {
  let code = 0;
  let output = '';
  const app = yargs(args)
    .scriptName('gen-kmod')
    .usage(
      '$0 [generate] [--targets SRC] [flags]\n\nGenerates the Nix that loads and unloads kernel modules on Liminix routers.',
    )
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
    })
    .locale('en')
    .detectLocale(false)
    .command(
      ['generate', '$0'],
      'write the Nix for a target list',
      (command: Argv) =>
        command.options(generateFlags).group(Object.keys(generateFlags), 'Flags of generate:'),
      async (argv) => {
        checkArguments(argv, generateFlags);
        const { 'dry-run': dryRun, json, quiet, _, $0, ...options } = argv as never as Record<string, never>;
        code = await generate({ ...options, dryRun } as never, io, new Report(io, { json, quiet } as never));
      },
    )
    .command(
      'check',
      'fail if the folder is not as the list says, or does not evaluate',
      (command: Argv) => command.options(checkFlags),
      async (argv) => {
        checkArguments(argv, checkFlags);
        const { json, quiet, _, $0, ...options } = argv as never as Record<string, never>;
        const only = { check: true, evaluate: true, diff: false, dryRun: false, stdout: false };
        const all = { ...options, ...only, force: false, watch: false };
        code = await generate(all as never, io, new Report(io, { json, quiet } as never));
      },
    )
    .command(
      'resolve',
      "what a list's modules need of the kernel, and why",
      (command: Argv) => command.options(resolveFlags),
      async (argv) => {
        checkArguments(argv, resolveFlags);
        const { resolveCommand } = await import('./resolve.ts');
        code = await resolveCommand(argv as never, io, new Report(io, argv as never));
      },
    )
    .command(
      'explain [what..]',
      'what a module or a symbol is, needs and is needed by; what the code of a message means',
      (command: Argv) =>
        command
          .positional('what', {
            type: 'string',
            array: true,
            describe: 'modules, symbols and codes of messages, such as nft_ct, NFT_CT, drift',
          })
          .options(explainFlags),
      async (argv) => {
        checkArguments(argv, explainFlags, ['what']);
        const { explain } = await import('./explain.ts');
        code = await explain(argv as never, io, new Report(io, argv as never));
      },
    )
    .command(
      'index',
      'make a kernel index from a source tree',
      (command: Argv) => command.options(indexFlags),
      async (argv) => {
        checkArguments(argv, indexFlags);
        const { indexKernel } = await import('./index-kernel.ts');
        code = await indexKernel(argv as never, io, new Report(io, argv as never));
      },
    )
    .command(
      'init',
      'write a commented kmod.yaml to start from',
      (command: Argv) => command.options(outputFlags),
      async (argv) => {
        checkArguments(argv, outputFlags);
        const { init } = await import('./init.ts');
        code = init(io, new Report(io, argv as never));
      },
    )
    .command(
      'new [kind] [name]',
      'start a firewall, another service with modules, or a router',
      (command: Argv) =>
        command
          .positional('kind', { type: 'string', describe: 'firewall, module or router' })
          .positional('name', { type: 'string', describe: "the service's name, and the folder's" })
          .options(newFlags),
      async (argv) => {
        checkArguments(argv, newFlags, ['kind', 'name']);
        const { 'dry-run': dryRun, json, quiet, _, $0, ...options } = argv as never as Record<string, never>;
        const { makeNew } = await import('./new.ts');
        code = await makeNew({ ...options, dryRun } as never, io, new Report(io, { json, quiet } as never));
      },
    )
    .command(
      'completion',
      'print a completion script for bash or zsh',
      () => {},
      (argv) => {
        checkArguments(argv, {});
        (app.showCompletionScript as (name: string, command: string) => void)('gen-kmod', 'completion');
      },
    )
    // yargs' own command of this kind would be overruled by the default command; only its answers are wanted.
    .completion('complete', false, (current: string) => complete(current, args))
    .example('$0', 'generate kmod/ from the nearest kmod.yaml')
    .example('$0 --targets nft_ct,nft_masq --name firewall', 'generate kmod/ for two modules')
    .example(
      '$0 check --targets router/kmod.yaml',
      'in CI: fail unless router/kmod is up to date and evaluates',
    )
    .example('$0 --targets nft_ct --stdout', "look at a loader's Nix")
    .example('$0 --diff', 'see what an edited list changes')
    .example('$0 explain unreachable-target', 'what a message means, by its code')
    .example('$0 new firewall guard', 'start a firewall with its modules')
    .example('$0 completion >> ~/.bashrc', 'complete commands and flags')
    .epilogue('Exit status: 0 done, 1 not done (see the message), 2 wrong usage, 70 a bug, 130 interrupted.')
    .version(package_.version)
    .help()
    .alias({ help: 'h' })
    .wrap(Math.min(io.stdout.columns ?? 100, 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error && error.name !== 'YError' ? error : usage(inOurWords(message));
    });
  await app.parseAsync(args, {}, (error: Error | undefined, _: unknown, shown: string) => {
    if (error) throw error;
    output = shown;
  });
  if (output !== '') fallback.text(`${output}\n`);
  return code;
}

/** Refuses what yargs lets through: unknown flags and commands, and flags given twice. */
function checkArguments(
  argv: Record<string, unknown>,
  flags: Record<string, Options>,
  positionals: string[] = [],
): void {
  const known = Object.keys(flags);
  const names = [...known, 'help', 'version'].map((name) => `--${name}`);
  for (const [key, value] of Object.entries(argv)) {
    if (everywhere.includes(key) || positionals.includes(key) || key === 'h') continue;
    const given = `${key.length === 1 ? '-' : '--'}${key}`;
    if (!known.includes(key)) throw usage(`there is no flag \`${given}\``, didYouMean(given, names));
    if (Array.isArray(value)) throw usage(`\`${given}\` is given more than once`);
    if (value === '') throw usage(`\`${given}\` needs a value`);
  }
  const [first, second] = argv._ as (string | number)[];
  const isCommand = commands.includes(String(first));
  const extra = isCommand ? second : first;
  if (extra === undefined) return;
  const word = String(extra);
  if (isCommand) throw usage(`\`${String(first)}\` takes no \`${word}\``);
  throw usage(
    `there is no command \`${word}\``,
    didYouMean(word, commands) ?? `modules and lists go behind a flag: --targets ${word}`,
  );
}

/** What can stand at `current`, the last of `words`; nothing, and the shell completes files. */
function complete(current: string, words: string[]): string[] {
  const before = words.at(-2) ?? '';
  if (before === '--compat') return generateFlags.compat.choices;
  if (before === '--format') return resolveFlags.format.choices;
  if (before === '--device') return deviceNames.filter((name) => name.startsWith(current));
  if (/^--(targets|out|name|templates|kernel|build|arch|flash|source)$/.test(before)) return [];
  const command = words[2];
  if (command === 'new' && words.length === 4) return kinds.filter((kind) => kind.startsWith(current));
  if (command === 'explain' && !current.startsWith('-') && !before.startsWith('--'))
    return Object.keys(severities).filter((code) => code.startsWith(current));
  const flags = flagsOf[command as keyof typeof flagsOf] ?? generateFlags;
  const fitting = current.startsWith('-')
    ? [...Object.keys(flags), 'help', 'version'].map((name) => `--${name}`)
    : commands;
  return fitting.filter((word) => word.startsWith(current));
}

/** What yargs says of a value that is missing or wrong. */
function inOurWords(message: string): string {
  const [, missing] = /^Not enough arguments following: (\S+)/.exec(message) ?? [];
  if (missing !== undefined) return `\`--${missing}\` needs a value`;
  const [, flag, given, choices] = /Argument: (\S+), Given: "(.*)", Choices: (.*)/.exec(message) ?? [];
  return flag === undefined ? message : `\`--${flag}\` takes ${choices}, not "${given}"`;
}
