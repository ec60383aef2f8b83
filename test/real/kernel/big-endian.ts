/**
 * Makes a big-endian module of a little-endian one of 32 bits: Liminix's routers of the mips kind are big-endian, and
 * Debian has no kernel for such a machine. The code would not run, but all that says how modules belong together is
 * turned: headers, symbols and the versions of symbols.
 */
export function bigEndian(module: Buffer): Buffer {
  const turned = Buffer.from(module);
  const turn = (at: number, ...sizes: number[]): void => {
    for (const size of sizes) {
      turned.subarray(at, at + size).reverse();
      at += size;
    }
  };
  const start = module.readUInt32LE(32);
  const count = module.readUInt16LE(48);
  const names = module.readUInt32LE(start + 40 * module.readUInt16LE(50) + 16);
  turned[5] = 2;
  turn(16, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2);
  for (let header = start; header < start + 40 * count; header += 40) {
    turn(header, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4);
    const [name, type, , , offset, size] = [0, 4, 8, 12, 16, 20].map((at) =>
      module.readUInt32LE(header + at),
    );
    const end = offset! + size!;
    // A symbol: name, value, size, two bytes, section.
    if (type === 2) for (let at = offset!; at < end; at += 16) turn(at, 4, 4, 4, 1, 1, 2);
    // Relocations.
    if (type === 9) for (let at = offset!; at < end; at += 8) turn(at, 4, 4);
    const begin = names + name!;
    const title = module.toString('latin1', begin, module.indexOf(0, begin));
    if (title === '__versions') for (let at = offset!; at < end; at += 64) turn(at, 4);
    if (title.startsWith('__kcrctab')) for (let at = offset!; at < end; at += 4) turn(at, 4);
  }
  return turned;
}
