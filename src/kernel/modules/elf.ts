/**
 * ELF as far as kernel modules need it: relocatable files of 32 and 64 bits, in either byte order.
 *
 * The format is the System V ABI's (gABI, chapters 4 and 5). A file is trusted in nothing: every offset is checked where
 * bytes are read, every name's length is bounded, so that reading takes time in proportion to the file.
 */
import type { ByteSource, Slot } from './bytes.ts';
import { Malformed } from './problem.ts';

export interface Section {
  name: string;
  /** As in the ABI's table of section types: 2 is a symbol table, 8 takes no space in the file. */
  type: number;
  flags: number;
  /** In the file, in bytes. */
  offset: number;
  size: number;
  link: number;
  info: number;
}

/** Section types: SHT_SYMTAB and SHT_NOBITS. */
const symbolTable = 2;
const noBits = 8;
/** What names of sections mostly take at most, and what lies between symbols and their names; in bytes. */
const usualNames = 2048;
const usualGap = 64;
/** A section's number that says that a symbol is another file's. */
export const undefinedSection = 0;

/** An open ELF file. */
export class Elf {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** The ABI's number of the processor, as in the kernel's include/uapi/linux/elf-em.h. */
  readonly machine: number;
  readonly sectionCount: number;
  readonly #bytes: ByteSource;
  readonly #headers: Uint8Array;
  readonly #headerSize: number;
  readonly #names: Uint8Array;

  /** @throws Malformed */
  constructor(bytes: ByteSource) {
    this.#bytes = bytes;
    // Of 32 bits it is 52 bytes long; what has only these has no sections.
    const header = bytes.read('header', 0, 64);
    if (header[0] !== 0x7f || header[1] !== 0x45 || header[2] !== 0x4c || header[3] !== 0x46) {
      throw new Malformed(`it is no ELF file${otherFormat(header)}`);
    }
    if (header[4] !== 1 && header[4] !== 2) throw new Malformed(`its ELF class is ${header[4]}, not 1 or 2`);
    if (header[5] !== 1 && header[5] !== 2) throw new Malformed(`its byte order is ${header[5]}, not 1 or 2`);
    this.bits = header[4] === 1 ? 32 : 64;
    this.littleEndian = header[5] === 1;
    const wide = this.bits === 64;

    const type = this.number16(header, 16);
    if (type !== 1) throw new Malformed(`its ELF type is ${type}: it is no relocatable file, as modules are`);
    this.machine = this.number16(header, 18);
    const start = wide ? this.number64(header, 40) : this.number32(header, 32);
    const entrySize = this.number16(header, wide ? 58 : 46);
    let count = this.number16(header, wide ? 60 : 48);
    let nameSection = this.number16(header, wide ? 62 : 50);
    this.#headerSize = wide ? 64 : 40;
    if (entrySize !== this.#headerSize)
      throw new Malformed(`its section headers have ${entrySize} bytes, not ${this.#headerSize}`);
    if (start === 0) throw new Malformed('it has no sections');
    // Numbers too large for the header are in the first section's.
    if (count === 0 || nameSection === 0xffff) {
      this.#headers = bytes.read('sections', start, this.#headerSize);
      if (count === 0) count = this.#size(0);
      if (nameSection === 0xffff) nameSection = this.#link(0);
    }
    this.sectionCount = count;
    if (nameSection >= count)
      throw new Malformed(`the section of its names, ${nameSection}, is not one of ${count}`);
    // Linkers put the names just before the headers: mostly one piece has both.
    const before = Math.min(start, usualNames);
    const piece = bytes.read('sections', start - before, before + count * this.#headerSize);
    this.#headers = piece.subarray(before);
    const names = this.#offset(nameSection) - (start - before);
    const size = this.#size(nameSection);
    this.#names =
      names >= 0 && names + size <= piece.length
        ? piece.subarray(names, names + size)
        : bytes.read('names', this.#offset(nameSection), size);
  }

  number16(bytes: Uint8Array, at: number): number {
    return this.littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
  }

  number32(bytes: Uint8Array, at: number): number {
    return this.littleEndian
      ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
      : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  /** Exact up to 2^53; what is above lies behind the end of every file. */
  number64(bytes: Uint8Array, at: number): number {
    const first = this.number32(bytes, at);
    const second = this.number32(bytes, at + 4);
    return this.littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }

  /** A number as wide as the file's addresses. */
  address(bytes: Uint8Array, at: number): number {
    return this.bits === 64 ? this.number64(bytes, at) : this.number32(bytes, at);
  }

  /** The section at an index below `sectionCount`. */
  section(index: number): Section {
    return {
      name: this.#name(index),
      type: this.#type(index),
      flags: this.#word(index, 8, 8),
      offset: this.#offset(index),
      size: this.#type(index) === noBits ? 0 : this.#size(index),
      link: this.#link(index),
      info: this.#info(index),
    };
  }

  /** The index of the first section of that name; -1 where there is none. */
  find(name: string): number {
    const names = this.#names;
    const length = name.length;
    for (let index = 1; index < this.sectionCount; index++) {
      const at = this.number32(this.#headers, index * this.#headerSize);
      if (at + length >= names.length || names[at + length] !== 0) continue;
      let same = 0;
      while (same < length && names[at + same] === name.charCodeAt(same)) same++;
      if (same === length) return index;
    }
    return -1;
  }

  /** A section's bytes, until the slot is read again. */
  content(index: number, slot: Slot): Uint8Array {
    if (this.#type(index) === noBits) return new Uint8Array(0);
    return this.#bytes.read(slot, this.#offset(index), this.#size(index));
  }

  /** As `content`, of `length` bytes from `start`, which have to lie in the section. */
  part(index: number, start: number, length: number, slot: Slot): Uint8Array {
    return this.#bytes.read(slot, this.#offset(index) + start, length);
  }

  /** Where a section's bytes are. */
  extent(index: number): { offset: number; length: number } {
    return { offset: this.#offset(index), length: this.#type(index) === noBits ? 0 : this.#size(index) };
  }

  /**
   * The symbol table from its first symbol that other files can see, or from its very first; undefined where the file
   * has none.
   */
  symbols(which: 'global' | 'all'): Symbols | undefined {
    let index = 1;
    while (index < this.sectionCount && this.#type(index) !== symbolTable) index++;
    if (index >= this.sectionCount) return undefined;
    const entrySize = this.bits === 64 ? 24 : 16;
    const size = this.#size(index);
    if (size % entrySize !== 0)
      throw new Malformed(`its symbol table has ${size} bytes, no multiple of ${entrySize}`);
    const link = this.#link(index);
    if (link === 0 || link >= this.sectionCount)
      throw new Malformed(`its symbols have their names in section ${link}, which it does not have`);
    // `info` counts local symbols, which come first. A number that cannot be is as good as none.
    const locals = this.#info(index);
    const first = which === 'global' && locals > 0 && locals <= size / entrySize ? locals : 1;
    const skipped = Math.min(first * entrySize, size);
    return {
      ...this.#twoPieces(this.#offset(index) + skipped, size - skipped, link),
      entrySize,
      // Within an entry.
      info: this.bits === 64 ? 4 : 12,
      section: this.bits === 64 ? 6 : 14,
      value: this.bits === 64 ? 8 : 4,
    };
  }

  /** Names mostly lie just behind the symbols: then one piece has both. */
  #twoPieces(offset: number, size: number, link: number): { entries: Uint8Array; strings: Uint8Array } {
    const strings = this.extent(link);
    const gap = strings.offset - (offset + size);
    if (gap < 0 || gap > usualGap) {
      const entries = this.#bytes.read('symbols', offset, size);
      return { entries, strings: this.content(link, 'strings') };
    }
    const piece = this.#bytes.read('symbols', offset, size + gap + strings.length);
    return { entries: piece.subarray(0, size), strings: piece.subarray(size + gap) };
  }

  #name(index: number): string {
    return text(this.#names, this.number32(this.#headers, index * this.#headerSize));
  }

  #type(index: number): number {
    return this.number32(this.#headers, index * this.#headerSize + 4);
  }

  #offset(index: number): number {
    return this.#word(index, 16, 24);
  }

  #size(index: number): number {
    return this.#word(index, 20, 32);
  }

  #link(index: number): number {
    return this.number32(this.#headers, index * this.#headerSize + (this.bits === 64 ? 40 : 24));
  }

  #info(index: number): number {
    return this.number32(this.#headers, index * this.#headerSize + (this.bits === 64 ? 44 : 28));
  }

  /** A field of a section's header that is as wide as the file's addresses. */
  #word(index: number, at32: number, at64: number): number {
    const start = index * this.#headerSize;
    return this.address(this.#headers, start + (this.bits === 64 ? at64 : at32));
  }
}

/** A symbol table's bytes, and where in an entry its fields are; the name, an offset in `strings`, comes first. */
export interface Symbols {
  entries: Uint8Array;
  entrySize: number;
  strings: Uint8Array;
  info: number;
  section: number;
  value: number;
}

/** Longer than any name that kernels take: theirs end at 512 bytes (KSYM_NAME_LEN). */
export const longestName = 1023;

/** Where the name that begins at `start` ends. */
export function nameEnd(strings: Uint8Array, start: number): number {
  const limit = Math.min(strings.length, start + longestName + 1);
  let end = start;
  while (end < limit && strings[end] !== 0) end++;
  if (start >= strings.length) throw new Malformed('a name lies outside of its table');
  if (end === limit)
    throw new Malformed(
      end === strings.length ? 'a name has no end' : `a name is longer than ${longestName} bytes`,
    );
  return end;
}

/** The name that begins at `start`; '' where there is none. */
function text(strings: Uint8Array, start: number): string {
  const end = strings.indexOf(0, start);
  if (start >= strings.length || end < 0 || end - start > longestName) return '';
  return Buffer.from(strings.buffer, strings.byteOffset + start, end - start).toString('latin1');
}

function otherFormat(bytes: Uint8Array): string {
  const begin = Buffer.from(bytes).toString('latin1');
  if (begin.startsWith('\x1f\x8b')) return ': it is gzip data';
  if (begin.startsWith('\xfd7zXZ')) return ': it is xz data';
  if (begin.startsWith('\x28\xb5\x2f\xfd')) return ': it is zstd data';
  if (begin.startsWith('!<arch>')) return ': it is an archive';
  return '';
}
