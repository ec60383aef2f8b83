/**
 * Files in both evaluators. The real Nix evaluates many in one process, which ends with the first that fails. A
 * marker, a file that traces and prints its name, comes after each and tells where in both outputs it ends.
 *
 * Sets are visited in the order in which their names were first read. The first file of every run has the names
 * of the generator in alphabetical order, so that a batch visits as each of its programs alone would.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, StackTooSmall } from '../../../src/command/run.ts';
import { nixInstantiate } from '../../nix.ts';
import { messageOf, PlainHost } from '../corpus.ts';
import { attrName } from './literals.ts';
import { type Mode, modes } from './program.ts';
import { variableNames } from './scope.ts';
import { fieldNames } from './types.ts';

export interface Result {
  readonly out: string;
  /** The message's first line; empty on success. */
  readonly error: string;
  /** Lines of `trace` and `warn`. */
  readonly log: string;
  /** Why there is no result to compare. */
  readonly unusable?: 'too long' | 'crashes' | 'reads other folders' | 'by intent' | undefined;
}

const nothing: Result = { out: '', error: '', log: '' };

const seconds = 10;
const marker = '@@end@@';

/** Numbers that 2.26 makes anything of; and what is not done here. */
const notCompared =
  /this evaluator does not|called with index -?\d{10,}|Nix(?:Int|Float) argument .* (?:is not in the range|caused undefined behavior|was rounded)/;

/** Numbers of more than 32 bits are cut before they are used. */
const misread = /^basic_string(?:_view)?::/;

/** Positions in the text of `derivation`, which is this package's own. */
const internal = /column="\d+" line="\d+" name="(\w+)" path="\/derivation-internal.nix"/g;

const withoutColour = (log: string): string => log.replace(/\x1b\[[0-9;]*m/g, '');

/** The error is last in the log. */
function resultOf(out: string, log: string): Result {
  const plain = withoutColour(log);
  const at = plain.search(/^error:/m);
  return {
    out: out.replace(internal, 'name="$1"'),
    error: at < 0 ? '' : messageOf(plain) || '(no message)',
    log: at < 0 ? plain : plain.slice(0, at),
  };
}

/** Only one folder is read: a program that puts `/` into the store would take for ever. */
class OutsideError extends Error {}

class FolderHost extends PlainHost {
  readonly #folder: string;
  constructor(folder: string) {
    super('/');
    this.#folder = folder;
  }
  override readDir(path: string): ReturnType<PlainHost['readDir']> {
    if (path !== this.#folder && !path.startsWith(`${this.#folder}/`)) throw new OutsideError();
    return super.readDir(path);
  }
}

/** The folder that programs are run in, with what they import and read. */
export class Folder {
  readonly #root = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
  readonly #start: readonly string[];
  readonly #ends = new Map<Mode, string>();

  constructor() {
    mkdirSync(join(this.#root, 'folder', 'inner'), { recursive: true });
    mkdirSync(join(this.#root, 'programs'));
    this.#write('data.txt', 'one line\nanother\n');
    this.#write('value.nix', '{ a = 1; b = "text"; c = [ 1 2 ]; }\n');
    this.#write('function.nix', 'x: let y = x; in y\n');
    this.#write('scoped.nix', 'let inner = given; in inner\n');
    this.#write('folder/default.nix', '{ folder = true; }\n');
    this.#write('folder/b.nix', 'rec { x = 1; y = x; }\n');
    this.#start = [
      this.#write('names.nix', names()),
      this.#write('marker.nix', `builtins.trace "${marker}" "${marker}"`),
    ];
  }

  #write(name: string, text: string): string {
    const file = join(this.#root, name);
    writeFileSync(file, Buffer.from(text, 'latin1'));
    return file;
  }

  /** The file of a program. */
  add(name: string, text: string): string {
    return this.#write(`programs/${name}.nix`, text);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }

  /** What a marker prints. */
  #end(mode: Mode): string {
    let end = this.#ends.get(mode);
    if (end === undefined) {
      end = this.#run([this.#start[1]!], mode).out;
      this.#ends.set(mode, end);
    }
    return end;
  }

  /** What belongs to each file, up to the first that failed; without those at the start. */
  #results(out: string, log: string, mode: Mode): Result[] {
    const logs = withoutColour(log).split(`trace: ${marker}\n`);
    return out
      .split(this.#end(mode))
      .map((each, i) => resultOf(each, logs[i] ?? ''))
      .slice(1);
  }

  #run(files: readonly string[], mode: Mode): { out: string; log: string } {
    let out = '';
    let log = '';
    try {
      run(
        [...modes[mode], '--eval-timeout', String(seconds), ...files],
        new FolderHost(join(this.#root, 'folder')),
        {
          out: (bytes) => {
            out += bytes;
          },
          log: (line) => {
            log += `${line}\n`;
          },
          stdin: () => '',
        },
      );
    } catch (error) {
      if (!(error instanceof StackTooSmall)) throw error;
      log += 'error: stack overflow; max-call-depth exceeded\n';
    }
    return { out, log };
  }

  /** The result of a file here. */
  ours(file: string, mode: Mode): Result {
    try {
      const { out, log } = this.#run([...this.#start, file], mode);
      const result = this.#results(out, log, mode)[0]!;
      if (result.error.startsWith('evaluation took more')) return { ...result, unusable: 'too long' };
      return notCompared.test(result.error) ? { ...result, unusable: 'by intent' } : result;
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      return { ...nothing, unusable: 'reads other folders' };
    }
  }

  /** The results of the first files of the real Nix: of all, or up to the first that failed. */
  theirs(files: readonly string[], mode: Mode): Promise<Result[]> {
    const args = [...this.#start, ...files.flatMap((file) => [file, this.#start[1]!])];
    return new Promise((resolve, reject) => {
      execFile(
        nixInstantiate(),
        ['--store', 'dummy://', ...modes[mode], ...args],
        {
          encoding: 'latin1',
          cwd: '/',
          env: { PATH: process.env.PATH, HOME: '/fake-home', LC_ALL: 'C' },
          maxBuffer: 1 << 26,
          timeout: seconds * 1000,
          killSignal: 'SIGKILL',
        },
        (error, out, log) => {
          const tooMuch = error?.code === ('ERR_CHILD_PROCESS_STDIO_MAXBUFFER' as unknown);
          const ended = tooMuch ? 'SIGKILL' : (error?.signal ?? undefined);
          if (error !== null && typeof error.code !== 'number' && ended === undefined) {
            reject(error);
            return;
          }
          const results = this.#results(out, log, mode).slice(0, files.length);
          if (ended !== undefined) {
            const unusable = ended === 'SIGKILL' ? 'too long' : 'crashes';
            results.splice(-1, 1, { ...nothing, unusable });
          }
          resolve(
            results.map((each) => (misread.test(each.error) ? { ...each, unusable: 'crashes' } : each)),
          );
        },
      );
    });
  }
}

function names(): string {
  const all = new Set([...fieldNames, ...variableNames, 'zz', 'given', 'env', 'args']);
  const bindings = [...all].sort().map((name) => `${attrName(name)} = null;`);
  return `{ ${bindings.join(' ')} }`;
}
