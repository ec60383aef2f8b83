import type { Expression, Leaf } from './expression.ts';
import { type Help, textOf } from './help.ts';
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
  dependencies: Expression | null = null;
  selectedBy: Reference[] = none;
  impliedBy: Reference[] = none;
  declare choice?: string;
  declare members?: string[];
  declare optional?: boolean;
  declare unwritten?: 'always' | 'transitional';
  /** As written, in order. */
  readonly properties: Property[] = [];
  readonly nodes: Node[] = [];
  #told: Told | null = null;

  constructor(name: string) {
    this.name = name;
  }

  get definitions(): readonly Definition[] {
    return this.#tell().definitions;
  }

  get prompts(): readonly Prompt[] {
    return this.#tell().prompts;
  }

  get defaults(): readonly Default[] {
    return this.#tell().defaults;
  }

  get ranges(): readonly Range[] {
    return this.#tell().ranges;
  }

  get selects(): readonly Reference[] {
    return this.#tell().selects;
  }

  get implies(): readonly Reference[] {
    return this.#tell().implies;
  }

  #tell(): Told {
    this.#told ??= told(this);
    return this.#told;
  }
}

/** The properties as the model has them. */
interface Told {
  readonly definitions: Definition[];
  readonly prompts: Prompt[];
  readonly defaults: Default[];
  readonly ranges: Range[];
  readonly selects: Reference[];
  readonly implies: Reference[];
}

/** Of 18,000 symbols few are asked for: not before the files are read, and only then. */
function told({ nodes, properties }: SymbolDraft): Told {
  const model: Told = { definitions: [], prompts: [], defaults: [], ranges: [], selects: [], implies: [] };
  for (const { file, line, dependencies, help } of nodes)
    model.definitions.push(
      help === undefined
        ? { file, line, dependencies }
        : {
            file,
            line,
            dependencies,
            get help() {
              return textOf(help);
            },
          },
    );
  for (const property of properties) {
    const { condition, line } = property;
    const { file } = property.node;
    switch (property.kind) {
      case 'prompt':
        model.prompts.push({ text: property.text, condition, file, line });
        break;
      case 'default':
        model.defaults.push({ value: property.value, condition, file, line });
        break;
      case 'range':
        model.ranges.push({ low: property.low, high: property.high, condition, file, line });
        break;
      default:
        model[property.kind === 'select' ? 'selects' : 'implies'].push({
          symbol: property.symbol,
          condition,
          file,
          line,
        });
    }
  }
  return model;
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
  help: Help | undefined;
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
