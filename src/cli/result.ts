/** What `--json` prints: one definition for the types and for `schema/output.schema.json`. */
import * as v from 'valibot';
import { type Code, severities } from '../diagnostics/codes.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const fromOne = v.pipe(v.number(), v.integer(), v.minValue(1));

const position = v.strictObject({
  offset: v.pipe(count, v.description('UTF-16 units from the start of the text, from 0.')),
  line: v.pipe(fromOne, v.description('From 1.')),
  column: v.pipe(fromOne, v.description('UTF-16 units from the start of the line, from 1.')),
});

const diagnostic = v.strictObject({
  code: v.pipe(
    v.picklist(Object.keys(severities) as Code[]),
    v.description('docs/errors.md has a paragraph on each.'),
  ),
  severity: v.picklist(['error', 'warning']),
  message: v.pipe(v.string(), v.description('One line.')),
  file: v.exactOptional(
    v.pipe(v.string(), v.description('Relative to the working directory where it is near.')),
  ),
  range: v.exactOptional(v.strictObject({ start: position, end: position })),
  notes: v.pipe(v.array(v.string()), v.description('More facts, a line each.')),
  hint: v.exactOptional(v.pipe(v.string(), v.description('What to do about it.'))),
});

const change = v.strictObject({
  path: v.pipe(v.string(), v.description('Relative to the output folder.')),
  change: v.pipe(
    v.picklist(['create', 'update', 'delete', 'keep', 'conflict']),
    v.description('conflict: a person has changed the file; --force makes it an update or a deletion.'),
  ),
  text: v.exactOptional(v.pipe(v.string(), v.description('With --stdout: what the file is to hold.'))),
});

const optionalPart = v.strictObject({
  symbol: v.pipe(v.string(), v.description('A bool, without CONFIG_: kernelConfig asks for it with y.')),
  prompt: v.string(),
  objects: v.pipe(
    v.array(v.string()),
    v.description("What it adds to the module, relative to the module's folder. Empty: it changes its code."),
  ),
  debugging: v.exactOptional(v.pipe(v.literal(true), v.description('It is for finding mistakes.'))),
  needs: v.exactOptional(
    v.pipe(
      v.array(v.string()),
      v.description('Conditions of its own that do not hold, as Kconfig has them.'),
    ),
  ),
});

const target = v.strictObject({
  target: v.pipe(v.string(), v.description('As the list has it.')),
  path: v.pipe(v.string(), v.description("Relative to the kernel's root, such as net/netfilter/nft_ct.ko.")),
  symbols: v.pipe(v.array(v.string()), v.description('What makes it, without CONFIG_.')),
  status: v.pipe(
    v.picklist(['module', 'builtin', 'unreachable', 'unknown']),
    v.description('unknown: its symbol is not defined for this architecture.'),
  ),
  optional: v.exactOptional(
    v.pipe(
      v.array(optionalPart),
      v.description(
        'Its optional parts that are off: those that add objects first, those for debugging last.',
      ),
    ),
  ),
});

const assignment = v.strictObject({
  symbol: v.string(),
  value: v.pipe(v.string(), v.description('y, m or n; what the list itself sets may be any value.')),
  target: v.pipe(
    v.string(),
    v.description('The target it came to be needed for, or the symbol that the list sets.'),
  ),
  because: v.pipe(
    v.array(
      v.strictObject({
        symbol: v.string(),
        relation: v.string(),
        alternatives: v.exactOptional(
          v.pipe(
            v.array(v.string()),
            v.description('Other selectors that would do in its place, each alone.'),
          ),
        ),
      }),
    ),
    v.description('From the symbol of the target to this one, each with what it is to the one before.'),
  ),
});

const closureModule = v.strictObject({
  module: v.string(),
  path: v.pipe(v.string(), v.description("Relative to the kernel's root, such as net/netfilter/nft_ct.ko.")),
  bytes: v.pipe(count, v.description("Its file's, unpacked.")),
  required: v.pipe(v.boolean(), v.description('False for what only softdeps ask for.')),
  targets: v.pipe(v.array(v.string()), v.description('The targets it comes with.')),
  because: v.pipe(
    v.array(v.strictObject({ module: v.string(), how: v.picklist(['target', 'needs', 'pre', 'post']) })),
    v.description('From a target to this module; pre and post are softdeps.'),
  ),
});

const softdep = v.strictObject({
  module: v.string(),
  line: v.string(),
  counts: v.pipe(v.boolean(), v.description("modprobe reads the first of a module's lines only.")),
  names: v.array(
    v.strictObject({
      name: v.string(),
      when: v.picklist(['pre', 'post']),
      found: v.pipe(v.array(v.string()), v.description('What the kernel has of that name or alias.')),
    }),
  ),
});

const firmware = v.strictObject({
  file: v.pipe(v.string(), v.description('Below /lib/firmware; * where the module tries several.')),
  modules: v.array(v.string()),
});

const sizes = v.strictObject({
  raw: v.pipe(count, v.description('Bytes, unpacked.')),
  gzip: v.pipe(count, v.description('Estimated for a squashfs with blocks of 128 KiB, as the next two.')),
  zstd: count,
  xz: count,
});

const linkTo = v.strictObject({ module: v.string(), symbols: v.array(v.string()) });

const builtModule = v.strictObject({
  module: v.string(),
  path: v.string(),
  builtin: v.pipe(
    v.boolean(),
    v.description('It is in the kernel itself; what follows from files is left out.'),
  ),
  description: v.exactOptional(v.string()),
  license: v.exactOptional(v.string()),
  parameters: v.pipe(
    v.array(
      v.strictObject({
        name: v.string(),
        type: v.exactOptional(v.string()),
        description: v.exactOptional(v.string()),
      }),
    ),
    v.description('Those that the module takes. Without a type, any value is taken.'),
  ),
  firmware: v.array(v.string()),
  softdeps: v.pipe(v.array(v.string()), v.description('Its lines; modprobe reads the first.')),
  aliases: v.array(v.string()),
  loadedBy: v.exactOptional(v.pipe(v.array(v.string()), v.description('Loaders of the list.'))),
  bytes: v.exactOptional(count),
  needs: v.exactOptional(v.pipe(v.array(linkTo), v.description('With the symbols it uses of each.'))),
  needsIndirectly: v.exactOptional(v.array(v.string())),
  neededBy: v.exactOptional(v.pipe(v.array(linkTo), v.description('With the symbols each uses.'))),
  neededByIndirectly: v.exactOptional(v.array(v.string())),
  softdepOf: v.exactOptional(
    v.array(v.strictObject({ module: v.string(), when: v.picklist(['pre', 'post']), as: v.string() })),
  ),
  exports: v.exactOptional(
    v.array(
      v.strictObject({
        name: v.string(),
        gpl: v.exactOptional(v.boolean()),
        namespace: v.exactOptional(v.string()),
      }),
    ),
  ),
});

/** What a built kernel adds. */
const loaded = {
  closure: v.pipe(v.array(closureModule), v.description('In load order; unloading is the reverse.')),
  builtin: v.pipe(
    v.array(v.strictObject({ name: v.string(), targets: v.array(v.string()) })),
    v.description('What is in the kernel itself, of the targets and their softdeps.'),
  ),
  softdeps: v.array(softdep),
  firmware: v.array(firmware),
  parameters: v.pipe(
    v.array(
      v.strictObject({
        module: v.string(),
        name: v.string(),
        value: v.string(),
        type: v.exactOptional(v.string()),
      }),
    ),
    v.description(
      'What the list gives to modules that have such parameters. Without a type, any value is taken.',
    ),
  ),
  sizes,
};

const resolvedLoader = v.strictObject({
  targets: v.array(target),
  unknown: v.pipe(v.array(v.string()), v.description('Targets that no makefile of this kernel makes.')),
  assignments: v.pipe(v.array(assignment), v.description('What its targets cannot do without, in order.')),
  ...v.partial(v.strictObject(loaded)).entries,
});

const kernel = v.strictObject({
  version: v.string(),
  arch: v.string(),
  release: v.exactOptional(
    v.pipe(v.string(), v.description('Of the built kernel, as uname -r prints it on the device.')),
  ),
});

const valueDifference = { symbol: v.string(), ours: v.string(), theirs: v.string() };

const verification = v.strictObject({
  tool: v.pipe(v.string(), v.description('What was run, in words.')),
  assignments: v.pipe(count, v.description('Compared, of the solution for all loaders together.')),
  targets: v.pipe(count, v.description('Compared: those that can be had.')),
  symbols: v.pipe(count, v.description('Bools and tristates of this kernel.')),
  differences: v.pipe(
    v.array(
      v.strictObject({
        ...valueDifference,
        target: v.exactOptional(v.string()),
        causes: v.pipe(
          v.array(v.strictObject(valueDifference)),
          v.description('What the symbol depends on and differs too.'),
        ),
      }),
    ),
    v.description('Of assignments, targets and what kernelConfig sets; each is an error. Empty: confirmed.'),
  ),
  differing: v.pipe(v.array(v.string()), v.description('All bools and tristates that differ.')),
});

const module = v.strictObject({ module: v.string(), path: v.string(), symbols: v.array(v.string()) });

export const resultSchema = v.strictObject({
  version: v.literal(1),
  diagnostics: v.array(diagnostic),
  kernel: v.exactOptional(v.pipe(kernel, v.description('resolve, explain: the kernel that was asked.'))),
  loaders: v.exactOptional(v.pipe(v.record(v.string(), resolvedLoader), v.description('resolve: by name.'))),
  verification: v.exactOptional(
    v.pipe(verification, v.description("resolve --verify: the kernel's own tool's answer against ours.")),
  ),
  sizes: v.exactOptional(
    v.pipe(sizes, v.description('resolve: of what all loaders load of a built kernel, each module once.')),
  ),
  flash: v.exactOptional(
    v.pipe(
      v.strictObject({ bytes: count, taken: count }),
      v.description('resolve --flash: its size, and what of it the modules take packed with xz.'),
    ),
  ),
  modules: v.exactOptional(v.pipe(v.array(module), v.description('resolve --all: by path.'))),
  explained: v.exactOptional(
    v.pipe(
      v.array(
        v.strictObject({
          what: v.string(),
          lines: v.array(v.string()),
          built: v.exactOptional(
            v.pipe(
              v.array(builtModule),
              v.description('What a built kernel says of it, or of what it is an alias for.'),
            ),
          ),
        }),
      ),
      v.description('explain: what it prints.'),
    ),
  ),
  changes: v.exactOptional(
    v.pipe(
      v.array(change),
      v.description('What generate would write, or wrote; ordered by path, the manifest last.'),
    ),
  ),
});

export type Result = v.InferOutput<typeof resultSchema>;
export type ResolvedTarget = v.InferOutput<typeof target>;
export type BuiltModule = v.InferOutput<typeof builtModule>;
export type LoadedLoader = v.InferOutput<v.StrictObjectSchema<typeof loaded, undefined>>;
export type ReportedChange = v.InferOutput<typeof change>;
