import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { AssumedShell, success } from '../../../src/kernel/kconfig/assumed-shell.ts';
import { assumedToolchain } from '../../../src/kernel/kconfig/toolchain.ts';

const { shell } = assumedToolchain('mips');
/** As the kernels' files ask: `if-success`. */
const asks = (command: string): string => shell(`{ ${command}; } >/dev/null 2>&1 && echo "y" || echo "n"`);

it.each([
  ['command -v rustc >/dev/null 2>&1 && rustc --version || echo n', 'n'],
  ['command -v gcc', 'gcc'],
  ['rustc --version 2>/dev/null', ''],
  ['set -- GCC 130200 && echo $2', '130200'],
  ['set -- && echo $1', ''],
  ['./scripts/cc-version.sh gcc', 'GCC 130200'],
  ["./scripts/gcc-version.sh -p gcc | sed 's/^0*//'", '130200'],
  ['./scripts/gcc-plugin.sh "gcc" "g++" "gcc"', ''],
  ['./scripts/pahole-version.sh pahole', '0'],
  ['gcc -print-file-name=plugin', 'plugin'],
  ['true || echo a; echo b', 'b'],
  ['false && echo a && echo b || echo c', 'c'],
  ['! false && echo a', 'a'],
  ['( false; echo a ) | head -n 1', 'a'],
  ['echo one >/dev/null; echo "two  three" \'$1\' \\; 2>&1', 'two  three $1 ;'],
  ['echo $(echo a; echo b) `echo c`', 'a b c'],
  ['echo $CC "$NOTHING" ${LD}', 'gcc  ld'],
  ['some-probe && echo y || echo n', 'n'],
  ['if true; then echo y; fi', ''],
  ['cat <<END', ''],
  ['echo "open', ''],
  ['echo y )', ''],
  ['', ''],
  ['uname -r', ''],
])('answers %s with "%s"', (command, output) => {
  expect(shell(command)).toBe(output);
});

it.each([
  ['gcc -Werror -mabi=64 -S -x c /dev/null -o /dev/null', 'y'],
  [
    'trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$; gcc -Werror -fzero-call-used-regs=used -c -x c /dev/null -o .tmp_$$/tmp.o',
    'y',
  ],
  ['gcc -Werror -mllvm -a -S -x c /dev/null -o /dev/null', 'n'],
  ['gcc -Werror -m64 -E -x c /dev/null -o /dev/null', 'n'],
  ["echo 'int x;' | $CC -x c - -c -o /dev/null", 'y'],
  ["echo 'char tag[][4] __attribute__((__nonstring__)) = { };' | gcc  -x c - -c -o /dev/null -Werror", 'n'],
  ['printf "%b\\n" ".set mips64" | gcc  -c -x assembler-with-cpp -o /dev/null -', 'y'],
  [' ld -v | grep -q gold', 'n'],
  ['ld -v | head -n 1 | grep -q LLD', 'n'],
  ['gcc --version | head -n 1 | grep -q gcc', 'y'],
  ['objcopy --version | head -n1 | grep -qv llvm', 'y'],
  ['nm --help | head -n 1 | grep -qi llvm', 'n'],
  ['[ 130200 -ge 40800 ]', 'y'],
  ['[ 130200 -lt 40800 ]', 'n'],
  ['test -z ""', 'y'],
  ['test "GCC" = Clang', 'n'],
  ['test -e plugin/include/plugin-version.h', 'n'],
  ['command -v ld', 'y'],
  ['env "CC=gcc" "LD=ld" ./scripts/tools-support-relr.sh', 'n'],
  ['./scripts/gcc-goto.sh gcc', 'y'],
  ['./scripts/rust_is_available.sh', 'n'],
  ['python3 -c "import lxml"', 'n'],
])('takes %s for %s', (command, answer) => {
  expect(asks(command)).toBe(answer);
});

it('runs only what comes after a success or a failure', () => {
  const ran: string[] = [];
  const observed = new AssumedShell(([name]) => {
    ran.push(name!);
    return name === 'no' ? { status: 1, output: '' } : success;
  }, {});
  observed.run('no && a || { b; no; } || c && no && d; e | f');
  expect(ran).toEqual(['no', 'b', 'no', 'c', 'no', 'e', 'f']);
});

it('ends on any text', () => {
  const part = fc.constantFrom(
    ...'{}()|&;<>!$`"\'\\ \n'.split(''),
    '&&',
    '||',
    'echo',
    '$(',
    '$1',
    '{ ',
    ' }',
    'a',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      expect(typeof shell(parts.join(''))).toBe('string');
    }),
    { numRuns: 2000 },
  );
  expect(shell('( '.repeat(100_000))).toBe('');
  expect(shell('$('.repeat(10_000))).toBe('');
  expect(shell(`${'( '.repeat(40)}echo a${' )'.repeat(40)}`)).toBe('a');
});
