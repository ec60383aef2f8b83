/** Files, paths, the environment, hashes. */

import { attrsOf } from '../eval/attrs.ts';
import { coerceToPath, coerceToString, realise, realisePath } from '../eval/coerce.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { baseName, pathToStore, readHash, type StoreOptions, storeErrors } from '../eval/store.ts';
import { makeString, parentOf, sortContext, trace } from '../eval/types.ts';
import { bytesOf, ContextString, force, isString, PathValue, type Slot, type Value } from '../eval/values.ts';
import { toBase16 } from '../store/base32.ts';
import { type HashAlgorithm, hashBytes, hashSizes } from '../store/hash.ts';
import { formatHash, parseHash, parseHashAlgorithm, parseHashFormat } from '../store/parse-hash.ts';
import { checkBaseName, hashPart, hashPlaceholder, isStorePath, makeTextPath } from '../store/paths.ts';
import { type Definition, define } from './define.ts';
import { findFile } from './find-file.ts';

const first = (name: string): string => `while evaluating the first argument passed to builtins.${name}`;
const second = (name: string): string => `while evaluating the second argument passed to builtins.${name}`;

function algorithm(ev: Evaluator, name: string): HashAlgorithm {
  if (!Object.hasOwn(hashSizes, name)) {
    ev.fail(
      'usage',
      `unknown hash algorithm '${name}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'`,
    );
  }
  return name as HashAlgorithm;
}

function pathExists(ev: Evaluator, a: Slot): Value {
  const value = force(a, 0);
  const folderOnly = isString(value) && /\/\.?$/.test(bytesOf(value));
  const { depth } = ev;
  try {
    const path = realisePath(ev, value, folderOnly ? 'full' : 'ancestors');
    const info = ev.host.lstat(path);
    return info !== null && (!folderOnly || info.type === 'directory');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'restricted') {
      ev.depth = depth;
      return false;
    }
    throw error;
  }
}

/** What the file's own references are and it names, becomes context. */
function readFile(ev: Evaluator, a: Slot): Value {
  const path = realisePath(ev, a, 'full');
  const text = ev.host.readFile(path);
  if (text.includes('\0')) {
    ev.fail('eval', `the contents of the file '${path}' cannot be represented as a Nix string`);
  }
  const references = [...ev.host.referencesOf(path)];
  return makeString(
    text,
    new Set(references.filter((reference) => text.includes(hashPart(reference, ev.storeDir)))),
  );
}

function readDir(ev: Evaluator, a: Slot): Value {
  const path = realisePath(ev, a, 'full');
  const info = ev.host.lstat(path);
  if (info === null) ev.fail('io', `path '${path}' does not exist`);
  if (info.type !== 'directory') ev.fail('io', `'${path}' is not a directory`);
  return attrsOf(ev.host.readDir(path).map(({ name, type }) => [name, type] as const));
}

function readFileType(ev: Evaluator, a: Slot): Value {
  const path = realisePath(ev, a, null);
  const info = ev.host.lstat(ev.files.resolve(path, false));
  if (info === null) ev.fail('io', `path '${path}' does not exist`);
  return info.type;
}

function addPath(ev: Evaluator, path: string, context: ReadonlySet<string>, options: StoreOptions): Value {
  try {
    if (context.size > 0) realise(ev, context);
    const stored = pathToStore(ev, path, options);
    return new ContextString(stored, new Set([stored]));
  } catch (error) {
    throw trace(error, 0, `while adding path '${path}'`);
  }
}

function pathFilter(ev: Evaluator, fn: Value): StoreOptions['filter'] {
  return (path, type) =>
    ev.forceBool(
      ev.callMany(fn, [path, type], 0),
      0,
      'while evaluating the return value of the path filter function',
    );
}

function filterSource(ev: Evaluator, a: Slot, b: Slot): Value {
  const context = new Set<string>();
  const path = coerceToPath(
    ev,
    0,
    b,
    context,
    "while evaluating the second argument (the path to filter) passed to 'builtins.filterSource'",
  );
  const fn = ev.forceFunction(a, 0, first('filterSource'));
  return addPath(ev, path, context, { name: baseName(path), filter: pathFilter(ev, fn) });
}

function path(ev: Evaluator, a: Slot): Value {
  const attrs = ev.forceAttrs(a, 0, "while evaluating the argument passed to 'builtins.path'");
  const context = new Set<string>();
  let from: string | undefined;
  let name = '';
  const options: { -readonly [K in keyof StoreOptions]: StoreOptions[K] } = {};
  attrs.names.forEach((key, i) => {
    const slot = attrs.values[i]!;
    const pos = attrs.positions?.[i] ?? 0;
    const where = (what: string): string =>
      `while evaluating the \`${what}\` attribute passed to builtins.path`;
    switch (key) {
      case 'path':
        from = coerceToPath(
          ev,
          pos,
          slot,
          context,
          "while evaluating the 'path' attribute passed to 'builtins.path'",
        );
        break;
      case 'name':
        name = ev.forcePlainString(slot, pos, where('name'));
        break;
      case 'filter':
        options.filter = pathFilter(
          ev,
          ev.forceFunction(slot, pos, 'while evaluating the `filter` parameter passed to builtins.path'),
        );
        break;
      case 'recursive':
        options.flat = !ev.forceBool(slot, pos, where('recursive'));
        break;
      case 'sha256': {
        const text = ev.forcePlainString(slot, pos, where('sha256'));
        options.expected = readHash(ev, text, 'sha256');
        break;
      }
      default:
        ev.fail('eval', `unsupported argument '${key}' to 'builtins.path'`, pos);
    }
  });
  if (from === undefined) {
    ev.fail('eval', "missing required 'path' attribute in the first argument to 'builtins.path'");
  }
  options.name = name === '' ? baseName(from) : name;
  return addPath(ev, from, context, options);
}

function toFile(ev: Evaluator, a: Slot, b: Slot): Value {
  const name = ev.forcePlainString(a, 0, first('toFile'));
  const context = new Set<string>();
  const text = ev.forceStringInto(b, context, 0, second('toFile'));
  for (const element of sortContext(context)) {
    if (!element.startsWith('=') && !element.startsWith('!')) continue;
    ev.fail(
      'eval',
      `files created by builtins.toFile may not reference derivations, but ${name} references ` +
        element.replace(`${ev.storeDir}/`, ''),
    );
  }
  const stored = storeErrors(ev, () => makeTextPath(name, text, context, ev.storeDir));
  ev.host.addText(stored, text, context);
  return new ContextString(stored, new Set([stored]));
}

function storePath(ev: Evaluator, a: Slot): Value {
  if (ev.options.pure === true)
    ev.fail('eval', "'builtins.storePath' is not allowed in pure evaluation mode");
  const context = new Set<string>();
  let at = coerceToPath(
    ev,
    0,
    a,
    context,
    "while evaluating the first argument passed to 'builtins.storePath'",
  );
  if (!isStorePath(at, ev.storeDir)) at = ev.files.resolve(at, true);
  if (!at.startsWith(`${ev.storeDir}/`)) ev.fail('eval', `path '${at}' is not in the Nix store`);
  const root = at.slice(0, `${at}/`.indexOf('/', ev.storeDir.length + 1));
  storeErrors(ev, () => checkBaseName(root.slice(ev.storeDir.length + 1)));
  context.add(root);
  return makeString(at, context);
}

function convertHash(ev: Evaluator, a: Slot): Value {
  const attrs = ev.forceAttrs(a, 0, first('convertHash'));
  const get = (name: string): string =>
    ev.forcePlainString(
      ev.attr(attrs, name, `while locating the attribute '${name}'`),
      0,
      `while evaluating the attribute '${name}'`,
    );
  const hash = get('hash');
  const algo = attrs.get('hashAlgo');
  const name =
    algo === undefined
      ? undefined
      : ev.forcePlainString(algo, 0, "while evaluating the attribute 'hashAlgo'");
  return storeErrors(ev, () => {
    const known = name === undefined ? undefined : parseHashAlgorithm(name);
    const format = parseHashFormat(get('toHashFormat'));
    if (format === 'base32') {
      ev.options.onWarning?.({ message: '"base32" is a deprecated alias for hash format "nix32".' });
    }
    return formatHash(parseHash(hash, known), format);
  });
}

function legacyBaseName(text: string): string {
  const end = text.length > 1 && text.endsWith('/') ? text.length - 1 : text.length;
  return text.slice(text.lastIndexOf('/', end - 1) + 1, end);
}

export const pathBuiltins: readonly Definition[] = [
  define('__getEnv', 1, (ev, a) => {
    const name = ev.forcePlainString(a, 0, first('getEnv'));
    return ev.options.pure === true ? '' : (ev.host.env(name) ?? '');
  }),
  define('__pathExists', 1, pathExists),
  define('baseNameOf', 1, (ev, a) => {
    const context = new Set<string>();
    return makeString(
      legacyBaseName(coerceToString(ev, 0, a, context, first('baseNameOf'), false, false)),
      context,
    );
  }),
  define('dirOf', 1, (ev, a) => {
    const value = force(a, 0);
    if (value instanceof PathValue) return new PathValue(parentOf(ev.files.canon(value.path)));
    const context = new Set<string>();
    const text = coerceToString(
      ev,
      0,
      value,
      context,
      "while evaluating the first argument passed to 'builtins.dirOf'",
      false,
      false,
    );
    const slash = text.lastIndexOf('/');
    return makeString(slash < 0 ? '.' : slash === 0 ? '/' : text.slice(0, slash), context);
  }),
  define('__readFile', 1, readFile),
  define('__readDir', 1, readDir),
  define('__readFileType', 1, readFileType),
  define('__findFile', 2, findFile),
  define('__toPath', 1, (ev, a) => {
    const context = new Set<string>();
    return makeString(coerceToPath(ev, 0, a, context, first('toPath')), context);
  }),
  define('__storePath', 1, storePath),
  define('__toFile', 2, toFile),
  define('__filterSource', 2, filterSource),
  define('__path', 1, path),
  define('placeholder', 1, (ev, a) => hashPlaceholder(ev.forcePlainString(a, 0, first('placeholder')))),
  define('__hashFile', 2, (ev, a, b) => {
    const algo = algorithm(ev, ev.forcePlainString(a, 0, first('hashFile')));
    return toBase16(hashBytes(algo, ev.host.readFile(realisePath(ev, b, 'full'))));
  }),
  define('__hashString', 2, (ev, a, b) => {
    const algo = algorithm(ev, ev.forcePlainString(a, 0, first('hashString')));
    return toBase16(hashBytes(algo, bytesOf(ev.forceString(b, 0, second('hashString')))));
  }),
  define('__convertHash', 1, convertHash),
];
