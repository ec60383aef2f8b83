/**
 * Bytes at offsets, of a file or of a buffer.
 *
 * A module's file is mostly code, of which nothing here needs a byte, and a graph opens thousands of them. So a file
 * is read in pieces, into memory that is used again for the next: what `read` returns holds until the same slot is
 * read again, by whatever file.
 */
import { fstatSync, readSync } from 'node:fs';
import { Malformed } from './problem.ts';

/** What a piece is for; pieces of different slots are held at once. */
export type Slot = 'header' | 'sections' | 'names' | 'symbols' | 'strings' | 'content';

export interface ByteSource {
  /** @throws Malformed where the file ends before, or the piece is larger than any module's */
  read(slot: Slot, offset: number, length: number): Uint8Array;
}

/** No part of a module is as large; a header that says so is wrong. */
const largest = 64 * 1024 * 1024;
/** Below this, the file's own size is not asked for before memory is taken. */
const modest = 256 * 1024;

const scratch: Record<Slot, Uint8Array> = {
  header: new Uint8Array(64),
  sections: new Uint8Array(16 * 1024),
  names: new Uint8Array(16 * 1024),
  symbols: new Uint8Array(64 * 1024),
  strings: new Uint8Array(64 * 1024),
  content: new Uint8Array(64 * 1024),
};

/** The bytes of an open file. */
export function fileBytes(fd: number): ByteSource {
  return {
    read(slot, offset, length) {
      checkRange(offset, length);
      let memory = scratch[slot];
      if (memory.length < length) {
        if (length > modest && offset + length > fstatSync(fd).size) throw truncated(offset, length);
        memory = new Uint8Array(Math.max(length, 2 * memory.length));
        scratch[slot] = memory;
      }
      for (let done = 0; done < length; ) {
        const count = readSync(fd, memory, done, length - done, offset + done);
        if (count === 0) throw truncated(offset, length);
        done += count;
      }
      return memory.subarray(0, length);
    },
  };
}

export function bufferBytes(buffer: Uint8Array): ByteSource {
  return {
    read(_, offset, length) {
      checkRange(offset, length);
      if (offset + length > buffer.length) throw truncated(offset, length);
      return buffer.subarray(offset, offset + length);
    },
  };
}

function checkRange(offset: number, length: number): void {
  if (length > largest) throw new Malformed(`a part of it claims ${length} bytes, more than any module's`);
  if (offset > Number.MAX_SAFE_INTEGER - length) throw truncated(offset, length);
}

function truncated(offset: number, length: number): Malformed {
  return new Malformed(`it ends before byte ${offset + length}, where a part of it has to end`);
}
