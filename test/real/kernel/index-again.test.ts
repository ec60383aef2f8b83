/**
 * The shipped indexes made again, of the sources that Debian serves: byte for byte those in data/ where the version is the
 * recorded one. Where Debian has moved on, a line says so, and what the solver is for is asked of the new one.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHeader, readIndex } from '../../../src/kernel/index/read.ts';
import { shippedIndex } from '../../../src/kernel/index/shipped.ts';
import { Solver } from '../../../src/kernel/solver/solve.ts';
import { genKmod, repository, scratch } from '../environment.ts';
import { full, type Series, seriesUnderTest, sources, versionOf } from './kconfig-tool.ts';
import { base, expectConfirmed, expectMinimal, firewall, lists } from './solver-cases.ts';
import { kernelSources } from './trees.ts';

/** As `scripts/kernel-indexes.sh` names a source. */
const source = (series: Series, version: string): string => `Debian's linux-source-${series} ${version}`;
const recorded = (series: Series): string =>
  readHeader(shippedIndex(series)!).source.slice(source(series, '').length);

function makeIndex(series: Series, tree: string): Buffer {
  const file = join(scratch(), 'made.kindex');
  const args = ['index', '--kernel', tree, '--source', source(series, versionOf(tree)), '--out', file];
  const { status, stderr } = genKmod(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readFileSync(file);
}

/** The firewall and upstream's lists from an index, confirmed by the tree's own tool. */
function expectSolves(series: Series, bytes: Buffer, tree: string): void {
  const asked: typeof lists = [['mips', firewall, {}], ['arm64', firewall, {}], ...lists];
  for (const [architecture, symbols, more] of asked) {
    const { kconfig } = readIndex(bytes, architecture);
    const targets = symbols.filter((symbol) => kconfig.symbol(symbol)).map((symbol) => ({ symbol }));
    const given = base(architecture, more);
    const solution = new Solver(kconfig, { base: given }).solve(targets);
    expect(solution.outcomes.map(({ status }) => status)).toEqual(targets.map(() => 'module'));
    if (symbols === firewall) {
      expect(targets).toHaveLength(firewall.length);
      expect(solution.assignments.length).toBeLessThanOrEqual(13);
    }
    expectMinimal(kconfig, given, targets, solution);
    // The tool takes seconds for each.
    if (symbols === firewall || full) expectConfirmed(series, architecture, given, targets, solution, tree);
  }
}

test.each(seriesUnderTest)('data/README.md has the version that the index of %s is made of', (series) => {
  const readme = readFileSync(join(repository, 'data/README.md'), 'utf8');
  expect(readme).toContain(
    `| \`linux-${series}.kindex\` | Debian's linux-source-${series}, version ${recorded(series)} |`,
  );
});

describe.each(full ? seriesUnderTest : (['6.12'] as const))('%s', (series) => {
  test('the index made again is the one in data/, or is told to be newer and solves as well', () => {
    const tree = sources(series);
    const served = versionOf(tree);
    const made = makeIndex(series, tree);
    if (served === recorded(series)) expect(made.equals(shippedIndex(series)!)).toBe(true);
    else {
      console.info(
        `${series}: data/ has the index of ${recorded(series)}, and Debian serves ${served}: that is tested instead`,
      );
      expect(made.equals(shippedIndex(series)!)).toBe(false);
    }
    expectSolves(series, made, tree);
  });

  test.runIf(full)('an index of another version is another one, and solves as well', () => {
    const other = olderVersion(series);
    if (other === undefined) return console.info(`${series}: Debian serves one version only`);
    const tree = kernelSources(series, other);
    const made = makeIndex(series, tree);
    expect(readHeader(made).source).toBe(source(series, other));
    expect(made.equals(shippedIndex(series)!)).toBe(false);
    expectSolves(series, made, tree);
  });
});

/** A version of the package besides the newest, where the mirror still has one. */
function olderVersion(series: Series): string | undefined {
  const listed = execFileSync('apt-cache', ['madison', `linux-source-${series}`], { encoding: 'utf8' });
  const versions = listed.split('\n').map((line) => line.split('|')[1]?.trim());
  return versions.find(
    (version) => version && version !== versionOf(sources(series)) && version !== recorded(series),
  );
}
