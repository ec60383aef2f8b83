{
  lib,
  pkgs,
  config,
  ...
}:
let
  inherit (lib) mkOption types;
  output = mkOption { type = types.package; };
  # Needs all that an image needs, and lists it.
  image =
    name:
    pkgs.runCommand name
      {
        inherit (config.system.outputs) kernel;
        services = builtins.attrValues config.services;
        inherit (config) hostname;
        applets = lib.unique config.programs.busybox.applets;
      }
      ''
        mkdir "$out"
        cp "$kernel/config" "$out/kernel-config"
        printf '%s\n' $services > "$out/services"
        printf '%s\n' $applets > "$out/applets"
        echo "$hostname" > "$out/hostname"
      '';
in
{
  options.system.outputs = {
    kernel = output;
    mtdimage = output;
    rootfs = output;
    vmroot = output;
  };
  config.system.outputs = {
    mtdimage = image "mtdimage";
    rootfs = image "rootfs";
    vmroot = image "vmroot";
  };
}
