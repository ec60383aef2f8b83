/**
 * The loaders that Liminix puts on a device, and the kernel they are for: all from evaluating a checkout, in nix-eval-js.
 *
 * Loaders have no list of their own in a configuration: services and network interfaces depend on them. So the checkout's
 * kmodloader is read as one that says which targets it was called with.
 */
import { join } from 'node:path';
import { DiskHost, Evaluator, type JsValue } from '../../packages/nix-eval-js/src/index.ts';
import { repository } from '../real/environment.ts';
import { liminix, systemOf } from '../real/liminix.ts';

export interface DeviceKernel {
  /** A folder of the kernel's `arch/`. */
  readonly arch: string;
  /** `5.15.137` */
  readonly version: string;
  /** Which patched tree it is built from: OpenWrt's target, further patches, series. `ramips-rt2x00-5.15`, `plain-6.7` */
  readonly tree: string;
  /** What the system sets without the modules that bring loaders of their own. */
  readonly base: ReadonlyMap<string, string>;
  /** The targets of each loader, in the order in which loaders were met; each loader once. */
  readonly loaders: readonly (readonly string[])[];
}

const said = 'gen-kmod loader: ';
const sayingLoader = `
{ liminix, targets ? [ ], kernel ? null, dependencies ? [ ] }:
builtins.trace "${said}\${builtins.toJSON targets}" (liminix.services.oneshot {
  name = "loader-\${builtins.hashString "md5" (toString targets)}";
  up = "true";
  inherit dependencies;
})`;

class Checkout extends DiskHost {
  override readFile(path: string): string {
    return path === join(liminix!, 'pkgs/kmodloader/default.nix') ? sayingLoader : super.readFile(path);
  }
}

/** The modules that bring loaders, in use. */
const withLoaders = `({ config, modulesPath, ... }: {
  imports = [ "\${modulesPath}/firewall" "\${modulesPath}/wlan.nix" "\${modulesPath}/wwan" ];
  services = {
    firewall = config.system.service.firewall.build { };
    modem = config.system.service.wwan.huawei-e3372.build {
      apn = "a"; username = "b"; password = "c"; authType = "pap";
    };
  };
})`;

export function readDevice(device: string): DeviceKernel {
  const { kernel, base } = evaluate(device, {
    modules: [join(repository, 'nix/base-config.nix')],
    expression: `{
      base = builtins.fromJSON outputs.kmod-base-config.text;
      kernel = {
        inherit (config.kernel) version;
        inherit (outputs.kernel) ARCH;
        patch = builtins.unsafeDiscardStringContext config.kernel.extraPatchPhase;
      };
    }`,
  }).value as { kernel: { version: string; ARCH: string; patch: string }; base: Record<string, string> };
  const { lines } = evaluate(device, {
    modules: [withLoaders],
    expression: `map (one: one.drvPath) (
      builtins.attrValues config.services ++ builtins.attrValues config.hardware.networkInterfaces
    )`,
  });
  const loaders = lines.flatMap((line) => {
    const start = line.indexOf(said);
    return start < 0 ? [] : [line.slice(start + said.length)];
  });
  return {
    arch: kernel.ARCH,
    version: kernel.version,
    tree: treeOf(kernel.patch, kernel.version),
    base: new Map(Object.entries(base)),
    // Without targets it is called once, for `override` to be there.
    loaders: [...new Set(loaders)]
      .map((each) => JSON.parse(each) as string[])
      .filter((targets) => targets.length > 0),
  };
}

function evaluate(
  device: string,
  asked: { modules: string[]; expression: string },
): { value: JsValue; lines: string[] } {
  const lines: string[] = [];
  const evaluator = new Evaluator({ host: new Checkout(), onTrace: (line) => lines.push(line) });
  const value = evaluator.toJs(evaluator.evaluate(systemOf({ device, ...asked })));
  return { value, lines };
}

/** By what a device does to its kernel's sources before it builds them. */
export function treeOf(patch: string, version: string): string {
  const family = [...patch.matchAll(/\btarget\/linux\/(\w+)/g)]
    .map(([, name]) => name!)
    .find((name) => name !== 'generic');
  const more = patch.includes('/rt2x00/') ? ['rt2x00'] : [];
  return [family ?? 'plain', ...more, version.split('.').slice(0, 2).join('.')].join('-');
}
