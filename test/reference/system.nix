# A generated folder in a module system: nixpkgs' own lib, and the options of Liminix that generated modules use.
{ lib, folder }:
let
  pkgs = import ../real/standin { inherit lib; } // {
    liminix = (import ../real/standin { inherit lib; }).liminix // {
      lib.types.service = lib.types.package;
    };
    callPackage = lib.callPackageWith pkgs;
  };
  service =
    name:
    pkgs.liminix.services.oneshot {
      inherit name;
      up = "";
    };
  evaluated = lib.evalModules {
    modules = [
      (folder + "/modules.nix")
      {
        options = {
          services = lib.mkOption { type = lib.types.attrsOf lib.types.package; };
          programs.busybox = {
            applets = lib.mkOption { type = lib.types.listOf lib.types.str; };
            options = lib.mkOption {
              type = lib.types.attrsOf lib.types.nonEmptyStr;
              default = { };
            };
          };
          kernel.config = lib.mkOption { type = lib.types.attrsOf lib.types.nonEmptyStr; };
          system.outputs.kernel = lib.mkOption { type = lib.types.anything; };
        };
        config = {
          _module.args.pkgs = pkgs;
          system.outputs.kernel.modulesupport = "/kernel";
          services.ath10k-calibration = service "ath10k-calibration";
          # What others set as well merges.
          kernel.config.NETFILTER = "y";
        };
      }
    ];
  };
  inherit (evaluated) config options;
in
{
  services = lib.mapAttrs (_: one: one.name) config.services;
  loaders = lib.mapAttrs (_: one: one.drvPath) config.kmodloaders;
  applets = lib.unique config.programs.busybox.applets;
  busybox = config.programs.busybox.options;
  kernelConfig = config.kernel.config;
  descriptions = lib.mapAttrs (_: option: option.description) options.kmodloaders;
}
