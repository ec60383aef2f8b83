/** What is read of single modules and patterns, with the real thing in the wrong shape, and beside other programs. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBuiltTree } from '../../../src/kernel/modules/built-tree.ts';
import { resolveClosure } from '../../../src/kernel/modules/closure.ts';
import { matches } from '../../../src/kernel/modules/glob.ts';
import { buildGraph, modinfoOf } from '../../../src/kernel/modules/graph.ts';
import { makeLookup } from '../../../src/kernel/modules/lookup.ts';
import { exportsOf, type Links, readLinks, withModule } from '../../../src/kernel/modules/module-file.ts';
import { Malformed } from '../../../src/kernel/modules/problem.ts';
import { packedSizes } from '../../../src/kernel/modules/sizes.ts';
import { SymbolNames } from '../../../src/kernel/modules/symbol-names.ts';
import { run, scratch } from '../environment.ts';
import { images, imageTree } from './images.ts';

const trees = images
  .map((name) => ({ name, tree: imageTree(name) }))
  .filter(({ tree }) => tree !== undefined);

describe.for(trees)('modules of $name that something has happened to', ({ tree }) => {
  test('are modules or errors', () => {
    const { modules } = readBuiltTree(tree!).tree!;
    const count = process.env.GEN_KMOD_FULL ? 40 : 4;
    const sample = Array.from({ length: count }, (_, index) =>
      readFileSync(join(tree!, modules[Math.floor((index + 0.5) * (modules.length / count))]!.path)),
    );
    const file = join(scratch(), 'changed.ko');
    let errors = 0;
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...sample),
        fc.array(change, { maxLength: 6 }),
        // Half of the changes hit what says where everything is: the header, or the headers of sections.
        fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 2 }),
        (original, changes, cut) => {
          const content = Buffer.from(original);
          changes.forEach(({ at, byte }, index) => {
            const tail = Math.min(8192, content.length);
            const place =
              index % 3 === 0
                ? at * 63
                : index % 3 === 1
                  ? content.length - 1 - at * (tail - 1)
                  : at * (content.length - 1);
            content[Math.floor(place)] = byte;
          });
          writeFileSync(file, cut === null ? content : content.subarray(0, Math.floor(cut * content.length)));
          try {
            withModule(file, (elf) => {
              const links: Links = { exports: [], uses: [] };
              readLinks(elf, new SymbolNames(), links);
              expect(exportsOf(elf).length).toBeLessThanOrEqual(links.exports.length);
              expect(modinfoOf(elf).fields).toBeInstanceOf(Array);
            });
          } catch (error) {
            if (!(error instanceof Malformed)) throw error;
            errors++;
          }
        },
      ),
      { numRuns: process.env.GEN_KMOD_FULL ? 20_000 : 1_000, seed: 7 },
    );
    expect(errors).toBeGreaterThan(100);
  });
});

const sets = [['nft_ct', 'nft_masq', 'nft_fib_ipv4', 'nft_log', 'usb_storage']];

test('patterns match as fnmatch(3) has it', () => {
  const folder = scratch();
  writeFileSync(
    join(folder, 'ask.c'),
    `#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
	static char line[4096];
	while (fgets(line, sizeof line, stdin)) {
		char *text = strchr(line, '\\t');
		line[strcspn(line, "\\n")] = 0;
		*text++ = 0;
		puts(fnmatch(line, text, 0) ? "no" : "yes");
	}
}
`,
  );
  execFileSync('gcc', ['-o', join(folder, 'ask'), join(folder, 'ask.c')]);
  const piece = fc.constantFrom(
    '*',
    '?',
    '[',
    ']',
    '!',
    '^',
    '-',
    '\\',
    'a',
    'b',
    'c',
    '[a-b]',
    '[!a]',
    '[]-a]',
    '[b-]',
  );
  const pattern = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '-', ']', '[', '\\', '!'), { maxLength: 5 })
    .map((all) => all.join(''));
  const asked = fc.sample(fc.tuple(pattern, text), { numRuns: 50_000, seed: 3 });
  const { stdout } = run(join(folder, 'ask'), [], {
    input: asked.map((each) => `${each.join('\t')}\n`).join(''),
  });
  const theirs = stdout.trim().split('\n');
  expect(theirs.filter((word) => word === 'yes').length).toBeGreaterThan(1_000);
  asked.forEach(([pattern, text], index) => {
    expect(matches(pattern, text) ? 'yes' : 'no', `${pattern} against ${text}`).toBe(theirs[index]);
  });
});

describe.for(trees)('sizes of $name', ({ tree }) => {
  test.for(process.env.GEN_KMOD_FULL ? [...sets, ['ext4'], ['mac80211']] : sets)(
    'packed sizes of %s are near what xz, zstd and gzip make of blocks',
    (targets) => {
      const graph = buildGraph(readBuiltTree(tree!).tree!);
      const { modules, bytes } = resolveClosure(graph, makeLookup(graph), targets);
      const files = modules.map(({ module }) => graph.file(module));
      const sizes = packedSizes(files);
      expect(sizes.raw).toBe(bytes);
      // s390x has no wireless.
      if (files.length === 0) return;
      const blocks = files.flatMap((file) => {
        const content = readFileSync(file);
        return Array.from({ length: Math.ceil(content.length / 131072) }, (_, index) =>
          content.subarray(index * 131072, (index + 1) * 131072),
        );
      });
      const packed = (program: string, args: string[], wrapping: number): number =>
        blocks.reduce(
          (sum, input) =>
            sum + Math.min(input.length, execFileSync(program, args, { input }).length - wrapping),
          0,
        );
      // A stream's own beginning and end, which a squashfs block does not have.
      const ratios = {
        xz: sizes.xz / packed('xz', ['-c', '--check=crc32'], 32),
        zstd: sizes.zstd / packed('zstd', ['-q', '-c', '-19'], 13),
        gzip: sizes.gzip / packed('gzip', ['-9', '-c'], 12),
      };
      if (process.env.GEN_KMOD_FULL) console.info(targets.join(), ratios);
      for (const [kind, ratio] of Object.entries(ratios)) {
        expect(ratio, kind).toBeGreaterThan(0.93);
        expect(ratio, kind).toBeLessThan(1.07);
      }
    },
  );
});
