/**
 * Text as Nix logs it where no terminal is: without escape sequences, bells and carriage returns; tabs become
 * spaces, up to columns that are counted from the start of the whole text, line ends not counted.
 */
import { decodeUtf8, isUtf8 } from './utf8.ts';

/** An escape sequence, a char of UTF-8, or bytes of what is none. */
const piece =
  /\x1b(?:\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?|\][^\x1b]*|[\x40-\x5f])?|[\xc0-\xdf][\x80-\xbf]?|[\xe0-\xef][\x80-\xbf]{0,2}|[\xf0-\xf7][\x80-\xbf]{0,3}|[\s\S]/g;

const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\x00-\x1f\x7f-\x9f]$/u;
const doubleWidth =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

function width(bytes: string): number {
  if (!isUtf8(bytes)) return bytes.length;
  const text = decodeUtf8(bytes);
  return zeroWidth.test(text) ? 0 : doubleWidth.test(text) ? 2 : 1;
}

/** A text to log; both are byte strings. */
export function logText(bytes: string): string {
  if (!/[\x1b\t\r\x07]/.test(bytes)) return bytes;
  let column = 0;
  return bytes.replace(piece, (part) => {
    if (/^[\x1b\r\x07]/.test(part)) return '';
    const columns = part === '\t' ? 8 - (column % 8) : width(part);
    column += columns;
    return part === '\t' ? ' '.repeat(columns) : part;
  });
}
