/**
 * What a solution never changes: which machine the kernel is for, and what is only for builds that nobody runs.
 *
 * A machine's symbols are told by where they stand. The members of a choice in arch/ (the board of mips, the page size,
 * 32 or 64 bits, the byte order) and the switches of platform files (arch/arm/mach-*, arch/arm64/Kconfig.platforms, ARCH_ in
 * drivers/soc) say what the kernel runs on. Another module is no reason to build for another board.
 */
import type { ConfigSymbol, Kconfig } from '../kconfig/model.ts';

/** Turned on, they allow what does not run, or does not even build. */
export const barred: ReadonlySet<string> = new Set(['COMPILE_TEST', 'BROKEN']);

const platformFile = /^arch\/[^/]+\/(Kconfig[.-](platforms?|socs?|nommu)$|(mach|plat)-[^/]+\/|platforms?\/)/;

export function isMachine(kconfig: Kconfig, symbol: ConfigSymbol): boolean {
  if (symbol.type !== 'bool' || symbol.prompts.length === 0) return false;
  if (symbol.choice !== undefined) return isArchitectures(kconfig.symbol(symbol.choice));
  // Of x86 it says which of two architectures is meant.
  if (symbol.name === '64BIT') return isArchitectures(symbol);
  const named = symbol.name.startsWith('ARCH_') || symbol.name.startsWith('MACH_');
  return symbol.definitions.some(
    ({ file }) => platformFile.test(file) || (named && /^(arch|drivers\/soc)\//.test(file)),
  );
}

function isArchitectures(symbol: ConfigSymbol | undefined): boolean {
  return symbol?.definitions.every(({ file }) => file.startsWith('arch/')) ?? false;
}
