/** One module's file: what it exports, what it uses of others, and its `.modinfo`. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { reason } from '../../diagnostics/system-error.ts';
import { bufferBytes, fileBytes } from './bytes.ts';
import { compressionOf, decompress } from './compression.ts';
import { Elf, nameEnd, undefinedSection } from './elf.ts';
import { Malformed } from './problem.ts';
import type { SymbolNames } from './symbol-names.ts';

/**
 * Opens a module, by its name's ending compressed or not, for as long as `use` runs. One module is open at a time: their
 * bytes share memory.
 *
 * @throws Malformed also where the file cannot be read
 */
export function withModule<T>(file: string, use: (elf: Elf) => T): T {
  const compression = compressionOf(file);
  let fd: number | undefined;
  try {
    // A pipe that nobody writes to is not waited for.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (compression === undefined) return use(new Elf(fileBytes(fd)));
    if (fstatSync(fd).size > largestPacked) throw new Malformed('it is larger than any module');
    return use(new Elf(bufferBytes(decompress(readFileSync(fd), compression, file))));
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed(`it cannot be read: ${reason(error)}`, 'module-unreadable');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const largestPacked = 256 * 1024 * 1024;

/** What a module gives to others and takes from them, as numbers of `SymbolNames`. */
export interface Links {
  exports: number[];
  /** In the symbol table's order; twice the number, and 1 more where the symbol may be missing (weak). */
  uses: number[];
}

const weak = 2;
const dot = 0x2e;

/**
 * What `elf` exports and uses, added to `links`.
 *
 * Exports are the strings of `__ksymtab_strings` (include/linux/export.h), one for each symbol, with the names of
 * namespaces among them, which no symbol shares. depmod takes them where there are no `__crc_` symbols; these are
 * of the same symbols, but removed by a strip.
 *
 * @throws Malformed
 */
export function readLinks(elf: Elf, names: SymbolNames, links: Links): void {
  readExports(elf, names, links.exports);
  const symbols = elf.symbols('global');
  if (symbols === undefined) throw new Malformed('it has no symbol table, so nothing says what it needs');
  const { entries, entrySize, strings, info, section } = symbols;
  for (let at = 0; at < entries.length; at += entrySize) {
    // 0 is the same in either byte order.
    if (entries[at + section] !== undefinedSection || entries[at + section + 1] !== undefinedSection)
      continue;
    let start = elf.number32(entries, at);
    const end = nameEnd(strings, start);
    // A function's entry point on 64-bit PowerPC, ABI 1.
    if (strings[start] === dot) start++;
    if (start === end) continue;
    const isWeak = entries[at + info]! >> 4 === weak;
    links.uses.push(2 * names.number(strings, start, end) + (isWeak ? 1 : 0));
  }
}

function readExports(elf: Elf, names: SymbolNames, exports: number[]): void {
  const index = elf.find('__ksymtab_strings');
  if (index < 0) return;
  const strings = elf.content(index, 'content');
  for (let start = 0; start < strings.length; start++) {
    if (strings[start] === 0) continue;
    const end = nameEnd(strings, start);
    exports.push(names.number(strings, start, end));
    start = end;
  }
}

export interface Export {
  name: string;
  /** Only for modules whose licence is compatible with the GPL. Undefined where a strip has removed what says so. */
  gpl: boolean | undefined;
  /** What users have to import; undefined where there is none, or a strip has removed what says so. */
  namespace: string | undefined;
}

/**
 * What a module exports, with what `EXPORT_SYMBOL_GPL` and `EXPORT_SYMBOL_NS` said, in the order of its strings.
 *
 * Each exported `f` has an entry `__ksymtab_f` in `__ksymtab` or `__ksymtab_gpl` (before 5.12 also `__ksymtab_unused`
 * and `__ksymtab_gpl_future`), and since 5.4 its namespace at `__kstrtabns_f` among the strings.
 *
 * @throws Malformed
 */
export function exportsOf(elf: Elf): Export[] {
  const index = elf.find('__ksymtab_strings');
  if (index < 0) return [];
  const strings = elf.content(index, 'content');
  const entries = new Map<string, boolean>();
  const namespaces = new Map<string, number>();
  const kinds: (boolean | undefined)[] = [];
  for (let section = 0; section < elf.sectionCount; section++) {
    const { name } = elf.section(section);
    if (name.startsWith('__ksymtab') && name !== '__ksymtab_strings') kinds[section] = name.includes('_gpl');
  }
  const symbols = elf.symbols('all');
  for (let at = 0; symbols !== undefined && at < symbols.entries.length; at += symbols.entrySize) {
    const start = elf.number32(symbols.entries, at);
    const section = elf.number16(symbols.entries, at + symbols.section);
    const name = latin1(symbols.strings, start, nameEnd(symbols.strings, start));
    const gpl = kinds[section];
    if (gpl !== undefined && name.startsWith('__ksymtab_')) entries.set(name.slice('__ksymtab_'.length), gpl);
    if (section === index && name.startsWith('__kstrtabns_')) {
      const value = symbols.entries.subarray(at + symbols.value);
      namespaces.set(
        name.slice('__kstrtabns_'.length),
        elf.bits === 64 ? elf.number64(value, 0) : elf.number32(value, 0),
      );
    }
  }
  const found: Export[] = [];
  for (let start = 0; start < strings.length; start++) {
    if (strings[start] === 0) continue;
    const end = nameEnd(strings, start);
    const name = latin1(strings, start, end);
    start = end;
    // With the entries there, a string that has none is a namespace.
    if (entries.size > 0 && !entries.has(name)) continue;
    const at = namespaces.get(name);
    const namespace =
      at !== undefined && at < strings.length ? latin1(strings, at, nameEnd(strings, at)) : '';
    found.push({ name, gpl: entries.get(name), namespace: namespace === '' ? undefined : namespace });
  }
  return found;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
