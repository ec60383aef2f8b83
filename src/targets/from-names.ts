/** Module names from the command line → a list of one loader. The rules are those of a list in a file. */
import { type Diagnostic, diagnostic, Failure, hasError } from '../diagnostics/diagnostic.ts';
import { fold, loaderPattern, reservedLoaderNames } from './names.ts';
import { makeLoader, type ReadResult } from './target-list.ts';

/**
 * @param names that are module names one by one
 * @throws Failure with `invalid-loader-name`, `reserved-name` or `duplicate-after-folding`
 */
export function listOfNames(names: readonly string[], loader: string): ReadResult {
  const diagnostics: Diagnostic[] = [];
  if (!loaderPattern.test(loader)) {
    diagnostics.push(
      diagnostic('invalid-loader-name', `${JSON.stringify(loader.slice(0, 80))} is no loader name`, {
        hint: 'a name is a lower-case letter, then up to 62 lower-case letters, digits and dashes',
      }),
    );
  }
  if (reservedLoaderNames.has(loader)) {
    diagnostics.push(
      diagnostic('reserved-name', `a loader cannot be called \`${loader}\``, { hint: 'choose another name' }),
    );
  }
  const modules = new Map<string, string>();
  for (const name of names) {
    const first = modules.get(fold(name));
    if (first === undefined) modules.set(fold(name), name);
    else diagnostics.push(repeated(name, first));
  }
  if (hasError(diagnostics)) throw new Failure(...diagnostics);
  return { list: { loaders: [makeLoader(loader, [...modules.values()])] }, warnings: diagnostics };
}

function repeated(name: string, first: string): Diagnostic {
  return name === first
    ? diagnostic('duplicate-target', `\`${name}\` is there twice; it is loaded once`)
    : diagnostic('duplicate-after-folding', `\`${name}\` is the same module as \`${first}\``, {
        hint: 'to modprobe `-` and `_` are one; keep one of the two',
      });
}
