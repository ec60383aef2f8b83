/**
 * What would be modules but is in the kernel itself, as two lists of its build say: `modules.builtin` has their files'
 * names, `modules.builtin.modinfo` (since 5.2) what they say of themselves, as `MODULE.key=value` with zeros between.
 */
import { type BuiltTree, moduleName, readList } from './built-tree.ts';
import { field, type Modinfo } from './modinfo.ts';
import type { Problem } from './problem.ts';

export interface Builtin {
  /** By name. */
  modules: ReadonlyMap<string, BuiltinModule>;
  /** Patterns, with what they stand for: in the list's order, also of what is not in `modules.builtin`. */
  aliases: readonly { pattern: string; name: string }[];
}

export interface BuiltinModule {
  name: string;
  /** Where its file would be if it were a module, without `kernel/`. */
  path: string;
  modinfo: Modinfo;
}

/** Without either list nothing is builtin. Problems: `kernel-unreadable`. */
export function readBuiltin(tree: BuiltTree, problems: Problem[] = []): Builtin {
  const modinfo = new Map<string, Modinfo & { fields: ReturnType<typeof field>[] }>();
  const aliases: { pattern: string; name: string }[] = [];
  const strings = readList(tree.root, 'modules.builtin.modinfo', problems) ?? '';
  for (const string of Buffer.from(strings, 'latin1').toString().split('\0')) {
    const dot = string.indexOf('.');
    if (dot <= 0) continue;
    const name = string.slice(0, dot);
    const [key, value] = field(string.slice(dot + 1));
    if (key === 'alias') aliases.push({ pattern: value, name });
    const known = modinfo.get(name);
    if (known) known.fields.push([key, value]);
    else modinfo.set(name, { fields: [[key, value]] });
  }

  const modules = new Map<string, BuiltinModule>();
  for (const line of (readList(tree.root, 'modules.builtin', problems) ?? '').split('\n')) {
    // As depmod, which takes lines that begin with a letter.
    if (!/^[A-Za-z]/.test(line)) continue;
    const name = moduleName(line);
    const path = line.replace(/^kernel\//, '');
    if (!modules.has(name)) modules.set(name, { name, path, modinfo: modinfo.get(name) ?? { fields: [] } });
  }
  return { modules, aliases };
}
