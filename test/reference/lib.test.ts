/** The stand-in's lib answers as nixpkgs' does. NIXPKGS_LIB names a checkout of nixpkgs' `lib` (the folder with `lib/` in it). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, run, scratch } from '../real/environment.ts';
import { nixpkgsFolder } from '../real/nixpkgs.ts';

const library = process.env.NIXPKGS_LIB;

function answers(lib: string): Record<string, Record<string, unknown>> {
  const { status, stdout, stderr } = run('nix-instantiate', [
    ...['--eval', '--strict', '--json', '-E'],
    `import ${join(repository, 'test/reference/lib-cases.nix')} (import ${lib})`,
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

test.skipIf(library === undefined)("the stand-in's lib answers as nixpkgs' does", () => {
  const ours = answers(join(repository, 'test/real/standin/lib.nix'));
  expect(ours).toEqual(answers(`${library}/lib`));
  // Both could refuse everything.
  expect(ours.modules).toMatchObject({ merged: { A: 'y', B: 'm', C: 'm', D: 'n' }, conflict: 'refused' });
});

test.skipIf(library === undefined).each(readdirSync(join(repository, 'test/real/standin/liminix/devices')))(
  "systems of the stand-in's Liminix are the same with both: %s",
  (device) => {
    const folder = scratch();
    const system = (nixpkgs: string): unknown => {
      const { status, stdout, stderr } = run('nix-instantiate', [
        ...['--eval', '--strict', '--json', '-E'],
        `let
        lib = import ${library}/lib;
        inherit (import ${join(repository, 'nix/liminix-system.nix')} {
          inherit lib;
          liminix = "${nixpkgs}/liminix";
          nixpkgs = "${nixpkgs}";
        }) liminixSystem;
        outputs = liminixSystem {
          device = "${device}";
          modules = [
            ${join(repository, 'examples/router/configuration.nix')}
            ${join(repository, 'nix/base-config.nix')}
            ({ config, modulesPath, ... }: {
              imports = [ "\${modulesPath}/firewall" ];
              services.firewall = config.system.service.firewall.build {
                zones.lan = [ config.services.int ];
                extraRules.forward-ip.policy = "accept";
              };
            })
          ];
        };
      in
      { image = outputs.default.drvPath; kernel = outputs.kernel.text; base = outputs.kmod-base-config.text; }`,
      ]);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return JSON.parse(stdout);
    };
    const ours = system(nixpkgsFolder(join(folder, 'ours')));
    expect(ours).toEqual(system(nixpkgsFolder(join(folder, 'theirs'), { lib: library! })));
    expect(ours).toMatchObject({ kernel: expect.stringContaining('CONFIG_NFT_FIB_INET=m\n') });
  },
);
