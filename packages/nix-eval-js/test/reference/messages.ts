/** What is compared of an error: the message itself, without frames, places and what versions word differently. */

/**
 * The last error's text on one line. Later versions say of every missing file that it does not exist, give no
 * place for a missing attribute, and show values that cannot be compared.
 */
export function messageOf(log: string): string {
  const plain = log.replace(/\x1b\[[0-9;]*m/g, '');
  const at = [...plain.matchAll(/^ *error:/gm)].at(-1);
  if (at === undefined) return '';
  const lines = plain
    .slice(at.index + at[0].length)
    .split('\n')
    .map((line) => line.trim());
  const kept = lines.filter((line) => line !== '' && !/^(at .*:\d+:\d+:$|at «.*:$|\d*\|)/.test(line));
  return kept
    .join(' ')
    .replace(/^reading directory (.*): No such file or directory/, "path '$1' does not exist")
    .replace(/^opening file ('.*'): No such file or directory/, 'path $1 does not exist')
    .replace(/^(cannot compare .*?);? (?:\(?values are .*|values of that type are incomparable.*)/, '$1');
}
