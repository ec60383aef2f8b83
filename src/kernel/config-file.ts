/** What the rest of a system sets: a Kconfig fragment, or JSON attributes as in `kernel.config`. */
import { readConfig } from './kconfig/config.ts';
import type { Kconfig } from './kconfig/model.ts';
import { validText } from './kconfig/values.ts';

export interface BaseConfig {
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly { readonly message: string; readonly line?: number }[];
  /** Symbols this kernel does not have, with their lines in a fragment. */
  readonly unknown: readonly { readonly name: string; readonly line?: number }[];
}

/** Whether a symbol can have the value; strings carry their quotes. */
function isValid(kconfig: Kconfig, name: string, value: string): boolean {
  const { type } = kconfig.symbol(name)!;
  return type === 'unknown' || validText(type, value);
}

/** Reads a text of either kind; JSON begins with a brace. Never throws. */
export function readBaseConfig(text: string, kconfig: Kconfig): BaseConfig {
  if (!text.trimStart().startsWith('{')) {
    const { assignments, warnings, unknown } = readConfig(text, kconfig);
    return { values: assignments, problems: warnings, unknown };
  }
  let attributes: unknown;
  try {
    attributes = JSON.parse(text);
  } catch (error) {
    return {
      values: new Map(),
      problems: [{ message: `this is no JSON: ${(error as Error).message}` }],
      unknown: [],
    };
  }
  const values = new Map<string, string>();
  const problems: { message: string }[] = [];
  const unknown: { name: string }[] = [];
  for (const [name, value] of Object.entries(attributes as object)) {
    if (typeof value !== 'string') problems.push({ message: `the value of ${name} is no string` });
    else if (!kconfig.symbol(name)) unknown.push({ name });
    else if (!isValid(kconfig, name, value))
      problems.push({ message: `symbol value '${value}' invalid for ${name}` });
    else values.set(name, /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value);
  }
  return { values, problems, unknown };
}
