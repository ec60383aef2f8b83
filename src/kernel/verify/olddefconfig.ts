/**
 * The kernel's own answer: its `make olddefconfig`, run on a `.config` in a folder of its own.
 *
 * Nothing is written into the tree: make is given a temporary folder by `O=`. It refuses that for a tree that was
 * configured in place; where such a tree has its `scripts/kconfig/conf`, that is run directly, with what make would hand to
 * it. Whatever happens, what was started ends with us and the folder goes.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { environmentOf } from '../kernel.ts';

export interface Question {
  /** The root of the source tree, absolute. */
  readonly tree: string;
  readonly arch: string;
  /** As `make kernelversion` has it. */
  readonly version: string;
  /** The text of the `.config` to complete, in latin1. */
  readonly config: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Milliseconds after which it is given up; by default ten minutes. */
  readonly limit?: number;
}

export type Answer =
  /** What ran, in words, and the complete `.config`. */
  | { readonly tool: string; readonly config: string; readonly failure?: undefined }
  | { readonly failure: Failure };

export interface Failure {
  readonly message: string;
  /** What was printed last. */
  readonly notes: string[];
  readonly hint: string;
}

/** Lines of a failing tool's that are told. */
const most = 10;

/** @throws an AbortError when `signal` is aborted */
export async function olddefconfig(question: Question): Promise<Answer> {
  const { tree, arch, env, signal } = question;
  signal.throwIfAborted();
  const conf = join(tree, 'scripts/kconfig/conf');
  const configured = isConfigured(tree, arch);
  if (configured && !isProgram(conf)) {
    return failed(
      'make refuses this tree: it was configured in place, and has no built scripts/kconfig/conf either',
      'run `make mrproper` in a copy of it, or `make olddefconfig` in this one: that builds scripts/kconfig/conf',
    );
  }
  const missing = configured ? [] : toolsOf(env).filter((tool) => !inPath(tool, env.PATH));
  if (missing.length > 0) {
    return failed(
      `\`make olddefconfig\` needs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not in PATH`,
      "install what is missing; the tree's own Kconfig tool is built with it",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-verify-'));
  try {
    const file = join(folder, '.config');
    writeFileSync(file, question.config, 'latin1');
    const tool = configured ? "the tree's scripts/kconfig/conf" : 'make olddefconfig';
    const ran = configured
      ? await run(conf, ['--olddefconfig', 'Kconfig'], folder, confEnvironment(question), question)
      : await run(
          'make',
          ['-s', '-C', tree, `O=${folder}`, `ARCH=${arch}`, 'olddefconfig'],
          folder,
          makeEnvironment(env),
          question,
        );
    if (ran !== undefined) return failed(`${tool} ${ran.how}`, 'run it by hand to see more', ran.printed);
    if (!existsSync(file)) return failed(`${tool} left no .config`, 'run it by hand to see more');
    return { tool, config: readFileSync(file, 'latin1') };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function failed(message: string, hint: string, notes: string[] = []): { failure: Failure } {
  return { failure: { message, hint, notes } };
}

/** What makes the kernel's Makefile refuse `O=` (its rule `outputmakefile`). */
function isConfigured(tree: string, arch: string): boolean {
  const signs = ['.config', 'include/config', `arch/${arch}/include/generated`];
  return signs.some((sign) => existsSync(join(tree, sign)));
}

function toolsOf({ LLVM, HOSTCC }: Question['env']): string[] {
  const compiler = HOSTCC?.split(' ').at(-1) || (LLVM ? undefined : 'gcc');
  return ['make', ...(compiler === undefined ? [] : [compiler]), 'flex', 'bison'];
}

function inPath(tool: string, path = ''): boolean {
  if (tool.includes('/')) return isProgram(tool);
  return path.split(delimiter).some((folder) => isProgram(join(folder, tool)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What would lead make elsewhere is left out: another folder, another file, the flags of a make that runs us. */
function makeEnvironment(env: Question['env']): Question['env'] {
  const elsewhere =
    /^(KCONFIG_\w+|KBUILD_(OUTPUT|EXTMOD)|MAKE(FLAGS|LEVEL|OVERRIDES)|MFLAGS|GNUMAKEFLAGS|O|M|ARCH)$/;
  const kept = Object.entries(env).filter(([name]) => !elsewhere.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function confEnvironment({ tree, arch, version, env }: Question): Question['env'] {
  const prefix = env.CROSS_COMPILE ?? '';
  const ofTarget = ['CC', 'LD', 'AR', 'NM', 'OBJCOPY', 'OBJDUMP', 'READELF', 'STRIP'];
  const tools = ofTarget.map((name) => [name, `${prefix}${name === 'CC' ? 'gcc' : name.toLowerCase()}`]);
  return {
    ...makeEnvironment(env),
    ...environmentOf(arch, version),
    ...Object.fromEntries(tools),
    CC_VERSION_TEXT: `${prefix}gcc`,
    srctree: tree,
  };
}

interface Ended {
  readonly how: string;
  readonly printed: string[];
}

/** Runs a program to its end. Undefined where it succeeds. */
function run(
  program: string,
  args: string[],
  cwd: string,
  env: Question['env'],
  { signal, limit = 600_000 }: Question,
): Promise<Ended | undefined> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what it starts can be ended with it.
    const child = spawn(program, args, {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let printed = '';
    const hear = (bytes: Buffer): void => {
      printed = (printed + bytes.toString('utf8')).slice(-10_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    let late = false;
    const end = (): void => {
      try {
        // There is nothing it would have to clean up: the folder goes.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      end();
    }, limit);
    signal.addEventListener('abort', end, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    };
    child.on('error', ({ message }) => {
      settle();
      resolve({ how: `cannot be started: ${message}`, printed: [] });
    });
    child.on('close', (status, killed) => {
      settle();
      if (signal.aborted) return reject(signal.reason);
      if (status === 0) return resolve(undefined);
      const how = late
        ? `took longer than ${Math.round(limit / 60_000)} minutes`
        : killed === null
          ? `failed, with exit status ${status}`
          : `was ended by ${killed}`;
      resolve({ how, printed: printed.trimEnd().split('\n').slice(-most) });
    });
  });
}
