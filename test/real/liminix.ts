/**
 * Systems of Liminix, in its module system, made by the flake's liminixSystem: of a checkout that LIMINIX names, with nixpkgs'
 * `lib` from a checkout that NIXPKGS_LIB names (the folder with `lib/` in it), or of the stand-ins where either is missing.
 * Packages are stubs: everything evaluates, and services and loaders really build.
 *
 *     const { value } = evaluateLiminix({
 *       device: 'qemu',
 *       modules: [`"\${modulesPath}/firewall"`, join(folder, 'kmod/modules.nix'), '{ services.x = …; }'],
 *       expression: 'config.services.x.name',
 *     });
 *
 * `modules` are written in Nix, where `modulesPath` is Liminix's; an absolute path is one. In `expression` there are `config`,
 * `options`, `lib` and `pkgs` of the system, and `outputs`, what Liminix's default.nix returns. To build what needs a kernel's
 * modules, give `kernelModules`, a folder as lib/modules/VERSION: the system's kernel then has these in its modulesupport.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Built, type Run, repository, run } from './environment.ts';
import { nixpkgsFolder } from './nixpkgs.ts';

const { LIMINIX, NIXPKGS_LIB } = process.env;

/** The checkout, or undefined where it or nixpkgs' lib is missing: tests of the real one then skip. */
export const liminix: string | undefined = NIXPKGS_LIB === undefined ? undefined : LIMINIX;

const standin = join(repository, 'test/real/standin');
const checkout = liminix ?? join(standin, 'liminix');
const library = liminix === undefined ? join(standin, 'lib.nix') : join(NIXPKGS_LIB!, 'lib');

export const devices: string[] = readdirSync(join(checkout, 'devices')).filter((name) => name !== 'families');

export interface System {
  device?: string;
  modules?: string[];
  expression: string;
  kernelModules?: string;
}

export interface Evaluated {
  ok: boolean;
  /** Undefined where the evaluation failed. */
  value: unknown;
  log: string;
}

/** Evaluates, to JSON. */
export function evaluateLiminix(system: System): Evaluated {
  const { status, stdout, stderr } = run('nix-instantiate', [
    ...['--eval', '--strict', '--json', '-E', systemOf(system)],
  ]);
  return { ok: status === 0, value: status === 0 ? JSON.parse(stdout) : undefined, log: stderr };
}

/** Builds; the expression is a derivation, or a list of them. */
export function buildLiminix(system: System): Built {
  const { status, stdout, stderr } = run('nix-build', [
    ...['--no-out-link', '--option', 'substitute', 'false', '--option', 'sandbox', 'false'],
    ...['-E', systemOf(system)],
  ]);
  return { ok: status === 0, path: stdout.trim(), log: stderr };
}

/** Instantiates an output as it is done without flakes: by `-I`, in the checkout. Returns the derivations' paths. */
export function instantiateByPath(configuration: string, device: string, output: string): Run {
  return run('nix-instantiate', [
    ...['-I', `nixpkgs=${nixpkgs(undefined)}`, '-I', `liminix-config=${configuration}`],
    ...[checkout, '--arg', 'device', `import ${checkout}/devices/${device}`, '-A', `outputs.${output}`],
  ]);
}

/** The expression that is evaluated. */
export function systemOf({ device = 'qemu', modules = [], expression, kernelModules }: System): string {
  const kernel = '{ lib, pkgs, ... }: { system.outputs.kernel = lib.mkForce pkgs.hostKernel; }';
  const given = kernelModules === undefined ? modules : [...modules, kernel];
  return `
    let
      lib = import ${library};
      inherit (import ${join(repository, 'nix/liminix-system.nix')} {
        inherit lib;
        liminix = "${checkout}";
        nixpkgs = "${nixpkgs(kernelModules)}";
      }) liminixSystem;
      outputs = liminixSystem {
        device = "${device}";
        modules = [
          ({ modulesPath, ... }: {
            # Devices do not evaluate without them: some ask which services are defined, some have a switch.
            imports = [ "\${modulesPath}/network" "\${modulesPath}/vlan" ];
            # What a system must say, and no device does.
            boot.tftp = { serverip = lib.mkDefault "10.0.0.1"; ipaddr = lib.mkDefault "10.0.0.8"; };
          })
          ({ modulesPath, ... }: { imports = [ ${given.map((module) => `(${module})`).join(' ')} ]; })
          ({ config, options, pkgs, ... }: {
            options.system.outputs.asked = lib.mkOption { type = lib.types.raw; };
            config.system.outputs.asked = outputs: ${expression};
          })
        ];
      };
    in
    outputs.asked outputs`;
}

const folders = new Map<string | undefined, string>();
afterAll(() => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
});

function nixpkgs(modules: string | undefined): string {
  const known = folders.get(modules);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'gen-kmod-nixpkgs-'));
  nixpkgsFolder(folder, {
    ...(liminix !== undefined && { lib: NIXPKGS_LIB!, packages: true }),
    ...(modules !== undefined && { modules }),
  });
  folders.set(modules, folder);
  return folder;
}
