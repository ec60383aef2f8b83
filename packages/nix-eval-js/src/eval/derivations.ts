/** The derivations in a value, as nix-instantiate finds them. */
import { isStorePath } from '../store/paths.ts';
import { showName } from '../syntax/quote.ts';
import { Attrs } from './attrs.ts';
import { coerceToString, isDerivation } from './coerce.ts';
import type { Evaluator } from './evaluator.ts';
import { trace } from './types.ts';
import { determinePos, force, type List, type Slot } from './values.ts';

export interface FoundDerivation {
  readonly drvPath: string;
  readonly output: string;
}

const attrName = /^[A-Za-z_][A-Za-z0-9_+-]*$/;

/**
 * A derivation itself, or those in a set or list of them; sets in sets only if they ask for it. All are looked
 * for before the first is given; a path that is missing is an error when its turn comes.
 */
export function* findDerivations(ev: Evaluator, slot: Slot, autoArgs: Attrs): Generator<FoundDerivation> {
  for (const attrs of findSets(ev, slot, autoArgs)) yield describe(ev, attrs);
}

function describe(ev: Evaluator, attrs: Attrs): FoundDerivation {
  const slot = attrs.get('drvPath');
  if (slot === undefined) ev.fail('eval', "derivation does not contain a 'drvPath' attribute");
  const pos = attrs.posOf('drvPath');
  const context = "while evaluating the 'drvPath' attribute of a derivation";
  const drvPath = coerceToString(ev, pos, slot, new Set(), context, false, false, true);
  try {
    if (!isStorePath(drvPath, ev.storeDir)) ev.fail('eval', `path '${drvPath}' is not in the Nix store`);
    if (!drvPath.endsWith('.drv')) {
      const base = drvPath.slice(ev.storeDir.length + 1);
      ev.fail('eval', `store path '${base}' is not a valid derivation path`);
    }
  } catch (error) {
    throw trace(error, pos, context);
  }
  const outputName = attrs.get('outputName');
  const output =
    outputName === undefined
      ? ''
      : ev.forcePlainString(outputName, 0, 'while evaluating the output name of a derivation');
  if (output === '') ev.fail('eval', `derivation '${drvPath}' lacks an 'outputName' attribute`);
  return { drvPath, output };
}

function findSets(ev: Evaluator, slot: Slot, autoArgs: Attrs): Attrs[] {
  const out: Attrs[] = [];
  const seen = new Set<Attrs>();

  /** Whether a value is a derivation, which is then taken. */
  const take = (item: Slot): boolean => {
    const value = force(item, determinePos(item, 0));
    if (!isDerivation(value)) return false;
    const attrs = value as Attrs;
    if (!seen.has(attrs)) {
      seen.add(attrs);
      const name = attrs.get('name');
      if (name === undefined) ev.fail('type', 'derivation name missing');
      ev.forcePlainString(name, 0, "while evaluating the 'name' attribute of a derivation");
      out.push(attrs);
    }
    return true;
  };

  const visit = (item: Slot): void => {
    ev.enter(0);
    const value = ev.autoCall(autoArgs, item);
    if (take(value)) {
      // Nothing is looked for in it.
    } else if (value instanceof Attrs) {
      if (!seen.has(value)) {
        seen.add(value);
        value.names.forEach((name, i) => {
          if (attrName.test(name)) visitAttribute(value, name, value.values[i]!);
        });
      }
    } else if (Array.isArray(value)) {
      for (const element of value as List) if (!take(element)) visit(element);
    } else ev.fail('type', 'expression does not evaluate to a derivation (or a set or list of those)');
    ev.depth--;
  };

  const visitAttribute = (set: Attrs, name: string, item: Slot): void => {
    try {
      if (take(item)) return;
      const value = force(item, 0);
      const recurse = value instanceof Attrs ? value.get('recurseForDerivations') : undefined;
      if (recurse === undefined) return;
      const pos = (value as Attrs).posOf('recurseForDerivations');
      if (ev.forceBool(recurse, pos, 'while evaluating the attribute `recurseForDerivations`')) visit(value);
    } catch (error) {
      throw trace(error, set.posOf(name), `while evaluating the attribute '${showName(name)}'`);
    }
  };

  visit(slot);
  return out;
}
