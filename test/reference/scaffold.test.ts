/** The scaffolds in a real Liminix: the tests that elsewhere take the stand-in. */
import { expect, test } from 'vitest';
import { devices, liminix } from '../real/liminix.ts';

test.skipIf(liminix === undefined)('the checkout that LIMINIX names has devices', () => {
  expect(devices).toContain('qemu');
});
if (liminix !== undefined) await import('../real/scaffold.test.ts');
