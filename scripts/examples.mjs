// Writes every example again: scaffolds, then what lists generate.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

function genKmod(...args) {
  const { status } = spawnSync(process.execPath, ['dist/gen-kmod.js', ...args], { stdio: 'inherit' });
  process.exitCode ||= status ?? 1;
}

for (const [name, ...args] of [
  ['guard', 'firewall', 'guard'],
  ['router', 'router', 'router', '--device', 'qemu'],
]) {
  rmSync(`examples/${name}`, { recursive: true, force: true });
  genKmod('new', ...args, '--out', 'examples', '--quiet');
}
for (const name of readdirSync('examples')) genKmod('--targets', `examples/${name}/kmod.yaml`);
