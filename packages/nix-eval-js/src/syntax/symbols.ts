/**
 * Names by age. Nix numbers names when it first reads them and keeps sets in that order: it is seen wherever
 * attributes are visited one after the other and an error or a trace tells which came first.
 */

/** What Nix 2.26 knows before it reads anything, oldest first. */
const first = `
  outPath drvPath type meta name value system __overrides outputs outputName __ignoreNulls file line column
  __functor __toString right wrong __structuredAttrs disallowedReferences disallowedRequisites maxSize
  maxClosureSize builder args __contentAddressed __impure outputHash outputHashAlgo outputHashMode
  recurseForDerivations description self "" startSet operator key path prefix outputSpecified __sub
  __lessThan __mul __div or __findFile __nixPath body`;

/** The builtins; two underscores stand for the name with and the name without them. */
const builtins = `
  builtins true false null __currentTime __currentSystem __nixVersion __storeDir __langVersion
  __traceVerbose nixPath scopedImport import __typeOf isNull __isFunction __isInt __isFloat __isString
  __isBool __isPath __genericClosure break abort throw __addErrorContext __ceil __floor __tryEval __getEnv
  __seq __deepSeq __trace __warn derivationStrict placeholder __toPath __storePath __pathExists baseNameOf
  dirOf __readFile findFile __hashFile __readFileType __readDir __toXML __toJSON __fromJSON __toFile
  __filterSource __path __attrNames __attrValues __getAttr __unsafeGetAttrPos __hasAttr __isAttrs
  removeAttrs __listToAttrs __intersectAttrs __catAttrs __functionArgs __mapAttrs __zipAttrsWith __isList
  __elemAt __head __tail map __filter __elem __concatLists __length __foldl' __any __all __genList __sort
  __partition __groupBy __concatMap __add sub mul div __bitAnd __bitOr __bitXor lessThan toString
  __substring __stringLength __hashString __convertHash __match __split __concatStringsSep __replaceStrings
  __parseDrvName __compareVersions __splitVersion __unsafeDiscardStringContext __hasContext
  __unsafeDiscardOutputDependency __addDrvOutputDependencies __getContext __appendContext fetchMercurial
  fetchFinalTree __fetchurl fetchTarball fetchGit fromTOML derivation`;

/** The names in `derivation`. */
const derivation = 'strict drvAttrs commonAttrs outputsList x outputToAttrListElement';

const words = (text: string): string[] => text.trim().split(/\s+/);

const initial: readonly string[] = [
  ...words(first).map((name) => (name === '""' ? '' : name)),
  ...words(builtins).flatMap((name) => (name.startsWith('__') ? [name, name.slice(2)] : [name])),
  ...words(derivation),
];

interface Symbol {
  readonly name: string;
  readonly age: number;
}

export class Symbols {
  readonly #known = new Map<string, Symbol>();

  constructor() {
    for (const name of initial) this.#symbol(name);
  }

  #symbol(name: string): Symbol {
    let symbol = this.#known.get(name);
    if (symbol === undefined) {
      symbol = { name, age: this.#known.size };
      this.#known.set(name, symbol);
    }
    return symbol;
  }

  /** The name; equal names are one string. */
  intern(name: string): string {
    return this.#symbol(name).name;
  }

  /** The places of names in the order in which Nix visits them. Names that no text had are the youngest. */
  order(names: readonly string[]): readonly number[] {
    const ages = names.map((name) => this.#symbol(name).age);
    return names.map((_, place) => place).sort((a, b) => ages[a]! - ages[b]!);
  }

  /** The names in that order. */
  sort(names: Iterable<string>): string[] {
    const all = [...names];
    return this.order(all).map((place) => all[place]!);
  }
}
