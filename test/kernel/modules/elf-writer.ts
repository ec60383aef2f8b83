/** Writes kernel modules that never run: of any width and byte order, with the sections that say how modules belong together. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface WrittenModule {
  bits?: 32 | 64;
  byteOrder?: 'little' | 'big';
  machine?: number;
  /** `key=value` each. */
  modinfo?: string[];
  exports?: { name: string; gpl?: boolean; namespace?: string }[];
  uses?: (string | { name: string; weak: boolean })[];
  /** Names of parameters, as the kernel compares them; by default those that `modinfo` speaks of. */
  parameters?: string[];
  /** Where relocations have the bytes beyond a symbol: by default as compilers do it, in them in a file of 64 bits. */
  relocations?: 'rela' | 'rel';
  /** Symbols of its own that nobody else sees. */
  locals?: string[];
  /** As a strip leaves it: without symbols that only the linker needed. */
  stripped?: boolean;
  /** Names before symbols and far from their headers, as no linker puts them. */
  scattered?: boolean;
}

/** Names behind `parm=` and `parmtype=`, each once. */
function describedIn(modinfo: readonly string[] = []): string[] {
  const names = modinfo.flatMap((line) => /^parm(?:type)?=([^:]*):/.exec(line)?.[1] ?? []);
  return [...new Set(names)];
}

interface WrittenSection {
  name: string;
  type: number;
  content: Buffer;
  link?: string;
  info?: number;
  entrySize?: number;
}

export function writeModule(module: WrittenModule): Buffer {
  const { bits = 64, byteOrder = 'little', machine = 62, scattered = false } = module;
  const number = (value: number, size: number): Buffer => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at++) {
      // Of a negative number, the two's complement.
      bytes[byteOrder === 'little' ? at : size - 1 - at] =
        ((Math.floor(value / 256 ** at) % 256) + 256) % 256;
    }
    return bytes;
  };
  const half = (value: number): Buffer => number(value, 2);
  const word = (value: number): Buffer => number(value, 4);
  const address = (value: number): Buffer => number(value, bits / 8);
  const { relocations = bits === 64 ? 'rela' : 'rel' } = module;

  const exports = module.exports ?? [];
  const strings = makeStrings();
  const exportStrings = makeStrings(0);
  const inSection: Record<string, number> = { text: 1, strings: 3, plain: 4, gpl: 5, rodata: 11 };
  const symbol = (name: string, binding: number, section: number, value = 0): Buffer => {
    const at = word(name === '' ? 0 : strings.add(name));
    const kind = Buffer.from([(binding << 4) | (section === 0 ? 0 : 1), 0]);
    return bits === 64
      ? Buffer.concat([at, kind, half(section), address(value), address(0)])
      : Buffer.concat([at, address(value), address(0), kind, half(section)]);
  };
  const locals = (module.locals ?? []).map((name) => symbol(name, 0, inSection.text!));
  exports.forEach(({ name, gpl, namespace }, index) => {
    const nameAt = exportStrings.add(name);
    const namespaceAt = exportStrings.add(namespace ?? '');
    if (module.stripped) return;
    locals.push(symbol(`__kstrtab_${name}`, 0, inSection.strings!, nameAt));
    locals.push(symbol(`__kstrtabns_${name}`, 0, inSection.strings!, namespaceAt));
    locals.push(symbol(`__ksymtab_${name}`, 0, gpl ? inSection.gpl! : inSection.plain!, 12 * index));
  });
  // A compiler has `.rodata` and bytes beyond it, or the name's own symbol, which a strip removes.
  const texts = makeStrings();
  const pointers: { symbol: number; addend: number }[] = [];
  const names = module.parameters ?? describedIn(module.modinfo);
  const pointTo = (name: string): void => {
    const at = texts.add(name);
    const own = !module.stripped && pointers.length % 2 === 1;
    locals.push(symbol(own ? `__param_str_${name}` : '', 0, inSection.rodata!, own ? at : at + 4));
    pointers.push({ symbol: locals.length, addend: own ? 0 : -4 });
  };
  names.forEach(pointTo);
  const entrySize = bits === 64 ? 40 : 20;
  const parameterEntries = pointers.map(({ addend }) =>
    Buffer.concat([
      relocations === 'rel' ? address(addend) : address(0),
      Buffer.alloc(entrySize - bits / 8, 0x55),
    ]),
  );
  const info = (symbol: number): Buffer => {
    if (bits === 32) return word(symbol * 256 + 2);
    if (machine === 8) return Buffer.concat([word(symbol), Buffer.from([0, 0, 0, 18])]);
    return byteOrder === 'little'
      ? Buffer.concat([word(1), word(symbol)])
      : Buffer.concat([word(symbol), word(1)]);
  };
  const nameRelocations = pointers.map(({ symbol, addend }, index) =>
    Buffer.concat([
      address(index * entrySize),
      info(symbol),
      relocations === 'rela' ? address(addend) : Buffer.alloc(0),
    ]),
  );
  const globals = exports.map(({ name }) => symbol(name, 1, inSection.text!));
  for (const use of module.uses ?? []) {
    const { name, weak } = typeof use === 'string' ? { name: use, weak: false } : use;
    globals.push(symbol(name, weak ? 2 : 1, 0));
  }
  const nothing = Buffer.alloc(bits === 64 ? 24 : 16);

  const sectionNames = makeStrings();
  const sections: WrittenSection[] = [
    { name: '', type: 0, content: Buffer.alloc(0) },
    { name: '.text', type: 1, content: Buffer.alloc(16) },
    { name: '.modinfo', type: 1, content: Buffer.from((module.modinfo ?? []).map((s) => `${s}\0`).join('')) },
    { name: '__ksymtab_strings', type: 1, content: exportStrings.content() },
    { name: '__ksymtab', type: 1, content: Buffer.alloc(12) },
    { name: '__ksymtab_gpl', type: 1, content: Buffer.alloc(12) },
    { name: '.gnu.linkonce.this_module', type: 1, content: Buffer.alloc(64) },
    { name: '.bss', type: 8, content: Buffer.alloc(0) },
  ];
  const symbols: WrittenSection = {
    name: '.symtab',
    type: 2,
    content: Buffer.concat([nothing, ...locals, ...globals]),
    link: '.strtab',
    info: 1 + locals.length,
    entrySize: nothing.length,
  };
  const strtab: WrittenSection = { name: '.strtab', type: 3, content: strings.content() };
  const headerNames: WrittenSection = { name: '.shstrtab', type: 3, content: Buffer.alloc(0) };
  sections.push(...(scattered ? [headerNames, strtab, symbols] : [symbols, strtab, headerNames]));
  if (names.length > 0) {
    sections.push(
      { name: '.rodata', type: 1, content: texts.content() },
      { name: '__param', type: 1, content: Buffer.concat(parameterEntries) },
      {
        name: `.${relocations}__param`,
        type: relocations === 'rela' ? 4 : 9,
        content: Buffer.concat(nameRelocations),
        link: '.symtab',
        info: 12,
      },
    );
  }
  const nameAt = sections.map(({ name }) => sectionNames.add(name));
  headerNames.content = sectionNames.content();

  const headerSize = bits === 64 ? 64 : 52;
  const parts: Buffer[] = [];
  let end = headerSize;
  const append = (part: Buffer): number => {
    const padding = Buffer.alloc(((8 - (end % 8)) % 8) + (scattered ? 4096 : 0));
    parts.push(padding, part);
    const at = end + padding.length;
    end = at + part.length;
    return at;
  };
  const offsets = sections.map(({ content }) => append(content));
  const index = (name: string | undefined): number => sections.findIndex((section) => section.name === name);
  const headers = sections.map(({ type, content, link, info = 0, entrySize = 0 }, at) =>
    Buffer.concat([
      word(nameAt[at]!),
      word(type),
      address(0),
      address(0),
      address(type === 0 ? 0 : offsets[at]!),
      address(type === 8 ? 4096 : content.length),
      word(link === undefined ? 0 : index(link)),
      word(info),
      address(1),
      address(entrySize),
    ]),
  );
  const start = append(Buffer.concat(headers));
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, byteOrder === 'little' ? 1 : 2, 1]),
    Buffer.alloc(9),
    half(1),
    half(machine),
    word(1),
    address(0),
    address(0),
    address(start),
    word(0),
    half(headerSize),
    half(0),
    half(0),
    half(headers[0]!.length),
    half(sections.length),
    half(index('.shstrtab')),
  ]);
  return Buffer.concat([header, ...parts]);
}

/** A table of strings with zeros between, after so many zeros. */
function makeStrings(zeros = 1): { add(text: string): number; content(): Buffer } {
  const texts = ['\0'.repeat(zeros)];
  let end = zeros;
  return {
    add(text) {
      const at = end;
      texts.push(`${text}\0`);
      end += Buffer.byteLength(text) + 1;
      return at;
    },
    content: () => Buffer.from(texts.join('')),
  };
}

/** Writes files below `root`: modules, or text as it is. */
export function plant(root: string, files: Record<string, WrittenModule | string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : writeModule(content));
  }
}
