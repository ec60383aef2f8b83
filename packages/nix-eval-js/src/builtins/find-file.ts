/** `<name>`: looked for along the search path. */

import { coerceToString, realise } from '../eval/coerce.ts';
import type { Evaluator, SearchPathEntry } from '../eval/evaluator.ts';
import { fetchurlFile } from '../eval/internal.ts';
import { PathValue, type Slot, type Value } from '../eval/values.ts';

/** What is left of a name below an entry's prefix, or undefined. */
function suffixOf(prefix: string, name: string): string | undefined {
  if (prefix === '') return name;
  if (!name.startsWith(prefix)) return undefined;
  if (name.length === prefix.length) return '';
  return name[prefix.length] === '/' ? name.slice(prefix.length + 1) : undefined;
}

const isUrl = (path: string): boolean => /^(https?|file|channel|flake|git):/.test(path);

export function lookUp(ev: Evaluator, entries: readonly SearchPathEntry[], name: string): string {
  for (const { prefix, path } of entries) {
    const suffix = suffixOf(prefix, name);
    if (suffix === undefined) continue;
    const root = ev.files.canon(path, ev.host.workingDirectory);
    if (isUrl(path) || (!ev.searchRoots.has(path) && ev.host.lstat(ev.files.resolve(root, true)) === null)) {
      if (!ev.warnedOf.has(path)) {
        ev.warnedOf.add(path);
        const what = isUrl(path) ? 'cannot be downloaded' : 'does not exist';
        ev.options.onWarning?.({ message: `Nix search path entry '${path}' ${what}, ignoring` });
      }
      continue;
    }
    ev.searchRoots.add(path);
    const found = ev.files.resolve(suffix === '' ? root : ev.files.canon(suffix, root), true);
    if (ev.host.lstat(found) !== null) return found;
  }
  if (name === 'nix/fetchurl.nix') return fetchurlFile;
  const message =
    ev.options.pure === true
      ? `cannot look up '<${name}>' in pure evaluation mode (use '--impure' to override)`
      : `file '${name}' was not found in the Nix search path (add it using $NIX_PATH or -I)`;
  return ev.fail('throw', message);
}

export function findFile(ev: Evaluator, a: Slot, b: Slot): Value {
  const entries: SearchPathEntry[] = [];
  const list = ev.forceList(a, 0, 'while evaluating the first argument passed to builtins.findFile');
  const where = (name: string): string =>
    `while evaluating the \`${name}\` attribute of an element of the list passed to builtins.findFile`;
  for (const item of list) {
    const attrs = ev.forceAttrs(
      item,
      0,
      'while evaluating an element of the list passed to builtins.findFile',
    );
    const prefix = attrs.get('prefix');
    const context = new Set<string>();
    const path = coerceToString(
      ev,
      0,
      ev.attr(attrs, 'path', 'in an element of the __nixPath'),
      context,
      where('path'),
      false,
      false,
    );
    realise(ev, context);
    entries.push({
      prefix: prefix === undefined ? '' : ev.forcePlainString(prefix, 0, where('prefix')),
      path,
    });
  }
  const name = ev.forcePlainString(b, 0, 'while evaluating the second argument passed to builtins.findFile');
  return new PathValue(lookUp(ev, entries, name));
}
