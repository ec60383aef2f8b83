/** Builtins by their types, called with what fits: with all arguments, or with fewer where a function is wanted. */
import type { Grammar } from './grammar.ts';
import type { Scope } from './scope.ts';
import { code, type Tree } from './tree.ts';
import { parseType, randomType, type Substitution, substitute, type Type, unify } from './types.ts';

const table = `
add int -> int -> int
add float -> int -> float
add int -> float -> float
all (a -> bool) -> [a] -> bool
any (a -> bool) -> [a] -> bool
attrNames {a} -> [string]
attrValues {a} -> [a]
baseNameOf string -> string
baseNameOf path -> string
bitAnd int -> int -> int
bitOr int -> int -> int
bitXor int -> int -> int
ceil float -> int
ceil int -> int
compareVersions version -> version -> int
concatLists [[a]] -> [a]
concatMap (a -> [b]) -> [a] -> [b]
concatStringsSep string -> [string] -> string
concatStringsSep string -> [stringlike] -> string
deepSeq any -> a -> a
dirOf path -> path
dirOf string -> string
div int -> divisor -> int
div float -> divisor -> float
elem a -> [a] -> bool
elemAt [a]+ -> zero -> a
filter (a -> bool) -> [a] -> [a]
floor float -> int
foldl' (b -> a -> b) -> b -> [a] -> b
genList (int -> a) -> index -> [a]
getEnv string -> string
groupBy (a -> string) -> [a] -> {[a]}
groupBy (a -> attr) -> [a] -> {[a]}
hasAttr attr -> {a} -> bool
hasContext string -> bool
hashString algorithm -> string -> string
head [a]+ -> a
intersectAttrs {any} -> {a} -> {a}
isAttrs any -> bool
isBool any -> bool
isFloat any -> bool
isFunction any -> bool
isInt any -> bool
isList any -> bool
isNull any -> bool
isPath any -> bool
isString any -> bool
length [a] -> int
lessThan int -> int -> bool
lessThan string -> string -> bool
lessThan float -> int -> bool
lessThan [int] -> [int] -> bool
listToAttrs [{ name: string, value: a }] -> {a}
listToAttrs [{ name: attr, value: a }] -> {a}
map (a -> b) -> [a] -> [b]
mapAttrs (string -> a -> b) -> {a} -> {b}
mul int -> int -> int
mul float -> int -> float
parseDrvName drvName -> { name: string, version: string }
partition (a -> bool) -> [a] -> { right: [a], wrong: [a] }
pathExists path -> bool
pathExists file -> bool
placeholder attr -> string
removeAttrs {a} -> [attr] -> {a}
seq any -> a -> a
splitVersion version -> [string]
stringLength string -> int
sub int -> int -> int
sub float -> float -> float
substring index -> int -> string -> string
substring index -> index -> string -> string
tail [a]+ -> [a]
toFile drvName -> string -> string
toJSON data -> string
toString printable -> string
toXML any -> string
tryEval a -> { success: bool, value: a }
typeOf any -> string
unsafeDiscardOutputDependency string -> string
unsafeDiscardStringContext string -> string
zipAttrsWith (string -> [a] -> b) -> [{a}] -> {b}
`;

/** Those that are there without `builtins.`. */
const global = new Set(['map', 'toString', 'removeAttrs', 'baseNameOf', 'dirOf', 'isNull', 'placeholder']);

/** A builtin with some arguments. */
interface Use {
  readonly name: string;
  readonly given: readonly Type[];
  readonly result: Type;
}

const headOf = (type: Type): string =>
  type.kind === 'atom' ? type.name : type.kind === 'record' ? 'dict' : type.kind;

/** By what the result is. */
const uses = new Map<string, Use[]>();
for (const line of table.trim().split('\n')) {
  const [name, text] = line.split(/ (.*)/) as [string, string];
  const given: Type[] = [];
  for (let result = parseType(text); result.kind === 'function'; ) {
    given.push(result.from);
    result = result.to;
    const head = headOf(result);
    uses.set(head, [...(uses.get(head) ?? []), { name, given: [...given], result }]);
  }
}

/** A call that gives the wanted; null if there is none. */
export function builtinCall(g: Grammar, want: Type, scope: Scope, size: number): Tree | null {
  const { draw } = g;
  const candidates = [...(uses.get(headOf(want)) ?? []), ...(draw.chance(0.3) ? uses.get('variable')! : [])];
  while (candidates.length > 0) {
    const [use] = candidates.splice(draw.below(candidates.length), 1) as [Use];
    const found: Substitution = new Map();
    if (!unify(use.result, want, found)) continue;
    const sizes = g.split(size, use.given.length);
    const given = use.given.map((type, i) => {
      const concrete = substitute(type, found, () => randomType(draw, 1));
      return code`${g.expression(concrete, scope, sizes[i]!)}`;
    });
    const name =
      global.has(use.name) && draw.chance(0.8)
        ? use.name
        : draw.chance(0.05)
          ? `__${use.name}`
          : `builtins.${use.name}`;
    const usable = name.startsWith('__') && global.has(use.name) ? use.name : name;
    return code`(${usable} ${given})`;
  }
  return null;
}
