/**
 * Byte strings and text. A Nix string is a row of bytes; here it is a
 * JavaScript string with one character, 0 to 255, per byte. Text is what
 * JavaScript otherwise means by a string.
 */

const ascii = /^[\0-\x7f]*$/;

/** The bytes of a byte string. */
export function toBytes(bytes: string): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes.charCodeAt(i);
  return out;
}

/** The byte string of bytes. */
export function fromBytes(bytes: Uint8Array): string {
  const piece = 8192;
  let out = '';
  for (let at = 0; at < bytes.length; at += piece) {
    out += String.fromCharCode(...bytes.subarray(at, at + piece));
  }
  return out;
}

/** Text to the byte string of its UTF-8; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): string {
  return ascii.test(text) ? text : fromBytes(new TextEncoder().encode(text));
}

/** A byte string that is UTF-8 to text; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: string): string {
  return ascii.test(bytes) ? bytes : new TextDecoder('utf-8', { ignoreBOM: true }).decode(toBytes(bytes));
}

/** Whether a byte string is UTF-8 (no surrogates, no overlong forms). */
export function isUtf8(bytes: string): boolean {
  return invalidUtf8At(bytes) < 0;
}

/** The offset of the first byte that cannot be part of UTF-8, or -1. */
export function invalidUtf8At(bytes: string): number {
  if (ascii.test(bytes)) return -1;
  for (let at = 0; at < bytes.length; ) {
    const length = utf8Length(bytes, at);
    if (length <= 0) return at - length;
    at += length;
  }
  return -1;
}

/** The length of the character at an offset; where there is none, minus the number of bytes that are right. */
export function utf8Length(bytes: string, at: number): number {
  const lead = bytes.charCodeAt(at);
  if (lead < 0x80) return 1;
  let more: number;
  let low = 0x80;
  let high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) more = 1;
  else if (lead >= 0xe0 && lead <= 0xef) more = 2;
  else if (lead >= 0xf0 && lead <= 0xf4) more = 3;
  else return 0;
  if (lead === 0xe0) low = 0xa0;
  else if (lead === 0xed) high = 0x9f;
  else if (lead === 0xf0) low = 0x90;
  else if (lead === 0xf4) high = 0x8f;
  for (let i = 1; i <= more; i++) {
    // Past the end the code is NaN, which is in no range.
    const code = bytes.charCodeAt(at + i);
    if (!(code >= low && code <= high)) return -i;
    low = 0x80;
    high = 0xbf;
  }
  return more + 1;
}
