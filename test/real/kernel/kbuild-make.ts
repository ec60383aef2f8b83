/**
 * What a kernel's own makefiles, read by make, would build under a configuration: the root's Makefile says what folders
 * inherit, and scripts/Makefile.build is asked, folder by folder, what is in its lists. Nothing is built.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** `n` where it is not in the map. */
export type Configuration = ReadonlyMap<string, string>;

export interface MadeByMake {
  /** Paths of modules and of objects that are built in. */
  modules: Set<string>;
  builtin: Set<string>;
  /** What modules are linked from, by path; a module that is compiled from a source of its own is not here. */
  members: Map<string, Set<string>>;
  /** Folders that were asked. */
  folders: string[];
  /** Folders that make gives up on, with what it says. */
  failures: { folder: string; message: string }[];
}

const rootProbe = `include $(TREE)/Makefile
export PROBE_DIRS := $(vmlinux-dirs)
.PHONY: probe_install
probe_install: ; @env -0
`;

const folderProbe = `include $(srctree)/scripts/Makefile.build
$(info @modules $(if $(need-modorder),$(filter %.o,$(obj-m))))
$(info @builtin $(if $(need-builtin),$(addprefix $(obj)/,$(filter %.o,$(obj-y)))))
$(foreach m,$(multi-obj-m),$(info @members $(m) $(addprefix $(obj)/,$(filter %.o,$(call suffix-search,$(patsubst $(obj)/%,%,$m),.o,-objs -y -m)))))
# To 5.6 there is another name for these.
$(info @folders $(or $(subdir-modorder),$(addsuffix /modules.order,$(subdir-ym))))
$(info @builtin-folders $(or $(subdir-builtin),$(subdir-obj-y)))
.PHONY: probe
probe: ; @:
`;

/**
 * @param work an empty folder
 * @param visits whether to go into a folder; by default all are gone into
 */
export async function madeByMake(
  tree: string,
  arch: string,
  configuration: Configuration,
  work: string,
  visits: (folder: string) => boolean = () => true,
): Promise<MadeByMake> {
  const lines = Array.from(configuration, ([symbol, value]) => `CONFIG_${symbol}=${value}\n`);
  for (const folder of ['include/config', 'include/generated'])
    mkdirSync(join(work, folder), { recursive: true });
  // Some architectures want to see that there was a configuration.
  writeFileSync(join(work, 'include/config/auto.conf'), lines.join(''));
  for (const file of ['include/generated/autoconf.h', 'include/generated/rustc_cfg'])
    writeFileSync(join(work, file), '');
  writeFileSync(join(work, 'root.mk'), rootProbe);
  writeFileSync(join(work, 'folder.mk'), folderProbe);

  const options = { cwd: work, maxBuffer: 64 * 1024 * 1024 };
  const clean = Object.fromEntries(
    ['PATH', 'HOME'].map((name) => [name, process.env[name]]).concat([['LC_ALL', 'C']]),
  );
  // Up to 6.0 what is asked for is known in the second make only, which is this one then.
  const makefile = readFileSync(join(tree, 'Makefile'), 'latin1');
  const old = makefile.includes('vmlinux-dirs');
  const second = old ? { sub_make_done: '1', abs_srctree: tree, abs_objtree: work } : {};
  const elsewhere = [
    ...(old ? ['-I', tree] : []),
    ...(makefile.includes('ifeq ($(KBUILD_SRC),)') ? [`KBUILD_SRC=${tree}`] : []),
  ];
  // That goal's name is one of those that do not bring the configuration up to date.
  const root = await execute(
    'make',
    [
      ...['--no-print-directory', '-f', 'root.mk', ...elsewhere],
      ...[`TREE=${tree}`, `ARCH=${arch}`, 'SUBARCH=x86', 'probe_install'],
    ],
    { ...options, env: { ...clean, ...second } },
  );
  const inherited: Record<string, string> = {};
  for (const line of root.stdout.split('\0')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
    if (name !== undefined && !['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL'].includes(name)) inherited[name] = value!;
  }

  const made: MadeByMake = {
    modules: new Set(),
    builtin: new Set(),
    members: new Map(),
    folders: [],
    failures: [],
  };
  // Up to 6.0 the root's Makefile visits folders itself.
  const dirs = (inherited.PROBE_DIRS ?? '').split(/\s+/).filter(Boolean);
  let round = (dirs.length > 0 ? dirs : ['.']).map((folder) => ({ folder, builtin: true }));
  let next: typeof round = [];
  const ask = async (): Promise<void> => {
    for (let asked = round.pop(); asked; asked = round.pop()) {
      const { folder, builtin } = asked;
      made.folders.push(folder);
      const flags = [`obj=${folder}`, `need-builtin=${builtin ? 1 : ''}`, 'need-modorder=1'];
      let stdout = '';
      try {
        ({ stdout } = await execute('make', ['-rR', '-I', tree, '-f', 'folder.mk', ...flags, 'probe'], {
          ...options,
          env: inherited,
        }));
      } catch (error) {
        made.failures.push({ folder, message: (error as { stderr: string }).stderr });
        continue;
      }
      const listed = (name: string): string[] =>
        (new RegExp(`^@${name} (.*)$`, 'm').exec(stdout)?.[1] ?? '').split(/\s+/).filter(Boolean).map(normal);
      for (const object of listed('modules')) made.modules.add(object.replace(/\.o$/, '.ko'));
      for (const object of listed('builtin')) made.builtin.add(object);
      for (const [, line] of stdout.matchAll(/^@members (.*)$/gm)) {
        const [module, ...objects] = line!.split(/\s+/).filter(Boolean).map(normal);
        made.members.set(module!.replace(/\.o$/, '.ko'), new Set(objects));
      }
      const builtins = new Set(listed('builtin-folders').map((file) => file.replace(/\/built-in\.a$/, '')));
      for (const file of listed('folders')) {
        const child = file.replace(/\/modules\.order$/, '');
        if (visits(child)) next.push({ folder: child, builtin: builtins.has(child) });
      }
    }
  };
  // Level by level, two at a time.
  for (; round.length > 0; [round, next] = [next, []]) await Promise.all([ask(), ask()]);
  return made;
}

function normal(path: string): string {
  return join(path);
}
