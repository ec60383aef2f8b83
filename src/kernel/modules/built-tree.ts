/**
 * Which modules a built kernel has, and in which order.
 *
 * Two kinds of folder hold them. After `make modules` they lie beside their sources, and `modules.order` lists them all:
 * what else is there with a module's name is left over from another configuration. After `make modules_install` they
 * are in `lib/modules/RELEASE`, where whatever lies there counts, and `modules.order` says only what comes first.
 */
import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reason } from '../../diagnostics/system-error.ts';
import { isModuleFile } from './compression.ts';
import { type Problem, problem } from './problem.ts';

export interface BuiltTree {
  kind: 'build' | 'installed';
  /** The folder that paths of modules are relative to. */
  root: string;
  /** As `uname -r` prints it; undefined where the folder does not say. Modules do: see `ModuleGraph.release`. */
  release: string | undefined;
  /** In depmod's order, one for each name; none in a kernel that was built in whole. */
  modules: { name: string; path: string }[];
}

/** What cannot be read is a problem, and undefined where it is all. */
export interface ReadTree {
  tree: BuiltTree | undefined;
  problems: Problem[];
}

/**
 * Reads the built kernel at `folder`: a build folder, a `lib/modules/RELEASE`, or what has one such below it.
 *
 * Problems: `kernel-not-found`, `kernel-not-built`, `kernel-ambiguous`, `kernel-unreadable`, `module-missing`,
 * `module-duplicate`.
 */
export function readBuiltTree(folder: string): ReadTree {
  const problems: Problem[] = [];
  const root = findRoot(folder, problems);
  if (root === undefined) return { tree: undefined, problems };
  const order = readOrder(root, problems);
  const build = isBuildFolder(root);
  const found = build && order !== undefined ? order : walk(root, build, problems);
  const paths = build ? found : sortByOrder(found, order ?? []);
  const modules = build ? listed(root, paths, problems) : preferred(root, paths, problems);
  // A kernel can be built in whole: without a module, and with a list of what would be modules.
  if (modules.length === 0 && problems.length === 0 && !hasBuiltin(root)) {
    problems.push(
      problem('kernel-not-built', 'there are no modules here', {
        file: folder,
        hint: build
          ? 'build them: make modules'
          : 'give a folder after `make modules`, or a lib/modules/RELEASE',
      }),
    );
  }
  return {
    tree: { kind: build ? 'build' : 'installed', root, release: readRelease(root), modules },
    problems,
  };
}

/** A module's name as the kernel has it: its file's, up to the first dot, with `_` for `-`. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const dot = file.indexOf('.');
  return (dot < 0 ? file : file.slice(0, dot)).replaceAll('-', '_');
}

/** The text of one of a kernel's lists; undefined where there is none. */
export function readList(root: string, name: string, problems: Problem[]): string | undefined {
  const file = join(root, name);
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      problems.push(problem('kernel-unreadable', `this list cannot be read: ${reason(error)}`, { file }));
    }
    return undefined;
  }
}

function findRoot(folder: string, problems: Problem[]): string | undefined {
  try {
    readdirSync(folder);
  } catch (error) {
    problems.push(
      problem('kernel-not-found', `the kernel's folder cannot be read: ${reason(error)}`, { file: folder }),
    );
    return undefined;
  }
  if (existsSync(join(folder, 'modules.order')) || isBuildFolder(folder)) return folder;
  for (const place of ['lib/modules', 'usr/lib/modules', '.']) {
    const releases = foldersIn(join(folder, place)).filter((name) =>
      ['modules.order', 'modules.dep', 'modules.builtin', 'kernel'].some((entry) =>
        existsSync(join(folder, place, name, entry)),
      ),
    );
    if (releases.length === 1) return join(folder, place, releases[0]!);
    // In a folder of anything else, a folder named `kernel` is no sign.
    if (releases.length > 1 && place !== '.') {
      problems.push(
        problem('kernel-ambiguous', `there are ${releases.length} kernels here: ${releases.join(', ')}`, {
          file: folder,
          hint: `give one of them: ${join(folder, place, releases[0]!)}`,
        }),
      );
      return undefined;
    }
  }
  return folder;
}

function hasBuiltin(root: string): boolean {
  return (statSync(join(root, 'modules.builtin'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** A kernel's build leaves these, and no installation has them. */
function isBuildFolder(folder: string): boolean {
  return ['Makefile', '.config', 'include/config', 'Module.symvers'].some((entry) =>
    existsSync(join(folder, entry)),
  );
}

function readRelease(root: string): string | undefined {
  try {
    return readFileSync(join(root, 'include/config/kernel.release'), 'latin1').trim();
  } catch {
    const name = basename(realName(root));
    return /^[0-9]+\.[0-9]+/.test(name) ? name : undefined;
  }
}

/** The folder itself, where it is named by `.` or the like. */
function realName(folder: string): string {
  return /(^|\/)\.*\/*$/.test(folder) ? realpathSync(folder) : folder;
}

/**
 * The files that `modules.order` lists, relative to the root. Kernels before 6.2 list `.ko`, later ones `.o`; in a build
 * folder, those before 5.3 have `kernel/` in front, as in an installation.
 */
function readOrder(root: string, problems: Problem[]): string[] | undefined {
  const text = readList(root, 'modules.order', problems);
  if (text === undefined) return undefined;
  const lines = text.split('\n').filter((line) => line !== '');
  const files = lines.map((line) => line.replace(/\.o$/, '.ko'));
  const [first] = files;
  if (first === undefined || !isBuildFolder(root) || existsSync(join(root, first))) return files;
  const prefix = 'kernel/';
  return files.every((file) => file.startsWith(prefix))
    ? files.map((file) => file.slice(prefix.length))
    : files;
}

/** Every module's file below the root, sorted within its folder, where depmod has the file system's order. */
function walk(root: string, build: boolean, problems: Problem[]): string[] {
  const files: string[] = [];
  const behindLinks = new Set<string>();
  // Folders that are still to be read, with what they are relative to the root.
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const below: string[] = [];
    for (const entry of entriesOf(join(root, folder), problems)) {
      const path = `${folder}${entry.name}`;
      const kind = kindOf(entry, join(root, path));
      if (kind === 'file' && isModuleFile(entry.name)) files.push(path);
      // depmod leaves out what leads from an installation back to its build.
      if (kind !== 'folder' || entry.name === 'build' || entry.name === 'source') continue;
      if (entry.isSymbolicLink()) {
        // A build folder's links lead back into it; elsewhere they count once.
        const target = realpathSync(join(root, path));
        if (build || behindLinks.has(target)) continue;
        behindLinks.add(target);
      }
      below.push(`${path}/`);
    }
    folders.push(...below.reverse());
  }
  return files;
}

function entriesOf(folder: string, problems: Problem[]): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    problems.push(
      problem('kernel-unreadable', `this folder cannot be read: ${reason(error)}`, { file: folder }),
    );
    return [];
  }
}

function kindOf(entry: Dirent, path: string): 'file' | 'folder' | undefined {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return undefined;
  try {
    const target = statSync(path);
    return target.isFile() ? 'file' : target.isDirectory() ? 'folder' : undefined;
  } catch {
    return undefined;
  }
}

/** As depmod sorts: what the list has comes first, by its last line there; compressed or not is the same. */
function sortByOrder(files: string[], order: string[]): string[] {
  const places = new Map(order.map((file, index) => [file, index]));
  const place = (file: string): number => {
    const slash = file.lastIndexOf('/') + 1;
    const plain = file.slice(0, file.indexOf('.', slash));
    return places.get(`${plain}.ko`) ?? Number.POSITIVE_INFINITY;
  };
  return files
    .map((file) => ({ file, place: place(file) }))
    .sort((a, b) => (a.place === b.place ? 0 : a.place - b.place))
    .map(({ file }) => file);
}

/** The modules of a build's list that are there. */
function listed(root: string, paths: string[], problems: Problem[]): BuiltTree['modules'] {
  const modules = new Map<string, { name: string; path: string }>();
  for (const path of paths) {
    const name = moduleName(path);
    const file = ['', '.gz', '.xz', '.zst'].map((ending) => path + ending);
    const there = file.find((each) => existsSync(join(root, each)));
    if (there === undefined) {
      problems.push(
        problem('module-missing', `modules.order lists ${path}, which is not there`, {
          file: join(root, path),
          hint: 'finish the build: make modules',
        }),
      );
    } else if (!modules.has(name)) modules.set(name, { name, path: there });
    else if (modules.get(name)!.path !== there)
      problems.push(duplicate(root, name, modules.get(name)!.path, there));
  }
  return [...modules.values()];
}

/**
 * One file for each name: in `updates/` before elsewhere, as depmod has it without a configuration. Between others depmod
 * takes what its file system names first, so that is a problem.
 */
function preferred(root: string, paths: string[], problems: Problem[]): BuiltTree['modules'] {
  const rank = (path: string): number => (path.startsWith('updates/') ? 1 : 0);
  const chosen = new Map<string, string>();
  for (const path of paths) {
    const name = moduleName(path);
    const other = chosen.get(name);
    if (other === undefined || rank(path) > rank(other)) chosen.set(name, path);
    if (other !== undefined && rank(path) === rank(other)) problems.push(duplicate(root, name, other, path));
  }
  return paths
    .map((path) => ({ name: moduleName(path), path }))
    .filter(({ name, path }) => chosen.get(name) === path);
}

function duplicate(root: string, name: string, taken: string, other: string): Problem {
  return problem('module-duplicate', `two files are the module ${name}; the first is taken`, {
    file: join(root, other),
    notes: [join(root, taken), join(root, other)],
  });
}
