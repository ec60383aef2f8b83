/** The variables that an expression may use, and which expressions of them have a wanted type. */
import { attrName } from './literals.ts';
import { fits, type Type } from './types.ts';

export interface Variable {
  readonly name: string;
  readonly type: Type;
}

export const variableNames = ['a', 'b', 'c', 'd', 'f', 'g', 'n', 'x', 'y', "x'", '_a', 'b-c'];

export class Scope {
  readonly variables: readonly Variable[];
  constructor(variables: readonly Variable[] = []) {
    this.variables = variables;
  }

  /** With these variables inside of the others. */
  bind(added: readonly Variable[]): Scope {
    const names = new Set(added.map(({ name }) => name));
    return new Scope([...this.variables.filter(({ name }) => !names.has(name)), ...added]);
  }

  /** Without these names: they are about to be bound. */
  hide(names: readonly string[]): Scope {
    return new Scope(this.variables.filter(({ name }) => !names.includes(name)));
  }

  /** With the names that a `with` adds: those that nothing binds yet. */
  open(fields: ReadonlyMap<string, Type>): Scope {
    const names = new Set(this.variables.map(({ name }) => name));
    const added = [...fields].filter(
      ([name]) => /^[a-z_][\w'-]*$/.test(name) && !names.has(name) && name !== 'if',
    );
    return new Scope([...this.variables, ...added.map(([name, type]) => ({ name, type }))]);
  }

  /** Variables, and attributes of variables, that fit. */
  find(want: Type): string[] {
    const out: string[] = [];
    const look = (text: string, type: Type, depth: number): void => {
      if (fits(type, want)) out.push(text);
      if (type.kind !== 'record' || depth === 0) return;
      for (const [name, field] of type.fields) look(`${text}.${attrName(name)}`, field, depth - 1);
    };
    for (const { name, type } of this.variables) look(name, type, 2);
    return out;
  }

  /** Variables that are functions with results that fit. */
  functions(want: Type): { name: string; from: Type }[] {
    return this.variables.flatMap(({ name, type }) =>
      type.kind === 'function' && fits(type.to, want) ? [{ name, from: type.from }] : [],
    );
  }
}
