/** `text` as a YAML string on one line: a plain word where that is one, else in double quotes. */
export function yamlString(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && !/^(true|false|null)$/i.test(text)) return text;
  // JSON's strings are YAML's, less what YAML takes for the end of a line or cannot show.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
