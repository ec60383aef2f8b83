/**
 * The words a target list may use, by rule. Everything here is a plain function so that
 * `--targets a,b` can check names without loading what reads files.
 */

/** A module's name as modprobe takes it. The kernel's MODULE_NAME_LEN leaves 59 characters at most. */
export const modulePattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,58}$/;

/** A loader's name: a folder, an attribute and, after `kmod-`, a service. */
export const loaderPattern: RegExp = /^[a-z][a-z0-9-]{0,62}$/;

/** A Kconfig symbol without `CONFIG_`. */
export const symbolPattern: RegExp = /^(?!CONFIG_)[A-Za-z0-9_]{1,128}$/;

/** What Kconfig writes for a symbol: tristate, decimal, hexadecimal or a string in its quotes. */
export const symbolValuePattern: RegExp =
  /^(?:[ymn]|-?[0-9]{1,20}|0[xX][0-9A-Fa-f]{1,16}|"(?:[^"\\\u0000-\u001f\u007f]|\\["\\]){0,2048}")$/;

/** A module parameter's name, as in /sys/module/M/parameters. */
export const parameterPattern: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * A parameter's value. The kernel takes no quote inside a value and no control character can be meant;
 * it keeps 1,024 bytes of a string.
 */
export const parameterValuePattern: RegExp = /^[^"\u0000-\u001f\u007f]{0,1023}$/;

const segment = String.raw`(?:[A-Za-z_][A-Za-z0-9_'-]*|"[^"\\$\u0000-\u001f\u007f]+")`;

/** A path of attributes, as in `services.calibration` or `services."a.b"`. */
export const attributePathPattern: RegExp = new RegExp(String.raw`^${segment}(?:\.${segment})*$`);

/** A kernel series, as in `6.12`. */
export const seriesPattern: RegExp = /^[0-9]{1,3}\.[0-9]{1,4}$/;

/** A directory of the kernel's arch/. */
export const archPattern: RegExp = /^[a-z][a-z0-9_]{0,31}$/;

/** Text of any length on one or more lines, without other control characters. */
export const textPattern: RegExp = /^[^\u0000-\u0008\u000b-\u001f\u007f]{0,4096}$/;

/** Names that Nix's callPackage gives every set of packages. */
export const reservedLoaderNames: ReadonlySet<string> = new Set(['override', 'overrideDerivation']);

/** The module of a file: `nft_ct` of `kernel/net/netfilter/nft_ct.ko.xz`. What is no module's file is left as it is. */
export function moduleIn(text: string): string {
  return /([^/]*)\.ko(?:\.(?:gz|xz|zst))?$/.exec(text)?.[1] ?? text;
}

/** The kernel's own form of a module's name: `-` and `_` are the same to modprobe. */
export function fold(module: string): string {
  return module.replaceAll('-', '_');
}

/** The parts of an attribute path, without their quotes. */
export function attributePath(path: string): string[] {
  return (path.match(new RegExp(segment, 'g')) ?? []).map((part) => part.replace(/^"|"$/g, ''));
}
