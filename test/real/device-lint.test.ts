/**
 * What a device's shell lacks, found without running a script: by running, only lines that run are tested, and ash takes
 * some of what it should not, such as `$'a'`.
 *
 * A script is read as the shell reads it, to words, and these to commands: strings, comments and the patterns of `case`
 * may hold what a command may not. What `$(...)` holds and `trap` is given is a script again.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { applets, build, plant, test } from './device.ts';
import { run } from './environment.ts';

/** A word as it is written, and as the shell passes it on where that is known. */
interface Word {
  source: string;
  text: string | undefined;
}

interface Script {
  commands: Word[][];
  functions: string[];
  faults: string[];
}

const reserved = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', '{', '}', '!']);

function parse(script: string): Script {
  const found: Script = { commands: [], functions: [], faults: [] };
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    const [text] = pattern.exec(script.slice(at)) ?? [];
    at += text?.length ?? 0;
    return text;
  };
  const follows = (pattern: RegExp): boolean => pattern.test(script.slice(at));

  function readCommands(end: '' | ')' | ';;'): void {
    let command: Word[] = [];
    const finish = () => {
      if (command.length > 0) found.commands.push(command);
      command = [];
    };
    while (at < script.length) {
      if (take(/^(?:[ \t]|\\\n|#.*)+/)) continue;
      if ((end && take(end === ')' ? /^\)/ : /^;;/)) || (end === ';;' && follows(/^esac\b/))) break;
      if (take(/^<<</)) found.faults.push('<<< is bash');
      else if (take(/^\d*(?:[<>]&|>>|>\||<>|<(?!<)|>)[ \t]*/)) readWord();
      else if (take(/^\(\)/)) found.functions.push(command.pop()?.source ?? '');
      else if (take(/^(?:&&|\|\||[;&|\n])/)) finish();
      else if (take(/^\(/)) readCommands(')');
      else {
        const word = readWord();
        if (command.length > 0) command.push(word);
        else if (word.source === 'case') readCase();
        else if (word.source === 'for') readWords();
        else if (word.source === 'function') found.faults.push('function is bash');
        else if (/^\w+=$/.test(word.source) && take(/^\([^)]*\)/)) found.faults.push('an array is bash');
        else if (!reserved.has(word.source) && !/^\w+=/.test(word.source)) command.push(word);
      }
    }
    finish();
  }

  /** From after `case` to after `esac`. */
  function readCase(): void {
    take(/^[ \t]+/);
    readWord();
    take(/^\s+in\b/);
    for (;;) {
      take(/^(?:\s|#.*)+/);
      if (take(/^esac\b/)) return;
      take(/^\(/);
      while (!take(/^\)/)) if (!take(/^[ \t|]+/)) readWord();
      readCommands(';;');
    }
  }

  /** To the end of a line or to `;`. */
  function readWords(): void {
    while (!follows(/^(?:[;\n]|$)/)) if (!take(/^[ \t]+/)) readWord();
  }

  function readWord(): Word {
    const start = at;
    let text: string | undefined = '';
    const add = (more: string | undefined) => {
      text = text === undefined || more === undefined ? undefined : text + more;
    };
    for (;;) {
      const plain = take(/^[^\s'"\\$`<>&|;()]+/);
      if (plain) add(plain);
      else if (take(/^\$'/)) {
        found.faults.push("$' is bash");
        take(/^[^']*'/);
      } else if (take(/^'/)) {
        add(take(/^[^']*/));
        take(/^'/);
      } else if (take(/^"/)) add(readQuoted());
      else if (take(/^\\/)) add(take(/^[\s\S]/));
      else if (follows(/^[$`]/)) add(readExpansion());
      else if (at > start) return { source: script.slice(start, at), text };
      else throw new Error(`not understood: ${script.slice(at, at + 40)}`);
    }
  }

  function readQuoted(): string | undefined {
    let text: string | undefined = '';
    while (!take(/^"/)) {
      const more = follows(/^[$`]/) ? readExpansion() : (take(/^(?:\\[\s\S]|[^"$`\\]+)/) ?? stop());
      text = text === undefined || more === undefined ? undefined : text + more;
    }
    return text;
  }

  /** Its value is not known. */
  function readExpansion(): undefined {
    if (take(/^`/)) stop();
    if (take(/^\$\(\([\s\S]*?\)\)/)) found.faults.push('$(( is not compiled in');
    else if (take(/^\$\(/)) readCommands(')');
    else if (take(/^\$\{/)) {
      const name = take(/^[#!]?\w+|^[@*#?$!-]/) ?? '';
      if (name.startsWith('!') || follows(/^(?:[[,^@/]|:[^-=?+])/)) found.faults.push(`\${${name}…} is bash`);
      while (!take(/^\}/)) {
        if (follows(/^[$`]/)) readExpansion();
        else if (take(/^"/)) readQuoted();
        else take(/^(?:\\[\s\S]|[\s\S])/) ?? stop();
      }
    } else take(/^\$(?:\w+|[@*#?$!-])?/);
  }

  function stop(): never {
    throw new Error(`not understood, at the end: ${script.slice(-40)}`);
  }

  readCommands('');
  return found;
}

/** What is wrong with scripts that use each other's functions. */
function lint(...scripts: string[]): string[] {
  const parsed = scripts.map(parse);
  const faults = parsed.flatMap((script) => script.faults);
  const names = new Set<string>();
  for (const [name, ...words] of parsed.flatMap((script) => script.commands) as [Word, ...Word[]][]) {
    const [first] = words;
    if (name.text === undefined) faults.push(`${name.source} may be any command`);
    else names.add(name.text);
    if (name.text === 'exec' && first?.text) names.add(first.text);
    if (name.text === 'trap' && first?.text) {
      const { commands, faults: more } = parse(first.text);
      faults.push(...more);
      for (const [inner] of commands) names.add(inner?.text ?? '');
    }
    if (name.text === 'echo' && /^-[neE]+$/.test(first?.text ?? ''))
      faults.push(`echo has no ${first?.text}`);
    if (name.text === 'sleep' && words.some(({ text }) => text?.includes('.')))
      faults.push('sleep takes seconds');
    if (/^(head|tail)$/.test(name.text ?? '') && words.some(({ text }) => /^-\d/.test(text ?? ''))) {
      faults.push(`${name.text} takes -n`);
    }
    if (name.text === 'find' && words.some(({ text }) => text === '-exec')) faults.push('find has no -exec');
  }
  const functions = new Set(parsed.flatMap((script) => script.functions));
  const others = [...names].filter((name) => !functions.has(name));
  return [...faults, ...missing(others).map((name) => `there is no ${name}`)];
}

/** The commands that a device's shell does not find, neither in itself nor among its applets. */
function missing(names: string[]): string[] {
  const source = 'for name; do type "$name" > /dev/null 2>&1 || echo "$name"; done';
  const { status, stdout } = run('env', [
    ...['-i', `PATH=${applets}`, join(applets, 'sh'), '-c', source, 'sh'],
    ...names,
  ]);
  expect(status).toBe(0);
  return stdout.split('\n').filter(Boolean);
}

const tree = plant(['crc32c_generic', 'libcrc32c', 'nfnetlink', 'nf_tables', 'nft_limit']);
const { limit } = build(
  { limit: { targets: ['nft_limit'], parameters: { nf_tables: { note: "it's [ $((1)) `here`" } } } },
  tree,
);
const files = [
  ...['load.sh', 'unload.sh', 'functions.sh'].map((name) => join(limit.folder, name)),
  ...[limit.up, limit.down],
];

describe('what a loader consists of', () => {
  test("uses nothing that a device's shell lacks", () => {
    const texts = files.map((file) => readFileSync(file, 'utf8'));
    const used = texts.flatMap((text) => parse(text).commands.map(([name]) => name?.text));
    expect(used).toEqual(expect.arrayContaining(['load', 'insmod', 'rmmod', 'trap', 'sed', 'expr']));
    expect(lint(...texts)).toEqual([]);
  });

  test("is read by a device's shell", () => {
    for (const file of files) {
      expect(run(join(applets, 'sh'), ['-n', file])).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });

  const installed = spawnSync('shellcheck', ['--version']).status === 0;
  test.runIf(installed)('passes shellcheck', () => {
    const { stdout } = run('shellcheck', [
      ...['-s', 'dash', '--external-sources', '--check-sourced', '--source-path', limit.folder],
      ...['--severity', 'warning', '--format', 'gcc'],
      ...files.filter((file) => !file.endsWith('functions.sh')),
    ]);
    expect(stdout).toBe('');
  });
});

describe('the check', () => {
  for (const [script, fault] of [
    ['[ -e /run ] && true', 'there is no ['],
    ['if [[ a = b ]]; then true; fi', 'there is no [['],
    ['a=$((1 + 2))', '$(( is not compiled in'],
    ['echo "now $((1 + 2)) of them"', '$(( is not compiled in'],
    ['command -v insmod', 'there is no command'],
    ['while getopts a: name; do true; done', 'there is no getopts'],
    ['modprobe nf_tables', 'there is no modprobe'],
    ['true | flock /run/lock', 'there is no flock'],
    ['a=$(lsmod)', 'there is no lsmod'],
    ['echo "$(tac /proc/modules)"', 'there is no tac'],
    ['f() { awk 1; }; f', 'there is no awk'],
    ['case a in\n  [a-z]*) awk 1 ;;\nesac', 'there is no awk'],
    ['for a in $(awk 1); do true; done', 'there is no awk'],
    ['{ awk 1; } 2> /dev/null', 'there is no awk'],
    ['(awk 1)', 'there is no awk'],
    ['! awk 1', 'there is no awk'],
    ['LANG=C awk 1', 'there is no awk'],
    ['a=${b:-$(awk 1)}', 'there is no awk'],
    ['trap "awk 1" TERM', 'there is no awk'],
    ['exec awk 1', 'there is no awk'],
    ['"$tool" 1', '"$tool" may be any command'],
    ['echo -n a', 'echo has no -n'],
    ["echo '-e' a", 'echo has no -e'],
    ['sleep 0.1', 'sleep takes seconds'],
    ['head -1 /proc/uptime', 'head takes -n'],
    ['find /sys -exec ls', 'find has no -exec'],
    ['function f { true; }', 'function is bash'],
    ['a=(b c)', 'an array is bash'],
    ['echo "${a[0]}"', '${a…} is bash'],
    ['echo "${a:1:2}"', '${a…} is bash'],
    ['echo "${a//b/c}"', '${a…} is bash'],
    ['echo "${!a}"', '${!a…} is bash'],
    ['cat <<< a', '<<< is bash'],
    ["echo $'a'", "$' is bash"],
  ] as const) {
    test(`finds in ${JSON.stringify(script)} that ${fault}`, () => {
      expect(lint(script)).toContain(fault);
    });
  }

  test('finds nothing in what a device has', () => {
    const fine = [
      '# [ -e "$((1))" ] && command modprobe <<< a',
      'f() { # [',
      '  local a="[[ awk <<< " b=\'$((1)) `lsmod`\'',
      '  echo "$a" -n > /dev/null 2>&1',
      '}',
      'a=${b:-"c d"}; a=${a%%.*}; a=${a#*"$b"}',
      'case $a in',
      '  [ZX]* | "a b"*) return 1 ;;',
      '  (*) ;;',
      'esac',
      'for b in $(sed \'1!G;h;$!d\' a); do f "$b" || ! test -e "$b" && continue; done',
      '{ read -r a < "/proc/$$/stat"; } 2> /dev/null || set -- $a',
      'a=$(ls | tr "\\n" " ")',
      "trap 'f; exit 1' TERM",
      'insmod a.ko b=c &',
    ].join('\n');
    expect(run(join(applets, 'sh'), ['-n', '-c', fine])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(lint(fine)).toEqual([]);
  });
});
