/** The bytes of an index → a kernel whose symbols and modules are decoded when they are asked for. */
import type { Comparison, Expression, Leaf } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig, Reference } from '../kconfig/model.ts';
import type { Kernel } from '../kernel.ts';
import {
  type EncodedExpression,
  type EncodedReference,
  type EncodedSymbol,
  type ExpressionNumber,
  IndexError,
  type IndexHeader,
  type KconfigHead,
  types,
} from './format.ts';
import { NameTable } from './name-table.ts';
import { IndexedModules } from './read-modules.ts';
import { IndexedObjects } from './read-objects.ts';
import { damaged, decoded, Sections, type Unpacked } from './sections.ts';

/** The header alone. @throws IndexError */
export function readHeader(bytes: Buffer): IndexHeader {
  return new Sections(bytes).header;
}

/** The kernel of one architecture. @throws IndexError, also later, where a damaged line or section is asked for */
export function readIndex(bytes: Buffer, arch: string): Kernel {
  const sections = new Sections(bytes);
  const { architectures, version, series } = sections.header;
  if (!architectures.includes(arch)) {
    throw new IndexError('unknown-architecture', `this index has no architecture \`${arch}\``, architectures);
  }
  return decoded(() => {
    const [symbols = '', modules = ''] = sections.read(`variants/${arch}`).toString('latin1').split('\n');
    return {
      version,
      series,
      arch,
      kconfig: new IndexedKconfig(sections.read('kconfig'), symbols),
      ...readMakefiles(sections, modules, arch),
      objects: new IndexedObjects(sections, arch),
    };
  });
}

/** What sections tell of makefiles: all of a kernel but its Kconfig. */
export function readMakefiles(sections: Unpacked, variants: string, arch: string): Pick<Kernel, 'modules'> {
  return { modules: new IndexedModules(sections, variants, arch) };
}

export class IndexedKconfig implements Kconfig {
  readonly modules: string | null;
  readonly rules: Kconfig['rules'];
  readonly title: string;
  readonly menu = [];
  readonly #head: KconfigHead;
  readonly #variants: string;
  readonly #text: string;
  readonly #names: NameTable;
  /** Where the lines behind the names begin, and the text ends. */
  readonly #starts: Uint32Array;
  readonly #symbols = new Map<string, ConfigSymbol>();
  readonly #expressions: (Expression | undefined)[] = [];

  constructor(bytes: Buffer, variants: string) {
    const text = bytes.toString('latin1');
    const from = text.indexOf('\n') + 1 || text.length;
    const head = JSON.parse(text.slice(0, from)) as KconfigHead;
    this.#head = head;
    this.#variants = variants;
    this.#text = text;
    this.modules = head.modules;
    this.rules = head.rules;
    this.title = head.title;
    this.#names = new NameTable(text, bytes, from, head.names + head.choices);
    this.#starts = startsOfLines(text, this.#names.end, head.expressions + this.#names.size);
  }

  names(): Iterable<string> {
    return this.#own(0, this.#head.names);
  }

  choices(): Iterable<string> {
    return this.#own(this.#head.names, this.#names.size);
  }

  /** Those that this architecture has. */
  #own(from: number, to: number): string[] {
    const names: string[] = [];
    for (let number = from; number < to; number++)
      if (this.#variants[number] !== '-') names.push(this.#names.name(number));
    return names;
  }

  symbol(name: string): ConfigSymbol | undefined {
    const known = this.#symbols.get(name);
    if (known) return known;
    const [number] = this.#names.numbersOf(name);
    if (number === undefined) return undefined;
    const line = variantOf(this.#line(this.#head.expressions + number), this.#variants[number]);
    if (line === undefined) return undefined;
    const symbol = decoded(() => this.#decode(name, JSON.parse(line) as EncodedSymbol));
    this.#symbols.set(name, symbol);
    return symbol;
  }

  #decode(name: string, fields: EncodedSymbol): ConfigSymbol {
    const [type, dependencies, definitions, prompts = [], defaults = [], selectedBy = [], impliedBy = []] =
      fields;
    const [, , , , , , , ranges = [], choice, members, kind] = fields;
    const others = (side: 'selectedBy' | 'impliedBy') => this.#otherSide(name, side);
    // Only definitions have places of their own in an index.
    const [fileNumber, line] = definitions[0]!;
    const place = { file: this.#head.files[fileNumber]!, line };
    const references = (all: readonly EncodedReference[]): Reference[] =>
      all.map(([symbol, condition]) => ({ ...place, symbol, condition: this.#condition(condition) }));
    return {
      name,
      type: types[type]!,
      definitions: definitions.map(([file, line, of = dependencies]) => ({
        file: this.#head.files[file]!,
        line,
        dependencies: this.#condition(of),
      })),
      prompts: prompts.map(([text, condition]) => ({
        ...place,
        text,
        condition: this.#condition(condition),
      })),
      defaults: defaults.map(([value, condition]) => ({
        ...place,
        value: this.#expression(value),
        condition: this.#condition(condition),
      })),
      ranges: ranges.map(([low, high, condition]) => ({
        ...place,
        low: this.#expression(low) as Leaf,
        high: this.#expression(high) as Leaf,
        condition: this.#condition(condition),
      })),
      dependencies: this.#condition(dependencies),
      get selects() {
        return others('selectedBy');
      },
      get implies() {
        return others('impliedBy');
      },
      selectedBy: references(selectedBy),
      impliedBy: references(impliedBy),
      ...(choice && { choice }),
      ...(members && { members }),
      ...(kind === 1 && { optional: true }),
      ...((kind === 2 || kind === 3) && { unwritten: kind === 2 ? 'always' : 'transitional' }),
    };
  }

  /** What a symbol selects or implies, which is noted with what it selects: every line that has its name is looked at. */
  #otherSide(name: string, side: 'selectedBy' | 'impliedBy'): Reference[] {
    const quoted = JSON.stringify(name);
    const found: Reference[] = [];
    for (let number = 0; number < this.#head.names; number++) {
      if (!this.#line(this.#head.expressions + number).includes(quoted)) continue;
      const other = this.#names.name(number);
      for (const reference of this.symbol(other)?.[side] ?? [])
        if (reference.symbol === name) found.push({ ...reference, symbol: other });
    }
    return found;
  }

  #condition(number: ExpressionNumber): Expression | null {
    return number === null ? null : this.#expression(number);
  }

  #expression(number: number): Expression {
    if (!(number < this.#head.expressions)) throw damaged('a condition is missing');
    this.#expressions[number] ??= decodeExpression(JSON.parse(this.#line(number)) as EncodedExpression);
    return this.#expressions[number];
  }

  /** A line behind the names, from 0. */
  #line(number: number): string {
    const [start, end] = [this.#starts[number], this.#starts[number + 1]];
    if (start === undefined || end === undefined) throw damaged('a line is missing');
    return this.#text.slice(start, end - 1);
  }
}

/** Where `count` lines begin; last, where one more would. */
function startsOfLines(text: string, from: number, count: number): Uint32Array {
  if (!(count >= 0 && count <= text.length)) throw damaged(`it has no ${count} lines`);
  const starts = new Uint32Array(count + 1);
  let at = from;
  for (let number = 0; number < count; number++) {
    starts[number] = at;
    const end = text.indexOf('\n', at);
    if (end < 0 && number < count - 1) throw damaged('lines are missing');
    at = end < 0 ? text.length + 1 : end + 1;
  }
  starts[count] = at;
  return starts;
}

/** One of the texts between tabs; undefined for `-`. */
function variantOf(line: string, variant: string | undefined): string | undefined {
  if (variant === undefined || variant === '-') return undefined;
  return line.includes('\t') ? line.split('\t')[Number(variant)] : line;
}

function decodeExpression(encoded: EncodedExpression): Expression {
  if (typeof encoded === 'string') return { op: 'symbol', name: encoded };
  const [op, ...of] = encoded;
  switch (op) {
    case '':
      return { op: 'constant', text: of[0] as string };
    case '!':
      return { op: 'not', of: decodeExpression(of[0]!) };
    case 'and':
    case 'or':
      return { op, of: of.map(decodeExpression) };
    default: {
      const [left, right] = of.map(decodeExpression) as [Leaf, Leaf];
      return { op: op as Comparison['op'], left, right };
    }
  }
}
