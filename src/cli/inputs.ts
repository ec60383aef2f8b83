/** What commands read besides their arguments: a target list, and templates. */
import { resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Renderer } from '../generate/renderer.ts';
import { listOfNames } from '../targets/from-names.ts';
import type { Source } from '../targets/source.ts';
import type { ReadResult, TargetList } from '../targets/target-list.ts';

/** What is to be said at the end of a run, with the texts that frames are made of. */
export interface Findings {
  /** Texts for the frames under diagnostics, by file. */
  sources: Map<string, string>;
  diagnostics: Diagnostic[];
}

/** `name` is that of the loader which names from the command line become. */
export async function readList(source: Source, name: string, findings: Findings): Promise<TargetList> {
  let read: ReadResult;
  if (source.kind === 'names') read = listOfNames(source.names, name);
  else {
    findings.sources.set(source.file, source.text);
    const { readTargetList } = await import('../targets/read.ts');
    read = readTargetList(source.text, source.file);
  }
  findings.diagnostics.push(...read.warnings);
  return read.list;
}

/** The shipped templates, or a folder's over them. */
export async function chooseRenderer(
  templates: string | undefined,
  cwd: string,
  findings: Findings,
): Promise<Renderer> {
  if (templates === undefined) return (await import('../generate/shipped.ts')).shippedRenderer();
  const { customRenderer, readTemplates } = await import('../generate/custom.ts');
  const files = readTemplates(resolve(cwd, templates));
  for (const { file, text } of files) findings.sources.set(file, text);
  const { renderer, warnings } = customRenderer(files);
  findings.diagnostics.push(...warnings);
  return renderer;
}
