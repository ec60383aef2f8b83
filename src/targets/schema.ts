/**
 * The target list's one definition: its types, its validation and `schema/targets.schema.json` come from here.
 *
 * A rule's message is the code its violation gets (see `read.ts`); `description` is what an editor shows.
 */
import * as v from 'valibot';
import type { Code } from '../diagnostics/codes.ts';
import {
  archPattern,
  attributePathPattern,
  loaderPattern,
  modulePattern,
  parameterPattern,
  parameterValuePattern,
  seriesPattern,
  symbolPattern,
  symbolValuePattern,
  textPattern,
} from './names.ts';

const text = (pattern: RegExp, code: Code) => v.pipe(v.string(), v.regex(pattern, code));

/** A strict object which reports every unknown field; valibot's own stops at the first. */
function fields<Entries extends v.ObjectEntries>(entries: Entries): v.StrictObjectSchema<Entries, undefined> {
  const closed = v.objectWithRest(entries, v.never('unknown-field' satisfies Code));
  return noList(closed) as unknown as v.StrictObjectSchema<Entries, undefined>;
}

/** Any names, each with a `value`. */
function record<Key extends v.GenericSchema<string>, Value extends v.GenericSchema>(key: Key, value: Value) {
  return noList(v.record(key, value));
}

/** To valibot a list is an object with the fields 0, 1, 2; here it is a mistake. */
function noList<Schema extends v.GenericSchema>(schema: Schema): Schema {
  const never = v.custom(() => false);
  const run: Schema['~run'] = (dataset, config) =>
    Array.isArray(dataset.value)
      ? (never['~run'](dataset, config) as never)
      : schema['~run'](dataset, config);
  return { ...schema, '~run': run };
}

/** Text that may look like a number: what counts is how it is written. Editors are told to accept the number. */
const asWritten = (pattern: RegExp, code: Code) =>
  v.pipe(v.string(), v.regex(pattern, code), v.metadata({ asWritten: true }));

const moduleName = text(modulePattern, 'invalid-module-name');

const service = fields({
  config: v.pipe(
    text(attributePathPattern, 'invalid-attribute-path'),
    v.description("A service, as an attribute path under Liminix's `config`, such as services.calibration."),
  ),
});

const dependency = v.union([
  v.pipe(text(loaderPattern, 'invalid-loader-name'), v.description('Another loader of this list.')),
  service,
]);

const loader = fields({
  description: v.optional(
    v.pipe(text(textPattern, 'invalid-text'), v.description('What the modules are for.')),
  ),
  targets: v.pipe(
    v.array(moduleName),
    v.minLength(1, 'empty-list'),
    v.description('Kernel modules, as modprobe takes them. What they depend on comes by itself.'),
  ),
  dependencies: v.optional(
    v.pipe(
      v.array(dependency),
      v.description('What is up before the modules load: a loader of this list, or { config: PATH }.'),
    ),
  ),
  parameters: v.optional(
    v.pipe(
      record(
        moduleName,
        record(
          text(parameterPattern, 'invalid-parameter'),
          asWritten(parameterValuePattern, 'invalid-parameter'),
        ),
      ),
      v.description('What insmod gives a module: { nf_conntrack: { hashsize: 4096 } }.'),
    ),
  ),
  kernelConfig: v.optional(
    v.pipe(
      record(text(symbolPattern, 'invalid-symbol'), asWritten(symbolValuePattern, 'invalid-symbol-value')),
      v.description('Kconfig symbols without CONFIG_, with y, m, n, a number or a string in its quotes.'),
    ),
  ),
  autostart: v.optional(
    v.pipe(v.boolean(), v.description('Whether the service starts by itself; true unless said otherwise.')),
  ),
  compat: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Upstream's loader exactly, its service name and its defects included."),
    ),
  ),
});

const kernel = fields({
  series: v.optional(
    v.pipe(
      asWritten(seriesPattern, 'invalid-kernel'),
      v.description('A kernel series whose index is shipped, such as 6.12.'),
    ),
  ),
  source: v.optional(
    v.pipe(text(textPattern, 'invalid-text'), v.description('A kernel source tree, or an index of one.')),
  ),
  build: v.optional(
    v.pipe(
      text(textPattern, 'invalid-text'),
      v.description(
        'A kernel after `make modules`, or a lib/modules/RELEASE; beside series or source, or alone.',
      ),
    ),
  ),
  arch: v.optional(
    v.pipe(
      text(archPattern, 'invalid-kernel'),
      v.description("As in the kernel's arch/: mips, arm, arm64, x86. Not needed with build."),
    ),
  ),
  config: v.optional(
    v.pipe(
      text(textPattern, 'invalid-text'),
      v.description('A Kconfig fragment, or JSON attributes, of the rest.'),
    ),
  ),
});

export const schema = fields({
  version: v.pipe(v.literal(1, 'unsupported-version'), v.description("The list's format; 1.")),
  kernel: v.optional(
    v.pipe(kernel, v.description('The kernel to resolve symbols and dependencies against.')),
  ),
  loaders: v.pipe(
    record(text(loaderPattern, 'invalid-loader-name'), loader),
    v.minEntries(1, 'empty-list'),
    v.description('Named sets of modules, each with the service kmod-NAME that loads and unloads it.'),
  ),
});

/** The list as written, after validation. */
export type WrittenList = v.InferOutput<typeof schema>;
export type WrittenLoader = v.InferOutput<typeof loader>;
export type Kernel = v.InferOutput<typeof kernel>;

/** The fields there are, for those who mistype one. */
export const fieldNames: Record<'list' | 'kernel' | 'loader' | 'dependency', string[]> = {
  list: Object.keys(schema.entries),
  kernel: Object.keys(kernel.entries),
  loader: Object.keys(loader.entries),
  dependency: Object.keys(service.entries),
};
