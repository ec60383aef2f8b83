/** `gen-kmod new firewall|module|router NAME`: a folder to start from, written once and never again. */
import { isAbsolute, resolve } from 'node:path';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/near.ts';
import type { Renderer } from '../generate/renderer.ts';
import { deviceNames } from '../liminix/names.ts';
import { type Change, contentOf } from '../output/compare.ts';
import { create, refuseExisting } from '../output/create.ts';
import { hash } from '../output/manifest.ts';
import { refuseStore } from '../output/store.ts';
import { checkName } from '../scaffold/name.ts';
import type { Scaffold } from '../scaffold/scaffold.ts';
import { findSource, readSource } from '../targets/source.ts';
import type { TargetList } from '../targets/target-list.ts';
import { apartForList, guarded, hear } from './apart.ts';
import { showDiff } from './carry-out.ts';
import { chooseRenderer, type Findings, readList } from './inputs.ts';
import type { Io } from './io.ts';
import { exitCode, type Report } from './report.ts';
import type { ReportedChange } from './result.ts';
import { usage } from './usage.ts';

const kinds = ['firewall', 'module', 'router'] as const;
const allKinds = 'firewall, module or router';
type Kind = (typeof kinds)[number];

export interface NewOptions {
  kind?: string;
  name?: string;
  targets?: string;
  out?: string;
  device?: string;
  templates?: string;
  thin: boolean;
  dryRun: boolean;
  diff: boolean;
}

/** Returns the exit code. */
export async function makeNew(options: NewOptions, io: Io, report: Report): Promise<number> {
  const findings: Findings & { changes?: ReportedChange[] } = { sources: new Map(), diagnostics: [] };
  let show = (): void => {};
  try {
    const request = await complete(options, io);
    const folder = resolve(io.cwd, options.out ?? '.', request.name);
    refuseStore(folder);
    if (!options.diff) refuseExisting(folder);
    const scaffold = await plan(request, options, io, findings);
    const changes = scaffold.files.map((file) => changeOf(folder, file));
    findings.changes = changes.map(({ path, change }) => ({ path, change }));
    if (options.diff || options.dryRun) await hear(io);
    if (options.diff) show = await showDiff(folder, changes, report);
    else {
      if (!options.dryRun) await guarded(io, () => create(folder, scaffold.files, io.signal), true);
      show = () => showNew(folder, scaffold, changes, options.dryRun, report);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    findings.diagnostics.push(...error.diagnostics);
  }
  const { diagnostics, changes, sources } = findings;
  report.result({ version: 1, diagnostics, ...(changes && { changes }) }, sources);
  show();
  return exitCode(diagnostics);
}

interface Request {
  kind: Kind;
  name: string;
  targets?: string;
  device?: string;
}

/** What was asked for, with what was left out asked for at the terminal, if there is one. */
async function complete(options: NewOptions, io: Io): Promise<Request> {
  const kind = options.kind ?? (await ask(io, `What kind, ${allKinds}? `, kindError));
  if (kind === undefined) throw usage(`\`new\` needs a kind: ${allKinds}`, example);
  const wrongKind = kindError(kind);
  if (wrongKind) throw wrongKind;
  if (options.thin && kind !== 'firewall') throw usage('`--thin` goes with `new firewall`');
  if (options.device !== undefined && kind !== 'router') throw usage('`--device` goes with `new router`');

  const name = options.name ?? (await ask(io, `What is the ${kind} called? `, nameError));
  if (name === undefined) throw usage(`\`new ${kind}\` needs a name`, example);
  const wrongName = nameError(name);
  if (wrongName) throw wrongName;

  let { targets } = options;
  if (kind === 'module') {
    targets ??= await ask(io, 'Which kernel modules, with commas between them? ', targetsError(io.cwd));
    if (targets === undefined) {
      throw usage('`new module` needs `--targets`', `gen-kmod new module ${name} --targets huawei_cdc_ncm`);
    }
  }
  let { device } = options;
  if (kind === 'router') {
    device ??= await ask(io, "For which of Liminix's devices? ", deviceError);
    if (device === undefined)
      throw usage('`new router` needs `--device`', `there are ${deviceNames.join(', ')}`);
    const wrongDevice = deviceError(device);
    if (wrongDevice) throw wrongDevice;
  }
  return {
    kind: kind as Kind,
    name,
    ...(targets !== undefined && { targets }),
    ...(device !== undefined && { device }),
  };
}

const example =
  'for example gen-kmod new firewall guard, or gen-kmod new module modem --targets huawei_cdc_ncm';

/** Asks until the answer will do, three times at most. */
async function ask(
  io: Io,
  question: string,
  check: (answer: string) => Failure | undefined,
): Promise<string | undefined> {
  if (!io.ask) return undefined;
  let wrong: Failure | undefined;
  for (let time = 0; time < 3; time++) {
    const answer = await io.ask(question);
    wrong = check(answer);
    if (!wrong) return answer;
    for (const { message, hint } of wrong.diagnostics) {
      io.stderr.write(`  ${message}${hint === undefined ? '' : `: ${hint}`}\n`);
    }
  }
  throw wrong;
}

function kindError(kind: string): Failure | undefined {
  if ((kinds as readonly string[]).includes(kind)) return undefined;
  return usage(
    `there is no kind \`${kind}\` of scaffold`,
    didYouMean(kind, kinds) ?? `there are ${allKinds}`,
  );
}

function nameError(name: string): Failure | undefined {
  const wrong = checkName(name);
  return wrong && new Failure(wrong);
}

function deviceError(device: string): Failure | undefined {
  if (deviceNames.includes(device)) return undefined;
  return new Failure(
    diagnostic('unknown-device', `Liminix has no device \`${device}\``, {
      notes: [`it has ${deviceNames.join(', ')}`],
      hint: didYouMean(device, deviceNames) ?? 'take one of these; the flake says later which it is',
    }),
  );
}

function targetsError(cwd: string): (answer: string) => Failure | undefined {
  return (answer) => {
    try {
      findSource(answer, cwd);
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  };
}

async function plan(
  { kind, name, targets, device }: Request,
  options: NewOptions,
  io: Io,
  findings: Findings,
): Promise<Scaffold> {
  const { templates, thin } = options;
  let list: TargetList | undefined;
  if (targets !== undefined) {
    const source = await readSource(findSource(targets, io.cwd), io.readStdin);
    // What a person has answered is not asked again.
    if (options.kind !== undefined && options.name !== undefined && device === options.device)
      apartForList(source, io);
    list = await readList(source, kind === 'router' ? 'modules' : name, findings);
  }
  const renderer: Renderer = await chooseRenderer(templates, io.cwd, findings);
  switch (kind) {
    case 'firewall': {
      const { firewall } = await import('../scaffold/firewall.ts');
      return firewall({ name, thin, ...(list && { list }) }, renderer);
    }
    case 'module': {
      const { module } = await import('../scaffold/module.ts');
      return module({ name, list: list! }, renderer);
    }
    case 'router': {
      const { router } = await import('../scaffold/router.ts');
      return router({ name, device: device!, ...(list && { list }) }, renderer);
    }
  }
}

function changeOf(folder: string, { path, text }: { path: string; text: string }): Change {
  const content = contentOf(folder, path);
  if (content === undefined) return { path, change: 'create', text };
  const before = hash(content);
  return { path, change: before === hash(text) ? 'keep' : 'update', before, text };
}

function showNew(
  folder: string,
  scaffold: Scaffold,
  changes: readonly Change[],
  isDry: boolean,
  report: Report,
): void {
  report.changes(changes, folder);
  if (isDry) return;
  const name = report.name(folder);
  report.line(`${name}: ${changes.length} files written, and yours from now on. Next:\n`);
  for (const line of scaffold.next(isAbsolute(name) || name.startsWith('..') ? name : `./${name}`)) {
    report.line(line);
  }
}
