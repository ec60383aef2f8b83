import { type Expression, formatExpression } from './expression.ts';

/** Why a symbol cannot have the value that is asked of it. */
export type Obstacle =
  /** No file of this architecture defines it. */
  | { readonly kind: 'undefined'; readonly symbol: string }
  /** It has the value by someone's word, which is not ours to change. */
  | { readonly kind: 'set'; readonly symbol: string; readonly value: string; readonly by: 'base' | 'person' }
  /** It has the value by its definition: no prompt that could be answered otherwise. */
  | { readonly kind: 'given'; readonly symbol: string; readonly value: string }
  /** The base or a person picks another member of its choice. */
  | {
      readonly kind: 'choice';
      readonly symbol: string;
      readonly picked: string;
      readonly by: 'base' | 'person';
    }
  /** Another part of the solution needs it otherwise. */
  | { readonly kind: 'needed'; readonly symbol: string; readonly value: string }
  /** A number or a text is compared, and these are not solved for. */
  | { readonly kind: 'comparison'; readonly condition: Expression; readonly value: string }
  /** It asks for itself. */
  | { readonly kind: 'loop'; readonly symbol: string }
  /** The search would take too long, or would not be shorter than what was found. */
  | { readonly kind: 'cut'; readonly symbol: string }
  /** It needs a condition, which meets an obstacle of its own. */
  | {
      readonly kind: 'needs';
      readonly symbol: string;
      readonly relation: Relation;
      readonly condition: Expression;
      readonly of: Obstacle;
    }
  /** There are several ways, each with its obstacle. */
  | { readonly kind: 'none'; readonly symbol: string; readonly ways: readonly Obstacle[] };

/** What a symbol is to the one before it. */
export type Relation =
  | 'target'
  | 'folder'
  | 'modules'
  | 'dependency'
  | 'selector'
  | 'implier'
  | 'default'
  | 'choice'
  | 'conflict';

/** The obstacle in words, from what was asked to the last cause: one sentence each. */
export function explainObstacle(obstacle: Obstacle, architecture: string): string[] {
  switch (obstacle.kind) {
    case 'undefined':
      return [`${obstacle.symbol} is not defined for ${architecture}`];
    case 'set':
      return [`${obstacle.symbol}=${obstacle.value} is set by ${who(obstacle.by)}`];
    case 'given':
      return [`${obstacle.symbol} is ${obstacle.value} on ${architecture} and has no prompt to change it`];
    case 'choice':
      return [`${obstacle.symbol} is one of a choice, and ${who(obstacle.by)} picks ${obstacle.picked}`];
    case 'needed':
      return [`${obstacle.symbol}=${obstacle.value} is needed by another target`];
    case 'comparison':
      return [`${formatExpression(obstacle.condition)} does not hold: the value is ${obstacle.value}`];
    case 'loop':
      return [`${obstacle.symbol} would need itself`];
    case 'cut':
      return [`no short way to ${obstacle.symbol} was found`];
    case 'needs': {
      const { symbol, relation, condition, of } = obstacle;
      const verb = verbs[relation] ?? 'needs';
      return [`${symbol} ${verb} ${formatExpression(condition)}`, ...explainObstacle(of, architecture)];
    }
    case 'none': {
      const { symbol, ways } = obstacle;
      if (ways.length === 1) return explainObstacle(ways[0]!, architecture);
      const told = ways.slice(0, 3).map((way) => explainObstacle(way, architecture).join(', but '));
      const more = ways.length > told.length ? `; and ${ways.length - told.length} more ways fail` : '';
      return [`${symbol} cannot be had: ${told.join('; ')}${more}`];
    }
  }
}

const verbs: Partial<Record<Relation, string>> = {
  dependency: 'depends on',
  selector: 'is selected by',
  implier: 'is implied by',
  default: 'follows from',
};

function who(by: 'base' | 'person'): string {
  return by === 'base' ? 'the base configuration' : 'the list';
}
