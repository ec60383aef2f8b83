/** Small kernels on the disk, and all that can be asked of one. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Store } from '../../../src/cli/remembered/store.ts';
import { readRemembered } from '../../../src/cli/remembered/tree.ts';
import { type Kernel, readTree, type TreeReading } from '../../../src/kernel/kernel.ts';
import { diskTree } from '../../../src/kernel/tree.ts';

/** One of two architectures, with a module in each of three folders, one of which an included file lists. */
export const files: Readonly<Record<string, string>> = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nbuild-dir := .\n',
  Kbuild: 'obj-y += d/ arch/$(SRCARCH)/\n',
  Kconfig: 'config MODULES\n\tbool "Modules"\n\tmodules\n\nsource "d/Kconfig"\nosource "extra/Kconfig*"\n',
  'arch/mips/Makefile': '',
  'arch/mips/Kbuild': 'obj-$(CONFIG_A) += board.o\n',
  'arch/x86/Makefile': '',
  'd/Kconfig': 'config A\n\ttristate "A"\n\nconfig B\n\ttristate "B"\n\tdepends on A\n\thelp\n\t  About B.\n',
  'd/Makefile': 'obj-$(CONFIG_A) += a.o\nobj-y += e/\ninclude $(wildcard $(src)/*.mk)\n',
  'd/e/Makefile': 'obj-$(CONFIG_B) += b.o\n',
};

/** Long enough ago that nothing may still change unseen. */
export const longAgo = new Date(Date.now() - 3_600_000);

export function put(root: string, path: string, text: string, time = longAgo): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, 'latin1');
  utimesSync(file, time, time);
}

/** A store in memory, with what was asked of it. */
export function memoryStore(): Store & { readonly files: Map<string, Buffer>; readonly written: string[] } {
  const files = new Map<string, Buffer>();
  const written: string[] = [];
  return {
    files,
    written,
    read: (name) => files.get(name),
    write(name, bytes) {
      written.push(name.replace(/.*\./, ''));
      files.set(name, bytes);
    },
  };
}

export const names = ['a', 'b', 'board', 'c', 'x', 'nowhere'];

/** Everything that a reading answers, as text, but for what an index does not keep: places of prompts, and those within a line. */
export function answers({ kernel, problems }: TreeReading, asked: readonly string[] = names): string {
  if (!kernel) return JSON.stringify(problems);
  const { version, series, arch, kconfig, modules } = kernel;
  const symbols = [...kconfig.names(), ...kconfig.choices()].map((name) => {
    const symbol = kconfig.symbol(name)!;
    const defined = symbol.definitions.map(({ file, line, dependencies }) => [file, line, dependencies]);
    const prompts = symbol.prompts.map(({ text, condition }) => [text, condition]);
    return [name, symbol.type, defined, prompts, symbol.dependencies, symbol.choice];
  });
  const found = asked.map((name) => [name, modules.find(name).map(shownModule)]);
  return JSON.stringify([version, series, arch, symbols, found]);
}

/** And what needs all makefiles. */
export function allAnswers(kernel: Kernel): string {
  const { modules } = kernel;
  return JSON.stringify([
    modules.names(),
    modules.all().map(shownModule),
    modules.madeBy('A').map(shownModule),
  ]);
}

function shownModule({
  path,
  symbols,
  rules,
  builtin,
}: ReturnType<Kernel['modules']['all']>[number]): unknown {
  const shown = [rules, builtin].map((all) =>
    all.map(({ file, line, condition, folders }) => [
      file,
      line,
      condition,
      folders.map((each) => each.condition),
    ]),
  );
  return [path, symbols, shown];
}

/** What a run answers with a store, and then remembers in it. */
export function run(root: string, store: Store, asked: readonly string[] = names, arch = 'mips'): string {
  const { reading, remember } = readRemembered(root, arch, asked, store, 'these');
  const answered = answers(reading, asked);
  remember();
  return answered;
}

export function plain(root: string, asked: readonly string[] = names, arch = 'mips'): string {
  return answers(readTree(diskTree(root), arch), asked);
}
