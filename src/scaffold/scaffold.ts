/** What `gen-kmod new` writes: a folder that is a person's from then on, with a target list and its output in it. Pure. */
import type { Context, TemplateName } from '../generate/contexts.ts';
import { type PlannedFile, plan } from '../generate/plan.ts';
import type { Renderer } from '../generate/renderer.ts';
import { formatManifest, hash, manifestName } from '../output/manifest.ts';
import { readTargetList } from '../targets/read.ts';

export interface Scaffold {
  /** Relative to the new folder, ordered by path. */
  files: PlannedFile[];
  /** What a person does next, as lines of text; `folder` is the new folder as it is called in Nix. */
  next(folder: string): string[];
}

/** A file of a scaffold with the template it comes from. */
export interface ScaffoldFile<Name extends TemplateName = TemplateName> {
  path: string;
  template: Name;
  context: Context<Name>;
}

export function scaffoldFile<Name extends TemplateName>(
  path: string,
  template: Name,
  context: Context<Name>,
): ScaffoldFile<Name> {
  return { path, template, context };
}

/**
 * The files of a scaffold: `own`, and with a target list of the context `list` all that `gen-kmod` makes of it there, so
 * that a later run in the folder has nothing to change.
 */
export function scaffoldFiles(
  own: readonly ScaffoldFile[],
  list: Context<'list/kmod.yaml'>,
  renderer: Renderer,
): PlannedFile[] {
  const text = renderer.render('list/kmod.yaml', list);
  const generated = plan(readTargetList(text, 'kmod.yaml').list, renderer);
  const hashes = new Map(generated.map((file) => [file.path, hash(file.text)]));
  const manifest = formatManifest({ source: '../kmod.yaml', files: hashes });
  return [
    ...own.map(({ path, template, context }) => ({
      path,
      text: renderer.render(template, context as never),
    })),
    { path: 'kmod.yaml', text },
    ...[...generated, { path: manifestName, text: manifest }].map((file) => ({
      ...file,
      path: `kmod/${file.path}`,
    })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
