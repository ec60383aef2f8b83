/** What a search takes as given: what others have set, the machine, what is barred, and the values of texts and numbers. */
import { Evaluation, isLogical } from '../kconfig/evaluate.ts';
import type { ConfigSymbol, Kconfig } from '../kconfig/model.ts';
import type { Givens } from './bounds.ts';
import { barred, isMachine } from './machine.ts';

/** By symbol, as a `.config` has it, strings without quotes. */
export type Settings = ReadonlyMap<string, string>;

export function givensOf(kconfig: Kconfig, base: Settings, person: Settings): Givens {
  const evaluation = new Evaluation(kconfig, [...base, ...person]);
  const isSet = (name: string): boolean => base.has(name) || person.has(name);
  const isDecided = ({ name, choice }: ConfigSymbol): boolean => {
    if (choice === undefined) return isSet(name);
    const { chosen, visibility } = evaluation.state(choice);
    return visibility === 0 || isSet(name) || (chosen !== null && isSet(chosen));
  };
  /** Of several members of a choice that are set, one is picked. */
  const isOusted = ({ name, choice }: ConfigSymbol): boolean => {
    if (choice === undefined || kconfig.symbol(choice)?.type !== 'bool') return false;
    const set = person.get(name) ?? base.get(name);
    return set === 'y' && evaluation.state(choice).chosen !== name;
  };
  return (symbol) => {
    const { name } = symbol;
    if (!isLogical(symbol.type)) return { symbol: name, value: evaluation.value(name), by: 'text' };
    if (symbol.members) return undefined;
    const now = evaluation.value(name);
    if (person.has(name) && symbol.prompts.length > 0 && !isOusted(symbol))
      return { symbol: name, value: person.get(name), by: 'person' };
    if (barred.has(name)) return { symbol: name, value: now, by: 'barred' };
    if (isMachine(kconfig, symbol))
      return { symbol: name, value: now, by: 'machine', decided: isDecided(symbol) };
    const said = isOusted(symbol) ? undefined : base.get(name);
    return said === undefined || said === 'n' ? undefined : { symbol: name, value: said, by: 'base' };
  };
}
