/**
 * Compressed modules: `.ko.gz`, `.ko.xz`, `.ko.zst` (CONFIG_MODULE_COMPRESS_*).
 *
 * Node itself unpacks gzip, and since 22.15 zstd. For xz there is nothing in Node, and no well-kept package without
 * dependencies of its own: such modules have to be unpacked first, as they are for a router anyway.
 */
import * as zlib from 'node:zlib';
import { Malformed } from './problem.ts';

export type Compression = 'gzip' | 'xz' | 'zstd';

/** No module is larger unpacked. */
const largest = 256 * 1024 * 1024;

const endings: [ending: string, compression: Compression | undefined][] = [
  ['.ko', undefined],
  ['.ko.gz', 'gzip'],
  ['.ko.xz', 'xz'],
  ['.ko.zst', 'zstd'],
];

/** Whether a file's name is a module's, as kmod has it. */
export function isModuleFile(name: string): boolean {
  return endings.some(([ending]) => name.length > ending.length && name.endsWith(ending));
}

/** How a module's file is compressed, by its name. */
export function compressionOf(name: string): Compression | undefined {
  return endings.find(([ending]) => name.endsWith(ending))?.[1];
}

type Decompress = (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** What this Node unpacks, by compression. */
export const decompressors: Partial<Record<Compression, Decompress>> = {
  gzip: (packed, options) => zlib.gunzipSync(packed, options),
  ...('zstdDecompressSync' in zlib && { zstd: zlib.zstdDecompressSync as Decompress }),
};

const programs: Record<Compression, string> = { gzip: 'gunzip', xz: 'unxz', zstd: 'unzstd --rm' };

/**
 * @throws Malformed with `module-compression` where Node cannot, with `module-malformed` where the data is none
 */
export function decompress(packed: Uint8Array, compression: Compression, file: string): Uint8Array {
  const unpack = decompressors[compression];
  if (unpack === undefined) {
    const ending = file.slice(file.lastIndexOf('.'));
    throw new Malformed(
      `it is compressed with ${compression}, which this Node (${process.version}) cannot read`,
      'module-compression',
      `unpack a copy of the kernel: find COPY -name '*.ko${ending}' -exec ${programs[compression]} {} +` +
        (compression === 'zstd' ? '; Node 22.15 and later read it' : ''),
    );
  }
  try {
    return unpack(packed, { maxOutputLength: largest });
  } catch (error) {
    throw new Malformed(`it is no ${compression} data: ${(error as Error).message}`);
  }
}
