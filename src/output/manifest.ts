/** `.gen-kmod.json`: which files of a folder gen-kmod wrote, from what, and what it wrote in them. */
import { createHash } from 'node:crypto';
import { diagnostic, Failure } from '../diagnostics/diagnostic.ts';

export const manifestName = '.gen-kmod.json';

export interface Manifest {
  /** The list's path relative to the folder, `-` for standard input, or `arguments`. */
  source: string;
  /** Path relative to the folder to the SHA-256 of what was written, in hexadecimal. */
  files: Map<string, string>;
}

export function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The manifest's text: two runs with the same result write the same bytes. */
export function formatManifest({ source, files }: Manifest): string {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ format: 1, source, files: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/**
 * Reads a manifest. The paths in it are checked, as they say what may be deleted.
 *
 * @throws Failure with `bad-manifest`
 */
export function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(file, 'it is not JSON');
  }
  const { format, source, files } = (value ?? {}) as Record<string, unknown>;
  if (format !== 1) {
    throw bad(file, typeof format === 'number' ? `its format is ${format}, not 1` : 'it names no format');
  }
  if (typeof source !== 'string') throw bad(file, 'it names no source');
  if (typeof files !== 'object' || files === null) throw bad(file, 'it lists no files');
  const entries = Object.entries(files);
  for (const [path, digest] of entries) {
    if (!isOutputPath(path) || typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest))
      throw bad(file, `it lists ${JSON.stringify(path).slice(0, 80)}`);
  }
  return { source, files: new Map(entries as [string, string][]) };
}

/** Whether gen-kmod writes files of that name. What a file on the disk lists is touched only then. */
export function isOutputPath(path: string): boolean {
  return /^(default|modules)\.nix$|^[a-z][a-z0-9-]*\/(default|module)\.nix$/.test(path);
}

function bad(file: string, why: string): Failure {
  return new Failure(
    diagnostic('bad-manifest', `this is no manifest of gen-kmod: ${why}`, {
      file,
      hint: 'take it back from version control, or delete it and generate with --force',
    }),
  );
}
