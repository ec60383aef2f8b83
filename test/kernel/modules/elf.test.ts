import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bufferBytes } from '../../../src/kernel/modules/bytes.ts';
import { Elf } from '../../../src/kernel/modules/elf.ts';
import { modinfoOf } from '../../../src/kernel/modules/graph.ts';
import { architectureOf } from '../../../src/kernel/modules/machine.ts';
import { exportsOf, type Links, readLinks, withModule } from '../../../src/kernel/modules/module-file.ts';
import { parameterNames } from '../../../src/kernel/modules/param-section.ts';
import { Malformed } from '../../../src/kernel/modules/problem.ts';
import { SymbolNames } from '../../../src/kernel/modules/symbol-names.ts';
import { scratch } from '../../output/folder.ts';
import { type WrittenModule, writeModule } from './elf-writer.ts';

/** All that is read of a module, or the words of the error. */
function read(content: Uint8Array): unknown {
  try {
    return readAll(new Elf(bufferBytes(content)));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return error.message;
  }
}

function readAll(elf: Elf) {
  const names = new SymbolNames();
  const links: Links = { exports: [], uses: [] };
  readLinks(elf, names, links);
  return {
    ...architectureOf(elf),
    sections: Array.from({ length: elf.sectionCount }, (_, index) => elf.section(index).name),
    modinfo: modinfoOf(elf).fields,
    exports: exportsOf(elf),
    parameters: parameterNames(elf),
    exported: links.exports.map((number) => names.text(number)),
    uses: links.uses.map((use) => ({ name: names.text(use >> 1), weak: (use & 1) === 1 })),
  };
}

const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,30}$/);
const shape = fc.record({
  bits: fc.constantFrom(32 as const, 64 as const),
  byteOrder: fc.constantFrom('little' as const, 'big' as const),
  scattered: fc.boolean(),
  stripped: fc.boolean(),
});
const written: fc.Arbitrary<WrittenModule> = fc
  .record({
    shape,
    machine: fc.constantFrom(3, 8, 22, 40, 62, 183, 243),
    modinfo: fc.array(fc.tuple(name, fc.stringMatching(/^[^\0]{0,20}$/)).map((field) => field.join('='))),
    parameters: fc.array(
      fc.oneof(
        name,
        name.map((each) => `${each}.dotted`),
      ),
      { maxLength: 5 },
    ),
    relocations: fc.constantFrom('rela' as const, 'rel' as const),
    locals: fc.array(name, { maxLength: 3 }),
    exports: fc.uniqueArray(
      fc.record({ name, gpl: fc.boolean(), namespace: fc.option(name.map((each) => `NS_${each}`)) }),
      { selector: (each) => each.name, maxLength: 4 },
    ),
    uses: fc.array(fc.record({ name, weak: fc.boolean() }), { maxLength: 4 }),
  })
  .map(({ shape, exports, ...rest }) => ({
    ...shape,
    ...rest,
    exports: exports.map(({ namespace, ...each }) => ({ ...each, ...(namespace !== null && { namespace }) })),
  }));

test('what was written is read, of either width and byte order, wherever its parts lie', () => {
  fc.assert(
    fc.property(written, (module) => {
      const { exports = [], modinfo = [], stripped } = module;
      expect(read(writeModule(module))).toMatchObject({
        bits: module.bits,
        byteOrder: module.byteOrder,
        machine: module.machine,
        modinfo: modinfo.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
        exported: exports.flatMap(({ name, namespace }) => (namespace ? [name, namespace] : [name])),
        exports: stripped
          ? exports
              .flatMap(({ name, namespace }) => (namespace ? [name, namespace] : [name]))
              .map((name) => ({ name, gpl: undefined, namespace: undefined }))
          : exports.map(({ name, gpl, namespace }) => ({ name, gpl, namespace })),
        parameters: module.parameters,
        uses: module.uses,
      });
    }),
  );
});

const rich: WrittenModule = {
  modinfo: ['license=GPL', 'name=rich', 'parm=a:b', 'alias=x*'],
  parameters: ['one', 'two', 'three'],
  exports: [{ name: 'plain' }, { name: 'gpl', gpl: true, namespace: 'NS' }],
  uses: ['used', { name: 'maybe', weak: true }],
  locals: ['own'],
};

test('a file that ends early is an error, at whatever byte', () => {
  for (const bits of [32, 64] as const) {
    for (const scattered of [false, true]) {
      const content = writeModule({ ...rich, bits, scattered });
      for (let length = 0; length < content.length; length += scattered ? 7 : 1) {
        expect(read(content.subarray(0, length)), `${length} bytes`).toMatch(/^it ends before byte [0-9]+/);
      }
    }
  }
});

test('so it is on the disk, whatever was read before', () => {
  const file = join(scratch(), 'short.ko');
  const content = writeModule(rich);
  for (let length = 0; length < content.length; length += 13) {
    writeFileSync(file, content);
    withModule(file, readAll);
    writeFileSync(file, content.subarray(0, length));
    expect(() => withModule(file, readAll), `${length} bytes`).toThrow(/^it ends before byte/);
  }
});

test('a file with other bytes in it is a module or an error', () => {
  const change = fc.record({
    at: fc.nat(),
    to: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
  });
  fc.assert(
    fc.property(shape, fc.array(change, { minLength: 1, maxLength: 8 }), (shape, changes) => {
      const content = writeModule({ ...rich, ...shape });
      for (const { at, to } of changes) content[at % content.length] = to;
      const result = read(content);
      expect(typeof result === 'string' ? result.length : result).toBeTruthy();
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes are an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (content) => {
      expect(typeof read(content)).toBe('string');
      // As far as the header goes, it looks like a module.
      const header = writeModule({ bits: content[0] === 0 ? 32 : 64 }).subarray(0, 64);
      expect(typeof read(Buffer.concat([header, content]))).toBe('string');
    }),
  );
});

/** A module in which the header of the symbol table says something else. */
function withSymbolTable(change: (header: Buffer) => void): Buffer {
  const content = writeModule({ ...rich, parameters: [] });
  const start = Number(content.readBigUInt64LE(40));
  const index = 8;
  const header = content.subarray(start + index * 64, start + (index + 1) * 64);
  expect(header.readUInt32LE(4)).toBe(2);
  change(header);
  return content;
}

test('sizes that no module has are refused before memory is taken', () => {
  const size = (value: bigint) => withSymbolTable((header) => header.writeBigUInt64LE(value, 32));
  expect(read(size(24n * 2n ** 40n))).toMatch(/^a part of it claims [0-9]+ bytes, more than any module's$/);
  expect(read(size(24n * 2n ** 20n))).toMatch(/^it ends before byte/);
  expect(read(size(25n))).toBe('its symbol table has 25 bytes, no multiple of 24');
  expect(read(size(0n))).toMatchObject({ uses: [] });
  const offset = withSymbolTable((header) => header.writeBigUInt64LE(2n ** 64n - 1n, 24));
  expect(read(offset)).toMatch(/^it ends before byte/);
  const sections = writeModule(rich);
  sections.writeUInt16LE(0xfff0, 60);
  expect(read(sections)).toMatch(/^it ends before byte/);

  // On the disk it is the same, where a file can be longer than what it has.
  const file = join(scratch(), 'sparse.ko');
  writeFileSync(file, size(24n * 2n ** 20n));
  expect(() => withModule(file, readAll)).toThrow(/^it ends before byte/);
  execFileSync('truncate', ['-s', '1G', file]);
  expect(() => withModule(file, readAll)).toThrow(Malformed);
});

test('symbols that lie about locals, or have their names nowhere', () => {
  const info = (value: number) => withSymbolTable((header) => header.writeUInt32LE(value, 44));
  expect(read(info(0))).toMatchObject({ uses: [{ name: 'used' }, { name: 'maybe' }] });
  expect(read(info(0xffffffff))).toMatchObject({ uses: [{ name: 'used' }, { name: 'maybe' }] });
  const link = (value: number) => withSymbolTable((header) => header.writeUInt32LE(value, 40));
  expect(read(link(0))).toBe('its symbols have their names in section 0, which it does not have');
  expect(read(link(99))).toBe('its symbols have their names in section 99, which it does not have');
});

/** A module with two parameters, in which a section that is about them is another. */
function withParameters(name: string, change: (content: Buffer, header: Buffer) => void): Buffer {
  const content = writeModule({ parameters: ['first', 'second'] });
  const elf = new Elf(bufferBytes(content));
  const start = Number(content.readBigUInt64LE(40)) + 64 * elf.find(name);
  const header = content.subarray(start, start + 64);
  const at = Number(header.readBigUInt64LE(24));
  change(content.subarray(at, at + Number(header.readBigUInt64LE(32))), header);
  return content;
}

test('parameters whose names cannot be read', () => {
  const relocation = (at: number, value: bigint) =>
    read(
      withParameters('.rela__param', (content) => {
        content.writeBigUInt64LE(value, at);
      }),
    );
  // A file that says so cannot be loaded, and what it takes is not guessed.
  expect(relocation(0, 8n)).toBe('its parameter 1 has no name');
  expect(relocation(8, 0n)).toBe('its parameter 1 has no name');
  expect(relocation(8, 99n * 2n ** 32n + 1n)).toBe(
    "a parameter's name is at symbol 99, which it does not have",
  );
  expect(relocation(8, 1n)).toBe("a parameter's name is at symbol 0, which it does not have");
  for (const addend of [2n ** 63n - 1n, 2n ** 64n - 100n, 4096n])
    expect(relocation(16, addend)).toBe("a parameter's name lies outside of its section");
  // The symbol's own section: the last of the file's symbols is another file's.
  const elsewhere = withParameters('.symtab', (content) => {
    for (let at = 24; at < content.length; at += 24) content.writeUInt16LE(0xfff1, at + 6);
  });
  expect(read(elsewhere)).toBe("a parameter's name is in section 65521, which it does not have");

  const size = (name: string, value: number, at = 32) =>
    read(
      withParameters(name, (_, header) => {
        header.writeBigUInt64LE(BigInt(value), at);
      }),
    );
  expect(size('__param', 39)).toMatchObject({ parameters: [] });
  expect(size('__param', 79)).toMatchObject({ parameters: ['first'] });
  expect(size('__param', 120)).toBe('its parameter 3 has no name');
  expect(size('__param', 40 * 8193)).toBe('it claims 8193 parameters, more than any module has');
  expect(size('.rodata', 3)).toMatch(/outside of its section|no end/);
  expect(size('.rela__param', 0)).toBe('its parameter 1 has no name');
  expect(size('.rela__param', 2 ** 40)).toMatch(/more than any module's$/);
});

test('a name without an end, outside of its table, or longer than any', () => {
  expect(read(writeModule({ uses: ['u'.repeat(1023)] }))).toMatchObject({ uses: [{ weak: false }] });
  expect(read(writeModule({ uses: ['u'.repeat(1024)] }))).toBe('a name is longer than 1023 bytes');
  const content = writeModule({ uses: ['used'] });
  const place = content.indexOf('\0used\0') + 5;
  content[place] = 1;
  expect(read(content)).toBe('a name has no end');
});

test('files of another kind are named', () => {
  const padded = (start: string) => Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(64)]);
  expect(read(padded('\x1f\x8b\x08'))).toBe('it is no ELF file: it is gzip data');
  expect(read(padded('\xfd7zXZ\0'))).toBe('it is no ELF file: it is xz data');
  expect(read(padded('\x28\xb5\x2f\xfd'))).toBe('it is no ELF file: it is zstd data');
  expect(read(padded('!<arch>\n'))).toBe('it is no ELF file: it is an archive');
  const linked = writeModule({});
  linked.writeUInt16LE(3, 16);
  expect(read(linked)).toBe('its ELF type is 3: it is no relocatable file, as modules are');
});

test('a section count that the header has no room for is in the first section', () => {
  const content = writeModule(rich);
  const start = Number(content.readBigUInt64LE(40));
  content.writeBigUInt64LE(BigInt(content.readUInt16LE(60)), start + 32);
  content.writeUInt32LE(content.readUInt16LE(62), start + 40);
  content.writeUInt16LE(0, 60);
  content.writeUInt16LE(0xffff, 62);
  expect(read(content)).toEqual(read(writeModule(rich)));
});

test('what is no file is an error, and is not waited for', () => {
  const folder = scratch();
  mkdirSync(join(folder, 'folder.ko'));
  execFileSync('mkfifo', [join(folder, 'pipe.ko')]);
  expect(() => withModule(join(folder, 'folder.ko'), readAll)).toThrow('it cannot be read: it is a folder');
  expect(() => withModule(join(folder, 'pipe.ko'), readAll)).toThrow(
    'it cannot be read: it is no regular file',
  );
  expect(() => withModule(join(folder, 'none.ko'), readAll)).toThrow('it cannot be read: it is not there');
});
