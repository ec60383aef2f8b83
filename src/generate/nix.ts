/**
 * Text as Nix source. Whatever goes from a target list into a file passes through here,
 * so that no value can become code. Layout is nixfmt's (RFC 166).
 */

const keywords = new Set(['assert', 'else', 'if', 'in', 'inherit', 'let', 'or', 'rec', 'then', 'with']);

/** `text` as a double-quoted string. Nix strings have no way to hold NUL. */
export function nixString(text: string): string {
  if (text.includes('\0')) throw new RangeError('a Nix string cannot hold a NUL character');
  const escaped = text
    .replace(/["\\]|\$(?=\{)/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

/** `name` as an attribute's name, quoted where it is no identifier. */
export function nixKey(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) && !keywords.has(name) ? name : nixString(name);
}

/** The attribute at `path`, as in `config.services."a.b"`. */
export function nixSelect(...path: string[]): string {
  return path.map(nixKey).join('.');
}

/** `text` as the lines of an indented string, between its quotes, each behind `indent` spaces. */
export function nixIndented(text: string, indent: number): string {
  const margin = ' '.repeat(indent);
  return text
    .replace(/\n$/, '')
    .replaceAll("''", "'''")
    .replaceAll('${', "''${")
    .split('\n')
    .map((line) => (line === '' ? '' : margin + line))
    .join('\n');
}

/** `text` as the lines of comments. No character in them can end a comment but a line's end. */
export function commentLines(text: string): string[] {
  return text.split(/\r\n?|\n|\u2028|\u2029/).map((line) => line.trimEnd());
}
