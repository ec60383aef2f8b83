import fc from 'fast-check';

/** Pieces that are put together at random: most documents are almost valid. */
const key = fc.constantFrom(
  'a',
  'b',
  'c',
  '"a"',
  "'b'",
  'a.b',
  'a . c',
  'b.a.c',
  '1',
  '-',
  'a."b c"',
  '""',
  '"\\u00e9"',
  'é',
  'a.',
  '',
  '"""a"""',
);
const leaf = fc.constantFrom(
  '1',
  '-0',
  '+17',
  '0',
  '007',
  '1_000',
  '1__0',
  '_1',
  '1_',
  '0x1F',
  '0xdead_beef',
  '0x_1',
  '0o755',
  '0o8',
  '0b101',
  '+0x1',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '0xffffffffffffffff',
  '0x7fffffffffffffff',
  '0XA',
  '1.5',
  '-1.5e3',
  '1e5',
  '1E+5',
  '1.',
  '.5',
  '1.e5',
  '1_0.0_1',
  '1._0',
  '1_.0',
  '0.1',
  '00.1',
  '1e1_0',
  '+1.0',
  '-0.0',
  '6.626e-34',
  '1e400',
  '-1e400',
  '1e-400',
  '1e06',
  '0e0',
  'inf',
  '-inf',
  '+inf',
  'nan',
  '+nan',
  '-nan',
  'Inf',
  'NaN',
  'true',
  'false',
  'True',
  'truex',
  'tru',
  '""',
  '"a"',
  '"\\n\\t\\b\\f\\r\\"\\\\"',
  '"\\u00e9"',
  '"\\U0001F600"',
  '"\\uD800"',
  '"\\U00110000"',
  '"\\x41"',
  '"\\e"',
  '"\\/"',
  '"a',
  '"a\nb"',
  '"\t"',
  '"\x01"',
  '"\x7f"',
  '"é"',
  '"#"',
  "''",
  "'a'",
  "'a\\n'",
  "'a",
  "'\t'",
  "'\x01'",
  "'é'",
  '"""a"""',
  '"""\na\nb"""',
  '"""a\\\n   b"""',
  '"""a\\  \n\n  b"""',
  '"""a""b"""',
  '"""a"""""',
  '""""a"""',
  '"""a""""""',
  '"""a\\ b"""',
  '"""\r\na\r\nb"""',
  '"""\\"""',
  '"""a',
  '""""""',
  '"""\\u0041"""',
  '"""\x01"""',
  "'''a'''",
  "'''\na\nb'''",
  "'''a''b'''",
  "'''a'''''",
  "'''a\\'''",
  "'''a",
  "''''a'''",
  "''''''",
);
const scalars = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('1', '2', '"x"', 'true', '1.5', "'y'") },
  { weight: 4, arbitrary: leaf },
);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: scalars },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.array(tie('value'), { maxLength: 3 }),
          fc.constantFrom(',', ', ', ' ,\n ', ', # c\n'),
          fc.constantFrom('', '', ',', ' ', '\n', ',,', '#c\n'),
        )
        .map(([items, comma, end]) => `[${items.join(comma)}${end}]`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }),
          fc.constantFrom(', ', ',', ', ', ',\n'),
          fc.constantFrom('', '', '', ',', ' ', '\n'),
        )
        .map(([pairs, comma, end]) => `{${pairs.map(([k, v]) => `${k} = ${v}`).join(comma)}${end}}`),
    },
  ),
}));
const space = fc.constantFrom('', '', '', '', ' ', '\t', '  # comment', '# é', '#\x01', '\r', ' x');
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(key, fc.constantFrom(' = ', '=', ' = ', ' ', ' =\n'), value, space)
      .map((all) => all.join('')),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('[', '[ ', '[[', '[[ ', '[ ['),
        key,
        fc.constantFrom(']', ' ]', ']]', ' ]]', '] ]'),
        space,
      )
      .map((all) => all.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('[a]', '[b]', '[[a]]', '[a.b]', '[[a.b]]', '[a.b.c]', '[b.a]', '[[c]]'))
      .map((all) => all.join('')),
  },
  { weight: 1, arbitrary: space },
);

/** Documents of a few lines. */
export const document: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(line, { maxLength: 5 }),
    fc.constantFrom('\n', '\n', '\n', '\r\n'),
    fc.constantFrom('', '\n'),
  )
  .map(([lines, newline, end]) => Buffer.from(lines.join(newline) + end, 'utf8').toString('latin1'));

/** One line with one value. */
export const oneValue: fc.Arbitrary<string> = fc
  .oneof(leaf, value)
  .map((text) => Buffer.from(`a = ${text}`, 'utf8').toString('latin1'));

const soundKey = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'e',
  '"f"',
  "'g'",
  'a.b',
  'a . c',
  'b.a.c',
  '1',
  '-',
  'h."b c"',
  'i.j',
  'i.k',
  'k.l.m',
);
const unsound =
  /^(0[0-9]|_|1_$|1__|0x_|0o8|\+0x|0XA|1\.$|\.5|1\.e|1\._|1_\.|-?1e400|Inf|NaN|True|truex|tru$|9223372036854775808|-9223372036854775809|0xfff)|\\[uU]([dD]8|0011)|\\[xe/]|\x01|\x7f|^"a$|^"a\nb|^'a$|a"{6}$|^"""a$|^'''a$|\\ b/;
const soundLeaf = leaf.filter((text) => !unsound.test(text));
const { soundValue } = fc.letrec<{ soundValue: string }>((tie) => ({
  soundValue: fc.oneof(
    { maxDepth: 3 },
    { weight: 8, arbitrary: soundLeaf },
    {
      weight: 2,
      arbitrary: fc.array(tie('soundValue'), { maxLength: 3 }).map((items) => `[ ${items.join(' ,\n ')} ]`),
    },
    {
      weight: 2,
      arbitrary: fc
        .uniqueArray(fc.tuple(soundKey, tie('soundValue')), {
          maxLength: 3,
          selector: ([k]) => k.slice(0, 2),
        })
        .map((pairs) => `{ ${pairs.map(([k, v]) => `${k}=${v}`).join(', ')} }`),
    },
  ),
}));

/** Documents most of which are valid. */
export const soundDocument: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(soundKey, soundValue).map(([k, v]) => `${k} = ${v}`) },
        { weight: 1, arbitrary: soundKey.map((k) => `[${k}]`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            '[[t]]',
            '[t.u]',
            '[[t.v]]',
            '[x.y.z]',
            '[x]',
            '[x.y]',
            '# c',
            '',
            '[[x.w]]',
          ),
        },
      ),
      { maxLength: 5 },
    ),
    fc.constantFrom('\n', '\n', '\r\n'),
  )
  .map(([lines, newline]) => Buffer.from(lines.join(newline), 'utf8').toString('latin1'));

/** Any bytes, the syntax's own characters often. */
export const noise: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...'[]{}=.,"\'#\\\n\r\t -_+:0123456789aeTZufinx') },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
