/** Liminix's module tree in our evaluator and in the real Nix: every output of every device. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiskHost, Evaluator } from '../../packages/nix-eval-js/src/index.ts';
import { runNix } from '../../packages/nix-eval-js/test/nix.ts';
import { runOurs } from '../../packages/nix-eval-js/test/ours.ts';
import { messageOf } from '../../packages/nix-eval-js/test/reference/messages.ts';
import { repository } from '../real/environment.ts';
import { devices, liminix, systemOf } from '../real/liminix.ts';

const modules = [
  join(repository, 'examples/wifi-router/kmod/modules.nix'),
  `({ pkgs, ... }: {
    services.ath10k-calibration = pkgs.liminix.services.oneshot { name = "calibration"; up = "true"; };
  })`,
];
const flags = ['--eval', '--strict', '--json', '-E'];

interface Answer {
  out: string;
  message: string;
}

function theirs(expression: string): Answer {
  const { stdout, stderr } = runNix(['--store', 'dummy://', ...flags, expression], '');
  return { out: stdout, message: messageOf(stderr) };
}

function ours(expression: string): Answer {
  const { out, err } = runOurs([...flags, expression], repository);
  return { out, message: messageOf(err) };
}

describe.skipIf(liminix === undefined)(
  'Liminix in nix-eval-js, beside the real Nix (LIMINIX, NIXPKGS_LIB)',
  () => {
    test.each(devices)('%s: every output has the same derivation or the same error', (device) => {
      const ask = (expression: string): string => systemOf({ device, modules, expression });
      const names = JSON.parse(theirs(ask('builtins.attrNames outputs')).out) as string[];
      const value = (name: string): string =>
        `(let it = outputs.${JSON.stringify(name)}; in it.drvPath or it)`;
      const good: string[] = [];
      for (const name of names.filter((name) => name !== 'asked')) {
        const expected = theirs(ask(value(name)));
        if (expected.message === '') good.push(name);
        else expect(ours(ask(value(name))), name).toEqual(expected);
      }
      const all = ask(`[ ${good.map(value).join(' ')} ]`);
      const expected = theirs(all);
      expect(ours(all)).toEqual(expected);
      const same = expected.out.match(/\.drv"/g)?.length ?? 0;
      console.log(
        `${device}: ${names.length} outputs, ${same} derivations, ${names.length - 1 - good.length} fail`,
      );
      expect(same).toBeGreaterThan(10);
    });

    test.each(devices)('%s: all of its configuration is the same', (device) => {
      const expression = systemOf({
        device,
        modules,
        expression: `{
        inherit (config.kernel) config;
        services = builtins.mapAttrs (_: one: one.drvPath) config.services;
        options = map (option: option.name) (lib.optionAttrSetToDocList options);
      }`,
      });
      const expected = theirs(expression);
      expect(ours(expression)).toEqual(expected);
      expect(expected).toMatchObject({ out: expect.stringContaining('ATH9K'), message: '' });
    });

    test.each(devices)('%s: every .drv file of the kernel and the image has the same text', (device) => {
      const root = mkdtempSync(join(tmpdir(), 'nix-eval-js-'));
      try {
        const expression = systemOf({ device, modules, expression: '[ outputs.kernel outputs.default ]' });
        const { status, stderr } = runNix(['--store', `local?root=${root}`, '-E', expression], '');
        expect(status, stderr).toBe(0);
        const evaluator = new Evaluator({ host: new DiskHost() });
        evaluator.instantiate(evaluator.evaluate(expression));
        const files = readdirSync(join(root, 'nix/store')).filter((name) => name.endsWith('.drv'));
        for (const file of files) {
          const text = readFileSync(join(root, 'nix/store', file), 'utf8');
          expect(evaluator.derivation(`/nix/store/${file}`), file).toBe(text);
        }
        console.log(`${device}: ${files.length} .drv files`);
        expect(files.length).toBeGreaterThan(50);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    });
  },
);
