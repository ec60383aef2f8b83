/**
 * The encodings of digests: base 16, Nix's own base 32, base 64.
 *
 * Nix's base 32 leaves out e, o, u and t, and writes the digest as one number,
 * least significant byte first in memory, most significant digit first on paper.
 */

const digits = '0123456789abcdfghijklmnpqrsvwxyz';
const digits64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** How many characters so many bytes take in Nix's base 32. */
export function nixBase32Length(bytes: number): number {
  return bytes === 0 ? 0 : Math.floor((bytes * 8 - 1) / 5) + 1;
}

export function toNixBase32(bytes: Uint8Array): string {
  let text = '';
  for (let n = nixBase32Length(bytes.length) - 1; n >= 0; n--) {
    const bit = n * 5;
    const at = bit >> 3;
    const offset = bit & 7;
    const pair = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    text += digits[(pair >> offset) & 31];
  }
  return text;
}

/** The bytes, or undefined when the text is not `size` bytes in Nix's base 32. */
export function fromNixBase32(text: string, size: number): Uint8Array | undefined {
  if (text.length !== nixBase32Length(size)) return undefined;
  const bytes = new Uint8Array(size);
  for (let n = 0; n < text.length; n++) {
    const digit = digits.indexOf(text[text.length - 1 - n]!);
    if (digit < 0) return undefined;
    const bit = n * 5;
    const at = bit >> 3;
    const shifted = digit << (bit & 7);
    bytes[at]! |= shifted & 255;
    const carry = shifted >> 8;
    if (at + 1 < size) bytes[at + 1]! |= carry;
    else if (carry !== 0) return undefined;
  }
  return bytes;
}

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toBase16(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += pairs[bytes[i]!]!;
  return text;
}

/** The bytes, or undefined when the text is not base 16 (either case). */
export function fromBase16(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const three = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += digits64[three >> 18]! + digits64[(three >> 12) & 63]!;
    text += left > 1 ? digits64[(three >> 6) & 63]! : '=';
    text += left > 2 ? digits64[three & 63]! : '=';
  }
  return text;
}

/**
 * Decode base 64 as leniently as Nix: it ends at the first `=`, newlines are
 * skipped, bits left over are dropped. Answers the offending character instead
 * when there is one.
 */
export function fromBase64(text: string): Uint8Array | { readonly invalid: string } {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const c of text) {
    if (c === '=') break;
    if (c === '\n') continue;
    const digit = digits64.indexOf(c);
    if (digit < 0) return { invalid: c };
    held = ((held << 6) | digit) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
    }
  }
  return Uint8Array.from(bytes);
}
