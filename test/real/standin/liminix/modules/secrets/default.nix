{
  lib,
  pkgs,
  config,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options.system.service.secrets.subscriber = mkOption {
    type = pkgs.liminix.lib.types.serviceDefn;
  };
  config.system.service.secrets.subscriber = config.system.callService ./subscriber.nix {
    watch = mkOption { type = types.listOf (types.functionTo types.anything); };
    service = mkOption { type = pkgs.liminix.lib.types.service; };
    action = mkOption {
      type = types.enum [
        "restart"
        "restart-all"
        "hup"
        "usr1"
        "usr2"
      ];
      default = "restart-all";
    };
  };
}
