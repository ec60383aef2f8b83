import { random } from './kconfig-tool.ts';

/*
 * Kconfig files at random, with everything the language has in combinations no kernel uses, read and evaluated beside the
 * kernel's tool. Symbols depend on those before them and select those after them, so nothing depends on itself.
 */

type Type = 'bool' | 'tristate' | 'int' | 'hex' | 'string';

/** @param old as files up to 5.13 mark the symbol for modules */
export function randomFile(seed: number, classic: boolean, old = false): string {
  const next = random(seed);
  const below = (count: number) => Math.floor(next() * count);
  const chance = (probability: number) => next() < probability;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const types: Type[] = [];
  const total = 4 + below(30);
  const inChoice = new Set<number>();
  const lines: string[] = [
    ...['mainmenu "Random"', 'config MODULES', '\tbool "modules"', old ? '\toption modules' : '\tmodules'],
  ];
  if (chance(0.7)) lines.push('\tdefault y');

  const logical = (before: number) =>
    types.flatMap((type, index) =>
      index < before && (type === 'bool' || type === 'tristate') ? [index] : [],
    );
  const textual = (before: number) =>
    types.flatMap((type, index) => (index < before && type !== 'bool' && type !== 'tristate' ? [index] : []));
  const leaf = (before: number): string => {
    const known = logical(before);
    if (known.length === 0 || chance(0.1)) return pick(['y', 'm', 'n', 'MODULES', 'UNDEFINED']);
    return `S${pick(known)}`;
  };
  const condition = (before: number, depth = 0): string => {
    const draw = next();
    if (depth > 2 || draw < 0.4) return leaf(before);
    if (draw < 0.5) return `!${leaf(before)}`;
    if (draw < 0.58) {
      const right = pick(['y', 'm', 'n', leaf(before)]);
      // Of `BOOL != y` the tool of 6.12 takes a symbol for an expression (expr_transform), and gives what it gives.
      const operator = pick(right === 'y' && !classic ? ['=', '<', '>='] : ['=', '!=', '<', '>=']);
      return `${leaf(before)} ${operator} ${right}`;
    }
    if (draw < 0.64) {
      const known = textual(before);
      if (known.length === 0) return leaf(before);
      return `S${pick(known)} ${pick(['=', '!=', '<', '<=', '>', '>='])} ${pick(['5', '0x10', '"text"', '""', `S${pick(known)}`])}`;
    }
    if (draw < 0.7) return `!(${condition(before, depth + 1)})`;
    const operator = pick(['&&', '||']);
    return `(${condition(before, depth + 1)} ${operator} ${condition(before, depth + 1)})`;
  };
  const maybeIf = (before: number, probability = 0.4) =>
    chance(probability) ? ` if ${condition(before)}` : '';
  const number = (type: Type) => (type === 'hex' ? `0x${below(64).toString(16)}` : String(below(64)));

  const config = (index: number, forced?: Type, member = false, before = index) => {
    const type =
      forced ?? pick<Type>(['bool', 'bool', 'tristate', 'tristate', 'tristate', 'int', 'hex', 'string']);
    types[index] = type;
    lines.push(`${chance(0.1) && !member ? 'menuconfig' : 'config'} S${index}`);
    const prompt = member || chance(0.7);
    lines.push(`\t${type}${prompt ? ` "prompt ${index}"${maybeIf(before, 0.2)}` : ''}`);
    options(index, type, member, before);
  };
  const options = (index: number, type: Type, member: boolean, before = index) => {
    for (let count = below(3); count > 0; count--) lines.push(`\tdepends on ${condition(before)}`);
    if (!member) {
      for (let count = below(3); count > 0; count--) {
        const known = textual(index);
        const value =
          type === 'bool' || type === 'tristate'
            ? condition(index)
            : type === 'string'
              ? pick(['"text"', '""', '"a \\"quote\\" and \\\\"', ...known.map((other) => `S${other}`)])
              : pick([
                  number(type),
                  number(type),
                  ...known.filter((other) => types[other] === type).map((other) => `S${other}`),
                ]);
        lines.push(`\tdefault ${value}${maybeIf(index)}`);
      }
    }
    if ((type === 'int' || type === 'hex') && chance(0.4)) {
      const [low, high] = [below(32), 32 + below(32)].map((value) =>
        type === 'hex' ? `0x${value.toString(16)}` : value,
      );
      lines.push(`\trange ${low} ${high}${maybeIf(index, 0.3)}`);
    }
    if (type === 'bool' || type === 'tristate') {
      for (let count = below(3); count > 0 && index + 1 < total; count--) {
        const target = index + 1 + below(total - index - 1);
        lines.push(`\t${chance(0.7) ? 'select' : 'imply'} T${target}${maybeIf(before)}`);
      }
    }
    if (chance(0.2)) lines.push('\thelp', `\t  Text of ${index}.`, '', '\t  More.');
  };

  let index = 0;
  const blocks: string[] = [];
  while (index < total) {
    const draw = next();
    if (draw < 0.1 && blocks.length < 4) {
      const kind = pick(['menu', 'if']);
      blocks.push(kind);
      if (kind === 'if') lines.push(`if ${condition(index)}`);
      else {
        lines.push(`menu "menu ${index}"`);
        if (chance(0.4)) lines.push(`\tdepends on ${condition(index)}`);
        if (chance(0.3)) lines.push(`\tvisible if ${condition(index)}`);
      }
    } else if (draw < 0.2 && blocks.length > 0) lines.push(`end${blocks.pop()}`);
    else if (draw < 0.25) {
      lines.push(`comment "comment ${index}"`);
      if (chance(0.5)) lines.push(`\tdepends on ${condition(index)}`);
    } else if (draw < 0.36 && index + 2 < total) {
      const first = index;
      const type: Type = classic && chance(0.3) ? 'tristate' : 'bool';
      const members = 2 + below(3);
      lines.push('choice', `\tprompt "choice ${index}"${maybeIf(first, 0.3)}`);
      if (classic) lines.push(`\t${type}`);
      if (classic && chance(0.2)) lines.push('\toptional');
      if (chance(0.4)) lines.push(`\tdepends on ${condition(first)}`);
      for (let count = below(3); count > 0; count--) {
        lines.push(`\tdefault S${first + below(Math.min(members, total - first))}${maybeIf(first)}`);
      }
      for (let count = 0; count < members && index < total; count++, index++) {
        inChoice.add(index);
        // Members must not depend on each other: now and then one does, which is an error for both. Not in a classic
        // choice: there the tool puts such a member under the other one, if its simplified condition asks for as much.
        config(index, type, true, classic || chance(0.98) ? first : index);
      }
      lines.push('endchoice');
    } else config(index++);
  }
  while (blocks.length > 0) lines.push(`end${blocks.pop()}`);
  // Defined again, elsewhere.
  for (let again = 0; again < total; again++) {
    if (inChoice.has(again) || !chance(0.1)) continue;
    lines.push(`config S${again}`);
    if (chance(0.3)) lines.push(`\tprompt "prompt ${again} again"`);
    options(again, types[again]!, false);
  }
  // Only bools and tristates outside of choices can be selected; what else was named goes.
  return `${lines
    .filter((line) => {
      const target = /^\t(?:select|imply) T(\d+)/.exec(line);
      if (!target) return true;
      const type = types[Number(target[1])];
      return (type === 'bool' || type === 'tristate') && !inChoice.has(Number(target[1]));
    })
    .map((line) => line.replace(/^(\t(?:select|imply) )T/, '$1S'))
    .join('\n')}\n`;
}
