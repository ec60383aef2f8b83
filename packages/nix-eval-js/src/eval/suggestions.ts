/** Close names: at most two edits away, at most five, closest first. */
export function suggest(known: Iterable<string>, name: string): string[] {
  const close: [number, string][] = [];
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > 2) continue;
    const distance = editDistance(name, candidate);
    if (distance <= 2) close.push([distance, candidate]);
  }
  close.sort(([d, a], [e, b]) => d - e || (a < b ? -1 : 1));
  return close.slice(0, 5).map(([, candidate]) => candidate);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < b.length; j++) {
      current.push(Math.min(previous[j + 1]! + 1, current[j]! + 1, previous[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    previous = current;
  }
  return previous[b.length]!;
}
