import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { resultSchema } from '../../src/cli/result.ts';
import { differences, readTree, scratch } from '../output/folder.ts';
import { runCommand } from './command.ts';

const firewall = [
  ...['default-rules.nix', 'default.nix', 'kmod.yaml', 'kmod/.gen-kmod.json', 'kmod/default.nix'],
  ...['kmod/guard/default.nix', 'kmod/guard/module.nix', 'kmod/modules.nix', 'service.nix'],
];

async function make(args: string[], cwd = scratch()): Promise<string> {
  const { code, stderr } = await runCommand(['new', ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return cwd;
}

const filesIn = (folder: string) =>
  Object.keys(readTree(folder))
    .filter((path) => !path.endsWith('/'))
    .sort();
const read = (...parts: string[]) => readFileSync(join(...parts), 'utf8');

describe('a scaffold', () => {
  test.each([
    ['firewall', ['firewall', 'guard'], firewall],
    [
      'thin firewall',
      ['firewall', 'guard', '--thin'],
      [...firewall.filter((file) => !/^(default-rules|service)/.test(file)), 'rules.nix'].sort(),
    ],
    [
      'module',
      ['module', 'guard', '--targets', 'huawei_cdc_ncm'],
      firewall.filter((file) => !file.startsWith('default-rules')),
    ],
    [
      'router',
      ['router', 'guard', '--device', 'qemu'],
      firewall
        .filter((file) => !/^(default|service)/.test(file))
        .map((file) => file.replace('/guard/', '/firewall/'))
        .concat('configuration.nix', 'flake.nix')
        .sort(),
    ],
  ])('of a %s has a target list whose output is up to date', async (_, args, files) => {
    const folder = await make(args);
    expect(filesIn(join(folder, 'guard'))).toEqual(files);
    const before = readTree(folder);
    const { code, stdout } = await runCommand([], { cwd: join(folder, 'guard') });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'kmod is up to date\n' });
    expect(differences(readTree(folder), before)).toEqual([]);
  });

  test('goes where --out says, and says what to do next from there', async () => {
    const folder = scratch();
    const { stdout } = await runCommand(['new', 'firewall', 'guard', '--out', 'modules/net'], {
      cwd: folder,
    });
    expect(stdout).toContain(
      '  imports = [ ./modules/net/guard ];\n  services.guard = config.system.service.guard.build {',
    );
    expect(filesIn(join(folder, 'modules/net/guard'))).toEqual(firewall);
  });

  test('takes nothing from the name but its name', async () => {
    const folder = await make(['firewall', 'guard']);
    await make(['firewall', 'with'], folder);
    for (const file of firewall.map((path) => path.replace('/guard/', '/with/'))) {
      if (file.endsWith('.json')) continue;
      const other = read(folder, 'guard', file.replace('/with/', '/guard/'))
        .replaceAll('kmodloaders.guard', 'kmodloaders."with"')
        .replaceAll(/(services?)\.guard/g, '$1."with"')
        .replaceAll(/^( {4})guard = callPackage/gm, '$1"with" = callPackage')
        .replaceAll('guard', 'with');
      expect(read(folder, 'with', file), file).toBe(other);
    }
  });
});

describe('what is asked for', () => {
  test('can be modules by name: rules for which there are none are left out, and that is said', async () => {
    const folder = scratch();
    const args = ['new', 'firewall', 'guard', '--targets', 'nft-ct,nft_log,nf_log_syslog,bridge'];
    const { stdout } = await runCommand(args, { cwd: folder });
    expect(stdout).toContain('without nft_chain_nat and nft_masq, hosts inside do not share an address');
    expect(stdout).toContain('Add the kernel symbols of bridge to ./guard/kmod.yaml');
    const rules = read(folder, 'guard/default-rules.nix');
    expect(rules).toContain('ct state');
    expect(rules).toContain('log prefix');
    expect(rules).not.toMatch(/^[^#]*(masquerade|limit rate|fib)/m);
    const list = read(folder, 'guard/kmod.yaml');
    expect(list).toMatch(/targets:\n {6}- nft-ct.*\n {6}- nft_log.*\n {6}- nf_log_syslog.*\n {6}- bridge\n/);
    expect(list).toContain('      NFT_CT: m\n');
  });

  const list = `version: 1
loaders:
  base: { targets: [x], autostart: false, dependencies: [{ config: 'services."a.b"' }] }
  guard:
    description: 'of the house: "{{x}}"'
    targets: [nft_ct]
    dependencies: [base]
    parameters: { nft_ct: { a: 0644, b: "two words" } }
    kernelConfig: { NFT_CT: y, LOG_BUF_SHIFT: 0x10, CMDLINE: '"a b"' }
  other: { targets: [y] }
`;

  test('can be a loader of a list, with those it waits for', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'list.yaml'), list);
    await make(['module', 'guard', '--targets', 'list.yaml'], folder);
    expect(readdirSync(join(folder, 'guard/kmod')).sort()).toEqual([
      ...['.gen-kmod.json', 'base', 'default.nix', 'guard', 'modules.nix'],
    ]);
    // What the original list makes of the two, but for what starts by itself.
    await runCommand(['--targets', 'list.yaml', '--quiet'], { cwd: folder });
    for (const file of ['guard/default.nix', 'base/default.nix', 'base/module.nix']) {
      expect(read(folder, 'guard/kmod', file)).toBe(read(folder, 'kmod', file));
    }
    expect(read(folder, 'kmod/guard/module.nix')).toContain('services.kmod-guard');
    expect(read(folder, 'guard/kmod/guard/module.nix')).not.toContain('services.kmod-guard');
  });

  test('of a router can be a whole list, as it is', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'list.yaml'), list);
    await make(['router', 'home', '--device', 'gl-ar750', '--targets', 'list.yaml'], folder);
    await runCommand(['--targets', 'list.yaml', '--quiet'], { cwd: folder });
    const generated = filesIn(join(folder, 'kmod')).filter((file) => file.endsWith('.nix'));
    expect(generated).toHaveLength(8);
    for (const file of generated) {
      expect(read(folder, 'home/kmod', file), file).toBe(read(folder, 'kmod', file));
    }
    expect(read(folder, 'home/flake.nix')).toContain('device = "gl-ar750";');
    expect(read(folder, 'home/configuration.nix')).toContain('hostname = "home";');
  });

  test('can be the only loader of a list, under the new name, also on standard input', async () => {
    const folder = scratch();
    const input = 'version: 1\nloaders: { wifi: { targets: [ath9k] } }';
    const { code } = await runCommand(['new', 'module', 'radio', '--targets', '-'], { cwd: folder, input });
    expect(code).toBe(0);
    expect(read(folder, 'radio/kmod.yaml')).toContain('  radio:\n    targets:\n      - ath9k\n');
  });

  test('has to be one loader', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'list.yaml'), list);
    const { code, stderr } = await runCommand(['new', 'module', 'radio', '--targets', 'list.yaml'], {
      cwd: folder,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('the list has several loaders, and none is called `radio`');
    expect(stderr).toContain('there are base, guard, other');
    expect(readdirSync(folder)).toEqual(['list.yaml']);
  });

  test("can be with a person's own templates", async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'mine/firewall'), { recursive: true });
    writeFileSync(join(folder, 'mine/firewall/default-rules.nix.hbs'), '{ } # {{table}}\n');
    await make(['firewall', 'guard', '--templates', 'mine'], folder);
    expect(read(folder, 'guard/default-rules.nix')).toBe('{ } # firewall-guard\n');
  });
});

describe('a second run', () => {
  test('refuses and touches nothing', async () => {
    const folder = await make(['firewall', 'guard']);
    writeFileSync(join(folder, 'guard/default-rules.nix'), '{ }\n');
    const before = readTree(folder);
    for (const more of [[], ['--dry-run'], ['--json']]) {
      const { code, stdout, stderr } = await runCommand(['new', 'firewall', 'guard', ...more], {
        cwd: folder,
      });
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('folder-exists');
    }
    expect(differences(readTree(folder), before)).toEqual([]);
  });

  test('with --diff shows what a person has changed, as a patch', async () => {
    const folder = await make(['firewall', 'guard']);
    const fresh = readTree(folder);
    writeFileSync(join(folder, 'guard/default-rules.nix'), '{ }\n');
    const { code, stdout } = await runCommand(['new', 'firewall', 'guard', '--diff'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^--- a\/guard\/default-rules\.nix\n\+\+\+ b\/guard\/default-rules\.nix\n/);
    execFileSync('patch', ['-s', '-p1'], { cwd: folder, input: stdout });
    expect(differences(readTree(folder), fresh)).toEqual([]);
  });
});

test('--dry-run and --diff write nothing, and the patch makes the folder', async () => {
  const folder = scratch();
  const dry = await runCommand(['new', 'firewall', 'guard', '--dry-run'], { cwd: folder });
  expect(dry.stdout).toBe(firewall.map((file) => `  create   guard/${file}\n`).join(''));
  const { stdout } = await runCommand(['new', 'firewall', 'guard', '--diff'], { cwd: folder });
  expect(readTree(folder)).toEqual({});
  execFileSync('patch', ['-s', '-p1'], { cwd: folder, input: stdout });
  expect(differences(readTree(await make(['firewall', 'guard'])), readTree(folder))).toEqual([]);
});

test('--json is one object that says what was written', async () => {
  const folder = scratch();
  const { stdout } = await runCommand(['new', 'firewall', 'guard', '--json'], { cwd: folder });
  const { changes } = v.parse(resultSchema, JSON.parse(stdout));
  expect(changes).toEqual(firewall.map((path) => ({ path, change: 'create' })));
  expect(filesIn(join(folder, 'guard'))).toEqual(firewall);
});

test.skipIf(!existsSync('/proc/self')).each([
  ['new', 'firewall', 'guard', '--out', '/proc/nowhere'],
  ['--targets', 'nft_ct', '--out', '/proc/nowhere'],
])('where no folder can be made, %s ends and says so', async (...args) => {
  const { code, stdout, stderr } = await runCommand(args, { cwd: scratch() });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('error[write-failed]: cannot write here: it is not there');
});

test('a link that leads nowhere stays', async () => {
  const folder = scratch();
  symlinkSync('nowhere', join(folder, 'guard'));
  const { code, stderr } = await runCommand(['new', 'firewall', 'guard'], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toContain('error[folder-exists]');
  expect(readTree(folder)).toEqual({ guard: '-> nowhere' });
});

test('a link into the store leads nowhere', async () => {
  const folder = scratch();
  const store = scratch();
  symlinkSync(store, join(folder, 'result'));
  for (const args of [
    ['new', 'firewall', 'guard', '--out', 'result/x'],
    ['--targets', 'nft_ct', '--out', 'result/x'],
  ]) {
    const { code, stderr } = await runCommand(args, { cwd: folder, env: { NIX_STORE_DIR: store } });
    expect(code).toBe(1);
    expect(stderr).toContain('error[output-in-store]');
  }
  expect(readTree(store)).toEqual({});
});

describe('missing answers', () => {
  const command = fileURLToPath(new URL('../../dist/gen-kmod.js', import.meta.url));
  const hasScript = spawnSync('script', ['--version']).status === 0;

  /** Runs at a terminal, where a person types an answer to each question. */
  async function atTerminal(args: string, answers: string[]) {
    const folder = scratch();
    const child = spawn('script', ['-qec', `${process.execPath} ${command} new ${args}`, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, TERM: 'dumb' },
      timeout: 20_000,
    });
    let shown = '';
    let asked = 0;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      shown += text.replaceAll('\r', '');
      const questions = shown.match(/\? /g)?.length ?? 0;
      if (questions > asked && answers.length > 0) {
        asked = questions;
        child.stdin.write(answers.shift());
      }
    });
    const [status] = await once(child, 'close');
    return { folder, status, shown };
  }

  test.skipIf(!hasScript)('are asked for at a terminal, again where one is wrong', async () => {
    const answers = ['modem', 'module', 'Fire!', 'modem', 'no module', 'huawei_cdc_ncm'];
    const { folder, status, shown } = await atTerminal(
      '',
      answers.map((answer) => `${answer}\n`),
    );
    expect(shown).toContain('there is no kind `modem` of scaffold');
    expect(shown).toContain('"Fire!" is no name for a service');
    expect(shown).toContain('"no module" is no module name');
    expect(shown).toContain('modem: 8 files written');
    expect(status).toBe(0);
    expect(read(folder, 'modem/kmod.yaml')).toContain('      - huawei_cdc_ncm\n');
  });

  test.skipIf(!hasScript)('can be pasted at once', async () => {
    const { folder, status } = await atTerminal('', ['module\nmodem\nhuawei_cdc_ncm\n']);
    expect(status).toBe(0);
    expect(read(folder, 'modem/kmod.yaml')).toContain('      - huawei_cdc_ncm\n');
  });

  test.skipIf(!hasScript)('are asked for three times', async () => {
    const { folder, status, shown } = await atTerminal('firewall', ['A\n', 'B\n', 'C\n', 'd\n']);
    expect(shown).toContain('error[invalid-service-name]');
    expect(status).toBe(1);
    expect(readTree(folder)).toEqual({});
  });

  test.skipIf(!hasScript).each([
    ['ctrl-C', '\u0003'],
    ['ctrl-D', '\u0004'],
  ])('can be refused (%s): nothing is written', async (_, typed) => {
    const { folder, status, shown } = await atTerminal('firewall', [typed]);
    expect(shown).toContain('error[interrupted]: stopped; nothing was changed');
    expect(status).toBe(130);
    expect(readTree(folder)).toEqual({});
  });

  test.each([
    [[], '`new` needs a kind: firewall, module or router'],
    [['firewall'], '`new firewall` needs a name'],
    [['module', 'modem'], '`new module` needs `--targets`'],
    [['router', 'home'], '`new router` needs `--device`'],
  ])('are never asked for in a pipe (new %s)', async (args, message) => {
    const folder = scratch();
    const { code, stderr } = await runCommand(['new', ...args], { cwd: folder, input: 'firewall\nguard\n' });
    expect({ code, message: stderr.split('\n')[0] }).toEqual({
      code: 2,
      message: `error[usage]: ${message}`,
    });
    expect(readTree(folder)).toEqual({});
  });
});

test('a copied scaffold is a folder like any other: its list can be changed, and generated from again', async () => {
  const folder = await make(['firewall', 'guard']);
  cpSync(join(folder, 'guard'), join(folder, 'second'), { recursive: true });
  const list = join(folder, 'second/kmod.yaml');
  writeFileSync(list, read(list).replace('- nft_limit # limit rate', '- nft_quota'));
  const { code } = await runCommand([], { cwd: join(folder, 'second') });
  expect(code).toBe(0);
  expect(read(folder, 'second/kmod/guard/default.nix')).toContain('"nft_quota"');
});
