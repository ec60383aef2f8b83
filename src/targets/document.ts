/**
 * A YAML or JSON text as plain values that know where they came from.
 *
 * Scalars become JavaScript values, but where the list wants text as it was written (`6.10`, `0644`, `y`) they keep
 * their source. Positions are looked up by path, and only when a diagnostic needs one.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from 'yaml';
import {
  type Diagnostic,
  diagnostic,
  Failure,
  type Position,
  type Range,
} from '../diagnostics/diagnostic.ts';

export type Path = readonly (string | number)[];

export interface LocatedDocument {
  value: unknown;
  /** Where the value at `path` stands, or its key, or the nearest thing around it that exists. */
  locate(path: Path, part: 'key' | 'value'): Range;
}

/** Deeper than any valid list; below it values are not read. */
const deepest = 16;
/** What aliases may expand to, in values. */
const mostAliased = 200_000;
/** Keys that JavaScript objects treat specially; no name of a list needs them. */
const specialKeys = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads `text`. `isSourceText` tells for which paths a plain scalar stays as it is written.
 *
 * @throws Failure with `yaml-syntax`, one for each mistake in the text
 */
export function readDocument(
  text: string,
  file: string,
  isSourceText: (path: Path) => boolean,
): LocatedDocument {
  const lines = new LineCounter();
  const document = parse(text, file, lines);
  const range = makeRange(lines, text.length);
  const problems: Diagnostic[] = [];
  let aliased = 0;

  function value(node: Node | null | undefined, path: Path, inAlias = false): unknown {
    const copied = inAlias || isAlias(node);
    if (copied && ++aliased > mostAliased) {
      throw new Failure(diagnostic('yaml-syntax', 'aliases make this list too large', { file }));
    }
    const target = isAlias(node) ? node.resolve(document) : node;
    if (path.length > deepest) return null;
    if (isScalar(target)) return scalar(target, path);
    if (isSeq(target))
      return target.items.map((item, index) => value(item as Node, [...path, index], copied));
    if (isMap(target)) {
      const entries: Record<string, unknown> = {};
      for (const pair of target.items) {
        const key = keyText(pair as Pair<Node, Node>);
        if (key === undefined || specialKeys.has(key)) {
          const where = pair.key as Node | null;
          const what = key === undefined ? 'a key is a plain word' : `\`${key}\` cannot be used as a name`;
          problems.push(
            diagnostic('yaml-syntax', what, { file, range: where?.range ? range(where.range) : undefined }),
          );
          continue;
        }
        entries[key] = value(pair.value as Node | null, [...path, key], copied);
      }
      return entries;
    }
    return null;
  }

  function scalar(node: Scalar, path: Path): unknown {
    const written = node.type === 'PLAIN' && typeof node.value !== 'string' && node.value !== null;
    return written && isSourceText(path) ? node.source : node.value;
  }

  const root = value(document.contents, []);
  if (problems.length > 0) throw new Failure(...problems);
  return { value: root, locate: (path, part) => range(place(document, path, part)) };
}

function parse(text: string, file: string, lines: LineCounter): Document.Parsed {
  let documents: Document.Parsed[] | { empty: true };
  try {
    documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure(diagnostic('yaml-syntax', 'this text is nested too deep', { file }));
  }
  const range = makeRange(lines, text.length);
  if ('empty' in documents || documents.length === 0) {
    throw new Failure(
      diagnostic('yaml-syntax', 'there is nothing in this list', {
        file,
        hint: '`gen-kmod init` writes a list to start from',
      }),
    );
  }
  const [first, second] = documents as [Document.Parsed, Document.Parsed?];
  const problems = [...first.errors, ...first.warnings].map(({ message, pos, code }) =>
    diagnostic('yaml-syntax', code === 'DUPLICATE_KEY' ? 'this key is there twice' : message, {
      file,
      range: range(pos),
    }),
  );
  if (second) {
    problems.push(
      diagnostic('yaml-syntax', 'a list is one YAML document', {
        file,
        range: range(second.range ?? [0, 0]),
      }),
    );
  }
  if (problems.length > 0) throw new Failure(...problems);
  return first;
}

function keyText(pair: Pair<Node, Node>): string | undefined {
  const key = pair.key;
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** Offsets of what stands at `path`, going as far down as the document does. */
function place(
  document: Document.Parsed,
  path: Path,
  part: 'key' | 'value',
): readonly [number, number, ...number[]] {
  let node: Node | null | undefined = document.contents;
  let key: Node | undefined;
  for (const step of path) {
    const inside: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(inside)) {
      key = undefined;
      node = inside.items[Number(step)] as Node | undefined;
    } else if (isMap(inside)) {
      const pair: Pair<Node, Node> | undefined = (inside.items as Pair<Node, Node>[]).find(
        (candidate) => keyText(candidate) === step,
      );
      if (!pair) break;
      key = pair.key;
      node = pair.value;
    } else {
      break;
    }
  }
  const found = part === 'key' ? (key ?? node) : (node ?? key);
  const [start, end] = found?.range ?? [0, 0];
  // A node's range of nothing, as in `targets:` with no value, is better shown at its key.
  return start === end && key?.range ? key.range : [start, end];
}

function makeRange(
  lines: LineCounter,
  length: number,
): (offsets: readonly [number, number, ...number[]]) => Range {
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { offset, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // An error at the end of a text may point behind it.
  return ([start, end]) => {
    const from = Math.min(start, length);
    return { start: position(from), end: position(Math.min(Math.max(start, end), length)) };
  };
}
