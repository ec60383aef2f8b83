import { AssumedShell, failure, type Outcome, success } from './assumed-shell.ts';
import type { MacroEvaluator } from './preprocess.ts';

/*
 * Kconfig files ask the compiler, the assembler and the linker what they can do. Where no kernel is built there is
 * nothing to ask, so one toolchain is assumed: gcc 13.2 with binutils 2.41 for the architecture, no Rust, no pahole, no
 * compiler plugins. What a module needs hardly ever depends on more than that; those who must know use `shellEvaluator`.
 *
 * The commands are read as a shell does (`AssumedShell`), and the programs in them answer here: everything gcc and its
 * tools are asked for succeeds except what `refused` lists, and a program that is not known here is not installed.
 */

/** What the kernel's scripts print of versions, by the end of their paths. */
const versions: readonly (readonly [RegExp, string])[] = [
  [/\/cc-version\.sh$/, 'GCC 130200'],
  [/\/as-version\.sh$/, 'GNU 24100'],
  [/\/ld-version\.sh$/, 'BFD 24100'],
  [/\/gcc-version\.sh$/, '130200'],
  [/\/(rustc|rustc-llvm|pahole|clang|lld)-version\.sh$/, '0'],
];

/** Scripts that try something with the compiler, and so succeed as it does. */
const probes = /\/(cc|gcc|as|ld)-[\w-]+\.sh$/;

/** Options of clang alone, or of gcc after 13. */
const refused: readonly RegExp[] = [
  /-mllvm\b/,
  /-fsanitize=(kcfi|array-bounds|local-bounds|kernel-memory)/,
  /-fsanitize-cfi-icall/,
  /-Wunreachable-code-fallthrough/,
  /-frandomize-layout-seed-file/,
  /-finline-stringops/,
  /-fmin-function-alignment/,
  /__counted_by__/,
  /char tag\[\]\[4\] __attribute__\(\(__nonstring__/,
  /tsan-compound-read-before-write/,
  /asan-kernel-mem-intrinsic-prefix/,
];

/** Options that gcc has for some architectures only. */
const elsewhere: readonly (readonly [RegExp, readonly string[]])[] = [
  [/-m(32|64)\b/, ['x86', 'powerpc', 's390', 'sparc']],
  // Kconfig defines it again to see whether the compiler does: this one fails where it does.
  [/-D__SIZEOF_INT128__=0/, ['arm', 'mips']],
  [/-mrecord-mcount/, ['x86', 's390']],
  [/-fsanitize=kernel-hwaddress/, ['arm64']],
  [/-fsanitize=thread/, ['x86', 'arm64', 'powerpc', 's390', 'riscv', 'loongarch']],
  [/-fsanitize=shadow-call-stack/, ['arm64']],
];

/** What they print when they are asked for their version. */
const tools: Readonly<Record<string, string>> = {
  gcc: 'gcc (GCC) 13.2.0',
  'g++': 'g++ (GCC) 13.2.0',
  as: 'GNU assembler (GNU Binutils) 2.41',
  ld: 'GNU ld (GNU Binutils) 2.41',
  ar: 'GNU ar (GNU Binutils) 2.41',
  nm: 'GNU nm (GNU Binutils) 2.41',
  objcopy: 'GNU objcopy (GNU Binutils) 2.41',
  objdump: 'GNU objdump (GNU Binutils) 2.41',
  readelf: 'GNU readelf (GNU Binutils) 2.41',
  strip: 'GNU strip (GNU Binutils) 2.41',
};

/** As make exports them: some files ask `$CC`. */
const variables: Readonly<Record<string, string>> = {
  CC: 'gcc',
  CXX: 'g++',
  LD: 'ld',
  AR: 'ar',
  NM: 'nm',
  OBJCOPY: 'objcopy',
  OBJDUMP: 'objdump',
  READELF: 'readelf',
  STRIP: 'strip',
};

/** Answers macros for the assumed toolchain, the same everywhere and at once. */
export function assumedToolchain(architecture: string): MacroEvaluator {
  const shell = new AssumedShell((words, input) => program(words, input, architecture), variables);
  return {
    shell: (command) => shell.run(command).output.replace(/\n+$/, '').replaceAll('\n', ' '),
  };
}

function program(words: readonly string[], input: string, architecture: string): Outcome | undefined {
  const [name, ...args] = words;
  if (Object.hasOwn(tools, name!)) return tool(name!, args, input, architecture);
  const version = versions.find(([path]) => path.test(name!))?.[1];
  if (version !== undefined) return print(version);
  if (probes.test(name!)) return has([...args, input].join(' '), architecture) ? success : failure;
  switch (name) {
    case 'true':
    case ':':
    case 'trap':
    case 'mkdir':
    case 'rm':
      return success;
    case 'false':
      return failure;
    case 'echo':
      return print(args.join(' '));
    case 'printf':
      // Nobody reads it but the assembler, which is known by its options.
      return print(args.slice(1).join(' '));
    case 'cat':
      return args.length === 0 ? { status: 0, output: input } : undefined;
    case 'head':
      return /^(-1|-n ?1)$/.test(args.join(' ')) ? print(input.split('\n')[0]!) : undefined;
    case 'sed':
      return args.length === 1 && args[0] === 's/^0*//'
        ? { status: 0, output: input.replace(/^0*/gm, '') }
        : undefined;
    case 'env': {
      const first = args.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
      return first < 0 ? undefined : program(args.slice(first), input, architecture);
    }
    case 'command':
      if (args[0] !== '-v' || args.length !== 2) return undefined;
      return Object.hasOwn(tools, args[1]!) ? print(args[1]!) : failure;
    case 'test':
      return test(args);
    case '[':
      return args.at(-1) === ']' ? test(args.slice(0, -1)) : undefined;
    case 'grep':
      return grep(args, input);
    default:
      return undefined;
  }
}

function print(line: string): Outcome {
  return { status: 0, output: `${line}\n` };
}

function tool(name: string, args: readonly string[], input: string, architecture: string): Outcome {
  if (args.includes('--version') || (name === 'ld' && args.length === 1 && args[0] === '-v')) {
    return print(tools[name]!);
  }
  if (args.includes('--help')) return print(`Usage: ${name} [option(s)] file...`);
  if (args.includes('-print-file-name=plugin')) return print('plugin');
  return has([...args, input].join(' '), architecture) ? success : failure;
}

/** Whether the compiler has what is asked, options and code. */
function has(asked: string, architecture: string): boolean {
  if (refused.some((pattern) => pattern.test(asked))) return false;
  return elsewhere.every(
    ([pattern, architectures]) => !pattern.test(asked) || architectures.includes(architecture),
  );
}

/** Of files it knows none. */
function test(args: readonly string[]): Outcome | undefined {
  const holds = ((): boolean | undefined => {
    if (args[0] === '!' && args.length > 1) {
      const outcome = test(args.slice(1));
      return outcome && outcome.status !== 0;
    }
    const [first, second, third] = args;
    if (args.length <= 1) return first !== undefined && first !== '';
    if (args.length === 2) return first === '-z' ? second === '' : first === '-n' ? second !== '' : false;
    if (args.length > 3) return undefined;
    if (second === '=' || second === '==') return first === third;
    if (second === '!=') return first !== third;
    const [left, right] = [Number(first), Number(third)];
    if (!Number.isInteger(left) || !Number.isInteger(right)) return undefined;
    switch (second) {
      case '-eq':
        return left === right;
      case '-ne':
        return left !== right;
      case '-lt':
        return left < right;
      case '-le':
        return left <= right;
      case '-gt':
        return left > right;
      case '-ge':
        return left >= right;
      default:
        return undefined;
    }
  })();
  return holds === undefined ? undefined : holds ? success : failure;
}

/** `grep -q WORD`, with `-i` and `-v`; a pattern that is more than a word is not known. */
function grep([options, word, ...rest]: readonly string[], input: string): Outcome | undefined {
  if (
    word === undefined ||
    rest.length > 0 ||
    !/^-[qiv]*q[qiv]*$/.test(options!) ||
    !/^[\w +-]+$/.test(word)
  ) {
    return undefined;
  }
  const cased = (text: string): string => (options!.includes('i') ? text.toLowerCase() : text);
  const lines = input === '' ? [] : input.replace(/\n$/, '').split('\n');
  const found = lines.some((line) => cased(line).includes(cased(word)) !== options!.includes('v'));
  return found ? success : failure;
}
