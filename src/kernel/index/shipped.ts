/** The indexes that come with gen-kmod, in `data/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pattern = /^linux-(.+)\.kindex$/;

/** The series there are, oldest first. */
export function shippedSeries(): string[] {
  return readdirSync(folder())
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .sort(compareSeries);
}

/** The bytes of a series' index; undefined where none is shipped. */
export function shippedIndex(series: string): Buffer | undefined {
  const file = join(folder(), `linux-${series}.kindex`);
  return shippedSeries().includes(series) ? readFileSync(file) : undefined;
}

/**
 * The series nearest to one that is not shipped, by the releases between them: from 5.15 it is six to 6.1. Of two that
 * are equally far the older. Undefined where `series` is none.
 */
export function nearestSeries(series: string): { series: string; releases: number } | undefined {
  const [nearest] = shippedSeries()
    .map((each) => ({ series: each, releases: releasesBetween(each, series) }))
    .sort((a, b) => a.releases - b.releases);
  return Number.isNaN(nearest?.releases) ? undefined : nearest;
}

/** NaN where one of them is no series. */
export function releasesBetween(a: string, b: string): number {
  return Math.abs(releaseNumber(a) - releaseNumber(b));
}

/** The first number goes up after some twenty releases: 3.19, 4.20, 5.19 and 6.19 were the last of theirs. */
function releaseNumber(series: string): number {
  const [major = Number.NaN, minor = Number.NaN] = series.split('.').map(Number);
  return 20 * major + minor + (major > 4 ? 1 : 0);
}

/** By the numbers in them. */
export function compareSeries(a: string, b: string): number {
  const [x, y] = [a, b].map((series) => series.split('.').map(Number));
  return x![0]! - y![0]! || (x![1] ?? 0) - (y![1] ?? 0);
}

/** `data/` is beside the folder of the bundle, or of the sources. */
function folder(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 5; up++) {
    const data = join(at, 'data');
    if (existsSync(data) && readdirSync(data).some((name) => pattern.test(name))) return data;
    at = dirname(at);
  }
  throw new Error('the folder data/ with the kernel indexes is missing from this installation');
}
