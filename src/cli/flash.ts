/** `--flash BYTES`: how large a router's flash is, and what of it modules take. */
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import type { ClosureModule } from '../kernel/modules/closure.ts';
import { usage } from './usage.ts';

const units: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/**
 * The bytes of `16777216`, `16M`, `16MiB` or `8k`. Flash comes in powers of two, and so do the units.
 *
 * @throws Failure with `usage` for anything else
 */
export function parseFlash(text: string): number {
  const [, digits, unit = ''] = /^([0-9]{1,15})(?:([kKmMgG])(?:iB)?)?$/.exec(text) ?? [];
  const bytes = Number(digits) * units[unit.toLowerCase()]!;
  if (digits !== undefined && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw usage(
    `\`--flash\` takes a size, not ${JSON.stringify(text.slice(0, 40))}`,
    'say how many bytes the flash has: 16777216, 16M or 16MiB; 8192k',
  );
}

/** Of how much flash there is, what modules take when they are packed with xz, which is the smallest they get. */
export interface FlashUse {
  readonly bytes: number;
  readonly taken: number;
}

/** `12.3 %`; more digits where there is little. */
export function shareOf({ bytes, taken }: FlashUse): string {
  const percent = (100 * taken) / bytes;
  return `${percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

/** `flash-exceeded`, where `modules`, of `raw` bytes, do not fit even if nothing else is there. */
export function checkFlash(
  { bytes, taken }: FlashUse,
  raw: number,
  modules: readonly ClosureModule[],
  file: string,
): Diagnostic[] {
  if (taken <= bytes) return [];
  const largest = [...modules].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  return [
    diagnostic(
      'flash-exceeded',
      `these modules need about ${taken} bytes of flash packed with xz, ${taken - bytes} more than its ${bytes}`,
      {
        file,
        notes: [
          `they are ${raw} bytes unpacked; the largest: ${largest.map((each) => `${each.module.name} ${each.bytes}`).join(', ')}`,
        ],
        hint: 'leave out what the router does not need; gen-kmod resolve shows why each module is there',
      },
    ),
  ];
}
