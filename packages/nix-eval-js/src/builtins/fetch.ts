/** Fetching: arguments are checked as Nix checks them, then it is refused, for evaluation touches no network. */
import { Attrs, attrsOf } from '../eval/attrs.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { baseName, readHash, storeErrors } from '../eval/store.ts';
import { showType, trace } from '../eval/types.ts';
import { ContextString, FloatValue, force, isString, type Slot, type Value } from '../eval/values.ts';
import { checkName, makeFixedOutputPath } from '../store/paths.ts';
import { type Definition, define } from './define.ts';

function refuse(ev: Evaluator, what: string): never {
  return ev.fail('unsupported', `unable to fetch '${what}': this evaluator does not use the network`);
}

/** `fetchurl` and `fetchTarball`: a hash is enough to know the path. */
function fetcher(who: string, unpack: boolean): Definition['run'] {
  return (ev, a) => {
    const value = force(a, 0);
    let given: string | undefined;
    let name: string | undefined;
    let hash: string | undefined;
    if (value instanceof Attrs) {
      value.names.forEach((key, i) => {
        const slot = value.values[i]!;
        if (key === 'url') given = ev.forcePlainString(slot, 0, 'while evaluating the url we should fetch');
        else if (key === 'sha256') {
          hash = ev.forcePlainString(slot, 0, 'while evaluating the sha256 of the content we should fetch');
        } else if (key === 'name') {
          name = ev.forcePlainString(slot, 0, 'while evaluating the name of the content we should fetch');
        } else ev.fail('eval', `unsupported argument '${key}' to '${who}'`);
      });
      if (given === undefined) ev.fail('eval', "'url' argument required");
    } else given = ev.forcePlainString(value, 0, 'while evaluating the url we should fetch');
    const url: string = given!;
    const chosen = name ?? (unpack ? 'source' : baseName(url));
    try {
      checkName(chosen);
    } catch (error) {
      let advice = `Please pass an attribute set with 'url' and 'name' attributes to '${who}',  so that it can create a valid store path.`;
      if (name !== undefined) {
        advice = `Please change the value for the 'name' attribute passed to '${who}', so that it can create a valid store path.`;
      } else if (value instanceof Attrs) {
        advice = `Please add a valid 'name' attribute to the argument for '${who}', so that it can create a valid store path.`;
      }
      ev.fail(
        'eval',
        `invalid store path name when fetching URL '${url}': ${(error as Error).message}. ${advice}`,
      );
    }
    if (hash !== undefined) {
      const method = unpack ? 'recursive' : 'flat';
      const known = readHash(ev, hash, 'sha256');
      const path = storeErrors(ev, () => makeFixedOutputPath(method, known, chosen, [], ev.storeDir));
      if (ev.host.lstat(path) !== null) return new ContextString(path, new Set([path]));
    }
    return refuse(ev, url);
  };
}

function fetchTree(ev: Evaluator, a: Slot): Value {
  const value = force(a, 0);
  if (!(value instanceof Attrs)) {
    const url = ev.forcePlainString(value, 0, "while evaluating the first argument passed to 'fetchTree'");
    try {
      const scheme = /^(?:tarball\+)?file:(?!\/)/.exec(url);
      if (scheme !== null) {
        ev.fail(
          'eval',
          `tarball '${url}' must use an absolute path. The 'file' scheme does not support relative paths.`,
        );
      }
      refuse(ev, url);
    } catch (error) {
      throw trace(error, 0, `while fetching the input '${url}'`);
    }
  }
  const type = value.get('type');
  if (type === undefined) ev.fail('eval', "argument 'type' is missing in call to 'fetchTree'");
  value.names.forEach((key, i) => {
    const field = force(value.values[i]!, 0);
    if ((typeof field === 'number' || typeof field === 'bigint') && field < 0) {
      ev.fail('eval', `negative value given for 'fetchTree' argument '${key}': ${field}`);
    }
    if (
      !isString(field) &&
      typeof field !== 'boolean' &&
      (field instanceof FloatValue || typeof field === 'object')
    ) {
      ev.fail(
        'type',
        `argument '${key}' to 'fetchTree' is ${showType(field)} while a string, Boolean or integer is expected`,
      );
    }
  });
  return refuse(ev, 'tree');
}

const refused = (name: string): Definition =>
  define(name, 1, (ev, a) => {
    const value = force(a, 0);
    const url = value instanceof Attrs ? value.get('url') : value;
    const shown = url === undefined ? undefined : force(url, 0);
    return refuse(ev, typeof shown === 'string' ? shown : name);
  });

function flakeRefToString(ev: Evaluator, a: Slot): Value {
  const attrs = ev.forceAttrs(a, 0, 'while evaluating the argument passed to builtins.flakeRefToString');
  const fields = new Map<string, string>();
  attrs.names.forEach((key, i) => {
    const field = force(attrs.values[i]!, 0);
    if (typeof field === 'number' || typeof field === 'bigint') {
      if (field < 0) ev.fail('eval', `negative value given for flake ref attr ${key}: ${field}`);
      fields.set(key, String(field));
    } else if (typeof field === 'boolean') fields.set(key, field ? '1' : '0');
    else if (isString(field)) fields.set(key, typeof field === 'string' ? field : field.bytes);
    else {
      ev.fail(
        'eval',
        `flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '${key}' is ${showType(field)}`,
      );
    }
  });
  const take = (key: string): string | undefined => {
    const field = fields.get(key);
    fields.delete(key);
    return field;
  };
  const type = take('type');
  let out: string;
  if (type === 'github' || type === 'gitlab' || type === 'sourcehut') {
    out = `${type}:${[take('owner'), take('repo'), take('ref') ?? take('rev')].filter((part) => part !== undefined).join('/')}`;
  } else if (type === 'indirect') {
    out = `flake:${[take('id'), take('ref'), take('rev')].filter((part) => part !== undefined).join('/')}`;
  } else if (type === 'path') out = `path:${take('path') ?? ''}`;
  else if (type === 'git' || type === 'tarball' || type === 'file') {
    const url = take('url') ?? '';
    out = type === 'git' ? `git+${url}` : url;
  } else return ev.fail('eval', `input type '${type ?? ''}' is not supported`);
  const query = [...fields].map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&');
  return query === '' ? out : `${out}?${query}`;
}

function parseFlakeRef(ev: Evaluator, a: Slot): Value {
  const text = ev.forcePlainString(a, 0, 'while evaluating the argument passed to builtins.parseFlakeRef');
  const [path, query = ''] = text.split('?') as [string, string?];
  const entries: [string, Slot][] = [];
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0) entries.push([pair.slice(0, equals), decodeURIComponent(pair.slice(equals + 1))]);
  }
  const colon = path.indexOf(':');
  const scheme = colon < 0 ? '' : path.slice(0, colon);
  const rest = path.slice(colon + 1);
  const reference = (value: string): [string, Slot] => [/^[0-9a-f]{40}$/.test(value) ? 'rev' : 'ref', value];
  if (scheme === 'github' || scheme === 'gitlab' || scheme === 'sourcehut') {
    const [owner, repo, ref, ...more] = rest.split('/');
    if (owner === undefined || repo === undefined || more.length > 0) {
      ev.fail('eval', `URL '${text}' is invalid`);
    }
    entries.push(['type', scheme], ['owner', owner], ['repo', repo]);
    if (ref !== undefined) entries.push(reference(ref));
  } else if (scheme === 'path') entries.push(['type', 'path'], ['path', rest]);
  else if (scheme.startsWith('git+')) entries.push(['type', 'git'], ['url', path.slice('git+'.length)]);
  else if (scheme === 'http' || scheme === 'https') {
    entries.push(['type', /\.(zip|tar|tgz|tar\.\w+)$/.test(rest) ? 'tarball' : 'file'], ['url', path]);
  } else if (scheme === 'flake' || (scheme === '' && /^[a-zA-Z][a-zA-Z0-9_-]*(\/|$)/.test(rest))) {
    const [id, ref, rev] = rest.split('/');
    entries.push(['type', 'indirect'], ['id', id!]);
    if (ref !== undefined) entries.push(reference(ref));
    if (rev !== undefined) entries.push(['rev', rev]);
  } else ev.fail('eval', `'${text}' is not a valid URL`);
  return attrsOf(entries);
}

export const fetchBuiltins: readonly Definition[] = [
  define('__fetchurl', 1, fetcher('fetchurl', false)),
  define('fetchTarball', 1, fetcher('fetchTarball', true)),
  refused('fetchGit'),
  refused('fetchMercurial'),
];

/** Only with the feature `flakes`. */
export const flakeBuiltins: readonly Definition[] = [
  define('fetchTree', 1, fetchTree),
  refused('__getFlake'),
  define('__flakeRefToString', 1, flakeRefToString),
  define('__parseFlakeRef', 1, parseFlakeRef),
];
