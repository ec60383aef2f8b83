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

const target = v.strictObject({
  target: v.pipe(v.string(), v.description('As the list has it.')),
  path: v.pipe(v.string(), v.description("Relative to the kernel's root, such as net/netfilter/nft_ct.ko.")),
  symbols: v.pipe(v.array(v.string()), v.description('What makes it, without CONFIG_.')),
  status: v.pipe(
    v.picklist(['module', 'builtin', 'unreachable', 'unknown']),
    v.description('unknown: its symbol is not defined for this architecture.'),
  ),
});

const assignment = v.strictObject({
  symbol: v.string(),
  value: v.picklist(['y', 'm', 'n']),
  target: v.pipe(v.string(), v.description('The target it came to be needed for.')),
  because: v.pipe(
    v.array(v.strictObject({ symbol: v.string(), relation: v.string() })),
    v.description('From the symbol of the target to this one, each with what it is to the one before.'),
  ),
});

const resolvedLoader = v.strictObject({
  targets: v.array(target),
  unknown: v.pipe(v.array(v.string()), v.description('Targets that no makefile of this kernel makes.')),
  assignments: v.pipe(v.array(assignment), v.description('What its targets cannot do without, in order.')),
});

const kernel = v.strictObject({ version: v.string(), arch: v.string() });

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
          v.description('What the symbol hangs on and differs too.'),
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
  modules: v.exactOptional(v.pipe(v.array(module), v.description('resolve --all: by path.'))),
  explained: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ what: v.string(), lines: v.array(v.string()) })),
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
export type ReportedChange = v.InferOutput<typeof change>;
