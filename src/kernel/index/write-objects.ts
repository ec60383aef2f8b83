/**
 * Objects of several architectures → the texts of the sections `options` and `objects`.
 *
 * What is only there to find a name by is left out where it would find nothing: names that several modules or places have
 * (`main`, `core`), objects of other folders than the module's, names that begin with the module's own (its name is found
 * without them), and what is in `arch/`. That is half of the bytes.
 */
import { basename, dirname, relative } from 'node:path';
import type { LinkedObject } from '../kbuild/kbuild.ts';
import { objectName } from '../kbuild/object-name.ts';
import { isAlways, type KnownObjects, type Objects } from '../objects.ts';
import type { EncodedCondition, EncodedOptions } from './format.ts';
import { encodeCondition, Variants } from './write.ts';

export function encodeObjects(
  kernels: readonly { readonly arch: string; readonly objects: Pick<Objects, 'all'> }[],
): { options: string; objects: string } {
  const options = new Variants(kernels.length);
  const objects = new Variants(kernels.length);
  kernels.forEach((kernel, architecture) => {
    const known = kernel.objects.all();
    const hasOne = uniqueNames(known);
    for (const { path, objects: members, options: own } of known.modules) {
      const key = path.replace(/\.ko$/, '');
      const optional = grouped(members, path);
      const encoded: EncodedOptions = [own.join(' '), ...optional];
      if (own.length + optional.length > 0) options.add(key, architecture, JSON.stringify(encoded));
      const leads = members
        .filter((member) => isAlways(member.condition) && hasOne(member.path) && isLead(member.path, path))
        .map((member) => basename(member.path, '.o'));
      if (leads.length > 0) objects.add(key, architecture, leads.join(' '));
    }
    const places = new Map<string, string[]>();
    for (const { path, symbols } of known.builtin) {
      if (path.startsWith('arch/') || !hasOne(path) || basename(path, '.o').includes('.')) continue;
      const key = `${dirname(path)}/ ${symbols.join(' ')}`.trimEnd();
      places.set(key, [...(places.get(key) ?? []), basename(path, '.o')]);
    }
    for (const [key, names] of places) objects.add(key, architecture, names.join(' '));
  });
  const text = (lines: Variants): string => {
    lines.sort();
    const chosen = Object.fromEntries(kernels.map(({ arch }, number) => [arch, lines.chosen[number]]));
    return [
      JSON.stringify(chosen),
      ...lines.keys.map((key, number) => `${key}\t${lines.lines[number]}`),
    ].join('\n');
  };
  return { options: text(options), objects: text(objects) };
}

/** Objects that a module may lack, those with the same condition together. */
function grouped(members: readonly LinkedObject[], module: string): [string, ...EncodedCondition][] {
  const groups = new Map<string, { names: string[]; condition: LinkedObject['condition'] }>();
  for (const { path, condition } of members) {
    if (isAlways(condition)) continue;
    const key = JSON.stringify(encodeCondition(condition));
    const group = groups.get(key) ?? { names: [], condition };
    group.names.push(relative(dirname(module), path).replace(/\.o$/, ''));
    groups.set(key, group);
  }
  return Array.from(groups.values(), ({ names, condition }) => [
    names.join(' '),
    ...encodeCondition(condition),
  ]);
}

/** Whether just one module, or one place in the kernel, has an object of that name. */
function uniqueNames({ modules, builtin }: KnownObjects): (path: string) => boolean {
  const owners = new Map<string, string | null>();
  const add = (path: string, owner: string): void => {
    const name = objectName(path);
    owners.set(name, owners.has(name) && owners.get(name) !== owner ? null : owner);
  };
  for (const { path, objects } of modules) for (const object of objects) add(object.path, path);
  for (const { path } of builtin) add(path, path);
  return (path) => owners.get(objectName(path)) !== null;
}

/** Whether an object's name leads to a module that would not be found otherwise. */
function isLead(path: string, module: string): boolean {
  const [name, own] = [objectName(path), objectName(module.replace(/\.ko$/, '.o'))];
  return (
    dirname(path) === dirname(module) && name !== own && !name.startsWith(`${own}_`) && !name.includes('.')
  );
}
