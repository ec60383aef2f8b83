/** Texts in Nix that come with the evaluator; their paths are no files. */
const folder = '\xc2\xabnix-internal\xc2\xbb';

export const derivationFile = `${folder}/derivation-internal.nix`;
export const fetchurlFile = `${folder}/fetchurl.nix`;

export const isInternalFile = (path: string): boolean => path.startsWith(`${folder}/`);

/** A file's path as programs see it: without what tells texts in Nix from files. */
export const visiblePath = (path: string): string =>
  isInternalFile(path) ? path.slice(folder.length) : path;
