import { constants } from 'node:buffer';

/**
 * Replaces strings in a text, as replaceStrings does: at each place the first of `from` that the text goes on with; an empty
 * one matches before each char and at the end. All are byte strings.
 *
 * Bytes are written to a buffer: a slice of a string for each piece would keep the collector busy.
 */
export function replaceStrings(
  text: string,
  from: readonly string[],
  replacement: (i: number) => string,
): string {
  // Candidates by their first byte. What follows an empty string in the list never has a turn.
  const empty = from.indexOf('');
  const byByte: (number[] | undefined)[] = new Array(256).fill(undefined);
  from.slice(0, empty < 0 ? from.length : empty).forEach((item, i) => {
    const code = item.charCodeAt(0);
    byByte[code] ??= [];
    byByte[code].push(i);
  });
  const { length } = text;
  let output: Buffer = Buffer.allocUnsafe(length + (length >> 3) + 64);
  let size = 0;
  const end = empty < 0 ? length : length + 1;
  for (let at = 0; at < end; ) {
    const candidates = at < length ? byByte[text.charCodeAt(at)] : undefined;
    let found = empty;
    if (candidates !== undefined) {
      for (let i = 0; i < candidates.length; i++) {
        if (continues(text, from[candidates[i]!]!, at)) {
          found = candidates[i]!;
          break;
        }
      }
    }
    if (found >= 0) {
      const by = replacement(found);
      if (size + by.length > output.length) output = larger(output, size, by.length);
      if (by.length < 32) for (let i = 0; i < by.length; i++) output[size++] = by.charCodeAt(i);
      else size += output.write(by, size, 'latin1');
      at += from[found]!.length;
      if (found !== empty) continue;
    }
    if (at === length) break;
    if (size === output.length) output = larger(output, size, 1);
    output[size++] = text.charCodeAt(at++);
  }
  return output.toString('latin1', 0, size);
}

function larger(output: Buffer, size: number, more: number): Buffer {
  // As the strings themselves would say.
  if (size + more > constants.MAX_STRING_LENGTH) throw new RangeError('Invalid string length');
  const out = Buffer.allocUnsafe(Math.max(size + more, output.length * 2));
  output.copy(out, 0, 0, size);
  return out;
}

/** Whether a text goes on with an item at a place; the first byte is the same. */
function continues(text: string, item: string, at: number): boolean {
  if (at + item.length > text.length) return false;
  for (let i = 1; i < item.length; i++) if (text.charCodeAt(at + i) !== item.charCodeAt(i)) return false;
  return true;
}
