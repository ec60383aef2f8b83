import type { SourceTree } from '../tree.ts';
import type { Dialect } from './dialect.ts';
import { Node, type Property, SymbolDraft } from './draft.ts';
import { and, type Expression } from './expression.ts';
import { findSources } from './find-sources.ts';
import { keywordsOf, Lexer, reservedOf, type Statement, type Word } from './lexer.ts';
import type { KconfigRules, SymbolType } from './model.ts';
import { ExpressionParser } from './parse-expression.ts';
import type { Preprocessor } from './preprocess.ts';
import { type KconfigProblem, type KconfigProblemKind, KconfigStop } from './problem.ts';

/*
 * Kconfig files as a tree of entries. There is no grammar to speak of: each statement either opens an entry (`config`,
 * `menu`, …), closes a block (`endmenu`, …), or is an option of the entry opened last. A statement that is wrong is
 * reported and left out, and reading goes on with the next.
 *
 * `source` puts a file on the stack; a block must end in the file where it began.
 */

/** Files included in files, and blocks in blocks. The kernel's own go to 8 and 12. */
const deepestSource = 200;
const deepestBlock = 60;

const types: Readonly<Record<string, SymbolType>> = {
  bool: 'bool',
  tristate: 'tristate',
  int: 'int',
  hex: 'hex',
  string: 'string',
  def_bool: 'bool',
  def_tristate: 'tristate',
};

const blockOf: Readonly<Record<string, string>> = { endmenu: 'menu', endif: 'if', endchoice: 'choice' };

interface OpenFile {
  lexer: Lexer;
  /** The line of the `source` statement that is being followed. */
  sourceLine: number;
  /** The block that was open where the file began. */
  block: Node;
}

/** Of a statement, which is then left out. */
class Invalid extends Error {}

export class KconfigParser {
  readonly root = new Node('root', null, null, '', 0);
  readonly symbols = new Map<string, SymbolDraft>();
  readonly choices = new Map<string, SymbolDraft>();
  readonly expressions: ExpressionParser;
  /** Every file that was read, in order, each once. */
  readonly files = new Set<string>();
  modules: string | null = null;
  title = 'Main menu';
  readonly #tree: SourceTree;
  readonly #macros: Preprocessor;
  readonly #rules: KconfigRules;
  readonly #dialect: Dialect;
  readonly #keywords: ReadonlySet<string>;
  readonly #report: (problem: KconfigProblem) => void;
  readonly #sourceRoot: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #stack: OpenFile[] = [];
  #block = this.root;
  #depth = 0;
  /** The entry opened last, while options may follow. */
  #entry: Node | null = null;
  /** The last `menuconfig`. */
  #menuconfig: Node | null = null;
  #statements = 0;

  constructor(
    tree: SourceTree,
    macros: Preprocessor,
    rules: KconfigRules,
    dialect: Dialect,
    environment: Readonly<Record<string, string>>,
    report: (problem: KconfigProblem) => void,
  ) {
    this.#tree = tree;
    this.#macros = macros;
    this.#rules = rules;
    this.#dialect = dialect;
    this.#keywords = keywordsOf(dialect);
    this.expressions = new ExpressionParser(reservedOf(dialect));
    this.#environment = environment;
    this.#report = report;
    this.#sourceRoot = `${environment.srctree ?? '.'}/`;
  }

  /** Reads a file and all it includes. */
  parse(file: string): void {
    const text = this.#tree.read(file);
    if (text === null) {
      throw new KconfigStop({
        severity: 'error',
        kind: 'missing-file',
        message: `can't find file ${file}`,
        file,
        line: 1,
      });
    }
    this.#open(file, text);
    for (let open = this.#stack.at(-1); open; open = this.#stack.at(-1)) {
      if (open.lexer.line === 1) this.files.add(open.lexer.file);
      const statement = open.lexer.next();
      if (statement === null) this.#close(open);
      else {
        try {
          this.#statement(statement);
        } catch (error) {
          if (!(error instanceof Invalid)) throw error;
          this.#error(statement.line, error.message);
        }
      }
    }
  }

  #open(file: string, text: string): void {
    const lexer = new Lexer(file, text, this.#macros, this.#dialect, (line, message) =>
      this.#report({ severity: 'warning', kind: 'syntax', message, file, line }),
    );
    this.#stack.push({ lexer, sourceLine: 0, block: this.#block });
  }

  #close(open: OpenFile): void {
    for (; this.#block !== open.block; this.#leave()) {
      const { file, line, kind } = this.#block;
      this.#report({
        severity: 'error',
        kind: 'syntax',
        message: `missing end statement for this entry (${kind})`,
        file,
        line,
      });
    }
    this.#endEntry();
    this.#stack.pop();
  }

  #statement(statement: Statement): void {
    const { words, line, assignment } = statement;
    const first = words[0]!;
    const begin = this.#statements++ === 0;
    if (assignment) {
      this.#endEntry();
      if (this.#strictlyInChoice()) throw new Invalid('invalid statement');
      this.#macros.assign(first.text, assignment.operator, assignment.value);
      return;
    }
    if (first.kind !== 'word' || !this.#keywords.has(first.text)) {
      if (first.kind === 'word' && first.text === 'option' && this.#entry?.kind === 'symbol') {
        this.#oldOption(words, line, this.#entry);
        return;
      }
      const name = first.kind === 'word' || first.kind === 'macro';
      throw new Invalid(
        name && !this.#insideChoice() ? `unknown statement "${first.text}"` : 'invalid statement',
      );
    }
    switch (first.text) {
      case 'config':
      case 'menuconfig':
        this.#config(words, line);
        return;
      case 'choice':
        this.#choice(words, line);
        return;
      case 'menu':
      case 'comment':
        this.#menu(first.text, words, line);
        return;
      case 'if':
        this.#if(words, line);
        return;
      case 'endmenu':
      case 'endif':
      case 'endchoice':
        this.#end(first.text, words);
        return;
      case 'source':
      case 'rsource':
      case 'osource':
      case 'orsource':
        this.#source(first.text, words, line);
        return;
      case 'mainmenu':
        this.#mainMenu(words, begin);
        return;
      default:
        this.#option(words, line);
    }
  }

  // Entries

  #config(words: readonly Word[], line: number): void {
    this.#endEntry();
    const leaf = words[1]?.kind === 'text' ? null : this.expressions.leaf(words[1]);
    const menu = words[0]!.text === 'menuconfig';
    if (leaf?.op !== 'symbol' || words.length > 2 || (menu && this.#strictlyInChoice())) {
      throw new Invalid('invalid statement');
    }
    let symbol = this.symbols.get(leaf.name);
    if (!symbol) {
      symbol = new SymbolDraft(leaf.name);
      this.symbols.set(leaf.name, symbol);
    }
    this.#entry = this.#add('symbol', symbol, line);
    if (menu) this.#menuconfig = this.#entry;
  }

  #choice(words: readonly Word[], line: number): void {
    this.#endEntry();
    const named = words.length === 2 && words[1]!.kind !== 'text' && this.#rules.choices === 'classic';
    if ((words.length > 1 && !named) || this.#strictlyInChoice() || this.#block.kind === 'choice') {
      throw new Invalid('invalid statement');
    }
    const { file } = this.#stack.at(-1)!.lexer;
    const name = named ? `choice ${words[1]!.text}` : `choice ${file}:${line}`;
    let symbol = this.choices.get(name);
    if (!symbol) {
      symbol = new SymbolDraft(name);
      symbol.members = [];
      if (this.#rules.choices === 'bool') symbol.type = 'bool';
      this.choices.set(name, symbol);
    }
    this.#enter(this.#add('choice', symbol, line));
  }

  #menu(kind: 'menu' | 'comment', words: readonly Word[], line: number): void {
    this.#endEntry();
    const text = this.#text(words[1]);
    const here = kind === 'comment' || !(this.#strictlyInChoice() || this.#block.kind === 'choice');
    if (text === null || words.length > 2 || !here) throw new Invalid('invalid statement');
    const node = this.#add(kind, null, line);
    node.text = this.#promptText(text, line);
    if (kind === 'menu') this.#enter(node);
    else this.#entry = node;
  }

  #if(words: readonly Word[], line: number): void {
    this.#endEntry();
    const node = this.#add('if', null, line);
    this.#enter(node);
    node.conditions.push(this.#condition(words, 1));
    // An `if` has no options.
    this.#entry = null;
  }

  #end(keyword: string, words: readonly Word[]): void {
    this.#endEntry();
    const expected = this.#block.kind;
    const kind = blockOf[keyword]!;
    if (words.length > 1) throw new Invalid('syntax error');
    if (this.#block === this.#stack.at(-1)!.block) {
      if (this.#block === this.root) throw new Invalid('invalid statement');
      const { file, line: begin } = this.#block;
      throw new Invalid(`'${kind}' in different file than '${expected}' (${file}:${begin})`);
    }
    if (kind !== expected) throw new Invalid(`unexpected '${kind}' within ${expected} block`);
    this.#leave();
  }

  #add(kind: Node['kind'], symbol: SymbolDraft | null, line: number): Node {
    const node = new Node(kind, this.#block, symbol, this.#stack.at(-1)!.lexer.file, line);
    this.#block.children.push(node);
    symbol?.nodes.push(node);
    return node;
  }

  #enter(node: Node): void {
    if (++this.#depth > deepestBlock) {
      throw new KconfigStop({
        severity: 'error',
        kind: 'too-deep',
        message: `blocks nest more than ${deepestBlock} deep`,
        file: node.file,
        line: node.line,
      });
    }
    this.#block = node;
    this.#entry = node;
  }

  #leave(): void {
    this.#block = this.#block.parent!;
    this.#depth--;
    this.#entry = null;
  }

  /** What holds for an entry once all its options are read. */
  #endEntry(): void {
    const node = this.#entry;
    this.#entry = null;
    if (!node) return;
    const { file, line } = node;
    if (node === this.#menuconfig && !node.prompt) {
      const severity = this.#dialect.strict ? 'error' : 'warning';
      const message = 'menuconfig statement without prompt';
      this.#report({ severity, kind: 'definition', message, file, line });
    }
    if (this.#rules.choices !== 'bool') return;
    const fail = (message: string) =>
      this.#report({ severity: 'error', kind: 'choice', message, file, line });
    if (node.kind === 'choice' && !node.prompt) fail('choice must have a prompt');
    if (node.kind === 'symbol' && this.#insideChoice()) {
      if (!node.prompt) fail('choice member must have a prompt');
      if (node.symbol!.type !== 'bool') fail('choice member must be bool');
    }
  }

  // Options

  #option(words: readonly Word[], line: number): void {
    const node = this.#entry;
    const keyword = words[0]!.text === '---help---' ? 'help' : words[0]!.text;
    const allowed =
      node !== null &&
      ((keyword === 'depends' && node.kind !== 'if') ||
        (keyword === 'visible' && node.kind === 'menu') ||
        (node.kind === 'choice' && choiceOptions.has(keyword)) ||
        node.kind === 'symbol');
    if (!allowed) {
      throw new Invalid('invalid statement');
    }
    switch (keyword) {
      case 'depends':
        if (words[1]?.kind !== 'word' || words[1].text !== 'on') throw new Invalid('syntax error');
        node.conditions.push(this.#condition(words, 2));
        return;
      case 'visible':
        // A menu's options have an order in 4.19.
        if (this.#dialect.bare === 'path' && node.conditions.length > 0) throw new Invalid('invalid option');
        if (words.length > 1) {
          node.promptsVisibleIf = and(node.promptsVisibleIf, this.#if_(words, 1));
          const { expression } = this.expressions.parse(words, 2, false)!;
          node.visibleIf = and(node.visibleIf, expression);
        }
        return;
      case 'help':
        if (words.length > 1) throw new Invalid('syntax error');
        this.#help(node, line);
        return;
      case 'bool':
      case 'tristate':
      case 'int':
      case 'hex':
      case 'string':
        if (words.length > 1) this.#prompt(node, words, line);
        this.#setType(node, types[keyword]!);
        return;
      case 'prompt':
        this.#prompt(node, words, line);
        return;
      case 'default':
      case 'def_bool':
      case 'def_tristate':
        this.#default(node, words, line);
        return;
      case 'select':
      case 'imply':
        this.#reference(node, keyword, words, line);
        return;
      case 'range':
        this.#range(node, words, line);
        return;
      case 'optional':
        if (node.kind !== 'choice' || words.length > 1) throw new Invalid('syntax error');
        node.symbol!.optional = true;
        return;
      case 'modules':
        if (words.length > 1) throw new Invalid('syntax error');
        this.#markModules(node);
        return;
      case 'transitional':
        if (words.length > 1 || node.kind !== 'symbol') throw new Invalid('syntax error');
        node.symbol!.unwritten = 'transitional';
        return;
      default:
        throw new Invalid('invalid statement');
    }
  }

  /** `option modules` and `option env="X"`, as trees before 5.14 have them. */
  #oldOption(words: readonly Word[], line: number, node: Node): void {
    const name = words[1]?.text;
    if (name === 'modules' && words.length === 2) {
      this.#markModules(node);
      return;
    }
    if (name === 'env' && words[2]?.text === '=' && words[3]?.kind === 'text' && words.length === 4) {
      const value = Object.hasOwn(this.#environment, words[3].text) ? this.#environment[words[3].text]! : '';
      const constant = this.expressions.leaf({ kind: 'text', text: value })!;
      node.symbol!.properties.push({ kind: 'default', node, line, value: constant, condition: null });
      return;
    }
    if ((name !== 'defconfig_list' && name !== 'allnoconfig_y') || words.length > 2)
      throw new Invalid('syntax error');
    if (name === 'defconfig_list') node.symbol!.unwritten = 'always';
  }

  #markModules(node: Node): void {
    const { name } = node.symbol!;
    if (this.modules !== null) {
      throw new Invalid(
        `symbol '${name}' redefines option 'modules' already defined by symbol '${this.modules}'`,
      );
    }
    this.modules = name;
  }

  #help(node: Node, line: number): void {
    const help = this.#stack.at(-1)!.lexer.help();
    const name = node.symbol!.name;
    const { strict } = this.#dialect;
    if (node.help !== undefined) {
      const again = `'${name}' defined with more than one help text`;
      if (strict) this.#error(line, again);
      else this.#warn(line, `${again} -- only the last one will be used`);
    }
    if (help.blank) {
      const blank = `'${name}' defined with blank help text`;
      if (strict) this.#error(line, blank);
      else this.#warn(line, blank);
    }
    node.help = help;
  }

  #setType(node: Node, type: SymbolType): void {
    const symbol = node.symbol!;
    if (symbol.type === 'unknown') symbol.type = type;
    else if (symbol.type !== type) {
      const message = `ignoring type redefinition of '${symbol.name}' from '${typeName(symbol.type)}' to '${typeName(type)}'`;
      const { file, line } = node;
      this.#report({ severity: 'warning', kind: 'definition', message, file, line });
    }
  }

  #prompt(node: Node, words: readonly Word[], line: number): void {
    const unquoted = this.#text(words[1]);
    if (unquoted === null) throw new Invalid('syntax error');
    let condition: Expression | null = null;
    if (words.length > 2) {
      condition = this.#if_(words, 2);
    }
    if (node.prompt) this.#warn(line, 'prompt redefined');
    for (let around = node.parent; around; around = around.parent) {
      condition = and(condition, around.promptsVisibleIf);
    }
    const text = this.#promptText(unquoted, line);
    const prompt: Property & { kind: 'prompt' } = { kind: 'prompt', node, line, text, condition };
    node.prompt = prompt;
    node.symbol!.properties.push(prompt);
  }

  #default(node: Node, words: readonly Word[], line: number): void {
    const parsed = this.expressions.parse(words, 1, false);
    if (!parsed || (node.kind === 'choice' && parsed.expression.op !== 'symbol')) {
      throw new Invalid('syntax error');
    }
    let condition: Expression | null = null;
    if (parsed.next < words.length) {
      condition = this.#if_(words, parsed.next);
    }
    node.symbol!.properties.push({ kind: 'default', node, line, value: parsed.expression, condition });
    const type = types[words[0]!.text];
    if (type) this.#setType(node, type);
  }

  #reference(node: Node, kind: 'select' | 'imply', words: readonly Word[], line: number): void {
    const leaf = words[1]?.kind === 'text' ? null : this.expressions.leaf(words[1]);
    if (leaf === null) throw new Invalid('syntax error');
    let condition: Expression | null = null;
    if (words.length > 2) {
      condition = this.#if_(words, 2);
    }
    const symbol = leaf.op === 'symbol' ? leaf.name : leaf.text;
    node.symbol!.properties.push({ kind, node, line, symbol, condition });
  }

  #range(node: Node, words: readonly Word[], line: number): void {
    const low = this.expressions.leaf(words[1]);
    const high = this.expressions.leaf(words[2]);
    if (!low || !high) throw new Invalid('syntax error');
    let condition: Expression | null = null;
    if (words.length > 3) {
      condition = this.#if_(words, 3);
    }
    node.symbol!.properties.push({ kind: 'range', node, line, low, high, condition });
  }

  /** `if EXPRESSION` up to the end of the statement. */
  #if_(words: readonly Word[], start: number): Expression {
    if (words[start]?.kind === 'word' && words[start].text === 'if') return this.#condition(words, start + 1);
    throw new Invalid('syntax error');
  }

  #condition(words: readonly Word[], start: number): Expression {
    const parsed = this.expressions.parse(words, start, true);
    if (parsed && parsed.next === words.length) return parsed.expression;
    throw new Invalid('syntax error');
  }

  #promptText(text: string, line: number): string {
    if (!/^\s/.test(text)) return text;
    this.#warn(line, 'leading whitespace ignored');
    return text.replace(/^\s+/, '');
  }

  // Inclusion

  #source(keyword: string, words: readonly Word[], line: number): void {
    this.#endEntry();
    const open = this.#stack.at(-1)!;
    let path = this.#text(words[1]);
    if (path === null || words.length > 2 || this.#strictlyInChoice()) throw new Invalid('invalid statement');
    if (path.startsWith(this.#sourceRoot)) path = path.slice(this.#sourceRoot.length);
    if (keyword.includes('rsource')) {
      path = `${open.lexer.file.slice(0, open.lexer.file.lastIndexOf('/') + 1)}${path}`;
    }
    const sources = findSources(this.#tree, path);
    if (sources.length === 0 && !keyword.startsWith('o')) {
      this.#stop('missing-file', `can't open file "${path}"`, line);
    }
    open.sourceLine = line;
    // The last is opened first, so that the first is on top of the stack.
    for (const { file, text } of sources.reverse()) {
      if (this.#stack.some(({ lexer, sourceLine }) => lexer.file === file && sourceLine > 0)) {
        const path = [...this.#stack]
          .reverse()
          .filter(({ sourceLine }) => sourceLine > 0)
          .map(({ lexer, sourceLine }) => `  included from: ${lexer.file}:${sourceLine}`);
        const lines = [
          'Recursive inclusion detected.',
          'Inclusion path:',
          `  current file : ${file}`,
          ...path,
        ];
        this.#stop('recursive-inclusion', lines.join('\n'), line);
      }
      if (this.#stack.length >= deepestSource) {
        this.#stop('too-deep', `files include files more than ${deepestSource} deep`, line);
      }
      this.#open(file, text);
    }
  }

  #mainMenu(words: readonly Word[], begin: boolean): void {
    const text = this.#text(words[1]);
    if (!begin || text === null || words.length > 2) throw new Invalid('invalid statement');
    this.title = text.replace(/^\s+/, '');
  }

  /** What stands in quotes, or without any where the dialect takes that; null for anything else. */
  #text(word: Word | undefined): string | null {
    if (word?.kind === 'text') return word.text;
    if (word === undefined || word.kind === 'operator' || this.#dialect.bare === 'no') return null;
    return word.kind === 'word' && reservedOf(this.#dialect).has(word.text) ? null : word.text;
  }

  /** In a choice whose dialect takes only members there. */
  #strictlyInChoice(): boolean {
    return !this.#dialect.looseChoices && this.#insideChoice();
  }

  #insideChoice(): boolean {
    for (let block: Node | null = this.#block; block; block = block.parent)
      if (block.kind === 'choice') return true;
    return false;
  }

  #stop(kind: KconfigProblemKind, message: string, line: number): never {
    throw new KconfigStop({ severity: 'error', kind, message, file: this.#stack.at(-1)!.lexer.file, line });
  }

  #error(line: number, message: string): void {
    const { file } = this.#stack.at(-1)!.lexer;
    this.#report({ severity: 'error', kind: 'syntax', message, file, line });
  }

  #warn(line: number, message: string): void {
    const { file } = this.#stack.at(-1)!.lexer;
    this.#report({ severity: 'warning', kind: 'definition', message, file, line });
  }
}

const choiceOptions: ReadonlySet<string> = new Set([
  'prompt',
  'bool',
  'tristate',
  'default',
  'help',
  'optional',
]);

/** As the kernel's tool calls a type. */
function typeName(type: SymbolType): string {
  return type === 'int' ? 'integer' : type;
}
