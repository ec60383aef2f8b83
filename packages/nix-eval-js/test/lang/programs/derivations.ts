import type { Grammar } from './grammar.ts';
import type { Scope } from './scope.ts';
import { code, part, type Tree } from './tree.ts';
import { atom, bool, list, string, type Type } from './types.ts';

/** A derivation: nothing builds it, its paths are computed. */
export function derivation(g: Grammar, scope: Scope, size: number): Tree {
  const { draw } = g;
  const sizes = g.split(size, 4);
  const of = (type: Type): Tree => g.expression(type, scope, sizes.pop() ?? 0);
  const name = draw.chance(0.9) ? draw.pick(['a', 'hello-1.0', 'x_y', 'b+c']) : undefined;
  const text = [
    part`name = ${name === undefined ? of(string) : `"${name}"`};`,
    part`system = "x86_64-linux";`,
    part`builder = ${draw.chance(0.7) ? code`"/bin/sh"` : of(draw.pick([string, atom('file'), atom('derivation')]))};`,
  ];
  if (draw.chance(0.4))
    text.push(part`args = ${of(list(draw.pick([string, atom('printable'), atom('stringlike')])))};`);
  if (draw.chance(0.4)) text.push(part`env = ${of(atom(draw.pick(['printable', 'stringlike', 'string'])))};`);
  if (draw.chance(0.2))
    text.push(
      part`outputs = [ ${draw.pick(['"out" "dev"', '"dev"', '"out"', '"lib" "out"', '', '"drvPath"', '"out" "out"'])} ];`,
    );
  if (draw.chance(0.1)) {
    text.push(
      part`outputHashAlgo = "sha256"; outputHashMode = "${draw.pick(['flat', 'recursive'])}"; outputHash = builtins.hashString "sha256" ${of(string)};`,
    );
  }
  if (draw.chance(0.1)) {
    text.push(
      part`${draw.pick(['__structuredAttrs = true;', '__contentAddressed = true;', 'outputHash = "";', '__impure = true;', 'outputHashMode = "text";', 'allowedReferences = [ ];'])}`,
    );
  }
  if (draw.chance(0.1)) text.push(part`__ignoreNulls = ${of(bool)};`, part`none = null;`);
  return code`(derivation { ${draw.shuffle(text)} })`;
}
