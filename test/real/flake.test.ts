import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { genKmod, repository, run, scratch } from './environment.ts';
import { copyRepository, flake, inputs, inputsOfUser, isReal, liminix, nix, place } from './flake.ts';
import { nixStore } from './loader.ts';

const systems = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux'];
const devices = readdirSync(join(liminix, 'devices'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'families')
  .map(({ name }) => name)
  .sort();
const examples = readdirSync(join(repository, 'examples'));
const templates = ['default', 'router', ...(examples.includes('guard') ? ['firewall'] : [])].sort();

const routerList = parse(readFileSync(join(repository, 'examples/router/kmod.yaml'), 'utf8'));

/** The names in what `nix flake show` tells. */
const names = (value: object): string[] => Object.keys(value).sort();

describe('the flake', () => {
  test('is locked: every input has its revision and hash, and none is to be fetched to know it', () => {
    const { status, stdout, stderr } = nix([
      'flake',
      'metadata',
      '--json',
      '--no-update-lock-file',
      `path:${flake}`,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { nodes } = JSON.parse(stdout).locks;
    expect(names(nodes)).toEqual(['liminix', 'nixpkgs', 'root']);
    for (const input of ['liminix', 'nixpkgs'])
      expect(nodes[input].locked).toMatchObject({
        narHash: expect.stringMatching(/^sha256-.{44}$/),
        rev: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
  });

  const checkout = isReal ? run('git', ['-C', liminix, 'rev-parse', 'HEAD']).stdout.trim() : '';
  const { nodes } = JSON.parse(readFileSync(join(repository, 'flake.lock'), 'utf8'));

  test.skipIf(checkout !== nodes.liminix.locked.rev)('is locked to the checkout that LIMINIX names', () => {
    const source = join(scratch(), 'source');
    mkdirSync(source);
    run('sh', ['-c', 'git -C "$0" archive HEAD | tar x -C "$1"', liminix, source]);
    // Nix takes what the store has by the locked hash for the input.
    nixStore('--add-fixed', 'sha256', '--recursive', source);
    const args = ['eval', '--json', `path:${flake}#lib.devices`, ...inputs.slice(0, 4)];
    const { status, stdout, stderr } = nix(args);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(devices);
  });

  test('shows all it has, on every system', () => {
    const { status, stdout, stderr } = nix(['flake', 'show', '--json', `path:${flake}`, ...inputs]);
    expect(status, stderr.slice(-3000)).toBe(0);
    const shown = JSON.parse(stdout);
    expect(names(shown)).toEqual(
      [
        ...['apps', 'checks', 'devShells', 'formatter', 'hydraJobs', 'lib'],
        ...['liminixModules', 'overlays', 'packages', 'templates'],
      ].sort(),
    );
    for (const output of ['apps', 'checks', 'devShells', 'formatter', 'packages'])
      expect(names(shown[output]), output).toEqual(systems);
    for (const system of systems) {
      expect(names(shown.packages[system])).toEqual(['default', 'gen-kmod']);
      expect(names(shown.apps[system])).toEqual(['default', 'gen-kmod']);
      const evaluations = system.endsWith('-linux')
        ? examples.map((name) => `example-${name}-evaluates`)
        : [];
      const upToDate = examples.map((name) => `example-${name}-is-up-to-date`);
      expect(names(shown.checks[system])).toEqual([...evaluations, ...upToDate, 'package'].sort());
    }
    expect(names(shown.hydraJobs.devices)).toEqual(devices);
    expect(shown.hydraJobs.checks['x86_64-linux']).toEqual(shown.checks['x86_64-linux']);
    expect(names(shown.templates)).toEqual(templates);
    expect(names(shown.overlays)).toEqual(['default']);
  });

  test('passes its checks', () => {
    const { status, stderr } = nix(['flake', 'check', `path:${flake}`, ...inputs]);
    expect(status, stderr.slice(-3000)).toBe(0);
  });

  test('fails its checks when an example is not what its list says', () => {
    const stale = copyRepository(join(scratch(), 'stale'));
    appendFileSync(join(stale, 'examples/minimal/kmod.yaml'), '    description: changed\n');
    const { status, stderr } = nix(['flake', 'check', '--keep-going', `path:${stale}`, ...inputs]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/builder for '\S+-example-minimal-is-up-to-date\.drv' failed/);
    expect(stderr).not.toMatch(/builder for '\S+-example-firewall-is-up-to-date\.drv' failed/);
    expect(stderr).toContain('error[drift]');
  });

  test('fails its checks when an example does not evaluate', () => {
    const broken = copyRepository(join(scratch(), 'broken'));
    appendFileSync(join(broken, 'examples/router/configuration.nix'), '// { services.lan = 1; }\n');
    const { status, stderr } = nix(['flake', 'check', `path:${broken}`, ...inputs]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('services.lan');
  });
});

describe('nix run', () => {
  const ran = (args: string[], options: { cwd?: string; input?: string } = {}) =>
    nix(['run', `path:${flake}#gen-kmod`, ...inputs, '--', ...args], options);

  test.each([
    [['--targets', 'nft_ct', '--stdout']],
    [['--targets', 'nft_ct,nft_masq', '--name', 'firewall', '--json', '--dry-run']],
    [['--version']],
    [['completion']],
    [['explain', 'drift', 'nft_ct', '--kernel', '6.12', '--arch', 'mips']],
  ])('gen-kmod %j prints what the npm build does', (args) => {
    const cwd = scratch();
    const { status, stdout } = ran(args, { cwd });
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
    expect(stdout).toBe(genKmod(args, { cwd }).stdout);
  });

  test('writes the same files', () => {
    const [here, there] = [scratch(), scratch()];
    for (const folder of [here, there])
      for (const file of ['kmod.yaml', 'system.config'])
        cpSync(join(repository, 'examples/wifi-router', file), join(folder, file));
    expect(ran([], { cwd: here }).status).toBe(0);
    expect(genKmod([], { cwd: there }).status).toBe(0);
    expect(run('diff', ['-r', here, there])).toMatchObject({ status: 0, stdout: '' });
    expect(readdirSync(join(here, 'kmod'))).toContain('modules.nix');
  });

  test('fails as the npm build does', () => {
    expect(ran(['--targets', '?'])).toMatchObject({ status: 1, stdout: '' });
    expect(ran(['--tragets', 'nft_ct'])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('the package', () => {
  const built = () => {
    const { status, stdout, stderr } = nix(['build', '--no-link', '--json', `path:${flake}`, ...inputs]);
    expect(status, stderr.slice(-3000)).toBe(0);
    return JSON.parse(stdout)[0].outputs.out as string;
  };

  test('is the bundle of the npm build, for the node it was built with, and nothing else', () => {
    const path = built();
    const [shebang, ...bundle] = readFileSync(join(path, 'bin/gen-kmod'), 'utf8').split('\n');
    expect(shebang).toMatch(/^#!\/nix\/store\/[a-z0-9]{32}-nodejs-22\/bin\/node$/);
    const [, ...ours] = readFileSync(join(repository, 'dist/gen-kmod.js'), 'utf8').split('\n');
    expect(bundle.join('\n') === ours.join('\n')).toBe(true);
    const chunks = [join(path, 'lib/gen-kmod/dist/chunks'), join(repository, 'dist/chunks')];
    expect(run('diff', ['-r', ...chunks])).toMatchObject({ status: 0, stdout: '' });
    expect(nixStore('-q', '--references', path)).toEqual([expect.stringMatching(/-nodejs-22$/)]);
  });

  test('has completions for bash and zsh', () => {
    const path = built();
    const bash = readFileSync(join(path, 'share/bash-completion/completions/gen-kmod'), 'utf8');
    expect(bash).toContain('complete -o bashdefault -o default -F _gen-kmod_yargs_completions gen-kmod');
    const zsh = readFileSync(join(path, 'share/zsh/site-functions/_gen-kmod'), 'utf8');
    expect(zsh).toMatch(/^#compdef gen-kmod\n/);
  });
});

describe('nix flake init', () => {
  test.each(templates)('--template %s gives what a user goes on from', (template) => {
    const folder = scratch();
    const made = nix(['flake', 'init', '--template', `path:${flake}#${template}`], { cwd: folder });
    expect(made.status, made.stderr).toBe(0);
    expect(genKmod(['--check'], { cwd: folder })).toMatchObject({ status: 0 });
    // The list is the user's to change.
    const list = parse(readFileSync(join(folder, 'kmod.yaml'), 'utf8'));
    (Object.values(list.loaders) as { targets: string[] }[])[0]!.targets.push('nft_quota');
    writeFileSync(join(folder, 'kmod.yaml'), stringify(list));
    expect(genKmod([], { cwd: folder })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('update'),
    });
    expect(genKmod(['--check'], { cwd: folder })).toMatchObject({ status: 0 });
  });

  test.skipIf(!templates.includes('firewall'))('of a firewall: a service to import', () => {
    const folder = scratch();
    mkdirSync(join(folder, 'guard'));
    nix(['flake', 'init', '--template', `path:${flake}#firewall`], { cwd: join(folder, 'guard') });
    writeFileSync(
      join(folder, 'flake.nix'),
      `{
        inputs.gen-kmod.url = "gen-kmod";
        outputs = { gen-kmod, ... }: {
          image = (gen-kmod.lib.liminixSystem {
            device = "qemu";
            modules = [ ./guard ({ config, modulesPath, ... }: {
              imports = [ "\${modulesPath}/network" ];
              services.guard = config.system.service.guard.build { };
            }) ];
          }).default;
        };
      }`,
    );
    const image = nix(['eval', '--raw', `path:${folder}#image.drvPath`, ...inputsOfUser]);
    expect(image.status, image.stderr).toBe(0);
    expect(image.stdout).toMatch(/-vmroot\.drv$/);
  });

  test('of a router finds gen-kmod where the registry says', () => {
    const folder = scratch();
    nix(['flake', 'init', '--template', `path:${flake}#router`], { cwd: folder });
    writeFileSync(join(folder, 'empty.json'), '{ "flakes": [], "version": 2 }');
    const registered = (...args: string[]) =>
      run('env', [
        `XDG_CONFIG_HOME=${folder}/config`,
        ...['nix', '--extra-experimental-features', 'nix-command flakes'],
        ...['--option', 'flake-registry', join(folder, 'empty.json'), ...args],
      ]);
    // All but where gen-kmod is.
    const overrides = ['--no-write-lock-file', ...inputsOfUser.slice(4)];
    const image = () => registered('eval', '--raw', `path:${folder}#default.drvPath`, ...overrides);
    expect(image().stderr).toContain("cannot find flake 'flake:gen-kmod' in the flake registries");
    expect(registered('registry', 'add', 'gen-kmod', flake)).toMatchObject({ status: 0 });
    expect(image()).toMatchObject({ status: 0, stdout: expect.stringMatching(/-vmroot\.drv$/) });
  });

  test('of a router: its image, its checks', () => {
    const folder = scratch();
    nix(['flake', 'init', '--template', `path:${flake}#router`], { cwd: folder });
    const image = nix([...['eval', '--raw', `path:${folder}#default.drvPath`], ...inputsOfUser]);
    expect(image.status, image.stderr).toBe(0);
    expect(image.stdout).toMatch(/-vmroot\.drv$/);

    const check = nix(['flake', 'check', `path:${folder}`, ...inputsOfUser]);
    expect(check.status, check.stderr.slice(-3000)).toBe(0);
    appendFileSync(join(folder, 'kmod.yaml'), '    autostart: false\n');
    const stale = nix(['flake', 'check', `path:${folder}`, ...inputsOfUser]);
    expect(stale.status).not.toBe(0);
    expect(stale.stderr).toContain('error[drift]');
  });

  test.skipIf(isReal)('of a router: the image is built, with the loader in it', () => {
    const folder = scratch();
    nix(['flake', 'init', '--template', `path:${flake}#router`], { cwd: folder });
    const { status, stdout, stderr } = nix([
      'build',
      '--no-link',
      '--json',
      `path:${folder}`,
      ...inputsOfUser,
    ]);
    expect(status, stderr.slice(-3000)).toBe(0);
    const image = JSON.parse(stdout)[0].outputs.out as string;
    const services = readFileSync(join(image, 'services'), 'utf8');
    expect(services).toMatch(/-kmod-firewall$/m);
    expect(readFileSync(join(image, 'kernel-config'), 'utf8')).toContain('CONFIG_NFT_CT=m\n');
    expect(readFileSync(join(image, 'hostname'), 'utf8')).toBe('router\n');
    const loaders = nixStore('-qR', image).filter((path) => path.endsWith('-kmod-firewall'));
    expect(loaders.flatMap((path) => readdirSync(path))).toEqual(
      expect.arrayContaining(['load.sh', 'kernel']),
    );
  });
});

describe('for flakes that have it as an input', () => {
  const user = join(place, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'kmod.yaml'), readFileSync(join(repository, 'examples/router/kmod.yaml')));
  writeFileSync(
    join(user, 'flake.nix'),
    `{
      inputs.gen-kmod.url = "gen-kmod";
      inputs.nixpkgs.follows = "gen-kmod/nixpkgs";
      outputs = { gen-kmod, nixpkgs, ... }:
        let
          inherit (gen-kmod) lib liminixModules;
          surroundings = { modulesPath, lib, ... }: {
            imports = [ "\${modulesPath}/network" "\${modulesPath}/vlan" liminixModules.base-config ];
            boot.tftp = { serverip = "10.0.0.1"; ipaddr = "10.0.0.8"; };
          };
          system = device: modules: lib.liminixSystem { inherit device; modules = [ surroundings ] ++ modules; };
          wireless = { lib, ... }: {
            kernel.config = {
              WLAN = "y";
              MINE = "y";
              # As a list has it, and against it.
              NETFILTER = "y";
              NF_NAT = lib.mkDefault "n";
            };
          };
          generated = lib.generate { pkgs = nixpkgs.legacyPackages.x86_64-linux; list = ./kmod.yaml; };
          kmod = gen-kmod + "/examples/router/kmod";
          # What loaders are, in a system whose pkgs they need.
          loader = more: (system "qemu" [ ({ pkgs, config, lib, ... }: {
            options.system.outputs.loader = lib.mkOption { type = lib.types.package; };
            config.system.outputs.loader = (gen-kmod.lib.loaders ({
              inherit pkgs;
              inherit (config.system.outputs) kernel;
            } // more)).firewall;
          }) ]).loader.drvPath;
        in
        {
          inherit (lib) devices;
          unknown = (system "quemu" [ ]).kernel.drvPath;
          kernels = nixpkgs.lib.genAttrs lib.devices (device: (system device [ liminixModules.router ]).kernel.drvPath);
          ways = map (device: (system device [ ]).kernel.drvPath) [
            "qemu"
            (gen-kmod.inputs.liminix + "/devices/qemu")
            (import (gen-kmod.inputs.liminix + "/devices/qemu"))
          ];
          outputs = builtins.attrNames (system "qemu" [ ]);
          builders = map (system: (lib.liminixSystem { device = "qemu"; modules = [ surroundings ]; inherit system; }).kernel.system) [
            "x86_64-linux" "aarch64-linux"
          ];
          refused = (system "qemu" [ liminixModules.router { kernel.config.NF_TABLES = "y"; } ]).kernel.drvPath;
          base = {
            alone = (system "gl-ar750" [ wireless ]).kmod-base-config;
            list = (system "gl-ar750" [ wireless liminixModules.router ]).kmod-base-config;
            generated = (system "gl-ar750" [ wireless "\${generated}/kmod/modules.nix" ]).kmod-base-config;
            kernel = (system "gl-ar750" [ wireless liminixModules.router ]).kernel.drvPath;
          };
          loaders = {
            folder = loader { folder = kmod; };
            list = loader { list = ./kmod.yaml; };
            set = loader { list = builtins.fromJSON ''${JSON.stringify(routerList)}''; };
            both = loader { folder = kmod; list = ./kmod.yaml; };
            neither = loader { };
          };
          overlay = (import nixpkgs {
            system = "x86_64-linux";
            overlays = [ gen-kmod.overlays.default ];
          }).gen-kmod.drvPath == gen-kmod.packages.x86_64-linux.default.drvPath;
        };
    }`,
  );
  const asked = (attribute: string): unknown => {
    const { status, stdout, stderr } = nix(['eval', '--json', `path:${user}#${attribute}`, ...inputsOfUser]);
    expect(status, stderr.slice(-3000)).toBe(0);
    return JSON.parse(stdout);
  };
  const refusal = (attribute: string): string => {
    const { status, stderr } = nix(['eval', '--json', `path:${user}#${attribute}`, ...inputsOfUser]);
    expect(status).not.toBe(0);
    return stderr;
  };

  test('a device goes by its name, and an unknown one is refused with those there are', () => {
    expect(asked('devices')).toEqual(devices);
    expect(refusal('unknown')).toContain('Liminix has no device `quemu`.');
    expect(refusal('unknown')).toContain(`It has ${devices.join(', ')}.`);
  });

  test('every device of the checkout evaluates with generated modules, each to a kernel of its own', () => {
    const kernels = asked('kernels') as Record<string, string>;
    expect(names(kernels)).toEqual(devices);
    for (const path of Object.values(kernels)) expect(path).toMatch(/-kernel\.drv$/);
    expect(new Set(Object.values(kernels)).size).toBe(devices.length);
  });

  test('a device may be a path or a set as well', () => {
    const [name, path, set] = asked('ways') as string[];
    expect(path).toBe(name);
    expect(set).toBe(name);
  });

  test('a system has what Liminix gives, and no virtual machine', () => {
    const outputs = asked('outputs');
    expect(outputs).toEqual(expect.arrayContaining(['default', 'kernel', 'kmod-base-config']));
    expect(outputs).not.toContain('borderVm');
  });

  test('the machine that builds is chosen', () => {
    expect(asked('builders')).toEqual(['x86_64-linux', 'aarch64-linux']);
  });

  test('what is against a list is an error of the evaluation', () => {
    expect(refusal('refused')).toContain('kernel.config.NF_TABLES');
  });

  test('the base configuration is what the rest of the system sets', () => {
    const { status, stdout, stderr } = nix([
      ...['build', '--no-link', '--json', ...inputsOfUser],
      ...['alone', 'list', 'generated'].map((name) => `path:${user}#base.${name}`),
    ]);
    expect(status, stderr.slice(-3000)).toBe(0);
    const [alone, list, generated] = (JSON.parse(stdout) as { outputs: { out: string } }[]).map(
      ({ outputs }) => JSON.parse(readFileSync(outputs.out, 'utf8')),
    );
    // ATH9K is there by a condition of the device, INET from Liminix, NF_NAT as a default that the list overrides.
    expect(list).toMatchObject({ MINE: 'y', NETFILTER: 'y', WLAN: 'y', ATH9K: 'm', INET: 'y', NF_NAT: 'n' });
    expect(list).not.toHaveProperty('NFT_CT');
    expect(list).not.toHaveProperty('NF_TABLES');
    expect(list).toEqual(alone);
    expect(generated).toEqual(alone);
    // The list is part of the system all the same.
    const kernel = asked('base.kernel') as string;
    if (!isReal) expect(readFileSync(kernel, 'utf8')).toContain('CONFIG_NFT_CT=m');
  });

  test('loaders of a folder and of a list are the same', () => {
    const [folder, list, set] = ['folder', 'list', 'set'].map((name) => asked(`loaders.${name}`));
    expect(folder).toMatch(/-kmod-firewall\.drv$/);
    expect(list).toBe(folder);
    expect(set).toBe(folder);
    for (const wrong of ['both', 'neither'])
      expect(refusal(`loaders.${wrong}`)).toContain('give either a folder or a list');
  });

  test('the overlay has the same gen-kmod', () => {
    expect(asked('overlay')).toBe(true);
  });
});
