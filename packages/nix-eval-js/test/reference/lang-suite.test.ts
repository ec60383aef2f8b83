import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Kind, type Outcome, runSuite } from './suite.ts';

/** A checkout of NixOS/nix 2.36. */
const source = process.env.NIX_SRC;
const isThere = source !== undefined && existsSync(join(source, 'tests/functional/lang.sh'));

/** Tests whose standard error differs, each with its reason. */
const otherErrors: Record<string, string> = {
  'eval-fail-derivation-name': "frames show the text of Nix's own derivation.nix",
  'eval-fail-derivation-stack-trace': 'the same',
  'eval-fail-derivation-structuredAttrs-stack-overflow': 'the same',
  'eval-fail-fromTOML-keyWithNullByte': 'messages of the TOML library behind Nix',
  'eval-fail-fromTOML-overflow': 'the same',
  'eval-fail-fromTOML-underflow': 'the same',
  'eval-fail-fromTOML-valueWithNullByte': 'the same',
};

describe.skipIf(!isThere)('the language suite of Nix (NIX_SRC)', () => {
  const outcomes = isThere ? runSuite(source) : [];
  const of = (kind: Kind): Outcome[] => outcomes.filter((outcome) => outcome.kind === kind);
  const failed = (kind: Kind, passes: (outcome: Outcome) => boolean): string[] =>
    of(kind)
      .filter((outcome) => !passes(outcome))
      .map((outcome) => outcome.name);

  it('is all run', () => {
    const counts = Object.fromEntries(
      (['eval-okay', 'eval-fail', 'parse-okay', 'parse-fail'] as const).map((kind) => {
        const all = of(kind);
        const whole = all.filter(({ code, out, err }) => code && out && err).length;
        const right = all.filter(({ code, out }) => code && out).length;
        return [kind, `${right} of ${all.length}, ${whole} with stderr equal`];
      }),
    );
    console.log(counts);
    expect(of('eval-okay').length).toBeGreaterThanOrEqual(148);
    expect(of('eval-fail').length).toBeGreaterThanOrEqual(283);
  });

  for (const kind of ['eval-okay', 'parse-okay', 'parse-fail'] as const) {
    it(kind, () => {
      expect(failed(kind, ({ code, out, err }) => code && out && err)).toEqual([]);
    });
  }

  it('eval-fail', () => {
    expect(failed('eval-fail', ({ code }) => code)).toEqual([]);
    expect(failed('eval-fail', ({ name, err }) => err || name in otherErrors)).toEqual([]);
  });
});
