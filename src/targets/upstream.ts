/** What it takes to behave as upstream's kmodloader does. */
import { type Diagnostic, diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import type { TargetList } from './target-list.ts';

/** The longest name nixpkgs gives a derivation; of a longer one it keeps the end. */
export const longestDerivationName = 207;

/** The name upstream gives the service for `targets`. */
export function upstreamServiceName(targets: readonly string[]): string {
  return `kmodloader-${targets.join('-')}`;
}

/**
 * The list with every loader as upstream's, and the warnings that come of it.
 *
 * @throws Failure with `parameters-with-compat`
 */
export function asUpstream(list: TargetList): { list: TargetList; warnings: Diagnostic[] } {
  const wrong = list.loaders.filter(({ parameters }) => parameters.size > 0);
  if (wrong.length > 0) {
    throw new Failure(
      ...wrong.map(({ name }) =>
        diagnostic(
          'parameters-with-compat',
          `loader \`${name}\` has \`parameters\`, which --compat cannot pass on`,
          {
            hint: "upstream's loader gives insmod no parameters: remove one of the two",
          },
        ),
      ),
    );
  }
  const warnings = list.loaders
    .filter(({ targets, compat }) => !compat && upstreamServiceName(targets).length > longestDerivationName)
    .map(({ name, targets }) => {
      const { length } = upstreamServiceName(targets);
      return diagnostic(
        'long-compat-name',
        `the service of loader \`${name}\` gets a name of ${length} characters`,
        {
          hint: `nixpkgs keeps the last ${longestDerivationName} of it; without --compat it is called kmod-${name}`,
        },
      );
    });
  return {
    list: { ...list, loaders: list.loaders.map((loader) => ({ ...loader, compat: true })) },
    warnings,
  };
}
