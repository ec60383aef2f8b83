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

function quoted(text: string): string {
  return `"${text.replace(/["\\\n\r\t]/g, (c) => escapes[c]!)}"`;
}

function list(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
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

/**
 * The text. `masked` leaves output paths out (of the environment, too), as for
 * computing them; `inputs` stands in for the paths of the input derivations.
 */
export function toATerm(
  drv: Derivation,
  { masked = false, inputs = drv.inputDrvs }: { masked?: boolean; inputs?: Derivation['inputDrvs'] } = {},
): string {
  const outputs = sorted(drv.outputs).map(([name, output]) => {
    const [path, algorithm, hash] = outputFields(output);
    return `(${[name, masked ? '' : path, algorithm, hash].map(quoted).join(',')})`;
  });
  const inputDrvs = sorted(inputs).map(
    ([path, names]) => `(${quoted(path)},${list([...names].sort().map(quoted))})`,
  );
  const env = sorted(drv.env).map(
    ([name, value]) => `(${quoted(name)},${quoted(masked && drv.outputs.has(name) ? '' : value)})`,
  );
  const parts = [
    list(outputs),
    list(inputDrvs),
    list([...drv.inputSrcs].sort().map(quoted)),
    quoted(drv.platform),
    quoted(drv.builder),
    list(drv.args.map(quoted)),
    list(env),
  ];
  return `Derive(${parts.join(',')})`;
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
