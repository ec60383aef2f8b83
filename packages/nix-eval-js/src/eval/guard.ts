/** The way into evaluation: whatever JavaScript throws becomes an error of Nix's. */
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';

/** Runs evaluation; errors get their positions, exhausted stack and memory become errors. */
export function guard<T>(ev: Evaluator, run: () => T): T {
  const { depth } = ev;
  try {
    return run();
  } catch (error) {
    if (error instanceof NixError) {
      error.positions ??= ev.positions;
      throw error;
    }
    if (error instanceof RangeError) {
      const isStack = error.message.includes('call stack');
      const text = isStack
        ? 'stack overflow; max-call-depth exceeded'
        : `evaluation exceeds what JavaScript can hold: ${error.message}`;
      const converted = new NixError(isStack ? 'stack-overflow' : 'limit', text, 0, ev.positions);
      converted.native = isStack;
      throw converted;
    }
    throw error;
  } finally {
    ev.depth = depth;
  }
}
