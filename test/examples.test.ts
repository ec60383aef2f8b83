import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readTargetList } from '../src/targets/read.ts';
import { runCommand } from './cli/command.ts';

const examples = fileURLToPath(new URL('../examples', import.meta.url));

test.each(readdirSync(examples))(
  'examples/%s is what its list generates; otherwise: npm run examples',
  async (name) => {
    const { code, stderr } = await runCommand(['--targets', `${examples}/${name}/kmod.yaml`, '--check']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  },
);

test.each([
  ['guard', ['firewall', 'guard']],
  ['router', ['router', 'router', '--device', 'qemu']],
])('examples/%s is what gen-kmod new writes; otherwise: npm run examples', async (_, args) => {
  const { stdout, stderr } = await runCommand(['new', ...args, '--out', examples, '--diff']);
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
});

test('the lists in the documents can be read', () => {
  for (const document of ['../README.md', '../docs/targets.md']) {
    const text = readFileSync(fileURLToPath(new URL(document, import.meta.url)), 'utf8');
    const lists = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)]
      .map(([, list]) => list!)
      .filter((list) => list.includes('version:'));
    expect(lists.length, document).toBeGreaterThan(0);
    for (const list of lists) expect(readTargetList(list, document).warnings).toEqual([]);
  }
});
