import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { plant, test } from './device.ts';
import { nixBuild } from './environment.ts';
import { build, ours } from './loader.ts';
import { builtinModule, inStore, installedTree } from './trees.ts';

/** What a shell, a sed, or a printf could make something else of; in the order in which Nix has attributes. */
const awkward: Record<string, string> = {
  apostrophe: "it's",
  backslash: '\\n\\0\\',
  backtick: '`touch /run/harm`',
  comma: '1,2,3',
  edges: '  before and after ',
  empty: '',
  glob: '* ? [a-z] ~',
  hash: '# no comment',
  letters: 'größe=ü',
  long: 'x'.repeat(1023),
  nix: "${kernel} ''${kernel} ''",
  percent: '%s%n',
  plain: '4096',
  separator: ';touch /run/harm;&|<>',
  spaces: 'two  words',
  substitution: '$(touch /run/harm) ${HOME} $1',
};

describe('parameters', () => {
  test('reach insmod as they are written, in double quotes where the kernel may see a space', async ({
    boot,
  }) => {
    const tree = plant(['nfnetlink', 'nf_tables', 'libcrc32c', 'nft_limit']);
    const [service] = build(
      ours(['nft_limit'], inStore(tree.path), {
        parameters: { nf_tables: awkward, libcrc32c: { one: '1', two: '2' } },
      }),
    );
    const device = await boot(tree);
    const { status, output, calls } = await device.start(join(service!.path, service!.name, 'up')).done;
    expect(status, output).toBe(0);

    const expected = Object.entries(awkward).map(([name, value]) =>
      /^[!-~]*$/.test(value) ? `${name}=${value}` : `${name}="${value}"`,
    );
    expect(calls).toEqual([
      'insmod nfnetlink',
      'insmod libcrc32c one=1 two=2',
      `insmod nf_tables ${expected.join(' ')}`,
      'insmod nft_limit',
    ]);
    expect(existsSync(device.path('/run/harm'))).toBe(false);
  });

  test('are for a module by either of its names, a preferred one too', () => {
    const tree = installedTree();
    const [listed, overridden] = build(
      ours(['nft_ct'], tree, {
        parameters: { 'nf-conntrack': { hashsize: '4096' }, 'crc32c-intel': { a: 'b' } },
      }),
      `${ours(['nft_ct'], tree)}.override {
        parameters = { nf-conntrack.hashsize = 4096; crc32c-intel.a = "b"; };
      }`,
    );
    for (const service of [listed!, overridden!]) {
      expect(service.load.filter((step) => step.arguments !== '')).toEqual([
        { how: 'prefer', file: 'kernel/arch/x86/crypto/crc32c-intel.ko', arguments: "'a=b'" },
        { how: 'load', file: 'kernel/net/netfilter/nf_conntrack.ko', arguments: "'hashsize=4096'" },
      ]);
    }
  });

  test('for a module that is not loaded, or is builtin, fail the build, which names it', () => {
    const tree = installedTree();
    const builtin = builtinModule(tree);
    for (const [module, target] of [
      ['nft_masq', 'nft_ct'],
      ['no_such_module', 'nft_ct'],
      [builtin, builtin],
      ['nf', 'nft_ct'],
    ] as const) {
      const { ok, log } = nixBuild(ours([target], tree, { parameters: { [module]: { a: '1' } } }));
      expect(ok, module).toBe(false);
      expect(log).toContain(`kmod-test: parameters for ${module}, which is no loadable module here`);
    }
  });
});
