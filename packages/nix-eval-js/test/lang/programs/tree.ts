/**
 * A program as a tree of text: what is put together from expressions can be made smaller again, by expressions
 * in place of those around them and by parts left out, without knowing what any of it means.
 */
export interface Tree {
  readonly parts: readonly (string | Tree)[];
  /** An expression may stand wherever another does; a part has its one place and may be left out. */
  readonly kind: 'expression' | 'part';
  readonly length: number;
}

const tree = (kind: Tree['kind'], parts: readonly (string | Tree)[]): Tree => ({
  kind,
  parts,
  length: parts.reduce((sum, part) => sum + part.length, 0),
});

type Piece = string | Tree | readonly Tree[];

function assemble(kind: Tree['kind'], texts: TemplateStringsArray, pieces: readonly Piece[]): Tree {
  const parts: (string | Tree)[] = [];
  texts.forEach((text, i) => {
    if (text !== '') parts.push(text);
    const piece = pieces[i];
    if (piece === undefined) return;
    if (typeof piece === 'string' || 'parts' in piece) parts.push(piece);
    else for (const [n, item] of piece.entries()) parts.push(...(n === 0 ? [item] : [' ', item]));
  });
  return tree(kind, parts);
}

/** An expression that needs no parentheses, whatever is around it; lists of trees get spaces between them. */
export const code = (texts: TemplateStringsArray, ...pieces: Piece[]): Tree =>
  assemble('expression', texts, pieces);

/** An item of a list, a binding, a formal: something that may be left out. */
export const part = (texts: TemplateStringsArray, ...pieces: Piece[]): Tree =>
  assemble('part', texts, pieces);

export function render(node: Tree): string {
  return node.parts.map((item) => (typeof item === 'string' ? item : render(item))).join('');
}

const literals = ['1', 'null', '""', '[ ]', '{ }', 'true', '(x: x)'].map((text) =>
  tree('expression', [text]),
);

/** The expressions directly below. */
function* below(node: Tree): Generator<Tree> {
  for (const item of node.parts) {
    if (typeof item === 'string') continue;
    if (item.kind === 'expression') yield item;
    else yield* below(item);
  }
}

/** Smaller trees, those first that lose most. */
export function* shrink(node: Tree): Generator<Tree> {
  if (node.kind === 'expression') {
    yield* below(node);
    for (const literal of literals) if (literal.length < node.length) yield literal;
  }
  for (const [i, item] of node.parts.entries()) {
    if (typeof item === 'string') continue;
    const replace = (other: readonly (string | Tree)[]): Tree =>
      tree(node.kind, [...node.parts.slice(0, i), ...other, ...node.parts.slice(i + 1)]);
    if (item.kind === 'part') yield replace([]);
    for (const smaller of shrink(item)) yield replace([smaller]);
  }
}
