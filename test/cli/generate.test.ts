import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { resultSchema } from '../../src/cli/result.ts';
import { runCommand } from './command.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const list =
  'version: 1\nloaders:\n  firewall: { targets: [nft_ct, nft_masq] }\n  wifi: { targets: [ath9k], dependencies: [firewall] }\n';

/** A folder with `files` in it, which goes with the test. */
function project(files: Record<string, string> = { 'kmod.yaml': list }): string {
  const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const files = [
  'default.nix',
  'modules.nix',
  'firewall/default.nix',
  'firewall/module.nix',
  'wifi/default.nix',
  'wifi/module.nix',
];

test('the nearest list above the working directory is taken, and kmod/ is beside it', async () => {
  const folder = project({ 'kmod.yaml': list, 'a/b/x': '' });
  const { code, stdout } = await runCommand([], { cwd: join(folder, 'a/b') });
  expect(code).toBe(0);
  for (const file of [...files, '.gen-kmod.json'])
    expect(existsSync(join(folder, 'kmod', file)), file).toBe(true);
  expect(stdout).toContain('create   ../../kmod/firewall/default.nix');
  expect(JSON.parse(readFileSync(join(folder, 'kmod/.gen-kmod.json'), 'utf8'))).toMatchObject({
    format: 1,
    source: '../kmod.yaml',
  });
});

test('a list can be a file, standard input, or names, and says the same', async () => {
  const folder = project();
  const input = list.replaceAll(/\n {2}wifi.*/g, '').replace('firewall:', 'modules:');
  const results = await Promise.all([
    runCommand(['--targets', 'kmod.yaml', '--out', 'file', '--quiet'], { cwd: folder }),
    runCommand(['generate', '--targets', '-', '--out', 'stdin'], { cwd: folder, input }),
    runCommand(['--targets', 'nft_ct,nft_masq', '--out', 'names'], { cwd: folder }),
  ]);
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ]);
  expect(results[0]!.stdout).toBe('');
  for (const file of ['default.nix', 'modules.nix', 'modules/default.nix', 'modules/module.nix']) {
    expect(readFileSync(join(folder, 'names', file))).toEqual(readFileSync(join(folder, 'stdin', file)));
  }
});

test('--stdout prints the very file that would be written', async () => {
  const folder = project({ 'kmod.yaml': list.replace(/\n {2}wifi.*/, '') });
  const shown = await runCommand(['--stdout'], { cwd: folder });
  expect(existsSync(join(folder, 'kmod'))).toBe(false);
  await runCommand([], { cwd: folder });
  expect(shown.stdout).toBe(readFileSync(join(folder, 'kmod/firewall/default.nix'), 'utf8'));
});

test('--stdout --json carries the text of every file', async () => {
  const folder = project();
  const { stdout, code } = await runCommand(['--stdout', '--json'], { cwd: folder });
  const { changes } = v.parse(resultSchema, JSON.parse(stdout));
  expect(code).toBe(0);
  expect(existsSync(join(folder, 'kmod'))).toBe(false);
  await runCommand([], { cwd: folder });
  expect(changes?.map(({ path }) => path)).toEqual([...files.toSorted(), '.gen-kmod.json']);
  for (const { path, text } of changes!) expect(text).toBe(readFileSync(join(folder, 'kmod', path), 'utf8'));
});

test('--stdout of several loaders asks for --json', async () => {
  const { code, stderr } = await runCommand(['--stdout'], { cwd: project() });
  expect(code).toBe(2);
  expect(stderr).toContain('`--json`');
});

test('--dry-run says what a run would do, and does not', async () => {
  const folder = project();
  const dry = await runCommand(['--dry-run'], { cwd: folder });
  expect(existsSync(join(folder, 'kmod'))).toBe(false);
  const wet = await runCommand([], { cwd: folder });
  expect(wet.stdout).toContain(dry.stdout);
  expect((await runCommand(['--dry-run'], { cwd: folder })).stdout).toBe('kmod is up to date\n');
});

test('--check is content with what was generated, and with nothing else', async () => {
  const folder = project();
  expect((await runCommand(['--check'], { cwd: folder })).code).toBe(1);
  await runCommand([], { cwd: folder });
  expect(await runCommand(['--check'], { cwd: folder })).toEqual({
    code: 0,
    stdout: 'kmod is up to date\n',
    stderr: '',
  });
  rmSync(join(folder, 'kmod/wifi/module.nix'));
  const { code, stderr } = await runCommand(['--check'], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toContain('create kmod/wifi/module.nix');
});

test('patch makes of the old folder what --diff shows', async () => {
  const folder = project();
  await runCommand([], { cwd: folder });
  writeFileSync(
    join(folder, 'kmod.yaml'),
    'version: 1\nloaders:\n  firewall: { targets: [nft_ct] }\n  lan: { targets: [aquantia] }\n',
  );
  const { stdout, code } = await runCommand(['--diff'], { cwd: folder });
  expect(code).toBe(0);
  cpSync(join(folder, 'kmod'), join(folder, 'patched/kmod'), { recursive: true });
  const patched = spawnSync('git', ['apply', '-'], {
    cwd: join(folder, 'patched'),
    input: stdout,
    encoding: 'utf8',
  });
  expect(patched).toMatchObject({ status: 0, stderr: '' });
  await runCommand([], { cwd: folder });
  expect(spawnSync('diff', ['-r', 'kmod', 'patched/kmod'], { cwd: folder, encoding: 'utf8' }).stdout).toBe(
    '',
  );
  expect(existsSync(join(folder, 'kmod/wifi'))).toBe(false);
});

test('--check --diff shows the difference and fails', async () => {
  const folder = project();
  await runCommand([], { cwd: folder });
  writeFileSync(join(folder, 'kmod.yaml'), list.replace('nft_masq', 'nft_nat'));
  const { code, stdout } = await runCommand(['--check', '--diff'], { cwd: folder });
  expect(code).toBe(1);
  expect(stdout).toContain('-    "nft_masq"\n+    "nft_nat"\n');
});

test('--compat upstream makes every loader one of upstream', async () => {
  const folder = project();
  await runCommand(['--compat', 'upstream'], { cwd: folder });
  for (const loader of ['firewall', 'wifi']) {
    expect(readFileSync(join(folder, 'kmod', loader, 'default.nix'), 'utf8')).toContain(
      'name ? "kmodloader-${',
    );
  }
});

test("a user's template takes the place of one file, and the others stay", async () => {
  const folder = project({
    'kmod.yaml': list,
    'mine/set/modules.nix.hbs':
      '{{> marker}}\n{ imports = [ {{#each loaders}}(./. + {{nixString name}}) {{/each}}]; }\n',
    'mine/partials/marker.hbs': '# Ours.\n',
    'mine/loader/device.sh': "echo ''${mine}''\n",
  });
  await runCommand(['--templates', 'mine'], { cwd: folder });
  const read = (file: string) => readFileSync(join(folder, 'kmod', file), 'utf8');
  expect(read('modules.nix')).toBe('# Ours.\n{ imports = [ (./. + "firewall") (./. + "wifi") ]; }\n');
  expect(read('firewall/default.nix')).toMatch(/^# Ours\.\n\{\n {2}liminix,\n/);
  expect(read('firewall/default.nix')).toContain("          echo '''''${mine}'''\n");
  expect(read('firewall/default.nix')).not.toContain('inserted');
});

test('--watch generates again when the list changes, reports one object a line, and ends by a signal', async () => {
  const folder = project();
  const child = spawn(process.execPath, [join(repository, 'dist/gen-kmod.js'), '--watch', '--json'], {
    cwd: folder,
  });
  const lines: string[] = [];
  let rest = '';
  let wake = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  const line = async (number: number) => {
    while (lines.length < number) await new Promise<void>((done) => (wake = done));
    return v.parse(resultSchema, JSON.parse(lines[number - 1]!));
  };

  expect((await line(1)).changes?.every(({ change }) => change === 'create')).toBe(true);
  writeFileSync(join(folder, 'kmod.yaml'), list.replace('nft_masq', 'nft_nat'));
  expect(
    (await line(2)).changes?.filter(({ change }) => change === 'update').map(({ path }) => path),
  ).toContain('firewall/default.nix');
  writeFileSync(join(folder, 'kmod.yaml'), 'version: 7\nloaders: { a: { targets: [a] } }\n');
  expect((await line(3)).diagnostics[0]?.code).toBe('unsupported-version');
  writeFileSync(join(folder, 'kmod.yaml'), list);
  expect((await line(4)).diagnostics).toEqual([]);
  child.kill('SIGINT');
  const code = await new Promise((done) => child.on('close', done));
  expect(code).toBe(130);
});

test('a signal ends the wait for standard input', async () => {
  const child = spawn(process.execPath, [join(repository, 'dist/gen-kmod.js'), '--targets', '-'], {
    cwd: project(),
  });
  await new Promise((done) => setTimeout(done, 500));
  child.kill('SIGINT');
  expect(await new Promise((done) => child.on('close', done))).toBe(130);
});

test('init writes a list that generates without a word of complaint', async () => {
  const folder = project({});
  expect((await runCommand(['init'], { cwd: folder })).code).toBe(0);
  const { code, stderr } = await runCommand([], { cwd: folder });
  expect([code, stderr]).toEqual([0, '']);
  const uncommented = readFileSync(join(folder, 'kmod.yaml'), 'utf8').replace(
    /^( +)# (?=[a-z-]+:| {1,2}-| {2}|- )/gm,
    '$1',
  );
  writeFileSync(join(folder, 'kmod.yaml'), uncommented);
  const second = await runCommand([], { cwd: folder });
  expect(second.stderr).toContain('there is no loader `mac80211`');
});

test('help names every flag and shows examples that run', async () => {
  const { code, stdout } = await runCommand(['--help']);
  expect(code).toBe(0);
  for (const flag of [
    'targets',
    'out',
    'name',
    'dry-run',
    'diff',
    'check',
    'stdout',
    'force',
    'json',
    'watch',
    'templates',
    'compat',
    'quiet',
  ]) {
    expect(stdout).toContain(`--${flag} `);
  }
  const folder = project({ 'kmod.yaml': list, 'router/kmod.yaml': list });
  await runCommand(['--targets', 'router/kmod.yaml'], { cwd: folder });
  const examples = [...stdout.matchAll(/^ {2}gen-kmod(.*?) {2,}/gm)].map(([, words]) =>
    words!.replace(/>>.*/, '').trim(),
  );
  expect(examples.length).toBeGreaterThan(5);
  for (const words of examples.filter(
    (each) => !/^(generate|check|resolve|explain \[.*|index|init|new \[.*)$/.test(each),
  )) {
    const cwd = /--targets nft|^new /.test(words) ? project({}) : folder;
    expect({ words, ...(await runCommand(words === '' ? [] : words.split(' '), { cwd })) }).toMatchObject({
      words,
      code: 0,
      stderr: '',
    });
  }
});

test('--version is the version of package.json', async () => {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  expect((await runCommand(['--version'])).stdout).toBe(`${version}\n`);
});

test('bash completes commands and flags', async () => {
  const script = await runCommand(['completion'], { env: { SHELL: '/bin/bash' } });
  expect(script.code).toBe(0);
  expect(spawnSync('bash', ['-n'], { input: script.stdout, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
  const flags = await runCommand(['--get-yargs-completions', 'gen-kmod', '--'], {
    env: { SHELL: '/bin/bash' },
  });
  expect(flags.stdout).toContain('--dry-run');
  const values = await runCommand(['--get-yargs-completions', 'gen-kmod', '--compat', ''], {
    env: { SHELL: '/bin/bash' },
  });
  expect(values.stdout).toBe('upstream\n');
  for (const flag of ['--kernel', '--build', '--arch', '--flash']) {
    const files = await runCommand(['--get-yargs-completions', 'gen-kmod', 'resolve', flag, ''], {
      env: { SHELL: '/bin/bash' },
    });
    expect(files.stdout.trim(), flag).toBe('');
  }
  const commands = await runCommand(['--get-yargs-completions', 'gen-kmod', ''], {
    env: { SHELL: '/bin/bash' },
  });
  expect(commands.stdout).toContain('init');
  const after = (...words: string[]) =>
    runCommand(['--get-yargs-completions', 'gen-kmod', ...words], { env: { SHELL: '/bin/bash' } });
  expect((await after('new', 'f')).stdout).toBe('firewall\n');
  expect((await after('new', 'firewall', 'guard', '--th')).stdout).toBe('--thin\n');
});

test('a reader that stops reading is no error', () => {
  const script = `"${process.execPath}" "${join(repository, 'dist/gen-kmod.js')}" --targets nft_ct --stdout | head -n 1; exit "\${PIPESTATUS[0]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^# Generated by gen-kmod/);
});

test('colour is for terminals, and for those who ask', async () => {
  const cwd = project({ 'kmod.yaml': 'version: 7\n' });
  const colour = '\u001b[';
  expect((await runCommand([], { cwd })).stderr).not.toContain(colour);
  expect((await runCommand([], { cwd, env: { FORCE_COLOR: '1' } })).stderr).toContain(colour);
  expect((await runCommand([], { cwd, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stderr).not.toContain(
    escape,
  );
});
