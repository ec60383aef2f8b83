import fc from 'fast-check';

const literal = fc.constantFrom('a', 'b', 'c', 'ab', '-', '\\.', '\\(', '\\|', '_', ' ', 'A', '\\$', '1');
const bracket = fc
  .tuple(
    fc.constantFrom('', '', '^'),
    fc.constantFrom('', '', ']', '-'),
    fc.array(
      fc.constantFrom(
        'a',
        'b',
        'a-c',
        'b-z',
        '0-9',
        '[:alpha:]',
        '[:digit:]',
        '[:space:]',
        '[.hyphen.]',
        '[=a=]',
        '.',
        '*',
        '(',
      ),
      { minLength: 1, maxLength: 3 },
    ),
    fc.constantFrom('', '', '-'),
  )
  .map(([negation, first, members, last]) => `[${negation}${first}${members.join('')}${last}]`);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,1}', '{1,}', '{1,3}', '{0}', '{,}');
const usual = fc.oneof(
  { weight: 40, arbitrary: quantifier.filter((q) => q !== '{,}') },
  { weight: 1, arbitrary: quantifier },
);

/** Patterns over a small alphabet, most of them valid. */
export const pattern: fc.Arbitrary<string> = fc.letrec<{ pattern: string; branch: string; atom: string }>(
  (tie) => ({
    pattern: fc.array(tie('branch'), { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|')),
    branch: fc
      .array(fc.tuple(tie('atom'), usual), { maxLength: 4 })
      .map((terms) => terms.map(([atom, count]) => atom + count).join('')),
    atom: fc.oneof(
      { maxDepth: 3 },
      { weight: 5, arbitrary: literal },
      { weight: 2, arbitrary: fc.constantFrom('.', '.', '.', '.', '.', '.', '^', '$') },
      { weight: 2, arbitrary: bracket },
      { weight: 4, arbitrary: tie('pattern').map((inner) => `(${inner})`) },
    ),
  }),
).pattern;

/** Texts that such patterns have a chance to match. */
export const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'c', 'ab', 'abc', '-', '.', '(', '|', ' ', '1', '_', 'A', '$', '\n'), {
    maxLength: 10,
  })
  .map((parts) => parts.join(''));

/** Any bytes, the syntax's own characters often. */
export const noise: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'()[]{}|*+?^$.\\-:=,0123456789ab'),
      fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));
