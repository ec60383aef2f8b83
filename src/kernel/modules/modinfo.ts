/**
 * What a module says of itself: the strings of its `.modinfo` (MODULE_INFO of include/linux/moduleparam.h and what
 * modpost adds), or of a builtin module, those of modules.builtin.modinfo.
 */

export type Field = [key: string, value: string];

/** In the order in which the file has them. */
export interface Modinfo {
  fields: readonly Field[];
}

/** `key=value` strings with zeros between them. A string without `=` has an empty value, as modinfo has it. */
export function parseModinfo(section: Uint8Array): Modinfo {
  const bytes = Buffer.from(section.buffer, section.byteOffset, section.length);
  return { fields: bytes.toString().split('\0').filter(Boolean).map(field) };
}

export function field(text: string): Field {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** Every value of a key, in order. */
export function values({ fields }: Modinfo, key: string): string[] {
  const found: string[] = [];
  for (const [name, value] of fields) if (name === key) found.push(value);
  return found;
}

/** The first value of a key. */
export function value({ fields }: Modinfo, key: string): string | undefined {
  return fields.find(([name]) => name === key)?.[1];
}

/** A module's modinfo by what it is for. Lists keep the file's order; what is undefined is not in the file. */
export interface Description {
  name: string | undefined;
  license: string | undefined;
  description: string | undefined;
  version: string | undefined;
  authors: string[];
  /** Patterns as modprobe matches them. */
  aliases: string[];
  /** Names of modules, as modpost found them. */
  depends: string[];
  softdeps: string[];
  weakdeps: string[];
  /** Files below /lib/firmware, with `*` where the module tries several. */
  firmware: string[];
  parameters: Parameter[];
  /** The kernel's release, and words on how it was built. */
  vermagic: string | undefined;
  srcversion: string | undefined;
  /** Namespaces of symbols. */
  imports: string[];
  /** Built from the kernel's own sources. */
  intree: boolean;
  retpoline: boolean;
  staging: boolean;
  livepatch: boolean;
}

/** @param own the parameters, where more is known of them than `.modinfo` says */
export function describe(modinfo: Modinfo, own = parameters(modinfo)): Description {
  const one = (key: string): string | undefined => value(modinfo, key);
  const all = (key: string): string[] => values(modinfo, key);
  return {
    name: one('name'),
    license: one('license'),
    description: one('description'),
    version: one('version'),
    authors: all('author'),
    aliases: all('alias'),
    depends: all('depends').flatMap((names) => names.split(',').filter(Boolean)),
    softdeps: all('softdep'),
    weakdeps: all('weakdep'),
    firmware: all('firmware'),
    parameters: own,
    vermagic: one('vermagic'),
    srcversion: one('srcversion'),
    imports: all('import_ns'),
    intree: one('intree') === 'Y',
    retpoline: one('retpoline') === 'Y',
    staging: one('staging') === 'Y',
    livepatch: one('livepatch') === 'Y',
  };
}

export interface Parameter {
  name: string;
  /**
   * `int`, `array of charp` and so on. Undefined where code of the module's own reads the value, and nothing says what it
   * takes (`module_param_call`).
   */
  type: string | undefined;
  description: string | undefined;
}

/**
 * The parameters that `.modinfo` speaks of, in the order in which it first names them. It need not be those that the module
 * takes: `ModuleGraph.parameters` has these.
 */
export function parameters({ fields }: Modinfo): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const [key, text] of fields) {
    if (key !== 'parm' && key !== 'parmtype') continue;
    const colon = text.indexOf(':');
    if (colon < 0) continue;
    const name = text.slice(0, colon);
    const parameter = found.get(name) ?? { name, type: undefined, description: undefined };
    if (key === 'parm') parameter.description = text.slice(colon + 1);
    else parameter.type = text.slice(colon + 1);
    found.set(name, parameter);
  }
  return [...found.values()];
}

/**
 * The parameters of these names, each once, in this order, with what `.modinfo` says of them: there a name is without the
 * prefix that a source can give it (MODULE_PARAM_PREFIX, as `mmcblk.` in mmc_block).
 */
export function describeParameters(names: readonly string[], modinfo: Modinfo): Parameter[] {
  const said = new Map(parameters(modinfo).map((each) => [each.name, each]));
  return [...new Set(names)].map((name) => {
    const { type, description } = said.get(name) ?? said.get(name.slice(name.lastIndexOf('.') + 1)) ?? {};
    return { name, type, description };
  });
}
