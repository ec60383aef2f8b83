/**
 * Which makefiles can list an object or a folder, told from their texts alone: a quick look at all of them, so that only a
 * few have to be read.
 *
 * Most makefiles list what they list literally: each object in `obj-y` and `obj-m` is a word of the file. Then a file that
 * does not have the word `foo.o` lists no module `foo`. A makefile whose lists come from anywhere else (a variable, a function,
 * an included file) is *open*: it may list anything, and is read whatever is looked for.
 *
 * Too much is never wrong here: a word in a comment makes a folder that is read in vain. Too little would be. So what is not
 * plainly literal is open, and lines are divided as the reader of makefiles divides them.
 */
import type { SourceTree } from '../tree.ts';
import { joined } from './folders.ts';
import { limits } from './limits.ts';
import { assignmentIn } from './syntax.ts';

/** Folders by path, each with those that can list it. */
export class Outline {
  readonly #tree: SourceTree;
  readonly #listedBy = new Map<string, string[]>();
  /** Folders whose makefile is open. */
  readonly #open = new Set<string>();
  /** The folders that have an object's word, by its name: without the path and `.o`, `_` for `-`. */
  readonly #naming = new Map<string, string[]>();

  constructor(tree: SourceTree) {
    this.#tree = tree;
  }

  /**
   * Looks at a folder and at all below it. The root's makefile is always read, and is not looked at.
   *
   * @returns whether it is new
   */
  look(folder: string): boolean {
    if (this.#listedBy.has(folder)) return false;
    this.#listedBy.set(folder, []);
    const pending = [folder];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const below of this.#lookAt(at)) {
        const by = this.#listedBy.get(below);
        if (by) by.push(at);
        else {
          this.#listedBy.set(below, [at]);
          pending.push(below);
        }
      }
    }
    return true;
  }

  /** The folders that have to be read to find modules of these names, as far as they are looked at: all that lead there. */
  needed(names: Iterable<string>): Set<string> {
    const found = new Set<string>();
    const pending = [...this.#open];
    for (const name of names) pending.push(...(this.#naming.get(name) ?? []));
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      pending.push(...(this.#listedBy.get(at) ?? []));
    }
    return found;
  }

  /** The folders that a folder's makefile names, and those that it includes. */
  #lookAt(folder: string): string[] {
    const text = this.#tree.read(`${folder}/Kbuild`) ?? this.#tree.read(`${folder}/Makefile`);
    if (text === null) return [];
    const texts = [text];
    const included = new Set<string>();
    const below = new Set<string>();
    for (const each of texts) {
      const files = filesIncluded(each, folder);
      if (files === null || isOpen(each)) this.#open.add(folder);
      for (const file of files ?? []) {
        const more = included.has(file) ? null : this.#tree.read(file);
        included.add(file);
        if (more !== null) texts.push(more);
      }
      for (const name of objectsIn(each)) {
        const by = this.#naming.get(name);
        if (!by) this.#naming.set(name, [folder]);
        else if (by.at(-1) !== folder) by.push(folder);
      }
      for (const word of foldersIn(each)) {
        const path = joined(folder, word);
        if (path !== undefined && path !== folder && path.split('/').length <= limits.folders)
          below.add(path);
      }
    }
    return [...below];
  }
}

/** Names that can be looked for so: no makefile has them in parts. */
export function isPlainName(name: string): boolean {
  return /^[\w.+,@~-]+$/.test(name);
}

/** What ends a word; a comment does, and a line that goes on in the next. */
const ends = new Set([' ', '\t', '\n', '\r', '\f', '\v', '\\', '#', undefined]);
const starts = new Set([...ends, '=']);

/** The names of objects among a text's words, each once. */
function objectsIn(text: string): Set<string> {
  const found = new Set<string>();
  for (let at = text.indexOf('.o'); at >= 0; at = text.indexOf('.o', at + 2)) {
    if (!ends.has(text[at + 2])) continue;
    let start = at;
    while (start > 0 && text[start - 1] !== '/' && !starts.has(text[start - 1])) start--;
    found.add(text.slice(start, at).replaceAll('-', '_'));
  }
  return found;
}

/** The words that end in a slash, each once. */
function foldersIn(text: string): string[] {
  const found = new Set<string>();
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) {
    if (!ends.has(text[at + 1])) continue;
    let start = at;
    while (start > 0 && !starts.has(text[start - 1])) start--;
    const word = text.slice(start, at + 1);
    if (!word.includes('$')) found.add(word);
  }
  return [...found];
}

/** `obj-$(CONFIG_X) += words` and `name := words` without anything to expand: most lines. */
const literalLine = /^[ \t]*[\w-]*(?:\$[({]CONFIG_\w+[)}])?[ \t]*[:+?]?=[^$]*$/;

const includes = /^[ \t]*[-s]?include[ \t]+(.*)$/gm;
const places = /^[ \t]*(?:override[ \t]+|export[ \t]+|private[ \t]+)*(?:src|obj|srctree)[ \t]*[:+?]?=/m;

/** The files that a folder's makefile includes; null where they cannot be told. */
function filesIncluded(text: string, folder: string): string[] | null {
  if (!text.includes('include')) return [];
  const files: string[] = [];
  for (const [, names = ''] of text.matchAll(includes)) {
    for (const name of names.split('#')[0]!.split(/\s+/)) {
      const path = name
        .replace(/^\$[({](?:src|obj)[)}]\//, `${folder}/`)
        .replace(/^\$[({]srctree[)}]\/(?:\$[({](?:src|obj)[)}]\/)?/, (start) =>
          start.includes('/$') ? `${folder}/` : '',
        );
      if (/[$*?[\\]/.test(path)) return null;
      if (path !== '') files.push(path);
    }
  }
  return files.length > 0 && places.test(text) ? null : files;
}

/** A `define` of what may be a list. */
const definesList = /^[ \t]*(?:(?:override|export|private)[ \t]+)*define[ \t]+(?:obj|[^\n]*\$)/m;

/** Whether `obj-y` and `obj-m` may get words that are not the text's own. */
function isOpen(text: string): boolean {
  if (/[({]eval[ \t]/.test(text) || text.includes('\u0001') || definesList.test(text)) return true;
  const whole = text.includes('\\') ? text.replace(/\\\n/g, ' ') : text;
  for (let at = whole.indexOf('$'); at >= 0; ) {
    const start = whole.lastIndexOf('\n', at) + 1;
    const next = whole.indexOf('\n', at);
    const end = next < 0 ? whole.length : next;
    const line = whole.slice(start, end);
    if (!literalLine.test(line) && mayFillLists(line)) return true;
    at = whole.indexOf('$', end);
  }
  return false;
}

/** Whether a line assigns to `obj-y` or `obj-m`, or to a name that may be one of them, what has to be expanded. */
function mayFillLists(line: string): boolean {
  if (!line.includes('=') || /^[ \t]*#/.test(line)) return false;
  const assignment = assignmentIn(line);
  if (!assignment?.value.includes('$')) return false;
  const [written] = assignment.name.split('$') as [string];
  if (written === assignment.name) return written === 'obj-y' || written === 'obj-m';
  return ['obj-y', 'obj-m'].some((list) => list.startsWith(written) || written.startsWith('obj-'));
}
