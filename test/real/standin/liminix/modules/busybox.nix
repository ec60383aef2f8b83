{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.programs.busybox = {
    applets = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    options = mkOption {
      type = types.attrsOf types.nonEmptyStr;
      default = { };
    };
  };
  config.programs.busybox = {
    applets = [
      "ash"
      "cat"
      "echo"
      "test"
    ];
    options.SH_IS_ASH = "y";
  };
}
