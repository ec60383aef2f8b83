{
  lib,
  pkgs,
  config,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (pkgs.liminix.lib.types) interface serviceDefn;
  definition = mkOption { type = serviceDefn; };
  net = config.system.service.network;
in
{
  options.system.service.network = {
    link = definition;
    address = definition;
    forward = definition;
  };
  config = {
    system.service.network = {
      link = config.system.callService ./link.nix {
        ifname = mkOption { type = types.str; };
        devpath = mkOption {
          type = types.nullOr types.str;
          default = null;
        };
      };
      address = config.system.callService ./address.nix {
        interface = mkOption { type = interface; };
        family = mkOption {
          type = types.enum [
            "inet"
            "inet6"
          ];
        };
        address = mkOption { type = types.str; };
        prefixLength = mkOption { type = types.ints.between 0 128; };
      };
      forward = config.system.callService ./forward.nix { };
    };
    hardware.networkInterfaces.lo = net.address.build {
      interface = net.link.build { ifname = "lo"; };
      family = "inet";
      address = "127.0.0.1";
      prefixLength = 8;
    };
    services.loopback = config.hardware.networkInterfaces.lo;
  };
}
