import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const shared = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  globalSetup: ['test/setup.ts'],
};

// .ci/run adds up what ran.
const report = process.env.GEN_KMOD_REPORT;

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          testTimeout: 60_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/reference/**'],
        },
      },
      {
        test: {
          ...shared,
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // They share a Nix store and two cores.
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'reference',
          include: ['test/reference/**/*.test.ts', 'packages/nix-eval-js/test/reference/**/*.test.ts'],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'nix-eval-js',
          include: ['packages/nix-eval-js/test/**/*.test.ts'],
          exclude: ['**/*.real.test.ts', '**/reference/**'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'nix-eval-js-real',
          include: ['packages/nix-eval-js/test/**/*.real.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
