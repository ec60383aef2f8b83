{
  lib,
  pkgs,
  config,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.kernel;
  symbols = types.attrsOf types.nonEmptyStr;
  # One pass, in the order of names, over what has been added so far.
  merged = lib.foldlAttrs (
    so-far: symbol: more:
    if so-far.${symbol} or "n" != "n" then so-far // more else so-far
  ) cfg.config cfg.conditionalConfig;
in
{
  options.kernel = {
    src = mkOption {
      type = types.path;
      default = pkgs.writeText "linux-source" "";
    };
    version = mkOption {
      type = types.str;
      default = "5.15.137";
    };
    modular = mkOption {
      type = types.bool;
      default = true;
    };
    extraPatchPhase = mkOption {
      type = types.lines;
      default = "true";
    };
    config = mkOption { type = symbols; };
    conditionalConfig = mkOption {
      type = types.attrsOf symbols;
      default = { };
    };
    makeTargets = mkOption { type = types.listOf types.str; };
  };

  config.kernel = {
    makeTargets = [ "vmlinux" ];
    config = {
      MODULES = if cfg.modular then "y" else "n";
      NET = "y";
      INET = "y";
      BLK_DEV_INITRD = lib.mkDefault "n";
      FW_LOADER_USER_HELPER = "n";
    };
  };
  config.system.outputs.kernel = pkgs.callPackage ../pkgs/kernel.nix {
    config = merged;
    inherit (cfg) version;
  };
}
