/**
 * A module's optional parts: bools that are its own options (`options.ts`), with what is known of each under a configuration.
 *
 * A target is made without them: the least that makes `ath9k.ko` leaves out ATH9K_AHB, and with it the radio of a board. So
 * those that are off are told. Not told is what the configuration has already, what somebody has decided in `kernelConfig`,
 * and what cannot be had on the architecture at all.
 */
import type { KbuildModule } from './kbuild/kbuild.ts';
import { Evaluation } from './kconfig/evaluate.ts';
import { type Expression, formatExpression } from './kconfig/expression.ts';
import type { ConfigSymbol } from './kconfig/model.ts';
import type { Kernel } from './kernel.ts';
import { askedIn, requiredBy } from './options.ts';
import type { Resolution } from './resolve.ts';
import { Bounds } from './solver/bounds.ts';
import { givensOf } from './solver/givens.ts';

export interface OptionalPart {
  readonly symbol: string;
  readonly prompt: string;
  /** The objects that it adds to the module, relative to the module's folder; none where it only changes its code. */
  readonly objects: readonly string[];
  /** It helps to find mistakes, and nobody needs it for a device to work. */
  readonly debugging: boolean;
}

export interface PartThatIsOff extends OptionalPart {
  /** What of its dependencies does not hold either, as Kconfig writes it; setting the symbol alone does nothing then. */
  readonly needs: readonly string[];
}

/** All optional parts of a module: those that add objects first, those for debugging last. */
export function optionalParts({ kconfig, objects }: Kernel, module: KbuildModule): OptionalPart[] {
  const names = objects.options(module);
  if (names.length === 0) return [];
  const linked = objects.optional(module).map(({ path, condition }) => ({
    name: relativeTo(module.path, path),
    asked: askedIn(condition),
  }));
  const parts = names.flatMap((name): OptionalPart[] => {
    const symbol = kconfig.symbol(name);
    if (!symbol) return [];
    const added = linked.filter(({ asked }) => asked.includes(name)).map((object) => object.name);
    return [
      {
        symbol: name,
        prompt: symbol.prompts[0]?.text ?? '',
        objects: added,
        debugging: isForDebugging(symbol),
      },
    ];
  });
  return [...parts.filter(({ debugging }) => !debugging), ...parts.filter(({ debugging }) => debugging)];
}

/**
 * The optional parts that are off once a list is resolved.
 *
 * @param given what the rest of the system sets, and what the list sets in `kernelConfig`, by symbol
 * @param decided symbols that somebody has set in the list, whatever to
 */
export class PartsOff {
  readonly #kernel: Kernel;
  readonly #decided: ReadonlySet<string>;
  readonly #evaluation: Evaluation;
  readonly #bounds: Bounds;

  constructor(
    kernel: Kernel,
    { assignments }: Resolution,
    base: ReadonlyMap<string, string>,
    person: ReadonlyMap<string, string>,
  ) {
    this.#kernel = kernel;
    this.#decided = new Set(person.keys());
    const given = new Map([...base, ...person]);
    this.#evaluation = new Evaluation(kernel.kconfig, given);
    for (const { symbol, value } of assignments) this.#evaluation.assign(symbol, value);
    const givens = givensOf(kernel.kconfig, base, person);
    // A machine that nobody has named may be any.
    this.#bounds = new Bounds(kernel.kconfig, (symbol) => {
      const taken = givens(symbol);
      return taken?.by === 'machine' && !taken.decided ? undefined : taken;
    });
  }

  of(module: KbuildModule): PartThatIsOff[] {
    return optionalParts(this.#kernel, module).flatMap((part) => {
      const { symbol } = part;
      const isOff = this.#evaluation.tristate(symbol) === 0 && !this.#decided.has(symbol);
      if (!isOff || this.#bounds.of(symbol).high === 0) return [];
      return [{ ...part, needs: this.#lacking(this.#kernel.kconfig.symbol(symbol)!) }];
    });
  }

  /** The parts of a condition that do not hold, each once. */
  #lacking({ dependencies, prompts }: ConfigSymbol): string[] {
    const all = [dependencies, prompts[0]?.condition ?? null].flatMap(conjuncts);
    const failing = all.filter((expression) => this.#evaluation.evaluate(expression) === 0);
    return [...new Set(failing.map((expression) => formatExpression(expression)))];
  }
}

function conjuncts(condition: Expression | null): Expression[] {
  if (condition === null) return [];
  return condition.op === 'and' ? condition.of.flatMap(conjuncts) : [condition];
}

const debugWord = /^(DEBUG.*|DBG|TRACE|TRACING|TRACEPOINTS?|TESTS?|SELFTEST|TESTMODE|KUNIT|WERROR|VERBOSE)$/;
const debugSymbols = new Set(['DEBUG_FS', 'DEBUG_KERNEL', 'KUNIT', 'TRACING']);

/** By a word of its name, or what it depends on. */
function isForDebugging({ name, dependencies }: ConfigSymbol): boolean {
  return (
    name.split('_').some((word) => debugWord.test(word)) ||
    requiredBy(dependencies).some((required) => debugSymbols.has(required))
  );
}

function relativeTo(module: string, object: string): string {
  const folder = module.slice(0, module.lastIndexOf('/') + 1);
  return object.startsWith(folder) ? object.slice(folder.length) : object;
}
