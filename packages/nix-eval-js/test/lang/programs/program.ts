/** Random programs, as an arbitrary of fast-check: smaller ones are made of their trees. */
import fc from 'fast-check';
import { Draw } from './draw.ts';
import { Grammar } from './grammar.ts';
import { Scope } from './scope.ts';
import { render, shrink, type Tree } from './tree.ts';
import { randomType } from './types.ts';

/** How a program is run: what is printed of it. */
export const modes = {
  strict: ['--eval', '--strict'],
  lazy: ['--eval'],
  json: ['--eval', '--strict', '--json'],
  xml: ['--eval', '--strict', '--xml'],
  'lazy-xml': ['--eval', '--xml'],
} as const;

export type Mode = keyof typeof modes;

export class Program {
  readonly tree: Tree;
  readonly mode: Mode;
  /** The bytes of the file. */
  readonly text: string;
  constructor(tree: Tree, mode: Mode) {
    this.tree = tree;
    this.mode = mode;
    this.text = render(tree);
  }
}

function generate(draw: Draw): Program {
  const mode = draw.choose<Mode>([
    [12, () => 'strict'],
    [3, () => 'lazy'],
    [3, () => 'json'],
    [2, () => 'xml'],
    [1, () => 'lazy-xml'],
  ]);
  // Most programs are meant to be right; of the others each fails in a place of its own.
  const mistakes = draw.chance(0.35) ? 0 : draw.pick([0.02, 0.05, 0.1, 0.2]);
  const size = draw.pick([4, 8, 12, 16, 24, 32, 48, 64]);
  const type = randomType(draw, 3, mode !== 'json');
  return new Program(new Grammar(draw, mistakes).expression(type, new Scope(), size), mode);
}

class Programs extends fc.Arbitrary<Program> {
  generate(random: fc.Random): fc.Value<Program> {
    return new fc.Value(generate(new Draw(random)), undefined);
  }

  canShrinkWithoutContext(value: unknown): value is Program {
    return value instanceof Program;
  }

  override shrink(program: Program): fc.Stream<fc.Value<Program>> {
    function* smaller(): IterableIterator<fc.Value<Program>> {
      for (const tree of shrink(program.tree)) {
        if (tree.length < program.tree.length) yield new fc.Value(new Program(tree, program.mode), undefined);
      }
    }
    return fc.stream(smaller());
  }
}

export const programs: fc.Arbitrary<Program> = new Programs();
