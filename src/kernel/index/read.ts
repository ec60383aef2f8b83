/** The bytes of an index → a kernel whose symbols and modules are decoded when they are asked for. */
import { brotliDecompressSync } from 'node:zlib';
import type { Condition } from '../kbuild/conditions.ts';
import { type KbuildModule, type KbuildRule, moduleName } from '../kbuild/kbuild.ts';
import type { Comparison, Expression, Leaf } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig, Reference } from '../kconfig/model.ts';
import type { Kernel, Modules } from '../kernel.ts';
import {
  type EncodedCondition,
  type EncodedExpression,
  type EncodedKconfig,
  type EncodedModule,
  type EncodedReference,
  type EncodedRule,
  type EncodedSymbol,
  type ExpressionNumber,
  formatVersion,
  IndexError,
  type IndexHeader,
  magic,
  types,
} from './format.ts';
import { hashOf } from './write.ts';

/** Bytes that a section may have when it is unpacked; the kernel's have 4 MB. */
const largest = 64 * 1024 * 1024;

/** The header alone. @throws IndexError */
export function readHeader(bytes: Buffer): IndexHeader {
  return split(bytes).header;
}

/** The kernel of one architecture. @throws IndexError, also later, where a damaged line is asked for */
export function readIndex(bytes: Buffer, arch: string): Kernel {
  const { header, start } = split(bytes);
  if (!header.architectures.includes(arch)) {
    throw new IndexError(
      'unknown-architecture',
      `this index has no architecture \`${arch}\``,
      header.architectures,
    );
  }
  const lines = (name: string): string[] => {
    let at = start;
    for (const section of header.sections) {
      if (section.name !== name) {
        at += section.bytes;
        continue;
      }
      const body = bytes.subarray(at, at + section.bytes);
      if (body.length !== section.bytes || hashOf(body) !== section.hash)
        throw damaged(`the section ${name} is not what was written`);
      return brotliDecompressSync(body, { maxOutputLength: largest }).toString('latin1').split('\n');
    }
    throw damaged(`the section ${name} is missing`);
  };
  return decoded(() => {
    const [symbolVariants = '', moduleVariants = ''] = lines(`variants/${arch}`);
    return {
      version: header.version,
      series: header.series,
      arch,
      kconfig: new IndexedKconfig(lines('kconfig'), symbolVariants),
      modules: new IndexedModules(lines('modules'), moduleVariants, arch),
    };
  });
}

/** A hash tells damage, not forgery: whatever does not decode is no index of ours. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof IndexError
      ? error
      : damaged(`what it holds cannot be read (${(error as Error).message})`);
  }
}

function split(bytes: Buffer): { header: IndexHeader; start: number } {
  const firstEnd = bytes.indexOf('\n');
  const first = bytes.toString('latin1', 0, Math.min(Math.max(firstEnd, 0), 100));
  if (!first.startsWith(magic)) throw new IndexError('not-an-index', 'this is no index of a kernel');
  const version = Number(first.slice(magic.length));
  if (version > formatVersion) {
    throw new IndexError(
      'newer',
      `this index has format ${version}, and this gen-kmod reads up to ${formatVersion}`,
    );
  }
  const end = bytes.indexOf('\n', firstEnd + 1);
  try {
    const header = JSON.parse(bytes.toString('utf8', firstEnd + 1, end)) as IndexHeader;
    if (
      Array.isArray(header.sections) &&
      Array.isArray(header.architectures) &&
      typeof header.series === 'string'
    )
      return { header, start: end + 1 };
  } catch {
    // Said below.
  }
  throw damaged('its header cannot be read');
}

function damaged(how: string): IndexError {
  return new IndexError('damaged', `this index is damaged: ${how}`);
}

class IndexedKconfig implements Kconfig {
  readonly modules: string | null;
  readonly rules: Kconfig['rules'];
  readonly title: string;
  readonly menu = [];
  readonly #head: EncodedKconfig;
  readonly #variants: string;
  readonly #lines: readonly string[];
  readonly #places = new Map<string, number>();
  readonly #symbols = new Map<string, ConfigSymbol>();
  readonly #expressions: (Expression | undefined)[] = [];

  constructor(lines: readonly string[], variants: string) {
    const head = JSON.parse(lines[0]!) as EncodedKconfig;
    this.#head = head;
    this.#variants = variants;
    this.#lines = lines;
    this.modules = head.modules;
    this.rules = head.rules;
    this.title = head.title;
    let at = 0;
    for (const name of head.names) this.#places.set(name, at++);
    for (const name of head.choices) this.#places.set(name, at++);
  }

  names(): Iterable<string> {
    return this.#head.names.filter((_, number) => this.#variants[number] !== '-');
  }

  choices(): Iterable<string> {
    const before = this.#head.names.length;
    return this.#head.choices.filter((_, number) => this.#variants[before + number] !== '-');
  }

  symbol(name: string): ConfigSymbol | undefined {
    const known = this.#symbols.get(name);
    if (known) return known;
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    const line = variantOf(this.#lines[1 + this.#head.expressions + place]!, this.#variants[place]);
    if (line === undefined) return undefined;
    const symbol = decoded(() => this.#decode(name, JSON.parse(line) as EncodedSymbol));
    this.#symbols.set(name, symbol);
    return symbol;
  }

  #decode(name: string, fields: EncodedSymbol): ConfigSymbol {
    const [type, dependencies, definitions, prompts = [], defaults = [], selectedBy = [], impliedBy = []] =
      fields;
    const [, , , , , , , ranges = [], choice, members, optional] = fields;
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
      ...(optional && { optional: true }),
    };
  }

  /** What a symbol selects or implies, which is noted with what it selects: every line that has its name is looked at. */
  #otherSide(name: string, side: 'selectedBy' | 'impliedBy'): Reference[] {
    const quoted = JSON.stringify(name);
    const first = 1 + this.#head.expressions;
    return this.#head.names.flatMap((other, number) => {
      if (!this.#lines[first + number]!.includes(quoted)) return [];
      const references = this.symbol(other)?.[side] ?? [];
      return references.flatMap((reference) =>
        reference.symbol === name ? [{ ...reference, symbol: other }] : [],
      );
    });
  }

  #condition(number: ExpressionNumber): Expression | null {
    return number === null ? null : this.#expression(number);
  }

  #expression(number: number): Expression {
    this.#expressions[number] ??= decodeExpression(JSON.parse(this.#lines[1 + number]!) as EncodedExpression);
    return this.#expressions[number];
  }
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

class IndexedModules implements Modules {
  readonly #paths: readonly string[];
  readonly #lines: readonly string[];
  readonly #variants: string;
  readonly #arch: string;
  readonly #byName = new Map<string, number[]>();
  readonly #modules: (KbuildModule | undefined)[] = [];

  constructor(lines: readonly string[], variants: string, arch: string) {
    this.#paths = JSON.parse(lines[0]!) as string[];
    this.#lines = lines;
    this.#variants = variants;
    this.#arch = arch;
    for (const number of this.#own()) {
      const name = moduleName(this.#paths[number]!);
      const same = this.#byName.get(name);
      if (same) same.push(number);
      else this.#byName.set(name, [number]);
    }
  }

  *#own(): Iterable<number> {
    for (let number = 0; number < this.#paths.length; number++) {
      if (this.#variants[number] !== '-' && this.#variants[number] !== undefined) yield number;
    }
  }

  all(): readonly KbuildModule[] {
    return [...this.#own()].map((number) => this.#module(number)).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  find(name: string): readonly KbuildModule[] {
    return (this.#byName.get(name.replaceAll('-', '_')) ?? []).map((number) => this.#module(number));
  }

  madeBy(symbol: string): readonly KbuildModule[] {
    const quoted = JSON.stringify(symbol);
    return [...this.#own()]
      .flatMap((number) => (this.#lines[1 + number]!.includes(quoted) ? [this.#module(number)] : []))
      .filter(({ symbols }) => symbols.includes(symbol));
  }

  names(): readonly string[] {
    return [...this.#byName.keys()].sort();
  }

  #module(number: number): KbuildModule {
    this.#modules[number] ??= decoded(() => this.#decode(number));
    return this.#modules[number];
  }

  #decode(number: number): KbuildModule {
    const path = this.#paths[number]!;
    const line = variantOf(this.#lines[1 + number]!, this.#variants[number])!;
    const [symbols, rules, builtin] = JSON.parse(line) as EncodedModule;
    return {
      name: moduleName(path),
      path,
      symbols,
      architectures: [this.#arch],
      rules: rules.map(decodeRule),
      builtin: builtin.map(decodeRule),
    };
  }
}

function decodeRule([file, line, condition, ...folders]: EncodedRule): KbuildRule {
  return {
    file,
    line,
    column: 1,
    folder: file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '',
    condition: decodeCondition(condition),
    folders: folders.map(([path, encoded]) => ({
      path,
      file,
      line,
      column: 1,
      condition: decodeCondition(encoded),
    })),
  };
}

function decodeCondition(encoded: EncodedCondition): Condition {
  return encoded.map(([architectures, ...requires]) => ({
    architectures: architectures === 0 ? null : architectures.split(' '),
    requires: requires.map((text) => {
      const not = text.startsWith('!');
      const [symbol, ...values] = (not ? text.slice(1) : text).split(' ');
      return { symbol: symbol!, values, not };
    }),
  }));
}
