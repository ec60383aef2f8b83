/** What loaders load of a built kernel: as data for `--json`, and as text. */
import { visible } from '../diagnostics/frame.ts';
import { type BuiltKernel, type Closures, pathInSources } from '../kernel/built.ts';
import type { GivenParameter } from '../kernel/modules/check-parameters.ts';
import type { Closure, ClosureModule, Step } from '../kernel/modules/closure.ts';
import { type PackedSizes, packedSizes } from '../kernel/modules/sizes.ts';
import { shareOf } from './flash.ts';
import type { LoadedLoader } from './result.ts';
import { columns, count } from './table.ts';

/** Measures modules, each once, however many loaders have it. */
export function measure({ graph }: BuiltKernel): (modules: readonly ClosureModule[]) => PackedSizes {
  const known = new Map<string, PackedSizes>();
  const sizeOf = ({ module }: ClosureModule): PackedSizes => {
    const size = known.get(module.name) ?? packedSizes([graph.file(module)]);
    known.set(module.name, size);
    return size;
  };
  return (modules) => {
    const sum = { raw: 0, gzip: 0, zstd: 0, xz: 0 };
    for (const module of modules) {
      const size = sizeOf(module);
      for (const way of ['raw', 'gzip', 'zstd', 'xz'] as const) sum[way] += size[way];
    }
    return sum;
  };
}

/** A loader's closure as `--json` has it. */
export function closureResult(
  { graph }: BuiltKernel,
  closure: Closure,
  sizes: PackedSizes,
  parameters: readonly GivenParameter[] = [],
): LoadedLoader {
  return {
    closure: closure.modules.map(({ module, bytes, required, targets, chain }) => ({
      module: module.name,
      path: pathInSources(graph, module.path),
      bytes,
      required,
      targets,
      because: chain.map(({ name, how }) => ({ module: name, how })),
    })),
    builtin: closure.builtin,
    softdeps: closure.softdeps,
    firmware: closure.firmware,
    parameters: parameters.map(({ type, ...each }) => ({ ...each, ...(type !== undefined && { type }) })),
    sizes: { ...sizes },
  };
}

/** A loader's targets where nothing is known but the built kernel. */
export function builtTargets({ graph, lookup }: BuiltKernel, closure: Closure) {
  const found = closure.targets.filter(({ modules, builtin }) => modules.length + builtin.length > 0);
  return {
    targets: found.map(({ target, modules: [name], builtin: [inside] }) => ({
      target,
      path:
        name === undefined
          ? (lookup.builtin.modules.get(inside!)?.path ?? inside!)
          : pathInSources(graph, graph.find(name)!.path),
      symbols: [],
      status: name === undefined ? ('builtin' as const) : ('module' as const),
    })),
    unknown: closure.targets.filter((each) => !found.includes(each)).map(({ target }) => target),
    assignments: [],
  };
}

/** Every module there is, by path; symbols are not known. */
export function everyBuilt({ graph }: BuiltKernel) {
  return graph.modules
    .map(({ name, path }) => ({ module: name, path: pathInSources(graph, path), symbols: [] as string[] }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The lines of a loader: what it loads and why, softdeps, firmware, what its parameters were held against; with its share of
 * `flash` bytes, if there are such.
 */
export function closureLines(
  closure: Closure,
  sizes: PackedSizes,
  flash?: number,
  parameters: readonly GivenParameter[] = [],
): string[] {
  const { modules, builtin, softdeps, firmware } = closure;
  const section = (title: string, rows: readonly (readonly string[])[], right: readonly number[] = []) =>
    rows.length === 0 ? [] : [`  ${title}`, ...columns(rows, right).map((line) => `    ${line}`)];
  return [
    ...section(
      `loads ${count(modules.length, 'module')}, ${describeSizes(sizes)}${
        flash === undefined ? '' : `, ${shareOf({ bytes: flash, taken: sizes.xz })} of the flash`
      }`,
      modules.map(({ module, bytes, chain }) => [module.name, String(bytes), reasonOf(chain)]),
      [1],
    ),
    ...section(
      'in the kernel itself',
      builtin.map(({ name, targets }) => [name, `for ${targets.join(', ')}`]),
    ),
    ...section(
      'softdeps',
      softdeps.map(({ module, line, counts, names }) => [
        module,
        line,
        counts ? `finds ${foundOf(names)}` : 'ignored: modprobe reads the first line only',
      ]),
    ),
    ...section(
      `firmware, ${count(firmware.length, 'file')}; a device needs those of its own chips`,
      firmware.map(({ file, modules }) => [file, modules.join(', ')]),
    ),
    ...section(
      'parameters',
      parameters.map(({ module, name, value, type }) => [
        module,
        visible(`${name}=${value}`),
        type ?? 'no type is given, so any value is taken here',
      ]),
    ),
  ];
}

/** All loaders together: what two of them load is there once. */
export function totalLine({ loaders, modules }: Closures, sizes: PackedSizes): string {
  return `all ${loaders.length} loaders: ${count(modules.length, 'module')}, ${describeSizes(sizes)}`;
}

function describeSizes({ raw, gzip, zstd, xz }: PackedSizes): string {
  return `${raw} bytes (in a squashfs about ${xz} with xz, ${zstd} with zstd, ${gzip} with gzip)`;
}

/** How a module came in, in words; empty for a target itself. */
export function reasonOf(chain: readonly Step[]): string {
  if (chain.length < 2) return '';
  return chain.map(({ name, how }) => (how === 'target' ? name : `${words[how]} ${name}`)).join(' ');
}

const words = { needs: 'needs', pre: 'has the softdep pre:', post: 'has the softdep post:' };

function foundOf(names: Closure['softdeps'][number]['names']): string {
  const found = names.flatMap((each) => each.found);
  const lost = names.filter((each) => each.found.length === 0).map(({ name }) => name);
  const parts = [...(found.length > 0 ? [found.join(', ')] : []), ...lost.map((name) => `no ${name}`)];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
