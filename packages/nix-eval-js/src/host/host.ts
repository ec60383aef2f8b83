/**
 * Everything the evaluator sees of the world goes through a host: files, environment, time. Nothing else in
 * this package touches them.
 */

export type FileType = 'regular' | 'directory' | 'symlink' | 'unknown';

export interface FileInfo {
  readonly type: FileType;
  readonly executable: boolean;
}

/** Paths are absolute, in bytes (one char each), without `.` and `..`. Failures are NixErrors. */
export interface Host {
  /** Does not follow a link at the end; null where nothing is. */
  lstat(path: string): FileInfo | null;
  /** A file's bytes, one char each; links are followed. */
  readFile(path: string): string;
  readDir(path: string): readonly { readonly name: string; readonly type: FileType }[];
  readLink(path: string): string;
  env(name: string): string | undefined;
  /** Seconds since 1970. */
  now(): number;
  /** What relative paths on the command line and in expressions are relative to. */
  readonly workingDirectory: string;
  /** What `~` stands for; undefined where there is none. */
  readonly home: string | undefined;
  /** Nix's name of the system, such as `x86_64-linux`. */
  readonly system: string;
}
