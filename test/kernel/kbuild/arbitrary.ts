/** Makefiles of every shape that Kbuild's language allows, for comparing with make. */
import fc from 'fast-check';

/** The symbols that they ask for. */
export const symbols = ['A', 'B', 'C', 'D'] as const;

/** A value for each symbol: `y`, `m` or nothing. */
export const configuration: fc.Arbitrary<Record<string, string>> = fc.record(
  Object.fromEntries(symbols.map((symbol) => [symbol, fc.constantFrom('y', 'm', '')])),
);

const object = fc.constantFrom('a.o', 'b.o', 'c.o', 'a-b.o', 'sub/d.o');
const symbol = fc.constantFrom(...symbols);
const configured = fc.oneof(
  symbol.map((name) => `$(CONFIG_${name})`),
  symbol.map((name) => `\${CONFIG_${name}}`),
);
const variables = 4;
const blank = fc.constantFrom(' ', '  ', '\t', ' \\\n\t', ' \\\n  ');

/** `v0` to `v3`, each as itself and with a suffix; a variable refers only to those before it, so that none is its own. */
const variable = (below: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.nat(below - 1),
      fc.oneof(
        fc.constantFrom('', '-y', '-m', '-'),
        configured.map((name) => `-${name}`),
      ),
    )
    .map(([number, suffix]) => `v${number}${suffix}`);

const join = (parts: readonly string[]): string => parts.join('');

/** Text with references, to the variables before `below`. */
function text(below: number, depth: number): fc.Arbitrary<string> {
  const inner = depth > 0 ? text(below, depth - 1) : list(below);
  const name = below > 0 ? variable(below) : fc.constant('none');
  const reference = name.map((name) => `$(${name})`);
  const percent = fc.constantFrom('%.o', '%', 'a%', 'a.o', '%b.o', 'x');
  const call = fc.oneof(
    fc
      .tuple(fc.constantFrom('y', 'm', 'a', '.o'), inner, inner)
      .map(([from, to, in_]) => `$(subst ${from},${to},${in_})`),
    fc
      .tuple(percent, fc.oneof(percent, configured), inner)
      .map(([from, to, in_]) => `$(patsubst ${from},${to},${in_})`),
    fc
      .tuple(fc.constantFrom('filter', 'filter-out'), fc.oneof(percent, inner), inner)
      .map(([f, a, b]) => `$(${f} ${a},${b})`),
    fc
      .tuple(
        fc.constantFrom(
          'strip',
          'sort',
          'firstword',
          'lastword',
          'words',
          'dir',
          'notdir',
          'basename',
          'suffix',
        ),
        inner,
      )
      .map(([f, a]) => `$(${f} ${a})`),
    fc
      .tuple(fc.constantFrom('addprefix', 'addsuffix'), fc.oneof(configured, object), inner)
      .map(([f, a, b]) => `$(${f} ${a},${b})`),
    fc
      .tuple(fc.constantFrom('word 1', 'word 2', 'wordlist 1,2', 'wordlist 2,9'), inner)
      .map(([f, a]) => `$(${f},${a})`),
    fc.tuple(fc.constantFrom('y', 'm', 'a.o', 'b'), inner).map(([a, b]) => `$(findstring ${a},${b})`),
    fc.tuple(inner, inner, inner).map(([a, b, c]) => `$(if ${a},${b},${c})`),
    fc.tuple(inner, inner).map(([a, b]) => `$(if ${a}, ${b})`),
    fc
      .tuple(fc.constantFrom('or', 'and'), inner, inner, inner)
      .map(([f, a, b, c]) => `$(${f} ${a},${b}, ${c})`),
    fc
      .tuple(
        inner,
        fc.constantFrom('$(x)', 'p$(x)', '$(x:.o=-m.o)', '$(if $(filter a%,$(x)),$(x))', '$(CONFIG_A)$(x)'),
      )
      .map(([a, b]) => `$(foreach x,${a},${b})`),
    fc
      .tuple(fc.constantFrom('first', 'both', 'named'), inner, inner)
      .map(([f, a, b]) => `$(call ${f},${a},${b})`),
    fc
      .tuple(name, fc.constantFrom('.o=.x.o', '%.o=p-%.o', 'a%=b%', 'y=m'))
      .map(([a, change]) => `$(${a}:${change})`),
    inner.map((a) => `\${strip ${a.replaceAll('}', '').replaceAll('{', '')}}`),
  );
  return depth > 0 ? fc.oneof(list(below), reference, call, call) : fc.oneof(list(below), reference);
}

/** Words, divided by blanks or not at all. */
function list(below: number): fc.Arbitrary<string> {
  const word = fc.oneof(
    { weight: 3, arbitrary: object },
    { weight: 1, arbitrary: configured },
    { weight: 1, arbitrary: fc.tuple(configured, object).map(join) },
    { weight: 1, arbitrary: below > 0 ? variable(below).map((name) => `$(${name})`) : object },
  );
  return fc
    .array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '')), { maxLength: 3 })
    .map((words) => words.map(join).join('').replace(/ $/, ''));
}

const operator = fc.constantFrom('=', ':=', '+=', '+=', '?=', '::=');

const assignment = fc.nat(variables - 1).chain((number) =>
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom('', '-y', '-m'),
        configured.map((name) => `-${name}`),
      ),
      operator,
      fc.constantFrom(' ', '', '\t'),
      text(number, 2),
      fc.constantFrom('', '', '', ' # comment', ' '),
    )
    .map(([suffix, op, space, value, end]) => `v${number}${suffix}${space}${op}${space}${value}${end}`),
);

const listing = fc
  .tuple(
    fc.oneof(
      configured,
      fc.constantFrom('y', 'm'),
      fc
        .tuple(fc.constantFrom('y', 'm'), configured, configured)
        .map(([a, b, c]) => `$(subst ${a},${b},${c})`),
    ),
    fc.constantFrom('+=', '+=', '+=', ':=', '='),
    text(variables, 2),
    blank,
    object,
  )
  .map(([suffix, op, value, space, last]) => `obj-${suffix} ${op} ${value}${space}${last}`);

const test_ = fc.oneof(
  fc
    .tuple(fc.constantFrom('ifeq', 'ifneq'), text(variables, 1), text(variables, 1))
    .map(([k, a, b]) => `${k} (${a},${b})`),
  fc
    .tuple(fc.constantFrom('ifeq', 'ifneq'), text(variables, 1), fc.constantFrom('', 'y', 'm', 'yy', 'a.o'))
    .map(([k, a, b]) => `${k} (${a}, ${b})`),
  fc
    .tuple(fc.constantFrom('ifeq', 'ifneq'), configured, fc.constantFrom('', 'y', 'm'))
    .map(([k, a, b]) => `${k} "${a}" '${b}'`),
  fc
    .tuple(
      fc.constantFrom('ifdef', 'ifndef'),
      fc.oneof(
        symbol.map((name) => `CONFIG_${name}`),
        variable(variables),
        fc.constant('obj-m'),
      ),
    )
    .map(([k, a]) => `${k} ${a}`),
);

const definition = fc
  .tuple(fc.nat(variables - 1), text(0, 1), text(0, 1))
  .map(([number, a, b]) => `define v${number}\n${a}\n${b}\nendef`);

const evaluated = fc
  .tuple(fc.nat(variables - 1), text(0, 1))
  .map(([number, a]) => `$(eval v${number} += ${a})`);

const other = fc.oneof(
  fc.nat(variables - 1).map((number) => `undefine v${number}`),
  fc.constant('# a comment that goes on \\\nobj-m += comment.o'),
  fc.constant('$(obj)/a.o: b.o\n\tobj-m += recipe.o\n\t@echo $(CONFIG_A)'),
  fc.constant('  '),
);

function lines(depth: number): fc.Arbitrary<string> {
  const conditional =
    depth === 0
      ? listing
      : fc
          .tuple(test_, lines(depth - 1), fc.option(fc.tuple(fc.option(test_), lines(depth - 1))))
          .map(([test, body, otherwise]) => {
            if (!otherwise) return `${test}\n${body}\nendif`;
            return `${test}\n${body}\nelse ${otherwise[0] ?? ''}\n${otherwise[1]}\nendif # end`;
          });
  const line = fc.oneof(
    { weight: 4, arbitrary: assignment },
    { weight: 4, arbitrary: listing },
    { weight: 2, arbitrary: conditional },
    { weight: 1, arbitrary: fc.oneof(definition, evaluated, other) },
  );
  return fc.array(line, { minLength: 1, maxLength: depth > 1 ? 7 : 3 }).map((all) => all.join('\n'));
}

/** A folder's makefile that make accepts. */
export const makefile: fc.Arbitrary<string> = lines(2).map(
  (body) => `first = $1
both = $(2)$(1) $(2)
w-y := y.o
w-m = m.o $(CONFIG_B)
named = $(w-$(1))
${body}
`,
);
