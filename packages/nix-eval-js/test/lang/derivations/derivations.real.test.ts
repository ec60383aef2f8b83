import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFixtures, removeFixtures } from '../fixtures.ts';
import {
  compareDerivations,
  compareInstantiated,
  type Place,
  readDerivationCases,
  readInstantiatedCases,
} from './compare.ts';

const cases = readDerivationCases();
const files = [...new Set(cases.map((item) => item.file))];
const failing = 'failing.nix-cases';
/** Nix reads a store below another root at its real place, where no path of it is a store path. */
const reading = 'reading-the-store.nix-cases';

let folder = '';
let top = '';
beforeAll(() => {
  folder = makeFixtures();
  top = mkdtempSync(join(tmpdir(), 'nix-eval-js-store-'));
  mkdirSync(join(top, 'own/store'), { recursive: true });
});
afterAll(() => {
  removeFixtures(folder);
  rmSync(top, { recursive: true, force: true });
});

const standard = (): Place => ({
  folder,
  storeDir: '/nix/store',
  root: join(top, 'root'),
  flags: ['--store', join(top, 'root')],
  env: {},
});

const elsewhere = (): Place => ({
  folder,
  storeDir: join(top, 'own/store'),
  root: '',
  flags: [],
  env: {
    NIX_STORE_DIR: join(top, 'own/store'),
    NIX_STATE_DIR: join(top, 'own/var'),
    NIX_LOG_DIR: join(top, 'own/log'),
  },
});

/** The number of derivations compared. */
function compare(file: string, place: Place): number {
  const own = cases.filter((item) => item.file === file);
  const { differences, succeeded, derivations } = compareDerivations(own, place);
  expect(differences).toEqual([]);
  // A case that fails by mistake fails in both, and says nothing.
  expect(succeeded).toEqual(file === failing ? [] : own);
  return derivations.size;
}

describe('derivations and store paths, beside the real Nix', () => {
  let compared = 0;

  it('have enough cases', () => {
    expect(cases.filter(({ file }) => file !== failing).length).toBeGreaterThanOrEqual(180);
  });

  it.each(files.filter((file) => file !== reading))('%s', (file) => {
    compared += compare(file, standard());
  });

  it.each(files.filter((file) => file !== failing))('%s, with a store elsewhere', (file) => {
    compare(file, elsewhere());
  });

  it('are found in values', () => {
    const texts = readInstantiatedCases();
    expect(texts.length).toBeGreaterThan(30);
    expect(compareInstantiated(texts, standard())).toEqual([]);
  });

  it('are enough', () => {
    expect(compared).toBeGreaterThanOrEqual(250);
  });
});
