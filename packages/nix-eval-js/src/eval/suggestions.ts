const farthest = 2;

/** Close names: at most two edits away, at most five, closest first. */
export function suggest(known: Iterable<string>, name: string): string[] {
  const close: [number, string][] = [];
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > farthest) continue;
    const distance = editDistance(name, candidate);
    if (distance <= farthest) close.push([distance, candidate]);
  }
  close.sort(([d, a], [e, b]) => d - e || (a < b ? -1 : 1));
  return close.slice(0, 5).map(([, candidate]) => candidate);
}

/** The edits between two names; any number above `farthest` for more. Only pairs near the diagonal matter. */
function editDistance(a: string, b: string): number {
  const far = farthest + 1;
  let previous = new Map(Array.from({ length: farthest + 1 }, (_, j) => [j, j]));
  for (let i = 1; i <= a.length; i++) {
    const current = new Map<number, number>();
    let least = far;
    for (let j = Math.max(0, i - farthest); j <= Math.min(b.length, i + farthest); j++) {
      const distance =
        j === 0
          ? i
          : Math.min(
              (previous.get(j) ?? far) + 1,
              (current.get(j - 1) ?? far) + 1,
              (previous.get(j - 1) ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1),
            );
      current.set(j, distance);
      least = Math.min(least, distance);
    }
    if (least > farthest) return far;
    previous = current;
  }
  return previous.get(b.length) ?? far;
}
