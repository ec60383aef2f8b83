/** Put in by scripts/build.mjs: a hash of the sources of all that reads trees and remembers them. */
declare const GEN_KMOD_READERS: string | undefined;

/** What tells these readers from all others; undefined where they run from their sources, which may change any time. */
export const readers: string | undefined =
  typeof GEN_KMOD_READERS === 'undefined' ? undefined : GEN_KMOD_READERS;
