/**
 * What modules take on a router's flash, in bytes.
 *
 * A read-only root is a squashfs, packed with xz on most routers, in blocks of 128 KiB. Node has no xz, but brotli's
 * middle quality packs code in steady proportion to what mksquashfs makes of it with xz and zstd; gzip is zlib's own. So an
 * estimate packs each block once with brotli and once with zlib. docs/kernel.md says how far off it is.
 */
import { readFileSync, statSync } from 'node:fs';
import { brotliCompressSync, constants, deflateSync } from 'node:zlib';
import { compressionOf, decompress } from './compression.ts';
import { Malformed } from './problem.ts';

export interface PackedSizes {
  /** As loaders install them: unpacked. */
  raw: number;
  gzip: number;
  zstd: number;
  xz: number;
}

const blockSize = 128 * 1024;
/** What xz and zstd (level 19 and up) make of a block, against brotli's quality 5. */
const xzRatio = 0.82;
const zstdRatio = 0.96;

/** The size of a module's file, unpacked where it is compressed; 0 where it cannot be read, which the graph reports. */
export function moduleBytes(file: string): number {
  try {
    return compressionOf(file) === undefined ? statSync(file).size : moduleContent(file).length;
  } catch (error) {
    if (error instanceof Malformed || (error as NodeJS.ErrnoException).code !== undefined) return 0;
    throw error;
  }
}

/**
 * What files of modules take together in a squashfs with blocks of 128 KiB, estimated for each way to pack it; nothing for
 * those that cannot be read.
 */
export function packedSizes(files: readonly string[]): PackedSizes {
  const sizes: PackedSizes = { raw: 0, gzip: 0, zstd: 0, xz: 0 };
  for (const file of files) {
    if (moduleBytes(file) === 0) continue;
    const content = moduleContent(file);
    sizes.raw += content.length;
    for (let start = 0; start < content.length; start += blockSize) {
      const block = content.subarray(start, start + blockSize);
      const brotli = brotliCompressSync(block, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 5,
          [constants.BROTLI_PARAM_SIZE_HINT]: block.length,
        },
      }).length;
      // What does not shrink is stored as it is.
      sizes.gzip += Math.min(block.length, deflateSync(block, { level: 9 }).length);
      sizes.zstd += Math.min(block.length, Math.ceil(brotli * zstdRatio));
      sizes.xz += Math.min(block.length, Math.ceil(brotli * xzRatio));
    }
  }
  return sizes;
}

function moduleContent(file: string): Uint8Array {
  const content = readFileSync(file);
  const compression = compressionOf(file);
  return compression === undefined ? content : decompress(content, compression, file);
}
