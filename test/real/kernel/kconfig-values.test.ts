import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assignAll, type Mode, readConfig, writeConfig } from '../../../src/kernel/kconfig/config.ts';
import { Evaluation } from '../../../src/kernel/kconfig/evaluate.ts';
import { readKconfig } from '../../../src/kernel/kconfig/read.ts';
import { assumedToolchain } from '../../../src/kernel/kconfig/toolchain.ts';
import { diskTree } from '../../../src/kernel/tree.ts';
import {
  type Architecture,
  architectures,
  environment,
  full,
  model,
  randomFragment,
  runConf,
  type Series,
  seriesUnderTest,
  sources,
} from './kconfig-tool.ts';

/** What a router's base sets, in the manner of Liminix: a fragment, all else by default. */
const router = [
  'MODULES MODULE_UNLOAD NET UNIX INET IPV6 PACKET NETDEVICES SYSVIPC DEVTMPFS TMPFS TMPFS_POSIX_ACL TMPFS_XATTR',
  'FW_LOADER FW_LOADER_COMPRESS HIGH_RES_TIMERS PROC_FS DEBUG_FS IKCONFIG IKCONFIG_PROC MTD MTD_BLOCK SQUASHFS JFFS2_FS',
  'BRIDGE VLAN_8021Q NETFILTER NF_TABLES PPP USB_SUPPORT USB PCI I2C SPI GPIOLIB LEDS_CLASS WATCHDOG',
]
  .join(' ')
  .split(' ')
  .map((name) => `CONFIG_${name}=y\n`)
  .join('');
const modular =
  'NF_CONNTRACK NFT_CT NFT_MASQ CFG80211 MAC80211 ATH9K MT7603E USB_NET_HUAWEI_CDC_NCM NVME_CORE'
    .split(' ')
    .map((name) => `CONFIG_${name}=m\n`)
    .join('');

interface Case {
  name: string;
  config: string;
}

function cases(series: Series, architecture: Architecture): Case[] {
  const folder = join(sources(series), 'arch', architecture, 'configs');
  const defconfigs = readdirSync(folder).filter((name) => name.endsWith('defconfig'));
  const list = (names: readonly string[]) =>
    names.map((name) => ({ name, config: readFileSync(join(folder, name), 'latin1') }));
  const fragments = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const probability = [0.01, 0.1, 0.5, 0.95][index % 4]!;
      const seed = 1000 * architectures.indexOf(architecture) + index;
      const config = randomFragment(model(series, architecture), seed, probability);
      return { name: `random ${seed}, ${probability}`, config };
    });
  const all: Case[] = [
    { name: 'nothing', config: '' },
    { name: 'a router', config: router },
    { name: 'a router with modules', config: router + modular },
    { name: 'no modules', config: `${router}${modular}# CONFIG_MODULES is not set\n` },
  ];
  if (!full) return [all[2]!, ...fragments(1)];
  const step = Math.max(1, Math.floor(defconfigs.length / 10));
  const own = list(defconfigs.filter((_, index) => index % step === 0).slice(0, 10));
  // Twenty at least; random ones are 55 over the four architectures.
  return [...all, ...own, ...fragments(Math.max(13, 20 - all.length - own.length))];
}

/** Our `.config`, and the symbols that their selectors force against their dependencies. */
function ours(
  series: Series,
  architecture: Architecture,
  config: string,
): { config: string; unmet: string[] } {
  const kconfig = model(series, architecture);
  const evaluation = new Evaluation(kconfig, readConfig(config, kconfig).assignments);
  const unmet = [...kconfig.names()].filter((name) => {
    const { dependencies, selected } = evaluation.state(name);
    return dependencies < selected;
  });
  return { config: writeConfig(evaluation), unmet };
}

for (const series of seriesUnderTest) {
  for (const architecture of architectures) {
    describe(`${series} ${architecture}`, () => {
      it('reads every file without a problem', () => {
        const kconfig = model(series, architecture);
        expect([...kconfig.names()].length).toBeGreaterThan(15_000);
      });

      it('writes what make olddefconfig writes, byte for byte, and warns of the same symbols', () => {
        for (const { name, config } of cases(series, architecture)) {
          const theirs = runConf(series, architecture, config);
          const mine = ours(series, architecture, config);
          const warned = [...theirs.stderr.matchAll(/unmet direct dependencies detected for (\w+)/g)];
          expect(theirs.config, name).toBeDefined();
          // Lines first: a difference is then told by its symbol.
          expect(mine.config.split('\n'), name).toEqual(theirs.config!.split('\n'));
          expect(mine.unmet.sort(), name).toEqual([...new Set(warned.map((match) => match[1]!))].sort());
        }
      });

      const modes: Mode[] = full ? ['allyes', 'allmod', 'allno', 'alldef'] : [];
      it.runIf(full)('assigns what make allyesconfig and its like assign', () => {
        const kconfig = model(series, architecture);
        for (const mode of modes) {
          const evaluation = new Evaluation(kconfig);
          assignAll(evaluation, mode);
          const theirs = runConf(series, architecture, null, `--${mode}config`);
          expect(writeConfig(evaluation).split('\n'), mode).toEqual(theirs.config!.split('\n'));
        }
      });
    });
  }

  it(`${series} x86: the assumed toolchain answers as the machine's, but for versions and a few options`, () => {
    const settings = { ...environment(series, 'x86'), CC_VERSION_TEXT: 'gcc' };
    const assumed = readKconfig(diskTree(sources(series)), {
      environment: settings,
      evaluator: assumedToolchain('x86'),
    }).kconfig!;
    const machine = model(series, 'x86');
    const [a, b] = [new Evaluation(assumed), new Evaluation(machine)];
    for (const evaluation of [a, b]) assignAll(evaluation, 'allmod');
    const differing = [...machine.names()].filter((name) => a.value(name) !== b.value(name));
    const toolchain = /^(CC|GCC|AS|LD|LLD|RUSTC?|PAHOLE|CLANG|BINDGEN|TOOLS|HAVE_RUST)_|_ON_GCC|GCC_PLUGINS/;
    // X86_X32_ABI asks objcopy; the rest is what newer compilers bring.
    const options = /^(X86_X32_|DEBUG_INFO_COMPRESSED|FORTIFY_SOURCE|KCSAN|KASAN|UBSAN|FUNCTION_ALIGNMENT)/;
    expect(differing.filter((name) => !toolchain.test(name) && !options.test(name))).toEqual([]);
  });
}
