/** The scaffolds in a real Liminix: the tests that elsewhere take the stand-in. */
import { test } from 'vitest';
import { liminix } from '../real/liminix.ts';

if (liminix !== undefined) await import('../real/scaffold.test.ts');
else test.skip('scaffolds in a real Liminix: LIMINIX and NIXPKGS_LIB name checkouts');
