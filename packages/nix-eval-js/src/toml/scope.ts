/**
 * The tables of a TOML document and the rules of what may still be added to
 * them. A table is
 *
 * - `implied` by a header below it, until a header of its own defines it;
 * - `defined` by a header, once;
 * - `dotted`: made by a dotted key, open to more dotted keys of the same scope;
 * - `inline`: made by braces, closed when they are.
 *
 * An array is open for `[[headers]]` when one made it, otherwise closed.
 */

import type { TomlValue } from './parse.ts';

type Table = Map<string, TomlValue>;
type Origin = 'implied' | 'defined' | 'dotted' | 'inline';

export class Document {
  readonly root: Table = new Map();
  /** The table that the last header opened. */
  current: Table = this.root;
  private readonly origins = new Map<Table, Origin>([[this.root, 'defined']]);
  private readonly arrays = new Set<TomlValue>();
  /** For dotted tables, the table of the scope whose keys made it. */
  private readonly scopes = new Map<Table, Table>();

  /** `[a.b]` or `[[a.b]]`. Answers what is wrong, if anything. */
  open(keys: readonly string[], many: boolean): string | undefined {
    let table = this.root;
    for (const key of keys.slice(0, -1)) {
      const next = this.enter(table, key);
      if (typeof next === 'string') return next;
      table = next;
    }
    const key = keys.at(-1)!;
    const present = table.get(key);
    if (many) {
      const made = new Map<string, TomlValue>();
      if (present === undefined) {
        const array: TomlValue[] = [made];
        this.arrays.add(array);
        table.set(key, array);
      } else if (Array.isArray(present) && this.arrays.has(present)) {
        present.push(made);
      } else {
        return `'${key}' is not an array of tables`;
      }
      this.origins.set(made, 'defined');
      this.current = made;
      return undefined;
    }
    if (present === undefined) {
      this.current = this.make(table, key, 'defined');
      return undefined;
    }
    if (!(present instanceof Map)) return `'${key}' is already defined`;
    if (this.origins.get(present) !== 'implied') return `table '${key}' is already defined`;
    this.origins.set(present, 'defined');
    this.current = present;
    return undefined;
  }

  private enter(table: Table, key: string): Table | string {
    const present = table.get(key);
    if (present === undefined) return this.make(table, key, 'implied');
    if (present instanceof Map) {
      return this.origins.get(present) === 'inline' ? `table '${key}' is closed` : present;
    }
    if (Array.isArray(present) && this.arrays.has(present)) return present.at(-1) as Table;
    return `'${key}' is not a table`;
  }

  /** `a.b = value` in a table. Answers what is wrong, if anything. */
  set(scope: Table, keys: readonly string[], value: TomlValue): string | undefined {
    let table = scope;
    for (const key of keys.slice(0, -1)) {
      const present = table.get(key);
      if (present === undefined) {
        table = this.make(table, key, 'dotted');
        this.scopes.set(table, scope);
      } else if (
        present instanceof Map &&
        this.origins.get(present) === 'dotted' &&
        this.scopes.get(present) === scope
      ) {
        table = present;
      } else {
        return `'${key}' cannot be added to`;
      }
    }
    const key = keys.at(-1)!;
    if (table.has(key)) return `'${key}' is already defined`;
    table.set(key, value);
    return undefined;
  }

  /** A table in braces; open until {@link close}. */
  inline(): Table {
    const table: Table = new Map();
    this.origins.set(table, 'inline');
    return table;
  }

  /** The braces are closed: so is everything that dotted keys made in them. */
  close(table: Table): void {
    for (const value of table.values()) {
      if (value instanceof Map && this.origins.get(value) === 'dotted') {
        this.origins.set(value, 'inline');
        this.close(value);
      }
    }
  }

  private make(parent: Table, key: string, origin: Origin): Table {
    const table: Table = new Map();
    this.origins.set(table, origin);
    parent.set(key, table);
    return table;
  }
}
