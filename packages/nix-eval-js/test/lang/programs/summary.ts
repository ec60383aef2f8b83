import type { Outcome } from './compare.ts';

/** Kinds of failures, by what messages say. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [
    /^(expected an? .* but found|attempt to call|cannot (coerce|add|compare|convert))/,
    'a value of a wrong type',
  ],
  [/^(attribute|required attribute) .* missing/, 'an attribute is missing'],
  [/^(function .* called with|undefined variable)/, 'arguments, variables'],
  [/^t\d+$|^evaluation aborted/, 'throw, abort'],
  [/^assertion |is not equal to|differs from|is contained in/, 'an assertion'],
  [/^(infinite recursion|stack overflow)/, 'recursion'],
  [/^(integer overflow|division by zero|invalid float)/, 'arithmetic'],
  [/called (with index|on an empty list)/, 'a place outside of a list'],
  [/(does not exist|was not found|Is a directory)/, 'files'],
  [/^(syntax error|invalid integer|duplicate formal|dynamic attribute)|already defined/, 'the syntax'],
  [
    /(regular expression|JSON|json|hash algorithm|Nix hash|derivation name|invalid name|TOML)/,
    'a text of a kind',
  ],
  [/(store path|context|experimental|derivation)/, 'derivations, contexts'],
];

const kindOf = ({ ours, theirs }: Outcome): string => {
  const unusable = ours.unusable ?? theirs.unusable;
  if (unusable !== undefined) return `not compared: ${unusable}`;
  if (ours.error === '') return 'values';
  return `fails: ${kinds.find(([pattern]) => pattern.test(ours.error))?.[1] ?? 'other messages, of throw mostly'}`;
};

/** How many programs did what, the most frequent first. */
export function summary(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const kind = kindOf(outcome);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(
      ([kind, n]) =>
        `${String(n).padStart(6)} ${((n * 100) / outcomes.length).toFixed(1).padStart(5)} %  ${kind}`,
    )
    .join('\n');
}
