/**
 * The text of a .drv file: `Derive(…)` with strings, lists and tuples, always in
 * the same order and without a space, since its hash names the file.
 */

import { toBase16 } from './base32.ts';
import type { Derivation, DerivationOutput } from './derivation.ts';
import { parseHash, parseHashAlgorithm } from './parse-hash.ts';
import { type IngestionMethod, methodPrefix } from './paths.ts';

/** A text that is no derivation. */
export class DerivationError extends Error {
  override readonly name = 'DerivationError';
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

const special = /["\\\n\r\t]/;

function quoted(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  return `"${text.replace(/["\\\n\r\t]/g, (c) => escapes[c]!)}"`;
}

function list(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

/** An output's path, method with algorithm, and hash, as they stand in the text. */
export function outputFields(output: DerivationOutput): [path: string, algorithm: string, hash: string] {
  switch (output.kind) {
    case 'input-addressed':
      return [output.path, '', ''];
    case 'fixed':
      return [output.path, methodPrefix(output.method) + output.hash.algorithm, toBase16(output.hash.bytes)];
    case 'floating':
      return ['', methodPrefix(output.method) + output.algorithm, ''];
    case 'impure':
      return ['', methodPrefix(output.method) + output.algorithm, 'impure'];
    case 'deferred':
      return ['', '', ''];
  }
}

export interface TextOptions {
  /** Leaves output paths out (of the environment, too), as for computing them. */
  readonly masked?: boolean;
  /** The list of inputs, as `inputsText` gives it, in place of the derivation's own. */
  readonly inputs?: string;
}

/** The list of input derivations, or of what stands in for their paths. */
export function inputsText(inputs: Derivation['inputDrvs']): string {
  const pieces: string[] = [];
  for (const path of [...inputs.keys()].sort()) {
    const names = inputs.get(path)!;
    pieces.push(pieces.length === 0 ? '[(' : ',(', quoted(path));
    if (names.size === 1) for (const name of names) pieces.push(',[', quoted(name), '])');
    else pieces.push(',', list([...names].sort().map(quoted)), ')');
  }
  return pieces.length === 0 ? '[]' : `${pieces.join('')}]`;
}

/**
 * A derivation's text. Making a derivation takes three: without its outputs, with them, and with its inputs'
 * hashes in place of their paths. What does not differ is written once, when this object is made; outputs may
 * change after that, in the derivation's `outputs` and for their names in its `env`.
 */
export class DerivationText {
  readonly #drv: Derivation;
  readonly #middle: string;
  /** The environment, cut where outputs stand in it. */
  readonly #env: readonly string[];
  readonly #cuts: readonly string[];

  constructor(drv: Derivation) {
    this.#drv = drv;
    const { inputSrcs, platform, builder, args } = drv;
    this.#middle = `${list([...inputSrcs].sort().map(quoted))},${quoted(platform)},${quoted(builder)},${list(args.map(quoted))}`;
    const env: string[] = [];
    const cuts: string[] = [];
    let run: string[] = [];
    for (const name of [...drv.env.keys()].sort()) {
      if (drv.outputs.has(name)) {
        env.push(run.join(''));
        cuts.push(name);
        run = [];
      } else run.push('(', quoted(name), ',', quoted(drv.env.get(name)!), '),');
    }
    env.push(run.join(''));
    this.#env = env;
    this.#cuts = cuts;
  }

  write({ masked = false, inputs = inputsText(this.#drv.inputDrvs) }: TextOptions = {}): string {
    const { outputs, env } = this.#drv;
    const pieces: string[] = ['Derive(['];
    for (const name of [...outputs.keys()].sort()) {
      const [path, algorithm, hash] = outputFields(outputs.get(name)!);
      pieces.push(`(${[name, masked ? '' : path, algorithm, hash].map(quoted).join(',')})`, ',');
    }
    if (outputs.size > 0) pieces.pop();
    pieces.push('],', inputs, ',', this.#middle, ',[');
    this.#cuts.forEach((name, i) => {
      pieces.push(this.#env[i]!, '(', quoted(name), ',', quoted(masked ? '' : env.get(name)!), '),');
    });
    pieces.push(this.#env.at(-1)!);
    if (env.size > 0) {
      // The last entry has a comma after it.
      const end = pieces.at(-1) === '' ? pieces.length - 2 : pieces.length - 1;
      pieces[end] = pieces[end]!.slice(0, -1);
    }
    pieces.push('])');
    return pieces.join('');
  }
}

/** The text. */
export function toATerm(drv: Derivation, options?: TextOptions): string {
  return new DerivationText(drv).write(options);
}

/** Read the text of a .drv file. The name is the file's, without `.drv`. Throws {@link DerivationError}. */
export function parseATerm(text: string, name: string): Derivation {
  const reader = new Reader(text);
  reader.expect('Derive(');
  const outputs = new Map<string, DerivationOutput>();
  reader.list(() => {
    const [output, path, algorithm, hash] = reader.strings(4);
    outputs.set(output!, readOutput(path!, algorithm!, hash!));
  });
  reader.expect(',');
  const inputDrvs = new Map<string, ReadonlySet<string>>();
  reader.list(() => {
    reader.expect('(');
    const path = reader.string();
    reader.expect(',');
    const names = new Set<string>();
    reader.list(() => names.add(reader.string()));
    reader.expect(')');
    inputDrvs.set(path, names);
  });
  reader.expect(',');
  const inputSrcs = new Set<string>();
  reader.list(() => inputSrcs.add(reader.string()));
  reader.expect(',');
  const platform = reader.string();
  reader.expect(',');
  const builder = reader.string();
  reader.expect(',');
  const args: string[] = [];
  reader.list(() => args.push(reader.string()));
  reader.expect(',');
  const env = new Map<string, string>();
  reader.list(() => {
    const [key, value] = reader.strings(2);
    env.set(key!, value!);
  });
  reader.expect(')');
  reader.end();
  return { name, outputs, inputDrvs, inputSrcs, platform, builder, args, env };
}

function readOutput(path: string, methodAlgorithm: string, hash: string): DerivationOutput {
  if (methodAlgorithm === '') return path === '' ? { kind: 'deferred' } : { kind: 'input-addressed', path };
  const [, prefix, name] = /^(r:|text:|git:|)(.*)$/s.exec(methodAlgorithm)!;
  const methods: Record<string, IngestionMethod> = {
    '': 'flat',
    'r:': 'recursive',
    'text:': 'text',
    'git:': 'git',
  };
  const method = methods[prefix!]!;
  const algorithm = parseHashAlgorithm(name!);
  if (hash === 'impure') return { kind: 'impure', method, algorithm };
  if (hash === '') return { kind: 'floating', method, algorithm };
  return { kind: 'fixed', method, hash: parseHash(hash, algorithm), path };
}

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  expect(token: string): void {
    if (!this.text.startsWith(token, this.at)) this.fail(`expected string '${token}'`);
    this.at += token.length;
  }

  end(): void {
    if (this.at < this.text.length) this.fail('expected its end');
  }

  string(): string {
    this.expect('"');
    let value = '';
    for (;;) {
      const from = this.at;
      let code = this.text.charCodeAt(this.at);
      while (code !== 34 && code !== 92 && this.at < this.text.length) code = this.text.charCodeAt(++this.at);
      value += this.text.slice(from, this.at);
      if (this.at >= this.text.length) this.fail('unfinished string');
      if (code === 34) {
        this.at++;
        return value;
      }
      const c = this.text[this.at + 1] ?? this.fail('unfinished string');
      value += c === 'n' ? '\n' : c === 'r' ? '\r' : c === 't' ? '\t' : c;
      this.at += 2;
    }
  }

  /** A tuple of so many strings. */
  strings(count: number): string[] {
    this.expect('(');
    const values: string[] = [];
    for (let i = 0; i < count; i++) {
      if (i > 0) this.expect(',');
      values.push(this.string());
    }
    this.expect(')');
    return values;
  }

  list(item: () => void): void {
    this.expect('[');
    if (this.text[this.at] === ']') {
      this.at++;
      return;
    }
    for (;;) {
      item();
      if (this.text[this.at] === ']') {
        this.at++;
        return;
      }
      this.expect(',');
    }
  }

  private fail(problem: string): never {
    throw new DerivationError(`error parsing derivation: ${problem} at offset ${this.at}`);
  }
}
