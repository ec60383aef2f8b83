/**
 * Which bools are a module's own options: what it can do more, or less, without being another module.
 *
 * A bool with a prompt is one if it is defined where the module's symbols are (the same Kconfig file), or in the module's own
 * folder, and either
 *
 * - an object that the module is linked from asks for it (`ath9k-$(CONFIG_ATH9K_AHB) += ahb.o`), or
 * - it depends on the module's symbol, and on no tristate that does so too: then it is that one's. Few of these are menus;
 *   what has drivers of its own below it, `MEDIA_CAMERA_SUPPORT`, is known by their number.
 *
 * What is defined elsewhere (PCI, DEBUG_FS, PROC_FS) is a choice for the whole kernel, and the members of a choice exclude
 * each other: neither is a part that was left out.
 */
import type { KbuildModule, LinkedObject } from './kbuild/kbuild.ts';
import type { Expression } from './kconfig/expression.ts';
import type { ConfigSymbol, Kconfig } from './kconfig/model.ts';

/** Modules' symbols that depend on a bool, from which on it is a menu: `NF_TABLES_NETDEV` has 5, `MTD_COMPLEX_MAPPINGS` 6. */
const menuFrom = 6;

export class Options {
  readonly #kconfig: Kconfig;
  /** Symbols by those that they depend on. */
  #dependents: Map<string, ConfigSymbol[]> | undefined;

  constructor(kconfig: Kconfig) {
    this.#kconfig = kconfig;
  }

  /**
   * A module's own options: first those that add objects, in the order of the lists, then the rest as the files have them.
   *
   * @param optional what it is linked from under some configurations only
   */
  of(module: KbuildModule, optional: readonly LinkedObject[]): string[] {
    const own = ownSymbols(module).flatMap((name) => this.#kconfig.symbol(name) ?? []);
    const folder = folderOf(module.path);
    const files = new Set(own.flatMap(({ definitions }) => definitions.map(({ file }) => file)));
    const isNear = ({ definitions }: ConfigSymbol): boolean =>
      definitions.some(({ file }) => files.has(file) || folderOf(file) === folder);
    const isOption = (symbol: ConfigSymbol | undefined): symbol is ConfigSymbol =>
      symbol?.type === 'bool' && symbol.prompts.length > 0 && symbol.choice === undefined && isNear(symbol);
    const adding = new Set(optional.flatMap(({ condition }) => askedIn(condition)));
    const options = new Set([...adding].filter((name) => isOption(this.#kconfig.symbol(name))));
    const others = own
      .flatMap((symbol) => this.#below(symbol.name).filter((each) => !this.#isAnothers(each, symbol)))
      .filter((symbol) => isOption(symbol) && !this.#isMenu(symbol))
      .sort(byPlace);
    for (const { name } of others) options.add(name);
    return [...options];
  }

  /** Whether it is an option of another tristate that depends on this one. */
  #isAnothers(option: ConfigSymbol, symbol: ConfigSymbol): boolean {
    return requiredBy(option.dependencies).some((name) => {
      const other = name === symbol.name ? undefined : this.#kconfig.symbol(name);
      return other?.type === 'tristate' && requiredBy(other.dependencies).includes(symbol.name);
    });
  }

  #isMenu({ name }: ConfigSymbol): boolean {
    return this.#below(name).filter(({ type }) => type === 'tristate').length >= menuFrom;
  }

  #below(name: string): readonly ConfigSymbol[] {
    this.#dependents ??= this.#findDependents();
    return this.#dependents.get(name) ?? [];
  }

  #findDependents(): Map<string, ConfigSymbol[]> {
    const found = new Map<string, ConfigSymbol[]>();
    for (const name of this.#kconfig.names()) {
      const symbol = this.#kconfig.symbol(name)!;
      for (const required of new Set(requiredBy(symbol.dependencies))) {
        const others = found.get(required);
        if (others) others.push(symbol);
        else found.set(required, [symbol]);
      }
    }
    return found;
  }
}

/** The symbols that must be set for a condition to hold, as far as it just names them. */
export function requiredBy(condition: Expression | null): string[] {
  if (condition === null) return [];
  if (condition.op === 'symbol') return [condition.name];
  return condition.op === 'and' ? condition.of.flatMap(requiredBy) : [];
}

/** The symbols that must be set where an object is linked, of each way. */
export function askedIn(condition: LinkedObject['condition']): string[] {
  return condition.flatMap(({ requires }) =>
    requires.filter(({ values, not }) => values.includes('n') === not).map(({ symbol }) => symbol),
  );
}

/** The symbols that a module's own lines ask for: what a folder asks for makes others too. */
function ownSymbols({ symbols, rules }: KbuildModule): readonly string[] {
  const asked = new Set(rules.flatMap(({ condition }) => askedIn(condition)));
  return symbols.filter((symbol) => asked.has(symbol));
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function byPlace({ definitions: [a] }: ConfigSymbol, { definitions: [b] }: ConfigSymbol): number {
  if (!a || !b) return 0;
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
