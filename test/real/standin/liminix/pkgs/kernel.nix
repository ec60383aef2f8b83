# Its text is its configuration; its modules are the host's, if host.nix names any.
{
  stdenvNoCC,
  lib,
  hostModules,
  config,
  version,
}:
stdenvNoCC.mkDerivation {
  name = "kernel";
  outputs = [
    "out"
    "modulesupport"
  ];
  inherit version;
  text = lib.concatStrings (lib.mapAttrsToList (symbol: value: "CONFIG_${symbol}=${value}\n") config);
  modules = hostModules;
  buildCommand = ''
    printf '%s' "$text" > "$out"
    if test -n "''${modules:-}"; then
      ln -s "$modules" "$modulesupport"
    else
      mkdir "$modulesupport"
    fi
  '';
}
