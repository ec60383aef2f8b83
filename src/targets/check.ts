/** What a schema cannot say of a target list: how its parts go together. */
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import type { LocatedDocument, Path } from './document.ts';
import { fold, reservedLoaderNames } from './names.ts';
import type { Kernel, WrittenList, WrittenLoader } from './schema.ts';
import { longestDerivationName, upstreamServiceName } from './upstream.ts';

/**
 * Checks a document; `broken` names the loaders (and `series`, `arch` … of the kernel) that do not satisfy the schema,
 * whose insides are left alone.
 */
export function check(document: LocatedDocument, file: string, broken: ReadonlySet<string>): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report: Report = (code, path, part, message, hint, notes = []) => {
    found.push(diagnostic(code, message, { file, range: document.locate(path, part), hint, notes }));
  };
  const list = document.value as Partial<WrittenList> | null;
  const loaders = isRecord(list?.loaders) ? list.loaders : {};
  const sound = Object.entries(loaders).filter(([name]) => !broken.has(name));

  if (isRecord(list?.kernel)) checkKernel(list.kernel, report);
  for (const name of Object.keys(loaders)) {
    if (reservedLoaderNames.has(name)) {
      report(
        'reserved-name',
        ['loaders', name],
        'key',
        `a loader cannot be called \`${name}\``,
        'callPackage adds an attribute of that name to the set of loaders; choose another',
      );
    }
  }
  for (const [name, loader] of sound) checkLoader(name, loader, loaders, report);
  checkCycles(sound, report);
  checkAgreement(sound, report);
  return found;
}

type Report = (
  code: Diagnostic['code'],
  path: Path,
  part: 'key' | 'value',
  message: string,
  hint?: string,
  notes?: string[],
) => void;

function checkKernel({ series, source, build, arch }: Kernel, report: Report): void {
  const fail = (message: string, hint: string): void =>
    report('invalid-kernel', ['kernel'], 'key', message, hint);
  if (series !== undefined && source !== undefined) {
    fail(
      '`kernel` has `series` and `source`, which say the same thing twice',
      'give one of the two; a `build` tree may stand beside it',
    );
  } else if (series === undefined && source === undefined && build === undefined) {
    fail(
      '`kernel` has none of `series`, `source` and `build`',
      'give a shipped `series` or a `source` tree, and where there is one, a `build` tree',
    );
  } else if (arch === undefined && build === undefined) {
    // Built modules say it themselves.
    fail('`kernel` has no `arch`', "give the folder of the kernel's arch/: mips, arm, arm64 or x86");
  }
}

function checkLoader(
  name: string,
  loader: WrittenLoader,
  all: Record<string, unknown>,
  report: Report,
): void {
  const path = ['loaders', name] as const;
  checkRepeats(loader.targets, [...path, 'targets'], 'value', report);
  checkRepeats(Object.keys(loader.parameters ?? {}), [...path, 'parameters'], 'key', report);
  loader.dependencies?.forEach((dependency, index) => {
    if (typeof dependency !== 'string' || Object.hasOwn(all, dependency)) return;
    report(
      'unknown-dependency',
      [...path, 'dependencies', index],
      'value',
      `there is no loader \`${dependency}\` in this list`,
      didYouMean(dependency, Object.keys(all)) ??
        `a service of the system is written { config: services.${dependency} }`,
    );
  });
  if (loader.compat && Object.keys(loader.parameters ?? {}).length > 0) {
    report(
      'parameters-with-compat',
      [...path, 'parameters'],
      'key',
      `loader \`${name}\` has \`parameters\`, which \`compat: true\` cannot pass on`,
      "upstream's loader gives insmod no parameters: remove one of the two",
    );
  }
  const compatName = upstreamServiceName([...new Set(loader.targets)]);
  if (loader.compat && compatName.length > longestDerivationName) {
    report(
      'long-compat-name',
      [...path, 'compat'],
      'key',
      `the service of loader \`${name}\` gets a name of ${compatName.length} characters`,
      `nixpkgs keeps the last ${longestDerivationName} of it; without \`compat\` it is called kmod-${name}`,
    );
  }
}

function checkRepeats(modules: readonly string[], path: Path, part: 'key' | 'value', report: Report): void {
  const seen = new Map<string, string>();
  modules.forEach((module, index) => {
    const first = seen.get(fold(module));
    const here = [...path, part === 'key' ? module : index];
    if (first === undefined) seen.set(fold(module), module);
    else if (first === module) {
      report(
        'duplicate-target',
        here,
        part,
        `\`${module}\` is there twice`,
        'one of them can go; it is loaded once',
      );
    } else {
      report(
        'duplicate-after-folding',
        here,
        part,
        `\`${module}\` is the same module as \`${first}\` above`,
        'to modprobe `-` and `_` are one; keep one of the two',
      );
    }
  });
}

/** Reports each cycle of loaders that depend on one another once, at its first loader. */
function checkCycles(loaders: [string, WrittenLoader][], report: Report): void {
  const dependencies = new Map(
    loaders.map(([name, { dependencies = [] }]) => [
      name,
      dependencies.filter((one) => typeof one === 'string'),
    ]),
  );
  const done = new Set<string>();
  for (const start of dependencies.keys()) {
    // Depth first without recursion: a chain may be as long as the list.
    const trail: { name: string; next: number }[] = [];
    const onTrail = new Set<string>();
    const enter = (name: string) => {
      trail.push({ name, next: 0 });
      onTrail.add(name);
    };
    if (!done.has(start)) enter(start);
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const next = dependencies.get(top.name)?.[top.next++];
      if (next === undefined) {
        trail.pop();
        onTrail.delete(top.name);
        done.add(top.name);
      } else if (onTrail.has(next)) {
        const names = trail.map(({ name }) => name);
        const cycle = [...names.slice(names.indexOf(next)), next];
        const [first, second] = cycle as [string, string];
        const shown = cycle.length > 12 ? [...cycle.slice(0, 6), '…', ...cycle.slice(-5)] : cycle;
        report(
          'loader-cycle',
          ['loaders', first, 'dependencies', Math.max(0, indexOfDependency(loaders, first, second))],
          'value',
          `these loaders wait for one another: ${shown.join(' → ')}`,
          'remove one of the dependencies',
        );
      } else if (dependencies.has(next) && !done.has(next)) enter(next);
    }
  }
}

function indexOfDependency(loaders: [string, WrittenLoader][], from: string, to: string): number {
  return loaders.find(([name]) => name === from)?.[1].dependencies?.indexOf(to) ?? 0;
}

/** All loaders run in one system: a symbol has one value in it, and a module one set of parameters. */
function checkAgreement(loaders: [string, WrittenLoader][], report: Report): void {
  const symbols = new Map<string, { value: string; loader: string }>();
  const parameters = new Map<string, { value: string; loader: string }>();
  for (const [name, loader] of loaders) {
    for (const [symbol, value] of Object.entries(loader.kernelConfig ?? {})) {
      const first = symbols.get(symbol);
      if (!first) symbols.set(symbol, { value, loader: name });
      else if (first.value !== value) {
        report(
          'symbol-conflict',
          ['loaders', name, 'kernelConfig', symbol],
          'value',
          `${symbol} is ${value} here and ${first.value} in loader \`${first.loader}\``,
          'one kernel serves all loaders: give it one value',
        );
      }
    }
    for (const [module, values] of Object.entries(loader.parameters ?? {})) {
      const value = JSON.stringify(Object.entries(values).sort());
      const first = parameters.get(fold(module));
      if (!first) parameters.set(fold(module), { value, loader: name });
      else if (first.value !== value) {
        report(
          'parameter-conflict',
          ['loaders', name, 'parameters', module],
          'key',
          `\`${module}\` gets other parameters in loader \`${first.loader}\``,
          'the loader that is up first decides; give both the same',
        );
      }
    }
  }
}

function isRecord<T extends object>(value: T | undefined | null): value is T {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
