{
  lib,
  pkgs,
  config,
  ...
}:
{
  options.system.service.vlan = lib.mkOption { type = pkgs.liminix.lib.types.serviceDefn; };
  config.system.service.vlan = config.system.callService ../network/link.nix {
    ifname = lib.mkOption { type = lib.types.str; };
    devpath = lib.mkOption { type = lib.types.nullOr lib.types.str; };
  };
}
