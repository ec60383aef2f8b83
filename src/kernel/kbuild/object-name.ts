/** The name of an object's path, as the name of a module made of it would be compared. An index does without the rest of this folder. */
export function objectName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.o'.length).replaceAll('-', '_');
}
