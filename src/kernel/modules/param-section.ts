/**
 * The names of a module's parameters, as the kernel compares them: those of its section `__param`.
 *
 * `.modinfo` is no register of parameters. `module_param_call` and `module_param_cb` leave nothing in it but, at most, a
 * description; and a description can be of a name that the module does not take (MODULE_PARM_DESC is a line by itself).
 * Symbols are no register either: `__param_NAME` goes with a strip, is renamed by link-time optimisation, and has NAME as
 * the source spells it, without the prefix that MODULE_PARAM_PREFIX puts before it. The section is what
 * kernel/module/main.c hands to `parse_args`, so no module can do without it.
 *
 * It is an array of `struct kernel_param` (include/linux/moduleparam.h), whose first member points to the name. In a
 * file that is not linked yet a pointer is a relocation: a symbol, most often that of a whole section, and a number of
 * bytes beyond it. That number is in the relocation (SHT_RELA), or in the place that the relocation fills (SHT_REL, as
 * 32-bit ARM, MIPS and x86 have it).
 */
import { type Elf, longestName, nameEnd, type Symbols } from './elf.ts';
import { Malformed } from './problem.ts';

/** SHT_RELA and SHT_REL. */
const withAddend = 4;
const inPlace = 9;
/** EM_MIPS. */
const mips = 8;
/** R_*_NONE is 0 on every architecture. */
const nothing = 0;
/** Above it are section numbers with meanings of their own (SHN_LORESERVE). */
const reserved = 0xff00;
/** The kernel's largest drivers have about a hundred. */
const most = 8192;

/** A name's pointer: a symbol's number, and bytes beyond it. */
interface Pointer {
  symbol: number;
  addend: number;
}

/**
 * In the section's order; a name that it has twice, twice.
 *
 * @throws Malformed
 */
export function parameterNames(elf: Elf): string[] {
  const section = elf.find('__param');
  if (section < 0) return [];
  // name, mod and ops are pointers; perm, level and flags take 4 bytes; then a union of pointers.
  const entrySize = elf.bits === 64 ? 40 : 20;
  const count = Math.floor(elf.extent(section).length / entrySize);
  if (count === 0) return [];
  if (count > most) throw new Malformed(`it claims ${count} parameters, more than any module has`);
  const pointers = namePointers(elf, section, entrySize, count);
  const symbols = elf.symbols('all');
  if (symbols === undefined) throw new Malformed('it has parameters and no symbol table');
  return pointers.map((pointer) => nameAt(elf, symbols, pointer));
}

function namePointers(elf: Elf, section: number, entrySize: number, count: number): Pointer[] {
  const pointers: (Pointer | undefined)[] = new Array(count).fill(undefined);
  let fromPlace = false;
  for (let index = 1; index < elf.sectionCount; index++) {
    const { type, info } = elf.section(index);
    if (info !== section || (type !== withAddend && type !== inPlace)) continue;
    for (const { offset, symbol, addend } of relocations(elf, index, type === withAddend)) {
      if (offset % entrySize !== 0 || offset >= count * entrySize) continue;
      pointers[offset / entrySize] = { symbol, addend: addend ?? 0 };
      fromPlace ||= addend === undefined;
    }
  }
  if (fromPlace) {
    const bytes = elf.content(section, 'content');
    pointers.forEach((pointer, index) => {
      if (pointer) pointer.addend = signed(elf, bytes, index * entrySize);
    });
  }
  return pointers.map((pointer, index) => {
    if (pointer === undefined) throw new Malformed(`its parameter ${index + 1} has no name`);
    return pointer;
  });
}

interface Relocation {
  offset: number;
  symbol: number;
  /** Undefined where it is in the place itself. */
  addend: number | undefined;
}

function* relocations(elf: Elf, section: number, rela: boolean): Generator<Relocation> {
  const bytes = elf.content(section, 'content');
  const word = elf.bits / 8;
  const size = word * (rela ? 3 : 2);
  for (let at = 0; at + size <= bytes.length; at += size) {
    const { symbol, type } = elf.bits === 64 ? info64(elf, bytes, at + 8) : info32(elf, bytes, at + 4);
    if (type === nothing) continue;
    const addend = rela ? signed(elf, bytes, at + 2 * word) : undefined;
    yield { offset: elf.address(bytes, at), symbol, addend };
  }
}

/** Exact from -2^53 to 2^53; beyond lies no place in a file. */
function signed(elf: Elf, bytes: Uint8Array, at: number): number {
  if (elf.bits === 32) return elf.number32(bytes, at) | 0;
  const [high, low] = elf.littleEndian ? [at + 4, at] : [at, at + 4];
  return (elf.number32(bytes, high) | 0) * 2 ** 32 + elf.number32(bytes, low);
}

function info32(elf: Elf, bytes: Uint8Array, at: number) {
  const info = elf.number32(bytes, at);
  return { symbol: info >>> 8, type: info & 0xff };
}

/**
 * The symbol is in the upper half of a number; but on MIPS `r_info` is a 32-bit symbol and then four bytes, the last of which
 * is the first type, in either byte order.
 */
function info64(elf: Elf, bytes: Uint8Array, at: number) {
  if (elf.machine === mips) return { symbol: elf.number32(bytes, at), type: bytes[at + 7]! };
  const [symbol, type] = elf.littleEndian ? [at + 4, at] : [at, at + 4];
  return { symbol: elf.number32(bytes, symbol), type: elf.number32(bytes, type) };
}

function nameAt(elf: Elf, { entries, entrySize, section, value }: Symbols, pointer: Pointer): string {
  // The table begins with its second symbol here; the first, number 0, is none.
  const entry = (pointer.symbol - 1) * entrySize;
  if (pointer.symbol === 0 || entry + entrySize > entries.length)
    throw new Malformed(`a parameter's name is at symbol ${pointer.symbol}, which it does not have`);
  const index = elf.number16(entries, entry + section);
  if (index === 0 || index >= reserved || index >= elf.sectionCount)
    throw new Malformed(`a parameter's name is in section ${index}, which it does not have`);
  const start = elf.address(entries, entry + value) + pointer.addend;
  const { length } = elf.extent(index);
  if (start < 0 || start >= length) throw new Malformed("a parameter's name lies outside of its section");
  const strings = elf.part(index, start, Math.min(longestName + 1, length - start), 'content');
  const end = nameEnd(strings, 0);
  return Buffer.from(strings.buffer, strings.byteOffset, end).toString('latin1');
}
