// Every claim of docs/performance.md, measured: npm run bench
import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const [cpu] = cpus();
console.log(
  `${cpus().length} × ${cpu.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GiB, node ${process.version}\n`,
);
for (const script of ['start', 'many', 'build', 'kernel']) {
  const { status } = spawnSync(process.execPath, [`bench/${script}.mjs`], { stdio: 'inherit' });
  process.exitCode ||= status ?? 1;
}
