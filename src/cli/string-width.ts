/**
 * Stands in for the package `string-width`, which yargs asks for the width of its help's columns and which is slow to
 * start for its tables of emoji (twice: two versions). Our help is ASCII, where a character is a column.
 */
import { stripVTControlCharacters } from 'node:util';

export default function stringWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
