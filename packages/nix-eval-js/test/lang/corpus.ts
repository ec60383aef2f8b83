/**
 * The own corpus: `*.nix-cases`, expressions with empty lines between them. Both evaluators get each one, with
 * the same flags, in a folder with the files of `fixtures.ts`; standard output has to be equal, or the first line
 * of the error's message.
 *
 * A comment before an expression says how it is run: `# lazy` without --strict, `# parse` with --parse,
 * `# flags: …` with more flags, `# whole` that all of standard error is compared, and `# message differs: WHY`
 * that the message is another by intent.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { run, StackTooSmall } from '../../src/command/run.ts';
import { DiskHost } from '../../src/host/disk.ts';
import { nixInstantiate } from '../nix.ts';

export interface Case {
  readonly file: string;
  readonly text: string;
  readonly flags: readonly string[];
  readonly messageDiffers: boolean;
  /** Compare standard error, not the message alone. */
  readonly whole?: boolean | undefined;
}

export interface Result {
  readonly out: string;
  /** The message's first line; empty on success. */
  readonly error: string;
  /** All of standard error, without colour. */
  readonly log: string;
}

/** The texts of a folder's files, in order. */
export function readTexts(folder: URL): { file: string; text: string }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.nix-cases'))
    .sort()
    .flatMap((file) =>
      readFileSync(new URL(file, folder), 'latin1')
        .split(/\n\n+/)
        .filter((text) => text.trim() !== '')
        .map((text) => ({ file, text })),
    );
}

export function readCases(): Case[] {
  return readTexts(new URL('.', import.meta.url)).map(({ file, text }) => {
    const how = /^# parse$/m.test(text)
      ? ['--parse']
      : /^# lazy$/m.test(text)
        ? ['--eval']
        : ['--eval', '--strict'];
    const more = /^# flags: (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
    return {
      file,
      text,
      flags: [...how, ...more],
      messageDiffers: /^# message differs:/m.test(text),
      whole: /^# whole$/m.test(text),
    };
  });
}

/** The first line of the error itself: what is before it is warnings and trace. */
export function messageOf(log: string): string {
  const plain = log.replace(/\x1b\[[0-9;]*m/g, '');
  const messages = [...later(plain).matchAll(/^ *error: ?(.*)$/gm)].map((match) => match[1]!);
  return messages.at(-1) ?? '';
}

const tokens: Record<string, string> = {
  ID: 'identifier',
  STR: 'string',
  IND_STR: 'indented string',
  INT_LIT: 'integer',
  FLOAT_LIT: 'floating-point literal',
  PATH: 'path',
  HPATH: "'~/\xe2\x80\xa6' path",
  SPATH: "'<\xe2\x80\xa6>' path",
  PATH_END: 'end of path',
  IF: "'if'",
  THEN: "'then'",
  ELSE: "'else'",
  ASSERT: "'assert'",
  WITH: "'with'",
  LET: "'let'",
  IN_KW: "'in'",
  REC: "'rec'",
  INHERIT: "'inherit'",
  EQ: "'=='",
  NEQ: "'!='",
  LEQ: "'<='",
  GEQ: "'>='",
  UPDATE: "'//'",
  CONCAT: "'++'",
  AND: "'&&'",
  OR: "'||'",
  IMPL: "'->'",
  OR_KW: "'or'",
  DOLLAR_CURLY: "'${'",
  IND_STRING_OPEN: 'start of an indented string',
  IND_STRING_CLOSE: 'end of an indented string',
  PIPE_FROM: "'<|'",
  PIPE_INTO: "'|>'",
  ELLIPSIS: "'...'",
};

/** A context element as it was shown, without the store's folder and coded. */
function contextElement(element: string): string {
  const [, output, path] = /^!([^!]*)!(.*)$/.exec(element) ?? [];
  if (path !== undefined) return `/nix/store/${path}^${output}`;
  return element.startsWith('=') ? `/nix/store/${element.slice(1)} (deep)` : `/nix/store/${element}`;
}

/**
 * Messages of 2.26 and of later versions alike: tokens were named as in the grammar, values that cannot be
 * compared were not shown, missing files had a message for each way of reading, blake3 was unknown, and
 * contexts were shown as they are kept.
 */
function later(log: string): string {
  return log
    .replace(/syntax error, .*/g, (message) =>
      message.replace(/\b[A-Z_]{2,}\b/g, (name) => tokens[name] ?? name),
    )
    .replace("expect 'blake3', 'md5'", "expect 'md5'")
    .replace(/(?<=\(such as ')(?!\/)[^']*(?='\))/g, contextElement)
    .replace(/reading directory (.*): No such file or directory/g, "path '$1' does not exist")
    .replace(/reading directory (.*): Not a directory/g, "'$1' is not a directory")
    .replace(/opening file ('.*'): No such file or directory/g, 'path $1 does not exist')
    .replace(/(cannot compare .*?);? (?:\(?values are .*|values of that type are incomparable.*)/g, '$1');
}

/** The disk, as it is for `runTheirs` too. */
export class PlainHost extends DiskHost {
  override readonly home = '/fake-home';
  override readonly workingDirectory: string;
  constructor(folder: string) {
    super();
    this.workingDirectory = folder;
  }
  override env(name: string): string | undefined {
    return name === 'HOME' ? this.home : undefined;
  }
}

export function runOurs({ text, flags }: Pick<Case, 'text' | 'flags'>, folder = '/'): Result {
  let out = '';
  let log = '';
  try {
    const streams = {
      out: (bytes: string) => {
        out += bytes;
      },
      log: (line: string) => {
        log += `${line}\n`;
      },
      stdin: () => text,
    };
    run([...flags, '-'], new PlainHost(folder), streams, 'nix-instantiate');
  } catch (error) {
    if (!(error instanceof StackTooSmall)) throw error;
    log = 'error: stack overflow; max-call-depth exceeded';
  }
  return { out, error: messageOf(log), log: log.replace(/\x1b\[[0-9;]*m/g, '').trimEnd() };
}

/** The same by the real Nix. */
export function runTheirs({ text, flags }: Case, folder = '/'): Promise<Result> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: '/fake-home', LC_ALL: 'C' };
    const options = { encoding: 'latin1' as const, cwd: folder, env, maxBuffer: 1 << 26 };
    const child = execFile(
      nixInstantiate(),
      ['--store', 'dummy://', ...flags, '-'],
      options,
      (error, out, log) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ out, error: messageOf(log), log: log.replace(/\x1b\[[0-9;]*m/g, '').trimEnd() });
      },
    );
    child.stdin!.end(Buffer.from(text, 'latin1'));
  });
}

/** What differs, with both results; runs a few at a time. */
export async function compare(
  cases: readonly Case[],
  folder = '/',
): Promise<{ case: Case; ours: Result; theirs: Result }[]> {
  const differences: { case: Case; ours: Result; theirs: Result }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let item = cases[next++]; item !== undefined; item = cases[next++]) {
      const theirs = await runTheirs(item, folder);
      const ours = runOurs(item, folder);
      const sameError = item.messageDiffers
        ? (ours.error === '') === (theirs.error === '')
        : item.whole === true
          ? ours.log === theirs.log
          : ours.error === theirs.error;
      if (ours.out !== theirs.out || !sameError) differences.push({ case: item, ours, theirs });
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return differences;
}
