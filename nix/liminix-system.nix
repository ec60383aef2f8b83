# Liminix's default.nix as a function of flakes: nothing is looked up in the environment, and devices go by their names.
#
#     liminixSystem { device = "gl-ar750"; modules = [ ./configuration.nix ]; }
#
# returns what Liminix calls outputs, among them `default`, the image, and `kernel`.
{
  lib,
  nixpkgs,
  liminix,
}:
let
  folder = "${liminix}/devices";
  devices = builtins.filter (name: builtins.pathExists "${folder}/${name}/default.nix") (
    builtins.attrNames (builtins.readDir folder)
  );

  # By name, as a path, or as the set that such a path holds.
  find =
    device:
    if builtins.isAttrs device && !(device ? outPath) then
      device
    else if builtins.isPath device || lib.hasPrefix "/" "${device}" then
      import device
    else if builtins.elem device devices then
      import "${folder}/${device}"
    else
      throw "Liminix has no device `${device}`. It has ${lib.concatStringsSep ", " devices}.";
in
{
  inherit devices;

  liminixSystem =
    {
      device,
      modules,
      # The machine that builds.
      system ? "x86_64-linux",
      imageType ? "primary",
    }:
    let
      made = import liminix {
        device = find device;
        deviceName = null;
        liminix-config.imports = modules;
        nixpkgs = "${nixpkgs}";
        inherit imageType system;
        borderVmConf = { };
      };
    in
    # A virtual machine to develop with, which needs NixOS and a configuration of its own.
    removeAttrs made.outputs [ "borderVm" ];
}
