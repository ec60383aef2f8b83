/** The bytes of an index → its header, and the text of a section when it is asked for. */
import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { formatVersion, IndexError, type IndexHeader, magic } from './format.ts';

/** Bytes that a section may have when it is unpacked; the kernel's have 3 MB. */
const largest = 64 * 1024 * 1024;

/** The sections of an index, by name. */
export interface Unpacked {
  /** A section's bytes; each is a character. @throws IndexError where it is not what was written */
  read(name: string): Buffer;
  has(name: string): boolean;
}

export class Sections implements Unpacked {
  readonly header: IndexHeader;
  readonly #bytes: Buffer;
  readonly #start: number;

  /** @throws IndexError */
  constructor(bytes: Buffer) {
    const { header, start } = split(bytes);
    this.header = header;
    this.#bytes = bytes;
    this.#start = start;
  }

  has(name: string): boolean {
    return this.header.sections.some((section) => section.name === name);
  }

  /** A section's bytes, unpacked; each is a character. @throws IndexError where it is not what was written */
  read(name: string): Buffer {
    let at = this.#start;
    for (const section of this.header.sections) {
      if (section.name !== name) {
        at += section.bytes;
        continue;
      }
      const body = this.#bytes.subarray(at, at + section.bytes);
      if (body.length !== section.bytes || hashOf(body) !== section.hash)
        throw damaged(`the section ${name} is not what was written`);
      return decoded(() => unpack(body, section.size));
    }
    throw damaged(`the section ${name} is missing`);
  }
}

/** In one piece, where the size is right: many small ones would have to be put together. */
function unpack(body: Buffer, size: number): Buffer {
  const chunkSize = Number.isSafeInteger(size) ? Math.min(Math.max(size, 64), largest) + 1 : 2 ** 20;
  return brotliDecompressSync(body, { maxOutputLength: largest, chunkSize });
}

/** A hash tells damage, not forgery: whatever does not decode is no index of ours. */
export function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof IndexError
      ? error
      : damaged(`what it holds cannot be read (${(error as Error).message})`);
  }
}

export function damaged(how: string): IndexError {
  return new IndexError('damaged', `this index is damaged: ${how}`);
}

function split(bytes: Buffer): { header: IndexHeader; start: number } {
  const firstEnd = bytes.indexOf('\n');
  const first = bytes.toString('latin1', 0, Math.min(Math.max(firstEnd, 0), 100));
  if (!first.startsWith(magic)) throw new IndexError('not-an-index', 'this is no index of a kernel');
  const version = Number(first.slice(magic.length));
  if (version > formatVersion) {
    throw new IndexError(
      'newer',
      `this index has format ${version}, and this gen-kmod reads up to ${formatVersion}`,
    );
  }
  if (version < formatVersion)
    throw new IndexError('damaged', `this index has format ${version}, which is no longer read`);
  const end = bytes.indexOf('\n', firstEnd + 1);
  try {
    const header = JSON.parse(bytes.toString('utf8', firstEnd + 1, end)) as IndexHeader;
    if (
      Array.isArray(header.sections) &&
      Array.isArray(header.architectures) &&
      typeof header.series === 'string'
    )
      return { header, start: end + 1 };
  } catch {
    // Said below.
  }
  throw damaged('its header cannot be read');
}

/** The start of the SHA-256, in hexadecimal. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
