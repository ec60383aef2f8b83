/** Which of the kernel's architectures an ELF file is for. */
import type { Elf } from './elf.ts';

export interface Architecture {
  /** The folder of the kernel's arch/; `machine N` where this program does not know it. */
  name: string;
  machine: number;
  bits: 32 | 64;
  byteOrder: 'little' | 'big';
}

/** Numbers of include/uapi/linux/elf-em.h, and the folders whose asm/elf.h has them as ELF_ARCH. */
const names: Record<number, string> = {
  2: 'sparc',
  3: 'x86',
  4: 'm68k',
  8: 'mips',
  15: 'parisc',
  18: 'sparc',
  20: 'powerpc',
  21: 'powerpc',
  22: 's390',
  40: 'arm',
  42: 'sh',
  43: 'sparc',
  50: 'ia64',
  62: 'x86',
  92: 'openrisc',
  94: 'xtensa',
  113: 'nios2',
  164: 'hexagon',
  183: 'arm64',
  189: 'microblaze',
  195: 'arc',
  243: 'riscv',
  247: 'bpf',
  252: 'csky',
  258: 'loongarch',
  36902: 'alpha',
};

export function architectureOf({ machine, bits, littleEndian }: Elf): Architecture {
  return {
    name: names[machine] ?? `machine ${machine}`,
    machine,
    bits,
    byteOrder: littleEndian ? 'little' : 'big',
  };
}
