/** The examples in Liminix's own module system, on every device. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelTree, repository } from '../real/environment.ts';
import { buildLiminix, devices, evaluateLiminix, liminix } from '../real/liminix.ts';

const kmod = (example: string): string => join(repository, 'examples', example, 'kmod/modules.nix');
const calibration = `({ pkgs, ... }: {
  services.ath10k-calibration = pkgs.liminix.services.oneshot { name = "calibration"; up = "true"; };
})`;

describe.skipIf(liminix === undefined)("in Liminix's module system", () => {
  test.each(devices)('the examples evaluate on %s, kernel and image', (device) => {
    const { log, value } = evaluateLiminix({
      device,
      modules: [kmod('wifi-router'), calibration],
      expression: `{
        kernel = outputs.kernel.drvPath;
        image = outputs.default.drvPath;
        services = map (one: one.drvPath) (builtins.attrValues config.services);
        inherit (config.kernel.config) NF_TABLES ATH9K;
      }`,
    });
    expect(log).toBe('');
    expect(value).toMatchObject({
      kernel: expect.stringMatching(/-kernel\.drv$/),
      NF_TABLES: 'm',
      ATH9K: 'm',
    });
    expect(value).toMatchObject({
      services: expect.arrayContaining([expect.stringMatching(/-kmod-firewall\.drv$/)]),
    });
  });

  test.each(devices)('on %s the base configuration is what the rest of the system sets', (device) => {
    const base = (...modules: string[]): Record<string, string> => {
      const { log, value } = evaluateLiminix({
        device,
        modules: [
          join(repository, 'nix/base-config.nix'),
          '"${modulesPath}/firewall"',
          '"${modulesPath}/wlan.nix"',
          '{ kernel.config.MINE = "y"; }',
          ...modules,
        ],
        expression: 'builtins.fromJSON outputs.kmod-base-config.text',
      });
      expect(log).toBe('');
      return value as Record<string, string>;
    };
    const all = base(kmod('wifi-router'), calibration);
    expect(all).toEqual(base());
    expect(all).toMatchObject({
      MINE: 'y',
      MODULES: 'y',
      NFT_CT: 'm',
      WLAN: 'y',
      BLK_DEV_INITRD: expect.any(String),
    });
    expect(all).not.toHaveProperty('USB_NET_HUAWEI_CDC_NCM');
  });

  test.each(devices)(
    "on %s the kernel's source is what its kernel is built from, and is not built",
    (device) => {
      const { log, value } = evaluateLiminix({
        device,
        modules: [join(repository, 'nix/kernel-source.nix')],
        expression: `let source = outputs.kmod-kernel-source; in {
        inherit (source) drvPath phases outputs;
        same = map (name: source.${'$'}{name} == outputs.kernel.${'$'}{name}) [ "src" "patches" "extraPatchPhase" ];
      }`,
      });
      expect(log).toBe('');
      expect(value).toEqual({
        drvPath: expect.stringMatching(/-kernel-source\.drv$/),
        phases: ['unpackPhase', 'extraPatchPhase', 'patchPhase', 'installPhase'],
        outputs: ['out'],
        same: [true, true, true],
      });
    },
  );

  test('there are eleven devices', () => {
    expect(devices).toHaveLength(11);
  });

  test('a loader is really built, and another service depends on it', () => {
    const { ok, path, log } = buildLiminix({
      modules: [
        kmod('firewall'),
        `({ config, pkgs, ... }: {
          services.after = pkgs.liminix.services.oneshot {
            name = "after";
            up = "true";
            dependencies = [ config.kmodloaders.firewall ];
          };
        })`,
      ],
      kernelModules: kernelTree(),
      expression: '[ config.services.kmod-firewall config.services.after ]',
    });
    expect(ok, log.slice(-3000)).toBe(true);
    const [loader, after] = path.split('\n') as [string, string];
    expect(readdirSync(join(after, 'after/dependencies.d'))).toEqual(['kmod-firewall']);
    const up = readFileSync(readFileSync(join(loader, 'kmod-firewall/up'), 'utf8').trim(), 'utf8');
    const script = /exec sh (\S+\/load\.sh)/.exec(up)![1]!;
    expect(readFileSync(script, 'utf8')).toMatch(/^load nft_ct kernel\/net\/netfilter\/nft_ct\.ko$/m);
  });

  test('an image asks for its services: what is none is refused', () => {
    const { ok, log } = evaluateLiminix({
      modules: [kmod('firewall'), '{ lib, ... }: { services.kmod-firewall = lib.mkForce 1; }'],
      expression: 'outputs.default.drvPath',
    });
    expect(ok).toBe(false);
    expect(log).toContain('services.kmod-firewall');
  });

  test('what a list sets against a device is refused', () => {
    const { ok, log } = evaluateLiminix({
      modules: [kmod('firewall'), '{ kernel.config.NF_TABLES = "y"; }'],
      expression: 'outputs.kernel.drvPath',
    });
    expect(ok).toBe(false);
    expect(log).toContain('kernel.config.NF_TABLES');
  });
});
