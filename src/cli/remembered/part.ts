/**
 * A file of what is remembered:
 *
 *     gen-kmod remembered 1\n   what it is, and the version of this format
 *     …\n                       the SHA-256 of all that follows, in hexadecimal
 *     {"of":…,…}\n              the head, as JSON
 *     …                         the numbers of the stamps, their paths a line each, and the sections of an index, not packed
 *
 * Packing would cost more than it saves: a file is read in two milliseconds.
 */
import { createHash } from 'node:crypto';
import type { Stamps } from './stamps.ts';

const magic = 'gen-kmod remembered 1\n';
const hashLength = 64;

/** What is remembered of the Kconfig files, or of the makefiles of a tree. */
export interface Part {
  /** What it is of; a part of anything else is none. */
  readonly of: string;
  readonly stamps: Stamps;
  /** Facts about the sections, as JSON. */
  readonly about: unknown;
  readonly sections: ReadonlyMap<string, Buffer>;
}

interface Head {
  readonly of: string;
  readonly about: unknown;
  readonly stamps: number;
  /** Bytes of the paths. */
  readonly paths: number;
  readonly sections: readonly (readonly [name: string, bytes: number])[];
}

export function encodePart({ of, stamps, about, sections }: Part): Buffer {
  const { paths, numbers } = stamps;
  const names = Buffer.from(paths.join('\n'));
  const head: Head = {
    of,
    about,
    stamps: paths.length,
    paths: names.length,
    sections: Array.from(sections, ([name, { length }]) => [name, length]),
  };
  const rest = Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    names,
    ...sections.values(),
  ]);
  return Buffer.concat([Buffer.from(`${magic}${hashOf(rest)}\n`), rest]);
}

/** The part in a file; undefined where it is damaged, another's, or of something else. */
export function decodePart(bytes: Buffer, of: string): Part | undefined {
  try {
    const start = magic.length + hashLength + 1;
    const rest = bytes.subarray(start);
    if (bytes.toString('latin1', 0, start) !== `${magic}${hashOf(rest)}\n`) return undefined;
    const end = rest.indexOf('\n');
    const head = JSON.parse(rest.toString('utf8', 0, end)) as Head;
    if (head.of !== of) return undefined;
    const body = rest.subarray(end + 1);
    const numbers = new Float64Array(head.stamps * 6);
    const width = numbers.byteLength;
    body.copy(Buffer.from(numbers.buffer), 0, 0, width);
    const names = body.toString('utf8', width, width + head.paths);
    const sections = new Map<string, Buffer>();
    let at = width + head.paths;
    for (const [name, length] of head.sections) {
      sections.set(name, body.subarray(at, at + length));
      at += length;
    }
    if (at !== body.length) return undefined;
    return {
      of,
      about: head.about,
      stamps: { paths: names === '' ? [] : names.split('\n'), numbers },
      sections,
    };
  } catch {
    return undefined;
  }
}

export function hashOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
