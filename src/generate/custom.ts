/**
 * A user's templates over the shipped ones: `DIR/loader/default.nix.hbs` takes the place of that file, and of no other.
 *
 * They are compiled at run time and checked first, as Handlebars prints nothing for a name that a context lacks:
 * every name must be one of the sample context, and every helper one of ours.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import Handlebars from 'handlebars';
import { scripts as shippedScripts, sources } from '#templates';
import type { Code } from '../diagnostics/codes.ts';
import { type Diagnostic, diagnostic, Failure, hasError, type Range } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { reason } from '../diagnostics/system-error.ts';
import {
  type PartialName,
  partials,
  type ScriptName,
  samples,
  scripts,
  type TemplateName,
} from './contexts.ts';
import { makeHelpers, makeRenderer, type Renderer } from './renderer.ts';

/** A file of a user's folder of templates: its place under that folder, with `/`, and its whole name. */
export interface TemplateFile {
  path: string;
  file: string;
  text: string;
}

const helpers = makeHelpers(() => '');
const blocks = new Set(['if', 'unless', 'each', 'with']);

/** What a file can take the place of: its path in the folder, to the name of a template, partial or script. */
const replaceable = new Map<string, string>([
  ...Object.keys(samples).map((name) => [`${name}.hbs`, name] as const),
  ...partials.map((name) => [`partials/${name}.hbs`, name] as const),
  ...scripts.map((name) => [name, name] as const),
]);

/** @throws Failure with `template-unreadable` */
export function readTemplates(directory: string): TemplateFile[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(hbs|sh)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => ({
        path: relative(directory, file).split(sep).join('/'),
        file,
        text: readFileSync(file, 'utf8'),
      }));
  } catch (error) {
    throw new Failure(
      diagnostic('template-unreadable', `the templates cannot be read: ${reason(error)}`, {
        file: directory,
      }),
    );
  }
}

/** @throws Failure with `template-syntax` and `template-unknown-name` */
export function customRenderer(files: readonly TemplateFile[]): {
  renderer: Renderer;
  warnings: Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const overrides = new Map<string, string>();
  for (const { path, file, text } of files) {
    const name = replaceable.get(path);
    if (name === undefined) {
      diagnostics.push(
        diagnostic('template-unused', 'this file takes the place of no template', {
          file,
          hint:
            didYouMean(path, replaceable.keys()) ?? `the templates are ${[...replaceable.keys()].join(', ')}`,
        }),
      );
    } else {
      overrides.set(name, text);
      if (path.endsWith('.hbs')) diagnostics.push(...checkTemplate(name, text, file));
    }
  }
  if (hasError(diagnostics)) throw new Failure(...diagnostics);

  const engine = Handlebars.create();
  engine.registerHelper(makeHelpers((name) => overrides.get(name) ?? shippedScripts[name as ScriptName]));
  const compile = (name: TemplateName | PartialName) =>
    engine.compile(overrides.get(name) ?? sources[name], {
      strict: true,
      noEscape: true,
      knownHelpers: Object.fromEntries(Object.keys(helpers).map((helper) => [helper, true])),
      knownHelpersOnly: true,
    });
  for (const name of partials) engine.registerPartial(name, compile(name));
  return { renderer: makeRenderer(compile), warnings: diagnostics };
}

/** Whether `text` is a template whose every name is there. */
function checkTemplate(name: string, text: string, file: string): Diagnostic[] {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(text);
  } catch (error) {
    return [syntaxError(error as Error, text, file)];
  }
  const found: Diagnostic[] = [];
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const reportAt = (code: Code, node: hbs.AST.Node, message: string, hint: string | undefined) => {
    const position = ({ line, column }: hbs.AST.Position) => ({
      offset: lineStarts[line - 1]! + column,
      line,
      column: column + 1,
    });
    const range: Range = { start: position(node.loc.start), end: position(node.loc.end) };
    found.push(diagnostic(code, message, { file, range, hint }));
  };
  const report = (node: hbs.AST.Node, message: string, wrong: string, candidates: Iterable<string>) => {
    const all = [...candidates];
    const hint = didYouMean(wrong, all) ?? (all.length > 0 ? `there are ${all.join(', ')}` : undefined);
    reportAt('template-unknown-name', node, message, hint);
  };

  /** `scope` is a sample of the value that names are looked up in. */
  const visitProgram = (body: hbs.AST.Program | undefined, scope: unknown): void => {
    for (const statement of body?.body ?? []) visit(statement, scope);
  };
  const visit = (node: hbs.AST.Node, scope: unknown): void => {
    switch (node.type) {
      case 'MustacheStatement':
      case 'SubExpression':
        visitCall(node as hbs.AST.MustacheStatement, scope);
        break;
      case 'PathExpression':
        lookUp(node as hbs.AST.PathExpression, scope);
        break;
      case 'PartialStatement': {
        const partial = (node as hbs.AST.PartialStatement).name as hbs.AST.PathExpression;
        if (!(partials as readonly string[]).includes(partial.original)) {
          report(node, `there is no partial \`${partial.original}\``, partial.original, partials);
        }
        break;
      }
      case 'BlockStatement':
        visitBlock(node as hbs.AST.BlockStatement, scope);
        break;
      case 'ContentStatement':
      case 'CommentStatement':
        break;
      default:
        if (!node.type.endsWith('Literal')) report(node, `${node.type} has no use here`, '', []);
    }
  };
  const visitCall = (node: hbs.AST.MustacheStatement, scope: unknown): void => {
    const callee = (node.path as hbs.AST.PathExpression).original;
    if (node.type === 'MustacheStatement' && !node.escaped) {
      reportAt(
        'template-syntax',
        node,
        'three braces are one token to Handlebars',
        'write `${ {{name}} }`, with spaces',
      );
    }
    if (node.params.length === 0 && !(node.hash?.pairs.length > 0)) {
      visit(node.path, scope);
      return;
    }
    if (!Object.hasOwn(helpers, callee))
      report(node.path, `there is no helper \`${callee}\``, callee, Object.keys(helpers));
    if (callee === 'script') {
      const [script] = node.params as hbs.AST.StringLiteral[];
      if (!(scripts as readonly string[]).includes(script!.value)) {
        report(node, `there is no script \`${script!.value}\``, String(script!.value), scripts);
      }
    }
    for (const param of node.params) visit(param, scope);
  };
  const visitBlock = (node: hbs.AST.BlockStatement, scope: unknown): void => {
    const callee = (node.path as hbs.AST.PathExpression).original;
    if (!blocks.has(callee)) report(node.path, `there is no block \`${callee}\``, callee, blocks);
    for (const param of node.params) visit(param, scope);
    const [subject] = node.params;
    const value =
      subject?.type === 'PathExpression' ? valueAt(subject as hbs.AST.PathExpression, scope) : undefined;
    const inner =
      callee === 'each' ? (value as unknown[] | undefined)?.[0] : callee === 'with' ? value : scope;
    visitProgram(node.program, inner);
    visitProgram(node.inverse, scope);
  };
  const lookUp = (node: hbs.AST.PathExpression, scope: unknown): void => {
    if (node.data || node.depth > 0 || scope === undefined) return;
    let value: unknown = scope;
    for (const part of node.parts) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
        const names =
          typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
        report(node, `there is no \`${node.original}\` here`, part, names);
        return;
      }
      value = (value as Record<string, unknown>)[part];
    }
  };
  const valueAt = (node: hbs.AST.PathExpression, scope: unknown): unknown =>
    node.data || node.depth > 0
      ? undefined
      : node.parts.reduce<unknown>(
          (value, part) => (value as Record<string, unknown> | undefined)?.[part],
          scope,
        );

  visitProgram(program, name in samples ? samples[name as TemplateName] : undefined);
  return found;
}

/** Handlebars says where only in its message: `Parse error on line 3:`, or `… - 3:4`. */
function syntaxError(error: Error, text: string, file: string): Diagnostic {
  const [first = '', ...rest] = error.message.split('\n');
  const line = Number(/on line (\d+)/.exec(first)?.[1] ?? / - (\d+):\d+$/.exec(first)?.[1] ?? 1);
  const lines = text.split('\n');
  const offset = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const length = (lines[line - 1] ?? '').length;
  const expecting = rest.find((each) => each.startsWith('Expecting'));
  return diagnostic(
    'template-syntax',
    `this is no Handlebars: ${expecting ?? first.replace(/ - \d+:\d+$/, '')}`,
    {
      file,
      range: {
        start: { offset, line, column: 1 },
        end: { offset: offset + length, line, column: length + 1 },
      },
      ...(text.includes('${{{') && {
        hint: 'write `${ {{name}} }`: three braces are one token to Handlebars',
      }),
    },
  );
}
