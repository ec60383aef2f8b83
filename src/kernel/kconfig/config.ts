import { type Evaluation, isLogical } from './evaluate.ts';
import type { Kconfig, MenuEntry } from './model.ts';
import { validText } from './values.ts';

/** What a `.config` or a fragment assigns, and what is wrong with it. */
export interface ConfigReading {
  /** By symbol, in the order of the lines; a string without its quotes. */
  assignments: Map<string, string>;
  /** In the words of the kernel's tool. */
  warnings: { line: number; message: string }[];
  /** Names that no Kconfig file defines; the tool drops them without a word. */
  unknown: { line: number; name: string; value: string }[];
}

/**
 * Reads a `.config` or a fragment: lines `CONFIG_X=value` and `# CONFIG_X is not set`, other comments left out
 * (scripts/kconfig/confdata.c, `conf_read_simple`). A line that is wrong is reported and left out.
 */
export function readConfig(text: string, kconfig: Kconfig): ConfigReading {
  const reading: ConfigReading = { assignments: new Map(), warnings: [], unknown: [] };
  const { assignments, warnings, unknown } = reading;
  const prefix = kconfig.rules.choices === 'classic';
  let line = 0;
  for (const terminated of text.split('\n')) {
    line++;
    const content = terminated.endsWith('\r') ? terminated.slice(0, -1) : terminated;
    if (content === '') continue;
    let name: string;
    let value: string;
    if (content.startsWith('#')) {
      const match = /^# CONFIG_([^ ]*) (.*)$/s.exec(content);
      if (!match || !(match[2] === 'is not set' || (prefix && match[2]!.startsWith('is not set')))) continue;
      name = match[1]!;
      value = 'n';
    } else {
      const equals = content.startsWith('CONFIG_') ? content.indexOf('=') : -1;
      if (equals < 0) {
        if (prefix && content.startsWith('CONFIG_')) continue;
        warnings.push({ line, message: `unexpected data: ${content}` });
        continue;
      }
      name = content.slice('CONFIG_'.length, equals);
      value = content.slice(equals + 1);
    }
    const symbol = kconfig.symbol(name);
    if (!symbol || symbol.members) {
      unknown.push({ line, name, value });
      continue;
    }
    if (assignments.has(name)) warnings.push({ line, message: `override: reassigning to symbol ${name}` });
    if (symbol.type === 'string') {
      if (!value.startsWith('"')) continue;
      const string = unquoted(value);
      if (string === null) {
        warnings.push({ line, message: 'invalid string found' });
        continue;
      }
      value = string;
    } else if (isLogical(symbol.type)) {
      // The tool looks at the first letter only.
      if (validText(symbol.type, value[0] ?? '')) value = value[0]!;
    }
    if (symbol.type !== 'unknown' && !validText(symbol.type, value)) {
      warnings.push({ line, message: `symbol value '${value}' invalid for ${name}` });
      continue;
    }
    // Where a symbol stands twice, its later place counts among a choice's members.
    assignments.delete(name);
    if (symbol.type !== 'unknown') assignments.set(name, value);
  }
  return reading;
}

function unquoted(text: string): string | null {
  let value = '';
  for (let offset = 1; offset < text.length; offset++) {
    if (text[offset] === '"') return value;
    if (text[offset] === '\\') offset++;
    value += text[offset] ?? '';
  }
  return null;
}

/** The `.config` that `make olddefconfig` would write, its comments too. Needs a model with its menu. */
export function writeConfig(evaluation: Evaluation): string {
  const { menu, title, rules } = evaluation.kconfig;
  const lines = ['#', '# Automatically generated file; DO NOT EDIT.', `# ${title}`, '#'];
  const written = new Set<string>();
  /** The menus around the entry, with the depth of each. */
  const open: (MenuEntry & { kind: 'menu' })[] = [];
  let gap = false;
  const close = (depth: number) => {
    for (let last = open.at(-1); last && last.depth >= depth; last = open.at(-1)) {
      open.pop();
      if (rules.ends === 'none' || (rules.ends === 'filled' && last.bare)) continue;
      if (!shows(evaluation, last)) continue;
      lines.push(`# end of ${last.text}`);
      gap = true;
    }
  };
  for (const entry of menu) {
    close(entry.depth);
    if (entry.kind === 'symbol') {
      if (written.has(entry.name)) continue;
      const line = configLine(evaluation, entry.name);
      if (line === null) continue;
      if (gap) lines.push('');
      gap = false;
      written.add(entry.name);
      lines.push(line);
      continue;
    }
    if (shows(evaluation, entry)) {
      lines.push('', '#', `# ${entry.text}`, '#');
      gap = false;
    }
    if (entry.kind === 'menu') open.push(entry as MenuEntry & { kind: 'menu' });
  }
  close(0);
  return `${lines.join('\n')}\n`;
}

function shows(evaluation: Evaluation, entry: Exclude<MenuEntry, { kind: 'symbol' }>): boolean {
  return evaluation.evaluateKept(entry.visibleIf) > 0 && evaluation.evaluateKept(entry.condition) > 0;
}

/** A symbol's line in a `.config`; null for one that does not appear there. */
export function configLine(evaluation: Evaluation, name: string): string | null {
  const { symbol, written } = evaluation.state(name);
  if (!symbol || !written || symbol.type === 'unknown') return null;
  return formatAssignment(name, evaluation.value(name), symbol.type === 'string');
}

/** `CONFIG_X=value` or `# CONFIG_X is not set`; a string gets its quotes. */
export function formatAssignment(name: string, value: string, string: boolean): string {
  if (string) return `CONFIG_${name}="${value.replace(/["\\]/g, '\\$&')}"`;
  return value === 'n' ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`;
}

export type Mode = 'allyes' | 'allmod' | 'allno' | 'alldef';

/**
 * Assigns all that is not assigned yet, as `make allyesconfig` and its like do: `y`, `m` or `n` to each bool and
 * tristate, nothing for `alldef`. Of a choice the default member stays, unless the choice is classic and may be `m`.
 */
export function assignAll(evaluation: Evaluation, mode: Mode): void {
  if (mode === 'alldef') return;
  const { kconfig } = evaluation;
  const value = mode === 'allyes' ? 'y' : mode === 'allmod' ? 'm' : 'n';
  const assign = (name: string) => {
    const symbol = kconfig.symbol(name)!;
    if (!isLogical(symbol.type) || evaluation.assignments.has(name)) return;
    evaluation.assign(name, symbol.type === 'bool' && value === 'm' ? 'y' : value);
  };
  for (const name of kconfig.names()) {
    const symbol = kconfig.symbol(name)!;
    if (symbol.choice !== undefined) continue;
    if (kconfig.rules.choices === 'bool' && symbol.prompts.length === 0) continue;
    assign(name);
  }
  if (kconfig.rules.choices === 'bool') return;
  for (const name of kconfig.choices()) {
    const choice = kconfig.symbol(name)!;
    const given = choice.members!.some((member) => evaluation.assignments.has(member));
    if (given) continue;
    assign(name);
    if (choice.type === 'tristate' && value === 'm') for (const member of choice.members!) assign(member);
  }
}
