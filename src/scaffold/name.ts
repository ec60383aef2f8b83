/** What a scaffold's service can be called. */
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import { takenNames } from '../liminix/names.ts';
import { loaderPattern, reservedLoaderNames } from '../targets/names.ts';

/** What is wrong with `name` for a service and the loader of the same name, if anything. */
export function checkName(name: string): Diagnostic | undefined {
  if (!loaderPattern.test(name) || name.endsWith('-')) {
    return diagnostic(
      'invalid-service-name',
      `${JSON.stringify(name.slice(0, 80))} is no name for a service`,
      {
        hint: 'a name is a lower-case letter, then up to 62 lower-case letters, digits and dashes',
      },
    );
  }
  const owner = takenNames.has(name)
    ? 'Liminix'
    : reservedLoaderNames.has(name)
      ? "Nix's callPackage"
      : undefined;
  if (owner !== undefined) {
    return diagnostic('taken-service-name', `${owner} has something called \`${name}\` already`, {
      hint: `choose another name, such as \`my-${name}\``,
    });
  }
  return undefined;
}
