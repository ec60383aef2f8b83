/**
 * Byte strings: every string inside the evaluator has one char, 0 to 255, for each byte. Lengths, order and
 * substrings are then Nix's. Text is encoded on its way in and decoded on its way out.
 */
const wide = /[\x80-\xff]/;

/** UTF-8 bytes as text; what is no UTF-8 becomes replacement characters. */
export function decodeBytes(bytes: string): string {
  return wide.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** Text as UTF-8 bytes. */
export function encodeText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}
