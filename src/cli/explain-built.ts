/** What a built kernel says of a module: as data for `--json`, and as lines. */
import { visible } from '../diagnostics/frame.ts';
import { type BuiltKernel, type Closures, pathInSources } from '../kernel/built.ts';
import { explainModule, type ModuleFacts } from '../kernel/modules/explain.ts';
import type { Description } from '../kernel/modules/modinfo.ts';
import { reasonOf } from './closure.ts';
import type { BuiltModule } from './result.ts';

/** Names that are shown; of the rest there is the number. `--json` has them all. */
const most = 12;
const mostSymbols = 4;

interface Explained {
  readonly modules: BuiltModule[];
  readonly lines: string[];
}

/**
 * All that `name`, a module or an alias, stands for; empty where the kernel has nothing of that name. `closures` say which
 * loaders load it.
 */
export function explainBuilt(
  built: BuiltKernel,
  name: string,
  closures?: Closures,
  isAlias = false,
): Explained {
  const { graph, lookup } = built;
  const found = explainModule(graph, lookup, name);
  switch (found?.kind) {
    case undefined:
      return { modules: [], lines: [] };
    case 'alias': {
      // A list of what is builtin can have aliases of what it does not list, and these can match themselves.
      if (isAlias) return { modules: [], lines: [] };
      const all = found.names.map((each) => explainBuilt(built, each, closures, true));
      return {
        modules: all.flatMap(({ modules }) => modules),
        lines: [`alias ${name}: stands for ${found.names.join(', ')}`, ...all.flatMap(({ lines }) => lines)],
      };
    }
    case 'builtin': {
      const { name: own, path, description } = found;
      return {
        modules: [{ module: own, path, builtin: true, ...said(description) }],
        lines: [`built in: ${path}`, ...saidLines(description)],
      };
    }
    case 'module': {
      const { module } = found;
      const path = pathInSources(graph, module.path);
      const loads = loadsOf(module.name, closures);
      return {
        modules: [
          {
            module: module.name,
            path,
            builtin: false,
            loadedBy: loads.map(({ loader }) => loader),
            ...said(module.description),
            ...linked(module),
          },
        ],
        lines: [
          `built: ${path}, ${module.bytes} bytes`,
          ...loads.flatMap(({ loader, why }) => line('loaded by', why === '' ? loader : `${loader}: ${why}`)),
          ...linkedLines(module),
          ...saidLines(module.description),
        ],
      };
    }
  }
}

function loadsOf(name: string, closures: Closures | undefined): { loader: string; why: string }[] {
  return (closures?.loaders ?? []).flatMap(({ name: loader, closure }) => {
    const found = closure.modules.find(({ module }) => module.name === name);
    return found ? [{ loader, why: reasonOf(found.chain) }] : [];
  });
}

function said(description: Description) {
  const { license, description: text, aliases, softdeps, firmware, parameters } = description;
  return {
    ...(text !== undefined && { description: text }),
    ...(license !== undefined && { license }),
    parameters: parameters.map(({ name, type, description: text }) => ({
      name,
      ...(type !== undefined && { type }),
      ...(text !== undefined && { description: text }),
    })),
    firmware,
    softdeps,
    aliases,
  };
}

function linked({
  bytes,
  needs,
  needsIndirectly,
  neededBy,
  neededByIndirectly,
  softdepOf,
  exports,
}: ModuleFacts) {
  const named = (all: ModuleFacts['needs']) => all.map(({ name, symbols }) => ({ module: name, symbols }));
  return {
    bytes,
    needs: named(needs),
    needsIndirectly,
    neededBy: named(neededBy),
    neededByIndirectly,
    softdepOf: softdepOf.map(({ name, when, as }) => ({ module: name, when, as })),
    exports: exports.map(({ name, gpl, namespace }) => ({
      name,
      ...(gpl !== undefined && { gpl }),
      ...(namespace !== undefined && { namespace }),
    })),
  };
}

function linkedLines({
  needs,
  needsIndirectly,
  neededBy,
  neededByIndirectly,
  softdepOf,
}: ModuleFacts): string[] {
  return [
    ...line('needs', some(needs.map(withSymbols))),
    ...line('through these', some(needsIndirectly)),
    ...line('needed by', some(neededBy.map(withSymbols))),
    ...line('through these', some(neededByIndirectly)),
    ...line('softdep of', some(softdepOf.map(({ name, when, as }) => `${name} (${when}: ${as})`))),
  ];
}

function saidLines({ description, license, aliases, softdeps, firmware, parameters }: Description): string[] {
  return [
    ...line('description', description ?? ''),
    ...line('license', license ?? ''),
    ...parameters.flatMap(({ name, type, description: text }) =>
      line(
        'parameter',
        `${name}: ${type ?? 'no type is given, any value is taken'}${text ? `, ${text}` : ''}`,
      ),
    ),
    ...line('firmware', some(firmware)),
    ...softdeps.flatMap((each, index) =>
      line('softdep', index === 0 ? each : `${each} (modprobe reads the first line only)`),
    ),
    ...line('aliases', some(aliases)),
  ];
}

function withSymbols({ name, symbols }: { name: string; symbols: readonly string[] }): string {
  const more = symbols.length - mostSymbols;
  return `${name} (${symbols.slice(0, mostSymbols).join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
}

function line(label: string, text: string): string[] {
  return text === '' ? [] : [`  ${label.padEnd(13)} ${visible(oneLine(text))}`];
}

function some(names: readonly string[]): string {
  return names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}

/** Authors of modules break lines as they like. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
