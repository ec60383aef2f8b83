/** Makefiles that nobody wrote, read by make under a configuration and by us under all. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holds, moduleState } from '../../../src/kernel/kbuild/kbuild.ts';
import { configuration, makefile } from '../../kernel/kbuild/arbitrary.ts';
import { read } from '../../kernel/kbuild/trees.ts';
import { scratch } from '../environment.ts';

const runs = process.env.GEN_KMOD_FULL === '1' ? 5_000 : 250;

// As scripts/Makefile.lib does it, but for a word that happens to be a pattern.
const probe = `obj-y :=
obj-m :=
include conf.mk
include folder.mk
$(info @m $(filter-out $(subst %,_,$(obj-y)),$(obj-m)))
$(info @y $(obj-y))
all: ;
`;

test('random makefiles list what make finds in them', () => {
  const folder = scratch();
  writeFileSync(join(folder, 'probe.mk'), probe);
  const seed = Number(process.env.GEN_KMOD_SEED ?? 20251);
  fc.assert(
    fc.property(makefile, fc.array(configuration, { minLength: 3, maxLength: 3 }), (text, configurations) => {
      writeFileSync(join(folder, 'folder.mk'), text);
      const kbuild = read(text, {}, { typeOf: () => 'tristate' });
      const unread = kbuild.problems.filter(
        ({ kind }) => kind !== 'unclear-object' && kind !== 'missing-makefile',
      );
      expect(unread).toEqual([]);
      for (const values of configurations) {
        const lines = Object.entries(values).map(([symbol, value]) => `CONFIG_${symbol}=${value}\n`);
        writeFileSync(join(folder, 'conf.mk'), lines.filter((line) => !line.endsWith('=\n')).join(''));
        const printed = execFileSync('make', ['-rR', '-f', 'probe.mk', 'obj=d', 'src=d', 'all'], {
          cwd: folder,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const made = kbuild.modules
          .filter((module) => moduleState(module, (symbol) => values[symbol] ?? '') === 'm')
          .map(({ path }) => path);
        expect(made, JSON.stringify(values)).toEqual(objects(printed, '@m'));
      }
    }),
    { numRuns: runs, seed },
  );
});

function objects(printed: string, name: string): string[] {
  const line = printed.split('\n').find((one) => one.startsWith(`${name} `)) ?? '';
  const words = line.split(/\s+/).filter((word) => word.endsWith('.o'));
  return [...new Set(words.map((word) => join('d', word).replace(/o$/, 'ko')))].sort();
}

// What scripts/Makefile.lib calls multi-obj-m, and its members, for the variables of the makefiles by chance.
const membersProbe = `include conf.mk
include folder.mk
search = $(strip $(foreach s,$2,$($1$s)))
members = $(if $(call search,$1,-objs -y -m -),$(call search,$1,-objs -y -m),$1.o)
$(foreach v,v0 v1 v2 v3,$(info @$v $(call members,$v)))
all: ;
`;

test('modules of random makefiles are linked from what make finds', () => {
  const folder = scratch();
  writeFileSync(join(folder, 'probe.mk'), membersProbe);
  const seed = Number(process.env.GEN_KMOD_SEED ?? 20252);
  fc.assert(
    fc.property(makefile, fc.array(configuration, { minLength: 3, maxLength: 3 }), (text, configurations) => {
      const names = ['v0', 'v1', 'v2', 'v3'];
      // Nothing else is listed, so that each is a module.
      const listing = `override obj-y :=\noverride obj-m := ${names.map((name) => `${name}.o`).join(' ')}\n`;
      writeFileSync(join(folder, 'folder.mk'), `${text}\n${listing}`);
      const composition = read(`${text}\n${listing}`, {}, { typeOf: () => 'tristate' }).composition();
      for (const values of configurations) {
        const lines = Object.entries(values).map(([symbol, value]) => `CONFIG_${symbol}=${value}\n`);
        writeFileSync(join(folder, 'conf.mk'), lines.filter((line) => !line.endsWith('=\n')).join(''));
        const printed = execFileSync('make', ['-rR', '-f', 'probe.mk', 'obj=d', 'src=d', 'all'], {
          cwd: folder,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        for (const name of names) {
          const linked = composition
            .of(`d/${name}.ko`)
            .filter(({ condition }) => holds(condition, (symbol) => values[symbol] ?? ''))
            .map(({ path }) => path.replace(/o$/, 'ko'));
          expect(linked.sort(), `${name} ${JSON.stringify(values)}`).toEqual(objects(printed, `@${name}`));
        }
      }
    }),
    { numRuns: runs, seed },
  );
});
