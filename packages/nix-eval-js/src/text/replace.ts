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
  const candidates: number[][] = Array.from({ length: 256 }, () => []);
  const starts = new Uint8Array(256).fill(empty < 0 ? 0 : 1);
  from.slice(0, empty < 0 ? from.length : empty).forEach((item, i) => {
    candidates[item.charCodeAt(0)]!.push(i);
    starts[item.charCodeAt(0)] = 1;
  });
  const { length } = text;
  let output: Buffer = Buffer.allocUnsafe(length + (length >> 3) + 64);
  let size = 0;
  for (let at = 0; ; ) {
    // There is always room for the rest of the text.
    while (at < length && starts[text.charCodeAt(at)] === 0) output[size++] = text.charCodeAt(at++);
    if (at === length && empty < 0) break;
    const matching = at === length ? [] : candidates[text.charCodeAt(at)]!;
    const found = matching.find((i) => text.startsWith(from[i]!, at)) ?? empty;
    if (found >= 0) {
      const by = replacement(found);
      const needed = by.length + length - at;
      if (size + needed > output.length) output = larger(output, size, needed);
      if (by.length < 32) for (let i = 0; i < by.length; i++) output[size++] = by.charCodeAt(i);
      else size += output.write(by, size, 'latin1');
      at += from[found]!.length;
      if (found !== empty) continue;
    }
    if (at === length) break;
    output[size++] = text.charCodeAt(at++);
  }
  return output.toString('latin1', 0, size);
}

/** The longest string of V8 on 64 bits. */
const longest = 2 ** 29 - 24;

function larger(output: Buffer, size: number, more: number): Buffer {
  // As the strings themselves would say.
  if (size + more > longest) throw new RangeError('Invalid string length');
  const out = Buffer.allocUnsafe(Math.max(size + more, output.length * 2));
  output.copy(out, 0, 0, size);
  return out;
}
