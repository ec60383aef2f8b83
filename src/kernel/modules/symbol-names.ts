/**
 * Every symbol's name once, as a number.
 *
 * Thousands of modules name the same symbols over and over. Names stay bytes, are hashed where they lie, and become
 * strings only for a person: a table of open addressing, twice as large as what is in it, whose seed is this run's.
 */
import { Malformed } from './problem.ts';

/** What all names of a kernel may take together, in bytes; real ones take some three million. */
const largest = 256 * 1024 * 1024;

export class SymbolNames {
  #count = 0;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 20);
  #used = 0;
  /** Where each name begins; the next one's beginning is its end. */
  #starts: Uint32Array<ArrayBuffer> = new Uint32Array(1 << 15);
  #hashes: Int32Array<ArrayBuffer> = new Int32Array(1 << 15);
  /** Numbers, from 1; 0 is free. */
  #slots: Int32Array<ArrayBuffer> = new Int32Array(1 << 16);
  readonly #seed = (Math.random() * 2 ** 32) | 0;

  get count(): number {
    return this.#count;
  }

  /** The number of the name at `start` up to, not including, `end`. Numbers count from 0. */
  number(bytes: Uint8Array, start: number, end: number): number {
    const hash = this.#hash(bytes, start, end);
    const place = this.#place(bytes, start, end, hash);
    const taken = this.#slots[place]!;
    if (taken !== 0) return taken - 1;

    const number = this.#count++;
    const length = end - start;
    if (number + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts, Uint32Array);
      this.#hashes = grown(this.#hashes, Int32Array);
    }
    if (this.#used + length > this.#bytes.length) {
      if (this.#used + length > largest) throw new Malformed('the names of symbols take more than 256 MiB');
      this.#bytes = grown(this.#bytes, Uint8Array, this.#used + length);
    }
    this.#bytes.set(bytes.subarray(start, end), this.#used);
    this.#used += length;
    this.#starts[number + 1] = this.#used;
    this.#hashes[number] = hash;
    this.#slots[place] = number + 1;
    if (2 * this.#count > this.#slots.length) this.#spread();
    return number;
  }

  /** The number of a name; -1 where nothing has it. */
  find(name: string): number {
    const bytes = Buffer.from(name, 'latin1');
    return this.#slots[this.#place(bytes, 0, bytes.length, this.#hash(bytes, 0, bytes.length))]! - 1;
  }

  text(number: number): string {
    const start = this.#starts[number]!;
    return Buffer.from(this.#bytes.buffer, start, this.#starts[number + 1]! - start).toString('latin1');
  }

  #hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = this.#seed;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    return hash ^ (hash >>> 15);
  }

  /** Where the name is, or is to go. */
  #place(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const taken = this.#slots[place]!;
      if (taken === 0) return place;
      if (this.#hashes[taken - 1] === hash && this.#equals(taken - 1, bytes, start, end)) return place;
    }
  }

  #equals(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#starts[number]!;
    const length = end - start;
    if (this.#starts[number + 1]! - own !== length) return false;
    for (let at = 0; at < length; at++) {
      if (this.#bytes[own + at] !== bytes[start + at]) return false;
    }
    return true;
  }

  #spread(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let place = this.#hashes[number]! & mask;
      while (slots[place] !== 0) place = (place + 1) & mask;
      slots[place] = number + 1;
    }
    this.#slots = slots;
  }
}

interface Numbers {
  length: number;
  set(from: this): void;
}

/** The same numbers, with at least twice the room. */
function grown<T extends Numbers>(from: T, Kind: new (length: number) => T, atLeast = 0): T {
  const to = new Kind(Math.max(2 * from.length, atLeast));
  to.set(from);
  return to;
}
