/** Names and strings as Nix writes them. */
const plainName = /^[a-zA-Z_][a-zA-Z0-9_'-]*$/;
const reserved = new Set(['if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit']);

/** A name as messages and `--parse` show it: quoted where it has to be. */
export function showName(name: string): string {
  if (name === '') return '""';
  if (reserved.has(name)) return `"${name}"`;
  return plainName.test(name) ? name : showString(name);
}

/** A string literal. */
export function showString(text: string): string {
  let out = '"';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    let escaped: string;
    if (c === 34 || c === 92) escaped = `\\${text[i]}`;
    else if (c === 10) escaped = '\\n';
    else if (c === 13) escaped = '\\r';
    else if (c === 9) escaped = '\\t';
    else if (c === 36 && text.charCodeAt(i + 1) === 123) escaped = '\\$';
    else continue;
    out += text.slice(from, i) + escaped;
    from = i + 1;
  }
  return `${out}${text.slice(from)}"`;
}
