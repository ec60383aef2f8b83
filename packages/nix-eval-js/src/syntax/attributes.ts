/** What bindings make of a set: sets on the way to a name, sets merged, duplicates refused. */
import { type AttrDef, type AttrName, type AttrsExpr, type Expr, nameFunction } from './ast.ts';
import { showName } from './quote.ts';

/** Refuses an attribute: its path, where it is, where it was before. */
export type Duplicate = (path: string, pos: number, previous: number) => never;

export const newAttrs = (pos: number): AttrsExpr => ({
  kind: 'attrs',
  pos,
  recursive: false,
  attrs: new Map(),
  dynamic: [],
  inheritFrom: [],
});

/** `path = value` in a set: makes the sets on the way, merges sets, refuses duplicates. */
export function bind(
  into: AttrsExpr,
  path: readonly AttrName[],
  pos: number,
  value: Expr,
  duplicate: Duplicate,
): void {
  let attrs = into;
  for (let i = 0; i + 1 < path.length; i++) {
    const name = path[i]!;
    let nested: AttrsExpr;
    if (typeof name === 'string') {
      const known = attrs.attrs.get(name);
      if (known === undefined) {
        nested = newAttrs(-1);
        attrs.attrs.set(name, { from: 'plain', value: nested, pos });
      } else {
        if (known.value.kind !== 'attrs') duplicate(showPath(path.slice(0, i + 1)), pos, known.pos);
        nested = known.value;
      }
    } else {
      nested = newAttrs(-1);
      attrs.dynamic.push({ name, value: nested, pos });
    }
    attrs = nested;
  }
  const last = path[path.length - 1]!;
  if (typeof last === 'string') define(attrs, [...path], last, { from: 'plain', value, pos }, duplicate);
  else attrs.dynamic.push({ name: last, value, pos });
}

function define(attrs: AttrsExpr, path: AttrName[], name: string, def: AttrDef, duplicate: Duplicate): void {
  const known = attrs.attrs.get(name);
  if (known === undefined) {
    attrs.attrs.set(name, def);
    nameFunction(def.value, name);
    return;
  }
  const target = known.value;
  const added = def.value;
  if (target.kind !== 'attrs' || added.kind !== 'attrs') {
    duplicate(showPath(path), def.pos, known.pos);
  }
  const shift = target.inheritFrom.length;
  for (const [inner, innerDef] of added.attrs) {
    if (innerDef.from === 'inherit-from' && innerDef.value.kind === 'select') {
      const { of } = innerDef.value;
      // Several names of one `inherit (x)` have a node each.
      if (of.kind === 'inherit-from') of.index += shift;
    }
    path.push(inner);
    define(target, path, inner, innerDef, duplicate);
    path.pop();
  }
  target.dynamic.push(...added.dynamic);
  target.inheritFrom.push(...added.inheritFrom);
}

function showPath(path: readonly AttrName[]): string {
  // Only static names get here: dynamic parts are never duplicates.
  return path.map((name) => (typeof name === 'string' ? showName(name) : '"${...}"')).join('.');
}
