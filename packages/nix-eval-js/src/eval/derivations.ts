/** The derivations in a value, as nix-instantiate finds them. */

import { Attrs } from './attrs.ts';
import { coerceToString } from './coerce.ts';
import { NixError } from './errors.ts';
import type { Evaluator } from './evaluator.ts';
import { bytesOf, force, isString, type List, type Slot } from './values.ts';

export interface FoundDerivation {
  readonly drvPath: string;
  readonly output: string;
}

const attrName = /^[A-Za-z_][A-Za-z0-9_+-]*$/;

/** A derivation itself, or those in a set or list of them; sets in sets only if they ask for it. */
export function findDerivations(ev: Evaluator, slot: Slot, autoArgs: Attrs): FoundDerivation[] {
  const out: FoundDerivation[] = [];
  const seen = new Set<Attrs>();

  const string = (attrs: Attrs, name: string): string | undefined => {
    const value = attrs.get(name);
    if (value === undefined) return undefined;
    return coerceToString(
      ev,
      attrs.posOf(name),
      value,
      new Set(),
      `while evaluating the '${name}' attribute of a derivation`,
    );
  };

  const add = (value: Attrs): void => {
    if (seen.has(value)) return;
    seen.add(value);
    const drvPath = string(value, 'drvPath');
    if (drvPath === undefined) ev.fail('eval', "derivation does not contain a 'drvPath' attribute");
    const context = new Set<string>();
    const outputName = value.get('outputName');
    const output =
      outputName === undefined
        ? ''
        : ev.forceStringInto(outputName, context, 0, 'while evaluating the output name of a derivation');
    if (output === '') ev.fail('eval', `derivation '${drvPath}' lacks an 'outputName' attribute`);
    out.push({ drvPath, output });
  };

  const visit = (item: Slot, top: boolean): void => {
    const value = ev.autoCall(autoArgs, item);
    if (value instanceof Attrs) {
      if (isDerivation(ev, value, top)) {
        add(value);
        return;
      }
      if (seen.has(value)) return;
      seen.add(value);
      value.names.forEach((name, i) => {
        if (!attrName.test(name)) return;
        const inner = ev.autoCall(autoArgs, value.values[i]!);
        if (!(inner instanceof Attrs)) return;
        if (isDerivation(ev, inner, false)) add(inner);
        else {
          const recurse = inner.get('recurseForDerivations');
          if (
            recurse !== undefined &&
            ev.forceBool(
              recurse,
              inner.posOf('recurseForDerivations'),
              'while evaluating the attribute `recurseForDerivations`',
            )
          ) {
            visit(inner, false);
          }
        }
      });
    } else if (Array.isArray(value)) {
      for (const element of value as List) visit(element, false);
    } else ev.fail('type', 'expression does not evaluate to a derivation (or a set or list of those)');
  };
  visit(slot, true);
  return out;
}

/** What a failed assertion hides is skipped below the top. */
function isDerivation(ev: Evaluator, value: Attrs, top: boolean): boolean {
  const { depth } = ev;
  try {
    const type = value.get('type');
    if (type === undefined) return false;
    const forced = force(type, value.posOf('type'));
    return isString(forced) && bytesOf(forced) === 'derivation';
  } catch (error) {
    if (top || !(error instanceof NixError) || error.code !== 'assert') throw error;
    ev.depth = depth;
    return false;
  }
}
