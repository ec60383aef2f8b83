/** What commands ask of a built kernel, of files that nobody built. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openBuilt as openForPerson } from '../../src/cli/built.ts';
import { builtTargets, closureLines, closureResult, everyBuilt, measure } from '../../src/cli/closure.ts';
import { explainBuilt } from '../../src/cli/explain-built.ts';
import { Failure } from '../../src/diagnostics/diagnostic.ts';
import { type BuiltKernel, closuresOf, looksBuilt, sourcesOf } from '../../src/kernel/built.ts';
import { diagnoseBuilt } from '../../src/kernel/diagnose-built.ts';
import { makeLoader } from '../../src/targets/target-list.ts';
import { scratch } from '../output/folder.ts';
import { plant, writeModule } from './modules/elf-writer.ts';
import { module } from './modules/kernel.ts';

const modinfo = [
  'softdep=pre: b-alias c',
  'firmware=a.bin',
  'parmtype=level:uint',
  'parm=level:how',
  'alias=x*',
];
const whole = {
  a: writeModule(module('a', ['b'], ...modinfo)),
  b: writeModule(module('b', ['c'], 'alias=b-alias')),
  c: writeModule({ ...module('c'), bits: 32, byteOrder: 'big', machine: 8 }),
};

/** All that commands ask; whatever the files are, it ends in data. */
function ask(folder: string): void {
  let built: BuiltKernel;
  const findings = { sources: new Map(), diagnostics: [] };
  try {
    built = openForPerson(folder, findings);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return;
  }
  const loader = {
    ...makeLoader('net', ['a', 'b', 'x-ray', 'ghost', 'none']),
    parameters: new Map([['a', new Map([['level', '1']])]]),
  };
  const closures = closuresOf(built, [loader]);
  const { closure } = closures.loaders[0]!;
  const sizes = measure(built)(closures.modules);
  expect(closureLines(closure, sizes, 1024).join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(closureResult(built, closure, sizes).closure).toHaveLength(closure.modules.length);
  builtTargets(built, closure);
  everyBuilt(built);
  diagnoseBuilt(built, closures, { loaders: [loader] }, undefined);
  for (const name of ['a', 'b', 'c', 'x-ray', 'ghost', 'none']) {
    expect(explainBuilt(built, name).lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  }
}

test('damaged modules and lists end in data', () => {
  const name = fc.constantFrom(...(Object.keys(whole) as (keyof typeof whole)[]));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((noise) => () => Buffer.from(noise)),
    fc.nat(2000).map((length) => (file: Buffer) => file.subarray(0, length)),
    fc
      .array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 20 })
      .map((changes) => (file: Buffer) => {
        const copy = Buffer.from(file);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        return copy;
      }),
  );
  const list = fc.string({
    unit: fc.constantFrom('a', '.', 'alias=', '*', '\0', '\n', 'kernel/', '\u001b', '[', ']'),
  });
  fc.assert(
    fc.property(name, bytes, list, list, (changed, change, builtin, info) => {
      const folder = join(scratch(), '6.12.0');
      mkdirSync(join(folder, 'kernel'), { recursive: true });
      for (const [each, file] of Object.entries(whole))
        writeFileSync(join(folder, `kernel/${each}.ko`), each === changed ? change(file) : file);
      writeFileSync(join(folder, 'modules.builtin'), builtin);
      writeFileSync(join(folder, 'modules.builtin.modinfo'), info);
      ask(folder);
    }),
    { numRuns: process.env.GEN_KMOD_FULL ? 5_000 : 300, seed: 5 },
  );
});

test('a list of what is builtin can name what it does not have', () => {
  const folder = join(scratch(), '6.12.0');
  plant(folder, {
    'kernel/a.ko': module('a'),
    'modules.builtin': '',
    'modules.builtin.modinfo': 'ghost.alias=*\0',
  });
  ask(folder);
  const built = openForPerson(folder, { sources: new Map(), diagnostics: [] });
  expect(explainBuilt(built, 'anything').lines).toEqual(['alias anything: stands for ghost']);
  const { closure } = closuresOf(built, [makeLoader('net', ['anything'])]).loaders[0]!;
  expect(builtTargets(built, closure).targets).toMatchObject([{ target: 'anything', status: 'builtin' }]);
});

test('packed modules that cannot be unpacked take nothing, and are reported', () => {
  const folder = join(scratch(), '6.12.0');
  plant(folder, { 'kernel/a.ko.xz': 'packed', 'kernel/b.ko.gz': 'not at all', 'kernel/c.ko': module('c') });
  const findings = { sources: new Map(), diagnostics: [] };
  const built = openForPerson(folder, findings);
  expect(findings.diagnostics).toMatchObject([{ code: 'module-unreadable' }, { code: 'module-malformed' }]);
  const { modules } = closuresOf(built, [makeLoader('net', ['a', 'b', 'c'])]);
  expect(modules.map(({ bytes }) => bytes > 0)).toEqual([false, false, true]);
  expect(measure(built)(modules).raw).toBe(modules[2]!.bytes);
});

test('what a module says cannot steer a terminal', () => {
  const folder = join(scratch(), '6.12.0');
  const evil = '\u001b]0;title\u0007\u001b[2J';
  plant(folder, {
    'kernel/a.ko': module(
      'a',
      [],
      `firmware=${evil}`,
      `softdep=pre: ${evil}`,
      `description=two\nlines${evil}`,
    ),
  });
  ask(folder);
  const built = openForPerson(folder, { sources: new Map(), diagnostics: [] });
  expect(explainBuilt(built, 'a').lines).toContainEqual(
    expect.stringMatching(/description {3}two lines\ufffd/),
  );
});

test('a folder is known for a built kernel, or for sources, by what lies in it', () => {
  const root = scratch();
  const source = { Makefile: '', Kconfig: '', 'arch/x86/Kconfig': '' };
  const folders: Record<string, { files: Record<string, string>; built: boolean }> = {
    sources: { files: source, built: false },
    configured: { files: { ...source, '.config': '', 'include/config/auto.conf': '' }, built: false },
    made: { files: { ...source, 'modules.order': 'a.ko\n' }, built: true },
    whole: { files: { ...source, 'modules.order': '' }, built: false },
    beside: { files: { '.config': '', Makefile: '', 'arch/x86/include/x.h': '' }, built: true },
    image: { files: { 'lib/modules/6.1/kernel/a.ko': '' }, built: true },
    merged: { files: { 'usr/lib/modules/6.1/kernel/a.ko': '' }, built: true },
    release: { files: { 'modules.dep': '' }, built: true },
    bare: { files: { 'kernel/a.ko': '' }, built: true },
    other: { files: { 'index.html': '' }, built: false },
  };
  for (const [name, { files, built }] of Object.entries(folders)) {
    plant(join(root, name), files);
    expect(looksBuilt(join(root, name)), name).toBe(built);
  }
  expect(looksBuilt(join(root, 'nowhere'))).toBe(false);
});

test('sources are found where a build or an installation leads to them', () => {
  const root = scratch();
  const source = { 'source/Makefile': '', 'source/Kconfig': '', 'source/arch/x86/Kconfig': '' };
  plant(root, {
    'lib/modules/6.12.0/kernel/a.ko': module('a'),
    ...Object.fromEntries(
      Object.entries(source).map(([path, text]) => [`lib/modules/6.12.0/build/${path}`, text]),
    ),
    'other/lib/modules/6.12.0/kernel/a.ko': module('a'),
    'other/lib/modules/6.12.0/build/Makefile': '',
  });
  const open = (folder: string) => openForPerson(folder, { sources: new Map(), diagnostics: [] });
  expect(sourcesOf(open(root))).toBe(join(root, 'lib/modules/6.12.0/build/source'));
  expect(sourcesOf(open(join(root, 'other')))).toBeUndefined();
});
