// Generates an example into demo/ and says what to do with it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
rmSync('demo', { recursive: true, force: true });
mkdirSync('demo');
for (const file of ['kmod.yaml', 'system.config']) cpSync(`examples/wifi-router/${file}`, `demo/${file}`);
console.log('$ cd demo && gen-kmod\n');
const { status } = spawnSync(process.execPath, ['../dist/gen-kmod.js'], { cwd: 'demo', stdio: 'inherit' });
process.exitCode = status ?? 1;
if (status === 0) {
  console.log(`
What to do next:
  demo/kmod.yaml              the target list this came from: change it, and run gen-kmod there again
  demo/kmod/firewall/         one of its three loaders: default.nix builds it, module.nix puts it into a system
  node dist/gen-kmod.js --targets demo/kmod.yaml --check     is the folder as the list says?
  node dist/gen-kmod.js --targets nft_ct,nft_masq --stdout   a loader without a list
  npm link                    makes the command \`gen-kmod\``);
}
