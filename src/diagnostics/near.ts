/**
 * The candidates a person may have meant by `wrong`, nearest first, at most three.
 *
 * Nearness is the optimal string alignment distance: insertions, deletions, changes and swaps of neighbours.
 * A candidate counts up to one edit, and one more for every four characters of `wrong`.
 */
export function near(wrong: string, candidates: Iterable<string>): string[] {
  const limit = 1 + Math.floor(wrong.length / 4);
  const found: { candidate: string; edits: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (Math.abs(candidate.length - wrong.length) > limit) continue;
    const edits = distance(wrong.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && edits < wrong.length) found.push({ candidate, edits });
  }
  return found
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** “did you mean a, b or c?”, or nothing where nothing is near. */
export function didYouMean(wrong: string, candidates: Iterable<string>): string | undefined {
  const names = near(wrong, candidates).map((name) => `\`${name}\``);
  if (names.length === 0) return undefined;
  const last = names.pop();
  return `did you mean ${names.length > 0 ? `${names.join(', ')} or ${last}` : last}?`;
}

/** How many edits lie between two texts, whatever their case. */
export function edits(a: string, b: string): number {
  return distance(a.toLowerCase(), b.toLowerCase());
}

function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
