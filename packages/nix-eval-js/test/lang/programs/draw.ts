import type fc from 'fast-check';

/** A choice and how often it is made. */
export type Choice<T> = readonly [weight: number, make: () => T];

/** Random decisions. */
export class Draw {
  readonly #random: fc.Random;
  constructor(random: fc.Random) {
    this.#random = random;
  }

  /** 0 to n - 1. */
  below(n: number): number {
    return n <= 1 ? 0 : this.#random.nextInt(0, n - 1);
  }

  /** Inclusive. */
  between(min: number, max: number): number {
    return this.#random.nextInt(min, max);
  }

  chance(probability: number): boolean {
    return this.#random.nextInt(0, 999_999) < probability * 1_000_000;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  choose<T>(choices: readonly Choice<T>[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of choices) {
      if (at < weight) return make();
      at -= weight;
    }
    throw new Error('no choice');
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = out[i]!;
      out[i] = out[j]!;
      out[j] = item;
    }
    return out;
  }

  /** Some of the items, in their order. */
  some<T>(items: readonly T[], probability: number): T[] {
    return items.filter(() => this.chance(probability));
  }
}
