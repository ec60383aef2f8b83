import type { MacroEvaluator } from './preprocess.ts';

/*
 * Kconfig files ask the compiler, the assembler and the linker what they can do. Where no kernel is built there is
 * nothing to ask, so one toolchain is assumed: gcc 13.2 with binutils 2.41 for the architecture, no Rust, no pahole, no
 * compiler plugins. What a module needs hardly ever hangs on more than that; those who must know use `shellEvaluator`.
 *
 * The files' own macros come down to shell commands of one form, `{ COMMAND; } … && echo "THEN" || echo "ELSE"`. So it
 * is COMMAND that is answered, by what it asks: everything gcc is asked for succeeds except what `refused` lists.
 */

const versions: readonly (readonly [RegExp, string])[] = [
  [/scripts\/cc-version\.sh/, 'GCC 130200'],
  [/scripts\/as-version\.sh/, 'GNU 24100'],
  [/scripts\/ld-version\.sh/, 'BFD 24100'],
  [/scripts\/(rustc|rustc-llvm|pahole)-version\.sh/, '0'],
  [/-print-file-name=plugin/, 'plugin'],
];

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

/** Answers macros for the assumed toolchain, the same everywhere and at once. */
export function assumedToolchain(architecture: string): MacroEvaluator {
  return {
    shell(command) {
      const asked = /^\{ (.*); \} >\/dev\/null 2>&1 && echo "(.*)" \|\| echo "(.*)"$/s.exec(command);
      if (asked) return succeeds(asked[1]!, architecture) ? asked[2]! : asked[3]!;
      const word = /^set -- (\S*) ?(\S*) && echo \$([12])$/.exec(command);
      if (word) return word[Number(word[3])]!;
      return versions.find(([pattern]) => pattern.test(command))?.[1] ?? '';
    },
  };
}

function succeeds(command: string, architecture: string): boolean {
  const compared = /^test "(.*)" = (.*)$/s.exec(command);
  if (compared) return compared[1] === compared[2];
  const empty = /^test -z "(.*)"$/s.exec(command);
  if (empty) return empty[1] === '';
  if (/^test -|rust|pahole|-c "import |tools-support-relr|grep -qi llvm/.test(command)) return false;
  if (refused.some((pattern) => pattern.test(command))) return false;
  return elsewhere.every(
    ([pattern, architectures]) => !pattern.test(command) || architectures.includes(architecture),
  );
}
