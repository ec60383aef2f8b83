# What must hold of this flake, on one system.
{
  lib,
  pkgs,
  gen-kmod,
  examples,
  liminixSystem,
}:
let
  inherit (pkgs.stdenv.hostPlatform) system;
  isLinux = lib.hasSuffix "-linux" system;

  upToDate =
    name:
    pkgs.runCommand "example-${name}-is-up-to-date" { nativeBuildInputs = [ gen-kmod ]; } ''
      cp -r ${../examples}/${name} example
      gen-kmod --targets example/kmod.yaml --check
      touch "$out"
    '';

  # The kernel and the image, evaluated and not built.
  evaluates =
    name: modules:
    let
      outputs = liminixSystem {
        device = "qemu";
        inherit modules;
        inherit system;
      };
      drvPath = output: builtins.unsafeDiscardStringContext output.drvPath;
    in
    pkgs.writeText "example-${name}-evaluates" ''
      ${drvPath outputs.kernel}
      ${drvPath outputs.default}
      ${drvPath outputs.kmod-base-config}
    '';

  # What an example takes from the system it is made for; and where it defines a service of its name, that is in the system.
  surroundings =
    name:
    {
      config,
      modulesPath,
      pkgs,
      ...
    }:
    {
      imports = [
        ./base-config.nix
        "${modulesPath}/network"
      ];
      services.ath10k-calibration = pkgs.liminix.services.oneshot {
        name = "ath10k-calibration";
        up = "true";
      };
      services.${name} = lib.mkIf (config.system.service ? ${name}) (
        config.system.service.${name}.build { }
      );
    };
in
{
  package = gen-kmod;
}
// lib.mapAttrs' (
  name: _: lib.nameValuePair "example-${name}-is-up-to-date" (upToDate name)
) examples
// lib.optionalAttrs isLinux (
  lib.mapAttrs' (
    name: module:
    let
      configuration = ../examples + "/${name}/configuration.nix";
      system = if builtins.pathExists configuration then configuration else module;
    in
    lib.nameValuePair "example-${name}-evaluates" (
      evaluates name [
        system
        (surroundings name)
      ]
    )
  ) examples
)
