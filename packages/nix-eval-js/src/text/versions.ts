/**
 * Versions as `builtins.compareVersions`, `splitVersion` and `parseDrvName`
 * see them. A version is cut into runs of digits and runs of anything else;
 * `.` and `-` only separate. A run of digits that does not fit a 32-bit
 * integer counts as text.
 */

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isSeparator = (code: number): boolean => code === 46 || code === 45;

/** The components of a version, in order. */
export function splitVersion(version: string): string[] {
  const components: string[] = [];
  const { length } = version;
  let at = 0;
  for (;;) {
    while (at < length && isSeparator(version.charCodeAt(at))) at++;
    if (at === length) return components;
    const start = at;
    const digits = isDigit(version.charCodeAt(at));
    while (at < length) {
      const code = version.charCodeAt(at);
      if (isDigit(code) !== digits || (!digits && isSeparator(code))) break;
      at++;
    }
    components.push(version.slice(start, at));
  }
}

/** Older (-1), same (0) or newer (1). */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  const left = splitVersion(a);
  const right = splitVersion(b);
  const count = Math.max(left.length, right.length);
  for (let i = 0; i < count; i++) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (isBefore(x, y)) return -1;
    if (isBefore(y, x)) return 1;
  }
  return 0;
}

function toInteger(component: string): number | undefined {
  if (component === '' || !isDigit(component.charCodeAt(0))) return undefined;
  const value = Number(component);
  return value <= 0x7fffffff ? value : undefined;
}

function isBefore(a: string, b: string): boolean {
  const x = toInteger(a);
  const y = toInteger(b);
  if (x !== undefined && y !== undefined) return x < y;
  if (a === '' && y !== undefined) return true;
  if (a === 'pre' && b !== 'pre') return true;
  if (b === 'pre') return false;
  // 2.3a comes before 2.3.1.
  if (y !== undefined) return true;
  if (x !== undefined) return false;
  return a < b;
}

/** Cut a package's full name at the first dash that no letter follows. */
export function parseDrvName(full: string): { name: string; version: string } {
  for (let dash = full.indexOf('-'); dash >= 0; dash = full.indexOf('-', dash + 1)) {
    if (dash + 1 < full.length && !/[A-Za-z]/.test(full[dash + 1]!)) {
      return { name: full.slice(0, dash), version: full.slice(dash + 1) };
    }
  }
  return { name: full, version: '' };
}
