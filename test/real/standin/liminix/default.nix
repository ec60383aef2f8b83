# A stand-in for a Liminix checkout: called with the same arguments, it has the options, services and devices that
# configurations here use, each as small as it can be. The kernel that it "builds" is a text: the merged configuration.
{
  deviceName ? null,
  device ? import (./devices + "/${deviceName}"),
  liminix-config ? <liminix-config>,
  nixpkgs ? <nixpkgs>,
  system ? builtins.currentSystem,
  borderVmConf ? ./bordervm.conf.nix,
  imageType ? "primary",
}:
let
  pkgs = import nixpkgs (
    device.system
    // {
      inherit system;
      overlays = [ (import ./overlay.nix nixpkgs) ];
      config.allowUnsupportedSystem = true;
    }
  );
  evaluated = pkgs.lib.evalModules {
    specialArgs.modulesPath = toString ./modules;
    modules = [
      {
        _module.args = {
          inherit pkgs;
          inherit (pkgs) lim;
        };
      }
      ./modules/base.nix
      ./modules/busybox.nix
      ./modules/kernel.nix
      ./modules/outputs.nix
      device.module
      liminix-config
      { boot.imageType = imageType; }
    ];
  };
  inherit (evaluated) config;
in
{
  outputs = config.system.outputs // {
    default = config.system.outputs.${config.hardware.defaultOutput};
    # Liminix's asks for the whole of NixOS and a file that is not there: nobody is to touch it.
    borderVm = throw "the border VM was asked for: ${toString borderVmConf}";
    optionsJson = pkgs.writeText "options.json" "{}";
  };
  inherit pkgs;
  buildEnv = throw "the build environment was asked for";
}
