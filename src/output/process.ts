/** Marks by which what a process leaves half done is known for its own: its number, and its start. */
import { readFileSync } from 'node:fs';

/** This process's mark. */
export function ownMark(): string {
  return `${process.pid}-${startOf(process.pid)}`;
}

/** The number of the process that a mark is of. */
export function processOf(mark: string): string {
  return mark.split('-')[0]!;
}

/** Whether the process that a mark is of is still at work. */
export function isAlive(mark: string): boolean {
  const [pid = '', start = ''] = mark.split('-');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(Number(pid)) === start;
}

/** What tells a process from a later one with the same number: its start, in ticks since boot, where /proc has it. */
function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie is dead, even if nobody has asked how it ended.
    return /[ZX]/.test(fields[0]!) ? 'dead' : (fields[19] ?? '0');
  } catch {
    return '0';
  }
}
