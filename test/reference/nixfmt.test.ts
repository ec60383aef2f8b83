/** Generated files are formatted as nixfmt (RFC 166) would format them. NIXFMT names the program. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { plan } from '../../src/generate/plan.ts';
import { shippedRenderer } from '../../src/generate/shipped.ts';
import { readTargetList } from '../../src/targets/read.ts';
import { writtenList } from '../arbitrary.ts';
import { genKmod } from '../real/environment.ts';

const nixfmt = process.env.NIXFMT;

test.skipIf(nixfmt === undefined)('nixfmt has nothing to change in the files of 300 lists', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files: string[] = [];
  for (const [index, written] of fc.sample(writtenList, 300).entries()) {
    for (const { path, text } of plan(readTargetList(JSON.stringify(written), 'x').list, shippedRenderer())) {
      const file = join(folder, `${index}`, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      files.push(file);
    }
  }
  expect(spawnSync(nixfmt!, ['--check', ...files], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test.skipIf(nixfmt === undefined)(
  'nor in those of scaffolds, whatever they are called and have for modules',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of ['x', 'with', `a${'-long'.repeat(4)}`]) {
      for (const [kind, ...more] of [
        ['firewall'],
        ['firewall', '--targets', 'nft_ct'],
        ['firewall', '--thin'],
        ['firewall', '--thin', '--targets', 'nft_ct'],
        ['module', '--targets', 'huawei_cdc_ncm'],
        ['router', '--device', 'qemu'],
      ] as const) {
        const out = join(folder, [kind, ...more].join(''));
        expect(genKmod(['new', kind, name, ...more, '--out', out])).toMatchObject({ status: 0, stderr: '' });
      }
    }
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.nix'))
      .map((file) => join(folder, file));
    expect(files.length).toBeGreaterThan(80);
    expect(spawnSync(nixfmt!, ['--check', ...files], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  },
);

test.skipIf(nixfmt === undefined)('all Nix of the repository is formatted as well', () => {
  const files = execFileSync('git', ['ls-files', '*.nix'], { encoding: 'utf8' });
  const { status, stderr } = spawnSync(nixfmt!, ['--check', ...files.trim().split('\n')], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
