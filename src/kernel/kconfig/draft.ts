import type { Expression, Leaf } from './expression.ts';
import type {
  ConfigSymbol,
  Default,
  Definition,
  Place,
  Prompt,
  Range,
  Reference,
  SymbolType,
} from './model.ts';

/** A symbol or choice while the files are read; the model in the end. */
export class SymbolDraft implements ConfigSymbol {
  readonly name: string;
  type: SymbolType = 'unknown';
  readonly definitions: Definition[] = [];
  readonly prompts: Prompt[] = [];
  readonly defaults: Default[] = [];
  readonly ranges: Range[] = [];
  dependencies: Expression | null = null;
  readonly selects: Reference[] = [];
  readonly implies: Reference[] = [];
  selectedBy: Reference[] = none;
  impliedBy: Reference[] = none;
  declare choice?: string;
  declare members?: string[];
  declare optional?: boolean;
  declare unwritten?: 'always' | 'transitional';
  /** As written, in order. */
  readonly properties: Property[] = [];
  readonly nodes: Node[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

const none: Reference[] = [];

/** What one line says of a symbol, with the condition as written, then whole. */
export type Property = { readonly node: Node; readonly line: number; condition: Expression | null } & (
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'default'; readonly value: Expression }
  | { readonly kind: 'select' | 'imply'; readonly symbol: string }
  | { readonly kind: 'range'; readonly low: Leaf; readonly high: Leaf }
);

export type NodeKind = 'root' | 'symbol' | 'choice' | 'menu' | 'comment' | 'if';

/** One entry of the menu. */
export class Node implements Place {
  readonly kind: NodeKind;
  readonly parent: Node | null;
  readonly file: string;
  readonly line: number;
  readonly symbol: SymbolDraft | null;
  readonly children: Node[] = [];
  /** Of `depends on`, or the condition of `if`; each line one. */
  readonly conditions: Expression[] = [];
  /** What a menu itself asks to be shown. */
  visibleIf: Expression | null = null;
  /** The same for the prompts in it: there a bare `m` is `m && MODULES`. */
  promptsVisibleIf: Expression | null = null;
  /** A menu's or a comment's. */
  text = '';
  /** A symbol's or a choice's. */
  prompt: (Property & { kind: 'prompt' }) | null = null;
  help: string | undefined;
  /** `conditions` and those of all that is around. */
  dependencies: Expression | null = null;

  constructor(kind: NodeKind, parent: Node | null, symbol: SymbolDraft | null, file: string, line: number) {
    this.kind = kind;
    this.parent = parent;
    this.symbol = symbol;
    this.file = file;
    this.line = line;
  }
}
