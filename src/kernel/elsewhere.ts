/**
 * Names that a kernel does not have, looked for in the other series that are shipped: what came, went or was renamed from
 * one to the other is no misspelling, and the way out is another one.
 *
 * An index is read when the first such name is asked for; whose names are all known pays nothing.
 */
import { IndexError } from './index/format.ts';
import { readIndex } from './index/read.ts';
import { compareSeries, releasesBetween, shippedIndex, shippedSeries } from './index/shipped.ts';
import type { KbuildModule } from './kbuild/kbuild.ts';
import type { Kernel } from './kernel.ts';

export interface FoundElsewhere {
  /** Which series has it, and how. */
  readonly notes: string[];
  readonly hint: string;
}

/** Names that are told; of the rest there is the number. */
const most = 4;

export class Elsewhere {
  readonly #kernel: Kernel;
  #others: readonly Kernel[] | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** A module that this kernel's makefiles do not make; undefined where no series has it. */
  module(name: string): FoundElsewhere | undefined {
    const { kconfig, modules } = this.#kernel;
    for (const other of this.#kernels()) {
      const [found] = other.modules.find(name);
      if (!found) continue;
      const symbols = found.symbols.filter((symbol) => kconfig.symbol(symbol));
      const made = symbols.flatMap((symbol) => modules.madeBy(symbol));
      // What both have is another module, not this one under a new name.
      const renamed = made.filter((module) => other.modules.find(module.name).length === 0);
      const notes = [`Linux ${other.series} has it: ${found.symbols.join(' or ')} makes ${found.path}`];
      if (renamed.length > 0)
        return { notes, hint: `${symbols.join(' or ')} makes ${some(renamed)} here, which may be the same` };
      if (symbols.length > 0 && made.length === 0)
        return {
          notes: [
            ...notes,
            `${symbols.join(' and ')} ${symbols.length === 1 ? 'is a symbol' : 'are symbols'} here too, and no module is made`,
          ],
          hint: 'leave it out: what it does is part of something else here',
        };
      return {
        notes,
        hint: `${this.#cameOrWent(other)}: leave it out, or find what does its work`,
      };
    }
    return undefined;
  }

  /** A symbol that this kernel does not define; undefined where no series has it. */
  symbol(name: string): FoundElsewhere | undefined {
    const { modules } = this.#kernel;
    for (const other of this.#kernels()) {
      if (!other.kconfig.symbol(name)) continue;
      const made = other.modules.madeBy(name);
      const makes = made.length === 0 ? '' : `, where it makes ${some(made)}`;
      const notes = [`Linux ${other.series} has it${makes}`];
      for (const { name: module } of made) {
        const now = modules.find(module).flatMap(({ symbols }) => symbols);
        if (now.length > 0)
          return { notes, hint: `here ${[...new Set(now)].join(' or ')} makes \`${module}\`: set that` };
      }
      return { notes, hint: `${this.#cameOrWent(other)}: leave it out here` };
    }
    return undefined;
  }

  /** Which of many symbols some series has, a line for each series. */
  symbols(names: readonly string[]): string[] {
    return this.#kernels().flatMap((other) => {
      const known = names.filter((name) => other.kconfig.symbol(name));
      if (known.length === 0) return [];
      const more = known.length > most ? ` and ${known.length - most} more of them` : '';
      return [`Linux ${other.series} has ${known.slice(0, most).join(', ')}${more}`];
    });
  }

  #cameOrWent(other: Kernel): string {
    return compareSeries(other.series, this.#kernel.series) < 0
      ? 'it is gone from later series'
      : 'it came with a later series';
  }

  /** Of the same architecture, the nearest first. None where there is nothing to read: it is only asked for to say more. */
  #kernels(): readonly Kernel[] {
    this.#others ??= otherSeries(this.#kernel.series).flatMap((series) => {
      try {
        return [readIndex(shippedIndex(series)!, this.#kernel.arch)];
      } catch (error) {
        if (error instanceof IndexError) return [];
        throw error;
      }
    });
    return this.#others;
  }
}

function otherSeries(series: string): string[] {
  const others = shippedSeries().filter((other) => other !== series);
  return others.sort((a, b) => releasesBetween(a, series) - releasesBetween(b, series));
}

function some(modules: readonly KbuildModule[]): string {
  const names = [...new Set(modules.map(({ name }) => `\`${name}\``))];
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}
