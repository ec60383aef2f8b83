# Its text is its configuration; its modules are the host's.
{
  lib,
  hostKernel,
  config,
  version,
}:
hostKernel.overrideAttrs (before: {
  inherit version;
  text = lib.concatStrings (lib.mapAttrsToList (symbol: value: "CONFIG_${symbol}=${value}\n") config);
  buildCommand = before.buildCommand + ''
    printf '%s' "$text" > "$out/config"
  '';
})
