/** Generated modules in nixpkgs' module system. NIXPKGS_LIB names a checkout of nixpkgs' `lib` (the folder with `lib/` in it). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, run } from '../real/environment.ts';

const library = process.env.NIXPKGS_LIB;

interface System {
  services: Record<string, string>;
  loaders: Record<string, string>;
  applets: string[];
  kernelConfig: Record<string, string>;
  busybox: Record<string, string>;
  descriptions: Record<string, string>;
}

function evaluate(example: string): System {
  const folder = join(repository, 'examples', example, 'kmod');
  const expression = `import ${join(repository, 'test/reference/system.nix')} { lib = import ${library}/lib; folder = ${folder}; }`;
  const { status, stdout, stderr } = run('nix-instantiate', [
    '--eval',
    '--strict',
    '--json',
    '-E',
    expression,
  ]);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

test.skipIf(library === undefined).each(readdirSync(join(repository, 'examples')))(
  'modules.nix of examples/%s is a module, and its services have derivations',
  (example) => {
    const system = evaluate(example);
    expect(system.applets).toEqual(['insmod', 'rmmod']);
    for (const [name, path] of Object.entries(system.loaders)) {
      expect(path, name).toMatch(/^\/nix\/store\/.*-kmod-[a-z0-9-]+\.drv$/);
    }
  },
);

test.skipIf(library === undefined)('what starts by itself is a service, the rest is there for others', () => {
  const { services, loaders, kernelConfig, busybox } = evaluate('wifi-router');
  expect(Object.keys(loaders)).toEqual(['firewall', 'mac80211', 'modem']);
  expect(services).toEqual({
    'ath10k-calibration': 'ath10k-calibration',
    'kmod-firewall': 'kmod-firewall',
    'kmod-mac80211': 'kmod-mac80211',
  });
  expect(kernelConfig).toMatchObject({ NETFILTER: 'y', ATH9K: 'm', NF_TABLES_INET: 'y' });
  // Two loaders of it have parameters.
  expect(busybox).toEqual({ FEATURE_CMDLINE_MODULE_OPTIONS: 'y' });
});
