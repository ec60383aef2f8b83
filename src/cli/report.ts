/** The only place that prints. */
import { isAbsolute, relative } from 'node:path';
import { type Diagnostic, hasError, type Severity } from '../diagnostics/diagnostic.ts';
import { frame, visible } from '../diagnostics/frame.ts';
import type { ChangeKind } from '../output/compare.ts';
import type { Io, Stream } from './io.ts';
import type { ReportedChange, Result } from './result.ts';

export interface Manner {
  json: boolean;
  quiet: boolean;
}

/** Texts of files that diagnostics point into, by name. */
export type Sources = ReadonlyMap<string, string>;

const colours = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, bold: 1, dim: 2 } as const;
type Colour = keyof typeof colours;

const changeColours: Record<ChangeKind, Colour> = {
  create: 'green',
  update: 'yellow',
  delete: 'red',
  keep: 'dim',
  conflict: 'magenta',
};
const severityColours: Record<Severity, Colour> = { error: 'red', warning: 'yellow' };

export class Report {
  readonly #io: Io;
  readonly manner: Manner;

  constructor(io: Io, manner: Manner) {
    this.#io = io;
    this.manner = manner;
  }

  /** One object on standard output with `--json`, else diagnostics on standard error. */
  result(result: Result, sources: Sources, oneLine = false): void {
    if (this.manner.json) {
      const diagnostics = result.diagnostics.map((each) => ({
        ...each,
        ...(each.file && { file: this.name(each.file) }),
      }));
      this.text(`${JSON.stringify({ ...result, diagnostics }, null, oneLine ? undefined : 2)}\n`);
      return;
    }
    for (const diagnostic of result.diagnostics) {
      if (this.manner.quiet && diagnostic.severity !== 'error') continue;
      this.#io.stderr.write(`${this.#format(diagnostic, sources)}\n`);
    }
  }

  /** Each change that is one, on standard output. */
  changes(changes: readonly ReportedChange[], folder: string): void {
    if (this.manner.json || this.manner.quiet) return;
    for (const { path, change } of changes) {
      if (change === 'keep') continue;
      this.text(
        `  ${this.#paint(this.#io.stdout, changeColours[change], change.padEnd(8))} ${this.name(`${folder}/${path}`)}\n`,
      );
    }
  }

  /** A line for a person; not for `--json` or `--quiet`. */
  line(text: string): void {
    if (!this.manner.json && !this.manner.quiet) this.text(`${text}\n`);
  }

  /** A unified diff, in colour on a terminal. */
  diff(text: string): void {
    if (this.manner.json) return;
    const painted = text.replace(/^(?:(\+.*)|(-.*)|(@@.*))$/gm, (line, added, removed) =>
      this.#paint(this.#io.stdout, added ? 'green' : removed ? 'red' : 'blue', line),
    );
    this.text(painted);
  }

  /** As it is, on standard output. */
  text(text: string): void {
    this.#io.stdout.write(text);
  }

  /** A file as a person in the working directory would call it. */
  name(file: string): string {
    if (!isAbsolute(file)) return file;
    const near = relative(this.#io.cwd, file);
    return near === '' ? '.' : near.length < file.length ? near : file;
  }

  #format({ code, severity, message, file, range, notes, hint }: Diagnostic, sources: Sources): string {
    const { stderr } = this.#io;
    const heading = this.#paint(stderr, severityColours[severity], `${severity}[${code}]`);
    const lines = [`${heading}: ${this.#paint(stderr, 'bold', visible(message))}`];
    if (file !== undefined) {
      const place = range ? `:${range.start.line}:${range.start.column}` : '';
      lines.push(`  ${this.#paint(stderr, 'blue', '-->')} ${visible(this.name(file))}${place}`);
      const text = sources.get(file);
      if (range && text !== undefined) lines.push(frame(text, range).replace(/^/gm, '  '));
    }
    for (const note of notes) lines.push(`  note: ${visible(note)}`);
    if (hint !== undefined) lines.push(`  help: ${visible(hint)}`);
    return lines.join('\n');
  }

  #paint(stream: Stream, colour: Colour, text: string): string {
    const { NO_COLOR, FORCE_COLOR, TERM } = this.#io.env;
    const wanted = FORCE_COLOR ? FORCE_COLOR !== '0' : stream.isTTY && TERM !== 'dumb';
    return wanted && !NO_COLOR ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  }
}

/** 1 for an error, 0 otherwise; warnings are no reason to fail. */
export function exitCode(diagnostics: readonly Diagnostic[]): number {
  if (diagnostics.some(({ code }) => code === 'interrupted')) return 130;
  if (diagnostics.some(({ code }) => code === 'usage')) return 2;
  if (diagnostics.some(({ code }) => code === 'internal')) return 70;
  return hasError(diagnostics) ? 1 : 0;
}
