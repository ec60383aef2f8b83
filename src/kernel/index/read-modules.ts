/** The modules of an index: names at once, what makes a module when somebody asks. */
import type { Condition } from '../kbuild/conditions.ts';
import type { KbuildModule, KbuildRule } from '../kbuild/kbuild.ts';
import type { Modules } from '../kernel.ts';
import type { EncodedCondition, EncodedModule, EncodedRule, ModulesHead } from './format.ts';
import { NameTable } from './name-table.ts';
import { damaged, decoded, type Unpacked } from './sections.ts';

export class IndexedModules implements Modules {
  readonly #sections: Unpacked;
  readonly #names: NameTable;
  readonly #together: number;
  readonly #variants: string;
  readonly #arch: string;
  readonly #lines: (readonly string[] | undefined)[] = [];
  readonly #modules: (KbuildModule | undefined)[] = [];

  constructor(sections: Unpacked, variants: string, arch: string) {
    const bytes = sections.read('modules');
    const text = bytes.toString('latin1');
    // Without a line's end where there are no modules.
    const from = text.indexOf('\n') + 1 || text.length;
    const { names, together } = JSON.parse(text.slice(0, from)) as ModulesHead;
    if (!(together > 0)) throw damaged('it has no modules together');
    this.#sections = sections;
    this.#names = new NameTable(text, bytes, from, names, true);
    this.#together = together;
    this.#variants = variants;
    this.#arch = arch;
  }

  all(): readonly KbuildModule[] {
    return this.#own().map((number) => this.#module(number));
  }

  find(name: string): readonly KbuildModule[] {
    const numbers = this.#names.numbersOf(name.replaceAll('-', '_'));
    return numbers.filter((number) => this.#has(number)).map((number) => this.#module(number));
  }

  madeBy(symbol: string): readonly KbuildModule[] {
    const quoted = JSON.stringify(symbol);
    return this.#own()
      .filter((number) => this.#line(number).includes(quoted))
      .map((number) => this.#module(number))
      .filter(({ symbols }) => symbols.includes(symbol));
  }

  names(): readonly string[] {
    return [...new Set(this.#own().map((number) => this.#names.name(number).replaceAll('-', '_')))].sort();
  }

  /** The numbers of those that this architecture can have, by path. */
  #own(): number[] {
    return Array.from({ length: this.#names.size }, (_, number) => number).filter((number) =>
      this.#has(number),
    );
  }

  #has(number: number): boolean {
    return this.#variants[number] !== '-' && this.#variants[number] !== undefined;
  }

  #line(number: number): string {
    const section = Math.floor(number / this.#together);
    const lines =
      this.#lines[section] ?? this.#sections.read(`modules/${section}`).toString('latin1').split('\n');
    this.#lines[section] = lines;
    const line = lines[number % this.#together];
    if (line === undefined) throw damaged('a module is missing');
    return line;
  }

  #folder(number: number): string {
    for (let at = number; at >= 0; at--) {
      const line = this.#line(at);
      if (!line.startsWith('\t')) return line.slice(0, line.indexOf('\t'));
    }
    throw damaged('a module has no folder');
  }

  #module(number: number): KbuildModule {
    this.#modules[number] ??= decoded(() => this.#decode(number));
    return this.#modules[number];
  }

  #decode(number: number): KbuildModule {
    const [, ...variants] = this.#line(number).split('\t');
    const folder = this.#folder(number);
    const file = this.#names.name(number);
    const path = `${folder === '.' ? '' : `${folder}/`}${file}.ko`;
    const [symbols, rules, builtin] = JSON.parse(variants[Number(this.#variants[number])]!) as EncodedModule;
    return {
      name: file.replaceAll('-', '_'),
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

export function decodeCondition(encoded: EncodedCondition): Condition {
  return encoded.map(([architectures, ...requires]) => ({
    architectures: architectures === 0 ? null : architectures.split(' '),
    requires: requires.map((text) => {
      const not = text.startsWith('!');
      const [symbol, ...values] = (not ? text.slice(1) : text).split(' ');
      return { symbol: symbol!, values, not };
    }),
  }));
}
