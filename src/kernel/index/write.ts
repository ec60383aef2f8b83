/** Kernels of several architectures → the bytes of an index. The same kernels give the same bytes. */
import { basename } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Condition } from '../kbuild/conditions.ts';
import type { KbuildRule } from '../kbuild/kbuild.ts';
import type { Expression } from '../kconfig/expression.ts';
import type { ConfigSymbol, Kconfig, Reference } from '../kconfig/model.ts';
import type { Kernel } from '../kernel.ts';
import {
  type EncodedCondition,
  type EncodedExpression,
  type EncodedModule,
  type EncodedReference,
  type EncodedRule,
  type ExpressionNumber,
  formatVersion,
  type IndexHeader,
  type KconfigHead,
  type ModulesHead,
  magic,
  type Section,
  types,
} from './format.ts';
import { hashOf } from './sections.ts';
import { encodeObjects } from './write-objects.ts';

/** All of one tree, sorted by architecture; at least one. */
export function writeIndex(kernels: readonly Kernel[], source: string): Buffer {
  const { version, series } = kernels[0]!;
  const sections: Section[] = [];
  const bodies: Buffer[] = [];
  const add = (name: string, text: string): void => {
    const body = brotliCompressSync(Buffer.from(text, 'latin1'), {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      },
    });
    sections.push({ name, bytes: body.length, size: text.length, hash: hashOf(body) });
    bodies.push(body);
  };
  const symbols = encodeKconfigs(kernels.map(({ kconfig }) => kconfig));
  const modules = encodeMakefiles(kernels);
  add('kconfig', symbols.text);
  for (const { name, text } of modules.sections) add(name, text);
  for (const [number, { arch }] of kernels.entries())
    add(`variants/${arch}`, `${symbols.variants[number]!}\n${modules.variants[number]!}`);
  const { options, objects } = encodeObjects(kernels);
  add('options', options);
  add('objects', objects);
  const header: IndexHeader = {
    version,
    series,
    source,
    licence: 'GPL-2.0-only',
    architectures: kernels.map(({ arch }) => arch),
    sections,
  };
  return Buffer.concat([Buffer.from(`${magic}${formatVersion}\n${JSON.stringify(header)}\n`), ...bodies]);
}

/** Lines by key, each with a variant for each way it was given. */
export class Variants {
  readonly #architectures: number;
  #lines = new Map<string, { texts: string[]; chosen: string[] }>();

  constructor(architectures: number) {
    this.#architectures = architectures;
  }

  add(key: string, architecture: number, text: string): void {
    const known = this.#lines.get(key);
    if (!known) {
      const chosen: string[] = Array(this.#architectures).fill('-');
      chosen[architecture] = '0';
      this.#lines.set(key, { texts: [text], chosen });
      return;
    }
    if (!known.texts.includes(text)) known.texts.push(text);
    known.chosen[architecture] = String(known.texts.indexOf(text));
  }

  /** By key, where the order does not matter. */
  sort(): void {
    this.#lines = new Map([...this.#lines].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  get keys(): string[] {
    return [...this.#lines.keys()];
  }

  get lines(): string[] {
    return [...this.#lines.values()].map(({ texts }) => texts.join('\t'));
  }

  /** A text for each architecture: which variants are its own. */
  get chosen(): string[] {
    const lines = [...this.#lines.values()];
    return Array.from({ length: this.#architectures }, (_, number) =>
      lines.map(({ chosen }) => chosen[number]).join(''),
    );
  }
}

/** Everything that an index has of makefiles, as sections, and which variants are an architecture's own. */
export function encodeMakefiles(kernels: readonly Pick<Kernel, 'modules'>[]): {
  readonly sections: readonly { readonly name: string; readonly text: string }[];
  readonly variants: readonly string[];
} {
  const { text, parts, variants } = encodeModules(kernels);
  return {
    sections: [
      { name: 'modules', text },
      ...parts.map((part, number) => ({ name: `modules/${number}`, text: part })),
    ],
    variants,
  };
}

interface Encoded {
  readonly text: string;
  readonly variants: readonly string[];
}

/**
 * Modules that are unpacked together. Those of a folder stand next to each other, so that what is asked for is mostly in one or
 * two parts; smaller ones would be packed less well.
 */
const together = 1024;

/** Places are the rules' alone: a folder's line says nothing that its path does not. */
function encodeModules(
  kernels: readonly Pick<Kernel, 'modules'>[],
): Encoded & { readonly parts: readonly string[] } {
  const lines = new Variants(kernels.length);
  kernels.forEach(({ modules }, architecture) => {
    for (const { path, symbols, rules, builtin } of modules.all()) {
      const encoded: EncodedModule = [symbols, rules.map(encodeRule), builtin.map(encodeRule)];
      lines.add(path, architecture, JSON.stringify(encoded));
    }
  });
  lines.sort();
  const paths = lines.keys;
  const head: ModulesHead = { names: paths.length, together };
  const folders = paths.map((path) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'));
  const whole = lines.lines.map((line, number) => {
    const isNew = number % together === 0 || folders[number] !== folders[number - 1];
    return `${isNew ? folders[number] : ''}\t${line}`;
  });
  const parts: string[] = [];
  for (let at = 0; at < whole.length; at += together) parts.push(whole.slice(at, at + together).join('\n'));
  return {
    text: [JSON.stringify(head), ...paths.map((path) => basename(path, '.ko'))].join('\n'),
    parts,
    variants: lines.chosen,
  };
}

function encodeRule({ file, line, condition, folders }: KbuildRule): EncodedRule {
  return [
    file,
    line,
    encodeCondition(condition),
    ...folders.map((folder) => [folder.path, encodeCondition(folder.condition)] as const),
  ];
}

export function encodeCondition(condition: Condition): EncodedCondition {
  return condition.map(({ architectures, requires }) => [
    architectures === null ? 0 : architectures.join(' '),
    ...requires.map(({ symbol, values, not }) => `${not ? '!' : ''}${symbol} ${values.join(' ')}`),
  ]);
}

/** Everything that an index has of Kconfig files: the section `kconfig`, and which variants are an architecture's own. */
export function encodeKconfigs(all: readonly Kconfig[]): Encoded {
  const expressions = new Expressions();
  const files = new Numbers();
  const symbols = new Variants(all.length);
  const choices = new Variants(all.length);
  all.forEach((kconfig, architecture) => {
    const encode = (name: string) => encodeSymbol(kconfig.symbol(name)!, expressions, files);
    for (const name of kconfig.names()) symbols.add(name, architecture, encode(name));
    for (const name of kconfig.choices()) choices.add(name, architecture, encode(name));
  });
  const { modules, title, rules } = all[0]!;
  const head: KconfigHead = {
    names: symbols.keys.length,
    choices: choices.keys.length,
    expressions: expressions.all.length,
    files: files.all,
    modules,
    title,
    rules,
  };
  return {
    text: [
      ...[JSON.stringify(head), ...symbols.keys, ...choices.keys],
      ...[...expressions.all, ...symbols.lines, ...choices.lines],
    ].join('\n'),
    variants: symbols.chosen.map((chosen, number) => chosen + choices.chosen[number]!),
  };
}

/** Texts by number, from 0 in the order they came. */
class Numbers {
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }

  get all(): string[] {
    return [...this.#numbers.keys()];
  }
}

/** Conditions by number. Many symbols share theirs, and what is one object is one text. */
class Expressions {
  readonly #texts = new Numbers();
  readonly #known = new Map<Expression, number>();

  of(expression: Expression): number {
    let number = this.#known.get(expression);
    if (number === undefined) {
      number = this.#texts.of(JSON.stringify(encodeExpression(expression)));
      this.#known.set(expression, number);
    }
    return number;
  }

  get all(): string[] {
    return this.#texts.all;
  }
}

function encodeSymbol(symbol: ConfigSymbol, expressions: Expressions, files: Numbers): string {
  const number = (expression: Expression): number => expressions.of(expression);
  const condition = (expression: Expression | null): ExpressionNumber =>
    expression === null ? null : number(expression);
  const references = (all: readonly Reference[]): EncodedReference[] =>
    all.map((reference) => [reference.symbol, condition(reference.condition)]);
  const own = condition(symbol.dependencies);
  const fields: unknown[] = [
    types.indexOf(symbol.type),
    own,
    symbol.definitions.map(({ file, line, dependencies }) => {
      const asked = condition(dependencies);
      return asked === own ? [files.of(file), line] : [files.of(file), line, asked];
    }),
    symbol.prompts.map((prompt) => [prompt.text, condition(prompt.condition)]),
    symbol.defaults.map(({ value, condition: when }) => [number(value), condition(when)]),
    references(symbol.selectedBy),
    references(symbol.impliedBy),
    symbol.ranges.map(({ low, high, condition: when }) => [number(low), number(high), condition(when)]),
    symbol.choice ?? null,
    symbol.members ?? null,
    symbol.optional ? 1 : symbol.unwritten ? (symbol.unwritten === 'always' ? 2 : 3) : null,
  ];
  const isEmpty = (field: unknown): boolean => field === null || (Array.isArray(field) && field.length === 0);
  while (fields.length > 3 && isEmpty(fields.at(-1))) fields.pop();
  return JSON.stringify(fields);
}

function encodeExpression(expression: Expression): EncodedExpression {
  switch (expression.op) {
    case 'symbol':
      return expression.name;
    case 'constant':
      return ['', expression.text];
    case 'not':
      return ['!', encodeExpression(expression.of)];
    case 'and':
    case 'or':
      return [expression.op, ...expression.of.map(encodeExpression)];
    default:
      return [expression.op, encodeExpression(expression.left), encodeExpression(expression.right)];
  }
}
