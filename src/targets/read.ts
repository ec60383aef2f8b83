/** The text of a target list → a `TargetList`, or every mistake in it. */
import * as v from 'valibot';
import type { Code } from '../diagnostics/codes.ts';
import { severities } from '../diagnostics/codes.ts';
import { type Diagnostic, diagnostic, Failure, hasError } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import { check } from './check.ts';
import { type LocatedDocument, type Path, readDocument } from './document.ts';
import { attributePath, fold } from './names.ts';
import { fieldNames, schema, type WrittenList, type WrittenLoader } from './schema.ts';
import { type Loader, makeLoader, type ReadResult, type TargetList } from './target-list.ts';

/**
 * Reads a target list in YAML or JSON. `file` is its name in diagnostics.
 *
 * @throws Failure with every error found, in the order of the text, and the warnings among them
 */
export function readTargetList(text: string, file: string): ReadResult {
  const document = readDocument(text, file, isSourceText);
  const parsed = v.safeParse(schema, document.value);
  const violations = parsed.issues?.flatMap((issue) => violation(issue, document, file)) ?? [];
  const broken = new Set(parsed.issues?.map(({ path }) => String(path?.[1]?.key ?? '')));
  const diagnostics = [...violations, ...check(document, file, broken)].sort(
    (a, b) => (a.range?.start.offset ?? 0) - (b.range?.start.offset ?? 0),
  );
  if (hasError(diagnostics)) throw new Failure(...diagnostics);
  return { list: normalise(parsed.output as WrittenList), warnings: diagnostics };
}

/** Where things stand in the text of a list that can be read. */
export function locateIn(text: string, file: string): LocatedDocument['locate'] {
  return readDocument(text, file, isSourceText).locate;
}

/** Where `6.10`, `0644` and `y` are text, whatever YAML makes of them. */
function isSourceText(path: Path): boolean {
  if (path[0] === 'kernel') return path[1] === 'series' && path.length === 2;
  if (path[0] !== 'loaders') return false;
  return (path[2] === 'parameters' && path.length === 5) || (path[2] === 'kernelConfig' && path.length === 4);
}

function normalise(written: WrittenList): TargetList {
  const loaders = Object.entries(written.loaders).map(([name, loader]) => normaliseLoader(name, loader));
  return { ...(written.kernel && { kernel: written.kernel }), loaders };
}

function normaliseLoader(name: string, written: WrittenLoader): Loader {
  const { description, autostart = true, compat = false } = written;
  return {
    ...makeLoader(name, [...new Set(written.targets)]),
    ...(description !== undefined && description.trim() !== '' && { description: description.trim() }),
    dependencies: (written.dependencies ?? []).map((dependency) =>
      typeof dependency === 'string' ? { loader: dependency } : { config: attributePath(dependency.config) },
    ),
    parameters: new Map(
      Object.entries(written.parameters ?? {}).map(([module, values]) => [
        fold(module),
        new Map(Object.entries(values)),
      ]),
    ),
    kernelConfig: new Map(Object.entries(written.kernelConfig ?? {})),
    autostart,
    compat,
  };
}

/** A broken rule of the schema as diagnostics. */
function violation(issue: v.BaseIssue<unknown>, document: LocatedDocument, file: string): Diagnostic[] {
  // A dependency may be two things; an object that is nearly the second is measured by that.
  const inner = issue.type === 'union' && isObject(issue.input) ? issue.issues : undefined;
  const nested = inner?.filter(({ type, path }) => path !== undefined || type === 'object_with_rest');
  if (nested && nested.length > 0) {
    return nested
      .filter(({ path }) => path !== undefined)
      .flatMap((each) =>
        violation(
          { ...each, path: [...(issue.path ?? []), ...(each.path ?? [])] } as typeof issue,
          document,
          file,
        ),
      );
  }
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const missing = /^"(.+)"$/.exec(issue.expected ?? '')?.[1];
  if (issue.received === 'undefined' && issue.type === 'object_with_rest' && missing !== undefined) {
    return [
      diagnostic('missing-field', `${name(path.slice(0, -1))} has no \`${missing}\``, {
        file,
        range: document.locate(path.slice(0, -1), 'key'),
        hint: missing === 'version' ? 'add `version: 1`' : `add \`${missing}:\``,
      }),
    ];
  }
  const isKey = issue.path?.at(-1)?.origin === 'key';
  const code: Code = issue.message in severities ? (issue.message as Code) : 'wrong-type';
  const { message, hint } = explanation(code, issue, path);
  const range = document.locate(path, isKey || code === 'unknown-field' ? 'key' : 'value');
  return [diagnostic(code, message, { file, range, hint })];
}

function fieldsAt(path: Path): string[] {
  if (path.length === 0) return fieldNames.list;
  if (path[0] === 'kernel') return fieldNames.kernel;
  return path.length === 2 ? fieldNames.loader : fieldNames.dependency;
}

function explanation(
  code: Code,
  issue: v.BaseIssue<unknown>,
  path: Path,
): { message: string; hint?: string | undefined } {
  const last = String(path.at(-1) ?? '');
  const given = show(issue.input);
  switch (code) {
    case 'unknown-field': {
      const known = fieldsAt(path.slice(0, -1));
      return {
        message: `there is no field \`${last}\` in ${name(path.slice(0, -1))}`,
        hint: didYouMean(last, known) ?? `it can have ${known.join(', ')}`,
      };
    }
    case 'unsupported-version':
      return {
        message: `this gen-kmod reads version 1 of the target list, not ${given}`,
        hint: 'write `version: 1`, or use a gen-kmod that knows the version',
      };
    case 'empty-list':
      return {
        message:
          last === 'loaders'
            ? 'there is no loader in `loaders`'
            : `${name(path.slice(0, -1))} has no targets`,
        hint:
          last === 'loaders'
            ? 'add one: `firewall: { targets: [nft_ct] }`'
            : 'name at least one module, or remove the loader',
      };
    case 'invalid-loader-name':
      return {
        message: `${given} is no loader name`,
        hint: 'a name is a lower-case letter, then up to 62 lower-case letters, digits and dashes',
      };
    case 'invalid-module-name':
      return { message: `${given} is no module name`, hint: moduleHint(issue.input) };
    case 'invalid-attribute-path':
      return {
        message: `${given} is no attribute path`,
        hint: 'write it as in Nix, without `config.`: `services.calibration`',
      };
    case 'invalid-parameter':
      return issue.path?.at(-1)?.origin === 'key'
        ? { message: `${given} is no parameter name`, hint: '`modinfo -p MODULE` lists those a module has' }
        : {
            message: `${given} cannot be given to insmod`,
            hint: 'a value has up to 1,023 characters, none of them a double quote or a control character',
          };
    case 'invalid-symbol':
      return {
        message: `${given} is no Kconfig symbol`,
        hint: last.startsWith('CONFIG_')
          ? `leave out the prefix: \`${last.slice(7)}\``
          : 'a symbol has letters, digits and `_`',
      };
    case 'invalid-symbol-value':
      return { message: `${given} is no value for ${last}`, hint: symbolHint(issue.input) };
    case 'invalid-kernel':
      return last === 'series'
        ? { message: `${given} is no kernel series`, hint: 'a series is two numbers: `6.12`' }
        : {
            message: `${given} is no architecture`,
            hint: "take a directory of the kernel's arch/: mips, arm, arm64, x86",
          };
    case 'invalid-text':
      return { message: `\`${last}\` has control characters, or is longer than 4,096` };
    default:
      return { message: `${name(path)} wants ${wanted(issue)}, not ${given}`, hint: typeHint(issue) };
  }
}

function name(path: Path): string {
  if (path.length === 0) return 'the list';
  if (path.length === 2 && path[0] === 'loaders') return `loader \`${path[1]}\``;
  return `\`${path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')}\``;
}

/** Foreign text in quotes, cut to a length a line can hold. */
function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? 'a list'
        : isObject(value)
          ? 'a set of fields'
          : String(value);
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}

function wanted(issue: v.BaseIssue<unknown>): string {
  switch (issue.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'union':
      return 'the name of a loader, or { config: PATH }';
    default:
      return 'a set of fields';
  }
}

function typeHint(issue: v.BaseIssue<unknown>): string | undefined {
  const { input, type } = issue;
  if (type === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return `put it in quotes if the text is meant: '${input}'`;
  }
  if (type === 'array' && typeof input === 'string') return `make it a list: [${input.slice(0, 40)}]`;
  if (type === 'boolean' && typeof input === 'string' && /^(yes|on|no|off)$/i.test(input)) {
    return `YAML 1.2 says ${/^(yes|on)$/i.test(input) ? 'true' : 'false'}`;
  }
  return undefined;
}

function moduleHint(input: unknown): string {
  const base = String(input)
    .replace(/^.*\//, '')
    .replace(/\.ko(\.(gz|xz|zst))?$/, '');
  if (base !== input && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(base)) return `write only its name: \`${base}\``;
  if (String(input).startsWith('kmod-'))
    return 'that looks like an OpenWrt package; write the module: what modprobe takes';
  return 'a module has up to 59 letters, digits, `_` and `-`, as in `nft_ct`';
}

function symbolHint(input: unknown): string {
  if (/^(true|yes|on)$/i.test(String(input))) return 'Kconfig says `y`';
  if (/^(false|no|off)$/i.test(String(input))) return 'Kconfig says `n`';
  if (/^[YMN]$/.test(String(input))) return `write \`${String(input).toLowerCase()}\``;
  if (typeof input === 'string' && !input.includes('"')) {
    return `a Kconfig string carries its quotes: '"${input.slice(0, 40)}"'`;
  }
  return 'y, m, n, a number, or a string in its quotes';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
